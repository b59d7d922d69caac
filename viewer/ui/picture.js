/*
 * picture.js - frames as pixels, for the map far out: a frame covers a few pixels, or a
 * pixel shows the mean colour of several frames.
 *
 * It is kept from one moment to the next, and only frames whose class or order changed
 * are coloured anew.  It is made of the screen's own pixels and put there as it is:
 * a canvas between, which the browser copies when it is written to after it was drawn
 * from, costs ten times as much.
 */
export const TW = 32, TH = 16, TILE = 512;	// a tile, in frames

/** Where in its tile a frame lies, on the Z-order curve, and back. */
export const zx = new Uint8Array(TILE), zy = new Uint8Array(TILE), zindex = new Uint16Array(TILE);
for (let r = 0; r < TILE; r++) {
	for (let b = 0; b < 9; b++) { if (b % 2 === 0) zx[r] |= ((r >> b) & 1) << (b >> 1); else zy[r] |= ((r >> b) & 1) << (b >> 1); }
	zindex[zy[r] * TW + zx[r]] = r;
}

/** Have n frames from `first` on one colour? */
function even(meta, first, n, lut) {
	const v = lut[meta[first]];
	for (let p = first + 1; p < first + n; p++) if (lut[meta[p]] !== v) return false;
	return true;
}

export class Picture {
	/**
	 * w, h: device pixels; zones: {start, n} in frames, {row} their first row of tiles; cols: tiles in a row;
	 * x(tile column), y(zone, row in it): where tiles lie; sx, sy: the size of a frame.  All in device pixels.
	 */
	constructor({ frames, zones, cols, w, h, x, y, sx, sy }) {
		Object.assign(this, { frames, zones, cols, w, h });
		this.mean = sx < 1 || sy < 1;
		// every pixel between two frames' edges is somebody's, and every frame has one at least
		const clip = (v, most) => Math.max(0, Math.min(most, v)), ends = (at, size) => { const from = Math.floor(at + 1e-6); return [from, Math.max(from + 1, Math.floor(at + size + 1e-6))]; };
		this.left = new Int32Array(cols * TW);
		this.right = new Int32Array(cols * TW);
		for (let c = 0; c < cols * TW; c++) [this.left[c], this.right[c]] = ends(x(Math.floor(c / TW)) + (c % TW) * sx, sx).map((v) => clip(v, w));
		const rows = Math.max(...zones.map((z) => z.row + Math.ceil(z.n / TILE / cols)));
		this.top = new Int32Array(rows * TH);
		this.bottom = new Int32Array(rows * TH);
		for (const z of zones) for (let r = 0; r < Math.ceil(z.n / TILE / cols) * TH; r++) {
			const at = z.row * TH + r;
			[this.top[at], this.bottom[at]] = ends(y(z, Math.floor(r / TH)) + (r % TH) * sy, sy).map((v) => clip(v, h));
		}
		this.data = new ImageData(w, h);
		this.px = new Uint32Array(this.data.data.buffer);
		this.covers = new Map();
		if (this.mean) { this.sum = new Uint32Array(w * h * 3); this.count = new Uint32Array(w * h); }
		this.seen = new Uint8Array(frames);
		this.seen4 = new Uint32Array(this.seen.buffer, 0, frames >> 2);
		this.lut = null;
	}
	/** Colours the frames: lut by their meta byte; special(pfn), if given, goes before where it is not 0; back: what lies between the zones. */
	update(meta, lut, special, back) {
		const { px, count } = this, all = special || this.back !== back || !this.lut?.every((v, x) => v === lut[x]);
		if (all) {
			px.fill(back);
			if (this.mean) { this.sum.fill(0); count.fill(0); }
		}
		for (const z of this.zones) {
			for (let tile = 0; tile * TILE < z.n; tile++) {
				const col = (tile % this.cols) * TW, row = (z.row + Math.floor(tile / this.cols)) * TH;
				if (this.left[col] === this.right[col + TW - 1] || this.top[row] === this.bottom[row + TH - 1]) continue;	// out of sight
				const first = z.start + tile * TILE, n = Math.min(TILE, z.n - tile * TILE);
				if (all && !special && n === TILE && even(meta, first, n, lut)) this.flat(first, col, row, meta, lut[meta[first]]);
				else if (all || this.differs(first, n, meta)) this.tile(first, n, col, row, meta, lut, special, all);
			}
		}
		if (all && this.mean) for (let p = 0; p < px.length; p++) if (count[p]) this.mix(p);
		this.lut = special ? null : lut;
		this.back = back;
	}
	/** Is one of n frames not as it was seen?  Four at a time. */
	differs(first, n, meta) {
		if (first % 4 || n % 4) return true;
		const was = this.seen4, now = this.now?.buffer === meta.buffer ? this.now : (this.now = new Uint32Array(meta.buffer, meta.byteOffset, this.frames >> 2));
		for (let w = first >> 2, end = (first + n) >> 2; w < end; w++) if (now[w] !== was[w]) return true;
		return false;
	}
	/** The n frames from `first` on, of the tile whose frames begin at this column and row: all of them, or those that are not as they were seen. */
	tile(first, n, col, row, meta, lut, special, all) {
		const { left, right, top, bottom, seen, px, sum, count, w, mean } = this;
		let changed = false;
		for (let r = 0; r < n; r++) {
			const p = first + r, is = meta[p], was = seen[p];
			if (!all && is === was) continue;
			seen[p] = is;
			const v = (special && special(p)) || lut[is], old = all ? 0 : lut[was], x = col + zx[r], y = row + zy[r];
			if (v === old) continue;
			changed = true;
			// a pixel that shows several frames takes one colour in for another
			const red = (v & 255) - (old & 255), green = ((v >>> 8) & 255) - ((old >>> 8) & 255), blue = ((v >>> 16) & 255) - ((old >>> 16) & 255);
			for (let line = top[y]; line < bottom[y]; line++) {
				for (let q = line * w + left[x], end = line * w + right[x]; q < end; q++) {
					if (!mean) { px[q] = v; continue; }
					sum[q * 3] += red;
					sum[q * 3 + 1] += green;
					sum[q * 3 + 2] += blue;
					if (all) count[q]++;
				}
			}
		}
		if (!changed || all || !mean) return;
		for (let line = top[row]; line < bottom[row + TH - 1]; line++) for (let q = line * w + left[col], end = line * w + right[col + TW - 1]; q < end; q++) if (count[q]) this.mix(q);
	}
	/** A whole tile in one colour: as most are, the first time. */
	flat(first, col, row, meta, v) {
		const { px, sum, count, w, left, right, top, bottom } = this;
		this.seen.set(meta.subarray(first, first + TILE), first);
		if (!this.mean) {
			for (let line = top[row]; line < bottom[row + TH - 1]; line++) px.fill(v, line * w + left[col], line * w + right[col + TW - 1]);
			return;
		}
		const across = this.cover(left, right, col, TW), down = this.cover(top, bottom, row, TH);
		for (let y = 0; y < down.length; y++) {
			for (let x = 0, q = (top[row] + y) * w + left[col]; x < across.length; x++, q++) {
				const n = down[y] * across[x];
				sum[q * 3] += (v & 255) * n;
				sum[q * 3 + 1] += ((v >>> 8) & 255) * n;
				sum[q * 3 + 2] += ((v >>> 16) & 255) * n;
				count[q] += n;
			}
		}
	}
	/** How many of the n columns (or rows) of frames from `at` on each of their pixels shows. */
	cover(from, to, at, n) {
		const id = from === this.left ? at : -1 - at;
		let counts = this.covers.get(id);
		if (counts) return counts;
		this.covers.set(id, counts = new Uint8Array(to[at + n - 1] - from[at]));
		for (let c = at; c < at + n; c++) for (let p = from[c]; p < to[c]; p++) counts[p - from[at]]++;
		return counts;
	}
	/** The mean colour of what pixel p shows. */
	mix(p) {
		const { sum, px } = this, n = 1 / this.count[p];
		px[p] = 0xff000000 | (sum[p * 3 + 2] * n) << 16 | (sum[p * 3 + 1] * n) << 8 | sum[p * 3] * n;
	}
	/** Puts it at x, y of a canvas, in device pixels; at: where that is in ctx's own, if the canvas is not the screen's. */
	draw(ctx, x, y, at = null) {
		if (!at) return ctx.putImageData(this.data, x, y);
		const canvas = document.createElement("canvas");
		canvas.width = this.w;
		canvas.height = this.h;
		canvas.getContext("2d").putImageData(this.data, 0, 0);
		ctx.drawImage(canvas, at.x, at.y, at.w, at.h);
	}
}

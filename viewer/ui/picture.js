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
		if (this.mean) { this.sum = new Uint32Array(w * h * 3); this.count = new Uint32Array(w * h); }
		this.seen = new Uint8Array(frames);
		this.lut = null;
	}
	/** Colours the frames: lut by their meta byte; special(pfn), if given, goes before where it is not 0; back: what lies between the zones. */
	update(meta, lut, special, back) {
		const { px, seen } = this, same = !special && this.back === back && this.lut?.every((v, x) => v === lut[x]);
		if (!same) {
			px.fill(back);
			if (this.mean) { this.sum.fill(0); this.count.fill(0); }
			for (const z of this.zones) this.whole(z, meta, lut, special);
			if (this.mean) for (let p = 0; p < px.length; p++) if (this.count[p]) this.mix(p);
			this.lut = special ? null : lut;
			this.back = back;
			seen.set(meta);
			return;
		}
		const words = this.frames >>> 2, now = new Uint32Array(meta.buffer, meta.byteOffset, words), was = new Uint32Array(seen.buffer, 0, words);
		for (let w = 0; w < words; w++) if (now[w] !== was[w]) for (let u = w * 4; u < w * 4 + 4; u++) this.change(u, meta[u], lut);
		for (let u = words * 4; u < this.frames; u++) this.change(u, meta[u], lut);
	}
	/** All frames of a zone. */
	whole(z, meta, lut, special) {
		const { cols, left, right, top, bottom } = this;
		for (let tile = 0; tile * TILE < z.n; tile++) {
			const col = (tile % cols) * TW, row = (z.row + Math.floor(tile / cols)) * TH, first = z.start + tile * TILE, n = Math.min(TILE, z.n - tile * TILE);
			if (left[col] === right[col + TW - 1] || top[row] === bottom[row + TH - 1]) continue;	// out of sight
			for (let r = 0; r < n; r++) {
				const p = first + r, x = col + zx[r], y = row + zy[r], v = (special && special(p)) || lut[meta[p]];
				if (this.mean) this.add(left[x], right[x], top[y], bottom[y], 0, v, 1); else this.fill(left[x], right[x], top[y], bottom[y], v);
			}
		}
	}
	/** Frame p is of class and order `now` and was not. */
	change(p, now, lut) {
		const was = this.seen[p];
		if (was === now) return;
		this.seen[p] = now;
		if (lut[was] === lut[now]) return;
		const z = this.zones.find((q) => p >= q.start && p < q.start + q.n);
		if (!z) return;
		const r = p - z.start, tile = r >> 9, x = (tile % this.cols) * TW + zx[r & 511], y = (z.row + Math.floor(tile / this.cols)) * TH + zy[r & 511], a = this.left[x], b = this.right[x], c = this.top[y], d = this.bottom[y];
		if (!this.mean) return this.fill(a, b, c, d, lut[now]);
		this.add(a, b, c, d, lut[was], lut[now], 0);
		for (let row = c; row < d; row++) for (let q = a; q < b; q++) this.mix(row * this.w + q);
	}
	fill(a, b, c, d, v) {
		const { px, w } = this;
		for (let row = c; row < d; row++) for (let p = row * w + a, end = row * w + b; p < end; p++) px[p] = v;
	}
	/** A frame's pixels take a colour in for another; n: how many frames more they show. */
	add(a, b, c, d, was, now, n) {
		const { sum, count, w } = this;
		for (let row = c; row < d; row++) {
			for (let p = row * w + a, end = row * w + b; p < end; p++) {
				sum[p * 3] += (now & 255) - (was & 255);
				sum[p * 3 + 1] += ((now >>> 8) & 255) - ((was >>> 8) & 255);
				sum[p * 3 + 2] += ((now >>> 16) & 255) - ((was >>> 16) & 255);
				count[p] += n;
			}
		}
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

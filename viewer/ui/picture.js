/*
 * picture.js - all frames as one image, for the map far out: a pixel a frame, or one for
 * each aligned four of them (their mean colour), where a pixel of the screen shows more.
 *
 * It is kept from one moment to the next, and only frames whose class or order changed
 * are coloured anew.  It lies in bands of whole tile rows, each a canvas: a canvas that
 * is drawn from is copied by the browser when it is next written to, all of it.
 */
export const TW = 32, TH = 16, TILE = 512;	// a tile, in frames
const BAND = 1 << 16;	// pixels, about

/** Where in its tile a frame lies, on the Z-order curve, and back. */
export const zx = new Uint8Array(TILE), zy = new Uint8Array(TILE), zindex = new Uint16Array(TILE);
for (let r = 0; r < TILE; r++) {
	for (let b = 0; b < 9; b++) { if (b % 2 === 0) zx[r] |= ((r >> b) & 1) << (b >> 1); else zy[r] |= ((r >> b) & 1) << (b >> 1); }
	zindex[zy[r] * TW + zx[r]] = r;
}

export class Picture {
	/** zones: {start, n} in frames, {row} their first row of tiles; cols, rows: of tiles; by: 1, or 2 for a pixel for 2 x 2 frames. */
	constructor({ frames, zones, cols, rows, by }) {
		Object.assign(this, { frames, by, tw: TW / by, th: TH / by });
		this.width = cols * this.tw;
		this.bandRows = Math.max(1, Math.floor(BAND / (this.width * this.th)));
		this.bandPixels = this.bandRows * this.th * this.width;
		const all = rows * this.th * this.width, each = by * by;
		this.px = new Uint32Array(all + 1);	// the last one is for frames of no zone
		this.at = new Uint32Array(Math.ceil(frames / each)).fill(all);
		for (const z of zones) {
			for (let r = 0; r < z.n; r += each) {
				const tile = r >> 9, x = (tile % cols) * TW + zx[r & 511], y = (z.row + Math.floor(tile / cols)) * TH + zy[r & 511];
				this.at[(z.start + r) / each] = Math.floor(y / by) * this.width + Math.floor(x / by);
			}
		}
		this.bands = [];
		for (let row = 0; row < rows; row += this.bandRows) {
			const canvas = document.createElement("canvas"), from = this.bands.length * this.bandPixels, n = Math.min(this.bandPixels, all - from);
			canvas.width = this.width;
			canvas.height = n / this.width;
			this.bands.push({ canvas, data: new ImageData(new Uint8ClampedArray(this.px.buffer, from * 4, n * 4), this.width), stale: true });
		}
		this.seen = new Uint8Array(frames);
		this.lut = null;
	}
	/** Four frames to a pixel need zones that begin and end on four frames. */
	static fits(by, frames, zones) { return by === 1 || (frames % 4 === 0 && zones.every((z) => z.start % 4 === 0 && z.n % 4 === 0)); }
	/** Colours the frames: lut by their meta byte; special(pfn), if given, goes before where it is not 0; back: what lies between the zones. */
	update(meta, lut, special, back) {
		const { px, at, seen, by } = this, same = !special && this.back === back && this.lut?.every((v, x) => v === lut[x]);
		if (!same) {
			px.fill(back);
			for (const band of this.bands) band.stale = true;
			for (let u = 0; u < at.length; u++) px[at[u]] = by === 1 ? (special && special(u)) || lut[meta[u]] : mean(u * 4, meta, lut, special);
			this.lut = special ? null : lut;
			this.back = back;
			seen.set(meta);
			return;
		}
		const words = this.frames >>> 2, now = new Uint32Array(meta.buffer, meta.byteOffset, words), was = new Uint32Array(seen.buffer, 0, words);
		const put = (u, v) => {
			const p = at[u], band = this.bands[Math.floor(p / this.bandPixels)];
			px[p] = v;
			if (band) band.stale = true;
		};
		for (let w = 0; w < words; w++) {
			if (now[w] === was[w]) continue;
			was[w] = now[w];
			if (by === 2) put(w, mean(w * 4, meta, lut, null));
			else for (let u = w * 4; u < w * 4 + 4; u++) put(u, lut[meta[u]]);
		}
		for (let u = words * 4; u < this.frames; u++) if (seen[u] !== meta[u]) { seen[u] = meta[u]; put(u, lut[meta[u]]); }
	}
	/** Draws tile rows [row, row + rows) into a rectangle; ratio: device pixels to one of ctx. */
	draw(ctx, row, rows, x, y, w, h, ratio) {
		const snap = (v) => Math.round(v * ratio) / ratio;
		for (let r = row; r < row + rows;) {
			const n = Math.floor(r / this.bandRows), end = Math.min(row + rows, (n + 1) * this.bandRows), top = snap(y + ((r - row) / rows) * h);
			ctx.drawImage(this.fresh(n), 0, (r - n * this.bandRows) * this.th, this.width, (end - r) * this.th, x, top, w, snap(y + ((end - row) / rows) * h) - top);
			r = end;
		}
	}
	/** Draws one tile. */
	drawTile(ctx, col, row, x, y, w, h) {
		const n = Math.floor(row / this.bandRows);
		ctx.drawImage(this.fresh(n), col * this.tw, (row - n * this.bandRows) * this.th, this.tw, this.th, x, y, w, h);
	}
	fresh(n) {
		const band = this.bands[n];
		if (band.stale) band.canvas.getContext("2d").putImageData(band.data, 0, 0);
		band.stale = false;
		return band.canvas;
	}
}

/** Mean colour of four frames. */
function mean(pfn, meta, lut, special) {
	let redBlue = 0, green = 0;
	for (let p = pfn; p < pfn + 4; p++) {
		const v = (special && special(p)) || lut[meta[p]];
		redBlue += v & 0xff00ff;
		green += (v >>> 8) & 255;
	}
	return (0xff000000 | (redBlue >>> 2) & 0xff00ff | (green >>> 2) << 8) >>> 0;
}

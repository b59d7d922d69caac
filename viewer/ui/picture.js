// SPDX-License-Identifier: MIT
/*
 * picture.js - frames as pixels, for the map far out: a frame covers a few pixels, or a
 * pixel shows the mean colour of several frames.
 *
 * It is kept from one moment to the next, and only frames whose class or order changed
 * are coloured anew.  It is made of the screen's own pixels and put there as it is:
 * a canvas between, which the browser copies when it is written to after it was drawn
 * from, costs ten times as much.
 */
/** @import {Special} from "./framecolours.js" */
/** @import {Context} from "./theme.js" */
/** @import {Tiled} from "./tiles.js" */

/**
 * Where the frames lie in a picture of w by h; lengths are in its pixels.
 * @typedef {object} Places
 * @property {number} frames how many there are
 * @property {Tiled[]} zones
 * @property {number} cols tiles in a row
 * @property {number} w
 * @property {number} h
 * @property {(col: number) => number} x where a column of tiles lies
 * @property {(z: Tiled, row: number) => number} y where a row of tiles of a zone lies
 * @property {number} sx the width of a frame
 * @property {number} sy its height
 */

const ACROSS = 5,
	DOWN = 4; // powers of two
export const TW = 1 << ACROSS,
	TH = 1 << DOWN,
	TILE = TW * TH; // a tile, in frames

/** Where in its tile a frame lies, on the Z-order curve, and back. */
export const zx = new Uint8Array(TILE),
	zy = new Uint8Array(TILE),
	zindex = new Uint16Array(TILE);
for (let r = 0; r < TILE; r++) {
	for (let b = 0; b < 9; b++) {
		if (b % 2 === 0) zx[r] |= ((r >> b) & 1) << (b >> 1);
		else zy[r] |= ((r >> b) & 1) << (b >> 1);
	}
	zindex[zy[r] * TW + zx[r]] = r;
}

// frames of a tile: where more have changed, its pixels are mixed one by one, each once
const MANY = 48;

/**
 * Have n frames from `first` on one colour? Mostly they are all alike: four are looked at at once;
 * words: meta's, n a multiple of 4.
 * @param {Uint8Array} meta
 * @param {Uint32Array} words
 * @param {number} first
 * @param {number} n
 * @param {Uint32Array} lut
 */
function even(meta, words, first, n, lut) {
	const v = lut[meta[first]],
		word = meta[first] * 0x1010101;
	if (first % 4 === 0) {
		let w = first >> 2;
		while (w < (first + n) >> 2 && words[w] === word) w++;
		if (w === (first + n) >> 2) return true;
	}
	for (let p = first + 1; p < first + n; p++) if (lut[meta[p]] !== v) return false;
	return true;
}

/**
 * For each of n pixels the first column (or row) of frames that it shows, and the one behind its
 * last.
 * @param {Int32Array} from
 * @param {Int32Array} to
 * @param {number} n
 * @returns {[Int32Array, Int32Array]}
 */
function shown(from, to, n) {
	const first = new Int32Array(n),
		end = new Int32Array(n);
	for (let c = from.length; c-- > 0;)
		for (let p = from[c]; p < to[c]; p++) {
			first[p] = c;
			if (!end[p]) end[p] = c + 1;
		}
	return [first, end];
}

/**
 * A pixel of the mean of n colours, from the sums of their parts.
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 * @param {number} n
 */
function mean(red, green, blue, n) {
	const part = 1 / n;
	return 0xff000000 | ((blue * part) << 16) | ((green * part) << 8) | (red * part);
}

/**
 * The mean colour of the frames in columns [c0, c1) and rows [r0, r1) of the tile that begins with
 * frame `first`.
 * @param {number} first
 * @param {number} c0
 * @param {number} c1
 * @param {number} r0
 * @param {number} r1
 * @param {Uint8Array} meta
 * @param {Uint32Array} lut
 */
function average(first, c0, c1, r0, r1, meta, lut) {
	let red = 0,
		green = 0,
		blue = 0;
	for (let r = r0 * TW; r < r1 * TW; r += TW) {
		for (let at = r + c0; at < r + c1; at++) {
			const v = lut[meta[first + zindex[at]]];
			red += v & 255;
			green += (v >>> 8) & 255;
			blue += (v >>> 16) & 255;
		}
	}
	return mean(red, green, blue, (c1 - c0) * (r1 - r0));
}

export class Picture {
	/** @param {Places} places */
	constructor({ frames, zones, cols, w, h, x, y, sx, sy }) {
		this.frames = frames;
		this.cols = cols;
		this.w = w;
		this.h = h;
		this.mean = sx < 1 || sy < 1;
		// every pixel between two frames' edges is somebody's, and every frame has one at least
		const clip = (/** @type {number} */ v, /** @type {number} */ most) =>
				Math.max(0, Math.min(most, v)),
			ends = (/** @type {number} */ at, /** @type {number} */ size) => {
				const from = Math.floor(at + 1e-6);
				return [from, Math.max(from + 1, Math.floor(at + size + 1e-6))];
			};
		this.left = new Int32Array(cols * TW);
		this.right = new Int32Array(cols * TW);
		for (let c = 0; c < cols * TW; c++)
			[this.left[c], this.right[c]] = ends(x(Math.floor(c / TW)) + (c % TW) * sx, sx).map(
				(v) => clip(v, w),
			);
		const rows = Math.max(...zones.map((z) => z.row + Math.ceil(z.n / TILE / cols)));
		this.top = new Int32Array(rows * TH);
		this.bottom = new Int32Array(rows * TH);
		// by tile, row after row: its first frame, the one behind its last (-1: no tile), its
		// colour where it has only one
		this.base = new Int32Array(rows * cols).fill(-1);
		this.end = new Int32Array(rows * cols).fill(-1);
		this.tone = new Uint32Array(rows * cols);
		for (const z of zones) {
			for (let r = 0; r < Math.ceil(z.n / TILE / cols) * TH; r++) {
				const at = z.row * TH + r;
				[this.top[at], this.bottom[at]] = ends(
					y(z, Math.floor(r / TH)) + (r % TH) * sy,
					sy,
				).map((v) => clip(v, h));
			}
			for (let t = 0; t * TILE < z.n; t++) {
				this.base[z.row * cols + t] = z.start + t * TILE;
				this.end[z.row * cols + t] = z.start + Math.min(z.n, (t + 1) * TILE);
			}
		}
		/** For each column, and row, of pixels: the frames it shows; empty where one is larger. */
		this.across = shown(this.left, this.right, this.mean ? w : 0);
		this.down = shown(this.top, this.bottom, this.mean ? h : 0);
		this.data = new ImageData(w, h);
		this.px = new Uint32Array(this.data.data.buffer);
		this.seen = new Uint8Array(frames);
		this.seen4 = new Uint32Array(this.seen.buffer, 0, frames >> 2);
		this.changed = new Int32Array(rows * cols);
		/** @type {Uint32Array | null} the table that all frames were coloured by */
		this.lut = null;
		/** @type {Uint32Array} the meta bytes of all frames, four at a time */
		this.now = new Uint32Array(0);
		this.back = 0;
		this.key = "";
	}
	/**
	 * Colours the frames: lut by their meta byte; special(pfn), if given, goes before where it is
	 * not 0; back: what lies between the zones.
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 * @param {Special | null} special
	 * @param {number} back
	 */
	update(meta, lut, special, back) {
		const all =
			!!special || !this.lut || this.back !== back || !this.lut.every((v, x) => v === lut[x]);
		this.back = back;
		if (all) this.px.fill(back);
		const n = this.find(meta, lut, special, all);
		for (let x = 0; x < n; x++) {
			const t = this.changed[x],
				v = this.tone[t];
			if (v && (!this.mean || this.alike(t, v))) this.flat(t, v);
			else if (this.mean && (all || this.news(t, meta) > MANY))
				this.blend(t, meta, lut, special);
			else if (this.mean) this.mend(t, meta, lut);
			else this.spread(t, meta, lut, special, all);
			if (!all) this.seen.set(meta.subarray(this.base[t], this.end[t]), this.base[t]);
		}
		if (all) this.seen.set(meta);
		this.lut = special ? null : lut;
	}
	/**
	 * The tiles in sight that have to be coloured, into this.changed; returns how many those are.
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 * @param {Special | null} special
	 * @param {boolean} all
	 * @returns {number}
	 */
	find(meta, lut, special, all) {
		const { base, end, tone, cols, left, right, top, bottom } = this;
		let n = 0;
		if (this.now.buffer !== meta.buffer)
			this.now = new Uint32Array(meta.buffer, meta.byteOffset, this.frames >> 2);
		for (let t = 0; t < base.length; t++) {
			const col = (t % cols) * TW,
				row = Math.floor(t / cols) * TH;
			if (
				base[t] < 0 ||
				left[col] === right[col + TW - 1] ||
				top[row] === bottom[row + TH - 1]
			)
				continue;
			if (!all && !this.differs(base[t], end[t], meta)) continue;
			tone[t] =
				!special && end[t] - base[t] === TILE && even(meta, this.now, base[t], TILE, lut)
					? lut[meta[base[t]]]
					: 0;
			this.changed[n++] = t;
		}
		return n;
	}
	/**
	 * Is a frame of these not as it was seen?  Four at a time.
	 * @param {number} first
	 * @param {number} end
	 * @param {Uint8Array} meta
	 */
	differs(first, end, meta) {
		if (first % 4 || end % 4) return true;
		const { now, seen4: was } = this;
		for (let w = first >> 2; w < end >> 2; w++) if (now[w] !== was[w]) return true;
		return false;
	}
	/**
	 * Tile t, in one colour.
	 * @param {number} t
	 * @param {number} v
	 */
	flat(t, v) {
		const { px, w, cols, left, right, top, bottom } = this,
			col = (t % cols) * TW,
			row = Math.floor(t / cols) * TH;
		for (let line = top[row]; line < bottom[row + TH - 1]; line++)
			px.fill(v, line * w + left[col], line * w + right[col + TW - 1]);
	}
	/**
	 * Tile t where a frame has its own pixels: all frames, or those that are not as they were seen.
	 * @param {number} t
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 * @param {Special | null} special
	 * @param {boolean} all
	 */
	spread(t, meta, lut, special, all) {
		const { left, right, top, bottom, seen, px, w, cols } = this,
			first = this.base[t],
			n = this.end[t] - first,
			col = (t % cols) * TW,
			row = Math.floor(t / cols) * TH;
		for (let r = 0; r < n; r++) {
			const p = first + r;
			if (!all && meta[p] === seen[p]) continue;
			const v = (special && special(p)) || lut[meta[p]],
				x = col + zx[r],
				y = row + zy[r];
			for (let line = top[y]; line < bottom[y]; line++)
				px.fill(v, line * w + left[x], line * w + right[x]);
		}
	}
	/**
	 * Tile t where a pixel shows several frames, at the tile's edge some of its neighbours' too.
	 * @param {number} t
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 * @param {Special | null} special
	 */
	blend(t, meta, lut, special) {
		const {
				px,
				w,
				cols,
				base,
				end,
				across: [colFrom, colEnd],
				down: [rowFrom, rowEnd],
			} = this,
			col = (t % cols) * TW,
			row = Math.floor(t / cols) * TH,
			v = this.tone[t];
		const x0 = this.left[col],
			x1 = this.right[col + TW - 1],
			first = base[t],
			whole = !special && end[t] - first === TILE;
		for (let y = this.top[row]; y < this.bottom[row + TH - 1]; y++) {
			const inner = whole && rowFrom[y] >= row && rowEnd[y] <= row + TH;
			for (let x = x0; x < x1; x++) {
				if (!inner || colFrom[x] < col || colEnd[x] > col + TW)
					px[y * w + x] = this.blended(x, y, meta, lut, special);
				else
					px[y * w + x] =
						v ||
						average(
							first,
							colFrom[x] - col,
							colEnd[x] - col,
							rowFrom[y] - row,
							rowEnd[y] - row,
							meta,
							lut,
						);
			}
		}
	}
	/**
	 * How many frames of tile t are not as they were seen.
	 * @param {number} t
	 * @param {Uint8Array} meta
	 */
	news(t, meta) {
		const { seen, base, end } = this;
		let n = 0;
		for (let p = base[t]; p < end[t]; p++) if (meta[p] !== seen[p]) n++;
		return n;
	}
	/**
	 * The same where only some of its frames are not as they were seen: the pixels that show those.
	 * @param {number} t
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 */
	mend(t, meta, lut) {
		const { left, right, top, bottom, seen, px, w, cols } = this,
			first = this.base[t],
			n = this.end[t] - first,
			col = (t % cols) * TW,
			row = Math.floor(t / cols) * TH;
		for (let r = 0; r < n; r++) {
			if (meta[first + r] === seen[first + r]) continue;
			const x = col + zx[r],
				y = row + zy[r];
			for (let line = top[y]; line < bottom[y]; line++)
				for (let q = left[x]; q < right[x]; q++)
					px[line * w + q] = this.blended(q, line, meta, lut, null);
		}
	}
	/**
	 * Are the tiles around tile t of the same one colour?
	 * @param {number} t
	 * @param {number} v
	 */
	alike(t, v) {
		const { base, tone, cols } = this,
			col = t % cols;
		for (let y = t - cols; y <= t + cols; y += cols) {
			for (let x = y - (col ? 1 : 0); x <= y + (col + 1 < cols ? 1 : 0); x++)
				if (base[x] >= 0 && tone[x] !== v) return false;
		}
		return true;
	}
	/**
	 * The mean colour of the frames that a pixel shows.
	 * @param {number} x
	 * @param {number} y
	 * @param {Uint8Array} meta
	 * @param {Uint32Array} lut
	 * @param {Special | null} special
	 * @returns {number}
	 */
	blended(x, y, meta, lut, special) {
		const { base, end, cols, across, down } = this,
			c0 = across[0][x],
			c1 = across[1][x],
			r1 = down[1][y];
		let red = 0,
			green = 0,
			blue = 0,
			n = 0;
		for (let r = down[0][y]; r < r1; r++) {
			for (let c = c0; c < c1; c++) {
				const t = (r >> DOWN) * cols + (c >> ACROSS),
					p = base[t] + zindex[(r % TH) * TW + (c % TW)];
				if (p >= end[t]) continue;
				const v = (special && special(p)) || lut[meta[p]];
				red += v & 255;
				green += (v >>> 8) & 255;
				blue += (v >>> 16) & 255;
				n++;
			}
		}
		return n ? mean(red, green, blue, n) : this.back;
	}
	/**
	 * Puts it on the screen's canvas at x, y, in device pixels.
	 * @param {CanvasRenderingContext2D} ctx
	 * @param {number} x
	 * @param {number} y
	 */
	put(ctx, x, y) {
		ctx.putImageData(this.data, x, y);
	}
	/**
	 * Draws it where another canvas or picture wants it, in ctx's own pixels.
	 * @param {Context} ctx
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 */
	draw(ctx, x, y, w, h) {
		const canvas = document.createElement("canvas");
		canvas.width = this.w;
		canvas.height = this.h;
		canvas.getContext("2d")?.putImageData(this.data, 0, 0);
		ctx.drawImage(canvas, x, y, w, h);
	}
}

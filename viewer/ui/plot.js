// SPDX-License-Identifier: MIT
/*
 * plot.js - bars, thousands of them, one beside the other: as pixels, which costs a
 * twentieth of as many fillRect; or as rectangles where the drawing is to stay sharp (SVG).
 */
import { parseColour, pixel } from "./theme.js";

/** @import {Context, RGB} from "./theme.js" */

/** @type {Map<string, RGB>} */
const colours = new Map();
/**
 * @param {string} colour
 * @returns {RGB}
 */
function channels(colour) {
	let c = colours.get(colour);
	if (!c) colours.set(colour, (c = parseColour(colour)));
	return c;
}

/**
 * A plot on ctx over x, y, w, h (pixels of ctx) in front of colour back.
 * @param {Context} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {string} back
 */
export const plot = (ctx, x, y, w, h, back) =>
	ctx.vector ? new Rectangles(ctx) : new Pixels(ctx, x, y, w, h, back);

class Rectangles {
	/** @param {Context} ctx */
	constructor(ctx) {
		this.ctx = ctx;
	}
	/**
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 * @param {string} colour
	 * @param {number} [alpha]
	 */
	bar(x, y, w, h, colour, alpha = 1) {
		const { ctx } = this;
		ctx.fillStyle = colour;
		ctx.globalAlpha = alpha;
		ctx.fillRect(x, y, w, h);
		ctx.globalAlpha = 1;
	}
	done() {}
}

/**
 * Memory for the pixels: the last plot's there, if it was of the same size.
 * @type {WeakMap<HTMLCanvasElement, ImageData>}
 */
const kept = new WeakMap();
/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} w
 * @param {number} h
 * @returns {ImageData}
 */
function memory(canvas, w, h) {
	let d = kept.get(canvas);
	if (!d || d.width !== w || d.height !== h) kept.set(canvas, (d = new ImageData(w, h)));
	return d;
}

export class Pixels {
	/**
	 * @param {CanvasRenderingContext2D} ctx
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 * @param {string} back
	 */
	constructor(ctx, x, y, w, h, back) {
		// in a picture to be saved, the view lies elsewhere than on its canvas
		const { a: ratio, e, f } = ctx.getTransform();
		this.e = Math.round(e);
		this.f = Math.round(f);
		this.x = Math.round(x * ratio);
		this.y = Math.round(y * ratio);
		this.w = Math.max(1, Math.round((x + w) * ratio) - this.x);
		this.h = Math.max(1, Math.round((y + h) * ratio) - this.y);
		this.data = memory(ctx.canvas, this.w, this.h);
		this.px = new Uint32Array(this.data.data.buffer).fill(pixel(channels(back)));
		this.ctx = ctx;
		this.ratio = ratio;
	}
	/**
	 * Left and right lie on whole device pixels, so that no seam shows between two bars; above and
	 * below, a pixel covered in part is mixed.
	 * @param {number} x
	 * @param {number} y
	 * @param {number} w
	 * @param {number} h
	 * @param {string} colour
	 * @param {number} [alpha]
	 */
	bar(x, y, w, h, colour, alpha = 1) {
		const { ratio, px, w: W } = this,
			c = channels(colour),
			solid = pixel(c);
		const left = Math.max(0, Math.round(x * ratio) - this.x),
			right = Math.min(W, Math.round((x + w) * ratio) - this.x);
		const top = Math.max(0, y * ratio - this.y),
			bottom = Math.min(this.h, (y + h) * ratio - this.y);
		for (let row = Math.floor(top); row < bottom; row++) {
			const part = (Math.min(row + 1, bottom) - Math.max(row, top)) * alpha,
				at = row * W;
			if (part > 0.996) for (let p = at + left; p < at + right; p++) px[p] = solid;
			else if (part > 0)
				for (let p = at + left; p < at + right; p++) px[p] = mix(px[p], c, part);
		}
	}
	/**
	 * w by h device pixels of a pattern at x, y, in pixels of ctx; tones: the colour of each of its
	 * numbers.
	 * @param {ArrayLike<number>} pattern
	 * @param {number} w
	 * @param {number} h
	 * @param {ArrayLike<number>} tones
	 * @param {number} x
	 * @param {number} y
	 */
	stamp(pattern, w, h, tones, x, y) {
		const left = Math.round(x * this.ratio) - this.x,
			top = Math.round(y * this.ratio) - this.y,
			from = Math.max(0, -left),
			to = Math.min(w, this.w - left),
			{ px } = this;
		for (let row = Math.max(0, -top); row < h && top + row < this.h; row++) {
			for (
				let c = from, at = (top + row) * this.w + left + from, k = row * w + from;
				c < to;
				c++
			)
				px[at++] = tones[pattern[k++]];
		}
	}
	done() {
		this.ctx.putImageData(this.data, this.x + this.e, this.y + this.f);
	}
}

/**
 * @param {number} under
 * @param {RGB} colour
 * @param {number} part
 */
export function mix(under, [r, g, b], part) {
	const blend = (/** @type {number} */ a, /** @type {number} */ v) =>
		Math.round(a + (v - a) * part);
	return (
		(0xff000000 |
			(blend((under >>> 16) & 255, b) << 16) |
			(blend((under >>> 8) & 255, g) << 8) |
			blend(under & 255, r)) >>>
		0
	);
}

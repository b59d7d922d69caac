// SPDX-License-Identifier: MIT
/*
 * links.js - for what is selected: lines from its page to its table entry and on to its frame,
 * drawn on a canvas that lies over the views.
 */

/**
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 * @typedef {{x: number, y: number}} Point
 * @typedef {{virtual: Box, frames: Box, entry: Point | null, frame: Point | null}} Ends
 *	the boxes of the two views, and the two places in the walk, in pixels of the canvas
 */

/**
 * Where the ends of the lines are; asks the layout, hence only when the text was drawn anew.
 * @param {{links: Element, walk: Element, virtual: Element, frames: Element}} el
 * @returns {Ends}
 */
export function measureLinks(el) {
	const base = el.links.getBoundingClientRect(),
		box = (/** @type {Element} */ x) => {
			const r = x.getBoundingClientRect();
			return { x: r.left - base.left, y: r.top - base.top, w: r.width, h: r.height };
		};
	const walk = box(el.walk),
		last = [...el.walk.querySelectorAll(".step.pte")].at(-1),
		entry = last ?? el.walk.querySelector(".step.pde:not(.fault)"),
		frame = el.walk.querySelector(".step.frame:not(.fault)");
	/** A place beside a step of the walk, if that is in sight. */
	const beside = (/** @type {Element | null} */ step, /** @type {number} */ side) => {
		if (!step) return null;
		const b = box(step),
			y = b.y + b.h / 2;
		return y > walk.y && y < walk.y + walk.h ? { x: b.x + side * b.w, y } : null;
	};
	return {
		virtual: box(el.virtual),
		frames: box(el.frames),
		entry: beside(entry, 0),
		frame: beside(frame, 1),
	};
}

/**
 * The lines that can be drawn, as [from, to].
 * @param {Ends} ends
 * @param {Box | null} cell of the page, in its view; null: it has none in sight
 * @param {Box | null} rect of the frame, in its view
 * @returns {[Point, Point][]}
 */
export function linkLines({ virtual, frames, entry, frame }, cell, rect) {
	/** @type {[Point, Point][]} */
	const out = [];
	if (cell && entry)
		out.push([{ x: virtual.x + cell.x + cell.w, y: virtual.y + cell.y + cell.h / 2 }, entry]);
	const r = rect;
	if (r && frame && r.x >= 0 && r.y >= 0 && r.x < frames.w && r.y < frames.h)
		out.push([frame, { x: frames.x + r.x, y: frames.y + r.y + r.h / 2 }]);
	return out;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {[Point, Point][]} lines
 * @param {{panel: string, accent: string}} palette
 */
export function drawLinks(ctx, lines, palette) {
	for (const [from, to] of lines) {
		const mid = (from.x + to.x) / 2;
		/** @type {[number, string][]} */
		const strokes = [
			[4, palette.panel],
			[1.5, palette.accent],
		];
		for (const [width, colour] of strokes) {
			ctx.strokeStyle = colour;
			ctx.lineWidth = width;
			ctx.beginPath();
			ctx.moveTo(from.x, from.y);
			ctx.bezierCurveTo(mid, from.y, mid, to.y, to.x, to.y);
			ctx.stroke();
		}
		ctx.fillStyle = palette.accent;
		for (const { x, y } of [from, to]) {
			ctx.beginPath();
			ctx.arc(x, y, 2.5, 0, 7);
			ctx.fill();
		}
	}
}

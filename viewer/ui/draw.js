// SPDX-License-Identifier: MIT
/*
 * draw.js - what all canvases are drawn with.
 */
/** @import {Context} from "./theme.js" */

export const MONO = "ui-monospace, monospace";

/**
 * Writes text, the middle (or `line`) of its height at y.
 * @param {Context} ctx
 * @param {string | number} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {CanvasTextAlign} [align]
 * @param {string} [size]
 * @param {string} [face]
 * @param {CanvasTextBaseline} [line]
 */
export function write(
	ctx,
	text,
	x,
	y,
	colour,
	align = "left",
	size = "11px",
	face = "system-ui, sans-serif",
	line = "middle",
) {
	ctx.font = `${size} ${face}`;
	ctx.textAlign = align;
	ctx.textBaseline = line;
	ctx.fillStyle = colour;
	ctx.fillText(String(text), x, y);
}
/**
 * A filled rectangle.
 * @param {Context} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {string | CanvasPattern} colour
 */
export function rect(ctx, x, y, w, h, colour) {
	ctx.fillStyle = colour;
	ctx.fillRect(x, y, w, h);
}
/**
 * The outline of one.
 * @param {Context} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {string} colour
 * @param {number} [width]
 */
export function outline(ctx, x, y, w, h, colour, width = 1) {
	ctx.strokeStyle = colour;
	ctx.lineWidth = width;
	ctx.strokeRect(x, y, w, h);
}

/**
 * Says that there is more than is in sight, and where that lies, at the right edge of w, h: of a
 * total height, scrolled by `at`.
 * @param {Context} ctx
 * @param {number} w
 * @param {number} h
 * @param {number} total
 * @param {number} at
 * @param {{dim: string}} palette
 */
export function scrollBar(ctx, w, h, total, at, { dim }) {
	if (total <= h + 0.5) return;
	const long = Math.max(20, (h / total) * h);
	rect(ctx, w - 4, (at / (total - h)) * (h - long), 3, long, dim);
}

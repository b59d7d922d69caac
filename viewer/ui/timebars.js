// SPDX-License-Identifier: MIT
/*
 * timebars.js - what the timeline shows a column of pixels at a time: how many events of each
 * group there are, how many pages are free, and whether a block of some order could be had.
 */
import { GROUPS } from "../model/kinds.js";

/** @import {TimeScene} from "./scene.js" */
/** @typedef {ReturnType<typeof import("./plot.js").plot>} Bars */

/** Heights in pixels: of the events' lane, and of that of the blocks. */
export const DENSITY = 26,
	WHAT_IF = 12;

/**
 * The zones' lines are dotted, whole, dashed: is column c a gap of zone z's? Nothing is left out
 * there, it is only fainter.
 * @type {(z: number, c: number) => boolean}
 */
export const gap = (z, c) => (z === 0 ? c % 4 > 1 : z === 2 && c % 12 > 8);

/**
 * How many events each column has: a stack of their groups, as high as the root of their number.
 * @param {Bars} bars
 * @param {TimeScene} scene
 * @param {ArrayLike<number>} edge the event each column begins with, and the end
 * @param {number} cols
 * @param {number} x0
 * @param {number} y
 */
export function drawDensity(bars, { palette: p, model }, edge, cols, x0, y) {
	const { lod } = model,
		G = GROUPS.length,
		H = DENSITY,
		/** @type {Record<string, string>} */
		group = p.group,
		counts = new Float64Array(cols * G),
		before = new Uint32Array(G),
		after = new Uint32Array(G);
	let most = 1;
	lod.countBefore(edge[0], before);
	for (let c = 0; c < cols; c++) {
		lod.countBefore(edge[c + 1], after);
		let sum = 0;
		for (let g = 0; g < G; g++) {
			const n = after[g] - before[g];
			counts[c * G + g] = n;
			sum += n;
			before[g] = after[g];
		}
		if (sum > most) most = sum;
	}
	for (let c = 0; c < cols; c++) {
		let sum = 0,
			at = y + H;
		for (let g = 0; g < G; g++) sum += counts[c * G + g];
		if (!sum) continue;
		const full = Math.max(2, Math.sqrt(sum / most) * H);
		for (let g = 0; g < G; g++) {
			const n = counts[c * G + g];
			if (!n) continue;
			const bh = (n / sum) * full;
			bars.bar(x0 + c, at - bh, 1, bh, group[GROUPS[g]]);
			at -= bh;
		}
	}
}

/**
 * The free pages of each zone, from the least to the most of each column, and the pages of the
 * vmalloc areas.
 * @param {Bars} bars
 * @param {TimeScene} scene
 * @param {ArrayLike<number>} edge
 * @param {number} cols
 * @param {number} x0
 * @param {number} y
 * @param {number} H
 */
export function drawSeries(bars, scene, edge, cols, x0, y, H) {
	const { palette: p, model } = scene,
		{ lod, trace } = model,
		n = lod.series,
		vmalloc = trace.nrZones,
		lo = new Int32Array(n),
		hi = new Int32Array(n);
	const mins = new Int32Array(cols * n),
		maxs = new Int32Array(cols * n);
	let topFree = 1,
		topVm = 1;
	const last = new Int32Array(n);
	lod.valueAt(edge[0] - 1, last);
	for (let c = 0; c < cols; c++) {
		if (edge[c + 1] > edge[c]) lod.range(edge[c], edge[c + 1], lo, hi, last);
		else {
			lo.set(last);
			hi.set(last);
		}
		for (let s = 0; s < n; s++) {
			mins[c * n + s] = lo[s];
			maxs[c * n + s] = hi[s];
		}
	}
	for (const z of trace.zones) topFree = Math.max(topFree, z.n);
	for (let c = 0; c < cols; c++) topVm = Math.max(topVm, maxs[c * n + vmalloc]);
	const yOf = (/** @type {number} */ v, /** @type {number} */ top) =>
		y + H - 1 - (Math.max(0, v) / top) * (H - 3);
	// vmalloc pages: a filled area, its own scale
	for (let c = 0; c < cols; c++) {
		const v = maxs[c * n + vmalloc];
		if (v > 0) {
			const yy = yOf(v, topVm * 1.6);
			bars.bar(x0 + c, yy, 1, y + H - yy, p.vm, 0.33);
			bars.bar(x0 + c, yy, 1, 1, p.vm);
		}
	}
	for (const z of trace.zones) {
		for (let c = 0; c < cols; c++) {
			const a = yOf(maxs[c * n + z.id], topFree),
				b = yOf(mins[c * n + z.id], topFree);
			const prev = c ? yOf(maxs[(c - 1) * n + z.id], topFree) : a,
				alpha = gap(z.id, c) ? 0.2 : 1;
			bars.bar(
				x0 + c,
				Math.min(a, prev > b ? b : a),
				1,
				Math.max(1.5, b - a),
				p.zone[z.id],
				alpha,
			);
			if (c && Math.abs(prev - a) > 1.5)
				bars.bar(x0 + c, Math.min(prev, a), 1, Math.abs(prev - a), p.zone[z.id], alpha);
		}
	}
}

/**
 * Could a block of the chosen order be had? A line a zone: the fainter, the smaller the share
 * of its free pages in such blocks; none: a dotted line.
 * @param {Bars} bars
 * @param {TimeScene} scene
 * @param {ArrayLike<number>} edge
 * @param {number} cols
 * @param {number} x0
 * @param {number} y
 */
export function drawWhatIf(bars, { palette: p, model, order }, edge, cols, x0, y) {
	const { zones } = model.trace,
		above = Math.max(0, WHAT_IF - 4 * zones.length) >> 1;
	zones.forEach((z, n) => {
		const top = y + above + n * 4;
		for (let c = 0; c < cols; c++) {
			const bad = model.lod.unusable(edge[c + 1] - 1, z.id, order);
			if (bad < 1)
				bars.bar(x0 + c, top, 1, gap(z.id, c) ? 1 : 3, p.zone[z.id], 0.3 + 0.7 * (1 - bad));
			else if (c % 4 < 2) bars.bar(x0 + c, top + 1, 1, 1, p.bad);
		}
	});
}

// SPDX-License-Identifier: MIT
/*
 * framecolours.js - the colours of the frames: by what they are, or by what they were.
 */
import { FREE, RESERVED, TAIL, UNKNOWN } from "../model/owners.js";
import { hashHue, parseColour, pixel, ramp } from "./theme.js";

/** @import {RGB} from "./theme.js" */
/** @import {Scene} from "./scene.js" */

/** A frame's colour, 0: that of its meta byte. @typedef {(pfn: number) => number} Special */

/** [id, name] */
export const COLOUR_BY = [
	["owner", "by owner"],
	["order", "by order"],
	["age", "by age"],
	["lifetime", "by lifetime"],
	["site", "by call site"],
	["changed", "by change"],
];

/**
 * Colour function by mode: a table by meta byte, or a function of the frame.
 * @param {Pick<Scene, "model" | "trace" | "m" | "i" | "palette" | "colourBy" | "isolate" |
 *	"marks">} scene
 */
export function frameColours(scene) {
	const { m, palette: p, colourBy, i, marks, isolate } = scene;
	const lut = new Uint32Array(256);
	for (let v = 0; v < 256; v++) {
		const owner = v >> 4,
			order = v & 15;
		let c = parseColour(p.cls[owner] ?? p.cls[0]);
		if (colourBy === "order") {
			if (owner === FREE || owner > RESERVED) c = ramp(order === TAIL ? 0.5 : order / 9, p);
			if (owner === FREE) c = c.map((x) => Math.round(p.dark ? x * 0.6 : x * 0.5 + 127));
		} else if (colourBy !== "owner" && owner !== RESERVED && owner !== UNKNOWN) {
			c = parseColour(p.cls[FREE]);
		}
		if (isolate !== null && isolate !== undefined && owner !== isolate)
			c = c.map((x, k) => Math.round(x * 0.18 + parseColour(p.panel)[k] * 0.82));
		lut[v] = pixel(c);
	}
	const scale = 31 / Math.log2(2 + scene.trace.n);
	/** @type {Special | null} */
	let special = null;
	if (colourBy === "age") {
		const steps = Array.from({ length: 32 }, (_, s) => pixel(ramp(1 - s / 31, p)));
		special = (pfn) =>
			m.meta[pfn] >> 4 <= RESERVED
				? 0
				: steps[
						Math.min(
							31,
							Math.floor(scale * Math.log2(1 + Math.max(0, i - m.since[pfn]))),
						)
					];
	} else if (colourBy === "lifetime") {
		// bright: held longest; never given back: the class colour "other"
		const freed = scene.model.freedAt(),
			steps = Array.from({ length: 32 }, (_, s) => pixel(ramp(s / 31, p))),
			never = pixel(parseColour(p.other));
		special = (pfn) => {
			const since = m.since[pfn];
			if (m.meta[pfn] >> 4 <= RESERVED || since < 0) return 0;
			return freed[since]
				? steps[Math.min(31, Math.floor(scale * Math.log2(1 + freed[since] - since)))]
				: never;
		};
	} else if (colourBy === "site" && !scene.trace.left.has("s")) {
		const { trace } = scene,
			alloc = trace.kinds.id("mm_page_alloc"),
			/** @type {Map<number, number>} */
			seen = new Map();
		special = (pfn) => {
			const since = m.since[pfn];
			if (m.meta[pfn] >> 4 <= RESERVED || since < 0 || trace.k[since] !== alloc) return 0;
			const s = trace.siteOf(since);
			let c = seen.get(s);
			if (c === undefined) seen.set(s, (c = pixel(hashHue(s))));
			return c;
		};
	} else if (colourBy === "changed") {
		const from = marks.a ?? 0,
			[on, off] = p.changed.map((/** @type {string} */ c) => pixel(parseColour(c)));
		special = (pfn) =>
			m.meta[pfn] >> 4 === RESERVED || m.since[pfn] <= from
				? 0
				: m.meta[pfn] >> 4 === FREE
					? off
					: on;
	} else if (colourBy === "order") {
		special = (pfn) => {
			if ((m.meta[pfn] & 15) !== TAIL) return 0;
			const b = m.blockOf(pfn);
			return lut[(m.meta[pfn] & 0xf0) | b.order];
		};
	}
	return { lut, special };
}

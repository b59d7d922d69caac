// SPDX-License-Identifier: MIT
/*
 * legend.js - what the colours of the frames and of the pages mean.
 */
import { h } from "./dom.js";
import { CLASSES, ramp, rgb, hashHue, shade, swatch } from "./theme.js";
import { FREE, KERNEL, PAGETABLE, RESERVED, SLAB, VMALLOC, UNKNOWN } from "../model/owners.js";
import * as fmt from "../model/format.js";
/** @import {Machine} from "../model/machine.js" */
/** @import {Model} from "../model/model.js" */
/** @import {Trace} from "../model/trace.js" */
/** @import {Palette} from "./theme.js" */

/**
 * by: how the map is coloured; isolate: the class that alone is shown, or null, and onIsolate(id)
 * is told of a click on one; a: marker A; m: the machine at the moment, null without events;
 * leftOut(column): what is said of a column that is not there.
 * @typedef {{by: string, palette: Palette, isolate: number | null, onIsolate: (id: number) => void,
 *	a: number | null, model: Model, m: Machine | null, leftOut: (column: "s") => any}} Given
 */

/**
 * What it means that a frame is of class c.
 * @param {{id: number, text: string}} c
 * @param {Trace} trace
 */
export const classText = (c, trace) =>
	c.id === KERNEL && !trace.hasRegion("vmalloc")
		? "handed out; what it is used for is not told"
		: c.text;

/**
 * The classes of frames that there can be in a trace of such a kernel.
 * @param {Trace} trace
 */
function classesOf(trace) {
	/** @type {Record<number, boolean>} */
	const has = {
		[VMALLOC]: trace.hasRegion("vmalloc"),
		[SLAB]: !trace.single,
		[RESERVED]: trace.says("initial state told"),
		[UNKNOWN]: !trace.says("initial state told"),
	};
	return CLASSES.filter((c) =>
		trace.watched ? c.id === PAGETABLE || c.id === UNKNOWN : (has[c.id] ?? true),
	);
}

/**
 * The legend of the frame map.  by: how it is coloured; isolate: the class that alone is shown,
 * or null, and onIsolate(id) is told of a click on one; a: marker A; model and m, the machine at
 * the moment, null without events; leftOut(column): what is said of a column that is not there.
 * @param {Given} given
 */
export function frameLegend(given) {
	const { by, palette, isolate, onIsolate } = given;
	if (by !== "owner") return scaleLegend(given);
	return classesOf(given.model.trace).map((c) => {
		const i = h("i", { style: swatch(palette, c.id) }, c.letter);
		/** @type {any} */ (i).hatch = [c.id, shade(palette.on[c.id])];
		return h(
			"button",
			{
				"aria-pressed": String(isolate === c.id),
				title: classText(c, given.model.trace) + " (click: show only these)",
				onclick: () => onIsolate(c.id),
			},
			i,
			c.name,
		);
	});
}

/**
 * What the colours mean that do not stand for an owner; m: the machine, asked for call sites only.
 * @param {Given} given
 */
function scaleLegend({ by, palette: p, a, model, m, leftOut }) {
	const key = (/** @type {string} */ colour, /** @type {string} */ text, letter = "") =>
		h("span.key", h("i", { style: { background: colour } }, letter), text);
	const scale = (/** @type {string} */ from, /** @type {string} */ to) =>
		h(
			"span.key",
			from,
			h(
				"span.scale",
				{ "aria-hidden": "true" },
				Array.from({ length: 12 }, (_, s) =>
					h("i", { style: { background: rgb(ramp(s / 11, p)) } }),
				),
			),
			to,
		);
	const rest = [key(p.cls[FREE], "free"), key(p.cls[2], "reserved")],
		largest = model.trace.orders - 1;
	if (by === "order")
		return [
			scale("order 0, one frame", `order ${largest}, ${fmt.orderSize(largest)}`),
			h("span.key", "free blocks are duller"),
			rest[1],
		];
	if (by === "age") return [scale("long ago", "just now"), ...rest];
	if (by === "lifetime")
		return [scale("given back soon", "held long"), key(p.other, "never given back"), ...rest];
	if (by === "changed")
		return [
			key(p.changed[0], "handed out since A"),
			key(p.changed[1], "given back since A"),
			key(p.cls[FREE], "unchanged"),
			a === null ? h("span.key", "(no marker A: since the start)") : null,
		];
	if (!m) return rest;
	if (model.trace.left.has("s")) return [leftOut("s")];
	const { trace } = model,
		alloc = trace.kinds.id("mm_page_alloc"),
		/** @type {Map<number, number>} */
		n = new Map();
	for (let pfn = 0; pfn < m.frames; pfn++) {
		const at = m.since[pfn];
		if (m.meta[pfn] >> 4 > 2 && at >= 0 && trace.k[at] === alloc)
			n.set(trace.siteOf(at), (n.get(trace.siteOf(at)) ?? 0) + 1);
	}
	return [
		[...n]
			.sort((x, y) => y[1] - x[1])
			.slice(0, 6)
			.map(([s, c]) => key(rgb(hashHue(s)), `${fmt.siteName(trace, s)}: ${fmt.count(c)}`)),
		n.size > 6 ? h("span.key", `${n.size - 6} more`) : null,
		rest,
	];
}

/**
 * The legend of the linear addresses.
 * @param {Palette} p
 * @param {Trace} trace
 */
export function addressLegend(p, trace) {
	/**
	 * @type {(cls: string, letter: string, text: string, style: Record<string, string>) =>
	 *	HTMLElement}
	 */
	const chip = (cls, letter, text, style) =>
		h("span.key", h("i." + cls, { style }, letter), text);
	const device = chip("solid", "I", "device", { background: p.other, color: "#000" });
	if (!trace.hasRegion("vmalloc"))
		return [
			chip("solid", "M", "mapped", { background: p.zone[2], color: p.on[4] }),
			chip("solid", "U", "user", { background: p.cls[7], color: p.on[7] }),
			chip("solid", "P", "tables", { background: p.cls[5], color: p.on[5] }),
			device,
		];
	return [
		chip("solid", "V", "mapped", { background: p.cls[4], color: p.on[4] }),
		chip("outline", "", "reserved", { "border-color": p.vm }),
		chip("hatched", "", "guard page", { "border-color": p.warn, color: p.warn }),
		device,
	];
}

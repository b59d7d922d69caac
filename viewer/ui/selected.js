// SPDX-License-Identifier: MIT
/*
 * selected.js - the selection in words: what it is at this moment, from when to when, and its
 * events.
 */
import { h } from "./dom.js";
import * as fmt from "../model/format.js";
import { narrate } from "../model/narrate.js";
import { frameInfo, frameRuns } from "../model/frameinfo.js";
import { translate, translateText } from "../model/address.js";
import { upper } from "../model/trace.js";
import { classText } from "./legend.js";
import { CLASSES } from "./theme.js";

/** @import {Model} from "../model/model.js" */
/** @import {Selection} from "../model/selection.js" */
/** @import {Store} from "./store.js" */

/**
 * @typedef {{model: Model, i: number, goto: (i: number) => void, select: (wish: object) => void}}
 *	Moment
 */

/** @type {Record<string, string>} */
const IS = {
	kernel: "in use by the kernel",
	vmalloc: "behind a vmalloc page",
	pagetable: "a page table",
	slab: "a slab",
	user: "a process's",
	unknown: "not known yet",
};
/**
 * How its events are spoken of: one event, and several.
 * @type {Record<string, [string, string]>}
 */
const TOUCH = {
	frame: ["touches this frame", "touch this frame"],
	block: ["touches frames of this block", "touch frames of this block"],
	va: ["touches this page", "touch this page"],
	area: ["is about this area", "are about this area"],
	entry: ["writes this entry", "write this entry"],
	event: ["touches what it names", "touch what it names"],
	site: ["was called from here", "were called from here"],
};

/**
 * A frame's present state and what it is part of.
 * @param {Moment} moment
 * @param {number} pfn
 */
function frameNow({ model, i, goto, select }, pfn) {
	const { trace } = model;
	if (!(pfn >= 0 && pfn < trace.frames)) return [];
	const f = frameInfo(model, pfn, i),
		cls = CLASSES.find((c) => c.id === f.owner),
		/** @type {any[]} */
		out = [],
		frame = (/** @type {number} */ n) =>
			h("button.link.mono", { onclick: () => select({ kind: "frame", pfn: n }) }, fmt.hex(n));
	const size = f.block.order
		? [
				`, in the ${fmt.orderSize(f.block.order)} `,
				h("button.link", { onclick: () => select({ kind: "block", ...f.block }) }, "block"),
				` (order ${f.block.order}) at ${fmt.hex(f.block.pfn)}`,
			]
		: "";
	out.push(
		h(
			"p.sentence",
			`Frame ${fmt.hex(f.pfn)} is ${IS[f.ownerName] ?? f.ownerName}`,
			f.owner === 1 || f.owner > 2 ? size : "",
			".",
		),
	);
	if (cls) out.push(h("p.dim", classText(cls, trace) + "."));
	if (f.owner === 1)
		out.push(
			h(
				"p",
				trace.single
					? `It is on the free list of zone ${f.zone?.name}.`
					: `Its block is number ${Number(f.position) + 1} on the ` +
							`order-${f.block.order} list of zone ${f.zone?.name}.`,
			),
		);
	if (f.buddy !== undefined && f.owner !== 2) {
		const b = model.at(i).blockOf(f.buddy),
			bo = model.at(i).meta[f.buddy] >> 4;
		out.push(
			h(
				"p",
				"Its buddy is ",
				frame(f.buddy),
				`: ${bo === 1 && b.order === f.block.order ? "free, and whole" : bo === 1 ? `free, but cut into smaller blocks` : "in use"}${f.owner !== 1 ? (bo === 1 && b.order === f.block.order ? "; freed now, the two would merge." : "; freed now, it could not merge.") : "."}`,
			),
		);
	}
	if (f.since >= 0)
		out.push(
			h(
				"p",
				"So since ",
				h("button.link", { onclick: () => goto(f.since) }, `#${f.since}`),
				`: ${narrate(trace, f.since)}`,
			),
		);
	if (f.mappings.length) {
		out.push(
			h(
				"p",
				"Reached at ",
				f.mappings
					.slice(0, 4)
					.map((x, n) => [
						n ? ", " : "",
						h(
							"button.link.mono",
							{ onclick: () => select({ kind: "va", va: x.addr }) },
							fmt.addr(x.addr),
						),
						x.linear ? " (linear map)" : "",
					]),
			),
		);
	}
	return out;
}

/** @param {...any} text */
const say = (...text) => h("p.sentence", text);
/** @type {Record<string, (sel: any, moment: Moment) => any>} */
const NOW = {
	frame: (sel, scene) => frameNow(scene, sel.pfn),
	block: (sel, scene) => [
		say(
			scene.model.trace.single
				? `Frame ${fmt.hex(sel.pfn)}, handed out and given back by itself.`
				: `The block of ${fmt.orderSize(sel.order)} (order ${sel.order}) at frame ${fmt.hex(sel.pfn)}.`,
		),
		frameNow(scene, sel.pfn),
	],
	va: (sel, scene) => {
		const x = translate(scene.model, sel.va, scene.i);
		return [say(translateText(x)), frameNow(scene, x.pfn)];
	},
	area(sel, { model, i }) {
		const m = model.at(i),
			area = sel.during(i) ? m.areaAt(sel.va) : null,
			n = area ? sel.spots(m).n : 0;
		return say(
			`The area at ${fmt.addr(sel.va)}, ${fmt.areaSize(sel)} page`,
			area
				? `: ${fmt.plural(n, "page")} mapped, ${n ? `to frames in ${fmt.plural(frameRuns(m, area), "run")}` : "none yet or none any more"}.`
				: ".",
		);
	},
	entry(sel, scene) {
		const m = scene.model.at(scene.i),
			w = m.walk(sel.va, m.dirs.has(sel.pgd) ? sel.pgd : m.refPgd),
			pde = sel.level === "pde",
			raw = pde ? w.pde : w.pte,
			bits = fmt.ENTRY_BITS.filter(([bit]) => raw & bit).map((x) => x[2]);
		return [
			say(
				`${pde ? `PDE ${w.slot}` : `PTE ${w.index}`} for ${fmt.addr(sel.va)}, ${!pde && w.table < 0 ? "whose table is not there" : `stored at physical ${fmt.addr(pde ? sel.pgd + w.slot * 4 : w.table * 4096 + w.index * 4)}, is ${w.unknown && (pde ? w.why === "pde" : true) ? "unknown: no event has told this entry" : fmt.addr(raw)}${bits.length ? `: ${bits.join(", ")}` : ""}`}.`,
			),
			raw & 1 ? frameNow(scene, pde && !w.large ? w.table : raw >>> 12) : "",
		];
	},
	event: (sel, { model, goto }) => [
		say(narrate(model.trace, sel.event)),
		h(
			"p",
			"It stays selected while time moves. ",
			h("button.link", { onclick: () => goto(sel.event) }, "Go to it"),
		),
	],
	site: (sel, { model, i }) => {
		const { n } = sel.spots(model.at(i));
		return say(`${sel.text} asked for what is in ${fmt.plural(n, "block")} held now.`);
	},
};

/**
 * The selection's present state, its life and its history.
 * @param {Store} store
 */
export function selectionPanel(store) {
	const { model, trace } = store,
		{ sel, i } = store.state,
		goto = (/** @type {number} */ x) => store.goto(x),
		select = (/** @type {object} */ wish) => store.select(wish),
		scene = { model, i, goto, select };
	if (!sel)
		return [
			h(
				"p.dim",
				"Nothing is selected: click a page, a frame, a block, an entry of the walk, an area or a call site, or search for an address.",
			),
		];
	const list = sel.touching,
		seen = (/** @type {number} */ x) => !store.later(x),
		event = (/** @type {number} */ x) =>
			h(
				"button.link",
				{ "aria-current": x === i ? "true" : null, onclick: () => goto(x) },
				`#${x}`,
			),
		{ from, to } = sel,
		one = sel.lives && (list[0] < from || list[list.length - 1] > to);
	const at = upper(list, list.length, i);
	const past =
		sel.lives && !sel.during(i)
			? h(
					"p.hazard.unsure",
					h("b", `Not at this moment. `),
					`What is selected is ${sel.text} from `,
					from < 0 ? "the start" : event(from),
					" to ",
					to < trace.n ? event(to) : "the end",
					". ",
					sel.kind === "frame"
						? h(
								"button.link",
								{ onclick: () => select({ kind: "frame", pfn: sel.pfn }) },
								"Select what it is now",
							)
						: "",
				)
			: "";
	const until =
		sel.lives && !past && to < trace.n && seen(to)
			? h("p", "Until ", event(to), `: ${narrate(trace, to)}`)
			: "";
	return [
		past,
		past && sel.kind === "area" ? "" : NOW[sel.kind](sel, scene),
		until,
		h(
			"section",
			h(
				"h3",
				`History: ${fmt.plural(list.length, "event")} ${TOUCH[sel.kind][list.length === 1 ? 0 : 1]}`,
			),
			h(
				"div",
				[...list.slice(Math.max(0, at - 6), at + 6)].filter(seen).map((x) =>
					h(
						"div",
						event(x),
						x === i
							? h("b", " " + narrate(trace, x))
							: h(
									"span",
									{
										class: x > i || (!sel.during(x) && x !== to) ? "dim" : "",
									},
									" " + narrate(trace, x),
								),
					),
				),
			),
		),
		h(
			"p",
			h("button", { onclick: () => store.history() }, "List them all"),
			" ",
			one
				? [
						h(
							"button",
							{
								onclick: () =>
									store.setFilter({
										words: `${sel.text}, #${Math.max(0, from)} to #${Math.min(to, trace.n - 1)}`,
										test: (x) => x >= from && x <= to && sel.test(x),
									}),
							},
							"Only of this life",
						),
						" ",
					]
				: "",
			h("button", { onclick: () => store.stepTo(sel.test, -1) }, ", previous"),
			" ",
			h("button", { onclick: () => store.stepTo(sel.test, 1) }, ". next"),
		),
	];
}

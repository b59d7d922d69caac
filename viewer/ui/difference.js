// SPDX-License-Identifier: MIT
/*
 * difference.js - the table of what changed from marker A to marker B.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { link } from "./tablebits.js";
import { leftOut } from "./part.js";
import { bySite, liveSince } from "../model/frameinfo.js";
import * as fmt from "../model/format.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{lo: number, hi: number, before: any, after: any}} Stretch
 *	the events of the markers, the earlier first, and the machine at each
 */

/** By the class of a frame, see model/machine.js. */
const CLASSES = [
	"unknown",
	"free",
	"reserved",
	"kernel",
	"vmalloc",
	"page table",
	"slab",
	"user",
	"in flight",
];

/** How much y is more than x, with its sign.  @param {number} x @param {number} y */
const delta = (x, y) => (y > x ? "+" : "") + fmt.count(y - x).replace("-", "−");

/**
 * What changed from A to B, or to the moment where there is no B.
 * @param {Store} store
 */
export function differenceTable(store) {
	const { a, b, i } = store.state,
		{ trace, model } = store;
	if (a === null)
		return h(
			"p.dim",
			"Press M at one moment and again at another: what changed between them stands here.",
		);
	const to = b ?? i,
		lo = Math.min(a, to),
		hi = Math.max(a, to),
		stretch = {
			lo,
			hi,
			before: model.seeker.copyAt(lo),
			after: model.seeker.copyAt(hi),
		};
	store.machine();
	return [
		leftOut(store, "s"),
		summary(store, stretch),
		callers(store, stretch),
		owners(store, stretch),
		trace.hasRegion("vmalloc") && areas(stretch),
		!trace.single && blocks(store, stretch),
		kinds(store, stretch),
	];
}

/** @param {Store} store @param {Stretch} stretch */
function summary(store, { lo, hi, before, after }) {
	const { zones } = store.trace,
		free = (/** @type {any} */ m) =>
			zones.reduce(
				(/** @type {number} */ n, /** @type {any} */ z) => n + m.zoneFree[z.id],
				0,
			),
		hazards = store.model.hazards.list.filter(
			(/** @type {any} */ x) => x.i > lo && x.i <= hi,
		).length;
	return h(
		"div.row",
		h("b", `Free, net pages: ${delta(free(before), free(after))}`),
		zones.length > 1
			? zones.map((/** @type {any} */ z) =>
					h("span", `${z.name} ${delta(before.zoneFree[z.id], after.zoneFree[z.id])}`),
				)
			: null,
		h(
			"span.dim",
			hazards
				? [link(fmt.plural(hazards, "hazard"), () => store.showTab("hazards")), " in it"]
				: "no hazard in it",
		),
	);
}

/** Who asked for most, and still holds it.  @param {Store} store @param {Stretch} stretch */
function callers(store, { lo, hi }) {
	const { trace, model } = store,
		/** @type {any[]} */
		sites = bySite(trace, lo + 1, hi + 1).slice(0, 6),
		/** @type {any[]} */
		kept = liveSince(model, lo, hi);
	if (!sites.length) return h("p.dim", "Nobody asked for memory in it.");
	const row = (/** @type {any} */ r) => {
		const name = fmt.siteName(trace, r.site),
			held = kept.find((x) => x.site === r.site),
			list = () =>
				store.setFilter({
					words: `site ${name} from A to B`,
					test: (j) => j > lo && j <= hi && trace.siteOf(j) === r.site,
				});
		return [
			link(name, list),
			fmt.count(r.calls),
			r.failed ? fmt.count(r.failed) : "",
			fmt.count(r.pages),
			held ? link(fmt.plural(held.pages, "page"), () => store.showTab("held")) : "0",
		];
	};
	return dataTable({
		head: ["who asked most, A to B", "requests", "refused", "pages", "still held at B"],
		rows: sites.map(row),
	});
}

/** Whose the frames are.  @param {Store} store @param {Stretch} stretch */
function owners({ trace }, { lo, hi, before, after }) {
	const n0 = new Int32Array(16),
		n1 = new Int32Array(16),
		ticks = trace.left.has("t") ? "" : `, ${fmt.count(trace.t[hi] - trace.t[lo])} ticks`;
	let changed = 0;
	for (let pfn = 0; pfn < before.frames; pfn++) {
		const from = before.meta[pfn] >> 4,
			to = after.meta[pfn] >> 4;
		n0[from]++;
		n1[to]++;
		if (from !== to) changed++;
	}
	return [
		h(
			"p",
			`From #${lo} to #${hi}: ${fmt.count(hi - lo)} events${ticks}; ${fmt.plural(changed, "frame")} changed hands.`,
		),
		dataTable({
			head: ["frames", "at A", "at B", "change"],
			rows: CLASSES.map((name, c) => [
				name,
				fmt.count(n0[c]),
				fmt.count(n1[c]),
				delta(n0[c], n1[c]),
			]).filter((_, c) => n0[c] || n1[c]),
		}),
	];
}

/** @param {Stretch} stretch */
function areas({ before, after }) {
	const made = (/** @type {any} */ m) => new Set(m.areas.map((/** @type {any} */ x) => x.i)),
		lacking = (/** @type {any} */ m, /** @type {Set<number>} */ others) =>
			m.areas.filter((/** @type {any} */ x) => !others.has(x.i)).length;
	return h(
		"p",
		`vmalloc areas: ${lacking(after, made(before))} new, ${lacking(before, made(after))} gone; pages mapped ${fmt.count(before.vmPages)} → ${fmt.count(after.vmPages)}.`,
	);
}

/** The free blocks of each order.  @param {Store} store @param {Stretch} stretch */
function blocks({ trace }, { before, after }) {
	const free = (/** @type {any} */ m, /** @type {number} */ order) =>
		m.zones.reduce(
			(/** @type {number} */ n, /** @type {any} */ z) =>
				n + m.counts[z.id * m.orders + order],
			0,
		);
	return dataTable({
		head: ["free blocks of order", "at A", "at B", "change"],
		rows: Array.from({ length: trace.orders }, (_, order) => {
			const [x, y] = [free(before, order), free(after, order)];
			return [`${order} (${fmt.orderSize(order)})`, fmt.count(x), fmt.count(y), delta(x, y)];
		}),
	});
}

/** How many events of each kind lie between.  @param {Store} store @param {Stretch} stretch */
function kinds({ trace }, { lo, hi }) {
	/** @type {Map<number, number>} */
	const counts = new Map();
	for (let j = lo + 1; j <= hi; j++) counts.set(trace.k[j], (counts.get(trace.k[j]) ?? 0) + 1);
	return dataTable({
		head: ["events between", "count"],
		rows: [...counts]
			.sort((x, y) => y[1] - x[1])
			.map(([k, n]) => [trace.kinds.name(k), fmt.count(n)]),
	});
}

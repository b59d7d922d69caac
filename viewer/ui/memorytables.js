// SPDX-License-Identifier: MIT
/*
 * memorytables.js - the tables of who has what: areas, held blocks, call sites, lineage, and
 * what could be had.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { keptBack, link } from "./tablebits.js";
import { renderFlame } from "./flame.js";
import { leftOut } from "./part.js";
import { VirtualView } from "./virtual.js";
import { lineage } from "../model/lineage.js";
import { bySite, liveSince } from "../model/frameinfo.js";
import { canServe, reasonText, REQUESTS } from "../model/why.js";
import * as fmt from "../model/format.js";
/** @import {Trace} from "../model/trace.js" */
/** @import {Block} from "../model/types.js" */
/** @import {Store} from "./store.js" */

/**
 * The vmalloc areas.
 * @param {Store} store
 */
export function areasTable(store) {
	const t = VirtualView.table(store.machine(), store.trace),
		at = store.machine().areas.map((a) => a.addr);
	if (!t.rows.length) return h("p.dim", `No area exists at event #${store.state.i}.`);
	return dataTable(t, (n) => store.select({ kind: "area", va: at[n] }));
}

/**
 * The blocks that were handed out and not given back, by call site.
 * @param {Store} store
 */
export function heldTable(store) {
	const { a, b, i } = store.state,
		from = a ?? -1,
		to = b ?? i,
		rows = liveSince(store.model, from, to),
		{ trace } = store.model;
	const span =
		a !== null
			? `after A (#${a}) and still held at ${b !== null ? `B (#${b})` : `#${i}`}`
			: `still held at #${i}`;
	store.machine();
	return [
		leftOut(store, "s"),
		h(
			"p",
			`Blocks handed out ${span}, by call site. `,
			h(
				"span.dim",
				"Set A before and B after a piece of work: what is listed then is what it did not give back.",
			),
		),
		dataTable(
			{
				head: ["call site", "blocks", "pages", "first", "frames"],
				rows: rows.map((r) => [
					fmt.siteName(trace, r.site),
					fmt.count(r.blocks),
					fmt.count(r.pages),
					link("#" + r.first, () => store.goto(r.first)),
					r.list
						.slice(0, 8)
						.map((/** @type {Block & {since: number}} */ x) => [
							link(fmt.hex(x.pfn), () =>
								store.select({ kind: "block", ...x, from: x.since }),
							),
							" ",
						]),
				]),
			},
			(n) => store.select({ kind: "site", site: rows[n].site }),
		),
	];
}

/**
 * Who asked for memory: the flame graph, and a table.
 * @param {Store} store
 */
export function sitesTable(store) {
	const { a, b } = store.state,
		{ trace } = store.model,
		from = a ?? 0,
		to = b !== null ? b + 1 : trace.n,
		rows = bySite(trace, from, to),
		most = Math.max(1, ...rows.map((r) => r.pages));
	return [
		leftOut(store, "s") ?? nameless(trace),
		h(
			"p.dim",
			a !== null
				? `Events #${from} to #${to - 1}.`
				: "The whole trace; set A and B to narrow it.",
		),
		renderFlame(store, from, to),
		dataTable({
			head: [
				"call site",
				"requests",
				"refused",
				"pages",
				"share",
				...(trace.single ? [] : ["orders"]),
			],
			rows: rows.map((r) => [
				link(fmt.siteName(trace, r.site), () =>
					store.setFilter({
						words: `site ${fmt.siteName(trace, r.site)}`,
						test: (i) => trace.siteOf(i) === r.site,
					}),
				),
				fmt.count(r.calls),
				r.failed ? fmt.count(r.failed) : "",
				fmt.count(r.pages),
				h(
					"div.bar",
					{ style: { width: "120px" } },
					h("i", { style: { width: `${(r.pages / most) * 100}%` } }),
				),
				...(trace.single
					? []
					: [
							[...r.orders]
								.map((n, o) => (n ? `${o}:${n}` : ""))
								.filter(Boolean)
								.join("  "),
						]),
			]),
		}),
	];
}

/**
 * The ruler: what could be had at this moment, by order and kind of request.
 * @param {Store} store
 */
export function whatIfTable(store) {
	const { state, model } = store,
		{ trace } = model,
		m = store.machine(),
		requests = REQUESTS.filter(([, gfp]) => !(Number(gfp) & 2) || trace.zone(2)),
		at = store.asked;
	const pick = (/** @type {number} */ order, /** @type {number} */ gfp) => {
		at.gfp = gfp;
		store.showOrder(order);
		store.changed("table");
	};
	const cell = (
		/** @type {number} */ o,
		/** @type {string} */ name,
		/** @type {number} */ gfp,
	) => {
		const r = canServe(trace, m, o, gfp),
			text = r.zone
				? `✓ ${r.zone.name}, ${r.from === o ? "as it is" : `split from order ${r.from}`}`
				: "✗ no";
		return h(
			r.zone ? "button.cell" : "button.cell.no",
			{
				"aria-pressed": String(o === state.order && gfp === at.gfp),
				"aria-label": `order ${o}, ${name}: ${r.zone ? text.slice(2) : "no"}`,
				onclick: () => pick(o, gfp),
			},
			text,
		);
	};
	const r = canServe(trace, m, state.order, at.gfp),
		name = REQUESTS.find(([, gfp]) => gfp === at.gfp)?.[0];
	return [
		h(
			"p",
			`Could a block be had at #${fmt.count(state.i)}, without waiting for anything to be given back? The rules are those of `,
			h("code", "__alloc_pages"),
			".",
		),
		h(
			"div",
			{ role: "status" },
			h(
				"p.sentence",
				`Order ${state.order} (${fmt.orderSize(state.order)}) with ${name}: ${r.zone ? `yes, from zone ${r.zone.name}${r.pass === "min" ? ", below the low watermark" : ""}: ${r.from === state.order ? "the head of its list" : `a block of order ${r.from}, split ${fmt.plural(r.from - state.order, "time")}`}.` : "no."}`,
			),
			r.reasons.map((x) => h("p", reasonText(x, state.order))),
		),
		dataTable({
			head: ["order", "block", ...requests.map(([n, , who]) => `${n} (${who})`)],
			rows: Array.from({ length: trace.orders }, (_, o) => [
				String(o),
				fmt.orderSize(o),
				...requests.map(([n, gfp]) => cell(o, String(n), Number(gfp))),
			]),
		}),
		h(
			"p.dim",
			"A free-list row chosen here is the one the timeline shows: solid where such a block could be had, dotted where not.",
		),
	];
}

/**
 * The blocks a frame was part of, one after the other.
 * @param {Store} store
 */
export function lineageTable(store) {
	const { sel, i } = store.state,
		pfn = sel && sel.pfn >= 0 ? sel.pfn : store.focus(i).frames[0]?.pfn;
	if (pfn === undefined)
		return h(
			"p.dim",
			"Select a frame: the blocks it was part of, one after the other, stand here.",
		);
	const all = lineage(store.model, pfn, i),
		rows = all.filter((r) => !store.later(r.i));
	return [
		h(
			"p",
			`The blocks frame ${fmt.hex(pfn)} was part of, as they were split and merged. The bar shows the block's order: full is 2 MiB.`,
		),
		dataTable({
			head: ["event", "what", "block", "order", "size"],
			rows: rows.map((r) => [
				link("#" + fmt.count(r.i), () => store.goto(r.i)),
				r.i === i ? h("b", r.what) : h("span", { class: r.i > i ? "dim" : "" }, r.what),
				fmt.hex(r.pfn),
				`${r.order} (${fmt.orderSize(r.order)})`,
				h(
					"div.bar",
					{ style: { width: "130px" } },
					h("i", { style: { width: `${((r.order + 1) / 10) * 100}%` } }),
				),
			]),
		}),
		keptBack(all.length > rows.length),
	];
}

/**
 * Without symbols call sites are bare addresses; this says how to get names.
 * @param {Trace} trace
 */
function nameless(trace) {
	if (trace.sites.addr.length < 2 || trace.sites.func.some(Boolean)) return null;
	return h(
		"p.nameless",
		"⚠ This trace has no symbols, so call sites are addresses. Export it again with ",
		h("code", "pagescope export --symbols build/kernel.elf"),
		" and they have names, files and lines.",
	);
}

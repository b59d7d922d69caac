// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * checktables.js - the tables of what stands out: hazards, and what changed from A to B.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { keptBack, link } from "./tablebits.js";
import { differing, hazardText } from "./hazardtext.js";
import { leftOut } from "./part.js";
import { bySite, liveSince } from "../model/query.js";
import * as fmt from "../model/format.js";

/** The rules that were broken, and whether snapshots and MMU agree. */
export function hazardsTable(store) {
	const { hazards, trace } = store.model,
		{ probes, checks, dropped } = hazards,
		list = hazards.list.filter((x) => !store.later(x.i));
	const [wrong, untold] = differing(checks);
	let more = dropped;
	const rows = (part) => (
		(more += Math.max(0, part.length - 500)),
		part.length
			? dataTable({
					head: ["event", "kind", "what", "in words"],
					rows: part
						.slice(0, 500)
						.map((x) => [
							link("#" + fmt.count(x.i), () => store.goto(x.i)),
							x.severity === "violation" ? "✗" : "⚠",
							x.rule,
							x.text,
						]),
				})
			: null
	);
	return [
		h(
			"p",
			`${fmt.plural(checks.length, "kernel snapshot")} compared with the replay, ${fmt.count(wrong)} differ${untold ? `, ${fmt.count(untold)} are of what no event has told` : ""}. ${fmt.plural(probes.agree + probes.differ, "answer")} of the MMU compared, ${fmt.count(probes.differ)} differ.`,
		),
		[...new Set(list.map((x) => x.rule))]
			.slice(0, 20)
			.map((rule) =>
				h(
					"p.hazard",
					h("b", `${rule} (${fmt.count(list.filter((x) => x.rule === rule).length)}): `),
					hazardText(rule),
				),
			),
		rows(list) ?? h("p.dim", "Nothing broke a rule."),
		more ? h("p.dim", `${fmt.count(more)} more.`) : null,
		keptBack(list.length < hazards.list.length),
		trace.problems.map((t) => h("p", "⚠ " + t)),
	];
}

/** What changed from marker A to marker B. */
export function differenceTable(store) {
	const { a, b, i } = store.state;
	if (a === null)
		return h(
			"p.dim",
			"Press M at one moment and again at another: what changed between them stands here.",
		);
	const to = b ?? i,
		{ model } = store,
		{ trace } = model,
		before = model.seeker.copyAt(Math.min(a, to)),
		after = model.seeker.copyAt(Math.max(a, to));
	const names = [
			"unknown",
			"free",
			"reserved",
			"kernel",
			"vmalloc",
			"page table",
			"slab",
			"user",
			"in flight",
		],
		n0 = new Int32Array(16),
		n1 = new Int32Array(16);
	let changed = 0;
	for (let p = 0; p < before.frames; p++) {
		n0[before.meta[p] >> 4]++;
		n1[after.meta[p] >> 4]++;
		if (before.meta[p] >> 4 !== after.meta[p] >> 4) changed++;
	}
	const counts = new Map();
	for (let j = Math.min(a, to) + 1; j <= Math.max(a, to); j++)
		counts.set(trace.k[j], (counts.get(trace.k[j]) ?? 0) + 1);
	const delta = (x, y) => (y > x ? "+" : "") + fmt.count(y - x).replace("-", "−");
	const va = new Set(before.areas.map((x) => x.i)),
		vb = new Set(after.areas.map((x) => x.i));
	const lo = Math.min(a, to),
		hi = Math.max(a, to),
		sum = (m) => trace.zones.reduce((s, z) => s + m.zoneFree[z.id], 0),
		net = (x, y) => `${y > x ? "+" : ""}${fmt.count(y - x).replace("-", "−")}`;
	const sites = bySite(trace, lo + 1, hi + 1).slice(0, 6),
		kept = liveSince(model, lo, hi),
		hz = model.hazards.list.filter((x) => x.i > lo && x.i <= hi);
	store.machine();
	return [
		leftOut(store, "s"),
		h(
			"div.row",
			h("b", `Free, net pages: ${net(sum(before), sum(after))}`),
			trace.zones.length > 1
				? trace.zones.map((z) =>
						h("span", `${z.name} ${net(before.zoneFree[z.id], after.zoneFree[z.id])}`),
					)
				: null,
			h(
				"span.dim",
				hz.length
					? [
							link(fmt.plural(hz.length, "hazard"), () => store.showTab("hazards")),
							" in it",
						]
					: "no hazard in it",
			),
		),
		sites.length
			? dataTable({
					head: [
						"who asked most, A to B",
						"requests",
						"refused",
						"pages",
						"still held at B",
					],
					rows: sites.map((r) => {
						const k = kept.find((x) => x.site === r.site);
						return [
							link(fmt.siteName(trace, r.site), () =>
								store.setFilter({
									words: `site ${fmt.siteName(trace, r.site)} from A to B`,
									test: (j) => j > lo && j <= hi && trace.siteOf(j) === r.site,
								}),
							),
							fmt.count(r.calls),
							r.failed ? fmt.count(r.failed) : "",
							fmt.count(r.pages),
							k
								? link(fmt.plural(k.pages, "page"), () => store.showTab("held"))
								: "0",
						];
					}),
				})
			: h("p.dim", "Nobody asked for memory in it."),
		h(
			"p",
			`From #${Math.min(a, to)} to #${Math.max(a, to)}: ${fmt.count(Math.abs(to - a))} events${trace.left.has("t") ? "" : `, ${fmt.count(Math.abs(trace.t[to] - trace.t[a]))} ticks`}; ${fmt.plural(changed, "frame")} changed hands.`,
		),
		dataTable({
			head: ["frames", "at A", "at B", "change"],
			rows: names
				.map((name, c) => [name, fmt.count(n0[c]), fmt.count(n1[c]), delta(n0[c], n1[c])])
				.filter((r, c) => n0[c] || n1[c]),
		}),
		trace.hasRegion("vmalloc") &&
			h(
				"p",
				`vmalloc areas: ${after.areas.filter((x) => !va.has(x.i)).length} new, ${before.areas.filter((x) => !vb.has(x.i)).length} gone; pages mapped ${fmt.count(before.vmPages)} → ${fmt.count(after.vmPages)}.`,
			),
		!trace.single &&
			dataTable({
				head: ["free blocks of order", "at A", "at B", "change"],
				rows: Array.from({ length: trace.orders }, (_, o) => {
					const f = (m) =>
						m.zones.reduce((sum, z) => sum + m.counts[z.id * m.orders + o], 0);
					return [
						`${o} (${fmt.orderSize(o)})`,
						fmt.count(f(before)),
						fmt.count(f(after)),
						delta(f(before), f(after)),
					];
				}),
			}),
		dataTable({
			head: ["events between", "count"],
			rows: [...counts]
				.sort((x, y) => y[1] - x[1])
				.map(([k, n]) => [trace.kinds.name(k), fmt.count(n)]),
		}),
	];
}

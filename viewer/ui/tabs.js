// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * tabs.js - the tables beside the list of events.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { liveSince, bySite } from "../model/query.js";
import { narrate } from "../model/narrate.js";
import * as fmt from "../model/format.js";
import { VirtualView } from "./virtual.js";
import { kindCounts } from "../model/compare.js";
import { authored, questions, TERMS, lineage, termText, withoutExample } from "../model/lesson.js";
import { renderFlame } from "./flame.js";
import { leftOut } from "./part.js";
import { showOne } from "./terms.js";
import { differing, hazardText } from "./hazardtext.js";
import { canServe, reasonText, REQUESTS } from "../model/why.js";

export const TABS = [
	["events", "Events"],
	["chapters", "Chapters"],
	["areas", "Areas"],
	["held", "Held"],
	["sites", "Sites"],
	["whatif", "What if"],
	["hazards", "Hazards"],
	["diff", "A ↔ B"],
	["lineage", "Lineage"],
	["lesson", "Questions"],
	["terms", "Terms"],
	["runs", "Two runs"],
	["notes", "Notes"],
];

/** The tabs that mean something in a trace of such a kernel. */
export function tabsOf(trace) {
	const has = {
		areas: trace.hasRegion("vmalloc"),
		// the rules of __alloc_pages
		whatif: trace.says("watermarks"),
		lineage: !trace.single,
		held: !trace.watched,
		sites: !trace.watched,
	};
	return TABS.filter(([id]) => has[id] ?? true);
}

/** In a lecture what comes after the cursor is not listed yet. */
const keptBack = (some) => (some ? h("p.dim", "What comes later is kept back.") : null);
const link = (text, fn) => h("button.link", { onclick: fn }, text);

const render = {
	chapters(app) {
		const { trace } = app.model;
		return h(
			"div",
			trace.marks.map((m) =>
				h(
					"div",
					h(
						"p",
						h(
							"b",
							link(m.msg, () => app.goto(m.i)),
						),
						h("span.dim", `  #${fmt.count(m.i)}`),
						h("br"),
						m.msg.startsWith("Answer: ") && m.i > app.state.i
							? h("span.dim", "(shown when you get there)")
							: m.text,
					),
					m.level <= 1
						? h(
								"p",
								h(
									"button",
									{
										onclick: () => {
											const n =
												trace.chapters().findIndex((c) => c.i === m.i) + 1;
											app.lesson = {
												seed: app.lesson?.seed ?? 1,
												chapter: n,
												model: null,
												at: 0,
												answers: [],
											};
											app.showTab("lesson");
										},
									},
									"Questions on this chapter",
								),
							)
						: null,
				),
			),
		);
	},
	areas(app) {
		const t = VirtualView.table(app.machine(), app.model.trace),
			at = app.machine().areas.map((a) => a.addr);
		if (!t.rows.length) return h("p.dim", `No area exists at event #${app.state.i}.`);
		return dataTable(t, (n) => app.select({ kind: "area", va: at[n] }));
	},
	held(app) {
		const { a, b, i } = app.state,
			from = a ?? -1,
			to = b ?? i,
			rows = liveSince(app.model, from, to),
			{ trace } = app.model;
		const span =
			a !== null
				? `after A (#${a}) and still held at ${b !== null ? `B (#${b})` : `#${i}`}`
				: `still held at #${i}`;
		app.machine();
		return [
			leftOut(app, "s"),
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
						link("#" + r.first, () => app.goto(r.first)),
						r.list
							.slice(0, 8)
							.map((x) => [
								link(fmt.hex(x.pfn), () =>
									app.select({ kind: "block", ...x, from: x.since }),
								),
								" ",
							]),
					]),
				},
				(n) => app.select({ kind: "site", site: rows[n].site }),
			),
		];
	},
	sites(app) {
		const { a, b } = app.state,
			{ trace } = app.model,
			from = a ?? 0,
			to = b !== null ? b + 1 : trace.n,
			rows = bySite(trace, from, to),
			most = Math.max(1, ...rows.map((r) => r.pages));
		return [
			leftOut(app, "s") ?? nameless(trace),
			h(
				"p.dim",
				a !== null
					? `Events #${from} to #${to - 1}.`
					: "The whole trace; set A and B to narrow it.",
			),
			renderFlame(app, from, to),
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
						app.setFilter({
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
	},
	hazards(app) {
		const { hazards, trace } = app.model,
			{ probes, checks, dropped } = hazards,
			list = hazards.list.filter((x) => !app.lecture.later(x.i));
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
								link("#" + fmt.count(x.i), () => app.goto(x.i)),
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
						h(
							"b",
							`${rule} (${fmt.count(list.filter((x) => x.rule === rule).length)}): `,
						),
						hazardText(rule),
					),
				),
			rows(list) ?? h("p.dim", "Nothing broke a rule."),
			more ? h("p.dim", `${fmt.count(more)} more.`) : null,
			keptBack(list.length < hazards.list.length),
			trace.problems.map((t) => h("p", "⚠ " + t)),
		];
	},
	diff(app) {
		const { a, b, i } = app.state;
		if (a === null)
			return h(
				"p.dim",
				"Press M at one moment and again at another: what changed between them stands here.",
			);
		const to = b ?? i,
			{ model } = app,
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
		app.machine();
		return [
			leftOut(app, "s"),
			h(
				"div.row",
				h("b", `Free, net pages: ${net(sum(before), sum(after))}`),
				trace.zones.length > 1
					? trace.zones.map((z) =>
							h(
								"span",
								`${z.name} ${net(before.zoneFree[z.id], after.zoneFree[z.id])}`,
							),
						)
					: null,
				h(
					"span.dim",
					hz.length
						? [
								link(fmt.plural(hz.length, "hazard"), () => app.showTab("hazards")),
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
									app.setFilter({
										words: `site ${fmt.siteName(trace, r.site)} from A to B`,
										test: (j) =>
											j > lo && j <= hi && trace.siteOf(j) === r.site,
									}),
								),
								fmt.count(r.calls),
								r.failed ? fmt.count(r.failed) : "",
								fmt.count(r.pages),
								k
									? link(fmt.plural(k.pages, "page"), () => app.showTab("held"))
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
					.map((name, c) => [
						name,
						fmt.count(n0[c]),
						fmt.count(n1[c]),
						delta(n0[c], n1[c]),
					])
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
	},
};

/* The ruler: what could be had at this moment, by order and kind of request. */
render.whatif = (app) => {
	const { state, model } = app,
		{ trace } = model,
		m = app.machine(),
		requests = REQUESTS.filter(([, gfp]) => !(gfp & 2) || trace.zone(2)),
		at = (app.asked ??= { gfp: 0x1f0 }),
		refresh = () => app.refreshTab();
	const pick = (order, gfp) => {
		state.order = order;
		at.gfp = gfp;
		app.invalidate();
		refresh();
	};
	const cell = (o, name, gfp) => {
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
		name = REQUESTS.find(([, gfp]) => gfp === at.gfp)[0];
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
				...requests.map(([n, gfp]) => cell(o, n, gfp)),
			]),
		}),
		h(
			"p.dim",
			"A free-list row chosen here is the one the timeline shows: solid where such a block could be had, dotted where not.",
		),
	];
};

render.lineage = (app) => {
	const { sel, i } = app.state,
		pfn = sel?.pfn >= 0 ? sel.pfn : app.focus(i).frames[0]?.pfn;
	if (pfn === undefined)
		return h(
			"p.dim",
			"Select a frame: the blocks it was part of, one after the other, stand here.",
		);
	const all = lineage(app.model, pfn, i),
		rows = all.filter((r) => !app.lecture.later(r.i));
	return [
		h(
			"p",
			`The blocks frame ${fmt.hex(pfn)} was part of, as they were split and merged. The bar shows the block's order: full is 2 MiB.`,
		),
		dataTable({
			head: ["event", "what", "block", "order", "size"],
			rows: rows.map((r) => [
				link("#" + fmt.count(r.i), () => app.goto(r.i)),
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
};

/* Questions: the state of the lesson lives in app.lesson, so that changing tabs keeps it. */
render.lesson = (app) => {
	const chapters = app.model.trace.chapters(),
		ls = (app.lesson ??= { seed: 1, chapter: 0, model: null, at: 0, answers: [] });
	if (ls.model !== app.model) {
		// chapter 0: the whole trace; n: its nth heading
		if (!(ls.chapter <= chapters.length)) ls.chapter = 0;
		const c = chapters[ls.chapter - 1],
			to = c ? (chapters[ls.chapter]?.i ?? app.model.n) : app.model.n;
		Object.assign(ls, {
			model: app.model,
			at: 0,
			answers: [],
			list: [
				...authored(app.model.trace).filter((x) => x.at >= (c?.i ?? 0) && x.at < to),
				...questions(app.model, { seed: ls.seed, from: c?.i ?? 0, to }),
			],
		});
		app.machine();
		app.redrawText(); // the first question may be about what the panels show
	}
	const refresh = () => {
		app.redrawText();
		app.rememberSoon();
	};
	const again = (seed, chapter = ls.chapter) => {
		Object.assign(ls, { seed, chapter, model: null });
		refresh();
	};
	const q = ls.list[ls.at],
		given = ls.answers[ls.at],
		open = (x) => !x.options.length,
		right = ls.list.filter((x, n) => !open(x) && ls.answers[n] === x.right).length,
		name = ls.chapter ? chapters[ls.chapter - 1].msg : "the whole trace";
	const head = [
		h(
			"p.row",
			h(
				"label",
				"About ",
				h(
					"select",
					{
						"aria-label": "what the questions are about",
						onchange: (e) => again(ls.seed, +e.target.value),
					},
					h("option", { value: 0, selected: !ls.chapter }, "the whole trace"),
					chapters.map((c, n) =>
						h("option", { value: n + 1, selected: ls.chapter === n + 1 }, c.msg),
					),
				),
			),
			h(
				"label",
				"seed ",
				h("input", {
					type: "number",
					min: 1,
					value: ls.seed,
					"aria-label": "seed of the questions",
					style: { width: "70px" },
					onchange: (e) => again(Math.max(1, +e.target.value || 1)),
				}),
			),
			h("button", { onclick: () => again(ls.seed + 1) }, "Others"),
			ls.chapter
				? h(
						"button",
						{ onclick: () => app.goto(chapters[ls.chapter - 1].i) },
						"Read the chapter first",
					)
				: null,
		),
		h(
			"p.dim",
			"The same choice and seed give everybody the same questions. ",
			ls.list.length
				? [
						h(
							"b",
							`Question ${Math.min(ls.at + 1, ls.list.length)} of ${ls.list.length}`,
						),
						` · ${right} right`,
					]
				: "",
		),
	];
	if (!ls.list.length) return [head, h("p.dim", `Nothing to ask about in ${name}.`)];
	if (!q) {
		const of = ls.list.filter((x) => !open(x)).length,
			words = ls.list
				.map(
					(x, n) =>
						`${n + 1}. ${x.text}\n   ${open(x) ? x.why : `${x.options[ls.answers[n]] ?? "—"} ${ls.answers[n] === x.right ? "(right)" : `(no: ${x.options[x.right]})`}`}`,
				)
				.join("\n");
		const record = () => ({
			lesson: name,
			chapter: ls.chapter,
			seed: ls.seed,
			trace: app.traceId(),
			right,
			of,
			answers: ls.list
				.filter((x) => !open(x))
				.map((x) => ({
					at: x.at,
					question: x.text,
					answer: x.options[ls.answers[ls.list.indexOf(x)]] ?? null,
					right: x.options[x.right],
					correct: ls.answers[ls.list.indexOf(x)] === x.right,
				})),
		});
		return [
			head,
			h("p.sentence", `Done: ${right} of ${of} right.`),
			h(
				"p.row",
				h(
					"button",
					{ onclick: () => app.copy(`${name}, seed ${ls.seed}\n${words}\n`) },
					"Copy the answers",
				),
				h(
					"button",
					{
						onclick: () =>
							app.download(
								`answers-${ls.chapter}-${ls.seed}.json`,
								JSON.stringify(record(), null, "\t") + "\n",
								"application/json",
							),
					},
					"Save the answers",
				),
				h("button", { onclick: () => again(ls.seed) }, "Once more"),
			),
		];
	}
	return [
		head,
		h("p.sentence", q.text),
		h(
			"p",
			link(`Look at the moment, #${q.at}`, () => app.goto(q.at)),
		),
		h(
			"div.options",
			{ role: "group", "aria-label": "answers" },
			q.options.map((o, n) =>
				h(
					"button",
					{
						disabled: given !== undefined,
						"aria-pressed": String(given === n),
						class:
							given === undefined
								? ""
								: n === q.right
									? "right"
									: n === given
										? "wrong"
										: "",
						onclick: () => {
							ls.answers[ls.at] = n;
							refresh();
						},
					},
					o,
				),
			),
			open(q) && given === undefined
				? h(
						"button",
						{
							onclick: () => {
								ls.answers[ls.at] = -1;
								refresh();
							},
						},
						"Show the answer",
					)
				: "",
		),
		given === undefined
			? h("p.dim", "Predict first; then it is shown.")
			: h(
					"div",
					{ role: "status" },
					h(
						"p",
						open(q)
							? ""
							: h("b", given === q.right ? "Right. " : `No: ${q.options[q.right]}. `),
						q.why,
					),
					h(
						"p",
						q.reveal !== undefined
							? [
									h(
										"button",
										{ onclick: () => app.goto(q.reveal) },
										"Show it happen",
									),
									" ",
								]
							: "",
						h(
							"button",
							{
								onclick: () => {
									ls.at++;
									const nx = ls.list[ls.at];
									if (nx) app.goto(nx.at);
									refresh();
								},
							},
							ls.at + 1 < ls.list.length ? "Next question" : "Result",
						),
					),
				),
	];
};

render.terms = (app) => {
	const { trace } = app.model,
		none = new Set(withoutExample(trace));
	return h(
		"dl.terms",
		TERMS.map((t) => [
			h("dt", t[0]),
			h(
				"dd",
				termText(trace, t),
				" ",
				none.has(t)
					? h("span.dim", "(this trace has no example)")
					: link("show me one", () => showOne(app, t)),
			),
		]),
	);
};

render.runs = (app) => {
	const { other } = app,
		pick = h("input", {
			type: "file",
			accept: ".jsonl,.gz,.html",
			hidden: true,
			id: "other-run",
			onchange: () => pick.files[0] && app.openOther(pick.files[0]),
		});
	const open = h(
		"p",
		h(
			"button",
			{ onclick: () => pick.click() },
			other ? "Compare with another…" : "Open a second run…",
		),
		pick,
		" ",
		h("span", { role: "status" }, app.otherSays),
	);
	if (!other)
		return [
			h(
				"p",
				"Open a second trace of the same scenario: a student's kernel beside the reference, before beside after a change. The events are aligned by what they do; the cursor goes along.",
			),
			open,
		];
	const r = app.align(),
		ta = app.model.trace,
		tb = other.model.trace,
		there = (i) => link("#" + fmt.count(i), () => app.swapRuns(i));
	const end = (m) => {
		const x = m.at(m.n - 1);
		return [fmt.count(x.freePages()), fmt.count(x.areas.length)];
	};
	const [fa, aa] = end(app.model),
		[fb, ab] = end(other.model);
	app.machine();
	return [
		other.model.trace.problems.map((t) => h("p", `⚠ ${other.name}: ${t}`)),
		h(
			"p",
			h("b", app.name),
			" is shown; ",
			h("b", other.name),
			" is the other. ",
			h(
				"button",
				{
					id: "side-by-side",
					"aria-pressed": String(!!app.beside),
					onclick: () => {
						if (app.beside) app.besideOff();
						else app.besideOn();
					},
				},
				"Side by side",
			),
			" ",
			h("button", { id: "swap-runs", onclick: () => app.swapRuns() }, "Change over  (`)"),
			` at the same moment, #${fmt.count(app.there())} there.`,
		),
		h(
			"p.sentence",
			r.hunks.length
				? `${fmt.count(r.same)} events do the same; they differ in ${r.lost ? `${r.hunks.length} or more places` : fmt.plural(r.hunks.length, "place")}, first at #${fmt.count(r.hunks[0].a0)} here.`
				: `All ${fmt.count(r.same)} events do the same.`,
		),
		r.hunks.length
			? dataTable({
					head: ["here", "only here", "there", "only there", "in words"],
					rows: r.hunks
						.slice(0, 100)
						.map((x) => [
							link("#" + fmt.count(x.a0), () => app.goto(Math.min(x.a0, ta.n - 1))),
							x.na ? fmt.plural(x.na, "event") : "",
							there(Math.min(x.b0, tb.n - 1)),
							x.nb ? fmt.plural(x.nb, "event") : "",
							x.a0 < ta.n && x.na
								? narrate(ta, x.a0)
								: x.b0 < tb.n
									? "there: " + narrate(tb, x.b0)
									: "",
						]),
				})
			: null,
		dataTable({
			head: ["what", "here", "there"],
			rows: [
				["free pages at the end", fa, fb],
				["vmalloc areas at the end", aa, ab],
				["hazards", ...[app.model, other.model].map((x) => x.hazards.list.length)],
				...kindCounts(ta, tb).map((x) => [
					x.name,
					fmt.count(x.a),
					x.a === x.b ? fmt.count(x.b) : h("b", fmt.count(x.b)),
				]),
			],
		}),
		open,
	];
};

render.notes = (app) => {
	const notes = app.notes(),
		refresh = () => app.refreshTab();
	const box = h("input", {
		type: "text",
		maxLength: 500,
		placeholder: `a note at #${app.state.i}`,
		"aria-label": "note at this event",
		style: { width: "60%" },
		onkeydown: (e) => {
			if (e.key === "Enter" && box.value.trim()) {
				app.addNote(box.value.trim());
				refresh();
			}
		},
	});
	return [
		h(
			"p",
			box,
			" ",
			h(
				"button",
				{
					onclick: () => {
						if (box.value.trim()) {
							app.addNote(box.value.trim());
							refresh();
						}
					},
				},
				"Add",
			),
		),
		notes.length
			? dataTable({
					head: ["event", "note", h("span", "delete")],
					rows: notes.map((x) => [
						link("#" + fmt.count(x.i), () => app.goto(x.i)),
						x.text,
						h(
							"button",
							{
								"aria-label": "delete this note",
								onclick: () => {
									app.removeNote(x);
									refresh();
								},
							},
							"✕",
						),
					]),
				})
			: h(
					"p.dim",
					"Notes are kept in this browser, for this trace; save them to take them along.",
				),
		notes.length
			? h(
					"p",
					h(
						"button",
						{
							onclick: () =>
								app.download(
									"notes.jsonl",
									notes
										.map((x) =>
											JSON.stringify({
												rec: "mark",
												i: x.i,
												t: app.model.trace.t[x.i],
												level: 3,
												msg: x.text,
												text: "",
											}),
										)
										.join("\n") + "\n",
									"application/jsonl",
								),
						},
						"Save as JSON Lines",
					),
				)
			: null,
	];
};

/** Without symbols call sites are bare addresses; this says how to get names. */
function nameless(trace) {
	if (trace.sites.addr.length < 2 || trace.sites.func.some(Boolean)) return null;
	return h(
		"p.nameless",
		"⚠ This trace has no symbols, so call sites are addresses. Export it again with ",
		h("code", "pagescope export --symbols build/kernel.elf"),
		" and they have names, files and lines.",
	);
}

export function renderTab(id, app) {
	return [render[id]?.(app) ?? ""].flat();
}
export { narrate };

// SPDX-License-Identifier: MIT
/*
 * details.js - everything about the current event: the sentence, why, each field in
 * words, how to get back to it in Bochs; and about the selection, if there is one.
 */
import { h } from "./dom.js";
import { leftOut } from "./part.js";
import { selectionPanel } from "./selected.js";
import { cards, withTerms } from "./terms.js";
import * as fmt from "../model/format.js";
import { narrate } from "../model/narrate.js";
import { explain } from "../model/explain.js";
import { stopHere } from "../model/stophere.js";
import { whyAlloc, whyFree, whySplit, listCounts } from "../model/why.js";
import { hazardText } from "./hazardtext.js";
/** @import {Trace} from "../model/trace.js" */
/** @import {FieldValue} from "../model/types.js" */
/** @import {Term} from "../model/glossary.js" */
/** @import {Store} from "./store.js" */

/** What the details of an event are written from. @typedef {ReturnType<typeof momentOf>} Moment */
/** Marks the words of the field in a text. @typedef {(text: string) => any} Say */

/**
 * The details: the event, the selection, or what is on the screen in words; copy(text): puts it on
 * the clipboard; covered: what is shown in their place, null for nothing.
 * @param {Store} store
 * @param {(text: string) => void} copy
 * @param {Element | null} covered
 * @returns {any[]}
 */
export function detailsPanel(store, copy, covered = null) {
	const { model, state } = store,
		{ i } = state,
		gap = store.gap(i),
		lost = gap
			? h(
					"p.hazard.unsure",
					`Events were lost before #${fmt.count(gap[0])}: what they told is unknown until an event or a snapshot tells it.`,
				)
			: "";
	if (covered) return [lost, covered];
	if (state.detail === "selection") return [lost, selectionPanel(store)];
	if (state.detail === "screen") {
		const seen = new Set();
		return [
			lost,
			explain(model, i, store.va()).map((text) =>
				h("p.story-text", withTerms(store, text, seen)),
			),
		];
	}
	return [lost, eventDetails(momentOf(store, copy))];
}

/**
 * What the details of the event tell, and what they ask of the store.
 * @param {Store} store
 * @param {(text: string) => void} copy
 */
function momentOf(store, copy) {
	const { model, state } = store,
		{ i } = state;
	return {
		model,
		i,
		va: store.va(),
		goto: (/** @type {number} */ x) => store.goto(x),
		select: (/** @type {object} */ wish) => store.select(wish),
		copy: (/** @type {string} */ text) => {
			copy(text);
			store.did("copy");
		},
		...cards(store),
		hide: store.hides(i),
		reveal: () => store.reveal(),
		leftOut: (/** @type {"s" | "t"} */ column) => leftOut(store, column),
		hazardsAt: (/** @type {number} */ x) => store.hazardsAt(x),
		chapter: (/** @type {number} */ d) => store.chapter(d),
		section: (/** @type {number} */ d) => store.section(d),
	};
}

/**
 * @param {Moment} scene
 * @returns {any[]}
 */
function eventDetails(scene) {
	const { model, i, goto, select } = scene,
		{ trace } = model,
		kind = trace.kind(i);
	/** @type {any[]} */
	const out = [];
	const mark = kind?.cls === "mark" ? trace.marks[trace.markAt(i)] : null;
	if (mark) {
		if (/^Answer: /.test(mark.msg) && scene.hide)
			return [
				h(
					"div.card.aside",
					h("h3.title", mark.msg.replace(/^Answer: /, "Question: ")),
					h("p", h("button", { onclick: scene.reveal }, "Show the answer  (R)")),
				),
			];
		const question = mark.msg.startsWith("Question: "),
			answer =
				question &&
				trace.marks.find((m) => m.i > mark.i && m.msg === "Answer: " + mark.msg.slice(10));
		out.push(
			h(
				mark.level > 2 ? "div.card.aside" : "div.card",
				null,
				h("h3.title", mark.msg),
				h("p.story-text", scene.terms ? scene.terms(mark.text) : mark.text),
				h(
					"p",
					answer
						? [
								h(
									"button",
									{ onclick: () => goto(answer.i) },
									"Think first; then show the answer",
								),
								" ",
							]
						: "",
					h("button", { onclick: () => goto(i + 1) }, "Step on  →"),
					" ",
					h("button", { onclick: () => scene.section(1) }, "Next heading  }"),
					" ",
					h("button", { onclick: () => scene.chapter(1) }, "Next chapter  ]"),
				),
			),
		);
		out.push(stopPanel(scene));
		return out;
	}
	/**
	 */
	const seen = new Set(),
		say = (/** @type {string} */ text) => (scene.terms ? scene.terms(text, seen) : text);
	out.push(h("p.sentence", say(narrate(trace, i))));
	const hz = scene.hazardsAt(i);
	for (const x of hz) {
		const more = hazardText(x.rule);
		out.push(
			h(
				"p.hazard",
				{
					class: `hazard ${x.severity === "violation" ? "bad" : ""}`,
				},
				h("b", `${x.rule}: `),
				x.text,
				more ? [h("br"), h("span.dim", more)] : "",
			),
		);
	}
	out.push(renderWhy(scene, say));
	out.push(
		h(
			"section",
			h(
				"h3",
				"Event ",
				h("code", kind?.name ?? String(trace.k[i])),
				h("span.dim", ` #${i} · ${fmt.tick(trace, i)}`),
			),
			h(
				"table.fields",
				h(
					"tbody",
					trace
						.fields(i)
						.filter((f) => meant(trace, f))
						.map((f) =>
							h(
								"tr",
								{ title: f.text },
								h("th", { scope: "row" }, f.name),
								h("td", fieldValue(trace, f, select)),
								h("td.dim", f.text),
							),
						),
				),
			),
		),
	);
	out.push(stopPanel(scene));
	return out;
}

/**
 * Has a field of this meaning one in a kernel of this kind? Others leave it 0.
 * @param {Trace} trace
 * @param {{meaning?: string}} field
 */
const meant = (trace, { meaning }) =>
	!(meaning === "order" && trace.single) && !(meaning === "gfp" && !trace.says("watermarks"));

/**
 * @param {Trace} trace
 * @param {FieldValue} f
 * @param {(wish: object) => void} select
 */
function fieldValue(trace, f, select) {
	const text = fmt.value(trace, f);
	if (f.meaning === "pfn" && f.value < trace.frames)
		return h(
			"button.link.mono",
			{ onclick: () => select({ kind: "frame", pfn: f.value }) },
			text,
		);
	if (f.meaning === "addr" && f.value)
		return h("button.link.mono", { onclick: () => select({ kind: "va", va: f.value }) }, text);
	if (f.meaning === "entry" && f.value & 1 && f.value >>> 12 < trace.frames)
		return h(
			"button.link.mono",
			{ onclick: () => select({ kind: "frame", pfn: f.value >>> 12 }) },
			text,
		);
	if (f.meaning === "site" && f.value)
		return h(
			"button.link.mono",
			{
				title: "select this call site: what it asked for and holds",
				onclick: () => select({ kind: "site", site: f.value }),
			},
			text,
		);
	return h("span.mono", text);
}

/**
 * Why an allocation, a split, a free or a merge went as it did, with the free lists just before.
 * @param {Moment} moment
 * @param {Say} say
 */
function renderWhy({ model, i, goto, hide, reveal }, say) {
	const { trace } = model,
		why = whyAlloc(model, i),
		split = why ? null : whySplit(model, i),
		free = why || split ? null : whyFree(model, i),
		other = split ?? free;
	if (!why && !other) return null;
	if (hide)
		return h("p", h("button", { onclick: reveal }, "Ask the class first; then show why  (R)"));
	const title = why
		? why.failed
			? "Why it failed"
			: "Why this block"
		: split
			? "Why it is split"
			: free && free.last > free.first
				? "Why it merges, and no further"
				: "Why it does not merge";
	const zones = why
		? trace.zones
				.map((z) => ({ zone: z, counts: listCounts(why.before, z) }))
				.filter((x) => why.failed || x.zone.id === trace.of(i).zone(i))
		: other
			? [other]
			: [];
	const lines = why ? why.lines.map((text) => ({ i, text })) : (other?.lines ?? []);
	return h(
		"section",
		h("h3", title),
		lines.map((l) =>
			h(
				"p",
				say(l.text),
				l.i !== i ? [" ", h("button.link", { onclick: () => goto(l.i) }, "#" + l.i)] : "",
			),
		),
		zones.map(({ zone, counts }) =>
			h(
				"table.lists",
				h("caption", `Zone ${zone.name}, just before`),
				h(
					"thead",
					h(
						"tr",
						h("th", { scope: "row" }, "order"),
						counts.map((n, o) =>
							h(
								"th",
								{ scope: "col", class: o === trace.of(i).order(i) ? "mark" : "" },
								String(o),
							),
						),
					),
				),
				h(
					"tbody",
					h(
						"tr",
						h("th", { scope: "row" }, "blocks"),
						counts.map((n) => h("td", { class: n ? "" : "none" }, n ? String(n) : "–")),
					),
				),
			),
		),
		why && why.first < i
			? h(
					"p",
					h(
						"button.link",
						{ onclick: () => goto(why.first) },
						`Watch the first split, #${why.first}`,
					),
				)
			: split && split.alloc >= 0
				? h(
						"p",
						h(
							"button.link",
							{ onclick: () => goto(split.alloc) },
							`The request it is for, #${split.alloc}`,
						),
					)
				: null,
	);
}

/** @param {Moment} scene */
function stopPanel(scene) {
	const { model, i, va, copy } = scene;
	const s = stopHere(model, i, va);
	const left = scene.leftOut("t");
	// the ticks of another clock lead nowhere
	if (!s) return left && h("section.stop", h("h3", "Stop here in Bochs"), left);
	const rc = s.lines.join("\n");
	const code = (
		/** @type {string} */ label,
		/** @type {string} */ text,
		/** @type {Record<string, string>} */ attrs,
	) =>
		h(
			"div.code",
			h("pre", { tabIndex: 0, ...attrs }, text),
			h(
				"button.copy",
				{ onclick: () => copy(text.replace(/^[$#] .*?\n|^\$ /, "") + "\n"), title: label },
				"copy",
			),
		);
	if (s.simulated)
		return h(
			"section.stop",
			h("h3", "Stop here in Bochs"),
			h(
				"p.hazard.bad",
				{ role: "note" },
				"This trace was made by the simulator: Bochs has no such tick, so there is nowhere to stop.",
			),
			h(
				"p.dim",
				"Run in Bochs (SCENARIO=NAME, if it is not the tour), the scenario gives a trace whose every event can be stopped at:",
			),
			code("copy the command", `$ ${s.make}`, { "data-make": "1" }),
		);
	return h(
		"section.stop",
		h("h3", "Stop here in Bochs"),
		s.make
			? [
					h(
						"p.dim",
						"In the project's folder; the same machine runs again and stops at this instruction:",
					),
					code("copy the command", `$ ${s.make}`, { "data-make": "1" }),
				]
			: null,
		h(
			"p.dim",
			s.command
				? ["At the prompt of `make debug`, or in a file for ", h("code", s.command), ":"]
				: "At the prompt of Bochs's debugger, with the machine of this run from its start:",
		),
		code("copy these lines", `# stop.rc\n${rc}`, { "data-stop": "1" }),
		s.expect.length
			? h(
					"p.dim",
					"Expect: ",
					s.expect.map((l) => h("code", l)),
				)
			: null,
	);
}

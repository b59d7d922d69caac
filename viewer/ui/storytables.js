// SPDX-License-Identifier: MIT
/*
 * storytables.js - the tables of what is told: chapters, terms, notes.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { link } from "./tablebits.js";
import { download } from "./notice.js";
import { showOne } from "./terms.js";
import { TERMS, termText, withoutExample } from "../model/glossary.js";
import * as fmt from "../model/format.js";
/** @import {Store} from "./store.js" */

/**
 * The chapters, sections and questions, and their texts.
 * @param {Store} store
 */
export function chaptersTable(store) {
	const { trace } = store.model;
	return h(
		"div",
		trace.marks.map((m) =>
			h(
				"div",
				h(
					"p",
					h(
						"b",
						link(m.msg, () => store.goto(m.i)),
					),
					h("span.dim", `  #${fmt.count(m.i)}`),
					h("br"),
					m.msg.startsWith("Answer: ") && m.i > store.state.i
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
										store.ask(n);
										store.showTab("lesson");
									},
								},
								"Questions on this chapter",
							),
						)
					: null,
			),
		),
	);
}

/**
 * The words of the field, each with an event that shows it.
 * @param {Store} store
 */
export function termsTable(store) {
	const { trace } = store.model,
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
					: link("show me one", () => showOne(store, t)),
			),
		]),
	);
}

/**
 * The notes of this browser on this trace.
 * @param {Store} store
 */
export function notesTable(store) {
	const notes = store.notes(),
		refresh = () => store.changed("table");
	const box = h("input", {
		type: "text",
		maxLength: 500,
		placeholder: `a note at #${store.state.i}`,
		"aria-label": "note at this event",
		style: { width: "60%" },
		onkeydown: (/** @type {KeyboardEvent} */ e) => {
			if (e.key === "Enter" && box.value.trim()) {
				store.addNote(box.value.trim());
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
							store.addNote(box.value.trim());
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
						link("#" + fmt.count(x.i), () => store.goto(x.i)),
						x.text,
						h(
							"button",
							{
								"aria-label": "delete this note",
								onclick: () => {
									store.removeNote(x);
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
								download(
									"notes.jsonl",
									notes
										.map((x) =>
											JSON.stringify({
												rec: "mark",
												i: x.i,
												t: store.trace.t[x.i],
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
}

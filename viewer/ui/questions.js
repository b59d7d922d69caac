// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * questions.js - the table that asks: about the whole trace or a chapter, one question at a time.
 */
import { h } from "./dom.js";
import { link } from "./tablebits.js";
import { copy, download } from "./notice.js";
import { authored, questions } from "../model/lesson.js";

/** Questions; where a lesson stands is kept in the store, so that changing tabs keeps it. */
export function questionsTable(store) {
	const chapters = store.trace.chapters(),
		ls = store.lesson ?? (store.ask(0), store.lesson);
	if (ls.model !== store.model) {
		// chapter 0: the whole trace; n: its nth heading
		if (!(ls.chapter <= chapters.length)) ls.chapter = 0;
		const c = chapters[ls.chapter - 1],
			to = c ? (chapters[ls.chapter]?.i ?? store.model.n) : store.model.n;
		Object.assign(ls, {
			model: store.model,
			at: 0,
			answers: [],
			list: [
				...authored(store.trace).filter((x) => x.at >= (c?.i ?? 0) && x.at < to),
				...questions(store.model, { seed: ls.seed, from: c?.i ?? 0, to }),
			],
		});
		store.machine();
		store.changed("text"); // the first question may be about what the panels show
	}
	const refresh = () => {
		store.changed("text");
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
						{ onclick: () => store.goto(chapters[ls.chapter - 1].i) },
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
			trace: store.traceId(),
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
					{ onclick: () => copy(`${name}, seed ${ls.seed}\n${words}\n`) },
					"Copy the answers",
				),
				h(
					"button",
					{
						onclick: () =>
							download(
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
			link(`Look at the moment, #${q.at}`, () => store.goto(q.at)),
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
										{ onclick: () => store.goto(q.reveal) },
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
									if (nx) store.goto(nx.at);
									refresh();
								},
							},
							ls.at + 1 < ls.list.length ? "Next question" : "Result",
						),
					),
				),
	];
}

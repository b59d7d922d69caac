// SPDX-License-Identifier: MIT
/*
 * questions.js - the table that asks: about the whole trace or a chapter, one question at a time.
 * Where a lesson stands is kept in the store, so that changing tabs keeps it.
 */
import { h } from "./dom.js";
import { link } from "./tablebits.js";
import { copy, download } from "./notice.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("../model/lesson.js").Question} Question
 * @typedef {import("./store.js").Lesson} Lesson
 */

/** Is a question for thinking only?  @param {Question} q */
const open = (q) => !q.options.length;

/** How many were answered right.  @param {Lesson} lesson */
const rights = ({ list, answers }) =>
	list.filter((q, n) => !open(q) && answers[n] === q.right).length;

/**
 * The questions.
 * @param {Store} store
 */
export function questionsTable(store) {
	const lesson = store.theLesson(),
		chapter = store.trace.chapters()[lesson.chapter - 1],
		name = chapter ? chapter.msg : "the whole trace",
		/** Other questions: of that seed, about that chapter. */
		again = (/** @type {number} */ seed, number = lesson.chapter) => {
			store.ask(number, seed);
			store.changed("text");
		};
	const head = [choices(store, lesson, again), standing(lesson)];
	if (!lesson.list.length) return [head, h("p.dim", `Nothing to ask about in ${name}.`)];
	return [
		head,
		lesson.at < lesson.list.length
			? question(store, lesson)
			: result(store, lesson, name, () => again(lesson.seed)),
	];
}

/**
 * What the questions are about.
 * @param {Store} store
 * @param {Lesson} lesson
 * @param {(seed: number, chapter?: number) => void} again
 */
function choices(store, lesson, again) {
	const chapters = store.trace.chapters();
	return h(
		"p.row",
		h(
			"label",
			"About ",
			h(
				"select",
				{
					"aria-label": "what the questions are about",
					onchange: (/** @type {any} */ e) => again(lesson.seed, +e.target.value),
				},
				h("option", { value: 0, selected: !lesson.chapter }, "the whole trace"),
				chapters.map((/** @type {any} */ c, /** @type {number} */ n) =>
					h("option", { value: n + 1, selected: lesson.chapter === n + 1 }, c.msg),
				),
			),
		),
		h(
			"label",
			"seed ",
			h("input", {
				type: "number",
				min: 1,
				value: lesson.seed,
				"aria-label": "seed of the questions",
				style: { width: "70px" },
				onchange: (/** @type {any} */ e) => again(Math.max(1, +e.target.value || 1)),
			}),
		),
		h("button", { onclick: () => again(lesson.seed + 1) }, "Others"),
		lesson.chapter
			? h(
					"button",
					{ onclick: () => store.goto(chapters[lesson.chapter - 1].i) },
					"Read the chapter first",
				)
			: null,
	);
}

/** Which question it is, and how many were right.  @param {Lesson} lesson */
function standing(lesson) {
	const { list, at } = lesson;
	return h(
		"p.dim",
		"The same choice and seed give everybody the same questions. ",
		list.length
			? [
					h("b", `Question ${Math.min(at + 1, list.length)} of ${list.length}`),
					` · ${rights(lesson)} right`,
				]
			: "",
	);
}

/**
 * The question at hand, its answers, and once one is given what is right.
 * @param {Store} store
 * @param {Lesson} lesson
 */
function question(store, lesson) {
	const q = lesson.list[lesson.at],
		given = lesson.answers[lesson.at],
		answer = (/** @type {number} */ n) => {
			lesson.answers[lesson.at] = n;
			store.changed("text");
		};
	const looks = (/** @type {number} */ n) => {
		if (given === undefined) return "";
		return n === q.right ? "right" : n === given ? "wrong" : "";
	};
	return [
		h("p.sentence", q.text),
		h(
			"p",
			link(`Look at the moment, #${q.at}`, () => store.goto(q.at)),
		),
		h(
			"div.options",
			{ role: "group", "aria-label": "answers" },
			q.options.map((/** @type {string} */ option, /** @type {number} */ n) =>
				h(
					"button",
					{
						disabled: given !== undefined,
						"aria-pressed": String(given === n),
						class: looks(n),
						onclick: () => answer(n),
					},
					option,
				),
			),
			open(q) && given === undefined
				? h("button", { onclick: () => answer(-1) }, "Show the answer")
				: "",
		),
		given === undefined
			? h("p.dim", "Predict first; then it is shown.")
			: answered(store, lesson, q, given),
	];
}

/**
 * @param {Store} store
 * @param {Lesson} lesson
 * @param {Question} q
 * @param {number} given
 */
function answered(store, lesson, q, given) {
	const { reveal } = q,
		next = () => {
			lesson.at++;
			const after = lesson.list[lesson.at];
			if (after) store.goto(after.at);
			store.changed("text");
		};
	return h(
		"div",
		{ role: "status" },
		h(
			"p",
			open(q) ? "" : h("b", given === q.right ? "Right. " : `No: ${q.options[q.right]}. `),
			q.why,
		),
		h(
			"p",
			reveal !== undefined
				? [h("button", { onclick: () => store.goto(reveal) }, "Show it happen"), " "]
				: "",
			h(
				"button",
				{ onclick: next },
				lesson.at + 1 < lesson.list.length ? "Next question" : "Result",
			),
		),
	);
}

/**
 * How it went, to copy and to save.
 * @param {Store} store
 * @param {Lesson} lesson
 * @param {string} name of the chapter
 * @param {() => void} again
 */
function result(store, lesson, name, again) {
	const { list, answers, chapter, seed } = lesson,
		right = rights(lesson),
		closed = list.map((q, n) => ({ q, answer: answers[n] })).filter(({ q }) => !open(q)),
		of = closed.length;
	const words = list.map((q, n) => {
		const verdict = answers[n] === q.right ? "(right)" : `(no: ${q.options[q.right]})`,
			said = open(q) ? q.why : `${q.options[answers[n]] ?? "—"} ${verdict}`;
		return `${n + 1}. ${q.text}\n   ${said}\n`;
	});
	const record = () => ({
		lesson: name,
		chapter,
		seed,
		trace: store.traceId(),
		right,
		of,
		answers: closed.map(({ q, answer }) => ({
			at: q.at,
			question: q.text,
			answer: q.options[answer] ?? null,
			right: q.options[q.right],
			correct: answer === q.right,
		})),
	});
	const save = () =>
		download(
			`answers-${chapter}-${seed}.json`,
			JSON.stringify(record(), null, "\t") + "\n",
			"application/json",
		);
	return [
		h("p.sentence", `Done: ${right} of ${of} right.`),
		h(
			"p.row",
			h(
				"button",
				{ onclick: () => copy(`${name}, seed ${seed}\n${words.join("")}`) },
				"Copy the answers",
			),
			h("button", { onclick: save }, "Save the answers"),
			h("button", { onclick: again }, "Once more"),
		),
	];
}

// SPDX-License-Identifier: MIT
/*
 * nowline.js - the moment in words: its event and tick, its chapter, its sentence, and above
 * them what trace it is of.
 */
import { h } from "./dom.js";
import * as fmt from "../model/format.js";
import { differing } from "./hazardtext.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * The trace: its name, its machine, its length, and whether the kernel's snapshots agree.
 * @param {Store} store
 */
export function traceLine({ model, name }) {
	const { trace } = model,
		mc = trace.machine,
		ram = Math.round((mc.ram_bytes ?? trace.frames * 4096) / 1048576) * 1048576,
		n = model.complete ? trace.n : Math.max(trace.n, trace.expected),
		checks = model.hazards?.checks ?? [],
		[wrong, untold] = differing(checks),
		of = mc.cmdline ? mc.cmdline + " · " : "";
	return [
		h("span", `${name} · ${of}${fmt.bytes(ram)} RAM · ${fmt.count(n)} events`),
		model.complete && checks.length
			? h(
					"span",
					{
						title: "the kernel wrote down its own state at these points; the replay was compared with it",
					},
					wrong
						? ` · ✗ ${wrong} of ${checks.length} snapshots differ`
						: ` · ✓ ${checks.length - untold} snapshots agree`,
					untold ? ` · ${untold} of what no event has told` : "",
				)
			: "",
	];
}

/**
 * What is wrong with the trace, in a sentence; "" if nothing is.
 * @param {Store} store
 */
export function problemText({ trace }) {
	const { problems } = trace,
		more = problems.length > 3 ? `; and ${problems.length - 3} more` : "",
		text = problems.slice(0, 3).join("; ") + more;
	return text ? text[0].toUpperCase() + text.slice(1) + "." : "";
}

/**
 * Said beside the number of an event whose state is in doubt.
 * @param {Store} store
 * @param {number} i
 */
function doubt(store, i) {
	const gap = store.gap(i),
		{ model } = store;
	if (gap)
		return h(
			"span.doubt",
			{
				title:
					gap[1] === Infinity
						? "no snapshot of the kernel has matched since"
						: `the kernel's snapshots agree again at #${gap[1]}`,
			},
			` unverified after #${fmt.count(Math.max(0, gap[0] - 1))}`,
		);
	return !model.trace.end && model.complete && i === model.n - 1
		? h("span.doubt", " the trace ends here; the state after it is not known")
		: "";
}

/**
 * The number of the event, its time, and how much lies between the markers.
 * @param {Store} store
 */
export function where(store) {
	const { trace } = store,
		{ i, a, b } = store.state,
		timed = !trace.left.has("t"),
		hz = timed ? trace.clock.hz : 0,
		t = trace.t[i];
	let between = "";
	if (a !== null && b !== null) {
		between = ` · A→B ${fmt.count(Math.abs(b - a))} events`;
		if (timed) between += `, ${fmt.count(Math.abs(trace.t[b] - trace.t[a]))} ticks`;
	}
	return [
		h("b", `#${fmt.count(i)}`),
		doubt(store, i),
		h("span.dim", ` of ${fmt.count(trace.n - 1)}`),
		h("br"),
		h(
			"span.dim",
			hz ? `${fmt.duration(t - trace.t[0], hz)} · tick ${fmt.count(t)}` : fmt.tick(trace, i),
			between,
		),
	];
}

/**
 * The chapter and section of the moment, then its text, or the line of the scenario that runs.
 * text: of the mark where a line stands in its place, else "".
 * @param {Store} store
 */
export function chapterLine({ trace, state: { i } }) {
	const chapter = trace.chapterAt(i),
		mark = trace.marks[trace.markAt(i)] ?? chapter,
		step = trace.stepAt(i),
		running = step && mark && step.i > mark.i,
		inside = mark && mark !== chapter && mark.i >= (chapter?.i ?? 0),
		section = inside && mark.msg !== chapter?.msg ? mark : null,
		text = mark?.text ?? "";
	return {
		content: [
			chapter ? h("b", chapter.msg) : "",
			section ? [" › ", h("b", section.msg)] : "",
			running ? ["  ", h("code", step.text)] : text ? ` — ${text}` : "",
		],
		text: running ? text : "",
	};
}

/**
 * The longest line there is in the trace, for which room is kept.
 * @param {Store} store
 * @returns {string}
 */
export const longestLine = ({ trace }) =>
	trace.marks
		.map((/** @type {any} */ mark) => {
			const chapter = trace.chapterAt(mark.i)?.msg ?? "",
				section = mark.msg === chapter ? "" : ` › ${mark.msg}`;
			return `${chapter}${section} — ${mark.text}`;
		})
		.reduce(
			(/** @type {string} */ long, /** @type {string} */ line) =>
				line.length > long.length ? line : long,
			"",
		);

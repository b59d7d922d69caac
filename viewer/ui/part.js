// SPDX-License-Identifier: MIT
/*
 * part.js - the memory a trace takes, and the offers to take less: a stretch of its
 * events, fewer snapshots, no column that the replay does without.
 */
import { h, fill } from "./dom.js";
import { LEAVABLE } from "../model/trace.js";
import * as fmt from "../model/format.js";
/** @import {Header, Kept} from "../model/types.js" */
/** @import {Store} from "./store.js" */

/** @typedef {keyof typeof LEAVABLE} Column */

/**
 * Bytes a page spends on a trace: columns, snapshots, the ring, curves. kept: {every, left}, as
 * Trace has them.
 * @param {Pick<Header, "events" | "machine">} header
 * @param {{every?: number, left?: Column[]}} [kept]
 */
export function needs(header, { every = 1, left = [] } = {}) {
	const events = Number(header.events) || 0,
		frames = Math.min(1 << 20, Number(header.machine?.frames) || 1),
		row = left.reduce((sum, col) => sum - LEAVABLE[col].bytes, 27);
	return (
		events * row +
		frames * 26 +
		Math.min(
			160e6 / every,
			((events / Math.max(16384, frames >> 4)) * (frames * 0.6 + 50000)) / Math.sqrt(every),
		)
	); // the fewer, the more of them differs
}
/** What it should not go beyond without asking: a quarter of what the machine is said to have. */
export function allowance() {
	const { deviceMemory } = /** @type {any} */ (navigator);
	return (deviceMemory || 8) * 2 ** 28;
}
/** @param {number} bytes */
const about = (bytes) => fmt.bytes(Math.round(bytes / 1024) * 1024);

/** @param {number} need */
export const tooMuch = (need) =>
	` about ${about(need)} of memory, and this page should not take more than ${fmt.bytes(allowance())} unasked. `;

/** @type {number[]} */
const EVERY = [1, 2, 4, 8, 16],
	/** @type {Record<Column, string>} */
	COST = {
		s: "no flame graph, no search by caller, no owner behind a held block",
		t: "no axis by time, no way back in Bochs",
	};

/**
 * The offers for a trace of header.events, each with what it saves. load({range, kept}) is called
 * with what
 * was chosen (null for what is whole), no(words) with what cannot be.
 * @param {Header} header
 * @param {{from: number, to: number}} range
 * @param {(asked: {range: {from: number, to: number} | null, kept: Kept | null}) => void} load
 * @param {(words: string) => void} no
 */
export function partForm(header, { from, to }, load, no) {
	const n = Number(header.events) || 0,
		box = (/** @type {string} */ id, /** @type {number} */ value) =>
			h("input", {
				id,
				type: "number",
				min: 0,
				max: n,
				value: String(value),
				oninput: () => count(),
			});
	const a = box("range-from", from),
		b = box("range-to", to),
		every = h(
			"select",
			{ id: "keep-every", oninput: () => count() },
			EVERY.map((e) => h("option", { value: e })),
		);
	const columns = /** @type {[Column, {name: string}][]} */ (Object.entries(LEAVABLE)).map(
			([col, { name }]) => ({
				col,
				name,
				box: h("input", { type: "checkbox", id: "leave-" + col, oninput: () => count() }),
				saves: h("span.dim"),
			}),
		),
		total = h("b", { id: "part-needs", role: "status" });
	const kept = () => ({
		every: +every.value,
		left: columns.filter((c) => c.box.checked).map((c) => c.col),
	});
	function count() {
		const part = {
				...header,
				events: Math.max(0, Math.min(n, Number(b.value)) - Number(a.value)),
			},
			now = kept(),
			whole = needs(part);
		const saving = (/** @type {{every?: number, left?: Column[]}} */ less) =>
			about(whole - needs(part, less));
		for (const option of every.options)
			option.textContent =
				option.value === "1"
					? "every snapshot"
					: `every ${option.value}th snapshot: saves ${saving({ every: +option.value })}`.replace(
							"2th",
							"2nd",
						);
		for (const c of columns)
			fill(c.saves, ` saves ${saving({ left: [c.col] })}: ${COST[c.col]}`);
		fill(total, about(needs(part, now)));
	}
	count();
	return h(
		"div.part",
		h("p", h("label", "Load only events ", a), " ", h("label", "to ", b)),
		h(
			"p",
			h("label", "Keep ", every),
			h("span.dim", " a jump replays more events, the fewer there are"),
		),
		columns.map((c) => h("p", h("label", c.box, ` Leave out the ${c.name}`), c.saves)),
		h(
			"p",
			"That needs about ",
			total,
			" ",
			h(
				"button",
				{
					id: "load-range",
					onclick: () => {
						const x = Math.floor(Number(a.value)),
							y = Math.floor(Number(b.value)),
							k = kept();
						if (x >= 0 && y > x && x < n)
							load({
								range: x || y < n ? { from: x, to: y } : null,
								kept: k.every > 1 || k.left.length ? k : null,
							});
						else no("the first event has to come before the last");
					},
				},
				"Load",
			),
		),
	);
}

/**
 * Where a column is wanted that was left out: says so, and offers to read it.
 * @param {Store} store
 * @param {Column} col
 */
export function leftOut(store, col) {
	if (!store.trace.left.has(col)) return null;
	return h(
		"p.hazard",
		{ "data-left": col },
		`The ${LEAVABLE[col].name} were left out when this trace was loaded. `,
		h(
			"button",
			{ onclick: () => store.again?.({ ...store.askedFor, kept: null, asked: true }) },
			"Load them too",
		),
	);
}

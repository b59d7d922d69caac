// SPDX-License-Identifier: MIT
/*
 * tworuns.js - the table of two runs: how they correspond, and where they differ.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { link } from "./tablebits.js";
import { kindCounts } from "../model/compare.js";
import { narrate } from "../model/narrate.js";
import * as fmt from "../model/format.js";
/** @import {Model} from "../model/model.js" */
/** @import {Runs} from "./runs.js" */
/** @import {Store} from "./store.js" */

/**
 * Where the runs differ: na events from a0 here, nb from b0 there.
 * @typedef {{a0: number, na: number, b0: number, nb: number}} Hunk
 */

/**
 * Two runs: how they correspond, and how they differ. runs: opens, shows and changes them, see
 *	runs.js.
 * @param {Store} store
 * @param {Runs} runs
 */
export function runsTable(store, runs) {
	const { other } = store,
		pick = h("input", {
			type: "file",
			accept: ".jsonl,.gz,.html",
			hidden: true,
			id: "other-run",
			onchange: () => pick.files?.[0] && runs.open(pick.files[0]),
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
		h("span", { role: "status" }, store.otherSays),
	);
	if (!other)
		return [
			h(
				"p",
				"Open a second trace of the same scenario: a student's kernel beside the reference, before beside after a change. The events are aligned by what they do; the cursor goes along.",
			),
			open,
		];
	const r = store.align(),
		ta = store.trace,
		tb = other.model.trace,
		there = (/** @type {number} */ i) => link("#" + fmt.count(i), () => runs.swap(i));
	const end = (/** @type {Model} */ m) => {
		const x = m.at(m.n - 1);
		return [fmt.count(x.freePages()), fmt.count(x.areas.length)];
	};
	const [fa, aa] = end(store.model),
		[fb, ab] = end(other.model);
	store.machine();
	return [
		other.model.trace.problems.map((t) => h("p", `⚠ ${other.name}: ${t}`)),
		h(
			"p",
			h("b", store.name),
			" is shown; ",
			h("b", other.name),
			" is the other. ",
			h(
				"button",
				{
					id: "side-by-side",
					"aria-pressed": String(!!runs.beside),
					onclick: () => runs.toggle(),
				},
				"Side by side",
			),
			" ",
			h("button", { id: "swap-runs", onclick: () => runs.swap() }, "Change over  (`)"),
			` at the same moment, #${fmt.count(runs.there())} there.`,
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
						/**
						 */
						.map((/** @type {Hunk} */ x) => [
							link("#" + fmt.count(x.a0), () => store.goto(Math.min(x.a0, ta.n - 1))),
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
				["hazards", ...[store.model, other.model].map((x) => x.hazards.list.length)],
				...kindCounts(ta, tb).map((x) => [
					x.name,
					fmt.count(x.a),
					x.a === x.b ? fmt.count(x.b) : h("b", fmt.count(x.b)),
				]),
			],
		}),
		open,
	];
}

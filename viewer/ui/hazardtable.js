// SPDX-License-Identifier: MIT
/*
 * hazardtable.js - the table of hazards.
 */
import { h } from "./dom.js";
import { dataTable } from "./table.js";
import { keptBack, link } from "./tablebits.js";
import { differing, hazardText } from "./hazardtext.js";
import * as fmt from "../model/format.js";
/** @import {Store} from "./store.js" */

/**
 * The rules that were broken, and whether snapshots and MMU agree.
 * @param {Store} store
 */
export function hazardsTable(store) {
	const { hazards, trace } = store.model,
		{ probes, checks, dropped } = hazards,
		list = hazards.list.filter((x) => !store.later(x.i));
	const [wrong, untold] = differing(checks);
	let more = dropped;
	const rows = (/** @type {typeof list} */ part) => (
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

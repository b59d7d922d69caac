// SPDX-License-Identifier: MIT
/*
 * explain.js - what is on the screen at a moment, in a few sentences.
 */
import { region, translate, translateText } from "./address.js";
import { addr, bytes } from "./format.js";
import { frameRuns } from "./frameinfo.js";
import { NONE, OWNERS, RESERVED, UNKNOWN } from "./owners.js";
/** @import {Machine} from "./machine.js" */
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */

/**
 * What the frames are used for, in two sentences.
 * @param {Machine} m
 * @param {Trace} trace
 * @param {number} total
 */
function framesText(m, trace, total) {
	const best = Math.max(-1, ...trace.zones.map((z) => m.largest(z.id))),
		use = new Map();
	for (let p = 0; p < m.frames; p++) use.set(m.meta[p] >> 4, (use.get(m.meta[p] >> 4) ?? 0) + 1);
	const unknown = use.get(UNKNOWN) ?? 0,
		largest =
			best < 0
				? " No block is on a free list."
				: ` The largest free block is of order ${best}, ${bytes(4096 * 2 ** best)}: no request for more in a row could be served.`;
	return [
		`${m.freePages()} of ${total} frames are ${unknown ? "known to be " : ""}free: ${trace.zones.map((z) => `${m.zoneFree[z.id]} in zone ${z.name}`).join(", ")}.${trace.single ? "" : largest}${unknown ? ` Of ${unknown} no event has told yet.` : ""}`,
		`Of the frames in use ${
			[...use]
				.filter(([c]) => c > RESERVED && c < 8)
				.map(([c, n]) => `${n} ${n === 1 ? "is" : "are"} ${OWNERS[c]}`)
				.join(", ") || "none is known"
		}${use.get(RESERVED) ? `; ${use.get(RESERVED)} are reserved and never handed out` : ""}.`,
	];
}

/**
 * What is on the screen at event i, in a few sentences.
 * @param {Model} model
 * @param {number} i
 * @param {number | null | undefined} va
 */
export function explain(model, i, va) {
	const m = model.at(i),
		{ trace } = model,
		out = [],
		total = trace.zones.reduce((s, z) => s + z.n, 0);
	if (!trace.watched) out.push(...framesText(m, trace, total));
	const runs = m.areas.map((a) => frameRuns(m, a)),
		scattered = runs.filter((r) => r > 1).length;
	if (trace.hasRegion("vmalloc"))
		out.push(
			m.areas.length
				? `${m.areas.length} vmalloc ${m.areas.length === 1 ? "area holds" : "areas hold"} ${m.vmPages} pages; ${scattered} of them ${scattered === 1 ? "is" : "are"} made of frames that are not neighbours. Behind each lies a guard page.`
				: "No vmalloc area exists.",
		);
	if (va !== null && va !== undefined)
		out.push(
			`The walk shows ${addr(va)} in ${region(trace, va).kind || region(trace, va).name === "gap" ? `the ${region(trace, va).name} range` : "no region that the kernel names"}: ${translateText(translate(model, va, i)).replace(/^0x[0-9a-f]+ (\([^)]*\) )?/, "it ")}`,
		);
	if (m.curPgd !== m.refPgd && m.curPgd !== NONE)
		out.push(
			`A process's directory is in use (CR3 = ${addr(m.curPgd)}); the kernel edits the reference directory at ${addr(m.refPgd)}.`,
		);
	return out;
}

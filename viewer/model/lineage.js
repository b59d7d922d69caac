// SPDX-License-Identifier: MIT
/*
 * lineage.js - the life of a frame: the blocks that it was part of.
 */
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
/** @import {Model} from "./model.js" */

/** The events of a frame's life. */
const LIFE = new Set([
	OP.mm_page_alloc,
	OP.mm_page_free,
	OP.buddy_split,
	OP.buddy_split_low,
	OP.buddy_merge,
	OP.free_boot_range,
]);

/**
 * The buddy events of a frame's life around event i: [{i, what, pfn, order}].
 * @param {Model} model
 * @param {number} pfn
 * @param {number} i
 */
export function lineage(model, pfn, i, before = 60, after = 30) {
	const { trace } = model,
		op = trace.kinds.op,
		past = [],
		future = [];
	/** @param {number} j */
	const row = (j) => {
		if (!LIFE.has(op[trace.k[j]])) return null;
		const e = trace.of(j),
			o = e.order?.(j),
			a = (e.pfn ?? e.start_pfn)(j);
		switch (op[trace.k[j]]) {
			case OP.mm_page_alloc:
				return a !== NONE && pfn >= a && pfn < a + (1 << o)
					? { i: j, what: "handed out", pfn: a, order: o }
					: null;
			case OP.mm_page_free:
				return pfn >= a && pfn < a + (1 << o)
					? { i: j, what: "given back", pfn: a, order: o }
					: null;
			case OP.buddy_split:
			case OP.buddy_split_low: {
				if (pfn < a || pfn >= a + (1 << o)) return null;
				const half = a + (1 << (o - 1)),
					lower = pfn < half,
					listed = lower === (op[trace.k[j]] === OP.buddy_split);
				return {
					i: j,
					what: `split: the ${lower ? "lower" : "upper"} half, ${listed ? "listed" : "goes on"}`,
					pfn: lower ? a : half,
					order: o - 1,
				};
			}
			case OP.buddy_merge:
				return pfn >= a && pfn < a + (2 << o)
					? { i: j, what: "merged", pfn: a, order: o + 1 }
					: null;
			case OP.free_boot_range:
				return pfn >= a && pfn < a + e.nr_pages(j)
					? { i: j, what: "handed over at boot", pfn, order: 0 }
					: null;
		}
	};
	for (let j = i; j >= 0 && past.length < before; j--) {
		const r = row(j);
		if (r) past.push(r);
	}
	for (let j = i + 1; j < trace.n && future.length < after; j++) {
		const r = row(j);
		if (r) future.push(r);
	}
	return [...past.reverse(), ...future];
}

// SPDX-License-Identifier: MIT
/*
 * interesting.js - the events a reader should not miss: headings, what happens for the
 * first time, failures and faults, what broke a rule, new lows of free memory.
 */
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
import { orderSize } from "./format.js";
/** @import {Model} from "./model.js" */

/** @type {Record<string, string>} by kind */
const FIRST = {
	buddy_split: "the first split",
	buddy_merge: "the first merge",
	alloc_vmap_area: "the first vmalloc area",
	pte_set: "the first page mapped",
	pte_clear: "the first page unmapped",
	tlb_flush: "the first TLB flush",
	slab_grow: "the first slab",
	vmalloc_fault: "the first fault of a process's directory",
	switch_mm: "the first change of address space",
	kmap: "the first kmap",
	zone_skip: "the first zone passed over",
	shrink_slab: "memory is short: slabs are shrunk",
};
const cache = new WeakMap();

/**
 * [{i, why}] in order, one an event; made when first asked for.
 * @param {Model} model
 */
export function interestingEvents(model) {
	const old = cache.get(model);
	if (old?.n === model.n) return old.list;
	const { trace } = model,
		{ kinds } = trace,
		found = new Map(),
		seen = new Set(),
		{ mm_page_alloc: request, mm_page_free: release, buddy_split: split } = trace.col,
		{ vmalloc_exit: returned } = trace.col,
		low = new Array(trace.nrZones).fill(Infinity),
		free = new Array(trace.nrZones).fill(0);
	/**
	 * @param {number} i
	 * @param {string} why
	 */
	const add = (i, why) => {
		if (!found.has(i)) found.set(i, why);
	};
	const first = new Uint8Array(256);
	for (const name of Object.keys(FIRST)) if (kinds.id(name)) first[kinds.id(name)] = 1;
	const oops = kinds.id("oops"),
		exit = kinds.id("vmalloc_exit");
	for (const m of trace.marks)
		if (m.level <= 2 && m.msg) add(m.i, m.level === 1 ? "a new chapter" : "a new section");
	for (const x of model.hazards.list) add(x.i, `hazard: ${x.rule}`);
	// the boot's first hand-over makes a low of every event
	const from = trace.chapters()[1]?.i ?? 0;
	for (let i = 0; i < trace.n; i++) {
		const k = trace.k[i],
			op = kinds.op[k];
		if (first[k] && !seen.has(k)) {
			seen.add(k);
			add(i, FIRST[kinds.name(k)]);
		}
		if (op === OP.buddy_split && !seen.has(-1 - split.order(i))) {
			const order = split.order(i);
			seen.add(-1 - order);
			add(i, `the first split of an order-${order} block (${orderSize(order)})`);
		} else if (op === OP.mm_page_alloc) {
			const order = request.order(i);
			if (request.pfn(i) !== NONE) free[request.zone(i)] -= 1 << order;
			else if (!seen.has(`f${order}`)) {
				seen.add(`f${order}`);
				add(i, `the first request of order ${order} that fails`);
			}
		} else if (op === OP.mm_page_free) free[release.zone(i)] += 1 << release.order(i);
		else if (k === exit && !returned.addr(i)) {
			if (!seen.has("vm")) {
				seen.add("vm");
				add(i, "the first vmalloc that fails");
			}
		} else if (k === oops && oops) add(i, "an oops");
		if (i === from) for (const z of trace.zones) low[z.id] = free[z.id];
		// a low worth showing lies a sixteenth of the zone below the last
		for (const z of trace.zones)
			if (i > from && free[z.id] < low[z.id] - (z.n >> 4)) {
				low[z.id] = free[z.id];
				add(i, `zone ${z.name} has never had so few free pages`);
			}
	}
	const list = [...found].map(([i, why]) => ({ i, why })).sort((x, y) => x.i - y.i);
	cache.set(model, { n: model.n, list });
	return list;
}

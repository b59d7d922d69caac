// SPDX-License-Identifier: MIT
/*
 * start.js - where the page opens a trace: something true and worth a look.
 */
import { died } from "../model/ending.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * The fault that the guest died of, if the trace tells how it ended: the first thing to look at.
 * @param {Store} store
 * @returns {import("../model/ending.js").Ending | null}
 */
export function fatal(store) {
	const { ended } = store.trace;
	return died(ended) ? /** @type {any} */ (ended) : null;
}

/**
 * The fatal fault; else the first chapter after the boot, or the middle; not among missing events, nor in doubt if there
 * is anything that is not: else at the end of a doubt, or before it.
 * @param {Store} store
 * @returns {number}
 */
export function firstEvent(store) {
	const { trace, n, hazards } = store.model,
		[, ...chapters] = trace.chapters().map((/** @type {any} */ c) => c.i),
		there = (/** @type {number} */ i) => trace.k[i] && i < n;
	const fault = fatal(store);
	const list = [
		...(fault ? [fault.fault_event] : []),
		...(chapters.length ? chapters : [n >> 1]),
		...hazards.unverified.map((/** @type {number[]} */ u) => u[1]),
		...hazards.unverified.map((/** @type {number[]} */ u) => u[0] - 1),
	];
	return (
		list.find((i) => there(i) && !store.gap(i)) ??
		list.find(there) ??
		trace.k.findIndex(Boolean)
	);
}

/**
 * An address for the walk to show: that of the fatal fault; else one that is mapped at the moment:
 * what the events before mapped last, or the kernel's image; null: no such is known.
 * @param {Store} store
 * @returns {number | null}
 */
export function firstAddress(store) {
	const { trace } = store,
		{ i } = store.state,
		m = store.machine(),
		{ page_offset: offset, kernel_start: start } = trace.layout,
		fault = fatal(store);
	if (fault?.addr) return Number(fault.addr);
	for (let j = i; j >= Math.max(0, i - 5000); j--) {
		const va = trace.kindName(j) === "pte_set" ? trace.of(j).addr(j) : -1;
		if (va >= 0 && m.walk(va).ok) return va;
	}
	const image = (offset + start) >>> 0;
	return m.walk(image).ok ? image : null;
}

// SPDX-License-Identifier: MIT
/*
 * replay.js - applies events to a machine, one by one.
 */
import { EFFECTS, merge, pageAlloc, pageFree, split, TABLE_EFFECTS } from "./effects.js";
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Gap, Watch} from "./types.js" */

const ALLOC = OP.mm_page_alloc,
	RELEASE = OP.mm_page_free,
	SPLIT = OP.buddy_split,
	SPLIT_LOW = OP.buddy_split_low,
	MERGE = OP.buddy_merge;

/**
 * The first event that something is missing before, or is missing itself.
 * @param {Gap} gap
 */
const startOf = (gap) => (gap.rows ? gap.i - gap.lost : gap.i);

/**
 * Applies events from..to-1. `watch`, if given, is shown each event before and after it is applied,
 * and each loss (see hazards.js); seeking passes none and pays nothing for it.
 * @param {Machine} m
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 * @param {Watch | null} watch
 */
export function replay(m, trace, from, to, watch = null) {
	let at = from;
	for (const gap of trace.gaps) {
		const start = startOf(gap);
		if (start < from || start >= to) continue;
		replayWhole(m, trace, at, start, watch);
		m.lose();
		if (watch) watch.lost(m, start);
		at = start;
	}
	replayWhole(m, trace, at, to, watch);
	if (to > from) m.i = to - 1;
}
/**
 * Of these events none is missing.
 * @param {Machine} m
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 * @param {Watch | null} watch
 */
function replayWhole(m, trace, from, to, watch) {
	const { k, base, byId } = trace,
		{ op } = trace.kinds;
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (watch) watch.before(m, id, e, i);
		if (w === ALLOC) pageAlloc(m, i, e.pfn(i), e.order(i));
		else if (w === RELEASE) pageFree(m, i, e.pfn(i), e.order(i));
		else if (w === SPLIT || w === SPLIT_LOW) split(m, i, e.pfn(i), e.order(i), w === SPLIT_LOW);
		else if (w === MERGE) merge(m, i, e.pfn(i), e.order(i));
		else EFFECTS[w]?.(m, e, i, trace);
		if (watch) watch.after(m, id, e, i);
	}
}

/**
 * The same for a machine without frames.
 * @param {Machine} m
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 */
export function replayTables(m, trace, from, to) {
	const { k, base, byId, gaps } = trace,
		{ op } = trace.kinds,
		lost = new Set(gaps.map(startOf));
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (lost.size && lost.has(i)) m.lose();
		if (w === RELEASE) {
			const pfn = m.tables.size + m.dirs.size > 1 ? e.pfn(i) : NONE,
				order = e.order(i);
			const zone = m.zoneOf(pfn);
			if (zone && m.fits(zone, pfn, order)) m.noTables(pfn, 1 << order);
		} else TABLE_EFFECTS[w]?.(m, e, i, trace);
	}
	if (to > from) m.i = to - 1;
}

// SPDX-License-Identifier: MIT
/*
 * frameinfo.js - what is known of a frame, and who holds how many.
 */
import { FREE, NONE, OWNERS, RESERVED, TAIL, UNKNOWN } from "./owners.js";
/** @import {Machine} from "./machine.js" */
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Area} from "./types.js" */

/**
 * What is known of a frame at event i.
 * @param {Model} model
 * @param {number} pfn
 * @param {number} i
 */
export function frameInfo(model, pfn, i) {
	const m = model.at(i),
		owner = m.meta[pfn] >> 4,
		since = m.since[pfn],
		block = m.blockOf(pfn);
	const zone = model.trace.zoneOf(pfn),
		base = zone ? zone.start : 0,
		largest = block.order >= m.orders - 1;
	return {
		pfn,
		i,
		owner,
		ownerName: OWNERS[owner],
		since,
		block,
		zone,
		mappings: m.mappings(pfn),
		/** Of a free block: how many stand before it on its list. */
		position:
			owner === FREE && zone
				? Math.max(0, m.list(zone.id, block.order).indexOf(block.pfn))
				: undefined,
		buddy: largest ? undefined : base + ((block.pfn - base) ^ (1 << block.order)),
	};
}

/**
 * Blocks handed out after event `from` (exclusive) and still held at event `to`, grouped by call
 * site.
 * @param {Model} model
 * @param {number} from
 * @param {number} to
 */
export function liveSince(model, from, to) {
	const m = model.at(to),
		{ trace } = model,
		sites = new Map();
	for (let p = 0; p < m.frames; p++) {
		const owner = m.meta[p] >> 4,
			order = m.meta[p] & 15;
		if (
			owner === FREE ||
			owner === RESERVED ||
			owner === UNKNOWN ||
			order === TAIL ||
			m.since[p] <= from
		)
			continue;
		const since = m.since[p],
			s = trace.kindName(since) === "mm_page_alloc" ? trace.siteOf(since) : 0;
		let row = sites.get(s);
		if (!row) sites.set(s, (row = { site: s, blocks: 0, pages: 0, first: since, list: [] }));
		row.blocks++;
		row.pages += 1 << order;
		row.first = Math.min(row.first, since);
		if (row.list.length < 200) row.list.push({ pfn: p, order, since, owner });
	}
	return [...sites.values()].sort((x, y) => y.pages - x.pages);
}

/**
 * Per call site: allocations, frees seen, pages; over events [from, to).
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 */
export function bySite(trace, from, to) {
	const alloc = trace.kinds.id("mm_page_alloc"),
		{ mm_page_alloc: request } = trace.col,
		rows = new Map();
	for (let i = from; i < to; i++) {
		if (trace.k[i] !== alloc) continue;
		const s = request.call_site(i),
			order = request.order(i);
		let row = rows.get(s);
		if (!row)
			rows.set(
				s,
				(row = {
					site: s,
					calls: 0,
					failed: 0,
					pages: 0,
					orders: new Uint32Array(trace.orders),
				}),
			);
		if (request.pfn(i) === NONE) row.failed++;
		else {
			row.calls++;
			row.pages += 1 << order;
			row.orders[order]++;
		}
	}
	return [...rows.values()].sort((x, y) => y.pages - x.pages);
}

/**
 * Stretches of neighbouring frames behind an area, upwards or downwards: 1 means contiguous.
 * @param {Machine} machine
 * @param {Area} area
 */
export function frameRuns(machine, area) {
	let runs = 0,
		last = -9,
		step = 0;
	for (let at = area.addr; at < area.addr + area.size; at += 4096) {
		const w = machine.walk(at, machine.refPgd);
		if (!w.ok) continue;
		const pfn = w.pa >>> 12,
			d = pfn - last;
		if ((d === 1 || d === -1) && (step === 0 || step === d)) step = d;
		else {
			runs++;
			step = 0;
		}
		last = pfn;
	}
	return runs;
}

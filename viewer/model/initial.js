// SPDX-License-Identifier: MIT
/*
 * initial.js - the machine before the first event.
 */
import { Machine } from "./machine.js";
import { FREE, NONE, OWNERS, TAIL, UNKNOWN, UNTOLD } from "./owners.js";
import { restore } from "./snapshot.js";
/** @import {Trace} from "./trace.js" */
/** @import {Rec} from "./types.js" */

/**
 * Is the trace one from the start of the machine on, and not a part of it?
 * @param {Trace} trace
 */
export const isWhole = (trace) => !trace.before && !trace.initial?.frames && !trace.initial?.pde;

/**
 * The state before event 0; m: a new machine.
 * @param {Trace} trace
 */
export function initialMachine(trace, m = new Machine(trace)) {
	if (trace.before) restore(m, trace.before);
	else {
		if (m.curPgd !== NONE) m.dir(m.curPgd, -1);
		if (trace.initial) load(m, trace.initial);
	}
	return m;
}

/**
 * Takes over the `key` record of a slice: the state before event 0.
 * @param {Machine} m
 * @param {Rec} key
 */
function load(m, key) {
	loadFrames(m, key);
	if (key.cr3 !== undefined) m.curPgd = key.cr3;
	loadTables(m, key);
	const { areas, refs } = key;
	for (let r = 0; r < (areas?.addr.length ?? 0); r++) {
		m.areas.push({
			addr: areas.addr[r],
			size: areas.size[r],
			flags: areas.flags[r],
			i: -1,
			op: -1,
			want: 0,
			site: 0,
		});
	}
	for (let r = 0; r < (refs?.pfn.length ?? 0); r++) m.refs.set(refs.pfn[r], refs.count[r] | 0);
}

/**
 * Owners of frames, and the blocks of the free lists.
 * @param {Machine} m
 * @param {Rec} key
 */
function loadFrames(m, { frames, free }) {
	for (let r = 0; r < (frames?.pfn.length ?? 0); r++) {
		const said = frames.owner[r],
			owner = typeof said === "string" ? Math.max(0, OWNERS.indexOf(said)) : said,
			order = frames.order?.[r] ?? 0;
		if (owner === UNKNOWN) m.told = false;
		for (let p = frames.pfn[r]; p < frames.pfn[r] + frames.n[r] && p < m.frames; p++)
			m.meta[p] = (owner << 4) | (p % (1 << order) === 0 ? order : TAIL);
	}
	// a list is told head first, and blocks are put on it at its head
	for (let r = free?.pfn.length ?? 0; r-- > 0;) {
		const { pfn, o, z } = free;
		if (pfn[r] >= m.frames) continue;
		m.meta.fill((FREE << 4) | TAIL, pfn[r], pfn[r] + (1 << o[r]));
		m.link(pfn[r], o[r], z[r]);
		m.zoneFree[z[r]] += 1 << o[r];
	}
}

/**
 * Directories and page tables.
 * @param {Machine} m
 * @param {Rec} key
 */
function loadTables(m, { pde, pte, unknown }) {
	// what the record does not name is empty
	const named = pde ? [m.curPgd, ...pde.pgd] : [];
	if (unknown && m.reference !== null) named.push(m.reference);
	for (const pgd of named) {
		if (pgd === NONE) continue;
		const d = m.dir(pgd, -1);
		if (d.since[0] === UNTOLD) d.since.fill(-1);
	}
	for (let r = 0; r < (pde?.pgd.length ?? 0); r++) {
		const { pgd, slot, entry } = pde,
			table = entry[r] >>> 12;
		m.setPde(pgd[r] + slot[r] * 4, entry[r], -1);
		if (m.isTable(entry[r]) && !m.tableAt(entry[r])) m.table(table).since.fill(-1);
	}
	for (let r = 0; r < (pte?.addr.length ?? 0); r++) {
		const first = pte.addr[r],
			table = (m.dirs.get(pte.pgd[r])?.entry[first >>> 22] ?? 0) & 0xfffff000;
		for (let x = 0; x < pte.n[r]; x++) {
			const at = (first + x * 4096) >>> 0,
				pa = (table | (((at >>> 12) & 1023) << 2)) >>> 0;
			m.setPte(pa, at, (pte.entry[r] + x * 4096) >>> 0, -1);
		}
	}
	for (let r = 0; r < (unknown?.table.length ?? 0); r++) {
		const { table, slot, n } = unknown;
		m.tableAt(table[r])?.since.fill(UNTOLD, slot[r], slot[r] + n[r]);
	}
}

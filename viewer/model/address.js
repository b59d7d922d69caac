// SPDX-License-Identifier: MIT
/*
 * address.js - what a linear address is at a moment: its region, where it leads, since when, and
 * what the MMU said of it.
 */
import { addr, hex, symbolText } from "./format.js";
import { NONE, OWNERS } from "./owners.js";
import { PAGE, spaceEvents, touchesPage } from "./touches.js";
import { upper } from "./trace.js";
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Translation} from "./types.js" */

/**
 * What a kind of region is for; the kernel's own name of it stands beside.
 * @type {Record<string, (trace: Trace) => string>}
 */
export const REGIONS = {
	user: () => "user addresses, private to each address space",
	"linear map": (/** @type {Trace} */ trace) =>
		`low memory in a straight line: address minus ${addr(trace.layout.page_offset)} is the physical address`,
	vmalloc: () => "pages mapped one by one, wherever their frames are",
	kmap: () => "a window of 1,024 pages onto high memory",
	fixmap: () => "addresses fixed when the kernel was compiled",
	"page tables": () => "the page tables, through the slot that maps the directory itself",
	devices: () => "memory and registers of devices",
	other: () => "mapped page by page",
};

/**
 * Where a linear address lies: {name, kind, what}.
 * @param {Trace} trace
 * @param {number} va
 */
export function region(trace, va) {
	const r = trace.regionAt(va);
	if (r) return { name: r.name, kind: r.kind, what: REGIONS[r.kind]?.(trace) ?? "" };
	const below = trace.regions.filter((x) => x.to <= va).at(-1),
		above = trace.regions.find((x) => x.from > va);
	return below?.kind === "linear map" && above?.kind === "vmalloc"
		? {
				name: "gap",
				kind: "",
				what: "left unmapped to catch what runs past the linear map",
			}
		: { name: "no region", kind: "", what: "the kernel has no name for these addresses" };
}

/**
 * The answer to "where does this address lead at event i": the walk of the directory in use and of
 * the reference directory, the frame and who has it.
 * @param {Model} model
 * @param {number} va
 * @param {number} i
 */
export function translate(model, va, i) {
	const m = model.at(i),
		{ trace } = model;
	const walk = m.walk(va),
		ref =
			trace.says("reference directory") && m.curPgd !== m.refPgd
				? m.walk(va, m.refPgd)
				: walk;
	/** @type {Translation} */
	const out = {
		addr: va,
		i,
		walk,
		ref,
		region: region(trace, va),
		symbol: symbolText(trace, va),
		area: m.areaAt(va),
		guard: false,
		pfn: -1,
		owner: "",
		since: -1,
	};
	if (out.area) out.guard = va >= out.area.addr + out.area.size - 4096;
	const use = walk.ok ? walk : null;
	if (use) {
		out.pfn = use.pa >>> 12;
		out.since = use.large ? use.pdeSince : use.pteSince;
		out.owner = out.pfn < m.frames ? OWNERS[m.meta[out.pfn] >> 4] : "no RAM";
	}
	return out;
}

/**
 * In words: the first line of the walk panel and of the search's answer.
 * @param {Translation} x
 */
export function translateText(x) {
	if (x.walk.ok)
		return `${addr(x.addr)}${x.symbol ? ` (${x.symbol})` : ""} leads to physical ${addr(x.walk.pa)}, frame ${hex(x.pfn)} (${x.owner}).`;
	if (x.walk.pgd === NONE)
		return `${addr(x.addr)} is unknown: events are missing, and none since has told which directory is in use.`;
	if (x.walk.unknown)
		return `${addr(x.addr)} is unknown: no event has told this entry of its ${x.walk.why === "pde" ? "directory" : "page table"}.`;
	if (x.area && x.guard)
		return `${addr(x.addr)} is the guard page of the area at ${addr(x.area.addr)}: unmapped on purpose, touching it faults.`;
	if (x.area && !x.ref.ok)
		return `${addr(x.addr)} is in the area at ${addr(x.area.addr)}, reserved but not mapped: touching it faults.`;
	if (x.ref.ok)
		return `${addr(x.addr)} has no entry in the directory in use; the reference directory maps it to ${addr(x.ref.pa)}: the first access faults and copies the slot.`;
	return `${addr(x.addr)} is not mapped (${x.walk.why === "pde" ? "its directory slot is empty" : "its page-table entry is empty"}): touching it faults.`;
}

/**
 * A stretch of a page's life: how long it has been as it is, where it led before, what comes.
 * @typedef {{since: number, was: {pfn: number, from: number, to: number} | null,
 * next: {i: number, pfn: number} | null}} PageLife
 */
/**
 * The life of the page va lies in, around event i: {since: it is as it is, was: {pfn, from, to}
 * where it led before, next: {i, pfn}: it is mapped, or if it is mapped: changed}; -1 and null
 * where the trace does not tell.
 * @param {Model} model
 * @param {Translation} x
 */
export function pageLife({ trace }, x) {
	const { k } = trace,
		{ pte_set: pteSet } = trace.col,
		page = x.addr & -PAGE,
		set = trace.kinds.id("pte_set"),
		clear = trace.kinds.id("pte_clear"),
		large = trace.kinds.id("pte_range_set"),
		/** @type {PageLife} */
		out = { since: x.since, was: null, next: null };
	const kernel = x.addr >= trace.layout.page_offset,
		mine = kernel ? null : new Set(spaceEvents(trace, x.addr, x.walk.pgd, x.i)),
		own = (/** @type {number} */ j) =>
			(k[j] === set || k[j] === clear) &&
			(mine ? mine.has(j) : (trace.of(j).addr(j) & -PAGE) === page);
	if (!x.walk.ok)
		out.since = Math.max(-1, x.ref.why === "pte" ? x.ref.pteSince : x.walk.pdeSince);
	if (x.walk.large) return out;
	for (let j = x.walk.ok || out.since >= 0 ? out.since : x.i; j >= 0; j--) {
		if (!own(j)) continue;
		if (out.was && k[j] === set && pteSet.pte(j) & 1) {
			out.was.from = j;
			break;
		}
		const old = trace.of(j).old(j);
		if (!out.was && old & 1) out.was = { pfn: old >>> 12, from: -1, to: j };
	}
	if (out.since < 0 && out.was) out.since = out.was.to;
	const touch = touchesPage(trace, x.addr),
		covers = (/** @type {number} */ j) => touch(j) && (!mine || mine.has(j));
	for (let j = x.i + 1; j < trace.n && !out.next; j++) {
		const mapped = k[j] === set && pteSet.pte(j) & 1;
		if (x.walk.ok ? own(j) : (mapped && own(j)) || (k[j] === large && covers(j)))
			out.next = { i: j, pfn: mapped ? pteSet.pte(j) >>> 12 : -1 };
	}
	return out;
}

/**
 * What the MMU said of the page of va, at or before event i: {i, agree}; where it was not asked
 * since the page is mapped so, {next}: the next event in which it is asked about the page, or -1.
 * Only what it read in the directory in use counts: another one is another address space.
 * @param {Model} model
 * @param {number} va
 * @param {number} i
 */
export function mmuSays(model, va, i) {
	const { trace, hazards } = model,
		{ mmu_probe: probe } = trace.col,
		m = model.at(i),
		list = (hazards.answers.get(va >>> 12) ?? []).filter(
			(x) => probe.cr3(x) >>> 12 === m.curPgd >>> 12,
		),
		n = upper(list, list.length, i),
		w = m.walk(va);
	// an older mapping is another matter
	if (!n || list[n - 1] < Math.max(w.pteSince, w.pdeSince)) return { next: list[n] ?? -1 };
	const at = list[n - 1],
		ok = probe.ok(at) === 1;
	return { i: at, agree: ok === w.ok && (!ok || probe.phys(at) >>> 12 === w.pa >>> 12) };
}

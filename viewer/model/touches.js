// SPDX-License-Identifier: MIT
/*
 * touches.js - which events speak of a frame, of an address, of a page of an address space.
 */
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Fields, Test} from "./types.js" */

/**
 * Event numbers in [from, to) for which test holds; stops after `most`.
 * @param {Trace} trace
 * @param {Test} test
 */
export function findEvents(trace, test, from = 0, to = trace.n, most = Infinity) {
	let out = new Uint32Array(1024),
		n = 0;
	for (let i = from; i < to && n < most; i++) {
		if (!test(i)) continue;
		if (n === out.length) {
			const more = new Uint32Array(n * 2);
			more.set(out);
			out = more;
		}
		out[n++] = i;
	}
	return out.subarray(0, n);
}

/**
 * A test for every event that touches one of n frames: its block handed out, freed, split, merged,
 * mapped.
 * @param {Trace} trace
 * @param {number} pfn
 */
export function touchesFrame(trace, pfn, n = 1) {
	const end = pfn + n,
		within = (/** @type {number} */ entry) =>
			(entry & 1) === 1 && entry >>> 12 >= pfn && entry >>> 12 < end,
		{ k, byId } = trace,
		{ op } = trace.kinds,
		// kinds that name one frame
		named = trace.kinds.byId.map((kind, id) => {
			const f = kind?.cls === "ev" && kind.fields.find((x) => x.meaning === "pfn");
			return f ? byId[id][f.name] : null;
		}),
		block = (/** @type {number} */ first, /** @type {number} */ order) =>
			first < end && pfn < first + 2 ** order;
	return (/** @type {number} */ i) => {
		const e = byId[k[i]];
		switch (op[k[i]]) {
			case OP.mm_page_alloc:
			case OP.mm_page_free:
			case OP.buddy_split:
			case OP.buddy_split_low:
			case OP.slab_grow:
			case OP.slab_destroy:
				return e.pfn(i) !== NONE && block(e.pfn(i), e.order(i));
			case OP.buddy_merge:
				return block(e.pfn(i), e.order(i) + 1);
			case OP.pte_set:
				return within(e.pte(i)) || within(e.old(i));
			case OP.pte_clear:
				return within(e.old(i));
			case OP.pde_set:
				return !(e.pde(i) & 0x80) && within(e.pde(i));
			case OP.reserve_bootmem:
			case OP.free_boot_range:
				return e.start_pfn(i) < end && pfn < e.start_pfn(i) + e.nr_pages(i);
			case OP.page_clear_reserved:
				return e.pfn(i) < end && pfn < e.pfn(i) + e.nr_pages(i);
			default: {
				const frame = named[k[i]]?.(i) ?? -1;
				return frame >= pfn && frame < end;
			}
		}
	};
}

export const PAGE = 4096;
const SLOT = 4194304;
/** @type {Reach} */
const pages = (e, i) => e.nr_pages(i) * PAGE;
/** @type {Reach} */
const granted = (e, i) => e.ptr(i) && e.bytes_alloc(i);
/**
 * How far what an event names reaches from its address on, where that is not the page: bytes.
 * @typedef {(e: Fields, i: number) => number} Reach
 * @type {Record<string, Reach>}
 */
const REACH = {
	pde_set: () => SLOT,
	pde_clear: () => SLOT,
	pde_clear_range: (e, i) => e.nr(i) * SLOT,
	pte_range_set: (e, i) => e.nr(i) * (e.large(i) ? SLOT : PAGE),
	// where nothing was copied it is about the page only
	vmalloc_fault: (e, i) => (e.outcome(i) ? PAGE : SLOT),
	alloc_vmap_area: (e, i) => (e.failed(i) ? 0 : e.size(i)),
	free_vmap_area: (e, i) => e.size(i),
	vmalloc_exit: pages,
	vfree_exit: pages,
	tlb_flush: (e, i) => (e.pages(i) === NONE ? 0 : e.pages(i) * PAGE),
	kmalloc: granted,
	kmem_cache_alloc: granted,
	kfree: () => 1,
	kmem_cache_free: () => 1,
};

/**
 * A test for every event about linear addresses in [from, to): mapped, unmapped, their area,
 * objects, faults, accesses, probes.
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 */
export function touches(trace, from, to) {
	const { k, byId } = trace,
		at = new Array(256).fill(null),
		reach = new Array(256).fill(null),
		exact = new Uint8Array(256);
	trace.kinds.byId.forEach((kind, id) => {
		const f = kind?.cls === "ev" && kind.fields.find((x) => x.meaning === "addr");
		if (!f) return;
		at[id] = byId[id][f.name];
		reach[id] = REACH[kind.name] ?? null;
		exact[id] = kind.group === "slab" ? 1 : 0;
	});
	return (/** @type {number} */ i) => {
		const x = k[i];
		if (!at[x]) return false;
		const size = reach[x] ? reach[x](byId[x], i) : PAGE,
			va = at[x](i),
			first = exact[x] ? va : (va & (size === SLOT ? -SLOT : -PAGE)) >>> 0;
		return first < to && first + size > from;
	};
}
/**
 * The same of the page va lies in.
 * @param {Trace} trace
 * @param {number} va
 */
export function touchesPage(trace, va) {
	const page = (va & -PAGE) >>> 0;
	return touches(trace, page, page + PAGE);
}

/**
 * The directory in whose address space event i, about address va, takes place; NONE: a store into
 * a table that no directory leads to.
 * @param {Trace} trace
 * @param {Machine} m the page tables after event i
 * @param {number} i
 * @param {number} va
 */
export function spaceOf(trace, m, i, va) {
	const { entry_pa: stored, cr3: asked } = trace.of(i);
	if (asked) return (asked(i) & -PAGE) >>> 0;
	if (!stored) return m.curPgd;
	const page = (stored(i) & -PAGE) >>> 0,
		leads = (/** @type {number} */ pgd) => {
			const pde = m.dirs.get(pgd)?.entry[va >>> 22] ?? 0;
			return m.isTable(pde) && (pde & -PAGE) >>> 0 === page;
		};
	if (m.dirs.has(page)) return page;
	return leads(m.curPgd) ? m.curPgd : ([...m.dirs.keys()].find(leads) ?? NONE);
}

/**
 * The events that touch va's page in the address space of directory pgd as it is at event i: of a
 * process's page those alone by which that directory leads to it, and what was done while it was in
 * use. Of a frame that was another directory before, or is one later, only this life counts.
 * @param {Trace} trace
 * @param {number} va
 * @param {number} pgd
 * @param {number} i
 */
export function spaceEvents(trace, va, pgd, i) {
	const { k, byId } = trace,
		{ op } = trace.kinds,
		test = touchesPage(trace, va),
		kernel = va >= trace.layout.page_offset,
		slot = va >>> 22,
		at = pgd + slot * 4,
		index = (va >>> 12) & 1023,
		stores = (
			/** @type {number} */ pa,
			/** @type {number} */ nr,
			/** @type {number} */ entry,
		) => entry >= pa && entry < pa + 4 * nr;
	if (kernel || pgd === NONE) return findEvents(trace, test);
	let out = [],
		table = -1, // the frame that the slot leads to
		cr3 = trace.layout.swapper_pg_dir;
	const before = new Map(); // frame -> stores into the entry while the slot does not lead there
	/**
	 * @param {number} j
	 * @param {number} pde
	 */
	const lead = (j, pde) => {
		table = pde & 1 && !(pde & 0x80) ? pde >>> 12 : -1;
		out.push(...(before.get(table) ?? []), j);
		before.delete(table);
	};
	/**
	 * @param {number} j
	 * @param {number} pa
	 * @param {number} nr
	 */
	const store = (j, pa, nr) => {
		const entry = (pa & 0xfffff000) + index * 4,
			frame = pa >>> 12;
		if (!stores(pa, nr, entry)) return;
		if (frame === table) out.push(j);
		else if (before.has(frame)) before.get(frame).push(j);
		else before.set(frame, [j]);
	};
	for (let j = 0; j < trace.n; j++) {
		const e = byId[k[j]];
		switch (op[k[j]]) {
			case OP.pgd_alloc:
			case OP.pgd_free:
				if (e.pgd(j) !== pgd) break;
				if (j > i) return Uint32Array.from(out.sort((x, y) => x - y));
				out = [];
				table = -1;
				break;
			case OP.pte_alloc:
				before.delete(e.table(j) >>> 12);
				break;
			case OP.switch_mm:
				cr3 = e.pgd(j);
				break;
			case OP.pde_set:
				if (e.entry_pa(j) === at) lead(j, e.pde(j));
				break;
			case OP.pde_clear:
				if (e.entry_pa(j) === at) lead(j, 0);
				break;
			case OP.pde_clear_range:
				if (stores(e.entry_pa(j), e.nr(j), at)) lead(j, 0);
				break;
			case OP.pte_range_set:
				if (!e.large(j)) store(j, e.entry_pa(j), e.nr(j));
				else if (stores(e.entry_pa(j), e.nr(j), at)) lead(j, 0);
				break;
			case OP.pte_set:
			case OP.pte_clear:
				store(j, e.entry_pa(j), 1);
				break;
			case OP.vmalloc_fault:
				break;
			case OP.mmu_probe:
				if (e.cr3(j) >>> 12 === pgd >>> 12 && test(j)) out.push(j);
				break;
			default:
				if (cr3 === pgd && test(j)) out.push(j);
		}
	}
	return Uint32Array.from(out.sort((x, y) => x - y));
}

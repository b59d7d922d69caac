// SPDX-License-Identifier: MIT
/*
 * effects.js - what each kind of event does to the machine.
 *
 * The rules are the kernel's emission order: a split unlinks the block if it is on
 * a list, lists the lower half and carries the upper half on; an allocation unlinks
 * what no split has carried; a merge unlinks both buddies and lists the whole.
 */
import { OP } from "./kinds.js";
import { FLIGHT, FREE, KERNEL, RESERVED, SLAB, TAIL, UNKNOWN, UNTOLD } from "./owners.js";
/** @import {Machine} from "./machine.js" */
/** @import {Effect, Fields, Zone} from "./types.js" */

/**
 * One frame given to the buddy lists with every merge it makes: what a boot range replays.
 * @param {Machine} m
 * @param {number} pfn
 * @param {Zone} z
 * @param {number} i
 */
function freeMerging(m, pfn, z, i) {
	let order = 0,
		head = pfn;
	m.since[pfn] = i;
	m.meta[pfn] = (FREE << 4) | TAIL;
	while (order < m.orders - 1) {
		const buddy = z.start + ((head - z.start) ^ (1 << order));
		if (buddy >= z.start + z.n || !m.unlink(buddy, order)) break;
		if (buddy < head) head = buddy;
		order++;
	}
	m.link(head, order, z.id);
	m.zoneFree[z.id]++;
}

/**
 * A range handed over at boot, frame by frame, upwards or down. Where a whole block of the largest
 * order lies in it, 512 merges end in one block at the head of one list: that is done at once, a
 * million frames in no time.
 * @param {Machine} m
 * @param {number} start
 * @param {number} n
 * @param {number} down
 * @param {number} i
 */
function freeRange(m, start, n, down, i) {
	if (start + n > m.frames) return;
	let left = n,
		pfn = down ? start + n - 1 : start;
	for (const p of [...m.tables.keys(), ...[...m.dirs.keys()].map((pgd) => pgd >>> 12)])
		if (p >= start && p < start + n && m.meta[p] >> 4 === UNKNOWN) m.noTables(p, 1);
	if (m.refs.size) for (let p = start; p < start + n; p++) m.refs.delete(p);
	while (left > 0) {
		const done = freeNext(m, m.zoneOf(pfn), pfn, left, down, i);
		pfn += down ? -done : done;
		left -= done;
	}
}
/**
 * Of the `left` frames from pfn on, up or down, the first, or a whole block; returns how many those
 * are. What an event has told of already is not the allocator's to take.
 * @param {Machine} m
 * @param {Zone | null} z
 * @param {number} pfn
 * @param {number} left
 * @param {number} down
 * @param {number} i
 */
function freeNext(m, z, pfn, left, down, i) {
	const whole = 1 << (m.orders - 1),
		first = down ? pfn - whole + 1 : pfn;
	if (!z || m.meta[pfn] >> 4 !== UNKNOWN) return 1;
	if (
		left < whole ||
		first < z.start ||
		first + whole > z.start + z.n ||
		(first - z.start) % whole ||
		!untold(m, first, whole)
	) {
		freeMerging(m, pfn, z, i);
		return 1;
	}
	m.meta.fill((FREE << 4) | TAIL, first, first + whole);
	m.since.fill(i, first, first + whole);
	m.link(first, m.orders - 1, z.id);
	m.zoneFree[z.id] += whole;
	return whole;
}
/**
 * @param {Machine} m
 * @param {number} first
 * @param {number} n
 */
function untold(m, first, n) {
	for (let p = first; p < first + n; p++) if (m.meta[p] >> 4 !== UNKNOWN) return false;
	return true;
}
/**
 * The frames of a block have their ordinary use counts.
 * @param {Machine} m
 * @param {number} pfn
 * @param {number} order
 */
function ordinary(m, pfn, order) {
	if (m.refs.size) for (let p = pfn; p < pfn + (1 << order); p++) m.refs.delete(p);
}

/* What each kind of event does to the machine: one function a kind. */

/**
 * @param {Machine} m
 * @param {number} i
 * @param {number} pfn
 * @param {number} order
 */
export function pageAlloc(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!z || !m.fits(z, pfn, order)) return;
	const { id } = z,
		taken = m.carried[id] === pfn && m.carriedOrder[id] === order;
	if (taken) m.carried[id] = -1;
	else m.putBack(id);
	if (taken || m.take(pfn, order, id)) m.zoneFree[id] -= 1 << order;
	m.claim(pfn, order, KERNEL, i);
	ordinary(m, pfn, order);
}
/**
 * What is free already stays where it is.
 * @param {Machine} m
 * @param {number} i
 * @param {number} pfn
 * @param {number} order
 */
export function pageFree(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!z || !m.fits(z, pfn, order)) return;
	const { id } = z;
	m.putBack(id);
	if (m.meta[pfn] >> 4 === FREE || m.meta[pfn] >> 4 === FLIGHT) return;
	if (order) {
		// a free of too large an order takes blocks with it that are free already
		for (let p = pfn; p < pfn + (1 << order); p++)
			if (m.listedAs(p, m.meta[p] & 15)) m.zoneFree[id] -= 1 << (m.meta[p] & 15);
		m.claim(pfn, order, FREE, i);
	} else m.since[pfn] = i;
	m.noTables(pfn, 1 << order);
	m.link(pfn, order, id);
	m.zoneFree[id] += 1 << order;
	ordinary(m, pfn, order);
}
/**
 * low: the lower half is carried on and the upper one listed. What is in use is not split.
 * @param {Machine} m
 * @param {number} i
 * @param {number} pfn
 * @param {number} order
 * @param {boolean} low
 */
export function split(m, i, pfn, order, low) {
	const z = m.zoneOf(pfn);
	if (!order || !z || !m.fits(z, pfn, order)) return;
	const { id } = z,
		half = pfn + (1 << (order - 1)),
		listed = low ? half : pfn,
		carried = low ? pfn : half;
	const before = m.carried[id];
	if (before >= 0) {
		if (m.meta[before] >> 4 === FLIGHT) m.meta[before] = (FREE << 4) | TAIL;
	} else {
		if (!m.take(pfn, order, id)) return;
		m.adopt(pfn, order);
	}
	m.carried[id] = carried;
	m.carriedOrder[id] = order - 1;
	m.link(listed, order - 1, id);
	if (m.meta[carried] === ((FREE << 4) | TAIL)) m.meta[carried] = (FLIGHT << 4) | (order - 1);
}
/**
 * Only two listed buddies merge; of one that is unknown the event tells that it is listed.
 * @param {Machine} m
 * @param {number} i
 * @param {number} pfn
 * @param {number} order
 */
export function merge(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!z || !m.fits(z, pfn, order + 1)) return;
	const { id } = z,
		upper = pfn + (1 << order);
	m.putBack(id);
	for (const half of [pfn, upper]) {
		if (m.listedAs(half, order)) continue;
		if (m.told || m.meta[half] >> 4 !== UNKNOWN) return;
		m.adopt(half, order);
		m.link(half, order, id);
	}
	m.unlink(pfn, order);
	m.unlink(upper, order);
	m.link(pfn, order + 1, id);
}
/**
 * Frames become `owner`'s outside of the allocator.
 * @param {Machine} m
 * @param {number} first
 * @param {number} n
 * @param {number} owner
 * @param {number} i
 */
function setFrames(m, first, n, owner, i) {
	const end = Math.min(m.frames, first + n);
	for (let p = first; p < end; p++) m.drop(p);
	m.meta.fill(owner << 4, first, end);
	m.since.fill(i, first, end);
}
/**
 * The kernel takes frames out of those that are kept, to give them back.
 * @param {Machine} m
 * @param {number} first
 * @param {number} n
 * @param {number} i
 */
function clearReserved(m, first, n, i) {
	const end = Math.min(m.frames, first + n);
	for (let p = first; p < end; p++) {
		const owner = m.meta[p] >> 4;
		if (owner === RESERVED || (owner === UNKNOWN && m.told)) setFrames(m, p, 1, KERNEL, i);
	}
}
/**
 * The range lies in one table, or in a directory.
 * @param {Machine} m
 * @param {Fields} e
 * @param {number} i
 */
function pteRange(m, e, i) {
	const entry = e.entry(i),
		pa = e.entry_pa(i),
		first = (pa >>> 2) & 1023,
		end = Math.min(1024, first + e.nr(i)),
		size = e.large(i) ? 0x400000 : 4096;
	if (e.large(i)) m.dir(pa, i);
	for (let x = first; x < end; x++)
		m.storeEntry(pa >>> 12, x, (entry + (x - first) * size) >>> 0, i);
}
/**
 * A directory is empty, or has the kernel's slots of another at this moment.
 * @param {Machine} m
 * @param {Fields} e
 * @param {number} i
 */
function pgdAlloc(m, e, i) {
	const pgd = e.pgd(i),
		source = e.copied_from(i);
	m.empty(pgd >>> 12, i);
	const d = m.dir(pgd, i);
	if (!source) return;
	const from = m.dir(source, i);
	for (let x = m.pageOffset >>> 22; x < 1024; x++)
		if (from.since[x] === UNTOLD) d.since[x] = UNTOLD;
		else if (from.entry[x]) m.storeEntry(pgd >>> 12, x, from.entry[x], i);
}
/**
 * @param {Machine} m
 * @param {number} pgd
 */
function pgdFree(m, pgd) {
	const page = (pgd & 0xfffff000) >>> 0;
	if (m.dirs.has(page) && page !== m.reference) m.noTables(pgd >>> 12, 1);
}
/**
 * @param {Machine} m
 * @param {Fields} e
 * @param {number} i
 */
function areaAlloc(m, e, i) {
	if (e.failed(i)) return;
	const area = {
		addr: e.addr(i),
		size: e.size(i),
		flags: e.flags(i),
		i,
		op: m.call.op,
		want: m.call.size,
		site: m.call.site || e.call_site(i),
	};
	m.ownAreas().splice(m.areaIndex(area.addr) + 1, 0, area);
}
/**
 * @param {Machine} m
 * @param {number} addr
 */
function areaFree(m, addr) {
	const at = m.areaIndex(addr);
	if (at >= 0 && m.areas[at].addr === addr) m.ownAreas().splice(at, 1);
}

const CR4_PSE = 0x10;
/**
 *  @type {Effect}
 * @param {Machine} m
 * @param {Fields} e
 * @param {number} i
 */
const tableStore = (m, e, i) =>
	m.storeEntry(e.entry_pa(i) >>> 12, (e.entry_pa(i) >>> 2) & 1023, e.entry(i), i);

/**
 * What changes frames only, beside the buddy allocator's own events.
 * @type {Record<string, Effect>}
 */
const OF_FRAMES = {
	free_boot_range: (m, e, i) => freeRange(m, e.start_pfn(i), e.nr_pages(i), e.descending(i), i),
	reserve_bootmem: (m, e, i) => setFrames(m, e.start_pfn(i), e.nr_pages(i), RESERVED, i),
	page_clear_reserved: (m, e, i) => clearReserved(m, e.pfn(i), e.nr_pages(i), i),
	slab_grow: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), SLAB),
	slab_destroy: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), KERNEL),
	page_ref_mod(m, e, i) {
		m.refs.set(e.pfn(i), e.count(i) | 0);
	},
	/** The kernel counts a zone: nothing is under way in it, and its free pages are known. */
	zone_state(m, e, i, { records }) {
		const rec = records.get(i),
			zone = rec?.zone;
		if (!rec || !(zone < m.zoneFree.length)) return;
		m.putBack(zone);
		if (!m.counted[zone]) m.zoneFree[zone] = rec.free_pages;
		m.counted[zone] = 1;
	},
};

/**
 * What changes page tables, directories and areas.
 * @type {Record<string, Effect>}
 */
const OF_TABLES = {
	pde_set(m, e, i) {
		m.setPde(e.entry_pa(i), e.pde(i), i);
	},
	pde_clear: (m, e, i) => m.setPde(e.entry_pa(i), 0, i),
	pde_clear_range(m, e, i) {
		const pa = e.entry_pa(i),
			first = (pa >>> 2) & 1023;
		m.dir(pa, i);
		for (let x = first; x < first + e.nr(i) && x < 1024; x++) m.storeEntry(pa >>> 12, x, 0, i);
	},
	pte_set: (m, e, i) => m.setPte(e.entry_pa(i), e.addr(i), e.pte(i), i),
	pte_clear: (m, e, i) => m.setPte(e.entry_pa(i), e.addr(i), 0, i),
	pte_range_set: pteRange,
	pte_alloc: (m, e, i) => m.empty(e.table(i) >>> 12, i),
	pgd_alloc: pgdAlloc,
	pgd_free: (m, e, i) => pgdFree(m, e.pgd(i)),
	switch_mm(m, e, i) {
		m.curPgd = (e.pgd(i) & 0xfffff000) >>> 0;
		m.dir(m.curPgd, i);
	},
	// 2.4.22 copies the slot before it looks whether there is anything to find
	vmalloc_fault: (m, e, i) =>
		m.setPde(((e.pgd(i) & 0xfffff000) | ((e.address(i) >>> 22) << 2)) >>> 0, e.pde(i), i),
	vmalloc_enter(m, e, i) {
		m.call = { op: e.op(i), size: e.size(i), site: e.call_site(i) };
	},
	vmalloc_exit(m) {
		m.call = { op: -1, size: 0, site: 0 };
	},
	alloc_vmap_area: areaAlloc,
	free_vmap_area: (m, e, i) => areaFree(m, e.va_start(i)),
	/** The kernel reads a directory: it is one. */
	pgd_state(m, e, i, { records }) {
		const pgd = records.get(i)?.pgd;
		if (pgd !== undefined) m.dir(pgd, i);
	},
	/* what the plugin tells of a guest that is watched */
	table_seen(m, e, i) {
		m.empty(e.table(i) >>> 12, i);
		if (e.level(i) === 2) m.dir(e.table(i), i);
	},
	table_run(m, e, i) {
		const first = (e.entry_pa(i) >>> 2) & 1023;
		for (let x = 0; x < e.nr(i) && first + x < 1024; x++)
			m.storeEntry(e.entry_pa(i) >>> 12, first + x, (e.entry(i) + x * e.step(i)) >>> 0, i);
	},
	table_store: tableStore,
	table_late: tableStore,
	table_unknown: (m, e, i) => m.unknown(e.table(i) >>> 12),
	cr3_load(m, e, i) {
		m.curPgd = (e.pgd(i) & 0xfffff000) >>> 0;
	},
	directory_end: (m, e, i) => m.noTables(e.pgd(i) >>> 12, 1),
	paging_mode(m, e, i) {
		m.pse = (e.cr4(i) & CR4_PSE) !== 0;
	},
	mem_access(m, e, i) {
		if (e.kind(i) === 1 && e.ok(i)) m.store(e.addr(i), e.value(i), i);
	},
};

/**
 * By operation, its effect; null: none.
 * @param {Record<string, Effect>} effects
 */
function byOperation(effects) {
	/** @type {(Effect | null)[]} */
	const list = new Array(64).fill(null);
	for (const [name, effect] of Object.entries(effects)) list[OP[name]] = effect;
	return list;
}
/** All but those of the allocator's own events, which replay.js calls by name. */
export const EFFECTS = byOperation({ ...OF_FRAMES, ...OF_TABLES });
export const TABLE_EFFECTS = byOperation(OF_TABLES);

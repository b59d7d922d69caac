// SPDX-License-Identifier: MIT
/*
 * statechecks.js - the kernel's own snapshots held against the replay.
 */
import { addr, hex } from "./format.js";
import { BASIS, Hash, PRIME } from "./hash.js";
import { FLIGHT, FREE, NONE, RESERVED, SLAB, TAIL, UNKNOWN } from "./owners.js";
/** @import {Judge} from "./hazards.js" */
/** @import {Machine} from "./machine.js" */
/** @import {Table} from "./pagetable.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Rec, Zone} from "./types.js" */

const NO_ZONE = 0xff;

/**
 * @param {string} what
 * @param {string | number} kernel
 * @param {string | number} replay
 */
const differ = (what, kernel, replay) =>
	`${what}: the kernel says ${kernel}, the replay ${replay}.`;

/**
 * What the kernel's hash of mem_map takes of a frame, by its meta byte: reserved, and the use count
 * of a block's head.
 */
const WORD = Uint16Array.from({ length: 256 }, (_, meta) => {
	const owner = meta >> 4;
	if (owner === RESERVED || owner === UNKNOWN) return 0x8000;
	return owner !== FREE && owner !== FLIGHT && (meta & 15) !== TAIL ? 1 : 0;
});

/** What the kernel's hash of the flags takes of a frame, by its meta byte, zone and slot apart. */
const FLAGS = Uint8Array.from({ length: 256 }, (_, meta) => {
	const owner = meta >> 4,
		order = meta & 15;
	if (owner === RESERVED || owner === UNKNOWN) return 0x10;
	if (owner === FREE) return order === TAIL ? 0 : 0x20 | order;
	if (owner === FLIGHT) return 0;
	return order === TAIL ? 0 : 0x40 | order;
});

/**
 * What is wrong with the free lists of zone z; null: nothing.
 * @param {Machine} m
 * @param {Rec} rec
 * @param {Trace} trace
 * @param {Zone} z
 */
function zoneLists(m, rec, trace, z) {
	const q = z.id * m.orders;
	for (let o = 0; o < m.orders; o++) {
		if (rec.nr_free?.[o] !== m.counts[q + o])
			return differ(
				`blocks on the order-${o} list of zone ${z.name}`,
				rec.nr_free?.[o],
				m.counts[q + o],
			);
	}
	const h = new Hash();
	for (let o = 0; o < m.orders; o++) {
		for (let p = m.heads[q + o]; p >= 0; p = m.next[p]) h.u32(p);
		h.u32(NONE);
	}
	if (rec.list_hash !== h.value && !trace.machine?.flags?.includes?.(`own lists`))
		return differ(
			`order of the free lists of zone ${z.name} (hash)`,
			addr(rec.list_hash),
			addr(h.value),
		);
	const bits = pairBitsHash(m, z);
	return rec.map_hash === bits
		? null
		: differ(`pair bits of zone ${z.name} (hash)`, addr(rec.map_hash), addr(bits));
}

/**
 * By kind of snapshot, what is wrong with it in words; null: nothing, undefined: it is of what no
 * event has told.
 * @type {Record<string, (m: Machine, rec: Rec, judge: Judge) => string | null | undefined>}
 */
export const CHECKS = {
	zone_state(m, rec, { trace, buddy }) {
		const z = buddy.zones[rec.zone];
		if (!z) return `zone ${rec.zone} was never set up.`;
		const pages = m.zoneFree[rec.zone],
			lists = zoneLists(m, rec, trace, z);
		if (!z.complete) z.complete = !lists;
		else if (lists) return lists;
		const counted = z.counted;
		z.counted = true;
		if (!counted || rec.free_pages === pages) return z.complete ? null : undefined;
		return differ(`free pages of zone ${z.name}`, rec.free_pages, pages);
	},
	vmlist_state(m, rec, { areas }) {
		const h = new Hash();
		for (const a of m.areas) {
			h.u32(a.addr);
			h.u32(a.size);
			h.u32(a.flags);
		}
		areas.known ||= rec.nr_areas === m.areas.length && rec.hash === h.value;
		if (!areas.known) return undefined;
		if (rec.nr_areas !== m.areas.length)
			return differ("areas on vmlist", rec.nr_areas, m.areas.length);
		return rec.hash === h.value ? null : differ("vmlist (hash)", addr(rec.hash), addr(h.value));
	},
	pgd_state(m, rec, { tables }) {
		const complete = tables.judged(m, rec.pgd >>> 12);
		tables.bootTold = true; // also by a kernel that removes no map of the boot's
		return complete
			? tableCheck(m.tableAt(rec.pgd), rec, `directory ${addr(rec.pgd)}`)
			: undefined;
	},
	pgtable_state(m, rec, { tables }) {
		const t = tables.frames.get(rec.table >>> 12);
		if (!t && !m.told) return undefined;
		if (!t || (t.home >= 0 && !tables.mapsAt(m, t, (rec.addr >>> 12) & 1023, rec.addr)))
			return `${addr(rec.addr)}: the kernel's table is ${addr(rec.table)}, the replay has none there.`;
		return tables.judged(m, t.pfn)
			? tableCheck(m.tableAt(rec.table), rec, `page table of ${addr(rec.addr)}`)
			: undefined;
	},
	slab_state: (m, rec, { slabs }) => slabs.state(rec),
	pkmap_state: (m, rec, { kmap }) => kmap.state(rec),
	page_flags_state(m, rec, { trace, kmap, slabs }) {
		if (!m.told) return undefined;
		if (!kmap.whole && trace.layout.pkmap_base) return undefined; // of a part: its slots are not known
		const shown = kmap.shown(),
			n = Math.min(rec.nr_pages, m.frames),
			h = new Hash();
		let free = 0,
			used = 0,
			slab = 0,
			length = 0,
			run = 0;
		for (let p = 0, z = 0; p < n; p++) {
			let flags = FLAGS[m.meta[p]];
			const owner = m.meta[p] >> 4,
				// of a part of a trace: what it began with
				isSlab = slabs.part[p] || (!slabs.whole && owner === SLAB);
			if (isSlab && owner > RESERVED && owner !== FLIGHT) flags |= 0x80;
			free += (flags >> 5) & 1;
			used += (flags >> 6) & 1;
			slab += (flags >> 7) & 1;
			while (z + 1 < trace.zones.length && p >= trace.zones[z + 1].start) z++;
			const zone = trace.zones[z],
				id = zone && p >= zone.start && p < zone.start + zone.n ? zone.id : NO_ZONE,
				word = (id << 24) | ((shown.get(p) ?? 0) << 8) | flags;
			if (length && word === run) length++;
			else {
				if (length) {
					h.u32(run);
					h.u32(length);
				}
				run = word;
				length = 1;
			}
		}
		if (length) {
			h.u32(run);
			h.u32(length);
		}
		const told = `${rec.nr_free} free blocks, ${rec.nr_used} in use, ${rec.nr_slab} slab frames`,
			ours = `${free} free blocks, ${used} in use, ${slab} slab frames`;
		if (told !== ours) return differ("flags in mem_map", told, ours);
		return rec.hash === h.value
			? null
			: differ("flags in mem_map (hash)", addr(rec.hash), addr(h.value));
	},
	mem_map_state(m, rec) {
		if (!m.told) return undefined;
		const { meta, refs } = m,
			n = Math.min(rec.nr_pages, m.frames),
			special = refs.size > 0;
		let reserved = 0,
			used = 0,
			unclaimed = -1,
			h = BASIS; // a million frames: no object on the way
		for (let p = 0; p < n; p++) {
			if (meta[p] >> 4 === UNKNOWN) unclaimed = p;
			let word = WORD[meta[p]],
				ref = word & 0x7fff;
			if (special && refs.has(p)) {
				ref = refs.get(p) ?? 0;
				word = (word & 0x8000) | (ref & 0x7fff);
			}
			if (word & 0x8000) reserved++;
			else if (ref !== 0) used++;
			h = Math.imul(Math.imul(h ^ (word & 255), PRIME) ^ (word >> 8), PRIME);
		}
		if (unclaimed >= 0)
			return `frame ${hex(unclaimed)} is kept from the allocator, but no event says for whom.`;
		if (reserved !== rec.nr_reserved)
			return differ("reserved frames", rec.nr_reserved, reserved);
		if (used !== rec.nr_used) return differ("frames in use", rec.nr_used, used);
		return rec.hash === h >>> 0
			? null
			: differ("mem_map (hash)", addr(rec.hash), addr(h >>> 0));
	},
};

/**
 * @param {Table | undefined} table
 * @param {Rec} rec
 * @param {string} what
 */
function tableCheck(table, rec, what) {
	const entry = table?.entry;
	let present = 0;
	const h = new Hash();
	for (let x = 0; x < 1024; x++) {
		const e = entry ? entry[x] : 0;
		present += e & 1;
		h.u32((e & ~0x60) >>> 0);
	}
	if (present !== rec.nr_present)
		return differ(`present entries of ${what}`, rec.nr_present, present);
	return rec.hash === h.value ? null : differ(`${what} (hash)`, addr(rec.hash), addr(h.value));
}

/**
 * The pair bits follow from the lists: 1 where exactly one buddy of a pair is listed.
 * @param {Machine} m
 * @param {Zone} z
 * @param {number} order
 */
export function pairBits(m, z, order) {
	const pairs = Math.ceil(z.n / (2 << order)),
		bytes = new Uint8Array((pairs + 7) >> 3);
	for (let p = m.heads[z.id * m.orders + order]; p >= 0; p = m.next[p]) {
		const pair = (p - z.start) >> (order + 1);
		bytes[pair >> 3] ^= 1 << (pair & 7);
	}
	return bytes;
}
/**
 * @param {Machine} m
 * @param {Zone} z
 */
function pairBitsHash(m, z) {
	const h = new Hash();
	for (let o = 0; o < m.orders - 1; o++) for (const b of pairBits(m, z, o)) h.byte(b);
	return h.value;
}

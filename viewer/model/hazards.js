// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * hazards.js - what breaks a rule while the trace is replayed for the first time,
 * and the kernel's own snapshots held against the replay.
 *
 * Severity: "error" a rule of the allocator or of paging is broken, or the replay and
 * the kernel disagree; "notice" the run reports something itself (oops, a failed
 * expectation, a request that got nothing).
 */
import { FREE, FLIGHT, RESERVED, VMALLOC, TAIL, NONE } from "./machine.js";
import { hex, addr } from "./format.js";

const MAX = 5000;

const BASIS = 0x811c9dc5,
	PRIME = 0x01000193;

/** FNV-1a-32 over the bytes of u32 values. */
export class Hash {
	constructor() {
		this.h = BASIS;
	}
	byte(b) {
		this.h = Math.imul(this.h ^ b, PRIME);
	}
	u32(v) {
		this.byte(v & 255);
		this.byte((v >>> 8) & 255);
		this.byte((v >>> 16) & 255);
		this.byte(v >>> 24);
	}
	get value() {
		return this.h >>> 0;
	}
}

export class Hazards {
	constructor(trace) {
		this.trace = trace;
		this.list = [];
		this.checks = []; // {i, ok}
		this.probes = { agree: 0, differ: 0 };
		this.asked = []; // events in which the MMU answered, until they are given out by heard()
		this.answers = new Map(); // linear page -> the events in which the MMU was asked about it
		// frame -> the event that unmapped it last, and the TLB was not flushed since: from event
		// `fresh` on
		this.stale = new Map();
		this.fresh = this.unmapped = 0;
		this.dropped = 0;
		this.agreed = new Map(); // what a snapshot was of -> event at which it agreed last
		this.unverified = []; // [from, to): events were lost, and no snapshot has agreed since
		this.owed = null; // zones whose snapshot has to agree before the replay is believed again
	}
	/**
	 * Events are missing before event i: the replay is not the kernel's state until its snapshots
	 * agree again.
	 */
	lost(i) {
		if (!this.owed) this.unverified = [...this.unverified, [i, Infinity]];
		this.owed = new Set(this.trace.zones.map((z) => z.id));
		this.fresh = i;
	}
	/** The rules judge the kernel; where events are missing they would judge the gap. */
	add(i, severity, rule, text, pfn = -1) {
		if (this.owed && severity === "error") severity = "unverified";
		if (this.list.length >= MAX) {
			this.dropped++;
			return;
		}
		this.list.push(pfn < 0 ? { i, severity, rule, text } : { i, severity, rule, text, pfn });
	}
	alloc(m, i, pfn, order) {
		const owner = m.meta[pfn] >> 4;
		if (owner !== FREE && owner !== FLIGHT) {
			this.add(
				i,
				"error",
				"handed out twice",
				`Frame ${hex(pfn)} is handed out but was not free.`,
				pfn,
			);
		} else if (owner === FREE && (m.meta[pfn] & 15) !== order) {
			this.add(
				i,
				"error",
				"not on its list",
				`Frame ${hex(pfn)} is handed out as order ${order} but is not on that list.`,
				pfn,
			);
		}
		if (this.unmapped < this.fresh || !this.stale.size) return;
		for (let p = pfn; p < pfn + (1 << order) && p < m.frames; p++) {
			const at = this.stale.get(p) ?? -1;
			if (at < this.fresh) continue;
			this.add(
				i,
				"error",
				"stale TLB",
				`Frame ${hex(p)} is handed out again before the TLB was flushed: since #${at} an old translation may still reach it.`,
			);
			this.stale.delete(p);
		}
	}
	/** The entry that led to frame pfn is gone from memory; the TLB may still hold it. */
	left(pfn, i) {
		if (this.unmapped < this.fresh) this.stale.clear();
		this.stale.set(pfn, i);
		this.unmapped = i;
	}
	free(m, i, pfn, order) {
		const was = m.meta[pfn],
			owner = was >> 4;
		if (owner === FREE)
			this.add(
				i,
				"error",
				"double free",
				`Frame ${hex(pfn)} is given back but is free already.`,
				pfn,
			);
		else if (owner === RESERVED && order)
			this.add(
				i,
				"error",
				"reserved",
				`Frame ${hex(pfn)} is given back but is reserved.`,
				pfn,
			);
		else if (
			owner > RESERVED &&
			owner !== FLIGHT &&
			(was & 15) !== order &&
			(was & 15) !== TAIL
		) {
			this.add(
				i,
				"error",
				"wrong order",
				`The block at ${hex(pfn)} was handed out as order ${was & 15} and comes back as order ${order}.`,
				pfn,
			);
		} else if (owner === VMALLOC) {
			this.add(
				i,
				"error",
				"freed while mapped",
				`Frame ${hex(pfn)} is given back while a page of the vmalloc range still leads to it.`,
				pfn,
			);
		}
	}
	split(m, i, pfn, order) {
		const was = m.meta[pfn];
		if (was !== ((FREE << 4) | order) && was !== ((FLIGHT << 4) | order)) {
			this.add(
				i,
				"error",
				"split of what is not free",
				`The block at ${hex(pfn)} is split at order ${order} but is not a free block of that order.`,
				pfn,
			);
		}
	}
	badMerge(m, i, pfn, order) {
		this.add(
			i,
			"error",
			"bad merge",
			`Frames ${hex(pfn)} and ${hex(pfn + (1 << order))} merge at order ${order}, but not both are free blocks of that order.`,
			pfn,
		);
	}
	pde(m, i, at, old, pgd) {
		const was = m.dirs.get(pgd)?.entry[at >>> 22];
		if (was !== undefined && (was ^ old) & ~0x60) {
			this.add(
				i,
				"error",
				"entry changed unseen",
				`Directory slot ${at >>> 22} held ${addr(old)}; the replay knows ${addr(was)}.`,
			);
		}
	}
	/**
	 * What the kernel found in an entry has to be what the replay has there; accessed and dirty are
	 * the MMU's own.
	 */
	found(m, i, at, old) {
		const was = m.tables.get(m.tableKey(at))?.entry[(at >>> 12) & 1023];
		if (was !== undefined && (was ^ old) & ~0x60)
			this.add(
				i,
				"error",
				"entry changed unseen",
				`The entry of page ${addr(at)} held ${addr(old)}; the replay knows ${addr(was)}.`,
				was & 1 ? was >>> 12 : old >>> 12,
			);
	}
	pte(m, i, at, old, pte) {
		const pfn = pte >>> 12;
		this.found(m, i, at, old);
		if (!(pte & 1)) return;
		if (pfn < m.frames && m.meta[pfn] >> 4 === FREE)
			this.add(
				i,
				"error",
				"maps a free frame",
				`Page ${addr(at)} leads to frame ${hex(pfn)}, which is free.`,
				pfn,
			);
		if (at >= m.vmStart && at < m.vmEnd) {
			const area = m.areaAt(at);
			if (area && at >= area.addr + area.size - 4096)
				this.add(
					i,
					"error",
					"guard page mapped",
					`Page ${addr(at)} is the guard page of the area at ${addr(area.addr)}.`,
				);
		}
	}
	clear(m, i, at, old) {
		this.found(m, i, at, old);
		if (old & 1) this.left(old >>> 12, i);
	}
	/**
	 * The scenario wrote over an entry: no rule of the kernel's, but the TLB may still hold what
	 * stood there.
	 */
	poked(m, i, { addr: at, old, value, pde }) {
		this.add(
			i,
			"notice",
			"table overwritten",
			`${pde ? `The directory entry of ${addr(at)}` : at < 0 ? "An entry of a page table that no directory leads to" : `The entry of page ${addr(at)}`} is overwritten in memory: ${addr(value)}, was ${addr(old)}. Until the TLB is flushed the old translation may still be used.`,
		);
		if (!pde && old & 1) this.left(old >>> 12, i);
	}
	flush(m, i, reason, pages) {
		if (pages === undefined || pages === NONE) this.fresh = i;
	}
	area(m, i, area) {
		const before = m.areas[m.areaIndex(area.addr)],
			after = m.areas[m.areaIndex(area.addr) + 1];
		if (
			(before && before.addr + before.size > area.addr) ||
			(after && area.addr + area.size > after.addr)
		) {
			this.add(
				i,
				"error",
				"areas overlap",
				`The area at ${addr(area.addr)} overlaps another.`,
			);
		}
	}
	probe(m, i, at, phys, ok, cr3) {
		this.asked.push(i);
		const w = m.walk(at, m.dirs.has(cr3) ? cr3 : m.curPgd);
		if (w.ok === !!ok && (!ok || w.pa === phys)) this.probes.agree++;
		else {
			this.probes.differ++;
			this.add(
				i,
				"error",
				"MMU disagrees",
				`The MMU takes ${addr(at)} to ${ok ? addr(phys) : "a fault"}, the replay to ${w.ok ? addr(w.pa) : "a fault"}.`,
			);
		}
	}
	/** The events in which the MMU answered since the last call, for noted(). */
	heard() {
		const events = Int32Array.from(this.asked);
		this.asked.length = 0;
		return events;
	}
	noted(events) {
		for (const i of events) {
			const page = this.trace.col.mmu_probe.addr(i) >>> 12,
				list = this.answers.get(page);
			if (list) list.push(i);
			else this.answers.set(page, [i]);
		}
	}
	audit(m, i) {
		const f = Object.fromEntries(this.trace.fields(i).map((x) => [x.name, x.value]));
		const w = m.walk(f.addr, m.refPgd),
			now = f.level === 2 ? w.pde : w.pte;
		if ((now ^ f.now) & ~0x60)
			this.add(
				i,
				"error",
				"entry changed unseen",
				`The entry for ${addr(f.addr)} is ${addr(f.now)} in memory; the events say ${addr(now)}.`,
			);
	}
	obj(m, i) {
		const rec = this.trace.records.get(i),
			name = this.trace.kindName(i);
		if (!rec) return;
		if (name === "oops")
			this.add(
				i,
				"notice",
				"oops",
				`${rec.msg || `A kernel access to ${addr(rec.address)}`}.`,
			);
		else if (name === "panic") this.add(i, "error", "panic", `Panic: ${rec.msg}.`);
		else if (name === "mm_report") this.add(i, "notice", "kernel report", String(rec.msg));
		else if (name === "expect" && !rec.ok)
			this.add(
				i,
				"error",
				"expectation failed",
				`${rec.text}: it was ${rec.got} (line ${rec.line}).`,
			);
	}
	check(m, i) {
		const rec = this.trace.records.get(i),
			verify = rec && CHECKS[this.trace.kindName(i)];
		if (!verify) return;
		const wrong = verify(m, rec, this.trace);
		this.checks.push({ i, ok: !wrong, unverified: !!this.owed });
		const what = [this.trace.k[i - this.trace.base], rec.zone, rec.pgd, rec.table].join();
		if (wrong) {
			const since = this.agreed.get(what) ?? -1,
				blame = this.list.find((x) => x.i > since && x.i < i && x.pfn !== undefined);
			const where = since < 0 ? "It has not agreed before" : `It agreed at #${since}`;
			this.add(
				i,
				"error",
				"kernel and replay differ",
				`${wrong} ${where}; ${blame ? `the first event since that contradicts the replay is #${blame.i}, about frame ${hex(blame.pfn)}: ${blame.text}` : `no event since contradicts the replay, so the one at fault is among #${since + 1} to #${i - 1}`}`,
				blame?.pfn,
			);
		} else this.agreed.set(what, i);
		if (wrong) return;
		if (this.owed && rec.zone !== undefined && this.owed.delete(rec.zone) && !this.owed.size) {
			this.owed = null;
			this.unverified = [...this.unverified.slice(0, -1), [this.unverified.at(-1)[0], i]];
		}
	}
	/** Merges in what the exporter's own check found. */
	finish() {
		for (const v of this.trace.violations)
			this.add(v.i, "error", v.rule || "violation", v.text);
		this.list.sort((x, y) => x.i - y.i);
	}
}

const differ = (what, kernel, replay) =>
	`${what}: the kernel says ${kernel}, the replay ${replay}.`;

/**
 * What the kernel's hash of mem_map takes of a frame, by its meta byte: reserved, and the use count
 * of a block's head.
 */
const WORD = Uint16Array.from({ length: 256 }, (_, meta) => {
	const owner = meta >> 4;
	return owner === RESERVED || owner === 0
		? 0x8000
		: owner !== FREE && (meta & 15) !== TAIL
			? 1
			: 0;
});

export const CHECKS = {
	zone_state(m, rec, trace) {
		const z = trace.zone(rec.zone),
			q = rec.zone * m.orders;
		if (!z) return null;
		if (rec.free_pages !== m.zoneFree[rec.zone])
			return differ(`free pages of zone ${z.name}`, rec.free_pages, m.zoneFree[rec.zone]);
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
	},
	vmlist_state(m, rec) {
		if (rec.nr_areas !== m.areas.length)
			return differ("areas on vmlist", rec.nr_areas, m.areas.length);
		const h = new Hash();
		for (const a of m.areas) {
			h.u32(a.addr);
			h.u32(a.size);
			h.u32(a.flags);
		}
		return rec.hash === h.value ? null : differ("vmlist (hash)", addr(rec.hash), addr(h.value));
	},
	pgd_state: (m, rec) => tableCheck(m.dirs.get(rec.pgd), rec, `directory ${addr(rec.pgd)}`),
	pgtable_state: (m, rec) =>
		tableCheck(m.tables.get(rec.table >>> 12), rec, `page table of ${addr(rec.addr)}`),
	mem_map_state(m, rec) {
		const { meta, refs } = m,
			n = Math.min(rec.nr_pages, m.frames),
			special = refs.size > 0;
		let reserved = 0,
			used = 0,
			h = BASIS; // a million frames: no object on the way
		for (let p = 0; p < n; p++) {
			let word = WORD[meta[p]],
				ref = word & 0x7fff;
			if (special && refs.has(p)) {
				ref = refs.get(p);
				word = (word & 0x8000) | (ref & 0x7fff);
			}
			if (word & 0x8000) reserved++;
			else if (ref > 0) used++;
			h = Math.imul(Math.imul(h ^ (word & 255), PRIME) ^ (word >> 8), PRIME);
		}
		if (reserved !== rec.nr_reserved)
			return differ("reserved frames", rec.nr_reserved, reserved);
		if (used !== rec.nr_used) return differ("frames in use", rec.nr_used, used);
		return rec.hash === h >>> 0
			? null
			: differ("mem_map (hash)", addr(rec.hash), addr(h >>> 0));
	},
};

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

/** The pair bits follow from the lists: 1 where exactly one buddy of a pair is listed. */
export function pairBits(m, z, order) {
	const pairs = Math.ceil(z.n / (2 << order)),
		bytes = new Uint8Array((pairs + 7) >> 3);
	for (let p = m.heads[z.id * m.orders + order]; p >= 0; p = m.next[p]) {
		const pair = (p - z.start) >> (order + 1);
		bytes[pair >> 3] ^= 1 << (pair & 7);
	}
	return bytes;
}
function pairBitsHash(m, z) {
	const h = new Hash();
	for (let o = 0; o < m.orders - 1; o++) for (const b of pairBits(m, z, o)) h.byte(b);
	return h.value;
}

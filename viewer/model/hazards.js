// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * hazards.js - what breaks a rule while the trace is replayed for the first time,
 * and the kernel's own snapshots held against the replay.
 *
 * The rules are those of `pagescope check`, under its names (rules.js), with its severities:
 * "violation", "hazard" and "note".  After a loss both go on by the same rule: what the lost
 * events told is unknown until an event or a snapshot tells it, and nothing is said of it.
 */
import { FREE, FLIGHT, RESERVED, SLAB, UNKNOWN, TAIL, NONE, isWhole } from "./machine.js";
import { SEVERITY } from "./rules.js";
import { Hash, BASIS, PRIME } from "./hash.js";
import { BuddyRules } from "./buddyrules.js";
import { TableRules, StaleTlb } from "./tablerules.js";
import { AreaRules } from "./arearules.js";
import { SlabRules, KmapRules } from "./slabrules.js";
import { hex, addr } from "./format.js";

const MAX = 5000,
	NO_ZONE = 0xff;

export class Hazards {
	constructor(trace) {
		this.trace = trace;
		this.list = [];
		this.checks = []; // {i, ok, untold: is it of what no event has told?}
		this.probes = { agree: 0, differ: 0 };
		this.answers = new Map(); // linear page -> the events in which the MMU was asked about it
		this.dropped = 0;
		this.agreed = new Map(); // what a snapshot was of -> event at which it agreed last
		this.unverified = []; // [from, to): events were lost, and not all lists are known since
	}
	add(i, rule, text, pfn = -1) {
		const severity = SEVERITY[rule] ?? "violation";
		if (this.list.length >= MAX) {
			this.dropped++;
			return;
		}
		this.list.push(pfn < 0 ? { i, severity, rule, text } : { i, severity, rule, text, pfn });
	}
	noted(events) {
		for (const i of events) {
			const page = this.trace.col.mmu_probe.addr(i) >>> 12,
				list = this.answers.get(page);
			if (list) list.push(i);
			else this.answers.set(page, [i]);
		}
	}
	/** Merges in what the exporter's own check found and this replay did not. */
	finish() {
		const told = new Set(this.list.map((x) => `${x.i} ${x.rule}`));
		for (const v of this.trace.violations)
			if (!told.has(`${v.i} ${v.rule}`)) this.add(v.i, v.rule || "violation", v.text);
		this.list.sort((x, y) => x.i - y.i);
	}
}

/** The Hazards of a first replay: what judges each event of it. */
export class Judge extends Hazards {
	constructor(trace) {
		super(trace);
		const say = (...finding) => this.add(...finding);
		this.stale = new StaleTlb(trace, say);
		this.areas = new AreaRules(trace, say);
		this.tables = new TableRules(trace, say, this.stale, this.areas);
		this.buddy = new BuddyRules(trace, say, this.stale);
		this.slabs = new SlabRules(trace, say);
		this.kmap = new KmapRules(trace, say);
		this.probes = this.tables.probes;
		this.ended = false; // did the run say that it is complete?
		this.last = -1;
		this.judges = trace.kinds.byId.map((kind) => (kind && this.judgeOf(kind)) || null);
		this.judgesAfter = trace.kinds.byId.map((kind) =>
			kind?.cls === "check" ? (m, i) => this.check(m, i) : null,
		);
		this.kernel = trace.kinds.byId.map((kind) => !!kind && !OTHER_GROUPS.has(kind.group));
	}
	/** The state before the first event: not that of a machine that has just started? */
	start(m) {
		const whole = isWhole(this.trace);
		this.tables.start(m);
		this.buddy.start(m);
		this.slabs.whole = this.kmap.whole = whole;
		this.areas.midway = !whole;
	}
	/** What judges an event of that kind, given machine, fields and event; none: nothing does. */
	judgeOf(kind) {
		const { buddy, tables, areas, slabs, kmap } = this;
		if (kind.name === "zone_state")
			return (m, e, i) => buddy.snapshot(m, i, this.trace.records.get(i)?.zone);
		if (kind.name === "pgd_state")
			return (m, e, i) => tables.named(m, i, this.trace.records.get(i)?.pgd);
		if (kind.cls === "obj") return (m, e, i) => this.obj(kind.name, i);
		return {
			mm_page_alloc: (m, e, i) => buddy.alloc(m, e, i, tables),
			mm_page_free: (m, e, i) => buddy.free(m, e, i, tables, slabs),
			buddy_split: (m, e, i) => buddy.split(m, e, i),
			buddy_split_low: (m, e, i) => buddy.split(m, e, i),
			buddy_merge: (m, e, i) => buddy.merge(m, e, i),
			free_boot_range: (m, e, i) => buddy.range(m, e, i, tables),
			zone_skip: (m, e, i) => buddy.skip(m, e, i),
			alloc_vmap_area: (m, e, i) => areas.add(m, e, i),
			free_vmap_area: (m, e, i) => areas.remove(m, e, i),
			vmalloc_enter: (m, e, i) => areas.vmallocEnter(m, e, i),
			vmalloc_exit: (m, e, i) => areas.vmallocExit(m, e, i),
			vfree_enter: () => areas.vfreeEnter(),
			vfree_exit: (m, e, i) => areas.vfreeExit(m, e, i),
			pde_set: (m, e, i) => tables.pdeSet(m, e, i),
			pde_clear: (m, e, i) => tables.pdeClear(m, e, i),
			pde_clear_range: (m, e, i) => tables.pdeClearRange(m, e, i),
			pte_set: (m, e, i) => tables.pteSet(m, e, i),
			pte_clear: (m, e, i) => tables.pteClear(m, e, i),
			pte_range_set: (m, e, i) => tables.rangeSet(m, e, i),
			pgd_alloc: (m, e, i) => tables.pgdAlloc(m, e, i),
			pgd_free: (m, e, i) => tables.pgdFree(m, e, i),
			switch_mm: (m, e, i) => tables.switchMm(m, e, i),
			table_store: (m, e, i) => tables.tableStore(m, e, i),
			table_late: (m, e, i) => tables.tableStore(m, e, i),
			cr3_load: () => tables.stale.loadCr3(),
			vmalloc_fault: (m, e, i) => tables.vmallocFault(m, e, i),
			mem_access: (m, e, i) => tables.poked(m, e, i),
			tlb_flush: (m, e, i) => tables.flush(m, e, i),
			mmu_probe: (m, e, i) => tables.probe(m, e, i),
			mmu_audit: (m, e, i) => tables.audit(m, e, i),
			kmalloc: (m, e, i) => slabs.alloc(i, e.ptr(i), -1),
			kmem_cache_alloc: (m, e, i) => slabs.alloc(i, e.ptr(i), e.cache(i)),
			kfree: (m, e, i) => slabs.free(i, e.ptr(i)),
			kmem_cache_free: (m, e, i) => slabs.free(i, e.ptr(i)),
			kmem_cache_destroy: (m, e, i) => slabs.destroy(e, i),
			slab_grow: (m, e, i) => slabs.grow(m, e, i),
			slab_destroy: (m, e, i) => slabs.shrink(e, i),
			kmap: (m, e, i) => kmap.kmap(e, i),
			kunmap: (m, e, i) => kmap.kunmap(e, i),
			flush_all_zero_pkmaps: (m, e, i) => kmap.flush(e, i),
		}[kind.name];
	}
	/** Event i, of kind `id` and with fields e, is about to be applied. */
	before(m, id, e, i) {
		if (this.tables.audits.length && this.kernel[id]) this.tables.auditsDue(m);
		const judge = this.judges[id];
		if (judge) judge(m, e, i);
	}
	after(m, id, e, i) {
		const judge = this.judgesAfter[id];
		if (judge) judge(m, i);
		if (this.tables.audits.length && this.kernel[id]) this.tables.auditsDue(m);
	}
	/** Events are missing before event i; machine m knows that already. */
	lost(m, i) {
		this.add(
			i,
			"lost-events",
			"Events are missing before this one: what they told is unknown.",
		);
		if (!(this.unverified.at(-1)?.[1] === Infinity))
			this.unverified = [...this.unverified, [i, Infinity]];
		for (const rules of [this.buddy, this.tables, this.areas, this.slabs, this.kmap])
			rules.lost(m);
		this.stale.all();
		this.agreed.clear();
	}
	/** The events in which the MMU answered since the last call, for noted(). */
	heard() {
		const events = Int32Array.from(this.tables.asked);
		this.tables.asked.length = 0;
		return events;
	}
	/** The trace is at its end, with event i. */
	end(m) {
		this.tables.finish(m, this.ended);
		if (this.ended) this.areas.finish(m.i);
	}
	obj(name, i) {
		const rec = this.trace.records.get(i);
		if (!rec) return;
		switch (name) {
			case "oops":
				this.add(i, "oops", `${rec.msg || `A kernel access to ${addr(rec.address)}`}.`);
				break;
			case "panic":
				this.add(i, "panic", `Panic: ${rec.msg}.`);
				break;
			case "mm_report":
				this.add(i, "kernel-report", String(rec.msg));
				break;
			case "expect":
				if (!rec.ok)
					this.add(
						i,
						"expectation",
						`${rec.text}: it was ${rec.got} (line ${rec.line}).`,
					);
				break;
			case "trace_end":
				this.ended = rec.reason === 0;
				if (rec.verdict)
					this.add(
						i,
						"run-failed",
						`${rec.failed} expectations or steps failed: ${rec.msg}.`,
					);
				break;
			case "kmem_cache_create":
				this.slabs.create(rec);
				break;
		}
	}
	check(m, i) {
		const rec = this.trace.records.get(i),
			name = this.trace.kindName(i),
			verify = rec && CHECKS[name];
		if (!verify) return;
		const wrong = verify(m, rec, this);
		this.checks.push({ i, ok: !wrong, untold: wrong === undefined });
		const what = [name, rec.zone, rec.pgd, rec.table, rec.cache].join();
		if (wrong) {
			const since = this.agreed.get(what) ?? -1,
				blame = this.list.find((x) => x.i > since && x.i < i && x.pfn !== undefined);
			const where = since < 0 ? "It has not agreed before" : `It agreed at #${since}`;
			this.add(
				i,
				name.replace(/_/g, "-"),
				`${wrong} ${where}; ${blame ? `the first event since that contradicts the replay is #${blame.i}, about frame ${hex(blame.pfn)}: ${blame.text}` : `no event since contradicts the replay, so the one at fault is among #${since + 1} to #${i - 1}`}`,
				blame?.pfn,
			);
		} else if (wrong === null) this.agreed.set(what, i);
		const open = this.unverified.at(-1);
		if (open?.[1] === Infinity && this.buddy.whole)
			this.unverified = [...this.unverified.slice(0, -1), [open[0], i]];
	}
}

/** Groups whose events the kernel does not make, or that say nothing of its memory. */
const OTHER_GROUPS = new Set(["run", "hw"]);

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

/** What is wrong with the free lists of zone z; null: nothing. */
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
				ref = refs.get(p);
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

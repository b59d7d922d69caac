// SPDX-License-Identifier: MIT
/*
 * tablemaps.js - where the directories put each table, and how often each frame is mapped.
 *
 * A frame that is freed while one entry maps it, or while a directory that is not in use refers
 * to it as a table, may lose that entry before it is handed out again: then it is a hazard of
 * the order, and else a violation.
 */
import { addr, hex } from "./format.js";
import { UNTOLD } from "./owners.js";
import { PRESENT } from "./pagetable.js";
/** @import {Machine} from "./machine.js" */
/** @import {Table} from "./pagetable.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Say} from "./types.js" */

export const PAGE = 4096;

/** A frame of entries: where the directories put it. What it holds, the machine knows. */
export class Frame {
	/** @param {number} pfn */
	constructor(pfn) {
		this.pfn = pfn;
		this.pgd = false;
		this.home = -1; // linear address of its first entry through one slot that leads to it
		/** @type {Map<number, number> | null} addresses told for entries while no slot leads to it */
		this.meant = null;
	}
}
/** The kernel's own windows on all memory do not keep a frame from being freed. */
const WINDOWS = new Set(["linear map", "kmap", "fixmap", "page tables"]);
/**
 * The number of the entry at physical address pa in its table.
 * @param {number} pa
 */
export const indexOf = (pa) => (pa >>> 2) & 1023;
/** @param {number} slot */
export const slotsFirst = (slot) => slot * 0x400000;

/** Hears, as the machine's observer, of each store into an entry and of each table. */
export class TableMaps {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 */
	constructor(trace, say) {
		const { machine } = trace;
		this.say = say;
		/** @type {{start: number, end: number, kind: string}[]} */
		this.regions = machine.regions ?? [];
		this.recursive = machine.recursive_slot ?? -1;
		/** @type {Map<number, Frame>} */
		this.frames = new Map();
		this.maps = new Uint16Array(trace.frames); // entries of the vmalloc range that map it
		this.users = new Uint16Array(trace.frames); // entries of other addresses that are counted
		this.slots = new Uint16Array(trace.frames); // directory slots that lead to it as a table
		/** @type {Map<number, number>} frames freed while one entry maps them -> the event */
		this.freedAt = new Map();
		/** @type {Map<number, number>} and while slots of directories not in use refer to them */
		this.freedTables = new Map();
		this.early = { n: 0, i: -1, pfn: 0 }; // of both, the ones to which nothing leads any more
		this.losses = false; // were events lost?
	}
	/**
	 * The state before the first event.
	 * @param {Machine} m
	 */
	start(m) {
		m.observer = this;
		for (const pgd of m.dirs.keys()) this.directory(m, -1, pgd >>> 12);
	}
	/**
	 * Events are missing: what they told of entries is unknown.
	 * @param {Machine} m
	 */
	lost(m) {
		this.losses = true;
		this.frames.clear();
		this.maps.fill(0);
		this.users.fill(0);
		this.slots.fill(0);
		this.freedAt.clear();
		this.freedTables.clear();
		for (const pgd of m.dirs.keys()) this.directory(m, -1, pgd >>> 12);
	}
	/** @param {number} pfn */
	frame(pfn) {
		let t = this.frames.get(pfn);
		if (!t) this.frames.set(pfn, (t = new Frame(pfn)));
		return t;
	}
	/**
	 * The entry as it is; 0 where it is unknown.
	 * @param {Machine} m
	 * @param {Frame} t
	 * @param {number} x
	 */
	entry(m, t, x) {
		return m.tableAt(t.pfn * PAGE)?.entry[x] ?? 0;
	}
	/**
	 * @param {Machine} m
	 * @param {Frame} t
	 * @param {number} x
	 */
	known(m, t, x) {
		const table = m.tableAt(t.pfn * PAGE);
		return !!table && table.since[x] !== UNTOLD;
	}

	/* ---- how often a frame is mapped ---- */

	/**
	 * @param {Machine} m
	 * @param {number} at
	 */
	counts(m, at) {
		if (!this.regions.length) return at < m.pageOffset && at >>> 22 !== this.recursive;
		if (at >>> 22 === this.recursive) return false;
		const region = this.regions.find((r) => at >= r.start && at < r.end);
		return !region || !WINDOWS.has(region.kind);
	}
	/**
	 * @param {Machine} m
	 * @param {number} at
	 * @param {number} pte
	 * @param {number} by
	 */
	count(m, at, pte, by) {
		const pfn = pte >>> 12;
		if (!(pte & PRESENT) || pfn >= m.frames) return;
		if (at >= m.vmStart && at < m.vmEnd) this.maps[pfn] += by;
		else if (this.counts(m, at)) this.users[pfn] += by;
	}
	/**
	 * The frame of an entry that is gone, if it was freed while that mapped it; or -1.
	 * @param {number} pte
	 */
	freedBefore(pte) {
		const pfn = pte >>> 12;
		return this.freedAt.size &&
			pte & PRESENT &&
			this.freedAt.has(pfn) &&
			!this.maps[pfn] &&
			!this.users[pfn]
			? pfn
			: -1;
	}
	/** @param {number} pfn */
	tellFreed(pfn) {
		const i = this.freedAt.get(pfn) ?? -1;
		this.freedAt.delete(pfn);
		this.say(
			i,
			"free-mapped",
			`Frame ${hex(pfn)} is freed, but 1 page-table entry maps it.`,
			pfn,
		);
	}
	/** @param {number} pfn */
	tellFreedTable(pfn) {
		const i = this.freedTables.get(pfn) ?? -1;
		this.freedTables.delete(pfn);
		this.say(
			i,
			"free-table",
			`Frame ${hex(pfn)} is freed, but it is a page table that a directory refers to.`,
			pfn,
		);
	}
	/**
	 * What led to a frame that was freed before is gone, and nothing came of it.
	 * @param {Map<number, number>} freed
	 * @param {number} pfn
	 */
	goneLate(freed, pfn) {
		if (!this.early.n++) this.early = { n: 1, i: freed.get(pfn) ?? -1, pfn };
		freed.delete(pfn);
	}
	/**
	 * Does a slot of the directory in use refer to the frame as a table?
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	inUse(m, pfn) {
		const d = m.dirs.get(m.curPgd);
		for (let slot = 0; d && slot < 1024; slot++)
			if (this.refersTo(m, d.entry[slot], pfn)) return true;
		return false;
	}
	/**
	 * The directory is in use from now on: the tables that it leads to must be there.
	 * @param {Machine} m
	 * @param {Table | undefined} d
	 */
	judgeFreedTables(m, d) {
		for (let slot = 0; d && this.freedTables.size && slot < 1024; slot++) {
			const pde = d.entry[slot];
			if (m.isTable(pde) && this.freedTables.has(pde >>> 12)) this.tellFreedTable(pde >>> 12);
		}
	}
	/**
	 * The table is reached from now on, or no more: then its entries were not cleared.
	 * @param {Machine} m
	 * @param {Frame} t
	 * @param {number} by
	 */
	countTable(m, t, by) {
		const entries = m.tableAt(t.pfn * PAGE)?.entry;
		for (let x = 0; entries && x < 1024; x++) {
			if (!(entries[x] & PRESENT)) continue;
			this.count(m, t.home + x * PAGE, entries[x], by);
			const freed = by < 0 ? this.freedBefore(entries[x]) : -1;
			if (freed >= 0) this.tellFreed(freed);
		}
	}

	/* ---- tables in slots of directories ---- */

	/**
	 * @param {Machine} m
	 * @param {number} pde
	 * @param {number} pfn
	 */
	refersTo(m, pde, pfn) {
		return pde >>> 12 === pfn && m.isTable(pde);
	}
	/**
	 * Does this slot of some directory lead to the table? If one is unknown, it may.
	 * @param {Machine} m
	 * @param {Frame} t
	 * @param {number} slot
	 */
	slotLeads(m, t, slot) {
		for (const d of m.dirs.values())
			if (d.since[slot] === UNTOLD || this.refersTo(m, d.entry[slot], t.pfn)) return true;
		return false;
	}
	/**
	 * @param {Machine} m
	 * @param {Frame} t
	 * @param {number} x
	 * @param {number} at
	 */
	mapsAt(m, t, x, at) {
		if (((at >>> 12) & 1023) !== x) return false;
		if (t.home >= 0 && t.home >>> 22 === at >>> 22) return true;
		// after a loss there may be directories that are not known
		return this.losses || this.slotLeads(m, t, at >>> 22);
	}
	/**
	 * The kernel's address must be one at which the entry is reached.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {Frame} t
	 * @param {number} x
	 * @param {number} at
	 */
	judge(m, i, t, x, at) {
		if (t.home < 0) {
			t.meant ??= new Map();
			t.meant.set(x, at);
		} else if (!this.mapsAt(m, t, x, at))
			this.say(
				i,
				"pte-address",
				`The entry at ${addr(t.pfn * PAGE + x * 4)} maps ${addr(t.home + x * PAGE)}, the kernel means ${addr(at)}.`,
			);
	}
	/**
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} slot
	 * @param {number} pde
	 */
	hook(m, i, slot, pde) {
		if (pde >>> 12 >= this.slots.length || !m.isTable(pde)) return;
		const t = this.frame(pde >>> 12);
		this.slots[t.pfn]++;
		if (t.home >= 0) return;
		t.home = slotsFirst(slot);
		this.countTable(m, t, 1);
		const meant = t.meant;
		t.meant = null;
		for (const [x, at] of meant ?? [])
			if (this.entry(m, t, x) & PRESENT) this.judge(m, i, t, x, at);
	}
	/**
	 * The first slot of any directory that refers to the table; -1: none does.
	 * @param {Machine} m
	 * @param {Frame} t
	 */
	findHome(m, t) {
		for (let slot = 0; slot < 1024; slot++)
			for (const { entry } of m.dirs.values())
				if (this.refersTo(m, entry[slot], t.pfn)) return slotsFirst(slot);
		return -1;
	}
	/**
	 * The slot of some directory has ceased to refer to the table.
	 * @param {Machine} m
	 * @param {number} slot
	 * @param {number} pde
	 */
	unhook(m, slot, pde) {
		const pfn = pde >>> 12;
		if (pfn >= this.slots.length || !m.isTable(pde)) return;
		if (this.slots[pfn]) this.slots[pfn]--;
		if (!this.slots[pfn] && this.freedTables.has(pfn)) this.goneLate(this.freedTables, pfn);
		const t = this.frames.get(pfn),
			left = this.slots[pfn];
		if (!t || t.home < 0 || (left && t.home !== slotsFirst(slot))) return;
		if (left && this.slotLeads(m, t, slot)) return; // a directory that shares the slot has it
		this.countTable(m, t, -1);
		t.home = left ? this.findHome(m, t) : -1;
		if (t.home >= 0) this.countTable(m, t, 1);
	}

	/* ---- what the machine tells as its observer ---- */

	/**
	 * An entry has got a value, by whatever store.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} pfn
	 * @param {number} x
	 * @param {number} was
	 * @param {number} now
	 */
	stored(m, i, pfn, x, was, now) {
		const t = this.frame(pfn);
		if (t.home >= 0) {
			this.count(m, t.home + x * PAGE, was, -1);
			this.count(m, t.home + x * PAGE, now, 1);
			const freed = this.freedBefore(was);
			if (freed >= 0) this.goneLate(this.freedAt, freed);
		}
		if (!t.pgd || (m.isTable(was) && this.refersTo(m, now, was >>> 12))) return;
		this.hook(m, i, x, now);
		this.unhook(m, x, was);
	}
	/**
	 * The entries of the frame are slots of a directory from now on.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} pfn
	 */
	directory(m, i, pfn) {
		const t = this.frame(pfn),
			entry = m.tableAt(pfn * PAGE)?.entry;
		t.pgd = true;
		for (let x = 0; entry && x < 1024; x++) if (entry[x]) this.hook(m, i, x, entry[x]);
	}
	/**
	 * The frame ceases to be a table.
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	gone(m, pfn) {
		this.emptied(m, pfn);
		this.frames.delete(pfn);
	}
	/**
	 * The frame is about to lose its entries.
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	emptied(m, pfn) {
		const t = this.frame(pfn),
			entry = m.tableAt(pfn * PAGE)?.entry;
		for (let x = 0; t.pgd && entry && x < 1024; x++) if (entry[x]) this.unhook(m, x, entry[x]);
		if (t.home >= 0) this.countTable(m, t, -1);
		t.pgd = false;
		t.meant = null;
	}

	/* ---- frames ---- */

	/**
	 * Frame p is to be given back; kept: it was never the allocator's.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} p
	 * @param {boolean} kept
	 */
	checkFree(m, i, p, kept) {
		const n = this.maps[p] + this.users[p];
		if (n > 1 && !kept)
			this.say(
				i,
				"free-mapped",
				`Frame ${hex(p)} is freed, but ${n} page-table entries map it.`,
				p,
			);
		const isCr3 = p * PAGE === m.curPgd,
			inUse = this.slots[p] > 0 && this.inUse(m, p);
		if (isCr3 || inUse)
			this.say(
				i,
				"free-table",
				`Frame ${hex(p)} is freed, but ${isCr3 ? "it is the page directory in use" : "the page directory in use refers to it as a page table"}.`,
				p,
			);
	}
	/**
	 * Frame p is given back: it is no table any more, and one entry may be cleared late.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} p
	 * @param {boolean} kept
	 */
	freed(m, i, p, kept) {
		if (this.frames.has(p)) {
			m.noTables(p, 1);
			this.frames.delete(p);
		}
		if (this.slots[p] && !this.inUse(m, p)) this.freedTables.set(p, i);
		if (!kept && this.maps[p] + this.users[p] === 1) this.freedAt.set(p, i);
		else if (this.freedAt.size) this.freedAt.delete(p);
	}
	/**
	 * Frame p is handed out.
	 * @param {number} p
	 */
	reused(p) {
		if (this.freedAt.size && this.freedAt.has(p)) this.tellFreed(p);
		if (this.freedTables.size && this.freedTables.has(p)) this.tellFreedTable(p);
	}
	/**
	 * The trace is at its end; ended: and the run said that it is complete.
	 * @param {boolean} ended
	 */
	finish(ended) {
		for (const pfn of [...this.freedAt.keys()])
			if (ended) this.tellFreed(pfn);
			else this.goneLate(this.freedAt, pfn);
		for (const pfn of [...this.freedTables.keys()])
			if (ended) this.tellFreedTable(pfn);
			else this.goneLate(this.freedTables, pfn);
		const { n, i, pfn } = this.early;
		if (n)
			this.say(
				i,
				"freed-before-unmapped",
				`${n} ${n === 1 ? "frame was" : "frames were each"} freed before the entry that led to it was gone; the first is ${hex(pfn)}.`,
				pfn,
			);
	}
}

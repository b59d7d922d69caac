// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * tablerules.js - the rules of directories and page tables.
 */
import { addr, hex } from "./format.js";
import { FLIGHT, FREE, NONE, UNTOLD } from "./owners.js";
import { GLOBAL, PRESENT, sameEntry } from "./pagetable.js";

const PAGE = 4096;

/** A frame of entries: where the directories put it. What it holds, the machine knows. */
class Frame {
	constructor(pfn) {
		this.pfn = pfn;
		this.pgd = false;
		this.home = -1; // linear address of its first entry through one slot that leads to it
		this.meant = null; // addresses told for entries while no slot leads to it
	}
}
/** The kernel's own windows on all memory do not keep a frame from being freed. */
const WINDOWS = new Set(["linear map", "kmap", "fixmap", "page tables"]);
/** The number of the entry at physical address pa in its table. */
export const indexOf = (pa) => (pa >>> 2) & 1023;
const slotsFirst = (slot) => slot * 0x400000;

/**
 * Judges events before the machine applies them, and as the machine's observer hears of each store
 * into an entry and of each frame that becomes or ceases to be a table.
 */
export class TableRules {
	/** areas: see arearules.js. */
	constructor(trace, say, stale, areas) {
		const { machine } = trace;
		this.trace = trace;
		this.say = say;
		this.stale = stale;
		this.areas = areas;
		this.regions = machine.regions ?? [];
		this.recursive = machine.recursive_slot ?? -1;
		this.frames = new Map(); // pfn -> Frame
		this.maps = new Uint16Array(trace.frames); // entries of the vmalloc range that map it
		this.users = new Uint16Array(trace.frames); // entries of other addresses that are counted
		this.slots = new Uint16Array(trace.frames); // directory slots that lead to it as a table
		this.freedAt = new Map(); // frames freed while one entry maps them -> the event
		this.freedTables = new Map(); // and while slots of directories not in use refer to them
		this.early = { n: 0, i: -1, pfn: 0 }; // of both, the ones to which nothing leads any more
		this.losses = false; // were events lost?
		this.bootTold = false; // the maps made at boot have been told of
	}
	/** The state before the first event. */
	start(m) {
		m.observer = this;
		for (const pgd of m.dirs.keys()) this.directory(m, -1, pgd >>> 12);
	}
	/** Events are missing: what they told of entries is unknown. */
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
	frame(pfn) {
		let t = this.frames.get(pfn);
		if (!t) this.frames.set(pfn, (t = new Frame(pfn)));
		return t;
	}
	/** The entry as it is; 0 where it is unknown. */
	entry(m, t, x) {
		return m.tableAt(t.pfn * PAGE)?.entry[x] ?? 0;
	}
	known(m, t, x) {
		const table = m.tableAt(t.pfn * PAGE);
		return !!table && table.since[x] !== UNTOLD;
	}

	/* ---- how often a frame is mapped ---- */

	counts(m, at) {
		if (!this.regions.length) return at < m.pageOffset && at >>> 22 !== this.recursive;
		if (at >>> 22 === this.recursive) return false;
		const region = this.regions.find((r) => at >= r.start && at < r.end);
		return !region || !WINDOWS.has(region.kind);
	}
	count(m, at, pte, by) {
		const pfn = pte >>> 12;
		if (!(pte & PRESENT) || pfn >= m.frames) return;
		if (at >= m.vmStart && at < m.vmEnd) this.maps[pfn] += by;
		else if (this.counts(m, at)) this.users[pfn] += by;
	}
	/** The frame of an entry that is gone, if it was freed while that mapped it; or -1. */
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
	tellFreed(pfn) {
		const i = this.freedAt.get(pfn);
		this.freedAt.delete(pfn);
		this.say(
			i,
			"free-mapped",
			`Frame ${hex(pfn)} is freed, but 1 page-table entry maps it.`,
			pfn,
		);
	}
	tellFreedTable(pfn) {
		const i = this.freedTables.get(pfn);
		this.freedTables.delete(pfn);
		this.say(
			i,
			"free-table",
			`Frame ${hex(pfn)} is freed, but it is a page table that a directory refers to.`,
			pfn,
		);
	}
	/** What led to a frame that was freed before is gone, and nothing came of it. */
	goneLate(freed, pfn) {
		if (!this.early.n++) this.early = { n: 1, i: freed.get(pfn), pfn };
		freed.delete(pfn);
	}
	/** Does a slot of the directory in use refer to the frame as a table? */
	inUse(m, pfn) {
		const d = m.dirs.get(m.curPgd);
		for (let slot = 0; d && slot < 1024; slot++)
			if (this.refersTo(m, d.entry[slot], pfn)) return true;
		return false;
	}
	/** The directory is in use from now on: the tables that it leads to must be there. */
	judgeFreedTables(m, d) {
		for (let slot = 0; d && this.freedTables.size && slot < 1024; slot++) {
			const pde = d.entry[slot];
			if (m.isTable(pde) && this.freedTables.has(pde >>> 12)) this.tellFreedTable(pde >>> 12);
		}
	}
	/** The table is reached from now on, or no more: then its entries were not cleared. */
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

	refersTo(m, pde, pfn) {
		return pde >>> 12 === pfn && m.isTable(pde);
	}
	/** Does this slot of some directory lead to the table?  If one is unknown, it may. */
	slotLeads(m, t, slot) {
		for (const d of m.dirs.values())
			if (d.since[slot] === UNTOLD || this.refersTo(m, d.entry[slot], t.pfn)) return true;
		return false;
	}
	mapsAt(m, t, x, at) {
		if (((at >>> 12) & 1023) !== x) return false;
		if (t.home >= 0 && t.home >>> 22 === at >>> 22) return true;
		// after a loss there may be directories that are not known
		return this.losses || this.slotLeads(m, t, at >>> 22);
	}
	/** The kernel's address must be one at which the entry is reached. */
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
	/** The first slot of any directory that refers to the table; -1: none does. */
	findHome(m, t) {
		for (let slot = 0; slot < 1024; slot++)
			for (const { entry } of m.dirs.values())
				if (this.refersTo(m, entry[slot], t.pfn)) return slotsFirst(slot);
		return -1;
	}
	/** The slot of some directory has ceased to refer to the table. */
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

	/** An entry has got a value, by whatever store. */
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
	/** The entries of the frame are slots of a directory from now on. */
	directory(m, i, pfn) {
		const t = this.frame(pfn),
			{ entry } = m.tableAt(pfn * PAGE);
		t.pgd = true;
		for (let x = 0; x < 1024; x++) if (entry[x]) this.hook(m, i, x, entry[x]);
	}
	/** The frame ceases to be a table. */
	gone(m, pfn) {
		this.emptied(m, pfn);
		this.frames.delete(pfn);
	}
	/** The frame is about to lose its entries. */
	emptied(m, pfn) {
		const t = this.frame(pfn),
			entry = m.tableAt(pfn * PAGE)?.entry;
		if (t.pgd) for (let x = 0; x < 1024; x++) if (entry[x]) this.unhook(m, x, entry[x]);
		if (t.home >= 0) this.countTable(m, t, -1);
		t.pgd = false;
		t.meant = null;
	}

	/* ---- frames ---- */

	/** Frame p is to be given back; kept: it was never the allocator's. */
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
	/** Frame p is given back: it is no table any more, and one entry may be cleared late. */
	freed(m, i, p, kept) {
		if (this.frames.has(p)) {
			m.noTables(p, 1);
			this.frames.delete(p);
		}
		if (this.slots[p] && !this.inUse(m, p)) this.freedTables.set(p, i);
		if (!kept && this.maps[p] + this.users[p] === 1) this.freedAt.set(p, i);
		else if (this.freedAt.size) this.freedAt.delete(p);
	}
	/** Frame p is handed out. */
	reused(p) {
		if (this.freedAt.size && this.freedAt.has(p)) this.tellFreed(p);
		if (this.freedTables.size && this.freedTables.has(p)) this.tellFreedTable(p);
	}
	isFree(m, pfn) {
		const owner = pfn < m.frames ? m.meta[pfn] >> 4 : -1;
		return owner === FREE || owner === FLIGHT;
	}

	/* ---- directories ---- */

	/** An event names the directory at physical address pa, or sets a slot of it. */
	named(m, i, pa) {
		if (!m.told || m.dirs.has((pa & 0xfffff000) >>> 0)) return;
		this.say(i, "directory-unknown", `There is no page directory at ${addr(pa & ~0xfff)}.`);
	}
	checkOld(m, i, t, x, at, old) {
		const was = this.entry(m, t, x);
		if (sameEntry(was, old) || !this.known(m, t, x)) return;
		this.say(
			i,
			"pte-old",
			`${t.pgd ? `The slot of ${addr(at)} in directory ${addr(t.pfn * PAGE)}` : `The entry of page ${addr(at)}`} held ${addr(was)}, the event says ${addr(old)}.`,
			was & 1 ? was >>> 12 : old >>> 12,
		);
	}
	checkSlot(i, x, pa, at) {
		if (at >>> 22 !== x)
			this.say(
				i,
				"pte-address",
				`The slot at ${addr(pa)} is that of ${addr(slotsFirst(x))}, the kernel means ${addr(at)}.`,
			);
	}
	pdeStore(m, e, i, pde) {
		const pa = e.entry_pa(i),
			x = indexOf(pa);
		this.named(m, i, pa);
		m.dir(pa, i);
		this.checkSlot(i, x, pa, e.addr(i));
		this.checkOld(m, i, this.frame(pa >>> 12), x, e.addr(i), e.old(i));
		if (this.isFree(m, pde >>> 12) && m.isTable(pde))
			this.say(
				i,
				"pde-to-free-page",
				`The slot of ${addr(e.addr(i))} leads to frame ${hex(pde >>> 12)}, which is free.`,
				pde >>> 12,
			);
	}
	pdeSet(m, e, i) {
		this.pdeStore(m, e, i, e.pde(i));
	}
	pdeClear(m, e, i) {
		this.pdeStore(m, e, i, 0);
	}
	pdeClearRange(m, e, i) {
		const pa = e.entry_pa(i);
		this.named(m, i, pa);
		this.bootTold ||= e.addr(i) === 0; // the last step of boot: its own map goes
		this.checkSlot(i, indexOf(pa), pa, e.addr(i));
	}
	pgdAlloc(m, e, i) {
		const pgd = e.pgd(i);
		if (this.isFree(m, pgd >>> 12))
			this.say(
				i,
				"pde-to-free-page",
				`The new directory ${addr(pgd)} is a free frame.`,
				pgd >>> 12,
			);
		if (e.copied_from(i) && e.copied_from(i) >>> 12 !== pgd >>> 12)
			this.named(m, i, e.copied_from(i));
	}
	pgdFree(m, e, i) {
		this.named(m, i, e.pgd(i));
	}
	switchMm(m, e, i) {
		this.named(m, i, e.pgd(i));
		this.judgeFreedTables(m, m.tableAt(e.pgd(i)));
		this.stale.loadCr3();
	}
	vmallocFault(m, e, i) {
		const at = e.address(i),
			x = at >>> 22,
			ref = m.dirs.get(m.reference);
		if (ref && ref.since[x] !== UNTOLD && !sameEntry(e.pde(i), ref.entry[x]))
			this.say(
				i,
				"lazy-pde",
				`The slot of ${addr(at)}: ${addr(e.pde(i))} is copied into directory ${addr(e.pgd(i))}, the reference has ${addr(ref.entry[x])}.`,
			);
		this.named(m, i, e.pgd(i));
	}

	/* ---- tables ---- */

	/** The table whose entry an event sets. */
	tableOf(m, i, pa, at) {
		if (this.isFree(m, pa >>> 12))
			this.say(
				i,
				"pte-no-table",
				`The entry of page ${addr(at)} is set in frame ${hex(pa >>> 12)}, which is free.`,
				pa >>> 12,
			);
		return this.frame(pa >>> 12);
	}
	/** What the TLB may keep when the entry of `at` changes: of the directory in use, or global. */
	left(m, i, t, at, was) {
		const d = m.dirs.get(m.curPgd);
		if (d && (was & GLOBAL || this.refersTo(m, d.entry[at >>> 22], t.pfn)))
			this.stale.remember(i, at, was);
	}
	/** A store that the plugin saw: its old value is what memory held. */
	tableStore(m, e, i) {
		const pa = e.entry_pa(i),
			x = indexOf(pa),
			t = this.frame(pa >>> 12),
			was = this.entry(m, t, x);
		if (sameEntry(was, e.old(i)) || !this.known(m, t, x)) return;
		this.say(
			i,
			"pte-old",
			`The entry at ${addr(pa)} held ${addr(was)}, the event says ${addr(e.old(i))}.`,
		);
	}
	pteSet(m, e, i) {
		const at = (e.addr(i) & ~0xfff) >>> 0,
			pa = e.entry_pa(i),
			pte = e.pte(i),
			old = e.old(i),
			pfn = pte >>> 12,
			x = indexOf(pa),
			t = this.tableOf(m, i, pa, at);
		this.checkOld(m, i, t, x, at, old);
		this.judge(m, i, t, x, at);
		if (pte & PRESENT && this.isFree(m, pfn))
			this.say(
				i,
				"pte-to-free-page",
				`Page ${addr(at)} leads to frame ${hex(pfn)}, which is free.`,
				pfn,
			);
		if (pte & PRESENT && at >= m.vmStart && at < m.vmEnd)
			this.areas.mapped(m, i, at, pfn, pfn < m.frames ? this.maps[pfn] : 0);
		if ((old ^ pte) >>> 12) this.left(m, i, t, at, old);
	}
	pteClear(m, e, i) {
		const at = (e.addr(i) & ~0xfff) >>> 0,
			pa = e.entry_pa(i),
			old = e.old(i),
			x = indexOf(pa),
			t = this.tableOf(m, i, pa, at);
		this.checkOld(m, i, t, x, at, old);
		this.judge(m, i, t, x, at);
		this.left(m, i, t, at, old);
		this.areas.unmapped(at);
	}
	rangeSet(m, e, i) {
		const pa = e.entry_pa(i),
			first = indexOf(pa),
			large = e.large(i),
			at = e.addr(i),
			nr = e.nr(i);
		if (large) {
			this.named(m, i, pa);
			this.checkSlot(i, first, pa, at);
		} else this.judge(m, i, this.tableOf(m, i, pa, at), first, (at & ~0xfff) >>> 0);
		if (nr > 1024 - first)
			this.say(
				i,
				"pte-address",
				`${nr} entries from ${addr(pa)} on do not lie in one table of 1,024.`,
			);
	}
	/** The scenario writes over an entry in memory. */
	poked(m, e, i) {
		if (e.kind(i) !== 1 || !e.ok(i)) return;
		const x = m.overwritten(e.addr(i), e.value(i));
		if (!x) return;
		this.say(
			i,
			"table-poked",
			`${x.table === undefined ? "The directory entry" : "The entry of page"} of ${addr(x.addr)} is overwritten in memory: ${addr(x.value)}, was ${addr(x.old)}. Until the TLB is flushed the old translation may still be used.`,
		);
		if (x.table !== undefined) this.left(m, i, this.frame(x.table), x.addr, x.old);
	}
	flush(m, e, i) {
		const pages = e.pages(i);
		if (pages !== NONE) this.stale.pages(e.addr(i), pages);
		else if (e.reason(i) === 0) this.stale.loadCr3();
		else {
			this.stale.all();
			this.areas.flushed = true;
		}
	}

	/* ---- the kernel's own word ---- */

	/**
	 * Can a snapshot of the table be judged? If it is known whole; a machine whose initial state was
	 * told has told of all its entries once it has booted.
	 */
	judged(m, pfn) {
		if (m.told && this.bootTold) return true;
		return m.tableAt(pfn * PAGE)?.since.includes(UNTOLD) === false;
	}

	/** The trace is at its end; ended: and the run said that it is complete. */
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

// SPDX-License-Identifier: MIT
/*
 * tablerules.js - the rules of directories and page tables, judged before the machine applies an
 * event.
 */
import { addr, hex } from "./format.js";
import { FLIGHT, FREE, NONE, UNTOLD } from "./owners.js";
import { GLOBAL, PRESENT, sameEntry } from "./pagetable.js";
import { indexOf, PAGE, slotsFirst, TableMaps } from "./tablemaps.js";
/** @import {AreaRules} from "./arearules.js" */
/** @import {Machine} from "./machine.js" */
/** @import {StaleTlb} from "./staletlb.js" */
/** @import {Frame} from "./tablemaps.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Fields, Say} from "./types.js" */

export class TableRules extends TableMaps {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 * @param {StaleTlb} stale
	 * @param {AreaRules} areas
	 */
	constructor(trace, say, stale, areas) {
		super(trace, say);
		this.stale = stale;
		this.areas = areas;
		this.bootTold = false; // have the maps made at boot been told of?
	}
	/**
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	isFree(m, pfn) {
		const owner = pfn < m.frames ? m.meta[pfn] >> 4 : -1;
		return owner === FREE || owner === FLIGHT;
	}

	/* ---- directories ---- */

	/**
	 * An event names the directory at physical address pa, or sets a slot of it.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} pa
	 */
	named(m, i, pa) {
		if (!m.told || m.dirs.has((pa & 0xfffff000) >>> 0)) return;
		this.say(i, "directory-unknown", `There is no page directory at ${addr(pa & ~0xfff)}.`);
	}
	/**
	 * @param {Machine} m
	 * @param {number} i
	 * @param {Frame} t
	 * @param {number} x
	 * @param {number} at
	 * @param {number} old
	 */
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
	/**
	 * @param {number} i
	 * @param {number} x
	 * @param {number} pa
	 * @param {number} at
	 */
	checkSlot(i, x, pa, at) {
		if (at >>> 22 !== x)
			this.say(
				i,
				"pte-address",
				`The slot at ${addr(pa)} is that of ${addr(slotsFirst(x))}, the kernel means ${addr(at)}.`,
			);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 * @param {number} pde
	 */
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
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	pdeSet(m, e, i) {
		this.pdeStore(m, e, i, e.pde(i));
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	pdeClear(m, e, i) {
		this.pdeStore(m, e, i, 0);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	pdeClearRange(m, e, i) {
		const pa = e.entry_pa(i);
		this.named(m, i, pa);
		this.bootTold ||= e.addr(i) === 0; // the last step of boot: its own map goes
		this.checkSlot(i, indexOf(pa), pa, e.addr(i));
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	pgdFree(m, e, i) {
		this.named(m, i, e.pgd(i));
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	switchMm(m, e, i) {
		this.named(m, i, e.pgd(i));
		this.judgeFreedTables(m, m.tableAt(e.pgd(i)));
		this.stale.loadCr3();
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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

	/**
	 * The table whose entry an event sets.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} pa
	 * @param {number} at
	 */
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
	/**
	 * What the TLB may keep when the entry of `at` changes: of the directory in use, or global.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {Frame} t
	 * @param {number} at
	 * @param {number} was
	 */
	left(m, i, t, at, was) {
		const d = m.dirs.get(m.curPgd);
		if (d && (was & GLOBAL || this.refersTo(m, d.entry[at >>> 22], t.pfn)))
			this.stale.remember(i, at, was);
	}
	/**
	 * A store that the plugin saw: its old value is what memory held.
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	/**
	 * The scenario writes over an entry in memory.
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	poked(m, e, i) {
		if (e.kind(i) !== 1 || !e.ok(i)) return;
		const x = m.overwritten(e.addr(i), e.value(i));
		if (!x) return;
		this.say(
			i,
			"table-poked",
			`${x.table === undefined ? "The directory entry" : "The entry of page"} of ` +
				`${addr(x.addr)} changed in memory from ${addr(x.old)} to ${addr(x.value)}. ` +
				"Until the TLB is flushed the old translation may still be used.",
		);
		if (x.table !== undefined) this.left(m, i, this.frame(x.table), x.addr, x.old);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
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
	 * Can a snapshot of the table be judged? If it is known whole; a machine whose initial state
	 * was told has told of all its entries once it has booted.
	 * @param {Machine} m
	 * @param {number} pfn
	 */
	judged(m, pfn) {
		if (m.told && this.bootTold) return true;
		return m.tableAt(pfn * PAGE)?.since.includes(UNTOLD) === false;
	}
}

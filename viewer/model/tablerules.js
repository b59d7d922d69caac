// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * tablerules.js - the rules of page tables and of the TLB, and the MMU's own word.
 *
 * The TLB may hold a translation from the moment its entry is cleared until a flush that
 * covers it.  A load of CR3 (switch_mm) drops all but global entries, so of a directory that
 * is not in use only global ones can be left.
 */
import { FREE, FLIGHT, NONE } from "./machine.js";
import { hex, addr } from "./format.js";

const PRESENT = 1,
	PSE = 0x80,
	GLOBAL = 0x100,
	HARDWARE = 0x60; // accessed, dirty: the MMU's to set
const PAGE = 4096;

const isTable = (pde) => (pde & (PRESENT | PSE)) === PRESENT;
const sameEntry = (a, b) => !((a ^ b) & ~HARDWARE);

/**
 * Which frames the TLB may still lead to, and since when: the entries cleared since the last flush
 * of all, in the order of their clearing.
 */
export class StaleTlb {
	constructor(trace, say) {
		this.say = say;
		this.pge = (trace.machine.flags ?? []).includes("pge");
		this.epoch = 1; // flushes of all, and the one that a frame's last entry was cleared before
		this.since = new Uint32Array(trace.frames);
		this.n = 0;
		this.pfn = new Uint32Array(256);
		this.addr = new Uint32Array(256);
		this.at = new Uint32Array(256); // the event
		this.global = new Uint8Array(256);
	}
	/** Event i clears the entry of a page that the TLB may hold. */
	remember(m, i, page, entry, pgd) {
		const pfn = entry >>> 12;
		if (!(entry & PRESENT) || pfn >= this.since.length) return;
		const global = this.pge && entry & GLOBAL ? 1 : 0;
		if (!global && page < m.pageOffset && pgd !== m.curPgd) return;
		if (this.n === this.pfn.length)
			for (const col of ["pfn", "addr", "at", "global"]) {
				const more = new this[col].constructor(2 * this.n);
				more.set(this[col]);
				this[col] = more;
			}
		this.pfn[this.n] = pfn;
		this.addr[this.n] = page;
		this.at[this.n] = i;
		this.global[this.n++] = global;
		this.since[pfn] = this.epoch;
	}
	/** Those that gone(x) says of are out of the TLB. */
	forget(gone) {
		const { n, pfn, addr, at, global } = this;
		let kept = 0;
		for (let x = 0; x < n; x++) this.since[pfn[x]] = 0;
		for (let x = 0; x < n; x++) {
			if (gone(x)) continue;
			this.since[pfn[x]] = this.epoch;
			pfn[kept] = pfn[x];
			addr[kept] = addr[x];
			at[kept] = at[x];
			global[kept++] = global[x];
		}
		this.n = kept;
	}
	all() {
		this.epoch++;
		this.n = 0;
	}
	loadCr3() {
		if (this.n) this.forget((x) => !this.global[x]);
	}
	pages(from, n) {
		if (this.n) this.forget((x) => (this.addr[x] - from) >>> 0 < n * PAGE);
	}
	/** Frame pfn is handed out. */
	reused(i, pfn) {
		if (this.since[pfn] !== this.epoch) return;
		const x = this.pfn.lastIndexOf(pfn, this.n - 1);
		this.since[pfn] = 0;
		this.say(
			i,
			"reuse-before-flush",
			`Frame ${hex(pfn)} is handed out again before the TLB was flushed: since #${this.at[x]} an old translation of ${addr(this.addr[x])} may still reach it.`,
			pfn,
		);
	}
}

export class TableRules {
	/** areas: see arearules.js. */
	constructor(trace, say, stale, areas) {
		this.trace = trace;
		this.say = say;
		this.stale = stale;
		this.areas = areas;
		this.live = new Set([trace.layout.swapper_pg_dir]);
		this.maps = new Uint16Array(trace.frames); // entries of the vmalloc range that map it
		this.users = new Uint16Array(trace.frames); // entries of user addresses that map it
		this.slots = new Uint16Array(trace.frames); // directory slots that lead to it as a table
		this.toldPgd = 0; // of the last snapshot of a directory
		this.bootTold = false; // the maps made at boot have been told of
		this.audits = []; // that no event has explained yet
		this.probes = { agree: 0, differ: 0 };
		this.asked = []; // events in which the MMU answered, until they are given out
	}
	/** The state before the first event, if it is not that of a machine without tables. */
	start(m) {
		for (const [pgd, dir] of m.dirs) {
			this.live.add(pgd);
			for (let slot = 0; slot < 1024; slot++) {
				this.use(dir.entry[slot], 1);
				const table = isTable(dir.entry[slot]) && m.tables.get(dir.entry[slot] >>> 12),
					first = slot * 0x400000;
				if (!table || (pgd !== m.refPgd && first >= m.pageOffset)) continue;
				table.entry.forEach((pte, x) => this.count(m, first + x * PAGE, pte, 1));
			}
		}
	}
	known(i, pgd) {
		if (this.live.has(pgd)) return true;
		this.say(i, "directory-unknown", `There is no page directory at ${addr(pgd)}.`);
		return false;
	}
	count(m, at, pte, by) {
		const pfn = pte >>> 12;
		if (!(pte & PRESENT) || pfn >= m.frames) return;
		if (at >= m.vmStart && at < m.vmEnd) this.maps[pfn] += by;
		else if (at < m.pageOffset) this.users[pfn] += by;
	}
	/** A directory slot begins or ends to use a frame as a table. */
	use(pde, by) {
		if (isTable(pde) && pde >>> 12 < this.slots.length) this.slots[pde >>> 12] += by;
	}
	/** The slots [slot, slot + n) of a directory are set to pde. */
	setSlots(m, pgd, slot, n, pde) {
		const dir = m.dirs.get(pgd);
		for (let x = slot; x < Math.min(slot + n, 1024); x++) {
			if (dir) this.use(dir.entry[x], -1);
			this.use(pde, 1);
		}
	}
	/** Frame p is given back. */
	freed(m, i, p, isTableFrame) {
		const n = this.maps[p] + this.users[p];
		if (n)
			this.say(
				i,
				"free-mapped",
				`Frame ${hex(p)} is freed, but ${n} page-table ${n > 1 ? "entries map" : "entry maps"} it.`,
				p,
			);
		if (this.slots[p] || (isTableFrame && this.live.has(p * PAGE)))
			this.say(
				i,
				"free-table",
				`Frame ${hex(p)} is freed, but it is a page table in ${this.slots[p]} directory slots.`,
				p,
			);
	}
	isFree(m, pfn) {
		const owner = pfn < m.frames ? m.meta[pfn] >> 4 : -1;
		return owner === FREE || owner === FLIGHT;
	}
	oldSlot(m, i, pgd, at, old) {
		const was = m.dirs.get(pgd)?.entry[at >>> 22] ?? 0;
		if (!sameEntry(was, old))
			this.say(
				i,
				"pte-old",
				`The slot of ${addr(at)} in directory ${addr(pgd)} held ${addr(was)}, the event says ${addr(old)}.`,
			);
	}

	pdeSet(m, e, i) {
		const pde = e.pde(i);
		if (!this.known(i, e.pgd(i))) return;
		this.oldSlot(m, i, e.pgd(i), e.addr(i), e.old(i));
		if (isTable(pde) && this.isFree(m, pde >>> 12))
			this.say(
				i,
				"pde-to-free-page",
				`The slot of ${addr(e.addr(i))} leads to frame ${hex(pde >>> 12)}, which is free.`,
				pde >>> 12,
			);
		this.setSlots(m, e.pgd(i), e.addr(i) >>> 22, 1, pde);
	}
	pdeClear(m, e, i) {
		if (!this.known(i, e.pgd(i))) return;
		this.oldSlot(m, i, e.pgd(i), e.addr(i), e.old(i));
		this.setSlots(m, e.pgd(i), e.addr(i) >>> 22, 1, 0);
	}
	pdeClearRange(m, e, i) {
		this.bootTold = true; // the last step of boot
		if (this.known(i, e.pgd(i))) this.setSlots(m, e.pgd(i), e.addr(i) >>> 22, e.nr(i), 0);
	}
	pgdAlloc(m, e, i) {
		const pgd = e.pgd(i),
			reference = m.dirs.get(m.refPgd);
		if (this.live.has(pgd)) this.setSlots(m, pgd, 0, 1024, 0);
		if (reference && pgd !== m.refPgd)
			for (let x = m.pageOffset >>> 22; x < 1024; x++) this.use(reference.entry[x], 1);
		this.live.add(pgd);
		if (this.isFree(m, pgd >>> 12))
			this.say(
				i,
				"pde-to-free-page",
				`The new directory ${addr(pgd)} is a free frame.`,
				pgd >>> 12,
			);
	}
	pgdFree(m, e, i) {
		const pgd = e.pgd(i);
		if (!this.known(i, pgd) || pgd === m.refPgd) return;
		this.setSlots(m, pgd, 0, 1024, 0);
		this.live.delete(pgd);
	}
	switchMm(m, e, i) {
		this.stale.loadCr3();
		this.known(i, e.pgd(i));
	}
	vmallocFault(m, e, i) {
		const at = e.address(i),
			reference = m.dirs.get(m.refPgd)?.entry[at >>> 22] ?? 0;
		if (!sameEntry(e.pde(i), reference))
			this.say(
				i,
				"lazy-pde",
				`The slot of ${addr(at)}: ${addr(e.pde(i))} is copied into directory ${addr(e.pgd(i))}, the reference has ${addr(reference)}.`,
			);
		if (this.known(i, e.pgd(i))) this.setSlots(m, e.pgd(i), at >>> 22, 1, e.pde(i));
	}
	/** The entry of a page as it is, -1 where no table is. */
	entry(m, at) {
		const key = m.tableKey(at);
		if (key < 0) return -1;
		return m.tables.get(key)?.entry[(at >>> 12) & 1023] ?? 0;
	}
	/** What the kernel found in an entry has to be what the replay has there. */
	found(m, i, at, old, pte) {
		const was = this.entry(m, at);
		if (was < 0)
			this.say(
				i,
				"pte-no-table",
				`Page ${addr(at)} is ${pte ? `set to ${addr(pte)}` : "cleared"}, but its directory slot has no table.`,
			);
		else if (!sameEntry(was, old))
			this.say(
				i,
				"pte-old",
				`The entry of page ${addr(at)} held ${addr(was)}, the event says ${addr(old)}.`,
				was & 1 ? was >>> 12 : old >>> 12,
			);
		return was;
	}
	pteSet(m, e, i) {
		const at = e.addr(i),
			pte = e.pte(i),
			pfn = pte >>> 12,
			was = this.found(m, i, at, e.old(i), pte);
		if (was < 0) return;
		if (pte & PRESENT && this.isFree(m, pfn))
			this.say(
				i,
				"pte-to-free-page",
				`Page ${addr(at)} leads to frame ${hex(pfn)}, which is free.`,
				pfn,
			);
		if (pte & PRESENT && at >= m.vmStart && at < m.vmEnd)
			this.areas.mapped(m, i, at, pfn, pfn < m.frames ? this.maps[pfn] : 0);
		this.count(m, at, was, -1);
		this.count(m, at, pte, 1);
	}
	pteClear(m, e, i) {
		const at = e.addr(i),
			was = this.found(m, i, at, e.old(i), 0);
		if (was < 0) return;
		this.count(m, at, was, -1);
		this.stale.remember(m, i, at, was, m.pgdFor(at));
		this.areas.unmapped(at);
	}
	rangeSet(m, e, i) {
		const pgd = e.pgd(i),
			dir = m.dirs.get(pgd)?.entry;
		if (!this.known(i, pgd)) return;
		if (e.large(i)) return this.setSlots(m, pgd, e.addr(i) >>> 22, e.nr(i), PSE | PRESENT);
		const first = e.addr(i),
			last = first + (e.nr(i) - 1) * PAGE;
		for (let at = first; at <= last; at = (Math.floor(at / 0x400000) + 1) * 0x400000)
			if (!isTable(dir?.[at >>> 22] ?? 0))
				return this.say(
					i,
					"pte-no-table",
					`Page ${addr(at)} is set, but its directory slot has no table.`,
				);
	}
	/** The scenario writes over an entry in memory. */
	poked(m, e, i) {
		if (e.kind(i) !== 1 || !e.ok(i)) return;
		const x = m.overwritten(e.addr(i), e.value(i));
		if (!x || x.addr < 0) return;
		this.say(
			i,
			"table-poked",
			`${x.pgd !== undefined ? `The directory entry of ${addr(x.addr)}` : `The entry of page ${addr(x.addr)}`} is overwritten in memory: ${addr(x.value)}, was ${addr(x.old)}. Until the TLB is flushed the old translation may still be used.`,
		);
		if (x.pgd !== undefined) return this.setSlots(m, x.pgd, x.slot, 1, x.value);
		this.count(m, x.addr, x.old, -1);
		this.count(m, x.addr, x.value, 1);
		this.stale.remember(m, i, x.addr, x.old, m.pgdFor(x.addr));
	}
	flush(m, e, i) {
		const pages = e.pages(i);
		if (pages !== NONE) this.stale.pages(e.addr(i), pages);
		else if (e.reason(i) === 0 && this.stale.pge) this.stale.loadCr3();
		else {
			this.stale.all();
			this.areas.flushed = true;
		}
	}

	/* ---- the hardware's word ---- */

	probe(m, e, i) {
		const at = e.addr(i),
			cr3 = e.cr3(i),
			ok = e.ok(i) !== 0;
		this.asked.push(i);
		if (!this.live.has(cr3)) return; // its birth is not told yet
		const w = m.walk(at, cr3);
		if (w.ok === ok && (!ok || w.pa === e.phys(i))) this.probes.agree++;
		else {
			this.probes.differ++;
			this.say(
				i,
				"mmu-disagrees",
				`The MMU takes ${addr(at)} to ${ok ? addr(e.phys(i)) : "a fault"}, the replay to ${w.ok ? addr(w.pa) : "a fault"}.`,
			);
		}
	}
	/** Is the entry in memory as the events tell it? One of a table that is gone explains itself. */
	explained(m, { where, now, level }) {
		const table =
			level === 2
				? this.live.has(where - (where % PAGE)) && m.dirs.get(where - (where % PAGE))
				: m.tables.get(where >>> 12);
		return table ? sameEntry(table.entry[(where % PAGE) >>> 2], now) : now === 0;
	}
	/**
	 * The plugin may look between a store and the event that tells of it: what does not agree yet is
	 * looked at again after the next kernel events.
	 */
	audit(m, e, i) {
		const a = {
			i,
			where: e.where(i),
			addr: e.addr(i),
			old: e.old(i),
			now: e.now(i),
			level: e.level(i),
			left: 4,
		};
		if (!this.explained(m, a)) this.audits.push(a);
	}
	unexplained({ i, where, addr: at, old, now }) {
		this.say(
			i,
			"pte-unexplained",
			`The entry at ${addr(where)} (for ${addr(at)}) changed from ${addr(old)} to ${addr(now)}; no event says so.`,
		);
	}
	/** An event of the kernel's came, before or after it is applied. */
	auditsDue(m) {
		this.audits = this.audits.filter((a) => !this.explained(m, a));
		if (!this.bootTold) return;
		for (const a of this.audits) if (--a.left === 0) this.unexplained(a);
		this.audits = this.audits.filter((a) => a.left);
	}
	/** A run that was cut short may have been cut between a store and its event: one is let pass. */
	finish(m, ended) {
		this.audits = this.audits.filter((a) => !this.explained(m, a));
		if (ended || (this.bootTold && this.audits.length > 1))
			for (const a of this.audits) this.unexplained(a);
		this.audits = [];
	}
}

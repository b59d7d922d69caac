// SPDX-License-Identifier: MIT
/*
 * machine.js - the machine's memory at one moment: frames and free lists (framelists.js), page
 * tables and vmlist.
 *
 * Page tables are copied on write: a snapshot shares every table it did not change.
 */
import { FrameLists, NOWHERE } from "./framelists.js";
import { KERNEL, NONE, PAGETABLE, RESERVED, UNKNOWN, UNTOLD, USER, VMALLOC } from "./owners.js";
import { LARGE, newEpoch, PRESENT, sameEntry, Table } from "./pagetable.js";
/** @import {Trace} from "./trace.js" */
/** @import {Area, Call, Observer} from "./types.js" */

export class Machine extends FrameLists {
	/**
	 * framed: false for one that knows page tables and areas only (replayTables), at no cost a
	 * frame.
	 * @param {Trace} trace
	 */
	constructor(trace, { framed = true } = {}) {
		super(trace, framed);
		this.epoch = newEpoch();
		/** @type {Map<number, Table>} by physical address */
		this.dirs = new Map();
		/** @type {Map<number, Table>} those that are no directories, by frame */
		this.tables = new Map();
		/** @type {Table[]} to use again */
		this.spare = [];
		const { kind = [], flags = [] } = trace.machine;
		// of a guest that is watched CR3 is not known before its first load
		this.curPgd = trace.watched ? NONE : trace.layout.swapper_pg_dir;
		// the directory that others copy the kernel's slots of; null: every one is its own
		this.reference = kind.includes("reference directory") ? this.curPgd : null;
		this.pse = flags.includes("pse"); // without, bit 7 of a directory's entry means nothing
		/** @type {Observer | null} */
		this.observer = null;
		this.pageOffset = trace.layout.page_offset;
		this.vmStart = trace.layout.vmalloc_start;
		this.vmEnd = trace.layout.vmalloc_end;
		/** @type {Area[]} vmlist, by address */
		this.areas = [];
		this.areasOwned = true;
		this.vmPages = 0;
		/** @type {Call} */
		this.call = { op: -1, size: 0, site: 0 };
		this.i = -1;
	}

	/** The directory that tells where the kernel's addresses lead. */
	get refPgd() {
		return this.reference ?? this.curPgd;
	}

	/* ---- page tables ---- */

	/**
	 * True if the directory entry maps a page of 4 MiB.
	 * @param {number} pde
	 */
	isLarge(pde) {
		return this.pse && (pde & (PRESENT | LARGE)) === (PRESENT | LARGE);
	}
	/**
	 * True if the directory entry leads to a table.
	 * @param {number} pde
	 */
	isTable(pde) {
		return (pde & PRESENT) !== 0 && !(this.pse && pde & LARGE);
	}
	/**
	 * The directory in the page of physical address pa, to be written to. Its entries are those
	 * that are known of the frame; its slots lead to tables from now on.
	 * @param {number} pa
	 * @param {number} i
	 */
	dir(pa, i) {
		const pgd = (pa & 0xfffff000) >>> 0;
		let d = this.dirs.get(pgd);
		if (!d) {
			d = this.tables.get(pgd >>> 12) ?? this.blank();
			this.tables.delete(pgd >>> 12);
			this.dirs.set(pgd, d);
			if (this.observer) this.observer.directory(this, i, pgd >>> 12);
		}
		if (d.epoch !== this.epoch) this.dirs.set(pgd, (d = this.own(d)));
		return d;
	}
	/**
	 * The table in frame pfn, which is no directory, to be written to.
	 * @param {number} pfn
	 */
	table(pfn) {
		let t = this.tables.get(pfn);
		if (!t) this.tables.set(pfn, (t = this.blank()));
		else if (t.epoch !== this.epoch) this.tables.set(pfn, (t = this.own(t)));
		return t;
	}
	/**
	 * A copy of a table that a snapshot shares, to be written to; in memory used before, if there
	 * is any: new memory costs more than the copying.
	 * @param {Table} shared
	 */
	own(shared) {
		const t = this.spare.pop();
		if (!t) return shared.copy(this.epoch);
		t.renew(this.epoch);
		t.entry.set(shared.entry);
		t.since.set(shared.since);
		return t;
	}
	/**
	 * A table of unknown entries: one that is not needed any more and that no snapshot shares, if
	 * there is one.
	 */
	blank() {
		const t = this.spare.pop();
		if (!t) return new Table(this.epoch);
		t.renew(this.epoch);
		t.entry.fill(0);
		t.since.fill(UNTOLD);
		return t;
	}
	/**
	 * @param {Map<number, Table>} map
	 * @param {number} key
	 */
	forget(map, key) {
		const t = map.get(key);
		if (!t) return;
		map.delete(key);
		this.spend(t);
	}
	/**
	 * A table that is not needed any more may be used again, unless a snapshot shares it.
	 * @param {Table} t
	 */
	spend(t) {
		if (t.epoch === this.epoch && this.spare.length < 128) this.spare.push(t);
	}
	/**
	 * Frames [pfn, pfn + n) hold no page-table entries any more.
	 * @param {number} pfn
	 * @param {number} n
	 */
	noTables(pfn, n) {
		const { tables, dirs, observer } = this;
		for (let p = pfn; p < pfn + n; p++) {
			if (!tables.has(p) && !dirs.has(p * 4096)) continue;
			if (observer) observer.gone(this, p);
			this.forget(tables, p);
			this.forget(dirs, p * 4096);
			if (this.watched) this.recast(p, 1, UNKNOWN);
		}
	}
	/**
	 * Frame pfn holds no entries, says event i: it is an empty table.
	 * @param {number} pfn
	 * @param {number} i
	 */
	empty(pfn, i) {
		if (this.observer) this.observer.emptied(this, pfn);
		this.forget(this.tables, pfn);
		this.forget(this.dirs, pfn * 4096);
		const t = this.blank();
		t.since.fill(i);
		this.tables.set(pfn, t);
		if (pfn < this.frames) this.recast(pfn, 1, PAGETABLE);
	}
	/**
	 * What frame pfn holds is not known from now on.
	 * @param {number} pfn
	 */
	unknown(pfn) {
		const isDir = this.dirs.has(pfn * 4096);
		if (!isDir && !this.tables.has(pfn)) return;
		if (this.observer) this.observer.emptied(this, pfn);
		if (isDir) this.forget(this.dirs, pfn * 4096);
		else this.forget(this.tables, pfn);
		if (isDir) this.dir(pfn * 4096, -1);
		else this.table(pfn);
	}
	/**
	 * The entry in slot x of frame pfn gets a value, by whatever store.
	 * @param {number} pfn
	 * @param {number} x
	 * @param {number} now
	 * @param {number} i
	 */
	storeEntry(pfn, x, now, i) {
		const directory = this.dirs.has(pfn * 4096),
			t = directory ? this.dir(pfn * 4096, i) : this.table(pfn),
			was = t.entry[x];
		t.entry[x] = now;
		t.since[x] = i;
		if (this.observer) this.observer.stored(this, i, pfn, x, was, now);
		if (directory && now >>> 12 < this.frames && this.isTable(now))
			this.recast(now >>> 12, 1, PAGETABLE);
		return was;
	}
	/**
	 * A store into the slot at physical address pa of a directory.
	 * @param {number} pa
	 * @param {number} pde
	 * @param {number} i
	 */
	setPde(pa, pde, i) {
		this.dir(pa, i);
		this.storeEntry(pa >>> 12, (pa >>> 2) & 1023, pde, i);
	}
	/**
	 * The directory or table whose entry lies at physical address pa, or undefined.
	 * @param {number} pa
	 */
	tableAt(pa) {
		return this.tables.get(pa >>> 12) ?? this.dirs.get((pa & 0xfffff000) >>> 0);
	}
	/**
	 * A store into the entry at physical address pa, which the kernel means for addr.
	 * @param {number} pa
	 * @param {number} addr
	 * @param {number} pte
	 * @param {number} i
	 */
	setPte(pa, addr, pte, i) {
		const old = this.storeEntry(pa >>> 12, (pa >>> 2) & 1023, pte, i);
		const kernel = addr >= this.vmStart && addr < this.vmEnd;
		if (kernel) this.vmPages += (pte & 1) - (old & 1);
		if (old & PRESENT) {
			const pfn = old >>> 12,
				was = pfn < this.frames ? this.meta[pfn] >> 4 : 0;
			if (was === VMALLOC || was === USER) this.recast(pfn, 1, KERNEL);
		}
		if (pte & PRESENT) {
			const pfn = pte >>> 12;
			if (pfn < this.frames && this.meta[pfn] >> 4 === KERNEL) {
				if (kernel) this.recast(pfn, 1, VMALLOC);
				else if (addr < this.pageOffset) this.recast(pfn, 1, USER);
			}
		}
	}

	/**
	 * What a store of the scenario's to linear address addr overwrites, if a page table or
	 * directory lies there and the entry is known: {pgd or table, slot, addr, old, value}; null:
	 * nothing, or a table that nothing leads to, which is data by now. Accessed and dirty are the
	 * MMU's; an entry that differs in them only stays. addr is the linear address the entry maps.
	 * @param {number} addr
	 * @param {number} value
	 */
	overwritten(addr, value) {
		const pa = this.translate(addr, this.curPgd),
			slot = (pa >>> 2) & 1023;
		if (pa < 0) return null;
		const page = pa - (pa % 4096),
			dir = this.dirs.get(page),
			t = dir ?? this.tables.get(pa >>> 12);
		if (!t || t.since[slot] === UNTOLD || sameEntry(t.entry[slot], value)) return null;
		const old = t.entry[slot];
		if (dir) return { pgd: page, slot, addr: (slot << 22) >>> 0, old, value };
		const at = this.addressOf(pa >>> 12);
		return at < 0 ? null : { table: pa >>> 12, slot, addr: at + slot * 4096, old, value };
	}
	/**
	 * Makes that store; no event of the tables' own tells of it.
	 * @param {number} addr
	 * @param {number} value
	 * @param {number} i
	 */
	store(addr, value, i) {
		const x = this.overwritten(addr, value);
		if (!x) return;
		if (x.pgd !== undefined) this.setPde(x.pgd + x.slot * 4, value, i);
		else this.setPte(x.table * 4096 + x.slot * 4, x.addr, value, i);
	}
	/**
	 * First linear address of the page table in frame pfn, -1 if no directory leads to it.
	 * @param {number} pfn
	 */
	addressOf(pfn) {
		for (const { entry } of this.dirs.values())
			for (let slot = 0; slot < entry.length; slot++)
				if (entry[slot] >>> 12 === pfn && this.isTable(entry[slot])) return slot * 0x400000;
		return -1;
	}

	/* ---- vmlist ---- */

	ownAreas() {
		if (!this.areasOwned) {
			this.areas = this.areas.slice();
			this.areasOwned = true;
		}
		return this.areas;
	}
	/** @param {number} addr */
	areaIndex(addr) {
		let lo = 0,
			hi = this.areas.length;
		while (lo < hi) {
			const mid = (lo + hi) >>> 1;
			if (this.areas[mid].addr <= addr) lo = mid + 1;
			else hi = mid;
		}
		return lo - 1;
	}
	/**
	 * The vmlist area that holds addr (guard page included), or null.
	 * @param {number} addr
	 */
	areaAt(addr) {
		const a = this.areas[this.areaIndex(addr)];
		return a && addr < a.addr + a.size ? a : null;
	}

	/* ---- reading ---- */

	/**
	 * The physical address that addr leads to through directory pgd: -1 if an access faults, -2 if
	 * an entry on the way is unknown.
	 * @param {number} addr
	 * @param {number} pgd
	 */
	translate(addr, pgd) {
		const dir = this.dirs.get(pgd),
			slot = addr >>> 22;
		if (!dir || dir.since[slot] === UNTOLD) return -2;
		const pde = dir.entry[slot];
		if (!(pde & PRESENT)) return -1;
		if (this.isLarge(pde)) return ((pde & 0xffc00000) | (addr & 0x3fffff)) >>> 0;
		const t = this.tableAt(pde),
			x = (addr >>> 12) & 1023;
		if (!t || t.since[x] === UNTOLD) return -2;
		const pte = t.entry[x];
		return pte & PRESENT ? ((pte & 0xfffff000) | (addr & 0xfff)) >>> 0 : -1;
	}
	/**
	 * What the MMU would do with addr: {pgd, pde, pdeSince, table, pte, pteSince, ok, pa, large,
	 * why: at which level it ends, unknown: no event has told the entry there}. pgd defaults to the
	 * directory in CR3.
	 * @param {number} addr
	 */
	walk(addr, pgd = this.curPgd) {
		const slot = addr >>> 22,
			dir = this.dirs.get(pgd);
		const w = {
			addr,
			pgd,
			slot,
			index: (addr >>> 12) & 1023,
			offset: addr & 4095,
			pde: dir?.entry[slot] ?? 0,
			pdeSince: dir?.since[slot] ?? UNTOLD,
			table: -1,
			pte: 0,
			pteSince: -1,
			ok: false,
			pa: 0,
			large: false,
			unknown: false,
			why: "",
		};
		if (!(w.pde & PRESENT)) {
			w.why = "pde";
			w.unknown = w.pdeSince === UNTOLD;
			return w;
		}
		if (this.isLarge(w.pde)) {
			w.large = true;
			w.ok = true;
			w.pa = ((w.pde & 0xffc00000) | (addr & 0x3fffff)) >>> 0;
			return w;
		}
		w.table = w.pde >>> 12;
		const t = this.tableAt(w.pde);
		w.pte = t?.entry[w.index] ?? 0;
		w.pteSince = t?.since[w.index] ?? UNTOLD;
		if (!(w.pte & PRESENT)) {
			w.why = "pte";
			w.unknown = w.pteSince === UNTOLD;
			return w;
		}
		w.ok = true;
		w.pa = ((w.pte & 0xfffff000) | w.offset) >>> 0;
		return w;
	}
	/**
	 * Virtual pages that map a frame: [{addr, pgd}], the linear map last.
	 * @param {number} pfn
	 */
	mappings(pfn) {
		const out = [];
		for (const [pgd, dir] of this.dirs) {
			for (let slot = 0; slot < 1024; slot++) {
				const pde = dir.entry[slot];
				if (!(pde & PRESENT)) continue;
				const base = (slot << 22) >>> 0;
				if (this.reference !== null && pgd !== this.reference && base >= this.pageOffset)
					continue;
				if (this.isLarge(pde)) {
					const first = pde >>> 12;
					if (pfn >= first && pfn < first + 1024)
						out.push({ addr: (base + ((pfn - first) << 12)) >>> 0, pgd, linear: true });
					continue;
				}
				const t = this.tableAt(pde);
				if (!t) continue;
				for (let x = 0; x < 1024; x++) {
					const pte = t.entry[x];
					if (pte & PRESENT && pte >>> 12 === pfn) {
						const addr = (base + (x << 12)) >>> 0;
						out.push({
							addr,
							pgd,
							linear: addr >= this.pageOffset && addr < this.vmStart,
						});
					}
				}
			}
		}
		return out.sort((x, y) => +x.linear - +y.linear);
	}

	/* ---- losses ---- */

	/**
	 * Events are missing: what they told of frames, lists and entries is unknown, until an event
	 * tells it.
	 */
	lose() {
		const { meta, since } = this;
		for (let p = 0; p < meta.length; p++) {
			if (meta[p] >> 4 === RESERVED) continue;
			meta[p] = UNKNOWN << 4;
			since[p] = -1;
		}
		this.on.fill(NOWHERE);
		this.heads.fill(-1);
		this.counts.fill(0);
		this.carried.fill(-1);
		this.refs.clear();
		this.told = false;
		this.counted.fill(0);
		this.areas = [];
		this.areasOwned = true;
		this.vmPages = 0;
		this.call = { op: -1, size: 0, site: 0 };
		for (const t of this.dirs.values()) this.spend(t);
		for (const t of this.tables.values()) this.spend(t);
		this.dirs.clear();
		this.tables.clear();
		this.curPgd = NONE; // until an event tells of a load of CR3
		if (this.reference !== null) this.dirs.set(this.reference, this.blank());
	}
}

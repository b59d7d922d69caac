// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * machine.js - the machine's memory at one moment, and how each event changes it.
 *
 * Frames are two bytes-per-frame columns: `meta` (owner class << 4 | order; order 15
 * is the tail of a block) and `since` (the event that gave the frame its present
 * life).  Free lists are doubly linked through the head frames, newest first, as
 * the kernel's.  Page tables are copied on write: a snapshot shares every table it
 * did not change.
 *
 * The rules are the kernel's emission order: a split unlinks the block if it is on
 * a list, lists the lower half and carries the upper half on; an allocation unlinks
 * what no split has carried; a merge unlinks both buddies and lists the whole.
 */
import { OP } from "./kinds.js";

export const UNKNOWN = 0,
	FREE = 1,
	RESERVED = 2,
	KERNEL = 3,
	VMALLOC = 4,
	PAGETABLE = 5,
	SLAB = 6,
	USER = 7,
	FLIGHT = 8;
export const OWNERS = [
	"unknown",
	"free",
	"reserved",
	"kernel",
	"vmalloc",
	"pagetable",
	"slab",
	"user",
	"in flight",
];
export const TAIL = 15;
export const NONE = 0xffffffff;
const NOWHERE = 0xffff;
const PRESENT = 1,
	LARGE = 0x80;
/** The `since` of an entry that no event has told: nobody knows what it holds. */
export const UNTOLD = -2;

export const WHOLE = 2048; // words of a table: entries, then sinces

let epochs = 0,
	tables = 0;

/**
 * A frame of entries: what each holds, and the event that told so; an entry that is not known
 * reads as 0.
 */
export class Table {
	constructor(epoch, entry = new Uint32Array(1024), since = new Int32Array(1024).fill(UNTOLD)) {
		this.epoch = epoch;
		this.id = ++tables;
		this.entry = entry;
		this.since = since;
	}
	/** To be another table's from now on. */
	renew(epoch) {
		this.epoch = epoch;
		this.id = ++tables;
	}
	/** Entries and sinces into data[at..at + WHOLE). */
	write(data, at) {
		data.set(this.entry, at);
		data.set(this.since, at + this.entry.length);
	}
	/** The table written at data[at..], not copied. */
	static view(epoch, data, at) {
		return new Table(
			epoch,
			new Uint32Array(data.buffer, data.byteOffset + at * 4, WHOLE / 2),
			data.subarray(at + WHOLE / 2, at + WHOLE),
		);
	}
	copy(epoch) {
		return new Table(epoch, this.entry.slice(), this.since.slice());
	}
}

export class Machine {
	/**
	 * framed: false for one that knows page tables and areas only (replayTables), at no cost a
	 * frame.
	 */
	constructor(trace, { framed = true } = {}) {
		const n = framed ? trace.frames : 0;
		this.frames = trace.frames;
		this.zones = trace.zones;
		this.orders = trace.orders;
		this.meta = new Uint8Array(n);
		this.since = new Int32Array(n).fill(-1);
		this.next = new Int32Array(n); // of a block on a list; elsewhere anything
		this.prev = new Int32Array(n);
		this.on = new Uint16Array(n).fill(NOWHERE); // the list a block is on, at its first frame
		// of a block on a list: 1 if it came there after the last snapshot()
		this.fresh = new Uint8Array(n);
		const lists = trace.nrZones * trace.orders; // list zone * orders + order
		this.heads = new Int32Array(lists).fill(-1);
		this.counts = new Int32Array(lists);
		this.zoneFree = new Int32Array(trace.nrZones);
		// by zone: the piece that a split carries on, on no list, and its order; -1: none
		this.carried = new Int32Array(trace.nrZones).fill(-1);
		this.carriedOrder = new Uint8Array(trace.nrZones);
		this.epoch = ++epochs;
		this.dirs = new Map();
		this.tables = new Map();
		this.spare = []; // tables to use again
		const { kind = [], flags = [] } = trace.machine;
		this.watched = trace.watched;
		// of a guest that is watched CR3 is not known before its first load
		this.curPgd = trace.watched ? NONE : trace.layout.swapper_pg_dir;
		// the directory that others copy the kernel's slots of; null: every one is its own
		this.reference = kind.includes("reference directory") ? this.curPgd : null;
		this.pse = flags.includes("pse"); // without, bit 7 of a directory's entry means nothing
		// is the state of every frame known? Then one that no event speaks of is kept
		this.told = kind.includes("initial state told");
		this.counted = new Uint8Array(trace.nrZones).fill(+this.told); // is zoneFree known?
		// is told of each store into an entry and of each table that comes and goes; see TableRules
		this.observer = null;
		this.pageOffset = trace.layout.page_offset;
		this.vmStart = trace.layout.vmalloc_start;
		this.vmEnd = trace.layout.vmalloc_end;
		// vmlist: event i made the area, by operation op, for `want` bytes, called from a site
		this.areas = [];
		this.areasOwned = true;
		this.vmPages = 0;
		this.refs = new Map(); // use counts that are not the ordinary 1 of a block's head
		this.call = { op: -1, size: 0, site: 0 };
		this.i = -1;
	}

	/** The directory that tells where the kernel's addresses lead. */
	get refPgd() {
		return this.reference ?? this.curPgd;
	}

	/* ---- free lists ---- */

	/** The zone of frame pfn, or null. */
	zoneOf(pfn) {
		const { zones } = this;
		for (let x = 0; x < zones.length; x++)
			if (pfn >= zones[x].start && pfn < zones[x].start + zones[x].n) return zones[x];
		return null;
	}
	/** Does the block lie in zone z (null: in none), aligned to its order? */
	fits(z, pfn, order) {
		if (!z || order >= this.orders) return false;
		const at = pfn - z.start,
			n = 1 << order;
		return (at & (n - 1)) === 0 && at + n <= z.n;
	}

	link(pfn, order, zone) {
		this.drop(pfn);
		const q = zone * this.orders + order,
			head = this.heads[q];
		if (this.refs.size) this.refs.delete(pfn);
		this.meta[pfn] = (FREE << 4) | order;
		this.next[pfn] = head;
		this.prev[pfn] = -1;
		if (head >= 0) this.prev[head] = pfn;
		this.heads[q] = pfn;
		this.on[pfn] = q;
		this.fresh[pfn] = 1;
		this.counts[q]++;
	}
	/** Is the block at pfn on a free list of that order? */
	listedAs(pfn, order) {
		return this.meta[pfn] === ((FREE << 4) | order) && this.on[pfn] !== NOWHERE;
	}
	/** Takes a block off its list, of whatever zone; false if it is not on a list of that order. */
	unlink(pfn, order) {
		if (!this.listedAs(pfn, order)) return false;
		const q = this.on[pfn],
			n = this.next[pfn],
			p = this.prev[pfn];
		if (p >= 0) this.next[p] = n;
		else this.heads[q] = n;
		if (n >= 0) this.prev[n] = p;
		this.counts[q]--;
		this.on[pfn] = NOWHERE;
		this.meta[pfn] = (FREE << 4) | TAIL;
		return true;
	}
	/** The piece that a split carried on is not what came next: it is a free block. */
	putBack(zone) {
		const pfn = this.carried[zone];
		this.carried[zone] = -1;
		if (pfn >= 0) this.link(pfn, this.carriedOrder[zone], zone);
	}
	/** Frames whose state was unknown are free, says an event. */
	adopt(pfn, order) {
		const { meta } = this;
		for (let p = pfn; p < pfn + (1 << order); p++)
			if (meta[p] >> 4 === UNKNOWN) meta[p] = (FREE << 4) | TAIL;
	}
	/**
	 * Takes a block to be handed out or split from its list, or as the piece that a split carries on;
	 * out of a larger free block if the splits were never told. False: it was not free.
	 */
	take(pfn, order, zone) {
		if (this.unlink(pfn, order)) return true;
		const owner = this.meta[pfn] >> 4;
		if (owner === FREE) {
			const block = this.blockOf(pfn);
			let head = block.pfn,
				from = block.order;
			if (from >= order && this.unlink(head, from))
				while (from > order) {
					const upper = head + (1 << --from);
					this.link(pfn < upper ? upper : head, from, zone);
					if (pfn >= upper) head = upper;
				}
		}
		return owner === FREE || owner === FLIGHT || (owner === UNKNOWN && !this.told);
	}
	/**
	 * Takes a frame off whatever list it heads: a frame is on one list at most, even where a trace
	 * breaks the rules.
	 */
	drop(pfn) {
		const was = this.meta[pfn],
			order = was & 15;
		if (was >> 4 === FREE && order !== TAIL) this.unlink(pfn, order);
	}
	/** The blocks of one list, head first. */
	list(zone, order) {
		const out = [];
		for (let p = this.heads[zone * this.orders + order]; p >= 0; p = this.next[p]) out.push(p);
		return out;
	}
	claim(pfn, order, owner, i) {
		const n = 1 << order;
		for (let p = pfn; p < pfn + n && p < this.frames; p++)
			if (this.meta[p] >> 4 === FREE && (this.meta[p] & 15) !== TAIL) this.drop(p);
		if (n === 1) {
			this.meta[pfn] = owner << 4;
			this.since[pfn] = i;
			return;
		}
		this.meta.fill((owner << 4) | TAIL, pfn, pfn + n);
		// a free head gets its order when it is listed
		if (owner !== FREE) this.meta[pfn] = (owner << 4) | order;
		this.since.fill(i, pfn, pfn + n);
	}
	/** Changes the class of a block that is in use, keeping its order and age. */
	recast(pfn, n, owner) {
		for (let p = pfn; p < pfn + n && p < this.frames; p++) {
			const was = this.meta[p] >> 4;
			if ((was > RESERVED && was !== FLIGHT) || this.watched)
				this.meta[p] = (owner << 4) | (this.meta[p] & 15);
		}
	}

	/* ---- page tables ---- */

	/** True if the directory entry maps a page of 4 MiB. */
	isLarge(pde) {
		return this.pse && (pde & (PRESENT | LARGE)) === (PRESENT | LARGE);
	}
	/** True if the directory entry leads to a table. */
	isTable(pde) {
		return (pde & PRESENT) !== 0 && !(this.pse && pde & LARGE);
	}
	/**
	 * The directory in the page of physical address pa, to be written to. Its entries are those that
	 * are known of the frame; its slots lead to tables from now on.
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
	/** The table in frame pfn, which is no directory, to be written to. */
	table(pfn) {
		let t = this.tables.get(pfn);
		if (!t) this.tables.set(pfn, (t = this.blank()));
		else if (t.epoch !== this.epoch) this.tables.set(pfn, (t = this.own(t)));
		return t;
	}
	/**
	 * A copy of a table that a snapshot shares, to be written to; in memory used before, if there
	 * is any: new memory costs more than the copying.
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
	forget(map, key) {
		const t = map.get(key);
		if (!t) return;
		map.delete(key);
		this.spend(t);
	}
	/** A table that is not needed any more may be used again, unless a snapshot shares it. */
	spend(t) {
		if (t.epoch === this.epoch && this.spare.length < 128) this.spare.push(t);
	}
	/** Frames [pfn, pfn + n) hold no page-table entries any more. */
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
	/** Frame pfn holds no entries, says event i: it is an empty table. */
	empty(pfn, i) {
		if (this.observer) this.observer.emptied(this, pfn);
		this.forget(this.tables, pfn);
		this.forget(this.dirs, pfn * 4096);
		const t = this.blank();
		t.since.fill(i);
		this.tables.set(pfn, t);
		if (pfn < this.frames) this.recast(pfn, 1, PAGETABLE);
	}
	/** What frame pfn holds is not known from now on. */
	unknown(pfn) {
		const isDir = this.dirs.has(pfn * 4096);
		if (!isDir && !this.tables.has(pfn)) return;
		if (this.observer) this.observer.emptied(this, pfn);
		if (isDir) this.forget(this.dirs, pfn * 4096);
		else this.forget(this.tables, pfn);
		if (isDir) this.dir(pfn * 4096, -1);
		else this.table(pfn);
	}
	/** The entry in slot x of frame pfn gets a value, by whatever store. */
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
	/** A store into the slot at physical address pa of a directory. */
	setPde(pa, pde, i) {
		this.dir(pa, i);
		this.storeEntry(pa >>> 12, (pa >>> 2) & 1023, pde, i);
	}
	/** The directory or table whose entry lies at physical address pa, or undefined. */
	tableAt(pa) {
		return this.tables.get(pa >>> 12) ?? this.dirs.get((pa & 0xfffff000) >>> 0);
	}
	/** A store into the entry at physical address pa, which the kernel means for addr. */
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
	 * What a store of the scenario's to linear address addr overwrites, if a page table or directory
	 * lies there and the entry is known: {pgd or table, slot, addr, old, value}; null: nothing, or a
	 * table that nothing leads to, which is data by now. Accessed and dirty are the MMU's; an entry
	 * that differs in them only stays. addr is the linear address the entry maps.
	 */
	overwritten(addr, value) {
		const pa = this.translate(addr, this.curPgd),
			slot = (pa >>> 2) & 1023;
		if (pa < 0) return null;
		const page = pa - (pa % 4096),
			dir = this.dirs.get(page),
			t = dir ?? this.tables.get(pa >>> 12),
			old = t?.entry[slot];
		if (!t || t.since[slot] === UNTOLD || !((old ^ value) & ~0x60)) return null;
		if (dir) return { pgd: page, slot, addr: (slot << 22) >>> 0, old, value };
		const at = this.addressOf(pa >>> 12);
		return at < 0 ? null : { table: pa >>> 12, slot, addr: at + slot * 4096, old, value };
	}
	/** Makes that store; no event of the tables' own tells of it. */
	store(addr, value, i) {
		const x = this.overwritten(addr, value);
		if (!x) return;
		if (x.pgd !== undefined) this.setPde(x.pgd + x.slot * 4, value, i);
		else this.setPte(x.table * 4096 + x.slot * 4, x.addr, value, i);
	}
	/**
	 * First linear address of the page table in frame pfn, -1 if no directory leads to it.
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
	/** The vmlist area that holds addr (guard page included), or null. */
	areaAt(addr) {
		const a = this.areas[this.areaIndex(addr)];
		return a && addr < a.addr + a.size ? a : null;
	}

	/* ---- reading ---- */

	/**
	 * The physical address that addr leads to through directory pgd: -1 if an access faults, -2 if
	 * an entry on the way is unknown.
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
	 * why: at which level it ends, unknown: no event has told the entry there}.
	 * pgd defaults to the directory in CR3.
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
	/** Head of the block a frame belongs to (the frame itself if nothing is known). */
	blockOf(pfn) {
		const m = this.meta[pfn];
		if ((m & 15) !== TAIL) return { pfn, order: m & 15 };
		for (let o = 1; o < this.orders; o++) {
			const head = this.zoneRelativeHead(pfn, o),
				hm = this.meta[head],
				ho = hm & 15;
			if (ho !== TAIL && ho >= o && head + (1 << ho) > pfn && hm >> 4 === m >> 4)
				return { pfn: head, order: ho };
		}
		return { pfn, order: 0 };
	}
	zoneRelativeHead(pfn, order) {
		const base = this.zoneOf(pfn)?.start ?? 0;
		return base + (((pfn - base) >> order) << order);
	}
	/** Virtual pages that map a frame: [{addr, pgd}], the linear map last. */
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
		return out.sort((x, y) => x.linear - y.linear);
	}
	freePages() {
		return this.zoneFree.reduce((sum, n) => sum + n, 0);
	}
	/** Share of the free pages of a zone that no block of `order` or more holds: 0..1. */
	unusable(zone, order) {
		let free = 0,
			usable = 0;
		for (let o = 0; o < this.orders; o++) {
			const pages = this.counts[zone * this.orders + o] << o;
			free += pages;
			if (o >= order) usable += pages;
		}
		return free ? (free - usable) / free : 0;
	}
	largest(zone) {
		for (let o = this.orders - 1; o >= 0; o--)
			if (this.counts[zone * this.orders + o]) return o;
		return -1;
	}

	/* ---- snapshots ---- */

	/** A snapshot that shares the tables with this machine; written into an old one if given. */
	capture(into) {
		const key = into ?? {
			meta: new Uint8Array(this.frames),
			since: new Int32Array(this.frames),
		};
		key.meta.set(this.meta);
		key.since.set(this.since);
		key.dirs = new Map(this.dirs);
		key.tables = new Map(this.tables);
		key.lists = this.listed(false);
		this.rest(key);
		this.epoch = ++epochs; // from now on every table is shared with the snapshot
		return key;
	}
	/**
	 * The blocks of all lists, each list head first and ended by -1; with `fresh` only those that
	 * came there after
	 * the last snapshot: blocks are put on a list at its head, so the others follow as they did
	 * then.
	 */
	listed(fresh) {
		const { heads, counts, next } = this;
		let blocks = heads.length,
			at = 0;
		for (let q = 0; q < heads.length; q++) blocks += counts[q];
		// kept: new memory is slow
		if (!(this.found?.length >= blocks)) this.found = new Int32Array(blocks * 2);
		const out = this.found;
		for (let q = 0; q < heads.length; q++) {
			for (let p = heads[q]; p >= 0 && (!fresh || this.fresh[p]); p = next[p]) out[at++] = p;
			out[at++] = -1;
		}
		return out.slice(0, at);
	}
	/** What a snapshot holds beside frames, lists and tables. */
	rest(key) {
		key.zoneFree = this.zoneFree.slice();
		key.carried = this.carried.slice();
		key.carriedOrder = this.carriedOrder.slice();
		key.areas = this.areas;
		key.vmPages = this.vmPages;
		key.refs = new Map(this.refs);
		key.curPgd = this.curPgd;
		key.pse = this.pse;
		key.told = this.told;
		key.counted = this.counted.slice();
		key.call = { ...this.call };
		key.i = this.i;
		this.areasOwned = false;
	}
	/**
	 * A snapshot in columns, to be sent: what differs from the one before, or everything (`whole`).
	 * Frames as pfn,
	 * meta and since, or all of them where more than a quarter differ; tables and directories as
	 * entries() has them.
	 * was: what the one before left of itself, to be passed on ({} at first).
	 */
	snapshot(was, whole) {
		// nothing has happened: what is not unknown is little
		if (this.i < 0) Object.assign(was, { i: -1, meta: new Uint8Array(this.frames) });
		const key = {
			whole,
			...(whole && this.i >= 0 ? this.all(was) : this.changed(was)),
			tables: entries(this.tables, whole ? null : was.tables, was.i),
			dirs: entries(this.dirs, whole ? null : was.dirs, was.i),
		};
		key.lists = this.listed(!whole);
		for (const p of key.lists) if (p >= 0) this.fresh[p] = 0;
		this.rest(key);
		was.tables = ids(this.tables);
		was.dirs = ids(this.dirs);
		was.i = this.i;
		return key;
	}
	/** The frames that differ: {pfn, meta, since}; pfn is null if they are all frames. */
	changed(was) {
		const { meta, since, frames } = this;
		if (this.i < 0 && unknown(meta))
			return { pfn: new Int32Array(0), meta: new Uint8Array(0), since: new Int32Array(0) };
		const pfn = (was.pfn ??= new Int32Array(frames >> 2));
		let n = 0;
		for (let p = 0; p < frames && n >= 0; p += SPAN)
			n = differing(meta, was.meta, since, was.i, p, Math.min(p + SPAN, frames), pfn, n);
		if (n < 0) return this.all(was);
		const out = { pfn: pfn.slice(0, n), meta: new Uint8Array(n), since: new Int32Array(n) };
		for (let x = 0; x < n; x++) {
			const p = pfn[x];
			was.meta[p] = out.meta[x] = meta[p];
			out.since[x] = since[p];
		}
		return out;
	}
	all(was) {
		(was.meta ??= new Uint8Array(this.frames)).set(this.meta);
		return { pfn: null, meta: this.meta.slice(), since: this.since.slice() };
	}
	/**
	 * Takes over a snapshot: a captured one, or one of snapshot() whose `base` is the one before it
	 * (a whole one has none).
	 */
	restore(key) {
		const chain = [key];
		while (chain[0].base) chain.unshift(chain[0].base);
		if (this.meta.length) this.restoreFrames(chain);
		this.zoneFree.set(key.zoneFree);
		this.carried.set(key.carried);
		this.carriedOrder.set(key.carriedOrder);
		for (const t of this.dirs.values()) this.spend(t);
		for (const t of this.tables.values()) this.spend(t);
		this.epoch = ++epochs;
		if (key.whole === undefined) {
			this.dirs = new Map(key.dirs);
			this.tables = new Map(key.tables);
		} else {
			this.put(
				(this.dirs = new Map()),
				chain.map((part) => part.dirs),
			);
			this.put(
				(this.tables = new Map()),
				chain.map((part) => part.tables),
			);
		}
		this.areas = key.areas;
		this.areasOwned = false;
		this.vmPages = key.vmPages;
		this.refs = new Map(key.refs);
		this.curPgd = key.curPgd;
		this.pse = key.pse;
		this.told = key.told;
		this.counted.set(key.counted);
		this.call = { ...key.call };
		this.i = key.i;
	}
	restoreFrames(chain) {
		let x = chain.length - 1;
		while (chain[x]?.pfn) x--;
		if (x >= 0) {
			this.meta.set(chain[x].meta);
			this.since.set(chain[x].since);
		} else if (!Number.isNaN(this.i)) {
			// not as it was made
			this.meta.fill(UNKNOWN);
			this.since.fill(-1);
		}
		for (x++; x < chain.length; x++) {
			const { pfn, meta, since } = chain[x];
			for (let j = 0; j < pfn.length; j++) {
				this.meta[pfn[j]] = meta[j];
				this.since[pfn[j]] = since[j];
			}
		}
		this.relist(chain);
	}
	/**
	 * Puts the blocks on their lists: what came last stands first. A block of an older snapshot is
	 * there still if it
	 * is a free block of that order and did not come back later.
	 */
	relist(chain) {
		const { meta, next, prev, on, heads, counts } = this,
			last = new Int32Array(heads.length).fill(-1);
		heads.fill(-1);
		counts.fill(0);
		if (!Number.isNaN(this.i)) on.fill(NOWHERE);
		for (let x = chain.length - 1; x >= 0; x--) {
			let q = 0,
				free = FREE << 4,
				tail = last[0];
			for (const p of chain[x].lists) {
				if (p < 0) {
					last[q++] = tail;
					tail = last[q];
					free = (FREE << 4) | (q % this.orders);
					continue;
				}
				if (on[p] !== NOWHERE || meta[p] !== free) continue;
				prev[p] = tail;
				on[p] = q;
				if (tail < 0) heads[q] = p;
				else next[tail] = p;
				counts[q]++;
				tail = p;
			}
		}
		for (let q = 0; q < heads.length; q++) if (last[q] >= 0) next[last[q]] = -1;
	}
	/**
	 * Puts tables together from what entries() found, of a whole snapshot and those after it; what
	 * did not last is passed over.
	 */
	put(map, parts) {
		// of each table there is at the end, where it was made last and its key: `found` has it as
		// a signed number
		const made = new Map();
		parts.forEach((part, x) => {
			for (const k of part.gone) made.delete(k | 0);
			for (const [k] of part.made) made.set(k | 0, { x, k });
			for (const k of part.whole) made.set(k | 0, { x, k });
		});
		parts.forEach((part, x) => {
			for (const [k, since] of part.made) {
				if (made.get(k | 0)?.x !== x) continue;
				const t = this.blank();
				t.since.fill(since);
				map.set(k, t);
			}
			part.whole.forEach((k, n) => {
				if (made.get(k | 0)?.x === x) map.set(k, Table.view(-1, part.data, n * WHOLE));
			});
			const { found } = part;
			for (let at = 0; at < found.length;) {
				const key = found[at],
					last = made.get(key);
				if (!(last?.x <= x)) {
					while (found[at] === key) at += 4;
					continue;
				}
				let t = map.get(last.k);
				if (t.epoch !== this.epoch) map.set(last.k, (t = this.own(t)));
				for (; found[at] === key; at += 4) {
					t.entry[found[at + 1]] = found[at + 2];
					t.since[found[at + 1]] = found[at + 3];
				}
			}
		});
	}
	/** Takes over the `key` record of a slice: the state before event 0. */
	load(key) {
		const f = key.frames;
		if (f)
			for (let r = 0; r < f.pfn.length; r++) {
				const owner =
					typeof f.owner[r] === "string"
						? Math.max(0, OWNERS.indexOf(f.owner[r]))
						: f.owner[r];
				const order = f.order?.[r] ?? 0;
				if (owner === UNKNOWN) this.told = false;
				for (let p = f.pfn[r]; p < f.pfn[r] + f.n[r] && p < this.frames; p++)
					this.meta[p] = (owner << 4) | (p % (1 << order) === 0 ? order : TAIL);
			}
		const l = key.free;
		if (l)
			for (let r = l.pfn.length; r-- > 0;) {
				if (l.pfn[r] >= this.frames) continue;
				this.meta.fill((FREE << 4) | TAIL, l.pfn[r], l.pfn[r] + (1 << l.o[r]));
				this.link(l.pfn[r], l.o[r], l.z[r]);
				this.zoneFree[l.z[r]] += 1 << l.o[r];
			}
		if (key.cr3 !== undefined) this.curPgd = key.cr3;
		// what the record does not name is empty
		for (const pgd of key.pde ? [this.curPgd, ...key.pde.pgd] : []) {
			const d = this.dir(pgd, -1);
			if (d.since[0] === UNTOLD) d.since.fill(-1);
		}
		for (let r = 0; r < (key.pde?.pgd.length ?? 0); r++) {
			const { pgd, slot, entry } = key.pde,
				table = entry[r] >>> 12;
			this.setPde(pgd[r] + slot[r] * 4, entry[r], -1);
			if (this.isTable(entry[r]) && !this.tableAt(entry[r])) this.table(table).since.fill(-1);
		}
		for (let r = 0; r < (key.pte?.addr.length ?? 0); r++) {
			const pde = this.dirs.get(key.pte.pgd[r])?.entry[key.pte.addr[r] >>> 22] ?? 0;
			for (let x = 0; x < key.pte.n[r]; x++) {
				const at = (key.pte.addr[r] + x * 4096) >>> 0;
				this.setPte(
					((pde & 0xfffff000) | (((at >>> 12) & 1023) << 2)) >>> 0,
					at,
					(key.pte.entry[r] + x * 4096) >>> 0,
					-1,
				);
			}
		}
		for (let r = 0; r < (key.areas?.addr.length ?? 0); r++) {
			this.areas.push({
				addr: key.areas.addr[r],
				size: key.areas.size[r],
				flags: key.areas.flags[r],
				i: -1,
				op: -1,
				want: 0,
				site: 0,
			});
		}
		for (let r = 0; r < (key.refs?.pfn.length ?? 0); r++)
			this.refs.set(key.refs.pfn[r], key.refs.count[r] | 0);
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

const ids = (map) => {
	const out = new Map();
	for (const [k, t] of map) out.set(k, t.id);
	return out;
};
let scratch = new Int32Array(1 << 16); // of entries(), to be used again

/** Is nothing known of any frame? */
function unknown(meta) {
	const words = new Uint32Array(meta.buffer, 0, meta.length >> 2);
	for (let w = 0; w < words.length; w++) if (words[w]) return false;
	for (let p = words.length * 4; p < meta.length; p++) if (meta[p]) return false;
	return true;
}

const SPAN = 1 << 14;
/**
 * Of the frames [p, end), p a multiple of 4, those that were written after event i or whose meta
 * differs: into out from
 * n on. Returns where they end, -1 if out is too small. What was written has a later event, and
 * most frames were not:
 * four are looked at at once.
 */
function differing(meta, was, since, i, p, end, out, n) {
	const now4 = new Uint32Array(meta.buffer, 0, meta.length >> 2),
		was4 = new Uint32Array(was.buffer, 0, meta.length >> 2);
	while (p < end) {
		if (
			p + 4 <= end &&
			now4[p >> 2] === was4[p >> 2] &&
			since[p] <= i &&
			since[p + 1] <= i &&
			since[p + 2] <= i &&
			since[p + 3] <= i
		) {
			p += 4;
			continue;
		}
		for (const stop = Math.min(p + 4, end); p < stop; p++) {
			if (since[p] <= i && meta[p] === was[p]) continue;
			if (n === out.length) return -1;
			out[n++] = p;
		}
	}
	return n;
}

/**
 * The entries of a table written after event i as [key, slot, entry, since, ...] into out from n
 * on; returns where they end.
 */
function written(key, entry, since, i, out, n) {
	for (let slot = 0; slot < 1024; slot++)
		if (since[slot] > i) n = put(out, n, key, slot, entry[slot], since[slot]);
	return n;
}
/** The same of what stands in a new table, or was changed otherwise than the rest of it. */
function standing(key, entry, since, common, out, n) {
	for (let slot = 0; slot < 1024; slot++)
		if (entry[slot] || since[slot] !== common)
			n = put(out, n, key, slot, entry[slot], since[slot]);
	return n;
}
function put(out, n, key, slot, entry, since) {
	out[n] = key;
	out[n + 1] = slot;
	out[n + 2] = entry;
	out[n + 3] = since;
	return n + 4;
}

/**
 * What was written in the tables of `now` after event i: {gone: keys, made: [[key, since]] of empty
 * tables that are
 * new, found: [table, slot, entry, since, ...], whole: keys, data: entries and sinces of those that
 * were written in
 * more than half of their slots}.  was: which table each key had then, by id; null: none.
 */
function entries(now, was, i) {
	const gone = [],
		made = [],
		whole = [];
	let n = 0;
	for (const [k, { id, entry, since }] of now) {
		const old = was?.get(k) === id,
			common = since[1023];
		if (n + WHOLE * 2 > scratch.length) {
			const more = new Int32Array(scratch.length * 2);
			more.set(scratch);
			scratch = more;
		}
		const to = old
			? written(k, entry, since, i, scratch, n)
			: standing(k, entry, since, common, scratch, n);
		if (to - n > WHOLE) {
			whole.push(k);
			continue;
		}
		n = to;
		if (!old) made.push([k, common]);
	}
	if (was) for (const k of was.keys()) if (!now.has(k)) gone.push(k);
	const data = new Int32Array(whole.length * WHOLE);
	whole.forEach((k, x) => now.get(k).write(data, x * WHOLE));
	return { gone, made, found: scratch.slice(0, n), whole, data };
}

/** Is the trace one from the start of the machine on, and not a part of it? */
export const isWhole = (trace) => !trace.before && !trace.initial?.frames && !trace.initial?.pde;

/** The state before event 0; m: a new machine. */
export function initialMachine(trace, m = new Machine(trace)) {
	if (trace.before) m.restore(trace.before);
	else {
		if (m.curPgd !== NONE) m.dir(m.curPgd, -1);
		if (trace.initial) m.load(trace.initial);
	}
	return m;
}

/** One frame given to the buddy lists with every merge it makes: what a boot range replays. */
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
 * A range handed over at boot, frame by frame, upwards or down.  Where a whole block of
 * the largest order lies in it, 512 merges end in one block at the head of one list: that
 * is done at once, a million frames in no time.
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
function untold(m, first, n) {
	for (let p = first; p < first + n; p++) if (m.meta[p] >> 4 !== UNKNOWN) return false;
	return true;
}
/** The frames of a block have their ordinary use counts. */
function ordinary(m, pfn, order) {
	if (m.refs.size) for (let p = pfn; p < pfn + (1 << order); p++) m.refs.delete(p);
}

/* What each kind of event does to the machine: one function a kind. */

function pageAlloc(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!m.fits(z, pfn, order)) return;
	const { id } = z,
		taken = m.carried[id] === pfn && m.carriedOrder[id] === order;
	if (taken) m.carried[id] = -1;
	else m.putBack(id);
	if (taken || m.take(pfn, order, id)) m.zoneFree[id] -= 1 << order;
	m.claim(pfn, order, KERNEL, i);
	ordinary(m, pfn, order);
}
/** What is free already stays where it is. */
function pageFree(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!m.fits(z, pfn, order)) return;
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
/** low: the lower half is carried on and the upper one listed. What is in use is not split. */
function split(m, i, pfn, order, low) {
	const z = m.zoneOf(pfn);
	if (!order || !m.fits(z, pfn, order)) return;
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
/** Only two listed buddies merge; of one that is unknown the event tells that it is listed. */
function merge(m, i, pfn, order) {
	const z = m.zoneOf(pfn);
	if (!m.fits(z, pfn, order + 1)) return;
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
/** Frames become `owner`'s outside of the allocator. */
function setFrames(m, first, n, owner, i) {
	const end = Math.min(m.frames, first + n);
	for (let p = first; p < end; p++) m.drop(p);
	m.meta.fill(owner << 4, first, end);
	m.since.fill(i, first, end);
}
/** The kernel takes frames out of those that are kept, to give them back. */
function clearReserved(m, first, n, i) {
	const end = Math.min(m.frames, first + n);
	for (let p = first; p < end; p++) {
		const owner = m.meta[p] >> 4;
		if (owner === RESERVED || (owner === UNKNOWN && m.told)) setFrames(m, p, 1, KERNEL, i);
	}
}
/** The range lies in one table, or in a directory. */
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
/** A directory is empty, or has the kernel's slots of another at this moment. */
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
function pgdFree(m, pgd) {
	const page = (pgd & 0xfffff000) >>> 0;
	if (m.dirs.has(page) && page !== m.reference) m.noTables(pgd >>> 12, 1);
}
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
function areaFree(m, addr) {
	const at = m.areaIndex(addr);
	if (at >= 0 && m.areas[at].addr === addr) m.ownAreas().splice(at, 1);
}

/** The kinds that are not the buddy allocator's: machine, fields, event, trace. */
const CR4_PSE = 0x10;
const tableStore = (m, e, i) =>
	m.storeEntry(e.entry_pa(i) >>> 12, (e.entry_pa(i) >>> 2) & 1023, e.entry(i), i);

const EFFECTS = Object.entries({
	free_boot_range: (m, e, i) => freeRange(m, e.start_pfn(i), e.nr_pages(i), e.descending(i), i),
	reserve_bootmem: (m, e, i) => setFrames(m, e.start_pfn(i), e.nr_pages(i), RESERVED, i),
	page_clear_reserved: (m, e, i) => clearReserved(m, e.pfn(i), e.nr_pages(i), i),
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
	slab_grow: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), SLAB),
	slab_destroy: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), KERNEL),
	page_ref_mod(m, e, i) {
		m.refs.set(e.pfn(i), e.count(i) | 0);
	},
	/** The kernel counts a zone: nothing is under way in it, and its free pages are known. */
	zone_state(m, e, i, { records }) {
		const zone = records.get(i)?.zone;
		if (!(zone < m.zoneFree.length)) return;
		m.putBack(zone);
		if (!m.counted[zone]) m.zoneFree[zone] = records.get(i).free_pages;
		m.counted[zone] = 1;
	},
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
}).reduce((list, [name, effect]) => {
	list[OP[name]] = effect;
	return list;
}, new Array(64).fill(null));
/** Those that change page tables, directories and areas. */
const TABLES = EFFECTS.map((effect, w) =>
	effect &&
	![
		OP.free_boot_range,
		OP.reserve_bootmem,
		OP.page_clear_reserved,
		OP.page_ref_mod,
		OP.slab_grow,
		OP.slab_destroy,
		OP.zone_state,
	].includes(w)
		? effect
		: null,
);
const ALLOC = OP.mm_page_alloc,
	RELEASE = OP.mm_page_free,
	SPLIT = OP.buddy_split,
	SPLIT_LOW = OP.buddy_split_low,
	MERGE = OP.buddy_merge;

/** The first event that something is missing before, or is missing itself. */
const startOf = (gap) => (gap.rows ? gap.i - gap.lost : gap.i);

/**
 * Applies events from..to-1.  `watch`, if given, is shown each event before and after it is
 * applied, and each loss (see hazards.js); seeking passes none and pays nothing for it.
 */
export function replay(m, trace, from, to, watch = null) {
	let at = from;
	for (const gap of trace.gaps) {
		const start = startOf(gap);
		if (start < from || start >= to) continue;
		replayWhole(m, trace, at, start, watch);
		m.lose();
		if (watch) watch.lost(m, start);
		at = start;
	}
	replayWhole(m, trace, at, to, watch);
	if (to > from) m.i = to - 1;
}
/** Of these events none is missing. */
function replayWhole(m, trace, from, to, watch) {
	const { k, base, byId } = trace,
		{ op } = trace.kinds;
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (watch) watch.before(m, id, e, i);
		if (w === ALLOC) pageAlloc(m, i, e.pfn(i), e.order(i));
		else if (w === RELEASE) pageFree(m, i, e.pfn(i), e.order(i));
		else if (w === SPLIT || w === SPLIT_LOW) split(m, i, e.pfn(i), e.order(i), w === SPLIT_LOW);
		else if (w === MERGE) merge(m, i, e.pfn(i), e.order(i));
		else EFFECTS[w]?.(m, e, i, trace);
		if (watch) watch.after(m, id, e, i);
	}
}

/** The same for a machine without frames. */
export function replayTables(m, trace, from, to) {
	const { k, base, byId, gaps } = trace,
		{ op } = trace.kinds,
		lost = new Set(gaps.map(startOf));
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (lost.size && lost.has(i)) m.lose();
		if (w === RELEASE) {
			const pfn = m.tables.size + m.dirs.size > 1 ? e.pfn(i) : NONE,
				order = e.order(i);
			if (m.fits(m.zoneOf(pfn), pfn, order)) m.noTables(pfn, 1 << order);
		} else TABLES[w]?.(m, e, i, trace);
	}
	if (to > from) m.i = to - 1;
}

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
	PSE = 0x80;

export const WHOLE = 2048; // words of a table: entries, then sinces

let epochs = 0,
	tables = 0;

export class Table {
	constructor(epoch, entry = new Uint32Array(1024), since = new Int32Array(1024).fill(-1)) {
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
		this.refPgd = trace.layout.swapper_pg_dir;
		this.curPgd = this.refPgd;
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

	/* ---- free lists ---- */

	link(pfn, order, zone) {
		this.drop(pfn);
		const q = zone * this.orders + order,
			head = this.heads[q];
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
		if (pfn >= 0 && pfn < this.frames && this.meta[pfn] >> 4 === FLIGHT)
			this.link(pfn, this.carriedOrder[zone], zone);
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
		return owner === FREE || owner === FLIGHT;
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
			if (was !== FREE && was !== RESERVED && was !== UNKNOWN)
				this.meta[p] = (owner << 4) | (this.meta[p] & 15);
		}
	}

	/* ---- page tables ---- */

	dir(pgd) {
		let d = this.dirs.get(pgd);
		if (!d) this.dirs.set(pgd, (d = this.blank()));
		else if (d.epoch !== this.epoch) this.dirs.set(pgd, (d = this.own(d)));
		return d;
	}
	table(key) {
		let t = this.tables.get(key);
		if (!t) this.tables.set(key, (t = this.blank()));
		else if (t.epoch !== this.epoch) this.tables.set(key, (t = this.own(t)));
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
	 * An empty table: one that is not needed any more and that no snapshot shares, if there is one.
	 */
	blank() {
		const t = this.spare.pop();
		if (!t) return new Table(this.epoch);
		t.renew(this.epoch);
		t.entry.fill(0);
		t.since.fill(-1);
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
	/**
	 * A page table whose frame is given back is kept as long as something stands in it: a directory
	 * may still lead there.
	 */
	forgetEmpty(pfn) {
		const entry = this.tables.get(pfn)?.entry;
		if (!entry) return;
		for (let slot = 0; slot < entry.length; slot++) if (entry[slot]) return;
		this.forget(this.tables, pfn);
	}
	setPde(pgd, slot, pde, i) {
		const d = this.dir(pgd);
		d.entry[slot] = pde;
		d.since[slot] = i;
		if (pde & PRESENT && !(pde & PSE)) {
			const pfn = pde >>> 12;
			if (pfn < this.frames) this.recast(pfn, 1, PAGETABLE);
		}
	}
	/** The directory or table whose entry lies at physical address pa, or undefined. */
	tableAt(pa) {
		return this.tables.get(pa >>> 12) ?? this.dirs.get((pa & 0xfffff000) >>> 0);
	}
	/** A store into the entry at physical address pa, which the kernel means for addr. */
	setPte(pa, addr, pte, i) {
		const page = (pa & 0xfffff000) >>> 0,
			slot = (pa >>> 2) & 1023;
		if (this.dirs.has(page)) {
			this.setPde(page, slot, pte, i); // through a slot that maps the directory itself
			return;
		}
		const t = this.table(pa >>> 12),
			old = t.entry[slot];
		t.entry[slot] = pte;
		t.since[slot] = i;
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
	 * lies there: {table or pgd, slot, addr, old, value}; null: nothing. Accessed and dirty are the
	 * MMU's; an entry that differs in them only stays. addr is the linear address the entry maps, -1
	 * if no directory leads to the table.
	 */
	overwritten(addr, value) {
		const w = this.walk(addr),
			slot = (w.pa >>> 2) & 1023;
		if (!w.ok) return null;
		const page = (w.pa & 0xfffff000) >>> 0,
			dir = this.dirs.get(page),
			table = this.tables.get(w.pa >>> 12),
			old = (table ?? dir)?.entry[slot];
		if (old === undefined || !((old ^ value) & ~0x60)) return null;
		if (!table) return { pgd: page, slot, addr: (slot << 22) >>> 0, old, value };
		const at = this.addressOf(w.pa >>> 12);
		return { table: w.pa >>> 12, slot, addr: at < 0 ? -1 : at + slot * 4096, old, value };
	}
	/** Makes that store; no event of the tables' own tells of it. */
	store(addr, value, i) {
		const x = this.overwritten(addr, value);
		if (!x) return;
		if (x.pgd !== undefined) this.setPde(x.pgd, x.slot, value, i);
		else if (x.addr >= 0) this.setPte(x.table * 4096 + x.slot * 4, x.addr, value, i);
		else {
			const t = this.table(x.table);
			t.entry[x.slot] = value;
			t.since[x.slot] = i;
		}
	}
	/**
	 * First linear address of the page table in frame pfn, -1 if no directory leads to it.
	 */
	addressOf(pfn) {
		for (const { entry } of this.dirs.values())
			for (let slot = 0; slot < entry.length; slot++)
				if ((entry[slot] & (PRESENT | PSE)) === PRESENT && entry[slot] >>> 12 === pfn)
					return slot * 0x400000;
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
	 * What the MMU would do with addr: {pgd, pde, pdeSince, table, pte, pteSince, ok, pa, large,
	 * why}.
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
			pdeSince: dir?.since[slot] ?? -1,
			table: -1,
			pte: 0,
			pteSince: -1,
			ok: false,
			pa: 0,
			large: false,
			why: "",
		};
		if (!(w.pde & PRESENT)) {
			w.why = "pde";
			return w;
		}
		if (w.pde & PSE) {
			w.large = true;
			w.ok = true;
			w.pa = ((w.pde & 0xffc00000) | (addr & 0x3fffff)) >>> 0;
			return w;
		}
		w.table = w.pde >>> 12;
		const t = this.tableAt(w.pde);
		w.pte = t?.entry[w.index] ?? 0;
		w.pteSince = t?.since[w.index] ?? -1;
		if (!(w.pte & PRESENT)) {
			w.why = "pte";
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
		const z = this.zones.find((x) => pfn >= x.start && pfn < x.start + x.n),
			base = z ? z.start : 0;
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
				if (pgd !== this.refPgd && base >= this.pageOffset) continue;
				if (pde & PSE) {
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
		for (let r = 0; r < (key.pde?.pgd.length ?? 0); r++)
			this.setPde(key.pde.pgd[r], key.pde.slot[r], key.pde.entry[r], -1);
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
		if (key.cr3 !== undefined) this.curPgd = key.cr3;
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

/** The state before event 0; m: a new machine. */
export function initialMachine(trace, m = new Machine(trace)) {
	if (trace.before) m.restore(trace.before);
	else if (trace.initial) m.load(trace.initial);
	return m;
}

/** One frame given to the buddy lists with every merge it makes: what a boot range replays. */
function freeMerging(m, pfn, z, i) {
	const zone = z.id;
	let order = 0,
		head = pfn;
	m.since[pfn] = i;
	m.drop(pfn);
	m.meta[pfn] = (FREE << 4) | TAIL;
	while (order < m.orders - 1) {
		const buddy = z.start + ((head - z.start) ^ (1 << order));
		if (buddy >= z.start + z.n || !m.unlink(buddy, order)) break;
		if (buddy < head) head = buddy;
		order++;
	}
	m.link(head, order, zone);
	m.zoneFree[zone]++;
}

/**
 * A range handed over at boot, frame by frame, upwards or down.  Where a whole block of
 * the largest order lies in it and none of its frames is listed, 512 merges end in one
 * block at the head of one list: that is done at once, a million frames in no time.
 */
function freeRange(m, trace, start, n, down, i) {
	const end = Math.min(start + n, m.frames);
	let left = Math.max(0, end - start),
		pfn = down ? end - 1 : start;
	while (left > 0) {
		const done = freeNext(m, trace.zoneOf(pfn), pfn, left, down, i);
		pfn += down ? -done : done;
		left -= done;
	}
}
/**
 * Of the `left` frames from pfn on, up or down, the first, or a whole block; returns how many those
 * are.
 */
function freeNext(m, z, pfn, left, down, i) {
	const whole = 1 << (m.orders - 1),
		first = down ? pfn - whole + 1 : pfn;
	if (!z) return 1;
	if (
		left < whole ||
		first < z.start ||
		first + whole > z.start + z.n ||
		(first - z.start) % whole ||
		listed(m, first, whole)
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
function listed(m, first, n) {
	for (let p = first; p < first + n; p++) if (m.meta[p] >> 4 === FREE) return true;
	return false;
}

/* What each kind of event does to the machine: one function a kind. */

function pageAlloc(m, i, pfn, order, zone) {
	if (pfn >= m.frames || order >= m.orders || zone >= m.zoneFree.length) return;
	if (m.carried[zone] !== pfn || m.carriedOrder[zone] !== order) m.putBack(zone);
	m.carried[zone] = -1;
	if (m.take(pfn, order, zone)) m.zoneFree[zone] -= 1 << order;
	m.claim(pfn, order, KERNEL, i);
	if (m.refs.size) m.refs.delete(pfn);
	if (m.tables.size) m.forget(m.tables, pfn);
}
/** What is free already stays where it is. */
function pageFree(m, i, pfn, order, zone) {
	if (pfn >= m.frames || order >= m.orders || zone >= m.zoneFree.length) return;
	if (m.carried[zone] >= 0) m.putBack(zone);
	if (m.meta[pfn] >> 4 === FREE) return;
	if (order) {
		// a free of too large an order takes blocks with it that are free already
		for (let p = pfn; p < pfn + (1 << order) && p < m.frames; p++)
			if (m.listedAs(p, m.meta[p] & 15)) m.zoneFree[zone] -= 1 << (m.meta[p] & 15);
		m.claim(pfn, order, FREE, i);
	} else m.since[pfn] = i;
	m.link(pfn, order, zone);
	m.zoneFree[zone] += 1 << order;
	if (m.refs.size) m.refs.delete(pfn);
	if (m.tables.size) m.forgetEmpty(pfn);
}
/** low: the lower half is carried on and the upper one listed. What is in use is not split. */
function split(m, i, pfn, order, zone, low) {
	if (pfn >= m.frames || order < 1 || order >= m.orders || zone >= m.zoneFree.length) return;
	const owner = m.meta[pfn] >> 4;
	if (owner !== FREE && owner !== FLIGHT) return;
	const half = pfn + (1 << (order - 1)),
		listed = low ? half : pfn,
		carried = low ? pfn : half;
	if (m.carried[zone] < 0) m.take(pfn, order, zone);
	m.carried[zone] = carried;
	m.carriedOrder[zone] = order - 1;
	if (listed >= m.frames) return;
	m.link(listed, order - 1, zone);
	if (carried < m.frames && m.meta[carried] >> 4 === FREE) {
		m.drop(carried);
		m.meta[carried] = (FLIGHT << 4) | (order - 1);
	}
}
/** Only two listed buddies merge. */
function merge(m, i, pfn, order, zone) {
	if (pfn >= m.frames || order >= m.orders - 1 || zone >= m.zoneFree.length) return;
	const upper = pfn + (1 << order);
	if (m.carried[zone] >= 0) m.putBack(zone);
	if (!m.listedAs(pfn, order) || !m.listedAs(upper, order)) return;
	m.unlink(pfn, order);
	m.unlink(upper, order);
	m.link(pfn, order + 1, zone);
}
/** Frames become `owner`'s outside of the allocator. */
function setFrames(m, first, n, owner, i) {
	const end = Math.min(m.frames, first + n);
	for (let p = first; p < end; p++) if (m.meta[p] >> 4 === FREE) m.drop(p);
	m.meta.fill(owner << 4, first, end);
	m.since.fill(i, first, end);
}
function pteRange(m, e, i) {
	const entry = e.entry(i),
		pa = e.entry_pa(i),
		first = (pa >>> 2) & 1023,
		end = Math.min(1024, first + e.nr(i));
	if (e.large(i)) {
		for (let x = first; x < end; x++)
			m.setPde(e.pgd(i), x, (entry + (x - first) * 0x400000) >>> 0, i);
		return;
	}
	const t = m.table(pa >>> 12);
	for (let x = first; x < end; x++) {
		t.entry[x] = (entry + (x - first) * 4096) >>> 0;
		t.since[x] = i;
	}
}
/** The frame holds no entries: it is a page table from now on. */
function pteAlloc(m, table, i) {
	const t = m.table(table >>> 12);
	t.entry.fill(0);
	t.since.fill(i);
	if (table >>> 12 < m.frames) m.recast(table >>> 12, 1, PAGETABLE);
}
/** A directory is empty, or has the kernel's slots of another at this moment. */
function pgdAlloc(m, e, i) {
	const pgd = e.pgd(i),
		d = m.dir(pgd),
		from = e.copied_from(i) ? m.dirs.get(e.copied_from(i)) : null;
	d.entry.fill(0);
	d.since.fill(i);
	if (from) for (let x = m.pageOffset >>> 22; x < 1024; x++) d.entry[x] = from.entry[x];
	if (pgd >>> 12 < m.frames) m.recast(pgd >>> 12, 1, PAGETABLE);
}
function pgdFree(m, pgd) {
	if (pgd !== m.refPgd) m.forget(m.dirs, pgd);
	if (m.curPgd === pgd) m.curPgd = m.refPgd;
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
const EFFECTS = Object.entries({
	free_boot_range: (m, e, i, t) =>
		freeRange(m, t, e.start_pfn(i), e.nr_pages(i), e.descending(i), i),
	reserve_bootmem: (m, e, i) => setFrames(m, e.start_pfn(i), e.nr_pages(i), RESERVED, i),
	page_clear_reserved(m, e, i) {
		const first = e.pfn(i),
			end = Math.min(m.frames, first + e.nr_pages(i));
		setFrames(m, first, end - first, KERNEL, i);
		for (let p = first; p < end; p++) m.refs.set(p, 1);
	},
	pde_set(m, e, i) {
		m.setPde(e.pgd(i), (e.entry_pa(i) >>> 2) & 1023, e.pde(i), i);
	},
	pde_clear: (m, e, i) => m.setPde(e.pgd(i), (e.entry_pa(i) >>> 2) & 1023, 0, i),
	pde_clear_range(m, e, i) {
		const first = (e.entry_pa(i) >>> 2) & 1023;
		for (let x = first; x < first + e.nr(i) && x < 1024; x++) m.setPde(e.pgd(i), x, 0, i);
	},
	pte_set: (m, e, i) => m.setPte(e.entry_pa(i), e.addr(i), e.pte(i), i),
	pte_clear: (m, e, i) => m.setPte(e.entry_pa(i), e.addr(i), 0, i),
	pte_range_set: pteRange,
	pte_alloc: (m, e, i) => pteAlloc(m, e.table(i), i),
	pgd_alloc: pgdAlloc,
	pgd_free: (m, e, i) => pgdFree(m, e.pgd(i)),
	switch_mm(m, e, i) {
		m.curPgd = e.pgd(i);
	},
	// 2.4.22 copies the slot before it looks whether there is anything to find
	vmalloc_fault: (m, e, i) => m.setPde(e.pgd(i), e.address(i) >>> 22, e.pde(i), i),
	vmalloc_enter(m, e, i) {
		m.call = { op: e.op(i), size: e.size(i), site: e.call_site(i) };
	},
	alloc_vmap_area: areaAlloc,
	free_vmap_area: (m, e, i) => areaFree(m, e.va_start(i)),
	slab_grow: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), SLAB),
	slab_destroy: (m, e, i) => m.recast(e.pfn(i), 1 << e.order(i), KERNEL),
	page_ref_mod(m, e, i) {
		m.refs.set(e.pfn(i), e.count(i) | 0);
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
	].includes(w)
		? effect
		: null,
);
const ALLOC = OP.mm_page_alloc,
	RELEASE = OP.mm_page_free,
	SPLIT = OP.buddy_split,
	SPLIT_LOW = OP.buddy_split_low,
	MERGE = OP.buddy_merge;

/**
 * Applies events from..to-1.  `watch`, if given, is shown each event before and after it is
 * applied (see hazards.js); seeking passes none and pays nothing for it.
 */
export function replay(m, trace, from, to, watch = null) {
	const { k, base, byId } = trace,
		{ op } = trace.kinds;
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (watch) watch.before(m, id, e, i);
		if (w === ALLOC) pageAlloc(m, i, e.pfn(i), e.order(i), e.zone(i));
		else if (w === RELEASE) pageFree(m, i, e.pfn(i), e.order(i), e.zone(i));
		else if (w === SPLIT || w === SPLIT_LOW)
			split(m, i, e.pfn(i), e.order(i), e.zone(i), w === SPLIT_LOW);
		else if (w === MERGE) merge(m, i, e.pfn(i), e.order(i), e.zone(i));
		else EFFECTS[w]?.(m, e, i, trace);
		if (watch) watch.after(m, id, e, i);
	}
	if (to > from) m.i = to - 1;
}

/** The same for a machine without frames. */
export function replayTables(m, trace, from, to) {
	const { k, base, byId } = trace,
		{ op } = trace.kinds;
	for (let i = from; i < to; i++) {
		const id = k[i - base],
			w = op[id],
			e = byId[id];
		if (w === ALLOC || w === RELEASE) {
			const pfn = m.tables.size ? e.pfn(i) : NONE;
			if (pfn >= m.frames || e.order(i) >= m.orders || e.zone(i) >= m.zoneFree.length)
				continue;
			if (w === ALLOC) m.forget(m.tables, pfn);
			else m.forgetEmpty(pfn);
		} else TABLES[w]?.(m, e, i, trace);
	}
	if (to > from) m.i = to - 1;
}

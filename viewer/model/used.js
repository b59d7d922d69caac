// SPDX-License-Identifier: MIT
/*
 * used.js - the linear addresses as bands, and which pages of a band are used while
 * some events happen.
 *
 * What the events of a piece of the trace use is noted once, by the first replay, as
 * groups of 16 pages; so a chapter of ten million events is not looked through when it
 * is shown.  Only where it begins or ends within a piece, its events are.
 */
import { OP } from "./kinds.js";
import { addr } from "./format.js";
import { region } from "./address.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Band, UsedPiece} from "./types.js" */

const SET = OP.pte_set,
	SLOT = OP.pde_set,
	RANGE = OP.pte_range_set,
	AREA = OP.alloc_vmap_area,
	SEEN = OP.table_seen,
	RUN = OP.table_run,
	STORE = OP.table_store,
	LATE = OP.table_late;
const GROUP = 4; // bits: 16 pages
const GROUPS = 1 << (20 - GROUP);

/** Ranges without a name are told of from this size on. */
const NAMELESS = 0x400000;

/**
 * The bands of the 4 GiB, highest first: the regions that the kernel named, and large ranges that
 * it has no name for. {id, kind, name, from, to, what, range}; id: its kind, for the first of it.
 * @param {Trace} trace
 */
export function bands(trace) {
	/** @type {Band[]} */
	const out = [];
	const ids = new Set();
	let at = 0;
	/**
	 * @param {number} from
	 * @param {number} to
	 */
	const push = (from, to) => {
		const { kind, name, what } = region(trace, from),
			word = kind === "linear map" ? "linear" : kind || name,
			id = ids.has(word) ? `${word}@${from.toString(16)}` : word;
		ids.add(id);
		out.push({ id, kind, name, from, to, what, range: `${addr(from)} to ${addr(to - 1)}` });
	};
	for (const r of [...trace.regions, { from: 0x100000000, to: 0x100000000 }]) {
		if (r.from - at >= NAMELESS) push(at, r.from);
		const from = Math.max(at, r.from);
		if (r.to > from) push(from, r.to);
		at = Math.max(at, r.to);
	}
	return out.reverse();
}

let found = new Uint32Array(1 << 16); // of uses(), to be used again
/**
 * What those of events [from, to) use that take pages into use, as pairs of first page and pages,
 * into `found`; returns where they end. homes: of a watched guest, which frames are directories
 * (-1) and the slot that leads to each table; grows.
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 * @param {Map<number, number>} homes
 */
function uses(trace, from, to, homes) {
	const {
			k,
			base,
			kinds: { op },
		} = trace,
		{ pte_set: pte, pde_set: pde, pte_range_set: range, alloc_vmap_area: area } = trace.col,
		{ table_seen: seen, table_run: run, table_store: store, table_late: late } = trace.col,
		recursive = trace.machine.recursive_slot ?? -1;
	let n = 0;
	/**
	 * @param {number} page
	 * @param {number} pages
	 */
	const add = (page, pages) => {
		if (n === found.length) {
			const more = new Uint32Array(n * 2);
			more.set(found);
			found = more;
		}
		found[n++] = page;
		found[n++] = pages;
	};
	/**
	 * An entry of a watched guest's tables.
	 * @param {number} pa
	 * @param {number} value
	 */
	const entry = (pa, value) => {
		const home = homes.get(pa >>> 12),
			x = (pa >>> 2) & 1023;
		if (home === undefined || !(value & 1)) return;
		if (home >= 0) add(home * 1024 + x, 1);
		else if (value & 0x80) add(x * 1024, 1024);
		else if (homes.get(value >>> 12) !== -1) homes.set(value >>> 12, x);
	};
	for (let i = from; i < to; i++) {
		const w = op[k[i - base]];
		if (w === SET) add(pte.addr(i) >>> 12, 1);
		else if (w === RANGE && !range.large(i))
			add(range.addr(i) >>> 12, Math.min(range.nr(i), 65536));
		else if (w === SEEN && seen.level(i) === 2) homes.set(seen.table(i) >>> 12, -1);
		else if (w === STORE) entry(store.entry_pa(i), store.entry(i));
		else if (w === LATE) entry(late.entry_pa(i), late.entry(i));
		else if (w === RUN)
			for (let x = 0; x < Math.min(run.nr(i), 1024); x++)
				entry(run.entry_pa(i) + x * 4, run.entry(i) + x * run.step(i));
		else if (w === AREA && !area.failed(i)) add(area.addr(i) >>> 12, area.size(i) >>> 12);
		// the table is seen through the slot that maps the directory
		else if (w === SLOT && recursive >= 0) add(recursive * 1024 + (pde.addr(i) >>> 22), 1);
	}
	return n;
}

export class Used {
	/** @param {Trace} trace */
	constructor(trace) {
		this.trace = trace;
		this.bands = bands(trace);
		/** @type {UsedPiece[]} groups as band * GROUPS + group */
		this.pieces = [];
		this.at = 0;
		/** @type {Map<number, number>} see uses() */
		this.homes = new Map();
		/** @type {Uint32Array | null} by group of a band, the end of the piece it was noted for last */
		this.noted = null;
	}
	/**
	 * What events [this.at, to) use, for add().
	 * @param {number} to
	 */
	take(to) {
		const { bands } = this,
			groups = [],
			from = this.at,
			noted = (this.noted ??= new Uint32Array(bands.length * GROUPS)),
			end = uses(this.trace, from, to, this.homes);
		for (let at = 0; at < end; at += 2) {
			const page = found[at],
				last = page + found[at + 1] - 1,
				addr = page * 4096;
			let x = 0;
			while (x < bands.length && !(addr >= bands[x].from && addr < bands[x].to)) x++;
			if (x === bands.length) continue;
			for (let g = page >> GROUP; g <= last >> GROUP && g < GROUPS; g++) {
				const key = x * GROUPS + g;
				if (noted[key] !== to) {
					noted[key] = to;
					groups.push(key);
				}
			}
		}
		this.at = to;
		return { from, to, groups: Uint32Array.from(groups) };
	}
	/** @param {UsedPiece} piece */
	add(piece) {
		if (piece.to > piece.from) this.pieces.push(piece);
	}
	/**
	 * Page ranges of a band that are used while events [i0, i1) happen, or already at i0: [[first,
	 * end], ...] in page numbers, whole groups. before: the machine at i0.
	 * @param {Band} band
	 * @param {number} i0
	 * @param {number} i1
	 * @param {Machine} before
	 */
	ranges(band, i0, i1, before) {
		const { from, to } = band,
			lo = from >>> 12,
			hi = Math.ceil(to / 4096),
			x = this.bands.findIndex((b) => b.id === band.id),
			flags = new Uint8Array(GROUPS);
		/**
		 * @param {number} page
		 * @param {number} n
		 */
		const use = (page, n) => {
			for (let g = page >> GROUP; g <= (page + n - 1) >> GROUP && g < GROUPS; g++)
				flags[g] = 1;
		};
		for (const area of before.areas)
			if (area.addr >= from && area.addr < to) use(area.addr >>> 12, area.size >>> 12);
		const shared = this.trace.says("reference directory") && from >= before.pageOffset;
		for (const [pgd, dir] of before.dirs) {
			for (let slot = from >>> 22; slot <= Math.floor((to - 1) / 4194304); slot++) {
				const pde = dir.entry[slot],
					table = before.isTable(pde) ? before.tableAt(pde) : null;
				if (!table || (shared && pgd !== before.refPgd)) continue;
				for (let e = 0; e < 1024; e++)
					if (table.entry[e] & 1) {
						const page = slot * 1024 + e;
						if (page * 4096 >= from && page * 4096 < to) use(page, 1);
					}
			}
		}
		for (const piece of this.pieces) {
			if (piece.to <= i0 || piece.from >= i1) continue;
			if (piece.from >= i0 && piece.to <= i1) {
				for (const key of piece.groups)
					if (Math.floor(key / GROUPS) === x) flags[key % GROUPS] = 1;
				continue;
			}
			const end = uses(
				this.trace,
				Math.max(piece.from, i0),
				Math.min(piece.to, i1),
				this.homes,
			);
			for (let at = 0; at < end; at += 2)
				if (found[at] >= lo && found[at] < hi) use(found[at], found[at + 1]);
		}
		/** @type {[number, number][]} */
		const out = [];
		for (let g = 0; g < GROUPS; g++) {
			if (!flags[g]) continue;
			const first = Math.max(lo, g << GROUP),
				end = Math.min(hi, (g + 1) << GROUP),
				last = out.at(-1);
			if (last && last[1] === first) last[1] = end;
			else out.push([first, end]);
		}
		return out;
	}
}

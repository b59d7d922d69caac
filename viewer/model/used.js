// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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

const SET = OP.pte_set,
	RANGE = OP.pte_range_set,
	AREA = OP.alloc_vmap_area;
const GROUP = 4; // bits: 16 pages
const GROUPS = 1 << (20 - GROUP);

/** The bands of the 4 GiB, highest first. */
export function bands(trace) {
	const l = trace.layout,
		out = [],
		top = 0x100000000;
	const push = (id, name, from, to, what) => {
		if (to > from)
			out.push({ id, name, from, to, what, range: `${addr(from)} to ${addr(to - 1)}` });
	};
	const fix = Math.max(l.vmalloc_end, Math.min(l.fixaddr_start, 0xffffe000));
	push("fixmap", "fixmap", fix, top, "addresses fixed at compile time");
	if (l.pkmap_base)
		push("kmap", "kmap", l.pkmap_base, l.pkmap_base + 4194304, "a window onto high memory");
	push(
		"vmalloc",
		"vmalloc",
		l.vmalloc_start,
		l.vmalloc_end,
		"page by page, from frames anywhere",
	);
	push("gap", "gap", l.high_memory, l.vmalloc_start, "unmapped on purpose");
	push("linear", "linear map", l.page_offset, l.high_memory, "physical + 3 GiB");
	push("user", "user", 0, l.page_offset, "a process's own");
	return out;
}

let found = new Uint32Array(1 << 16); // of uses(), to be used again
/**
 * What those of events [from, to) use that take pages into use, as pairs of first page and pages,
 * into `found`; returns where they end.
 */
function uses(trace, from, to) {
	const {
			k,
			base,
			kinds: { op },
		} = trace,
		{ pte_set: pte, pte_range_set: range, alloc_vmap_area: area } = trace.col;
	let n = 0;
	for (let i = from; i < to; i++) {
		const w = op[k[i - base]];
		if (!(w === SET || (w === RANGE && !range.large(i)) || (w === AREA && !area.failed(i))))
			continue;
		if (n === found.length) {
			const more = new Uint32Array(n * 2);
			more.set(found);
			found = more;
		}
		found[n++] = (w === SET ? pte : w === RANGE ? range : area).addr(i) >>> 12;
		found[n++] =
			w === SET ? 1 : w === RANGE ? Math.min(range.nr(i), 65536) : area.size(i) >>> 12;
	}
	return n;
}

export class Used {
	constructor(trace) {
		this.trace = trace;
		this.bands = bands(trace);
		// {from, to, groups}: what events [from, to) use, as band * GROUPS + group
		this.pieces = [];
		this.at = 0;
		this.noted = null; // by group of a band: the end of the piece it was noted for last
	}
	/** What events [this.at, to) use, for add(). */
	take(to) {
		const { bands } = this,
			groups = [],
			from = this.at,
			noted = (this.noted ??= new Uint32Array(bands.length * GROUPS)),
			end = uses(this.trace, from, to);
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
	add(piece) {
		if (piece.to > piece.from) this.pieces.push(piece);
	}
	/**
	 * Page ranges of a band that are used while events [i0, i1) happen, or already at i0: [[first,
	 * end], ...] in page
	 * numbers, whole groups.  before: the machine at i0.
	 */
	ranges(band, i0, i1, before) {
		const { from, to } = band,
			lo = from >>> 12,
			hi = Math.ceil(to / 4096),
			x = this.bands.findIndex((b) => b.id === band.id),
			flags = new Uint8Array(GROUPS);
		const use = (page, n) => {
			for (let g = page >> GROUP; g <= (page + n - 1) >> GROUP && g < GROUPS; g++)
				flags[g] = 1;
		};
		for (const area of before.areas)
			if (area.addr >= from && area.addr < to) use(area.addr >>> 12, area.size >>> 12);
		for (const [pgd, dir] of before.dirs) {
			for (let slot = from >>> 22; slot <= Math.floor((to - 1) / 4194304); slot++) {
				const pde = dir.entry[slot],
					table = (pde & 0x81) === 1 ? before.tables.get(pde >>> 12) : null;
				if (!table || (pgd !== before.refPgd && from >= before.pageOffset)) continue;
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
			const end = uses(this.trace, Math.max(piece.from, i0), Math.min(piece.to, i1));
			for (let at = 0; at < end; at += 2)
				if (found[at] >= lo && found[at] < hi) use(found[at], found[at + 1]);
		}
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

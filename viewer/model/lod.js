// SPDX-License-Identifier: MIT
/*
 * lod.js - curves and densities of the whole trace at the cost of the pixels drawn.
 *
 * Series are kept as min/max per 32 events with coarser levels above (each 8 times
 * wider); kind groups as running counts per 256 events.  Ends that do not fall on
 * a block are finished from the columns; columns of pixels that hold many events end on
 * one (edges), so what is drawn is exact to a thirty-second of a pixel at any zoom.
 */
import { OP, GROUPS } from "./kinds.js";
import { NONE } from "./owners.js";
import { SOME } from "./trace.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */

const LEAF = 32,
	FAN = 8,
	DEEP = 5,
	STEP = 256;

/**
 * Change of the series by event i, added into `out`: free pages of each zone, then vmalloc pages.
 * Returns which of them it is, -1 if none.
 * @param {Trace} trace
 * @param {number} i
 * @param {Int32Array} out
 */
export function delta(trace, i, out) {
	const id = trace.k[i - trace.base],
		e = trace.byId[id],
		{ nrZones } = trace;
	switch (trace.kinds.op[id]) {
		case OP.mm_page_alloc: {
			const z = e.zone(i);
			if (e.pfn(i) === NONE || z >= nrZones) return -1;
			out[z] -= 1 << e.order(i);
			return z;
		}
		case OP.mm_page_free: {
			const z = e.zone(i);
			if (z >= nrZones) return -1;
			out[z] += 1 << e.order(i);
			return z;
		}
		case OP.free_boot_range: {
			const zone = trace.zoneOf(e.start_pfn(i));
			if (!zone) return -1;
			out[zone.id] += e.nr_pages(i);
			return zone.id;
		}
		case OP.pte_set:
		case OP.pte_clear: {
			const at = e.addr(i);
			if (at < trace.layout.vmalloc_start || at >= trace.layout.vmalloc_end) return -1;
			out[nrZones] += (e.pte ? e.pte(i) & 1 : 0) - (e.old(i) & 1);
			return nrZones;
		}
	}
	return -1;
}

/**
 * Where columns of pixels begin: event(c) for each of them and the end, moved back to where a block
 * of the running counts or of the curves begins, if that is less than a thirty-second of the
 * columns beside: those are told without a look at single events.
 * @param {number} columns
 * @param {(column: number) => number} event
 */
export function edges(columns, event) {
	const at = Float64Array.from({ length: columns + 1 }, (_, c) => event(c));
	for (let c = 1; c < columns; c++) {
		const narrow = Math.min(at[c] - at[c - 1], at[c + 1] - at[c]),
			block = [STEP, LEAF].find((n) => narrow > 32 * n);
		if (block) at[c] -= at[c] % block;
	}
	return at;
}

/**
 * @param {any} old
 * @param {number} len
 */
/**
 * @template {Int32Array | Uint32Array} T
 * @param {T} old
 * @param {number} len
 * @returns {T}
 */
const grow = (old, len) => {
	const Type = /** @type {new (n: number) => T} */ (old.constructor),
		a = new Type(Math.max(len, (old.length * 1.5) | 0));
	a.set(old);
	return a;
};
/**
 * The extremes of FAN groups from `first` on, of the level below, as those of group x.
 * @param {Level} below
 * @param {number} first
 * @param {Int32Array} min
 * @param {Int32Array} max
 * @param {number} x
 * @param {number} series
 */
function widest(below, first, min, max, x, series) {
	for (let s = 0; s < series; s++) {
		let lo = below.min[first * series + s],
			hi = below.max[first * series + s];
		for (let y = first + 1; y < first + FAN; y++) {
			const a = below.min[y * series + s],
				b = below.max[y * series + s];
			if (a < lo) lo = a;
			if (b > hi) hi = b;
		}
		min[x * series + s] = lo;
		max[x * series + s] = hi;
	}
}

/**
 * Extremes of groups of `width` events.
 * @typedef {{min: Int32Array, max: Int32Array, width: number}} Level
 */

export class Lod {
	/**
	 * start: the series before event 0, if they are not 0.
	 * @param {Trace} trace
	 * @param {number[]} [start]
	 */
	constructor(trace, start) {
		this.trace = trace;
		this.series = trace.nrZones + 1; // free pages of each zone, vmalloc pages
		this.lists = trace.nrZones * trace.orders; // of a sample
		this.at = Int32Array.from(start ?? new Array(this.series).fill(0));
		this.n = 0;
		this.min = new Int32Array(0);
		this.max = new Int32Array(0);
		this.first = new Int32Array(0); // value before the leaf's first event
		this.groups = GROUPS.length;
		this.prefix = new Uint32Array(0);
		this.running = new Uint32Array(this.groups);
		this.every = trace.expected > 400000 ? 256 : 32;
		this.samples = new Uint32Array(0); // free-list counts every so many events
		this.sampled = 0;
		/** @type {ArrayBuffer[]} of parts, to use again */
		this.spare = [];
		this.levels = [{ min: this.min, max: this.max, width: LEAF }];
		for (let width = LEAF * FAN; width <= LEAF * FAN ** DEEP; width *= FAN)
			this.levels.push({ min: new Int32Array(0), max: new Int32Array(0), width });
		this.room(Math.min(SOME, Math.max(trace.expected, 1024)));
	}
	/**
	 * For n events; beyond the first few, for all that are expected.
	 * @param {number} n
	 */
	room(n) {
		if (n > SOME) n = Math.max(n, this.trace.expected);
		const leaves = Math.ceil(n / LEAF) + 1;
		if (leaves * this.series > this.min.length) {
			this.min = grow(this.min, leaves * this.series);
			this.max = grow(this.max, leaves * this.series);
			this.first = grow(this.first, leaves * this.series);
			this.levels[0] = { min: this.min, max: this.max, width: LEAF };
		}
		const p = (Math.ceil(n / STEP) + 2) * this.groups;
		if (p > this.prefix.length) this.prefix = grow(this.prefix, p);
		const samples = (Math.floor(n / this.every) + 1) * this.lists;
		if (samples > this.samples.length) this.samples = grow(this.samples, samples);
	}
	/**
	 * Takes over rows [this.n, to).
	 * @param {number} to
	 */
	grow(to) {
		this.room(to);
		for (let i = this.n; i < to;) {
			const end = Math.min(to, (i | (LEAF - 1)) + 1);
			this.leaf(i, end);
			i = end;
		}
		this.n = to;
	}
	/**
	 * Events [i, end) of one leaf.
	 * @param {number} i
	 * @param {number} end
	 */
	leaf(i, end) {
		const { trace, at, min, max, first, running, groups, prefix, series } = this,
			{
				k,
				kinds: { group },
				base,
			} = trace,
			leaf = ((i / LEAF) | 0) * series;
		if (i % LEAF === 0)
			for (let s = 0; s < series; s++) {
				first[leaf + s] = min[leaf + s] = max[leaf + s] = at[s];
			}
		if (i % STEP === 0)
			for (let g = 0, p = (i / STEP) * groups; g < groups; g++) prefix[p + g] = running[g];
		for (; i < end; i++) {
			running[group[k[i - base]]]++;
			const s = delta(trace, i, at);
			if (s < 0) continue;
			const v = at[s];
			if (v < min[leaf + s]) min[leaf + s] = v;
			if (v > max[leaf + s]) max[leaf + s] = v;
		}
	}
	/**
	 * The coarser levels of what came since event `from`: of each group of leaves that is whole at
	 * event `to`.
	 * @param {number} from
	 * @param {number} to
	 */
	raise(from, to) {
		for (let l = 1; l < this.levels.length; l++) {
			const level = this.levels[l],
				end = Math.floor(to / level.width);
			if (end * this.series > level.min.length) {
				const groups = Math.max(end, Math.ceil(this.trace.expected / level.width));
				level.min = grow(level.min, groups * this.series);
				level.max = grow(level.max, groups * this.series);
			}
			for (let x = Math.floor(from / level.width); x < end; x++)
				widest(this.levels[l - 1], x * FAN, level.min, level.max, x, this.series);
		}
	}
	/**
	 * Called every so many events.
	 * @param {Machine} machine
	 */
	take(machine) {
		this.samples.set(machine.counts, this.sampled++ * this.lists);
	}
	/**
	 * What grow() and take() added since event `from` and sample `sample`, to be taken over by
	 * another Lod with merge(). All in one buffer, Lod.buffer(part), that may be moved and given
	 * back with recycle(): a page that has to free hundreds of them halts for it.
	 * @param {number} from
	 * @param {number} sample
	 */
	part(from, sample) {
		const leaf = ((from / LEAF) | 0) * this.series,
			end = Math.ceil(this.n / LEAF) * this.series,
			p = Math.floor(from / STEP) * this.groups,
			pEnd = Math.ceil(this.n / STEP) * this.groups;
		const words = 3 * (end - leaf) + pEnd - p + (this.sampled - sample) * this.lists,
			old = this.spare.pop(),
			buffer = old && old.byteLength >= words * 4 ? old : new ArrayBuffer(words * 4);
		let at = 0;
		/**
		 * @param {any} column
		 * @param {number} from
		 * @param {number} to
		 */
		const copy = (column, from, to) => {
			const out = new column.constructor(buffer, at * 4, to - from);
			out.set(column.subarray(from, to));
			at += to - from;
			return out;
		};
		return {
			n: this.n,
			leaf,
			min: copy(this.min, leaf, end),
			max: copy(this.max, leaf, end),
			first: copy(this.first, leaf, end),
			p,
			prefix: copy(this.prefix, p, pEnd),
			running: this.running.slice(),
			at: this.at.slice(),
			sample,
			samples: copy(this.samples, sample * this.lists, this.sampled * this.lists),
		};
	}
	/** @param {any} part */
	static buffer = (part) => part.min.buffer;
	/** @param {ArrayBuffer} buffer */
	recycle(buffer) {
		if (this.spare.length < 4) this.spare.push(buffer);
	}
	/** @param {any} part */
	merge(part) {
		this.room(part.n);
		this.min.set(part.min, part.leaf);
		this.max.set(part.max, part.leaf);
		this.first.set(part.first, part.leaf);
		this.prefix.set(part.prefix, part.p);
		this.running.set(part.running);
		this.at.set(part.at);
		this.samples.set(part.samples, part.sample * this.lists);
		this.sampled = part.sample + part.samples.length / this.lists;
		this.raise(this.n, part.n);
		this.n = part.n;
	}
	/**
	 * Values of the series after event i.
	 * @param {number} i
	 */
	valueAt(i, out = new Int32Array(this.series)) {
		if (i < 0) {
			for (let s = 0; s < this.series; s++) out[s] = this.n ? this.first[s] : 0;
			return out;
		}
		const leaf = (i / LEAF) | 0;
		for (let s = 0; s < this.series; s++) out[s] = this.first[leaf * this.series + s];
		for (let j = leaf * LEAF; j <= i; j++) delta(this.trace, j, out);
		return out;
	}
	/**
	 * Extremes of the series over events [from, to): written to lo and hi. v: their values before
	 * event `from`; on return it has those before event `to`, so that a curve is drawn from one
	 * column to the next.
	 * @param {number} from
	 * @param {number} to
	 * @param {Int32Array} lo
	 * @param {Int32Array} hi
	 */
	range(from, to, lo, hi, v = this.valueAt(from - 1)) {
		let i = from;
		lo.set(v);
		hi.set(v);
		/** @param {number} end */
		const one = (end) => {
			for (; i < end; i++) {
				const s = delta(this.trace, i, v);
				if (s < 0) continue;
				if (v[s] < lo[s]) lo[s] = v[s];
				if (v[s] > hi[s]) hi[s] = v[s];
			}
		};
		one(Math.min(to, Math.ceil(from / LEAF) * LEAF));
		if (i + LEAF <= to) {
			while (i + LEAF <= to) i += this.widestAt(i, to, lo, hi);
			for (let s = 0; s < this.series; s++)
				v[s] = i < this.n ? this.first[(i / LEAF) * this.series + s] : this.at[s];
		}
		one(to);
		return v;
	}
	/**
	 * Takes in the widest group of leaves that begins at event i and ends by `to`; returns how many
	 * events that is.
	 * @param {number} i
	 * @param {number} to
	 * @param {Int32Array} lo
	 * @param {Int32Array} hi
	 */
	widestAt(i, to, lo, hi) {
		let level = 0;
		while (
			level + 1 < this.levels.length &&
			i % this.levels[level + 1].width === 0 &&
			i + this.levels[level + 1].width <= to
		)
			level++;
		const { min, max, width } = this.levels[level],
			x = (i / width) * this.series;
		for (let s = 0; s < this.series; s++) {
			if (min[x + s] < lo[s]) lo[s] = min[x + s];
			if (max[x + s] > hi[s]) hi[s] = max[x + s];
		}
		return width;
	}
	/**
	 * How many events of each group lie in [0, i).
	 * @param {number} i
	 * @param {Uint32Array} out
	 */
	countBefore(i, out) {
		const { trace, groups } = this,
			base = (i / STEP) | 0;
		if (i >= this.n) {
			for (let g = 0; g < groups; g++) out[g] = this.running[g];
			return out;
		}
		for (let g = 0; g < groups; g++) out[g] = this.prefix[base * groups + g];
		for (let j = base * STEP; j < i; j++) out[trace.kinds.group[trace.k[j]]]++;
		return out;
	}
	/**
	 * The unusable-free-space index of a zone for an order at about event i: the share of its free
	 * pages in blocks too small, 0..1; 1 means no such block can be had.
	 * @param {number} i
	 * @param {number} zone
	 * @param {number} order
	 */
	unusable(i, zone, order) {
		const at = Math.min(this.sampled, Math.floor((i + 1) / this.every)) - 1;
		if (at < 0) return 1;
		const { trace } = this;
		let free = 0,
			usable = 0;
		for (let o = 0; o < trace.orders; o++) {
			const p = this.samples[at * this.lists + zone * trace.orders + o] << o;
			free += p;
			if (o >= order) usable += p;
		}
		return free ? (free - usable) / free : 1;
	}
}

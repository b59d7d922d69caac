// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
/*
 * lod.js - curves and densities of the whole trace at the cost of the pixels drawn.
 *
 * Series are kept as min/max per 32 events with coarser levels above (each 8 times
 * wider); kind groups as running counts per 256 events.  Ends that do not fall on
 * a block are finished from the columns; columns of pixels that hold many events end on
 * one (edges), so what is drawn is exact to a thirty-second of a pixel at any zoom.
 */
import { OP, GROUPS } from "./kinds.js";
import { ORDERS, NONE } from "./machine.js";
import { SOME } from "./trace.js";

const LEAF = 32,
	FAN = 8,
	DEEP = 5,
	STEP = 256;
const SAMPLE = 3 * ORDERS;
const SERIES = 4; // free pages of zones 0..2, vmalloc pages

/**
 * Change of the four series by event i, added into `out`; returns which of them it is, -1 if none.
 */
export function delta(trace, i, out) {
	const r = i - trace.base,
		z = trace.z[r];
	switch (trace.kinds.op[trace.k[r]]) {
		case OP.mm_page_alloc:
			if (trace.a[r] === NONE || z > 2) return -1;
			out[z] -= 1 << trace.o[r];
			return z;
		case OP.mm_page_free:
			if (z > 2) return -1;
			out[z] += 1 << trace.o[r];
			return z;
		case OP.free_boot_range: {
			const zone = trace.zoneOf(trace.a[r]);
			if (!zone) return -1;
			out[zone.id] += trace.b[r];
			return zone.id;
		}
		case OP.pte_set:
		case OP.pte_clear: {
			const at = trace.a[r],
				now = trace.kinds.op[trace.k[r]] === OP.pte_set ? trace.c[r] & 1 : 0;
			if (at < trace.layout.vmalloc_start || at >= trace.layout.vmalloc_end) return -1;
			out[3] += now - (trace.b[r] & 1);
			return 3;
		}
	}
	return -1;
}

/**
 * Where columns of pixels begin: event(c) for each of them and the end, moved back to where a block
 * of the running
 * counts or of the curves begins, if that is less than a thirty-second of the columns beside: those
 * are told without
 * a look at single events.
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

const grow = (old, len) => {
	const a = new old.constructor(Math.max(len, (old.length * 1.5) | 0));
	a.set(old);
	return a;
};
/** The extremes of FAN groups from `first` on, of the level below, as those of group x. */
function widest(below, first, min, max, x) {
	for (let s = 0; s < SERIES; s++) {
		let lo = below.min[first * SERIES + s],
			hi = below.max[first * SERIES + s];
		for (let y = first + 1; y < first + FAN; y++) {
			const a = below.min[y * SERIES + s],
				b = below.max[y * SERIES + s];
			if (a < lo) lo = a;
			if (b > hi) hi = b;
		}
		min[x * SERIES + s] = lo;
		max[x * SERIES + s] = hi;
	}
}

export class Lod {
	constructor(trace, start = [0, 0, 0, 0]) {
		this.trace = trace;
		this.at = Int32Array.from(start);
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
		this.spare = []; // buffers of parts to use again
		this.levels = [{ min: this.min, max: this.max, width: LEAF }];
		for (let width = LEAF * FAN; width <= LEAF * FAN ** DEEP; width *= FAN)
			this.levels.push({ min: new Int32Array(0), max: new Int32Array(0), width });
		this.room(Math.min(SOME, Math.max(trace.expected, 1024)));
	}
	/** For n events; beyond the first few, for all that are expected. */
	room(n) {
		if (n > SOME) n = Math.max(n, this.trace.expected);
		const leaves = Math.ceil(n / LEAF) + 1;
		if (leaves * SERIES > this.min.length) {
			for (const f of ["min", "max", "first"]) this[f] = grow(this[f], leaves * SERIES);
			this.levels[0] = { min: this.min, max: this.max, width: LEAF };
		}
		const p = (Math.ceil(n / STEP) + 2) * this.groups;
		if (p > this.prefix.length) this.prefix = grow(this.prefix, p);
		const samples = (Math.floor(n / this.every) + 1) * SAMPLE;
		if (samples > this.samples.length) this.samples = grow(this.samples, samples);
	}
	/** Takes over rows [this.n, to). */
	grow(to) {
		this.room(to);
		for (let i = this.n; i < to;) {
			const end = Math.min(to, (i | (LEAF - 1)) + 1);
			this.leaf(i, end);
			i = end;
		}
		this.n = to;
	}
	/** Events [i, end) of one leaf. */
	leaf(i, end) {
		const { trace, at, min, max, first, running, groups, prefix } = this,
			{
				k,
				kinds: { group },
				base,
			} = trace,
			leaf = ((i / LEAF) | 0) * SERIES;
		if (i % LEAF === 0)
			for (let s = 0; s < SERIES; s++) {
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
	 */
	raise(from, to) {
		for (let l = 1; l < this.levels.length; l++) {
			const level = this.levels[l],
				end = Math.floor(to / level.width);
			if (end * SERIES > level.min.length)
				for (const f of ["min", "max"])
					level[f] = grow(
						level[f],
						Math.max(end, Math.ceil(this.trace.expected / level.width)) * SERIES,
					);
			for (let x = Math.floor(from / level.width); x < end; x++)
				widest(this.levels[l - 1], x * FAN, level.min, level.max, x);
		}
	}
	/** Called every so many events. */
	take(machine) {
		this.samples.set(machine.counts, this.sampled++ * SAMPLE);
	}
	/**
	 * What grow() and take() added since event `from` and sample `sample`, to be taken over by
	 * another Lod with merge().
	 * All in one buffer, Lod.buffer(part), that may be moved and given back with recycle(): a page
	 * that has to free
	 * hundreds of them halts for it.
	 */
	part(from, sample) {
		const leaf = ((from / LEAF) | 0) * SERIES,
			end = Math.ceil(this.n / LEAF) * SERIES,
			p = Math.floor(from / STEP) * this.groups,
			pEnd = Math.ceil(this.n / STEP) * this.groups;
		const words = 3 * (end - leaf) + pEnd - p + (this.sampled - sample) * SAMPLE,
			old = this.spare.pop(),
			buffer = old?.byteLength >= words * 4 ? old : new ArrayBuffer(words * 4);
		let at = 0;
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
			samples: copy(this.samples, sample * SAMPLE, this.sampled * SAMPLE),
		};
	}
	static buffer = (part) => part.min.buffer;
	recycle(buffer) {
		if (this.spare.length < 4) this.spare.push(buffer);
	}
	merge(part) {
		this.room(part.n);
		for (const col of ["min", "max", "first"]) this[col].set(part[col], part.leaf);
		this.prefix.set(part.prefix, part.p);
		this.running.set(part.running);
		this.at.set(part.at);
		this.samples.set(part.samples, part.sample * SAMPLE);
		this.sampled = part.sample + part.samples.length / SAMPLE;
		this.raise(this.n, part.n);
		this.n = part.n;
	}
	/** Values of the four series after event i. */
	valueAt(i, out = new Int32Array(SERIES)) {
		if (i < 0) {
			for (let s = 0; s < SERIES; s++) out[s] = this.n ? this.first[s] : 0;
			return out;
		}
		const leaf = (i / LEAF) | 0;
		for (let s = 0; s < SERIES; s++) out[s] = this.first[leaf * SERIES + s];
		for (let j = leaf * LEAF; j <= i; j++) delta(this.trace, j, out);
		return out;
	}
	/**
	 * Extremes of the series over events [from, to): written to lo and hi. v: their values before
	 * event `from`; on
	 * return it has those before event `to`, so that a curve is drawn from one column to the next.
	 */
	range(from, to, lo, hi, v = this.valueAt(from - 1)) {
		let i = from;
		lo.set(v);
		hi.set(v);
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
			for (let s = 0; s < SERIES; s++)
				v[s] = i < this.n ? this.first[(i / LEAF) * SERIES + s] : this.at[s];
		}
		one(to);
		return v;
	}
	/**
	 * Takes in the widest group of leaves that begins at event i and ends by `to`; returns how many
	 * events that is.
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
			x = (i / width) * SERIES;
		for (let s = 0; s < SERIES; s++) {
			if (min[x + s] < lo[s]) lo[s] = min[x + s];
			if (max[x + s] > hi[s]) hi[s] = max[x + s];
		}
		return width;
	}
	/** How many events of each group lie in [0, i). */
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
	 * The unusable-free-space index of a zone for an order at about event i: the share of
	 * its free pages in blocks too small, 0..1; 1 means no such block can be had.
	 */
	unusable(i, zone, order) {
		const at = Math.min(this.sampled, Math.floor((i + 1) / this.every)) - 1;
		if (at < 0) return 1;
		let free = 0,
			usable = 0;
		for (let o = 0; o < ORDERS; o++) {
			const p = this.samples[at * SAMPLE + zone * ORDERS + o] << o;
			free += p;
			if (o >= order) usable += p;
		}
		return free ? (free - usable) / free : 1;
	}
}

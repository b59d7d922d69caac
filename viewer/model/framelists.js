// SPDX-License-Identifier: MIT
/*
 * framelists.js - the frames of a machine and the buddy allocator's free lists.
 *
 * Frames are two bytes-per-frame columns: `meta` (owner class << 4 | order; order 15
 * is the tail of a block) and `since` (the event that gave the frame its present
 * life).  Free lists are doubly linked through the head frames, newest first, as
 * the kernel's.
 */
import { FLIGHT, FREE, RESERVED, TAIL, UNKNOWN } from "./owners.js";
/** @import {Trace} from "./trace.js" */
/** @import {Zone} from "./types.js" */

/** Of `on`: the frame heads no block on a list. */
export const NOWHERE = 0xffff;

export class FrameLists {
	/**
	 * framed: false for a machine that knows page tables and areas only, at no cost a frame.
	 * @param {Trace} trace
	 * @param {boolean} framed
	 */
	constructor(trace, framed) {
		const n = framed ? trace.frames : 0;
		this.frames = trace.frames;
		this.zones = trace.zones;
		this.orders = trace.orders;
		this.watched = trace.watched;
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
		/** @type {Map<number, number>} use counts that are not the ordinary 1 of a block's head */
		this.refs = new Map();
		// is the state of every frame known? Then one that no event speaks of is kept
		this.told = (trace.machine.kind ?? []).includes("initial state told");
		this.counted = new Uint8Array(trace.nrZones).fill(+this.told); // is zoneFree known?
	}

	/**
	 * The zone of frame pfn, or null.
	 * @param {number} pfn
	 */
	zoneOf(pfn) {
		const { zones } = this;
		for (let x = 0; x < zones.length; x++)
			if (pfn >= zones[x].start && pfn < zones[x].start + zones[x].n) return zones[x];
		return null;
	}
	/**
	 * Does the block lie in zone z, aligned to its order?
	 * @param {Zone} z
	 * @param {number} pfn
	 * @param {number} order
	 */
	fits(z, pfn, order) {
		if (order >= this.orders) return false;
		const at = pfn - z.start,
			n = 1 << order;
		return (at & (n - 1)) === 0 && at + n <= z.n;
	}

	/**
	 * @param {number} pfn
	 * @param {number} order
	 * @param {number} zone
	 */
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
	/**
	 * Is the block at pfn on a free list of that order?
	 * @param {number} pfn
	 * @param {number} order
	 */
	listedAs(pfn, order) {
		return this.meta[pfn] === ((FREE << 4) | order) && this.on[pfn] !== NOWHERE;
	}
	/**
	 * Takes a block off its list, of whatever zone; false if it is not on a list of that order.
	 * @param {number} pfn
	 * @param {number} order
	 */
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
	/**
	 * The piece that a split carried on is not what came next: it is a free block.
	 * @param {number} zone
	 */
	putBack(zone) {
		const pfn = this.carried[zone];
		this.carried[zone] = -1;
		if (pfn >= 0) this.link(pfn, this.carriedOrder[zone], zone);
	}
	/**
	 * Frames whose state was unknown are free, says an event.
	 * @param {number} pfn
	 * @param {number} order
	 */
	adopt(pfn, order) {
		const { meta } = this;
		for (let p = pfn; p < pfn + (1 << order); p++)
			if (meta[p] >> 4 === UNKNOWN) meta[p] = (FREE << 4) | TAIL;
	}
	/**
	 * Takes a block to be handed out or split from its list, or as the piece that a split carries
	 * on; out of a larger free block if the splits were never told. False: it was not free.
	 * @param {number} pfn
	 * @param {number} order
	 * @param {number} zone
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
	 * @param {number} pfn
	 */
	drop(pfn) {
		const was = this.meta[pfn],
			order = was & 15;
		if (was >> 4 === FREE && order !== TAIL) this.unlink(pfn, order);
	}
	/**
	 * The blocks of one list, head first.
	 * @param {number} zone
	 * @param {number} order
	 */
	list(zone, order) {
		const out = [];
		for (let p = this.heads[zone * this.orders + order]; p >= 0; p = this.next[p]) out.push(p);
		return out;
	}
	/**
	 * @param {number} pfn
	 * @param {number} order
	 * @param {number} owner
	 * @param {number} i
	 */
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
	/**
	 * Changes the class of a block that is in use, keeping its order and age.
	 * @param {number} pfn
	 * @param {number} n
	 * @param {number} owner
	 */
	recast(pfn, n, owner) {
		for (let p = pfn; p < pfn + n && p < this.frames; p++) {
			const was = this.meta[p] >> 4;
			if ((was > RESERVED && was !== FLIGHT) || this.watched)
				this.meta[p] = (owner << 4) | (this.meta[p] & 15);
		}
	}

	/**
	 * Head of the block a frame belongs to (the frame itself if nothing is known).
	 * @param {number} pfn
	 */
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
	/**
	 * @param {number} pfn
	 * @param {number} order
	 */
	zoneRelativeHead(pfn, order) {
		const base = this.zoneOf(pfn)?.start ?? 0;
		return base + (((pfn - base) >> order) << order);
	}
	freePages() {
		return this.zoneFree.reduce((sum, n) => sum + n, 0);
	}
	/**
	 * Share of the free pages of a zone that no block of `order` or more holds: 0..1.
	 * @param {number} zone
	 * @param {number} order
	 */
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
	/** @param {number} zone */
	largest(zone) {
		for (let o = this.orders - 1; o >= 0; o--)
			if (this.counts[zone * this.orders + o]) return o;
		return -1;
	}
}

/**
 * Zones a request may be served from, the preferred one first: 2.4.22's zonelists.
 * @param {Trace} trace
 * @param {number} gfp
 */
export function zonesFor(trace, gfp) {
	const ids = gfp & 1 ? [0] : gfp & 2 ? [2, 1, 0] : [1, 0];
	return ids.map((id) => trace.zone(id)).filter((zone) => zone !== null);
}

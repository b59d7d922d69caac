// SPDX-License-Identifier: MIT
/*
 * slabrules.js - the slab allocator's objects and lists, and kmap's window: their rules, and
 * what the kernel's snapshots of them must say.
 *
 * A cache keeps its slabs on three lists: full, partial, free.  A slab that changes its list
 * goes to the head of the new one, a fresh one to the end of the free list.  A kmap slot's
 * count is 0 if it is free, 1 if it waits for a flush, else one more than its users.
 */
import { FREE, FLIGHT } from "./owners.js";
import { Hash } from "./hash.js";
import { hex, addr } from "./format.js";
/** @import {Machine} from "./machine.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Fields, Rec, Say} from "./types.js" */

/** @type {ListName[]} */
const LISTS = ["full", "partial", "free"];

/** @typedef {"full" | "partial" | "free"} ListName */
/**
 * A slab; list "none": of a cache that was made anew.
 * @typedef {{pfn: number, order: number, cache: number, inuse: number, list: ListName | "none"}} Slab
 */
/**
 * A cache of slabs.
 * @typedef {{id: number, name: string, num: number, active: number, nrSlabs: number,
 * foreign: boolean, full: Slab[], partial: Slab[], free: Slab[]}} Cache
 */

export class SlabRules {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 */
	constructor(trace, say) {
		this.trace = trace;
		this.say = say;
		/** @type {Map<number, Cache>} by number */
		this.caches = new Map();
		/** @type {Map<number, Slab>} by frame */
		this.slabs = new Map();
		/** @type {Map<number, number>} address -> the event that handed it out */
		this.objects = new Map();
		this.whole = true; // is everything since the machine started in the trace?
		this.part = new Uint8Array(trace.frames); // by frame: is it part of a slab?
	}
	/** Events are missing. */
	lost() {
		this.whole = false;
		this.slabs.clear();
		this.part.fill(0);
		this.objects.clear();
		for (const cache of this.caches.values())
			Object.assign(cache, { active: 0, nrSlabs: 0, full: [], partial: [], free: [] });
	}
	/** @param {Rec} rec */
	create(rec) {
		for (const list of LISTS)
			for (const slab of this.caches.get(rec.cache)?.[list] ?? []) slab.list = "none";
		this.caches.set(rec.cache, {
			id: rec.cache,
			name: rec.name,
			num: rec.num,
			active: 0,
			nrSlabs: 0,
			foreign: false, // it has slabs in frames that cannot be its own
			full: [],
			partial: [],
			free: [],
		});
	}
	/**
	 * @param {Fields} e
	 * @param {number} i
	 */
	destroy(e, i) {
		this.caches.delete(e.cache(i));
	}
	/**
	 * Takes the slab off its list.
	 * @param {Slab} slab
	 */
	unlink(slab) {
		const cache = this.caches.get(slab.cache),
			list = cache && slab.list !== "none" ? cache[slab.list] : [],
			at = list.indexOf(slab);
		if (at >= 0) list.splice(at, 1);
	}
	/**
	 * Frame p is part of a slab no more, and of its first frame the slab is on no list.
	 * @param {number} p
	 */
	leave(p) {
		const slab = this.slabs.get(p);
		if (slab?.pfn === p) this.unlink(slab);
		this.slabs.delete(p);
		this.part[p] = 0;
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	grow(m, e, i) {
		const pfn = e.pfn(i),
			order = e.order(i),
			id = e.cache(i),
			cache = this.caches.get(id);
		if (!cache) {
			if (this.whole)
				this.say(
					i,
					"object-no-slab",
					`Cache ${id} takes frame ${hex(pfn)}, but was never created.`,
					pfn,
				);
			return;
		}
		cache.nrSlabs++;
		if (order >= this.trace.orders || pfn + (1 << order) > m.frames) {
			cache.foreign = true;
			return;
		}
		/** @type {Slab} */
		const slab = { pfn, order, cache: id, inuse: 0, list: "free" };
		for (let p = pfn; p < pfn + (1 << order); p++) {
			const owner = m.meta[p] >> 4;
			if (owner === FREE || owner === FLIGHT) {
				this.say(
					i,
					"object-no-slab",
					`Cache ${cache.name} takes frame ${hex(p)}, which is free.`,
					p,
				);
				cache.foreign = true;
				return;
			}
			this.leave(p);
			this.slabs.set(p, slab);
			this.part[p] = 1;
		}
		cache.free.push(slab);
	}
	/**
	 * @param {Fields} e
	 * @param {number} i
	 */
	shrink(e, i) {
		const pfn = e.pfn(i),
			cache = this.caches.get(e.cache(i)),
			slab = this.slabs.get(pfn);
		if (!cache) return;
		cache.nrSlabs--;
		if (slab?.cache !== cache.id) return;
		if (slab.inuse)
			this.say(
				i,
				"slab-busy",
				`Cache ${cache.name} gives up the slab at ${hex(pfn)} with ${slab.inuse} objects in use.`,
				pfn,
			);
		for (let p = pfn; p < pfn + (1 << (e.order(i) & 15)); p++) this.leave(p);
	}
	/**
	 * Frame p is given back.
	 * @param {number} i
	 * @param {number} p
	 */
	freed(i, p) {
		if (!this.part[p]) return;
		this.say(i, "slab-busy", `Frame ${hex(p)} is freed, but it is part of a slab.`, p);
		this.leave(p);
	}
	/** @param {number} ptr */
	slabAt(ptr) {
		return this.slabs.get((ptr - this.trace.layout.page_offset) >>> 12) ?? null;
	}
	/**
	 * One object more or less is in use.
	 * @param {number} ptr
	 * @param {number} by
	 */
	count(ptr, by) {
		const slab = this.slabAt(ptr),
			cache = slab && this.caches.get(slab.cache);
		if (!cache || (by < 0 && !slab.inuse)) return;
		slab.inuse += by;
		cache.active += by;
		const list = !slab.inuse ? "free" : slab.inuse >= cache.num ? "full" : "partial";
		if (list === slab.list) return;
		this.unlink(slab);
		slab.list = list;
		cache[list].unshift(slab);
	}
	/**
	 * id: the cache that hands it out, -1 if the event does not tell.
	 * @param {number} i
	 * @param {number} ptr
	 * @param {number} id
	 */
	alloc(i, ptr, id) {
		if (!ptr) return;
		const since = this.objects.get(ptr);
		if (since !== undefined)
			return this.say(
				i,
				"object-double-alloc",
				`The object at ${addr(ptr)} is handed out, but it is in use since #${since}.`,
			);
		const slab = this.slabAt(ptr);
		if (slab && id >= 0 && slab.cache !== id)
			this.say(
				i,
				"object-no-slab",
				`The object at ${addr(ptr)} of cache ${id} lies in a slab of cache ${slab.cache}.`,
			);
		this.objects.set(ptr, i);
		this.count(ptr, 1);
	}
	/**
	 * @param {number} i
	 * @param {number} ptr
	 */
	free(i, ptr) {
		if (!ptr) return;
		if (this.objects.delete(ptr)) this.count(ptr, -1);
		else if (this.whole)
			this.say(
				i,
				"object-double-free",
				`The object at ${addr(ptr)} is freed, but it is not in use.`,
			);
	}
	/**
	 * What is wrong with the kernel's count of a cache; null: nothing, undefined: it is not known.
	 * @param {Rec} rec
	 */
	state(rec) {
		const cache = this.caches.get(rec.cache);
		if (!this.whole) return undefined;
		if (!cache) return `cache ${rec.cache} was never created.`;
		if (cache.foreign) return undefined;
		if (rec.nr_slabs !== cache.nrSlabs || rec.active_objs !== cache.active)
			return `cache ${cache.name}: the kernel counts ${rec.active_objs} objects in ${rec.nr_slabs} slabs, the replay ${cache.active} in ${cache.nrSlabs}.`;
		const h = new Hash();
		for (const list of LISTS)
			for (const slab of cache[list]) {
				h.u32(slab.pfn);
				h.u32(slab.inuse);
			}
		return rec.hash === h.value
			? null
			: `cache ${cache.name} (hash): the kernel says ${addr(rec.hash)}, the replay ${addr(h.value)}.`;
	}
}

export class KmapRules {
	/**
	 * @param {Trace} trace
	 * @param {Say} say
	 */
	constructor(trace, say) {
		this.say = say;
		this.base = trace.layout.pkmap_base;
		this.counts = new Uint32Array(1024);
		this.pfns = new Uint32Array(1024);
		this.whole = true;
	}
	/**
	 * The slot of an address in the window, -1 elsewhere.
	 * @param {number} at
	 */
	slot(at) {
		const slot = (at - this.base) >>> 12;
		return this.base && at >= this.base && slot < 1024 ? slot : -1;
	}
	/** Events are missing. */
	lost() {
		this.whole = false;
		this.counts.fill(0);
	}
	/**
	 * @param {number} i
	 * @param {string} what
	 * @param {number} pfn
	 * @param {number} at
	 * @param {number} slot
	 */
	wrong(i, what, pfn, at, slot) {
		this.say(
			i,
			"kmap-count",
			`${what} of frame ${hex(pfn)} at ${addr(at)}: the slot has count ${this.counts[slot]} and frame ${hex(this.pfns[slot])}.`,
			pfn,
		);
	}
	/**
	 * @param {Fields} e
	 * @param {number} i
	 */
	kmap(e, i) {
		const at = e.addr(i),
			pfn = e.pfn(i),
			slot = this.slot(at);
		if (slot < 0) return; // failed, or a page of the linear map
		let n = this.counts[slot];
		if (!this.whole && !n)
			n = e.fresh(i) ? 0 : 1; // taken while events were missing
		else if (e.fresh(i) ? n : !n || this.pfns[slot] !== pfn)
			this.wrong(i, "kmap", pfn, at, slot);
		this.counts[slot] = e.fresh(i) ? 2 : n + 1;
		this.pfns[slot] = pfn;
	}
	/**
	 * @param {Fields} e
	 * @param {number} i
	 */
	kunmap(e, i) {
		const at = e.addr(i),
			pfn = e.pfn(i),
			slot = this.slot(at);
		if (slot < 0 || (!this.whole && this.counts[slot] < 2)) return;
		if (this.counts[slot] < 2 || this.pfns[slot] !== pfn)
			this.wrong(i, "kunmap", pfn, at, slot);
		else this.counts[slot]--;
	}
	/**
	 * @param {Fields} e
	 * @param {number} i
	 */
	flush(e, i) {
		let n = 0;
		this.counts.forEach((count, slot) => {
			if (count !== 1) return;
			this.counts[slot] = 0;
			n++;
		});
		if (n !== e.nr(i) && this.whole)
			this.say(i, "kmap-count", `${e.nr(i)} unused slots were flushed, the replay has ${n}.`);
	}
	/** Frames that the window shows: pfn -> slot + 1. */
	shown() {
		const out = new Map();
		this.counts.forEach((n, slot) => {
			if (n && !out.has(this.pfns[slot])) out.set(this.pfns[slot], slot + 1);
		});
		return out;
	}
	/**
	 * What is wrong with the kernel's count of its window; null: nothing, undefined: it is not
	 * known.
	 * @param {Rec} rec
	 */
	state(rec) {
		const used = this.counts.filter((n) => n > 1).length,
			stale = this.counts.filter((n) => n === 1).length,
			h = new Hash();
		for (const n of this.counts) h.u32(n);
		if (rec.nr_used === used && rec.nr_stale === stale && rec.hash === h.value) {
			this.whole = true;
			return null;
		}
		return !this.whole
			? undefined
			: `kmap's window: the kernel counts ${rec.nr_used} slots in use and ${rec.nr_stale} to be flushed, the replay ${used} and ${stale}.`;
	}
}

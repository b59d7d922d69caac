// SPDX-License-Identifier: MIT
/*
 * buddyrules.js - the rules of the buddy allocator, judged before an event is applied.
 *
 * A split must go on: what it carries on is split again or handed out by the zone's next
 * event.  Two free buddies must merge: by the zone's next event, too.
 */
import { FREE, FLIGHT, RESERVED, UNKNOWN, TAIL, NONE, OWNERS } from "./owners.js";
import { zonesFor } from "./framelists.js";
import { hex } from "./format.js";
/** @import {Machine} from "./machine.js" */
/** @import {SlabRules} from "./slabrules.js" */
/** @import {StaleTlb} from "./staletlb.js" */
/** @import {TableRules} from "./tablerules.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Fields, Say, Zone} from "./types.js" */

const WAIT = 0x10, // of a GFP mask
	PASS_LOW = 1;

/**
 * What frame pfn is, for messages.
 * @param {Machine} m
 * @param {number} pfn
 */
function isNow(m, pfn) {
	const { pfn: head, order } = m.blockOf(pfn),
		owner = m.meta[pfn] >> 4;
	if (owner === RESERVED || owner === UNKNOWN) return "kept from the allocator";
	if (owner === FREE) return `in the free block ${hex(head)} of order ${order}`;
	return `in use (${OWNERS[owner]}) as order ${order} since #${m.since[pfn]}`;
}

/**
 * A zone, and what is to come in it: the lower of the buddies that must merge, -1: none, and the
 * passes that refused it; are its free pages known (counted), and do the lists hold all of its
 * free blocks, in their order (complete)?
 * @typedef {Zone & {merge: number, mergeOrder: number, skipped: number, counted: boolean,
 * complete: boolean}} BuddyZone
 */

export class BuddyRules {
	/**
	 * say(i, rule, text, pfn) tells of a finding; stale: see tablerules.js.
	 * @param {Trace} trace
	 * @param {Say} say
	 * @param {StaleTlb} stale
	 */
	constructor(trace, say, stale) {
		this.trace = trace;
		this.say = say;
		this.stale = stale;
		/** @type {BuddyZone[]} */
		this.zones = [];
		for (const zone of trace.zones)
			this.zones[zone.id] = {
				...zone,
				merge: -1,
				mergeOrder: 0,
				skipped: 0,
				counted: false,
				complete: false,
			};
		// by the two lowest bits of a GFP mask, which choose the zones
		this.zonelists = [0, 1, 2, 3].map((gfp) => zonesFor(trace, gfp));
		this.present = trace.zones.map((zone) => this.zones[zone.id]);
		this.ownLists = (trace.machine.flags ?? []).includes("own lists");
		const kind = trace.machine.kind ?? [];
		this.watermarks = kind.includes("watermarks"); // and 2.4.22's GFP masks
	}
	/**
	 * The state before the first event.
	 * @param {Machine} m
	 */
	start(m) {
		for (const z of this.present) z.counted = z.complete = m.told;
	}
	/** @param {number} pfn */
	zoneOf(pfn) {
		const { present } = this;
		for (let x = 0; x < present.length; x++)
			if (pfn >= present[x].start && pfn < present[x].start + present[x].n) return present[x];
		return null;
	}
	/**
	 * The zone's next event is not the one that had to come.
	 * @param {Machine} m
	 * @param {BuddyZone} z
	 * @param {number} i
	 * @param {string} event
	 * @param {number} [pfn]
	 * @param {number} [order]
	 */
	pending(m, z, i, event, pfn, order) {
		const carried = m.carried[z.id];
		if (carried >= 0 && event !== "split" && event !== "alloc") {
			m.putBack(z.id);
			this.say(
				i,
				"split-lost",
				`The order-${m.carriedOrder[z.id]} piece at ${hex(carried)} of a split block was neither split further nor handed out.`,
				carried,
			);
		}
		const due = z.merge;
		z.merge = -1;
		if (due >= 0 && !(event === "merge" && pfn === due && order === z.mergeOrder))
			this.say(
				i,
				"missed-merge",
				`The order-${z.mergeOrder} buddies at ${hex(due)} and ${hex(due + (1 << z.mergeOrder))} are both free and were not merged.`,
				due,
			);
	}
	/**
	 * The block is being listed: is its buddy on the list, too?
	 * @param {Machine} m
	 * @param {BuddyZone} z
	 * @param {number} pfn
	 * @param {number} order
	 */
	note(m, z, pfn, order) {
		if (order + 1 >= this.trace.orders) return; // a kernel of single pages has no buddies
		const buddy = z.start + ((pfn - z.start) ^ (1 << order));
		if (buddy >= z.start + z.n || !m.listedAs(buddy, order)) return;
		z.merge = Math.min(pfn, buddy);
		z.mergeOrder = order;
	}
	/**
	 * lost: a piece of that order that its split had left behind heads the list again, -1: none.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {BuddyZone} z
	 * @param {number} pfn
	 * @param {number} order
	 * @param {string} what
	 */
	head(m, i, z, pfn, order, what, lost = -1) {
		const first = lost >= 0 ? lost : m.heads[z.id * m.orders + order];
		if (first !== pfn && z.complete && !this.ownLists)
			this.say(
				i,
				"not-list-head",
				`Order ${order} at ${hex(pfn)} is ${what}, the list begins with ${hex(first)}.`,
				pfn,
			);
	}

	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 * @param {TableRules} tables
	 */
	alloc(m, e, i, tables) {
		const pfn = e.pfn(i),
			order = e.order(i);
		if (pfn === NONE) {
			for (const z of this.present) z.skipped = 0;
			return;
		}
		const z = this.zoneOf(pfn);
		if (!z || !m.fits(z, pfn, order))
			return this.say(
				i,
				"misaligned",
				`Order ${order} at ${hex(pfn)} is handed out: there is no such block.`,
				pfn,
			);
		if (z.merge >= 0) this.pending(m, z, i, "alloc", pfn, order);
		const gfp = e.gfp_flags(i);
		if (e.zone(i) !== z.id) this.wrongZone(i, z, pfn, e.zone(i));
		if (this.watermarks && !this.zonelists[gfp & 3].some((zone) => zone.id === z.id))
			this.say(
				i,
				"gfp-zone",
				`GFP ${hex(gfp)} does not allow zone ${z.name}, where ${hex(pfn)} lies.`,
				pfn,
			);
		if (this.watermarks && z.counted) this.watermark(m, i, z, order, gfp);
		for (const x of this.present) x.skipped = 0;
		this.take(m, i, z, pfn, order);
		for (let p = pfn; p < pfn + (1 << order); p++) {
			const was = m.meta[p];
			if (p > pfn && inUse(was) && (was & 15) !== TAIL)
				this.say(
					i,
					"double-alloc",
					`Frame ${hex(p)} is handed out as part of order ${order} at ${hex(pfn)}, but it is ${isNow(m, p)}.`,
					p,
				);
			this.stale.reused(i, p);
			tables.reused(p);
		}
	}
	/**
	 * @param {Machine} m
	 * @param {number} i
	 * @param {BuddyZone} z
	 * @param {number} pfn
	 * @param {number} order
	 */
	take(m, i, z, pfn, order) {
		const carried = m.carried[z.id],
			carriedOrder = m.carriedOrder[z.id];
		if (carried === pfn && carriedOrder === order) return;
		if (carried >= 0)
			this.say(
				i,
				"split-lost",
				`Order ${carriedOrder} at ${hex(carried)} was to be handed out, but it is order ${order} at ${hex(pfn)}.`,
				pfn,
			);
		if (m.listedAs(pfn, order))
			return this.head(
				m,
				i,
				z,
				pfn,
				order,
				"handed out",
				carried >= 0 && carriedOrder === order ? carried : -1,
			);
		const owner = m.meta[pfn] >> 4;
		if (owner === UNKNOWN && !m.told) return;
		const rule =
			owner === FREE || owner === FLIGHT
				? "alloc-absent"
				: inUse(m.meta[pfn])
					? "double-alloc"
					: "alloc-reserved";
		this.say(
			i,
			rule,
			`Order ${order} at ${hex(pfn)} is handed out, but it is ${isNow(m, pfn)}.`,
			pfn,
		);
	}
	/**
	 * A zone below a watermark may serve only after it was refused in that pass.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {BuddyZone} z
	 * @param {number} order
	 * @param {number} gfp
	 */
	watermark(m, i, z, order, gfp) {
		const free = m.zoneFree[z.id];
		let low = 1 << order,
			min = low;
		for (const x of this.zonelists[gfp & 3]) {
			low += x.low;
			min += gfp & WAIT ? x.min : x.min >> 2;
			if (x.id === z.id) break;
		}
		const [wanted, name] =
			free <= low && !z.skipped
				? [low, "low"]
				: free <= min && !(z.skipped & ~PASS_LOW)
					? [min, "min"]
					: [];
		if (name)
			this.say(
				i,
				"watermark",
				`${free} free pages, more than ${wanted} (${name}) wanted for order ${order}, and no refusal before.`,
			);
	}
	/**
	 * @param {number} i
	 * @param {BuddyZone} z
	 * @param {number} pfn
	 * @param {number} told
	 */
	wrongZone(i, z, pfn, told) {
		this.say(
			i,
			"wrong-zone",
			`Frame ${hex(pfn)} is in zone ${z.name}, the event says ${this.trace.zone(told)?.name ?? told}.`,
			pfn,
		);
	}

	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 * @param {TableRules} tables
	 * @param {SlabRules} slabs
	 */
	free(m, e, i, tables, slabs) {
		const pfn = e.pfn(i),
			order = e.order(i),
			z = this.zoneOf(pfn);
		if (!z || !m.fits(z, pfn, order))
			return this.say(
				i,
				"misaligned",
				`Order ${order} at ${hex(pfn)} is freed: there is no such block.`,
				pfn,
			);
		if (z.merge >= 0 || m.carried[z.id] >= 0) this.pending(m, z, i, "free", pfn, order);
		if (e.zone(i) !== z.id) this.wrongZone(i, z, pfn, e.zone(i));
		const was = m.meta[pfn],
			owner = was >> 4;
		if (owner === FREE || owner === FLIGHT)
			return this.say(
				i,
				"double-free",
				`Order ${order} at ${hex(pfn)} is freed, but it is ${isNow(m, pfn)}.`,
				pfn,
			);
		if (owner === RESERVED)
			this.say(
				i,
				"free-reserved",
				`Order ${order} at ${hex(pfn)} is freed, but it is kept from the allocator.`,
				pfn,
			);
		else if (inUse(was) && (was & 15) === TAIL)
			this.say(
				i,
				"free-tail",
				`Order ${order} at ${hex(pfn)} is freed, but it is the middle of a block, ${isNow(m, pfn)}.`,
				pfn,
			);
		else if (inUse(was) && (was & 15) !== order)
			this.say(
				i,
				"wrong-order",
				`Order ${order} at ${hex(pfn)} is freed, but it is ${isNow(m, pfn)}.`,
				pfn,
			);
		const end = pfn + (1 << order);
		for (let p = pfn; p < end; p++) tables.checkFree(m, i, p, isKept(m, p));
		for (let p = pfn; p < end; p++) {
			slabs.freed(i, p);
			tables.freed(m, i, p, isKept(m, p));
		}
		this.note(m, z, pfn, order);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	split(m, e, i) {
		const pfn = e.pfn(i),
			order = e.order(i),
			z = this.zoneOf(pfn);
		if (!z || !order || !m.fits(z, pfn, order))
			return this.say(
				i,
				"misaligned",
				`Split of order ${order} at ${hex(pfn)}: there is no such block.`,
				pfn,
			);
		if (z.merge >= 0) this.pending(m, z, i, "split", pfn, order);
		const carried = m.carried[z.id],
			carriedOrder = m.carriedOrder[z.id];
		if (carried >= 0) {
			if (carried !== pfn || carriedOrder !== order)
				this.say(
					i,
					"split-lost",
					`Order ${carriedOrder} at ${hex(carried)} was to go on, but order ${order} at ${hex(pfn)} is split.`,
					pfn,
				);
		} else if (m.listedAs(pfn, order)) this.head(m, i, z, pfn, order, "split");
		else if (m.told || m.meta[pfn] >> 4 !== UNKNOWN)
			this.say(
				i,
				"split-absent",
				`Order ${order} at ${hex(pfn)} is split, but it is ${isNow(m, pfn)}.`,
				pfn,
			);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	merge(m, e, i) {
		const pfn = e.pfn(i),
			order = e.order(i),
			z = this.zoneOf(pfn);
		if (!z || !m.fits(z, pfn, order + 1))
			return this.say(
				i,
				"merge-not-buddies",
				`${hex(pfn)} is not the lower one of two order-${order} buddies.`,
				pfn,
			);
		this.pending(m, z, i, "merge", pfn, order);
		for (const half of [pfn, pfn + (1 << order)])
			if (!m.listedAs(half, order) && (m.told || m.meta[half] >> 4 !== UNKNOWN))
				return this.say(
					i,
					"merge-not-free",
					`Order ${order} at ${hex(half)} is merged, but it is ${isNow(m, half)}.`,
					half,
				);
		this.note(m, z, pfn, order + 1);
	}
	/**
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 * @param {TableRules} tables
	 */
	range(m, e, i, tables) {
		const first = e.start_pfn(i),
			n = e.nr_pages(i);
		if (first + n > m.frames)
			return this.say(
				i,
				"misaligned",
				`Frames ${hex(first)} to ${hex(first + n - 1)} are freed: there are ${hex(m.frames)}.`,
			);
		for (let p = first; p < first + n; p++) {
			const owner = m.meta[p] >> 4;
			if (owner === UNKNOWN) tables.freed(m, i, p, m.told);
			else if (this.zoneOf(p))
				this.say(
					i,
					owner === FREE || owner === FLIGHT ? "double-free" : "free-reserved",
					`Frame ${hex(p)} of the range is not the allocator's to take.`,
					p,
				);
		}
	}
	/**
	 * A refusal must have had a reason, and counted right.
	 * @param {Machine} m
	 * @param {Fields} e
	 * @param {number} i
	 */
	skip(m, e, i) {
		const z = this.zones[e.zone(i)],
			free = e.free_pages(i);
		if (!z) return;
		z.skipped |= 1 << (e.pass(i) & 7);
		if (!z.counted) return;
		if (free !== m.zoneFree[z.id])
			this.say(
				i,
				"watermark",
				`Zone ${z.name} is refused for its ${free} free pages, the replay has ${m.zoneFree[z.id]}.`,
			);
		else if (free > e.sum(i))
			this.say(
				i,
				"watermark",
				`Zone ${z.name} is refused, though its ${free} free pages are more than the ${e.sum(i)} wanted.`,
			);
	}
	/**
	 * The kernel's snapshot of a zone: nothing may be under way in it.
	 * @param {Machine} m
	 * @param {number} i
	 * @param {number} id
	 */
	snapshot(m, i, id) {
		if (this.zones[id]) this.pending(m, this.zones[id], i, "state");
	}
	/** Events were lost: nothing is known to be under way. */
	lost() {
		for (const z of this.present) {
			z.merge = -1;
			z.skipped = 0;
			z.counted = z.complete = false;
		}
	}
	/** Is each zone known again? */
	get whole() {
		return this.present.every((z) => z.counted && z.complete);
	}
}

/**
 * Was frame p never the allocator's?
 * @param {Machine} m
 * @param {number} p
 */
function isKept(m, p) {
	const owner = m.meta[p] >> 4;
	return owner === RESERVED || (owner === UNKNOWN && m.told);
}

/**
 * Of a frame's meta byte: has it been handed out?
 * @param {number} meta
 */
function inUse(meta) {
	const owner = meta >> 4;
	return owner > RESERVED && owner !== FLIGHT;
}

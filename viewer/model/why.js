// SPDX-License-Identifier: MIT
/*
 * why.js - could a request be served at this moment, and why did an event go as it did:
 * the rules of __alloc_pages and __free_pages_ok held against the lists just before.
 */
import { OP } from "./kinds.js";
import { FREE, OWNERS, NONE } from "./owners.js";
import { hex, bytes, orderSize, count, plural } from "./format.js";
import { zonesFor } from "./framelists.js";
/** @import {Machine} from "./machine.js" */
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */
/** @import {Zone} from "./types.js" */

/**
 * Why a zone did not serve a request.
 * @typedef {{zone: Zone, free: number, sum: number, watermark: boolean, pass: string}} Reason
 */
/**
 * How many blocks each list has: of a Machine, or what listsBefore gives.
 * @typedef {{counts: ArrayLike<number>, orders: number}} Lists
 */

const WAIT = 0x10;

/** The kinds of request the ruler asks about: [name, gfp bits, who asks so]. */
export const REQUESTS = [
	["GFP_KERNEL", 0x1f0, "may wait"],
	["GFP_ATOMIC", 0x20, "in an interrupt, may not wait"],
	["GFP_HIGHUSER", 0x1f2, "a process's page"],
	["GFP_DMA", 0x1f1, "below 16 MiB, for an old device"],
];

/**
 * What a request would get from the machine m, before anything is reclaimed:
 * {zone, from (order of the block taken), pass} or {zone: null}, and reasons: for each
 * zone passed over, the last pass's {zone, free, sum, watermark, small}.
 * @param {Trace} trace
 * @param {Machine} m
 * @param {number} order
 * @param {number} gfp
 */
export function canServe(trace, m, order, gfp) {
	const zones = zonesFor(trace, gfp);
	/** @type {Reason[]} */
	let reasons = [];
	for (const pass of ["low", "min"]) {
		let sum = 1 << order;
		reasons = [];
		for (const z of zones) {
			sum += pass === "low" ? z.low : gfp & WAIT ? z.min : z.min >> 2;
			const free = m.zoneFree[z.id];
			if (free <= sum) {
				reasons.push({ zone: z, free, sum, watermark: true, pass });
				continue;
			}
			for (let o = order; o < trace.orders; o++)
				if (m.counts[z.id * trace.orders + o]) return { zone: z, from: o, pass, reasons };
			reasons.push({ zone: z, free, sum, watermark: false, pass });
		}
	}
	return { zone: null, from: -1, pass: "", reasons };
}

/**
 * The reasons of canServe in words.
 * @param {Reason} r
 * @param {number} order
 */
export function reasonText(r, order) {
	if (r.watermark)
		return `${r.zone.name} is passed over: ${count(r.free)} pages free, more than ${count(r.sum)} must be (2^${order} and the ${r.pass} watermarks of the zones tried so far).`;
	return `${r.zone.name} has ${count(r.free)} pages free, but no block of order ${order} or larger on its lists.`;
}

/**
 * Free blocks by order of a zone; m: a Machine, or what listsBefore gives.
 * @param {Lists} m
 * @param {Zone} z
 */
export const listCounts = (m, z) =>
	Array.from({ length: m.orders }, (_, o) => m.counts[z.id * m.orders + o]);

/**
 * The bit of the pair of buddies of an order that frame pfn lies in: 1 if exactly one of the two is
 * on the list.
 * @param {Machine} m
 * @param {Zone} zone
 * @param {number} pfn
 * @param {number} order
 */
export function pairBit(m, zone, pfn, order) {
	const lower = zone.start + (((pfn - zone.start) >> (order + 1)) << (order + 1)),
		listed = (/** @type {number} */ p) =>
			p < m.frames && m.meta[p] === ((FREE << 4) | order) ? 1 : 0;
	return listed(lower) ^ listed(lower + (1 << order));
}

/** @param {number} op */
const isSplit = (op) => op === OP.buddy_split || op === OP.buddy_split_low;

/** The events that change the free lists. */
const LISTED = new Set([
	OP.buddy_split,
	OP.buddy_split_low,
	OP.mm_page_alloc,
	OP.mm_page_free,
	OP.buddy_merge,
]);

/**
 * Where an allocation's splits, or a free's merges, begin and end: [first, last] event numbers.
 * @param {Trace} trace
 * @param {number} i
 */
function chain(trace, i) {
	const op = (/** @type {number} */ j) => trace.kinds.op[trace.k[j]],
		split = (/** @type {number} */ j) => isSplit(op(j)),
		order = (/** @type {number} */ j) => trace.of(j).order(j);
	if (split(i)) {
		let a = i,
			b = i;
		while (a > 0 && split(a - 1) && order(a - 1) === order(a) + 1) a--;
		while (b + 1 < trace.n && split(b + 1) && order(b + 1) === order(b) - 1) b++;
		return [a, b];
	}
	let a = i,
		b = i;
	while (op(a) === OP.buddy_merge && a > 0) a--;
	while (b + 1 < trace.n && op(b + 1) === OP.buddy_merge) b++;
	return [a, b];
}

/**
 * The free lists just before event `first`, where the machine stands at event i, a few later:
 * {counts, zoneFree, orders},
 * as a Machine has them, and the machine to look at for what these events did not touch. What they
 * did to the
 * lists is taken back, which costs nothing; where one of them broke a rule, a second machine is
 * brought there.
 * @param {Model} model
 * @param {number} first
 * @param {number} i
 */
export function listsBefore(model, first, i) {
	const { trace } = model,
		{ orders } = trace,
		op = (/** @type {number} */ j) => trace.kinds.op[trace.k[j]];
	if (model.hazards.list.some((x) => x.i >= first && x.i <= i)) {
		const machine = model.seeker.copyAt(first - 1);
		return { counts: machine.counts, zoneFree: machine.zoneFree, orders, machine };
	}
	const machine = model.at(i),
		counts = machine.counts.slice(),
		zoneFree = machine.zoneFree.slice();
	/**
	 * The half that a split just before carried on: it was on no list.
	 * @param {number} j
	 */
	const carried = (j) => {
		if (!isSplit(op(j - 1))) return false;
		const s = trace.of(j - 1),
			e = trace.of(j),
			upper = op(j - 1) === OP.buddy_split ? 1 << (s.order(j - 1) - 1) : 0;
		return s.pfn(j - 1) + upper === e.pfn(j) && s.zone(j - 1) === e.zone(j);
	};
	for (let j = i; j >= first; j--) {
		if (!LISTED.has(op(j))) continue;
		const e = trace.of(j),
			z = e.zone(j),
			o = e.order(j),
			q = z * orders + o;
		switch (op(j)) {
			case OP.buddy_split:
			case OP.buddy_split_low:
				counts[q - 1]--;
				if (!carried(j)) counts[q]++;
				break;
			case OP.mm_page_alloc:
				if (e.pfn(j) === NONE) break;
				if (!carried(j)) counts[q]++;
				zoneFree[z] += 1 << o;
				break;
			case OP.mm_page_free:
				counts[q]--;
				zoneFree[z] -= 1 << o;
				break;
			case OP.buddy_merge:
				counts[q] += 2;
				counts[q + 1]--;
				break;
		}
	}
	return { counts, zoneFree, orders, machine };
}

/**
 * Why an allocation went as it did: the lists just before event i.
 * @param {Model} model
 * @param {number} i
 */
export function whyAlloc(model, i) {
	const { trace } = model;
	if (trace.single || trace.kindName(i) !== "mm_page_alloc") return null;
	const request = trace.col.mm_page_alloc,
		order = request.order(i),
		{ orders } = trace;
	// 2.4.22 looks at no zone then, whatever the mask says
	if (order >= orders)
		return {
			first: i,
			failed: true,
			before: listsBefore(model, i, i),
			lines: [
				`There is no list of order ${order}: the largest block is of order ${orders - 1} (${orderSize(orders - 1)}, MAX_ORDER is ${orders}). alloc_pages refuses such a request at once, however much is free.`,
			],
		};
	const zoneId = request.zone(i),
		low = trace.kinds.id("buddy_split_low"),
		split = i && trace.k[i - 1] === low ? low : trace.kinds.id("buddy_split");
	let first = i;
	while (
		first > 0 &&
		trace.k[first - 1] === split &&
		trace.of(first - 1).zone(first - 1) === zoneId
	)
		first--;
	const m = listsBefore(model, first, i),
		lines = [],
		failed = request.pfn(i) === NONE,
		skip = trace.kinds.id("zone_skip"),
		{ zone_skip: refusal } = trace.col;
	const zones = failed
		? zonesFor(trace, request.gfp_flags(i))
		: trace.zones.filter((z) => z.id === zoneId);
	// the refusals of this very request stand just before it
	const refused = new Map();
	for (let j = i - 1; failed && j > i - 12 && j >= 0; j--) {
		if (trace.kindName(j) === "mm_page_alloc" || trace.kindName(j) === "mm_page_free") break;
		if (trace.k[j] !== skip || refusal.order(j) !== order) continue;
		if (!refused.has(refusal.zone(j)))
			refused.set(refusal.zone(j), {
				free: refusal.free_pages(j),
				sum: refusal.sum(j),
				pass: trace.kinds.value("pass", refusal.pass(j)) ?? "watermark",
			});
	}
	for (const z of zones) {
		const counts = listCounts(m, z);
		const free = m.zoneFree[z.id],
			larger = counts.findIndex((n, o) => o >= order && n > 0);
		const small = counts.slice(0, order).reduce((s, n, o) => s + n * 2 ** o, 0);
		const no = refused.get(z.id);
		if (no)
			lines.push(
				`Zone ${z.name} was refused: it had ${no.free} free pages, and more than ${no.sum} were wanted (${no.pass}), so that the last pages are kept for those who cannot wait.`,
			);
		else if (larger < 0)
			lines.push(
				`Zone ${z.name} had ${free} free pages, but all ${small} of them in blocks smaller than order ${order} (${bytes(4096 * 2 ** order)}).`,
			);
		else if (failed)
			lines.push(
				`Zone ${z.name} had ${free} free pages and a block of order ${larger}, yet the request was not served from it.`,
			);
		else if (larger === order)
			lines.push(
				`The order-${order} list of zone ${z.name} had ${counts[order]} ${counts[order] === 1 ? "block" : "blocks"}: its head, the one freed last, is taken. Nothing is split.`,
			);
		else {
			const [listed, taken] = split === low ? ["upper", "lower"] : ["lower", "upper"],
				times = larger - order;
			lines.push(
				`${times > 1 ? `The lists of order ${order} to ${larger - 1} of zone ${z.name} were` : `The list of order ${order} of zone ${z.name} was`} empty; the smallest block large enough was of order ${larger}. ${times === 1 ? `It is split once: the ${listed} half is listed, the ${taken} half is the answer.` : `It is split ${times} times: each ${listed} half is listed, the last ${taken} half is the answer.`}`,
			);
		}
	}
	return { first, lines, failed, before: m };
}

/**
 * Why a free merged as often as it did, and not once more; null for other events.
 * @param {Model} model
 * @param {number} i
 */
export function whyFree(model, i) {
	const { trace } = model,
		op = trace.kinds.op;
	if (trace.single) return null;
	if (op[trace.k[i]] !== OP.mm_page_free && op[trace.k[i]] !== OP.buddy_merge) return null;
	const [first, last] = chain(trace, i);
	if (op[trace.k[first]] !== OP.mm_page_free) return null;
	const { mm_page_free: freed, buddy_merge: merged } = trace.col,
		order = freed.order(first),
		zone = trace.zone(freed.zone(first));
	if (!zone) return null;
	let head = freed.pfn(first);
	const before = listsBefore(model, first, i),
		{ machine } = before,
		lines = [];
	for (let j = first + 1; j <= last; j++) {
		const o = merged.order(j),
			buddy = zone.start + ((head - zone.start) ^ (1 << o));
		lines.push({
			i: j,
			text: `Order ${o}: its buddy ${hex(buddy)} is free and whole (pair bit 1), so the two become one block of order ${o + 1}.`,
		});
		head = Math.min(head, buddy);
	}
	const end = order + last - first;
	if (end >= trace.orders - 1)
		lines.push({ i: last, text: `Order ${end} is the largest there is: no merge beyond it.` });
	else {
		const buddy = zone.start + ((head - zone.start) ^ (1 << end)),
			b =
				buddy < machine.frames && trace.zoneOf(buddy) === zone
					? machine.blockOf(buddy)
					: null,
			owner = b ? machine.meta[buddy] >> 4 : -1;
		const why = !b
			? "lies outside the zone"
			: owner !== FREE
				? `is in use (${OWNERS[owner]})`
				: b.order > end
					? `belongs to a larger free block`
					: `is free only in part: it is cut into smaller blocks`;
		lines.push({
			i: last,
			text: `Order ${end}: the buddy ${hex(buddy)} ${why}${b ? " (pair bit 0 before)" : ""}, so it ${last > first ? "ends there" : "does not merge"} and stays a block of ${orderSize(end)}.`,
			stop: true,
		});
	}
	return { first, last, lines, zone, counts: listCounts(before, zone), taken: order };
}

/**
 * Why a block is split: what was wanted, which lists were empty; null for other events.
 * @param {Model} model
 * @param {number} i
 */
export function whySplit(model, i) {
	const { trace } = model,
		op = trace.kinds.op;
	if (!isSplit(op[trace.k[i]])) return null;
	const [first, last] = chain(trace, i),
		order = (/** @type {number} */ j) => trace.of(j).order(j),
		zone = trace.zone(trace.of(i).zone(i));
	if (!zone) return null;
	const want = order(last) - 1,
		large = order(first),
		alloc =
			last + 1 < trace.n &&
			op[trace.k[last + 1]] === OP.mm_page_alloc &&
			trace.col.mm_page_alloc.pfn(last + 1) !== NONE
				? last + 1
				: -1;
	const counts = listCounts(listsBefore(model, first, i), zone),
		empty = counts.slice(want, large).every((n) => !n);
	return {
		first,
		last,
		alloc,
		zone,
		counts,
		taken: large,
		lines: [
			{
				i: first,
				text: `A block of order ${want} (${orderSize(want)}) is wanted from zone ${zone.name}. ${empty ? `${large - want > 1 ? `The lists of order ${want} to ${large - 1} are` : `The list of order ${want} is`} empty, ` : ""}so the head of the order-${large} list is taken and halved ${plural(large - want, "time")}.`,
			},
			{
				i,
				text: `This is split ${i - first + 1} of ${last - first + 1}: order ${order(i)} into two of order ${order(i) - 1}.`,
			},
		],
	};
}

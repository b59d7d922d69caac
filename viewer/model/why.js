/*
 * why.js - could a request be served at this moment, and why did an event go as it did:
 * the rules of __alloc_pages and __free_pages_ok held against the lists just before.
 */
import { OP } from "./kinds.js";
import { FREE, ORDERS, OWNERS, NONE } from "./machine.js";
import { hex, orderSize, count, plural } from "./format.js";
import { zonesFor } from "./query.js";

const WAIT = 0x10;

/** The kinds of request the ruler asks about: [name, gfp bits, who asks so]. */
export const REQUESTS = [["GFP_KERNEL", 0x1f0, "may wait"], ["GFP_ATOMIC", 0x20, "in an interrupt, may not wait"], ["GFP_HIGHUSER", 0x1f2, "a process's page"], ["GFP_DMA", 0x1f1, "below 16 MiB, for an old device"]];

/**
 * What a request would get from the machine m, before anything is reclaimed:
 * {zone, from (order of the block taken), pass} or {zone: null}, and reasons: for each
 * zone passed over, the last pass's {zone, free, sum, watermark, small}.
 */
export function canServe(trace, m, order, gfp) {
	const zones = zonesFor(trace, gfp);
	let reasons = [];
	for (const pass of ["low", "min"]) {
		let sum = 1 << order;
		reasons = [];
		for (const z of zones) {
			sum += pass === "low" ? z.low : gfp & WAIT ? z.min : z.min >> 2;
			const free = m.zoneFree[z.id];
			if (free <= sum) { reasons.push({ zone: z, free, sum, watermark: true, pass }); continue; }
			for (let o = order; o < ORDERS; o++) if (m.counts[z.id * ORDERS + o]) return { zone: z, from: o, pass, reasons };
			reasons.push({ zone: z, free, sum, watermark: false, pass });
		}
	}
	return { zone: null, from: -1, pass: "", reasons };
}

/** The reasons of canServe in words. */
export function reasonText(r, order) {
	if (r.watermark) return `${r.zone.name} is passed over: ${count(r.free)} pages free, more than ${count(r.sum)} must be (2^${order} and the ${r.pass} watermarks of the zones tried so far).`;
	return `${r.zone.name} has ${count(r.free)} pages free, but no block of order ${order} or larger on its lists.`;
}

/** Free blocks by order of a zone. */
export const listCounts = (m, z) => Array.from({ length: ORDERS }, (_, o) => m.counts[z.id * ORDERS + o]);

/** The bit of the pair of buddies of an order that frame pfn lies in: 1 if exactly one of the two is on the list. */
export function pairBit(m, zone, pfn, order) {
	const lower = zone.start + (((pfn - zone.start) >> (order + 1)) << (order + 1)), listed = (p) => (p < m.frames && m.meta[p] === ((FREE << 4) | order) ? 1 : 0);
	return listed(lower) ^ listed(lower + (1 << order));
}

/** Where an allocation's splits, or a free's merges, begin and end: [first, last] event numbers. */
function chain(trace, i) {
	const op = (j) => trace.kinds.op[trace.k[j]], split = (j) => op(j) === OP.buddy_split || op(j) === OP.buddy_split_low;
	if (split(i)) {
		let a = i, b = i;
		while (a > 0 && split(a - 1) && trace.o[a - 1] === trace.o[a] + 1) a--;
		while (b + 1 < trace.n && split(b + 1) && trace.o[b + 1] === trace.o[b] - 1) b++;
		return [a, b];
	}
	let a = i, b = i;
	while (op(a) === OP.buddy_merge && a > 0) a--;
	while (b + 1 < trace.n && op(b + 1) === OP.buddy_merge) b++;
	return [a, b];
}

/** Why a free merged as often as it did, and not once more; null for other events. */
export function whyFree(model, i) {
	const { trace } = model, op = trace.kinds.op;
	if (op[trace.k[i]] !== OP.mm_page_free && op[trace.k[i]] !== OP.buddy_merge) return null;
	const [first, last] = chain(trace, i);
	if (op[trace.k[first]] !== OP.mm_page_free) return null;
	const order = trace.o[first], zone = trace.zone(trace.z[first]);
	if (!zone) return null;
	let head = trace.a[first];
	const before = model.seeker.copyAt(first - 1), lines = [];
	for (let j = first + 1; j <= last; j++) {
		const o = trace.o[j], buddy = zone.start + ((head - zone.start) ^ (1 << o));
		lines.push({ i: j, text: `Order ${o}: its buddy ${hex(buddy)} is free and whole (pair bit 1), so the two become one block of order ${o + 1}.` });
		head = Math.min(head, buddy);
	}
	const end = order + last - first;
	if (end >= ORDERS - 1) lines.push({ i: last, text: `Order ${end} is the largest there is: no merge beyond it.` });
	else {
		const buddy = zone.start + ((head - zone.start) ^ (1 << end)), b = buddy < before.frames && trace.zoneOf(buddy) === zone ? before.blockOf(buddy) : null, owner = b ? before.meta[buddy] >> 4 : -1;
		const why = !b ? "lies outside the zone" : owner !== FREE ? `is in use (${OWNERS[owner]})` : b.order > end ? `belongs to a larger free block` : `is free only in part: it is cut into smaller blocks`;
		lines.push({ i: last, text: `Order ${end}: the buddy ${hex(buddy)} ${why}${b ? " (pair bit 0 before)" : ""}, so it ${last > first ? "ends there" : "does not merge"} and stays a block of ${orderSize(end)}.`, stop: true });
	}
	return { first, last, lines, zone, counts: listCounts(before, zone), taken: order };
}

/** Why a block is split: what was wanted, which lists were empty; null for other events. */
export function whySplit(model, i) {
	const { trace } = model, op = trace.kinds.op;
	if (op[trace.k[i]] !== OP.buddy_split && op[trace.k[i]] !== OP.buddy_split_low) return null;
	const [first, last] = chain(trace, i), zone = trace.zone(trace.z[i]);
	if (!zone) return null;
	const want = trace.o[last] - 1, large = trace.o[first], alloc = last + 1 < trace.n && op[trace.k[last + 1]] === OP.mm_page_alloc && trace.a[last + 1] !== NONE ? last + 1 : -1;
	const counts = listCounts(model.seeker.copyAt(first - 1), zone), empty = counts.slice(want, large).every((n) => !n);
	return { first, last, alloc, zone, counts, taken: large, lines: [
		{ i: first, text: `A block of order ${want} (${orderSize(want)}) is wanted from zone ${zone.name}. ${empty ? `${large - want > 1 ? `The lists of order ${want} to ${large - 1} are` : `The list of order ${want} is`} empty, ` : ""}so the head of the order-${large} list is taken and halved ${plural(large - want, "time")}.` },
		{ i, text: `This is split ${i - first + 1} of ${last - first + 1}: order ${trace.o[i]} into two of order ${trace.o[i] - 1}.` }] };
}

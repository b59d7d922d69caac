// SPDX-License-Identifier: MIT
/*
 * lesson.js - questions made from the loaded trace, with answers the model computes.
 *
 * Predict, then reveal: each question names a moment, asks what the allocator or the
 * MMU will do, and can be checked by stepping on.  What tells the answer must come after
 * that moment, or stand in the walk or the details, which are covered as long as the
 * question is open.  The same trace and seed give the same questions, so a teacher can
 * hand out a number.
 */
import { OP } from "./kinds.js";
import { NONE } from "./owners.js";
import { addr, hex, orderSize } from "./format.js";
/** @import {Model} from "./model.js" */
/** @import {Trace} from "./trace.js" */

/** @param {number} seed */
/**
 * A number from 0 to n - 1.
 * @typedef {(n: number) => number} Rand
 */
/**
 * What is asked about an event: after event `at`, told by event `reveal` if later.  right: which
 * of the options; no options: a question for thinking only
 * @typedef {{at: number, reveal?: number, text: string, options: string[], right: number,
 * why: string}} Question
 */

/**
 *  @returns {Rand}
 * @param {number} seed
 */
function generator(seed) {
	let s = (seed * 2654435761) >>> 0 || 1;
	return (n) => {
		s ^= s << 13;
		s >>>= 0;
		s ^= s >>> 17;
		s ^= s << 5;
		s >>>= 0;
		return s % n;
	};
}

/**
 * Up to four distinct answers, the right one among them, in an order the seed decides.
 * @param {Rand} rand
 * @param {string} right
 * @param {string[]} others
 */
function choices(rand, right, others) {
	const list = [right];
	for (const o of others) if (!list.includes(o) && list.length < 4) list.push(o);
	for (let x = list.length - 1; x > 0; x--) {
		const y = rand(x + 1);
		[list[x], list[y]] = [list[y], list[x]];
	}
	return { options: list, right: list.indexOf(right) };
}

const TELLING = new Set(["buddy_split", "buddy_split_low", "zone_skip", "wakeup_kswapd"]);

/** @type {Record<string, (model: Model, i: number, rand: Rand) => Question | null>} */
export const MAKERS = {
	/* Which frame is the buddy? */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	buddy(model, i, rand) {
		const { trace } = model;
		if (trace.kinds.op[trace.k[i]] !== OP.mm_page_alloc) return null;
		const { mm_page_alloc: e } = trace.col,
			pfn = e.pfn(i),
			o = e.order(i);
		if (pfn === NONE || o >= trace.orders - 1) return null;
		const z = trace.zoneOf(pfn),
			base = z?.start ?? 0,
			size = 1 << o,
			buddy = base + ((pfn - base) ^ size);
		return {
			at: i,
			text: `The ${o ? `${orderSize(o)} block (order ${o})` : "frame"} at ${hex(pfn)} was handed out. Which block is its buddy?`,
			...choices(
				rand,
				hex(buddy),
				[
					hex(pfn + size),
					hex(pfn - size),
					hex(pfn ^ (size << 1)),
					hex(pfn + 2 * size),
				].filter((x) => x !== hex(pfn)),
			),
			why: `The buddy's number differs in one bit, bit ${o}: ${hex(pfn - base)} xor ${hex(size)} = ${hex(buddy - base)}${base ? `, counted from the zone's first frame ${hex(base)}` : ""}.`,
		};
	},
	/* How many merges follow a free? */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	merges(model, i, rand) {
		const { trace } = model,
			op = trace.kinds.op;
		if (op[trace.k[i]] !== OP.mm_page_free) return null;
		const order = trace.of(i).order(i),
			pfn = trace.of(i).pfn(i);
		let n = 0;
		while (i + 1 + n < trace.n && op[trace.k[i + 1 + n]] === OP.buddy_merge) n++;
		return {
			at: i - 1,
			reveal: i + n,
			text: `Next, ${order ? `the order-${order} block` : "the frame"} ${hex(pfn)} is given back. How many times will it merge with a buddy?`,
			...choices(rand, String(n), [n + 1, n ? n - 1 : 2, n + 2, 0, 1].map(String)),
			why: n
				? `At each of the orders ${order} to ${order + n - 1} the buddy is free and whole, so the block grows to order ${order + n} (${orderSize(order + n)}); there the chain ends.`
				: `Its buddy is not free as a whole, so it stays a block of order ${order}.`,
		};
	},
	/* Which block will be split? */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	taken(model, i, rand) {
		const { trace } = model,
			op = trace.kinds.op;
		/** @param {number} j */
		const split = (j) =>
			op[trace.k[j]] === OP.buddy_split || op[trace.k[j]] === OP.buddy_split_low;
		if (!split(i) || (i > 0 && split(i - 1))) return null;
		let end = i;
		while (end < trace.n && split(end)) end++;
		if (end >= trace.n || op[trace.k[end]] !== OP.mm_page_alloc) return null;
		const m = model.at(i - 1),
			{ orders } = trace,
			z = trace.of(i).zone(i),
			taken = trace.of(i).order(i),
			want = trace.of(end).order(end),
			counts = Array.from({ length: orders }, (_, o) => m.counts[z * orders + o]);
		return {
			at: i - 1,
			reveal: end,
			text: `Zone ${trace.zone(z)?.name} is asked for a block of order ${want}. Its lists hold, from order 0: ${counts.join(" ")}. A block of which order is taken?`,
			...choices(
				rand,
				`order ${taken}`,
				[orders - 1, 0, taken + 1, taken - 1, 5]
					.filter((o) => o >= 0 && o < orders)
					.map((o) => `order ${o}`),
			),
			why: `The smallest list that is not empty from order ${want} upwards: order ${taken}. Its head is split ${taken - want} times.`,
		};
	},
	/* Which slot of the directory? */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	slot(model, i, rand) {
		const { trace } = model;
		const { pte_set: e } = trace.col;
		if (trace.kinds.op[trace.k[i]] !== OP.pte_set || !(e.pte(i) & 1)) return null;
		const va = e.addr(i),
			slot = va >>> 22;
		return {
			at: i,
			text: `Page ${addr(va)} is being mapped. In which slot of the page directory does the MMU look for it?`,
			...choices(
				rand,
				String(slot),
				[(va >>> 12) & 1023, slot - 1, va >>> 20, slot + 1, va >>> 24].map(String),
			),
			why: `The slot is the top ten bits: ${addr(va)} shifted right by 22 is ${slot}. The next ten, ${(va >>> 12) & 1023}, choose the entry in the table.`,
		};
	},
	/* Translate by hand. */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	translate(model, i, rand) {
		const { trace } = model;
		const { pte_set: e } = trace.col;
		if (trace.kinds.op[trace.k[i]] !== OP.pte_set || !(e.pte(i) & 1)) return null;
		const offset = rand(4096),
			pte = e.pte(i),
			va = e.addr(i) + offset,
			pa = ((pte & 0xfffff000) | offset) >>> 0;
		return {
			at: i,
			text: `The entry of page ${addr(e.addr(i))} is now ${addr(pte)}. To which physical address does ${addr(va)} lead?`,
			...choices(rand, addr(pa), [
				addr((pte + offset) >>> 0),
				addr(pa & ~4095),
				addr((va & 0x3fffffff) >>> 0),
				addr((pa ^ 0x1000) >>> 0),
			]),
			why: `The upper 20 bits of the entry name the frame (${hex(pte >>> 12)}), the lower 12 of the address the byte in it (${hex(offset)}). The entry's own lower bits are flags.`,
		};
	},
	/* Could the request be served? */
	/**
	 * @param {Model} model
	 * @param {number} i
	 * @param {Rand} rand
	 */
	served(model, i, rand) {
		const { trace } = model;
		const { mm_page_alloc: e } = trace.col;
		if (trace.kinds.op[trace.k[i]] !== OP.mm_page_alloc || e.order(i) < 1) return null;
		let before = i - 1; // the splits for it and the zones passed over tell what comes of it
		while (before > 0 && TELLING.has(trace.kindName(before))) before--;
		const failed = e.pfn(i) === NONE,
			order = e.order(i),
			m = model.at(before),
			free = m.freePages();
		return {
			at: before,
			reveal: i,
			text: `${free} pages are free in all. A block of order ${order} (${2 ** order} pages in a row) is asked for${e.gfp_flags(i) & 1 ? " from zone DMA" : ""}. Will it be had?`,
			...choices(rand, failed ? "no" : "yes", [failed ? "yes" : "no"]),
			why: failed
				? "No list of that order or above has a block that may be given: pages enough, but not in the right place."
				: `A block of order ${order} or larger is on a list: it is had from zone ${trace.zone(e.zone(i))?.name}.`,
		};
	},
};

/**
 * `count` questions over events [from, to): [{kind, at, reveal?, text, options, right, why}]. Kinds
 * take turns, so that a lesson is mixed as far as the trace allows.
 * @param {Model} model
 */
export function questions(model, { seed = 1, count = 8, from = 0, to = model.n } = {}) {
	const rand = generator(seed),
		out = [],
		kinds = Object.keys(MAKERS),
		used = new Set();
	for (let q = 0; out.length < count && q < count * 4; q++) {
		const kind = kinds[(q + seed) % kinds.length],
			start = from + rand(Math.max(1, to - from));
		for (let step = 0; step < Math.min(to - from, 200000); step++) {
			const i = from + ((start - from + step) % Math.max(1, to - from));
			if (i < 1 || used.has(i)) continue;
			const made = MAKERS[kind](model, i, rand);
			if (!made) continue;
			used.add(i);
			out.push({ kind, ...made });
			break;
		}
	}
	return out;
}

/**
 * The questions the scenario's author put in: notes "Question: X", answered by the note "Answer: X"
 * further on. There is nothing to choose from: options is empty.
 * @param {Trace} trace
 */
export function authored(trace) {
	return trace.marks
		.filter((m) => /^Question: ./.test(m.msg))
		.map((m) => {
			const what = m.msg.slice(10),
				answer = trace.marks.find((x) => x.i > m.i && x.msg === `Answer: ${what}`);
			return {
				kind: "note",
				at: m.i,
				reveal: answer?.i,
				text: `${what[0].toUpperCase()}${what.slice(1)}  ${m.text}`,
				options: [],
				right: -1,
				why: answer?.text ?? "The scenario leaves this one open.",
			};
		});
}

/**
 * The questions of a chapter: its author's, then those made with the seed.
 * @param {Model} model
 * @param {number} chapter its number, from 1; 0: the whole trace
 * @param {number} seed
 * @returns {Question[]}
 */
export function chapterQuestions(model, chapter, seed) {
	const chapters = model.trace.chapters(),
		from = chapters[chapter - 1]?.i ?? 0,
		to = (chapter && chapters[chapter]?.i) || model.n;
	return [
		...authored(model.trace).filter((q) => q.at >= from && q.at < to),
		...questions(model, { seed, from, to }),
	];
}

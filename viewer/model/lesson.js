// SPDX-License-Identifier: MIT
// @ts-nocheck: not typed yet
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
import { FREE, NONE } from "./owners.js";
import { addr, bytes, hex, orderSize } from "./format.js";

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

/** Up to four distinct answers, the right one among them, in an order the seed decides. */
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

export const MAKERS = {
	/* Which frame is the buddy? */
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
	taken(model, i, rand) {
		const { trace } = model,
			op = trace.kinds.op;
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
 * `count` questions over events [from, to): [{kind, at, reveal?, text, options, right, why}].
 * Kinds take turns, so that a lesson is mixed as far as the trace allows.
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
 * The questions the scenario's author put in: notes "Question: X", answered by the note
 * "Answer: X" further on.  There is nothing to choose from: options is empty.
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
				why: answer?.text ?? "The scenario leaves this one open.",
			};
		});
}

/**
 * Sizes of the caches behind kmalloc, as the kernel of this trace made them: size-32, size-64, ...;
 * none if the trace does not tell.
 */
const kmallocSizes = (trace) =>
	(trace.cacheNames?.() ?? [])
		.map((name) => /^size-(\d+)$/.exec(name)?.[1])
		.filter(Boolean)
		.map(Number)
		.sort((x, y) => x - y);
const zoneText = (trace) =>
	trace.zones.map((z) => `${z.name} has ${hex(z.start)} to ${hex(z.start + z.n - 1)}`).join(", ");

/**
 * Terms a reader may not know: one sentence, or what makes one of the trace; and the kind of event
 * that shows one.
 */
export const TERMS = [
	[
		"page frame",
		"4 KiB of RAM, the unit in which memory is handed out; its number is its physical address divided by 4096.",
		"mm_page_alloc",
	],
	[
		"order",
		"The size of a block: order k is 2 to the k frames in a row, and order 9, 2 MiB, is the largest.",
		"mm_page_alloc",
	],
	[
		"block",
		"Frames in a row that are listed, handed out and given back as one.",
		"mm_page_alloc",
		(e, i) => e.order(i) > 0,
	],
	[
		"buddy",
		"The one neighbour a block may merge with, the other half of the block it was split from: its number differs in one bit.",
		"buddy_merge",
	],
	[
		"split",
		"A block is halved until it is as small as asked for: the lower half goes on a list, the upper half is split on.",
		"buddy_split",
	],
	[
		"merge",
		"Two free buddies become one block of the next order; two free neighbours that are not buddies never do.",
		"buddy_merge",
	],
	[
		"free list",
		"One for each order and zone: what was freed last stands at its head and goes out first.",
		"mm_page_free",
	],
	[
		"zone",
		(t) =>
			`DMA is the RAM below 16 MiB, which old devices can reach, Normal the rest that is mapped for good, HighMem what is not${t.zones.length ? `; of the frames of this machine ${zoneText(t)}` : ""}.`,
		"zone_skip",
	],
	[
		"watermark",
		"A zone with fewer free pages than this is passed over, so that the last pages are left for those who cannot wait.",
		"zone_skip",
	],
	[
		"external fragmentation",
		"Enough pages are free, but not in a row: a large request fails.",
		"mm_page_alloc",
		(e, i) => e.pfn(i) === NONE && e.order(i) > 0,
	],
	[
		"unusable index",
		"How much of the free memory a request of the chosen order cannot use, because it lies in smaller blocks.",
		"mm_page_alloc",
		(e, i) => e.pfn(i) === NONE && e.order(i) > 0,
	],
	[
		"page directory, PDE",
		"The first table of the walk, at the address in CR3: 1,024 entries of 4 MiB each.",
		"pde_set",
	],
	[
		"page table, PTE",
		"The second table, 1,024 entries of 4 KiB each: an entry names a frame and says what may be done with it.",
		"pte_set",
	],
	[
		"PSE",
		(t) =>
			`A directory entry that maps 4 MiB at once, without a page table${(t.machine.flags ?? []).includes("pse") ? ": how the linear map is made" : "; this machine has none, its linear map is made of page tables"}.`,
		"pte_range_set",
		(e, i) => e.large(i) === 1,
	],
	[
		"linear map",
		(t) =>
			`All low memory, visible at its physical address plus ${addr(t.layout.page_offset)}.`,
		"pte_range_set",
	],
	[
		"vmalloc",
		"Addresses in a row, behind them frames from anywhere: for large pieces when no large block is left.",
		"vmalloc_enter",
	],
	[
		"area",
		"A row of addresses that one call of vmalloc or ioremap has reserved, its guard page included.",
		"alloc_vmap_area",
	],
	[
		"ioremap",
		"As vmalloc, but behind the addresses lie the registers or the memory of a device.",
		"vmalloc_enter",
		(e, i, t) => /ioremap/.test(t.kinds.value("vm_op", e.op(i))),
	],
	[
		"guard page",
		"One page of addresses behind each vmalloc area that is never mapped, so that running over the end faults.",
		"alloc_vmap_area",
	],
	[
		"TLB",
		"The processor's memory of recent translations, in which a cleared entry may live on until it is flushed.",
		"tlb_flush",
	],
	[
		"lazy synchronisation",
		"vmalloc edits only the reference directory; a process's own learns of it by a page fault, which copies the slot.",
		"vmalloc_fault",
		(e, i) => e.outcome(i) === 0,
	],
	["oops", "The kernel touched an address it must not, says so and goes on.", "oops"],
	["slab", "Frames cut into objects of one size, for kmalloc and its caches.", "slab_grow"],
	[
		"pair bit",
		"One bit for each pair of buddies, turned over whenever one of them is taken or comes back: 1 while exactly one of the two is free and listed.",
		"buddy_merge",
	],
	[
		"GFP mask",
		"What a request allows: which zones may serve it, whether it may wait for memory, whether it may start input and output.",
		"mm_page_alloc",
	],
	[
		"bootmem",
		"The allocator before the allocator: what it has given out by the hand-over stays reserved for ever.",
		"reserve_bootmem",
	],
	["E820 map", "The firmware's list of what is RAM and what is not.", "e820_entry"],
	[
		"mem_map",
		"The kernel's array with a descriptor for each frame: its flags, its use count, its place in a list.",
		"trace_info",
	],
	["use count", "How many hold a frame; when the last lets go it is given back.", "page_ref_mod"],
	[
		"kswapd",
		"The kernel's thread that is woken to free pages when a zone runs low.",
		"wakeup_kswapd",
	],
	[
		"CR3",
		"The register that holds the physical address of the page directory in use: loading it changes the address space and empties the TLB, but for global pages.",
		"switch_mm",
	],
	[
		"MMU",
		"The part of the processor that turns every linear address into a physical one, by the page tables; here it is asked whether it agrees.",
		"mmu_probe",
	],
	[
		"page fault",
		"The MMU found no entry that allows the access: the processor notes the address in CR2 and calls the kernel.",
		"page_fault_kernel",
	],
	[
		"kmap",
		"Lends a frame of high memory, which has no address of its own, one of 1,024 near the top, until kunmap.",
		"kmap",
	],
	[
		"fixmap",
		"Addresses near the top that are fixed when the kernel is built, one page each; what lies behind them is set at run time, by kmap_atomic for one.",
		"set_fixmap",
	],
	[
		"kmalloc",
		(t) => {
			const sizes = kmallocSizes(t);
			return `Memory by the byte, with neighbours in physical memory: an object of the next larger size for which there is a cache of slabs${sizes.length ? `, here one of ${sizes.length} from ${bytes(sizes[0])} to ${bytes(sizes.at(-1))}` : ""}.`;
		},
		"kmalloc",
	],
	[
		"high memory",
		"RAM beyond the linear map: the kernel reaches it only where kmap, vmalloc or a process maps it.",
		"kmap",
	],
	[
		"tick",
		"The clock of the run; in Bochs it counts instructions, so that a tick leads back to the very one.",
		"scenario_step",
	],
	[
		"call site",
		"The place in the kernel that asked for memory: where its call returns to.",
		"mm_page_alloc",
		(e, i) => e.call_site(i) > 0,
	],
	[
		"accessed",
		"A flag the MMU sets when it uses the entry.",
		"pte_set",
		(e, i) => e.pte(i) & 0x20,
	],
	[
		"dirty",
		"A flag the MMU sets when it writes through the entry.",
		"pte_set",
		(e, i) => e.pte(i) & 0x40,
	],
	[
		"global",
		"A flag: the TLB keeps the entry when CR3 changes.",
		"pte_set",
		(e, i) => e.pte(i) & 0x100,
	],
	[
		"reserved frame",
		"A frame that no list has and nobody may give back: the kernel, mem_map, the firmware's.",
		"reserve_bootmem",
	],
];

/** The sentence about a term, as it is true of the trace. */
export const termText = (trace, term) => (typeof term[1] === "function" ? term[1](trace) : term[1]);

/** Terms no event of the trace can show: none is of their kind. */
export function withoutExample(trace) {
	const there = trace.there();
	return TERMS.filter((t) => !there[trace.kinds.id(t[2])]);
}

/** The event that shows a term, the next after i or else the first; -1 if the trace has none. */
export function example(trace, term, i) {
	const id = trace.kinds.id(term[2]),
		ok = (j) => trace.k[j] === id && (!term[3] || term[3](trace.of(j), j, trace));
	if (!id) return -1;
	for (let j = i + 1; j < trace.n; j++) if (ok(j)) return j;
	for (let j = 0; j <= i; j++) if (ok(j)) return j;
	return -1;
}

/** The events of a frame's life. */
const LIFE = new Set([
	OP.mm_page_alloc,
	OP.mm_page_free,
	OP.buddy_split,
	OP.buddy_split_low,
	OP.buddy_merge,
	OP.free_boot_range,
]);

/** The buddy events of a frame's life around event i: [{i, what, pfn, order}]. */
export function lineage(model, pfn, i, before = 60, after = 30) {
	const { trace } = model,
		op = trace.kinds.op,
		past = [],
		future = [];
	const row = (j) => {
		if (!LIFE.has(op[trace.k[j]])) return null;
		const e = trace.of(j),
			o = e.order?.(j),
			a = (e.pfn ?? e.start_pfn)(j);
		switch (op[trace.k[j]]) {
			case OP.mm_page_alloc:
				return a !== NONE && pfn >= a && pfn < a + (1 << o)
					? { i: j, what: "handed out", pfn: a, order: o }
					: null;
			case OP.mm_page_free:
				return pfn >= a && pfn < a + (1 << o)
					? { i: j, what: "given back", pfn: a, order: o }
					: null;
			case OP.buddy_split:
			case OP.buddy_split_low: {
				if (pfn < a || pfn >= a + (1 << o)) return null;
				const half = a + (1 << (o - 1)),
					lower = pfn < half,
					listed = lower === (op[trace.k[j]] === OP.buddy_split);
				return {
					i: j,
					what: `split: the ${lower ? "lower" : "upper"} half, ${listed ? "listed" : "goes on"}`,
					pfn: lower ? a : half,
					order: o - 1,
				};
			}
			case OP.buddy_merge:
				return pfn >= a && pfn < a + (2 << o)
					? { i: j, what: "merged", pfn: a, order: o + 1 }
					: null;
			case OP.free_boot_range:
				return pfn >= a && pfn < a + e.nr_pages(j)
					? { i: j, what: "handed over at boot", pfn, order: 0 }
					: null;
		}
	};
	for (let j = i; j >= 0 && past.length < before; j--) {
		const r = row(j);
		if (r) past.push(r);
	}
	for (let j = i + 1; j < trace.n && future.length < after; j++) {
		const r = row(j);
		if (r) future.push(r);
	}
	return [...past.reverse(), ...future];
}
export { FREE };

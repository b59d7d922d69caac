// SPDX-License-Identifier: MIT
/*
 * glossary.js - terms a reader may not know, and the events that show them.
 */
import { addr, bytes, hex } from "./format.js";
import { NONE } from "./owners.js";
/** @import {Trace} from "./trace.js" */
/** @import {Fields} from "./types.js" */

/**
 * A term, its sentence or what makes one of the trace, the kind of event that shows it, and which
 * of them do.
 * @typedef {[string, string | ((trace: Trace) => string), string,
 * ((e: Fields, i: number, trace: Trace) => unknown)?]} Term
 */

/**
 * Sizes of the caches behind kmalloc, as the kernel of this trace made them: size-32, size-64, ...;
 * none if the trace does not tell.
 * @param {Trace} trace
 */
const kmallocSizes = (trace) =>
	[...trace.cacheNames.values()]
		.map((name) => /^size-(\d+)$/.exec(name)?.[1])
		.filter(Boolean)
		.map(Number)
		.sort((x, y) => x - y);
/** @param {Trace} trace */
const zoneText = (trace) =>
	trace.zones.map((z) => `${z.name} has ${hex(z.start)} to ${hex(z.start + z.n - 1)}`).join(", ");

/**
 * Terms a reader may not know: one sentence, or what makes one of the trace; and the kind of event
 * that shows one.
 * @type {Term[]}
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
			return `Memory by the byte, with neighbours in physical memory: an object of the next larger size for which there is a cache of slabs${sizes.length ? `, here one of ${sizes.length} from ${bytes(sizes[0])} to ${bytes(sizes[sizes.length - 1])}` : ""}.`;
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

/**
 * The sentence about a term, as it is true of the trace.
 * @param {Trace} trace
 * @param {Term} term
 */
export const termText = (trace, term) => (typeof term[1] === "function" ? term[1](trace) : term[1]);

/**
 * Terms no event of the trace can show: none is of their kind.
 * @param {Trace} trace
 */
export function withoutExample(trace) {
	const there = trace.there();
	return TERMS.filter((t) => !there[trace.kinds.id(t[2])]);
}

/**
 * The event that shows a term, the next after i or else the first; -1 if the trace has none.
 * @param {Trace} trace
 * @param {Term} term
 * @param {number} i
 */
export function example(trace, term, i) {
	const id = trace.kinds.id(term[2]),
		ok = (/** @type {number} */ j) =>
			trace.k[j] === id && (!term[3] || term[3](trace.of(j), j, trace));
	if (!id) return -1;
	for (let j = i + 1; j < trace.n; j++) if (ok(j)) return j;
	for (let j = 0; j <= i; j++) if (ok(j)) return j;
	return -1;
}

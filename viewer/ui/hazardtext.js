// SPDX-License-Identifier: MIT
/*
 * hazardtext.js - what a hazard means: what rule is broken, why it matters, where to look.
 * Rules have the names that `pagescope check` gives them; several that name the same mistake
 * share an explanation.
 */
/** @import {Verified} from "../model/types.js" */

/** @type {[RegExp, string][]} */
const TEXTS = [
	[
		/^double-alloc$|^alloc-reserved$|^object-double-alloc$/,
		"Two owners now believe the same memory is theirs alone: each will overwrite what the other keeps there. Look at who got it first (History of the frame).",
	],
	[
		/^alloc-absent$|^split-absent$|^split-lost$|^not-list-head$/,
		"The allocator may only hand out or split the block at the head of a free list. A block that is on no list is in use, or the list was damaged.",
	],
	[
		/^reuse-before-flush$|^no-flush$/,
		"The processor remembers translations. Between the clearing of an entry and the flush an old address still reaches the frame; if the frame has a new owner by then, the old user writes into the new one's memory.",
	],
	[
		/^double-free$|^object-double-free$/,
		"What is given back twice stands on a free list twice, and will be handed out to two users. Look at the first free: the second is the mistake.",
	],
	[
		/^free-reserved$/,
		"Reserved frames hold the kernel itself, its tables or the firmware's data. They were never handed out, so nobody can give them back.",
	],
	[
		/^wrong-order$|^free-tail$|^misaligned$/,
		"The caller must say how large the block is. Too small an order loses the rest of it for ever; too large a one frees the neighbour's memory.",
	],
	[
		/^free-mapped$|^pte-to-free-page$|^pde-to-free-page$|^free-table$/,
		"A page-table entry leads to memory that anybody may be given: reading there shows another's data, writing destroys it. Unmap first, flush, then free.",
	],
	[
		/^freed-before-unmapped$/,
		"Each frame was free while an entry still led to it, and the entry was cleared before the frame had a new owner. An interrupt between the two could have given the frame away. Clear first, then free.",
	],
	[
		/^merge-not/,
		"Only the two halves of one block may be joined, and only when both are free. Joined wrongly, memory in use stands on a free list.",
	],
	[
		/^missed-merge$/,
		"Both halves of a block are free, yet they were not joined: large requests will fail though there is room.",
	],
	[
		/^pte-old$|^pte-unexplained$|^table-poked$|^lazy-pde$/,
		"An entry in memory is not what the events say was written: somebody wrote to the page table without the kernel's functions, and without a flush.",
	],
	[
		/^pte-address$|^directory-unknown$/,
		"The kernel names another address, or another directory, than the tables do. Either its trace point has a wrong value or it wrote into a wrong table.",
	],
	[
		/^guard-mapped$/,
		"The guard page is there to catch what runs over the end of an area. Mapped, it catches nothing.",
	],
	[
		/^area-|^pte-outside-area$|^pte-foreign-page$|^page-mapped-twice$|^pte-left$|^pte-no-table$/,
		"Each area has addresses and frames of its own. Where that does not hold, two users share memory without knowing it, or an address leads nowhere.",
	],
	[
		/^mmu/,
		"The processor itself was asked and gave another answer than the page tables as the events tell them. The hardware is right: either the TLB is stale or an entry was changed unseen.",
	],
	[
		/-state$/,
		"The kernel wrote down its own lists and tables here, and the replay of the events does not come to the same. An event is missing or wrong before this point; the views are unsure from there on.",
	],
	[
		/^oops$/,
		"The kernel touched an address it must not. The faulting statement was stopped; the rest goes on. Look at the walk of the address: which entry is not present?",
	],
	[/^panic$/, "The kernel found itself in a state in which going on would do harm, and stopped."],
	[
		/^lost-events$/,
		"What the missing events told is unknown: the views show it as unknown until a later event tells it again.",
	],
	[
		/^leak$/,
		"Nobody gave this back before the run ended. That is a mistake if no one has its address any more.",
	],
	[/^kernel-report$/, "The kernel noticed misuse or lack of memory by itself and said so."],
	[
		/^expectation$|^run-failed$/,
		"The scenario claimed something that did not hold in this run. Compare with a run in which it held (Two runs).",
	],
	[
		/^watermark$|^gfp-zone$|^wrong-zone$/,
		"A request may only be served from the zones its mask allows, and only while more pages are free than the watermark asks for: the last pages are kept for those who cannot wait.",
	],
	[
		/^slab-busy$|^object-no-slab$|^kmap-count$/,
		"An object or a slot was used against its owner's book-keeping: what it holds may be given to somebody else.",
	],
];

/**
 * How many snapshots differ, and how many are of what the trace has not told.
 * @param {Verified[]} checks
 */
export const differing = (checks) => [
	checks.filter((c) => !c.ok).length,
	checks.filter((c) => c.untold).length,
];

/**
 * Two or three sentences on a rule; "" if it is not known.
 * @param {string} rule
 */
export function hazardText(rule) {
	return TEXTS.find(([re]) => re.test(rule))?.[1] ?? "";
}

/* SPDX-License-Identifier: MIT */
/* rules.h - the rules a replay checks: one row each. */
#ifndef EXPORTER_RULES_H
#define EXPORTER_RULES_H

/* VIOLATION: a correct kernel does not do this.  HAZARD: 2.4.22 does it, and it can
 * hurt.  NOTE: what the kernel itself detected, and what is left at the end. */
enum severity { NOTE, HAZARD, VIOLATION };
extern const char *const severity_names[];

/* RULE(symbol, name, severity, what it means) */
#define PS_RULES(RULE) \
	RULE(DOUBLE_ALLOC, "double-alloc", VIOLATION, "a frame was handed out while in use") \
	RULE(ALLOC_ABSENT, "alloc-absent", VIOLATION, \
	     "a block was handed out that is on no free list") \
	RULE(ALLOC_RESERVED, "alloc-reserved", VIOLATION, \
	     "a frame kept from the allocator was handed out") \
	RULE(SPLIT_ABSENT, "split-absent", VIOLATION, "a block was split that is on no free list") \
	RULE(SPLIT_LOST, "split-lost", VIOLATION, \
	     "a split was not followed by the rest of its allocation") \
	RULE(NOT_HEAD, "not-list-head", HAZARD, \
	     "a block was taken from inside its free list, not from its head") \
	RULE(WRONG_ZONE, "wrong-zone", VIOLATION, "an event names another zone than the frame's") \
	RULE(GFP_ZONE, "gfp-zone", VIOLATION, \
	     "a zone served a request whose GFP mask rules it out") \
	RULE(WATERMARK, "watermark", VIOLATION, \
	     "a zone served a request its watermark should have refused") \
	RULE(DOUBLE_FREE, "double-free", VIOLATION, "a free frame was freed") \
	RULE(FREE_RESERVED, "free-reserved", VIOLATION, \
	     "a frame kept from the allocator was freed") \
	RULE(FREE_TAIL, "free-tail", VIOLATION, "a frame in the middle of a block was freed") \
	RULE(WRONG_ORDER, "wrong-order", VIOLATION, \
	     "a block was freed with another order than it was handed out with") \
	RULE(MISALIGNED, "misaligned", VIOLATION, \
	     "a block is not aligned to its order or leaves its zone") \
	RULE(FREE_MAPPED, "free-mapped", VIOLATION, \
	     "a frame was freed while a page-table entry maps it") \
	RULE(FREE_EARLY, "freed-before-unmapped", HAZARD, \
	     "frames were freed before the entry that leads to them was gone") \
	RULE(FREE_TABLE, "free-table", VIOLATION, \
	     "a page-table page was freed while a directory refers to it") \
	RULE(MERGE_ABSENT, "merge-not-free", VIOLATION, "a merge with a buddy that is not free") \
	RULE(MERGE_BUDDY, "merge-not-buddies", VIOLATION, \
	     "a merge of blocks that are not buddies") \
	RULE(MISSED_MERGE, "missed-merge", VIOLATION, "two free buddies were not merged") \
	RULE(AREA_OVERLAP, "area-overlap", VIOLATION, \
	     "an area overlaps another one or its guard page") \
	RULE(AREA_OUTSIDE, "area-outside", VIOLATION, \
	     "an area reaches outside VMALLOC_START..VMALLOC_END") \
	RULE(AREA_ABSENT, "area-absent", VIOLATION, "an area was freed that does not exist") \
	RULE(AREA_FILL, "area-fill", VIOLATION, "an area is not mapped as it should be") \
	RULE(GUARD_MAPPED, "guard-mapped", VIOLATION, "the guard page of an area is mapped") \
	RULE(PTE_OUTSIDE, "pte-outside-area", VIOLATION, \
	     "a page of the vmalloc window is mapped outside any area") \
	RULE(PTE_FREE, "pte-to-free-page", VIOLATION, "an entry maps a frame that is free") \
	RULE(PTE_FOREIGN, "pte-foreign-page", VIOLATION, \
	     "an entry of a vmalloc area maps a frame not allocated for it") \
	RULE(PTE_SHARED, "page-mapped-twice", VIOLATION, "two areas map the same frame") \
	RULE(PTE_OLD, "pte-old", VIOLATION, "an event's old entry differs from the table") \
	RULE(PTE_NO_TABLE, "pte-no-table", VIOLATION, "an entry was set in a frame that is free") \
	RULE(PTE_ADDRESS, "pte-address", VIOLATION, \
	     "an entry lies where it does not map the address the kernel means") \
	RULE(PTE_LEFT, "pte-left", VIOLATION, "an entry was left behind by vfree") \
	RULE(NO_FLUSH, "no-flush", VIOLATION, "vfree returned without flushing the TLB") \
	RULE(REUSE, "reuse-before-flush", HAZARD, \
	     "a frame was handed out before the TLB forgot its old mapping") \
	RULE(POKED, "table-poked", HAZARD, "a page table was written to as memory") \
	RULE(PDE_FREE, "pde-to-free-page", VIOLATION, "a directory entry refers to a free frame") \
	RULE(PGD_UNKNOWN, "directory-unknown", VIOLATION, \
	     "an event names a page directory that does not exist") \
	RULE(LAZY_PDE, "lazy-pde", VIOLATION, \
	     "a directory slot differs from the reference directory") \
	RULE(OBJECT_TWICE, "object-double-alloc", VIOLATION, \
	     "the slab allocator handed out an object in use") \
	RULE(OBJECT_FREE, "object-double-free", VIOLATION, \
	     "an object was freed that is not in use") \
	RULE(OBJECT_NO_SLAB, "object-no-slab", VIOLATION, \
	     "an object lies in no slab of its cache") \
	RULE(SLAB_BUSY, "slab-busy", VIOLATION, "a slab was given up while objects are in use") \
	RULE(KMAP_COUNT, "kmap-count", VIOLATION, \
	     "kmap and kunmap do not balance, or the slot is wrong") \
	RULE(STATE_ZONE, "zone-state", VIOLATION, "the kernel's zone differs from the replay") \
	RULE(STATE_MEM_MAP, "mem-map-state", VIOLATION, \
	     "the kernel's mem_map differs from the replay") \
	RULE(STATE_FLAGS, "page-flags-state", VIOLATION, \
	     "what mem_map says of a frame's owner differs from the replay") \
	RULE(STATE_VMLIST, "vmlist-state", VIOLATION, \
	     "the kernel's vmlist differs from the replay") \
	RULE(STATE_PGD, "pgd-state", VIOLATION, \
	     "a page directory of the kernel differs from the replay") \
	RULE(STATE_TABLE, "pgtable-state", VIOLATION, \
	     "a page table of the kernel differs from the replay") \
	RULE(STATE_SLAB, "slab-state", VIOLATION, \
	     "a slab cache of the kernel differs from the replay") \
	RULE(STATE_PKMAP, "pkmap-state", VIOLATION, \
	     "the kernel's kmap window differs from the replay") \
	RULE(MMU, "mmu-disagrees", VIOLATION, \
	     "the MMU translates an address otherwise than the tables told") \
	RULE(UNEXPLAINED, "pte-unexplained", VIOLATION, \
	     "a page-table entry changed without an event") \
	RULE(EXPECT, "expectation", VIOLATION, "a claim of the scenario does not hold") \
	RULE(VERDICT, "run-failed", VIOLATION, "the run ended with a failed verdict") \
	RULE(PANIC, "panic", VIOLATION, "the kernel panicked") \
	RULE(LOST, "lost-events", VIOLATION, "events are missing: what they told is unknown") \
	RULE(REPORT, "kernel-report", NOTE, "the kernel detected misuse and refused it") \
	RULE(OOPS, "oops", NOTE, "the kernel survived a bad access") \
	RULE(LEAK, "leak", NOTE, "still allocated at the end")

enum rule {
#define RULE_ID(id, name, severity, text) RULE_##id,
	PS_RULES(RULE_ID)
#undef RULE_ID
		NR_RULES
};
struct rule_info {
	const char *name, *text;
	enum severity severity;
};
extern const struct rule_info ps_rules[NR_RULES];

#endif

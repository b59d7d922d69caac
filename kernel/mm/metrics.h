/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - how fragmented memory is, in figures.
 *
 * The functions on plain numbers know nothing of zones and areas, so that they
 * can be tested with worked values; the others read the live structures.
 * Ratios are per mille, truncated, as later kernels print them.
 */
#ifndef MM_METRICS_H
#define MM_METRICS_H

#include "mm/mm.h"

/* Free blocks of each order of zone `nr`. */
void zone_free_counts(unsigned nr, u32 nr_free[MAX_ORDER]);
/* Pages in such a set of free blocks. */
u32 free_counts_pages(const u32 nr_free[MAX_ORDER]);

/* Share of the free memory that lies in blocks too small for `order`: 0 all of
 * it can serve, 1000 none can.  Without free memory: 1000. */
s32 unusable_free_index(const u32 nr_free[MAX_ORDER], unsigned order);
/* Why a request of `order` would fail: near 0 for lack of memory, near 1000
 * for fragmentation; -1000 if it would not fail, 0 without free memory. */
s32 fragmentation_index(const u32 nr_free[MAX_ORDER], unsigned order);

/* What the smallest power of two of pages that holds `pages` has too many. */
u32 buddy_rounding_waste(u32 pages);
/* What kmalloc's live objects have too many, in bytes, and per mille of what
 * was granted. */
u32 kmalloc_waste(u32 *permille);

struct vmalloc_usage {
	u32 total; /* VMALLOC_END - VMALLOC_START, bytes */
	u32 used;  /* bytes of all areas, guard pages included */
	u32 chunk; /* largest hole, bytes */
	u32 areas;
	u32 guards;   /* bytes of guard pages */
	u32 external; /* per mille of the unused bytes outside the largest hole */
	u32 tables;   /* page tables held by the region */
};
void vmalloc_usage(struct vmalloc_usage *usage);
/* Page tables of the region that vmalloc and ioremap made: those the region shares
 * with the kernel's boot map do not count. */
u32 vmalloc_tables(void);

/* How scattered a list of frames is. */
struct scatter {
	u32 pages;
	u32 runs_up, runs_down;             /* runs of frames n, n+1.. and n, n-1.. */
	u32 contiguity_up, contiguity_down; /* (pages - runs) / (pages - 1), per mille */
	u32 lowest, highest;                /* frames; the span is their difference */
};
/* Feeds the frames in virtual order; starts from a zeroed struct. */
void scatter_add(struct scatter *s, u32 pfn, u32 previous);
void scatter_done(struct scatter *s);
/* The scatter of the mapped pages of [addr, addr + bytes). */
void area_scatter(vaddr_t addr, u32 bytes, struct scatter *s);

#endif

/* SPDX-License-Identifier: MIT */
/* summary.h - figures that Linux keeps or prints, computed from the model on request. */
#ifndef EXPORTER_SUMMARY_H
#define EXPORTER_SUMMARY_H

#include "model/model.h"

/* The zone's frames that the allocator has or had. */
u32 managed_pages(const struct model *m, const struct zone *z);

/* Linux's fragmentation index, per mille: why a request of this order would fail, from
 * 0 (memory is short) to 1000 (what is free lies in pieces); -1000: it would not fail. */
int fragmentation_index(const struct zone *z, unsigned order);

/* The vmalloc region, in bytes. */
struct vmalloc_usage {
	u64 total;
	u64 used;   /* by areas, their guard pages included */
	u64 guards; /* guard pages alone */
	u64 chunk;  /* the largest hole */
	u64 tables; /* page tables that the reference directory has for it */
};
void vmalloc_usage(struct vmalloc_usage *u, struct model *m);

/* A range of addresses. */
struct range {
	const char *name;
	u32 start;
	u64 bytes;
};
#define MAX_RANGES 64 /* as many as the model keeps regions */

/* Fills in the machine's ranges from the top down: Linux's own of a kernel that has a
 * reference directory, else the regions that the kernel named. Returns how many there are. */
unsigned layout_ranges(const struct model *m, struct range range[MAX_RANGES]);

/* Neighbouring pages with the same bits in their entries. */
struct page_run {
	u32 start;
	u64 end;   /* the first address after it */
	u32 flags; /* the entries' bits without the frame, accessed and dirty */
	bool large;
};

struct page_runs {
	struct page_run *run;
	u32 nr, cap;
};

/* All of a directory, in order of address.  page_runs_free gives the memory back. */
void page_runs_collect(struct page_runs *r, struct model *m, const struct table *d);
void page_runs_free(struct page_runs *r);

/* Neighbouring pages that lead to neighbouring frames. */
struct linear_run {
	u32 start;
	u64 end; /* the first address after it */
	u32 phys;
};

struct linear_runs {
	struct linear_run *run;
	u32 nr, cap;
};

/* All that a directory maps, in order of address.  linear_runs_free gives the memory back. */
void linear_runs_collect(struct linear_runs *r, struct model *m, const struct table *d);
void linear_runs_free(struct linear_runs *r);

/* Slabs of the cache with an object in use. */
u32 active_slabs(const struct model *m, const struct cache *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * slab.h - what the rest of the memory manager needs of the slab allocator
 * beyond mm.h's kmalloc and kmem_cache_*.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "mm/mm.h"

#define KMALLOC_MIN    32u
#define KMALLOC_MAX    131072u
#define KMALLOC_CACHES 13 /* 32, 64, .. 131072; each twice: any memory and DMA */

/* Readies the general caches; takes no page.  num_physpages must be known: it
 * decides how large slabs may be.  The caches are announced in the trace. */
void kmem_cache_sizes_init(void);

/* Gives the frames [start_pfn, start_pfn + nr_pages) to slabs, which take them
 * before they ask alloc_pages.  They need not have a struct page, but must be
 * reachable by phys_to_virt.  At most one pool of KMEM_POOL_MAX frames; false:
 * a pool exists, or it is too large.  For runs in which the buddy allocator's
 * answers must not depend on slabs. */
#define KMEM_POOL_MAX 1024
bool kmem_pool_add(u32 start_pfn, u32 nr_pages);

/* Gives the unused slabs of one cache back; returns the pages. */
unsigned kmem_cache_shrink(kmem_cache_t *cachep);

/* Figures of one cache, for show, metrics and tests. */
struct kmem_cache_info {
	char name[20];
	u16 id;
	u32 objsize;                      /* bytes granted an object */
	u32 num, order;                   /* objects and log2 of pages a slab */
	bool off_slab;                    /* slab descriptor kept elsewhere */
	u32 nr_full, nr_partial, nr_free; /* slabs on each list */
	u32 active_objs;
	u32 requested; /* bytes asked for by the live objects */
};
/* Fills *info for the cache of this id; false: no such cache.  Ids run from 0
 * to KMEM_CACHES_MAX - 1. */
#define KMEM_CACHES_MAX 96
bool kmem_cache_info(unsigned id, struct kmem_cache_info *info);
/* Totals over the caches behind kmalloc: bytes the live objects take, and the
 * bytes that were asked for.  Their difference is internal fragmentation. */
void kmalloc_usage(u32 *granted, u32 *requested);

/* Sends slab_state for each cache that ever had a slab into the trace. */
void slab_snapshot(void);
/* Checks every invariant of every cache; returns the violations, each printed. */
unsigned slab_check(void);

#endif

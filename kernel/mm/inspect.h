/* SPDX-License-Identifier: MIT */
/*
 * inspect.h - what others than the memory manager may ask of its zones and frames,
 * beyond mm.h and metrics.h.  Asking changes nothing.
 */
#ifndef MM_INSPECT_H
#define MM_INSPECT_H

#include "mm/mm.h"

struct zone_info {
	u32 start_pfn, pages; /* frames spanned, holes included; 0: no such zone */
	u32 free_pages;
	u32 pages_min, pages_low, pages_high; /* watermarks */
};
/* The figures of zone `nr`, ZONE_DMA to ZONE_HIGHMEM. */
struct zone_info zone_info(unsigned nr);

/* A frame below max_mapnr: is it never handed out; the number of its zone. */
bool pfn_reserved(u32 pfn);
unsigned pfn_zone(u32 pfn);

#endif

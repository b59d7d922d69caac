/* SPDX-License-Identifier: MIT */
/* pa_ours.c - the bench interface of tests/golden/placement/pa.h: one zone of
 * this project's allocator, no watermarks, interrupts left out. */
#include <stdlib.h>

#include "mm/mm_priv.h"
#include "../golden/placement/pa.h"

const char pa_name[] = "pagescope";
const int pa_order0_only = 0;

void pa_init(unsigned npages)
{
	static void *memory;

	free(memory);
	memory = aligned_alloc(
		64, ((npages + 1) * sizeof(struct page) + pair_map_bytes(npages) + 63) & ~63u);
	mem_map = memory;
	max_mapnr = npages;
	zone_init(&zones[ZONE_DMA], 0, npages, (u32 *)(void *)(mem_map + npages + 1));
	for (unsigned pfn = 0; pfn < npages; pfn++)
		free_boot_page(pfn, false);
}

long pa_alloc(unsigned order)
{
	struct page *page = rmqueue(&zones[ZONE_DMA], order);

	return page ? (long)page_pfn(page) : -1;
}

void pa_free(unsigned long pfn, unsigned order)
{
	free_pages_ip(pfn_page((u32)pfn), order, 0);
}

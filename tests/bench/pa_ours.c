/* SPDX-License-Identifier: MIT */
/* pa_ours.c - the bench interface of tests/golden/placement/pa.h: one zone of
 * this project's allocator, no watermarks, interrupts left out. */
#include "mm/mm_priv.h"
#include "sim.h"
#include "../golden/placement/pa.h"

const char pa_name[] = "pagescope";
const int pa_order0_only = 0;

void pa_init(unsigned npages)
{
	sim_bare_frames(npages);
	zone_init(&zones[ZONE_DMA], 0, npages, sim_alloc_map);
	for (unsigned pfn = 0; pfn < npages; pfn++)
		free_boot_page(pfn);
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

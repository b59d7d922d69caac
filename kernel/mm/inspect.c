/* SPDX-License-Identifier: MIT */
/* inspect.c - see inspect.h. */
#include "mm/inspect.h"
#include "mm/mm_priv.h"

struct zone_info zone_info(unsigned nr)
{
	const zone_t *zone = &zones[nr];

	return (struct zone_info){
		.start_pfn = zone->zone_start_pfn,
		.pages = zone->size,
		.free_pages = zone->free_pages,
		.pages_min = zone->pages_min,
		.pages_low = zone->pages_low,
		.pages_high = zone->pages_high,
	};
}

bool pfn_reserved(u32 pfn)
{
	return PageReserved(pfn_page(pfn));
}

unsigned pfn_zone(u32 pfn)
{
	return page_zonenum(pfn_page(pfn));
}

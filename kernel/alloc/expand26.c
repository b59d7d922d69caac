/* SPDX-License-Identifier: MIT */
/*
 * expand26.c - the split as Linux 2.6 and later do it.  Replaces mm/buddy.h.
 *
 * 2.4.22 lists the lower half and goes on with the upper, so single pages come
 * out of a fresh block in descending order.  2.6 lists the upper half and goes on
 * with the lower: they come out ascending, and a device that gathers them into
 * one transfer is pleased.  Nothing else is different.
 */
#define OWN_EXPAND
#include_next "mm/buddy.h"

static struct page *expand(zone_t *zone, struct page *page, unsigned order, unsigned from)
{
	while (from > order) {
		free_area_t *area = &zone->free_area[--from];
		struct page *upper = page + (1u << from);

		list_add(&upper->list, &area->free_list);
		set_page_state(upper, PG_BUDDY | from);
		MARK_USED((u32)(page - zone->zone_mem_map), from, area);
		TRACE(buddy_split_low, .pfn = page_pfn(page), .order = (u8)(from + 1),
		      .zone = zone->nr);
	}
	return page;
}

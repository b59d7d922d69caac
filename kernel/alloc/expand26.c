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

static inline struct page *expand(struct zone *zone, struct page *page, unsigned order,
				  unsigned from)
{
	while (from > order) {
		struct page *upper;

		TRACE(buddy_split_low, .pfn = page_pfn(page), .order = (u8)from, .zone = zone->nr);
		from--;
		upper = page + (1u << from);
		list_add(&upper->list, &zone->free_list[from]);
		set_state(upper, PG_BUDDY | from);
		toggle_pair(zone, page, from);
	}
	return page;
}

/* SPDX-License-Identifier: MIT */
/*
 * buddy.h - the lists of one zone: which block a request gets, and where a block
 * goes when it comes back.  page_alloc.c explains the blocks and the pair bits;
 * it is the only file that includes this one.
 *
 * `make ALLOC=FILE` puts FILE in the place of this header (docs/alternatives.md).
 * It then defines rmqueue and __free_pages_ok; or it defines OWN_EXPAND, includes
 * this header, and defines expand only.
 *
 * Interrupts are off around the lists, as zone->lock had them in 2.4.22.  Each
 * step, a split or a merge, is told when its last store is done.
 */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H

static struct page *expand(zone_t *zone, struct page *page, unsigned order, unsigned from);

/* 2.4.22's BAD_RANGE asks whether the block lies in the zone; this, whether it is free. */
static void check_free_block(const struct page *page, unsigned order)
{
	if (MM_CHECKS && unlikely((page->flags & PG_STATE) != (PG_BUDDY | order)))
		mm_bug(page_pfn(page), _RET_IP_, "the head of a free list is not a free block");
}

/* Takes a block of `order` (at most 9) off the zone's lists: the first one of the
 * smallest order that has any, split if it is larger. */
struct page *rmqueue(zone_t *zone, unsigned order)
{
	unsigned long flags = local_irq_save();
	free_area_t *area = &zone->free_area[order];
	struct page *page = NULL;
	unsigned from;

	for (from = order; from < MAX_ORDER; from++, area++) {
		if (list_empty(&area->free_list))
			continue;
		page = list_entry(area->free_list.next, struct page, list);
		check_free_block(page, from);
		list_del(&page->list);
		if (from < MAX_ORDER - 1)
			MARK_USED((u32)(page - zone->zone_mem_map), from, area);
		zone->free_pages -= 1u << order;
		page = expand(zone, page, order, from);
		set_page_state(page, PG_HEAD | order);
		page->count = 1;
		break;
	}
	local_irq_restore(flags);
	return page;
}

#ifndef OWN_EXPAND
/*
 * Splits the block `page` of order `from`, off its list, down to `order`: each
 * time the lower half goes on its list and the upper half goes on.  Returns what
 * is left, the piece with the highest address.
 */
static struct page *expand(zone_t *zone, struct page *page, unsigned order, unsigned from)
{
	while (from > order) {
		free_area_t *area = &zone->free_area[--from];

		list_add(&page->list, &area->free_list);
		set_page_state(page, PG_BUDDY | from);
		MARK_USED((u32)(page - zone->zone_mem_map), from, area);
		TRACE(buddy_split, .pfn = page_pfn(page), .order = (u8)(from + 1),
		      .zone = zone->nr);
		page += 1u << from;
	}
	return page;
}
#endif

/*
 * Puts a block nobody uses on the lists.  If its pair bit was 1 before it is
 * turned over, the buddy is free: it leaves its list, the two become one block
 * of the next order, and the same is asked of that one's buddy.  The block that
 * results is listed at the end, at the head.
 */
static void __free_pages_ok(struct page *page, unsigned order)
{
	zone_t *zone = page_zone(page);
	struct page *base = zone->zone_mem_map;
	free_area_t *area = &zone->free_area[order];
	u32 index = (u32)(page - base), size = 1u << order;
	unsigned long flags = local_irq_save();

	zone->free_pages += size;
	set_page_state(page, 0);
	while (order < MAX_ORDER - 1 &&
	       machine_test_and_change_bit(index >> (order + 1), area->map)) {
		struct page *buddy = base + (index ^ size);

		if (!quirks)
			check_free_block(buddy, order);
		list_del(&buddy->list);
		set_page_state(buddy, 0);
		index &= ~size;
		TRACE(buddy_merge, .pfn = zone->zone_start_pfn + index, .order = (u8)order,
		      .zone = zone->nr);
		order++;
		size <<= 1;
		area++;
	}
	list_add(&base[index].list, &area->free_list);
	set_page_state(&base[index], PG_BUDDY | order);
	local_irq_restore(flags);
}

#endif

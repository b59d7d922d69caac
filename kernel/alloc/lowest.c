/* SPDX-License-Identifier: MIT */
/*
 * lowest.c - a buddy allocator whose lists are sorted: of the blocks of an order
 * the lowest is taken, and of a split block the lower half.  Replaces mm/buddy.h.
 *
 * 2.4.22 takes the block freed last, wherever it lies.  To take the lowest packs
 * what is in use at the bottom of the zone and leaves the top whole, as far as
 * frees allow.  The price is a walk to the block's place in its list; a balanced
 * tree would make it cheap.  An example of replacing the whole header: these are
 * the functions that page_alloc.c wants.
 */
#define BUDDY_RUN_FLAGS PS_RUN_OWN_LISTS /* check must not expect 2.4.22's order */

static struct page *list_page(struct list_head *node)
{
	return list_entry(node, struct page, list);
}

/* Toggles the pair bit of `page`; returns what it was. */
static bool toggle_pair(zone_t *zone, const struct page *page, unsigned order)
{
	u32 index = (u32)(page - zone->zone_mem_map);

	return machine_test_and_change_bit(index >> (order + 1), zone->free_area[order].map);
}

static void list_block(zone_t *zone, struct page *page, unsigned order)
{
	struct list_head *head = &zone->free_area[order].free_list, *at = head->next;

	while (at != head && list_page(at) < page)
		at = at->next;
	list_add_tail(&page->list, at);
	set_page_state(page, PG_BUDDY | order);
}

struct page *rmqueue(zone_t *zone, unsigned order)
{
	unsigned long flags = local_irq_save();
	struct page *page = NULL;
	unsigned from = order;

	while (from < MAX_ORDER && list_empty(&zone->free_area[from].free_list))
		from++;
	if (from < MAX_ORDER) {
		page = list_page(zone->free_area[from].free_list.next);
		list_del(&page->list);
		if (from < MAX_ORDER - 1)
			toggle_pair(zone, page, from);
		zone->free_pages -= 1u << order;
		while (from-- > order) {
			list_block(zone, page + (1u << from), from);
			toggle_pair(zone, page, from);
			TRACE(buddy_split_low, .pfn = page_pfn(page), .order = (u8)(from + 1),
			      .zone = zone->nr);
		}
		set_page_state(page, PG_HEAD | order);
		page->count = 1;
	}
	local_irq_restore(flags);
	return page;
}

/* Joins a block nobody uses with its buddies as long as they are free, and lists
 * what results. */
static void __free_pages_ok(struct page *page, unsigned order)
{
	zone_t *zone = page_zone(page);
	unsigned long flags = local_irq_save();

	zone->free_pages += 1u << order;
	set_page_state(page, 0);
	for (; order < MAX_ORDER - 1 && toggle_pair(zone, page, order); order++) {
		struct page *buddy = zone->zone_mem_map +
				     ((page - zone->zone_mem_map) ^ 1l << order);

		list_del(&buddy->list);
		set_page_state(buddy, 0);
		if (buddy < page)
			page = buddy;
		TRACE(buddy_merge, .pfn = page_pfn(page), .order = (u8)order, .zone = zone->nr);
	}
	list_block(zone, page, order);
	local_irq_restore(flags);
}

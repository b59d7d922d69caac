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

static inline void set_state(struct page *page, u32 state)
{
	if (MM_CHECKS)
		page->flags = (page->flags & ~PG_STATE) | state;
}

static struct page *list_page(struct list_head *node)
{
	return list_entry(node, struct page, list);
}

/* Toggles the pair bit of `page`; returns what it was. */
static bool toggle_pair(struct zone *zone, const struct page *page, unsigned order)
{
	return machine_test_and_change_bit(pair_bit(zone, page, order), zone->pair_map);
}

/* Puts a free block in its place, and says so in its pair bit: true if the buddy
 * is free too. */
static bool list_block(struct zone *zone, struct page *page, unsigned order)
{
	struct list_head *head = &zone->free_list[order], *at = head->next;

	while (at != head && list_page(at) < page)
		at = at->next;
	list_add_tail(&page->list, at);
	set_state(page, PG_BUDDY | order);
	return order < MAX_ORDER - 1 && toggle_pair(zone, page, order);
}

FASTCALL struct page *rmqueue(struct zone *zone, unsigned order)
{
	unsigned long flags = local_irq_save();
	struct page *page = NULL;
	unsigned from = order;

	while (from < MAX_ORDER && list_empty(&zone->free_list[from]))
		from++;
	if (from < MAX_ORDER) {
		page = list_page(zone->free_list[from].next);
		list_del(&page->list);
		if (from < MAX_ORDER - 1)
			toggle_pair(zone, page, from);
		for (; from > order; from--) {
			TRACE(buddy_split_low, .pfn = page_pfn(page), .order = (u8)from,
			      .zone = zone->nr);
			list_block(zone, page + (1u << (from - 1)), from - 1);
		}
		zone->free_pages -= 1u << order;
		set_state(page, PG_HEAD | order);
		page->count = 1;
	}
	local_irq_restore(flags);
	return page;
}

/* Lists a block nobody uses, and joins it with its buddies as long as they are
 * free.  A range handed over at boot is not traced frame by frame. */
static void join(struct zone *zone, struct page *page, unsigned order, bool traced)
{
	zone->free_pages += 1u << order;
	while (list_block(zone, page, order)) {
		struct page *buddy = zone->zone_mem_map +
				     ((page - zone->zone_mem_map) ^ 1l << order);

		list_del(&page->list);
		list_del(&buddy->list);
		set_state(page, 0);
		set_state(buddy, 0);
		if (buddy < page)
			page = buddy;
		if (traced)
			TRACE(buddy_merge, .pfn = page_pfn(page), .order = (u8)order,
			      .zone = zone->nr);
		order++;
	}
}

static void free_block(struct zone *zone, struct page *page, unsigned order)
{
	unsigned long flags = local_irq_save();

	join(zone, page, order, true);
	local_irq_restore(flags);
}

void free_boot_page(u32 pfn, bool traced)
{
	struct page *page = pfn_page(pfn);
	struct zone *zone = &zones[page_zonenum(page)];

	page->flags &= ~PG_RESERVED;
	page->count = 0;
	if (traced)
		TRACE(mm_page_free, .pfn = pfn, .order = 0, .zone = zone->nr,
		      .call_site = _RET_IP_);
	join(zone, page, 0, traced);
}

/*
 * buddy.h - the lists of one zone: which block a request gets, and where a block
 * goes when it comes back.  page_alloc.c explains the blocks and the pair bits;
 * it is the only file that includes this one.
 *
 * `make ALLOC=FILE` puts FILE in the place of this header (docs/alternatives.md).
 * It then defines rmqueue, free_block, free_boot_page and set_state; or it
 * defines OWN_EXPAND, includes this header, and defines expand only.
 */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H

static struct page *expand(struct zone *zone, struct page *page, unsigned order, unsigned from);

static inline struct page *list_page(struct list_head *node)
{
	return list_entry(node, struct page, list);
}

static inline void set_state(struct page *page, u32 state)
{
	if (MM_CHECKS)
		page->flags = (page->flags & ~PG_STATE) | state;
}

static inline void toggle_pair(struct zone *zone, u32 idx, unsigned order)
{
	u32 bit = pair_bit(zone, idx, order);

	zone->pair_map[bit >> 5] ^= 1u << (bit & 31);
}

/* Toggles and returns what the bit was: true means the buddy is free. */
static inline bool toggle_pair_was_set(struct zone *zone, u32 idx, unsigned order)
{
	u32 bit = pair_bit(zone, idx, order), mask = 1u << (bit & 31);
	u32 *word = &zone->pair_map[bit >> 5], old = *word;

	*word = old ^ mask;
	return (old & mask) != 0;
}

#ifndef OWN_EXPAND
/*
 * Splits the free block `page` of order `from`, already off its list, down to
 * `order`: each time the lower half goes on its list and the upper half goes
 * on.  Returns what is left, the piece with the highest address.
 */
static struct page *expand(struct zone *zone, struct page *page, unsigned order, unsigned from)
{
	u32 idx = (u32)(page - zone->zone_mem_map);

	while (from > order) {
		TRACE(buddy_split, .pfn = zone->zone_start_pfn + idx,
		      .order = (u8)from, .zone = zone->nr);
		from--;
		list_add(&page->list, &zone->free_list[from]);
		set_state(page, PG_BUDDY | from);
		toggle_pair(zone, idx, from);
		idx += 1u << from;
		page += 1u << from;
	}
	return page;
}
#endif

static struct page *bad_block(struct page *page, unsigned order)
{
	mm_bug(page_pfn(page), _RET_IP_, order < MAX_ORDER ?
	       "the head of a free list is not a free block" : "free lists are damaged");
}

/* rmqueue when list `order` is empty: the next larger block is split. */
static __attribute__((noinline)) struct page *rmqueue_split(struct zone *zone, unsigned order)
{
	unsigned from;

	for (from = order + 1; from < MAX_ORDER; from++) {
		struct list_head *head = &zone->free_list[from];
		struct page *page = list_page(head->next);

		if (list_empty(head))
			continue;
		if (MM_CHECKS && unlikely((page->flags & PG_STATE) != (PG_BUDDY | from)))
			return bad_block(page, from);
		list_del(&page->list);
		toggle_pair(zone, (u32)(page - zone->zone_mem_map), from);
		zone->free_pages -= 1u << order;
		set_state(page, 0);
		page = expand(zone, page, order, from);
		set_state(page, PG_HEAD | order);
		page->count = 1;
		return page;
	}
	return NULL;
}

/*
 * Takes a block of `order` off the zone's lists.  The common case, a block of
 * just that order, is apart from splitting: it costs half.  Interrupts are off
 * around the lists, as zone->lock had them in 2.4.22.
 */
struct page *rmqueue(struct zone *zone, unsigned order)
{
	unsigned long flags = local_irq_save();
	struct list_head *head = &zone->free_list[order], *node = head->next;
	struct page *page;

	if (likely(node != head)) {
		page = list_page(node);
		if (MM_CHECKS) {
			if (unlikely((page->flags & PG_STATE) != (PG_BUDDY | order)))
				return bad_block(page, order);
			page->flags ^= PG_BUDDY ^ PG_HEAD;
		}
		list_del(node);
		toggle_pair(zone, (u32)(page - zone->zone_mem_map), order);
		zone->free_pages -= 1u << order;
		page->count = 1;
	} else {
		page = rmqueue_split(zone, order);
	}
	local_irq_restore(flags);
	return page;
}

/*
 * Joins the block at idx, whose buddy of `order` is free, with it, and goes on
 * as long as the pair bit one order up says the same.  `traced` is a constant
 * at each call: memory handed over at boot may be traced as a range.
 */
static inline __attribute__((always_inline))
void merge(struct zone *zone, u32 idx, unsigned order, bool traced)
{
	struct page *page;

	do {
		struct page *buddy = zone->zone_mem_map + (idx ^ 1u << order);

		if (MM_CHECKS && unlikely((buddy->flags & PG_STATE) != (PG_BUDDY | order)) && !quirks)
			bad_block(buddy, order);
		list_del(&buddy->list);
		set_state(buddy, 0);
		idx &= ~(1u << order);
		if (traced)
			TRACE(buddy_merge, .pfn = zone->zone_start_pfn + idx,
			      .order = (u8)order, .zone = zone->nr);
		order++;
	} while (order < MAX_ORDER - 1 && toggle_pair_was_set(zone, idx, order));
	page = zone->zone_mem_map + idx;
	set_state(page, PG_BUDDY | order);
	list_add(&page->list, &zone->free_list[order]);
}

static __attribute__((noinline)) void merge_traced(struct zone *zone, u32 idx, unsigned order)
{
	merge(zone, idx, order, true);
}

/* Puts a block nobody uses on the lists. */
static inline void free_block(struct zone *zone, struct page *page, unsigned order)
{
	u32 idx = (u32)(page - zone->zone_mem_map);
	unsigned long flags = local_irq_save();

	zone->free_pages += 1u << order;
	if (order < MAX_ORDER - 1 && toggle_pair_was_set(zone, idx, order)) {
		set_state(page, 0);
		merge_traced(zone, idx, order);
	} else {
		set_state(page, PG_BUDDY | order);
		list_add(&page->list, &zone->free_list[order]);
	}
	local_irq_restore(flags);
}

void free_boot_page(u32 pfn, bool traced)
{
	struct page *page = pfn_page(pfn);
	struct zone *zone = &zones[page_zonenum(page)];
	u32 idx = pfn - zone->zone_start_pfn;

	page->flags &= ~PG_RESERVED;
	page->count = 0;
	if (traced) {
		TRACE(mm_page_free, .pfn = pfn, .order = 0, .zone = zone->nr,
		      .call_site = _RET_IP_);
		free_block(zone, page, 0);
		return;
	}
	zone->free_pages++;
	if (toggle_pair_was_set(zone, idx, 0)) {
		merge(zone, idx, 0, false);
	} else {
		set_state(page, PG_BUDDY | 0);
		list_add(&page->list, &zone->free_list[0]);
	}
}

#endif

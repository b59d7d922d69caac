/* SPDX-License-Identifier: MIT */
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

/*
 * These run for every page of the machine, and under Bochs an instruction is a
 * tick.  So: the pair bit is one `btc` on memory, 2^order comes from a table,
 * arguments come in registers, splitting and joining are apart from the common
 * case, and so are trace points, whose fields would take up registers.  Mean of
 * a kernel's mix: `make bench`, row kern.
 */
/* Bytes of descriptors of a block. */
static const u32 span_of[MAX_ORDER] = {
	sizeof(struct page),      sizeof(struct page) << 1, sizeof(struct page) << 2,
	sizeof(struct page) << 3, sizeof(struct page) << 4, sizeof(struct page) << 5,
	sizeof(struct page) << 6, sizeof(struct page) << 7, sizeof(struct page) << 8,
	sizeof(struct page) << 9,
};

static inline struct page *page_at(uintptr_t base, uintptr_t offset)
{
	return (struct page *)(base + offset);
}

static inline struct page *expand(struct zone *zone, struct page *page, unsigned order,
				  unsigned from);

static inline struct page *list_page(struct list_head *node)
{
	return list_entry(node, struct page, list);
}

static inline void set_state(struct page *page, u32 state)
{
	if (MM_CHECKS)
		page->flags = (page->flags & ~PG_STATE) | state;
}

static inline void toggle_pair(struct zone *zone, const struct page *page, unsigned order)
{
	machine_change_bit(pair_bit(zone, page, order), zone->pair_map);
}

/* Toggles and returns what the bit was: true means the buddy is free. */
static inline bool toggle_pair_was_set(struct zone *zone, const struct page *page, unsigned order)
{
	return machine_test_and_change_bit(pair_bit(zone, page, order), zone->pair_map);
}

/* Unlinks the first block of a list that is not empty. */
static inline void unlink_first(struct list_head *head, struct list_head *node)
{
	struct list_head *next = node->next;

	head->next = next;
	next->prev = head;
}

#ifndef OWN_EXPAND
static inline __attribute__((always_inline)) void trace_split(const struct zone *zone,
							      const struct page *page,
							      unsigned from)
{
	(void)zone, (void)page, (void)from;
	TRACE_NOW(buddy_split, .pfn = page_pfn(page), .order = (u8)from, .zone = zone->nr);
}

/*
 * Splits the free block `page` of order `from`, already off its list, down to
 * `order`: each time the lower half goes on its list and the upper half goes
 * on.  Returns what is left, the piece with the highest address.  The lists on
 * the way are empty, or the block would have come from one of them.  `traced` is
 * a constant at each call.
 */
static inline __attribute__((always_inline)) struct page *split(struct zone *zone,
								struct page *page, unsigned order,
								unsigned from, bool traced)
{
	struct list_head *head = &zone->free_list[from];

	do {
		if (traced)
			trace_split(zone, page, from);
		from--;
		head--;
		page->list.next = page->list.prev = head;
		head->next = head->prev = &page->list;
		set_state(page, PG_BUDDY | from);
		toggle_pair(zone, page, from);
		page = page_at((uintptr_t)page, span_of[from]);
	} while (from > order);
	return page;
}

/* Not asked in the loop: there the compiler makes room for the fields of an event
 * even when there is none. */
static inline struct page *expand(struct zone *zone, struct page *page, unsigned order,
				  unsigned from)
{
	return trace_is_on() ? split(zone, page, order, from, true)
			     : split(zone, page, order, from, false);
}
#endif

static __attribute__((noinline, cold)) struct page *bad_block(struct page *page)
{
	mm_bug(page_pfn(page), _RET_IP_, "the head of a free list is not a free block");
}

static inline bool is_free_head(const struct page *page, unsigned order)
{
	return (page->flags & PG_STATE) == PG_BUDDY + order;
}

/* rmqueue when list `order` is empty: the next larger block is split. */
static __attribute__((noinline)) struct page *rmqueue_split(struct zone *zone, unsigned order)
{
	struct list_head *head = &zone->free_list[order];
	unsigned from = order;
	struct page *page;

	do {
		if (++from >= MAX_ORDER)
			return NULL;
		head++;
	} while (list_empty(head));
	page = list_page(head->next);
	if (MM_CHECKS && unlikely(!is_free_head(page, from)))
		return bad_block(page);
	unlink_first(head, &page->list);
	toggle_pair(zone, page, from);
	zone->free_pages -= pages_of[order];
	set_state(page, 0);
	page = expand(zone, page, order, from);
	set_state(page, PG_HEAD | order);
	page->count = 1;
	return page;
}

/*
 * Takes a block of `order` (at most 9) off the zone's lists.  Interrupts are
 * off around the lists, as zone->lock had them in 2.4.22.
 */
FASTCALL struct page *rmqueue(struct zone *zone, unsigned order)
{
	unsigned long flags = local_irq_save();
	struct list_head *head = &zone->free_list[order], *node;
	struct page *page;
	unsigned shift;

	if (unlikely(list_empty(head))) {
		page = rmqueue_split(zone, order);
		local_irq_restore(flags);
		return page;
	}
	zone->free_pages -= pages_of[order];
	shift = pair_shift(order);
	compute_now(shift);
	compute_now(head);
	node = head->next;
	page = list_page(node);
	if (MM_CHECKS) {
		if (unlikely(!is_free_head(page, order)))
			return bad_block(page);
		page->flags ^= PG_BUDDY ^ PG_HEAD;
	}
	unlink_first(head, node);
	machine_change_bit((u32)(((uintptr_t)page - zone->pair_base) >> shift), zone->pair_map);
	page->count = 1;
	local_irq_restore(flags);
	return page;
}

static inline __attribute__((always_inline)) void trace_merge(const struct zone *zone,
							      const struct page *page,
							      unsigned order)
{
	(void)zone, (void)page, (void)order;
	TRACE_NOW(buddy_merge, .pfn = page_pfn(page), .order = (u8)order, .zone = zone->nr);
}

/*
 * The block `page`, not listed yet, has a buddy of `order` that is free, or is of
 * order 9, whose pair bit means nothing: joins the two, and goes on as long as
 * the pair bit one order up says the same.  `traced` is a constant at each call:
 * memory handed over at boot may be traced as a range.
 */
static inline __attribute__((always_inline)) void merge(struct zone *zone, struct page *page,
							unsigned order, bool traced)
{
	while (order < MAX_ORDER - 1) {
		uintptr_t base = (uintptr_t)zone->zone_mem_map, offset = (uintptr_t)page - base;
		struct page *buddy = page_at(base, offset ^ span_of[order]);

		if (MM_CHECKS && unlikely(!is_free_head(buddy, order)) && !quirks)
			bad_block(buddy);
		list_del(&buddy->list);
		set_state(buddy, 0);
		if (buddy < page)
			page = buddy;
		if (traced)
			trace_merge(zone, page, order);
		order++;
		if (!toggle_pair_was_set(zone, page, order))
			break;
	}
	set_state(page, PG_BUDDY | order);
	list_add(&page->list, &zone->free_list[order]);
}

static __attribute__((noinline)) void merge_traced(struct zone *zone, struct page *page,
						   unsigned order)
{
	merge(zone, page, order, true);
}

static __attribute__((noinline)) void merge_untraced(struct zone *zone, struct page *page,
						     unsigned order)
{
	merge(zone, page, order, false);
}

/* Puts a block nobody uses on the lists. */
static inline __attribute__((always_inline)) void free_block(struct zone *zone, struct page *page,
							     unsigned order)
{
	struct list_head *head;
	unsigned long flags = local_irq_save();

	zone->free_pages += pages_of[order];
	if (unlikely(toggle_pair_was_set(zone, page, order))) {
		set_state(page, 0);
		if (trace_is_on())
			merge_traced(zone, page, order);
		else
			merge_untraced(zone, page, order);
	} else {
		set_state(page, PG_BUDDY | order);
		head = &zone->free_list[order];
		compute_now(head);
		list_add(&page->list, head);
	}
	local_irq_restore(flags);
}

void free_boot_page(u32 pfn, bool traced)
{
	struct page *page = pfn_page(pfn);
	struct zone *zone = page_zone(page);

	page->flags &= ~PG_RESERVED;
	page->count = 0;
	if (traced) {
		if (trace_is_on())
			trace_free(page, 0, _RET_IP_);
		free_block(zone, page, 0);
		return;
	}
	zone->free_pages++;
	if (toggle_pair_was_set(zone, page, 0)) {
		merge_untraced(zone, page, 0);
	} else {
		set_state(page, PG_BUDDY | 0);
		list_add(&page->list, &zone->free_list[0]);
	}
}

#ifndef OWN_EXPAND
#define BUDDY_RUNS
/*
 * Runs: what many requests for single pages, one after the other, come to.
 *
 * If the smallest block there is has order k, then 2^k such requests take it
 * apart from its highest page down to its lowest; whatever they put on lists on
 * the way the next of them takes off again, and every pair bit below k is
 * toggled twice.  From a larger block they take the piece that a request of
 * order k would have got.  And 2^k frees from the highest page of an aligned
 * block down to its lowest join them page by page until the block is free, as
 * one free of order k does.  So vmalloc may deal in blocks and hand out, or take
 * back, the very pages it would have got one by one: a fifth of the cost.
 */

/* The highest of *nr pages, at most max, that so many calls of rmqueue(zone, 0)
 * would return in descending order; NULL: the next one stands alone. */
static inline struct page *take_run(struct zone *zone, u32 max, u32 *nr)
{
	unsigned order = 0;
	struct page *page;
	u32 i;

	while (order < MAX_ORDER - 1 && list_empty(&zone->free_list[order]) &&
	       pages_of[order + 1] <= max)
		order++;
	if (!order)
		return NULL;
	page = rmqueue(zone, order); /* there is one: memory is free, and none below */
	*nr = pages_of[order];
	for (i = 0; i < *nr; i++) {
		page[i].count = 1;
		set_state(&page[i], PG_HEAD | 0);
	}
	return page + *nr - 1;
}

/* True if the page is a single one with one user, whose free will free it. */
static inline bool is_single(const struct page *page)
{
	u32 mask = MM_CHECKS ? PG_STATE : PG_RESERVED;

	return page->count == 1 && (page->flags & mask) == (PG_HEAD & mask);
}

/* Pages of the largest aligned block that ends with `top` and consists of single
 * pages, at most nr; 0 if top stands alone. */
static inline u32 run_length(struct zone *zone, const struct page *top, u32 nr)
{
	u32 end = (u32)(top - zone->zone_mem_map) + 1, i;
	unsigned order = 0;

	while (order < MAX_ORDER - 1 && !(end & (pages_of[order + 1] - 1)) &&
	       pages_of[order + 1] <= nr)
		order++;
	nr = pages_of[order];
	for (i = 0; i < nr; i++)
		if (!is_single(top - i))
			return 0;
	return order ? nr : 0;
}

/* Frees a block of nr pages, as run_length said. */
static inline void give_run(struct zone *zone, struct page *top, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		top[-(int)i].count = 0;
		set_state(top - i, 0);
	}
	free_block(zone, top - (nr - 1), (unsigned)__builtin_ctz(nr));
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * page_alloc.c - the buddy allocator of Linux 2.4.22: who gets which frames.
 *
 * Memory of a zone is seen as blocks of 2^order frames, order 0 to 9, each
 * starting at a multiple of its size.  The two halves of a block of order k+1
 * are buddies of order k: their indices differ in bit k and in nothing else,
 * so that either is found from the other by one exclusive or.  Each order has
 * a list of its free blocks.  An allocation takes the block at the head of the
 * smallest order that will do and splits it; a free puts its block back and,
 * as long as the buddy is free too, joins the two.
 *
 * The pair bit.  To join or not to join, the allocator must know whether the
 * buddy is free, and a walk of the list would be far too dear.  It keeps one
 * bit for each PAIR of buddies and changes it whenever one of the two goes on
 * or off the list of their order.  At rest, then,
 *
 *	bit = (A is on list k) xor (B is on list k)
 *
 * and as two free buddies are always joined at once, never both are.  So when
 * a block is freed and its bit, before the change, was 1, then it is the buddy
 * that is on the list; when it was 0, the buddy is in use, or in pieces, or
 * not there at all.  That last case is why there is no test for the end of the
 * zone: a frame that does not exist is never freed, its bit stays 0, and
 * nothing is ever joined with it.  Blocks of order 9 are never joined and need
 * no bit.
 *
 * One array holds the bits of all orders, laid out as a heap: the pair of a
 * block with index i at order k has bit (span + i) >> (k + 1), span being the
 * zone's size rounded up to a power of two.  One order up is one shift more,
 * and there is no per-order map to be looked up.  (2.4.22 has nine maps; the
 * bits are the same.)  At order 9 the formula gives a bit that belongs to
 * nobody, which makes the test for "order 9 has no map" unnecessary where bits
 * are only toggled.
 *
 * Order matters.  Lists are last in, first out; a split keeps the lower half
 * and goes on with the upper; memory enters frame by frame in ascending order.
 * From these three follows every frame number ever returned, and they are as
 * in 2.4.22 (tests/golden).  Indices count from the start of the zone, as
 * there.
 */
#include "mm/mm_priv.h"
#include "lib/string.h"

struct page *mem_map;
u32 max_mapnr;
struct zone zones[MAX_NR_ZONES];
struct zone *const zone_table[MAX_NR_ZONES] = { &zones[0], &zones[1], &zones[2] };

/* zonelists[gfp & 15]: the zones that may serve, in order, the first being the
 * request's class zone; NULL ends a list. */
static struct zone *zonelists[16][MAX_NR_ZONES + 1];

static bool pf_memalloc; /* the task is itself freeing memory */

static const u32 pages_of[MAX_ORDER] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 };

void set_pf_memalloc(bool on)
{
	pf_memalloc = on;
}

struct page *pfn_to_page(u32 pfn)
{
	return pfn < max_mapnr ? pfn_page(pfn) : NULL;
}

u32 page_to_pfn(const struct page *page)
{
	return page_pfn(page);
}

int page_count(const struct page *page)
{
	return page->count;
}

/* ---- setting up ---- */

u32 pair_map_bytes(u32 size)
{
	u32 span = 1u << MAX_ORDER;

	while (span < size)
		span <<= 1;
	return span / 8;
}

static const char *const zone_names[MAX_NR_ZONES] = { "DMA", "Normal", "HighMem" };

void zone_init(struct zone *zone, u32 start_pfn, u32 size, u32 *pair_map)
{
	unsigned nr = (unsigned)(zone - zones), order;
	u32 pfn;

	memset(zone, 0, sizeof(*zone));
	zone->nr = (u8)nr;
	zone->name = zone_names[nr];
	zone->zone_start_pfn = start_pfn;
	zone->size = size;
	for (order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&zone->free_list[order]);
	if (size == 0)
		return;
	zone->zone_mem_map = pfn_page(start_pfn);
	zone->pair_map = pair_map;
	zone->map_span = pair_map_bytes(size) * 8;
	zone->pair_base = (uintptr_t)zone->zone_mem_map - zone->map_span * sizeof(struct page);
	memset(pair_map, 0, pair_map_bytes(size));
	for (pfn = start_pfn; pfn < start_pfn + size; pfn++) {
		INIT_LIST_HEAD(&pfn_page(pfn)->list);
		pfn_page(pfn)->count = 0;
		pfn_page(pfn)->flags = nr << PG_ZONE_SHIFT | PG_RESERVED;
	}
}

u32 zone_balance_ratio[MAX_NR_ZONES]; /* memfrac=; 0: 128 */

void zone_set_watermarks(struct zone *zone)
{
	u32 min = zone->size / (zone_balance_ratio[zone->nr] ? zone_balance_ratio[zone->nr] : 128);

	min = min < 20 ? 20 : min > 255 ? 255 : min;
	if (!zone->size) /* 2.4.22 passes over an empty zone here */
		min = 0;
	zone->pages_min = min;
	zone->pages_low = min * 2;
	zone->pages_high = min * 3;
}

void build_zonelists(void)
{
	unsigned gfp;

	for (gfp = 0; gfp < 16; gfp++) {
		int first = gfp & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL, nr;
		struct zone **entry = zonelists[gfp];

		if (gfp & __GFP_DMA)
			first = ZONE_DMA;
		for (nr = first; nr >= ZONE_DMA; nr--)
			if (zones[nr].size)
				*entry++ = &zones[nr];
		*entry = NULL;
	}
}

static inline __attribute__((always_inline)) void trace_free(const struct page *page,
							     unsigned order, u32 ip)
{
	(void)page, (void)order, (void)ip;
	TRACE_ON(mm_page_free, .pfn = page_pfn(page), .order = (u8)order,
		 .zone = (u8)page_zonenum(page), .call_site = ip);
}

/* The lists of one zone: rmqueue, free_block, free_boot_page, set_state. */
#include "mm/buddy.h"

#ifndef BUDDY_RUNS /* an own allocator: pages one by one */
#define take_run(zone, max, nr)   ((void)(nr), NULL)
#define give_run(zone, top, nr)   ((void)(top), (void)(nr))
#define run_length(zone, top, nr) ((void)(top), (void)(nr), 0)
#endif

#ifndef BUDDY_RUN_FLAGS
#define BUDDY_RUN_FLAGS 0 /* an own buddy.h may say otherwise */
#endif
const u16 buddy_run_flags = BUDDY_RUN_FLAGS;

/* ---- freeing ---- */

static __attribute__((noinline, cold)) void trace_count(const struct page *page, u32 ip)
{
	(void)page, (void)ip;
	TRACE(page_ref_mod, .pfn = page_pfn(page), .count = (u32)page->count, .call_site = ip);
}

static bool drop_count(struct page *page, u32 ip)
{
	if (--page->count == 0)
		return true;
	trace_count(page, ip);
	return false;
}

/* What 2.4.22 tested of a block that goes on the lists, and no more. */
static void historical_bug_checks(struct page *page, unsigned order, u32 ip)
{
	struct zone *zone = page_zone(page);
	u32 idx = (u32)(page - zone->zone_mem_map);

	if (order < 32 && idx & ((1u << order) - 1))
		mm_bug(page_pfn(page), ip, "freed block is not aligned to its order");
	if (order >= MAX_ORDER)
		mm_bug(page_pfn(page), ip, "freed block of an order that does not exist");
}

/* True if the frame lies in a block that is on a free list. */
static bool page_is_free(const struct page *page)
{
	const struct zone *zone = page_zone(page);
	u32 idx = (u32)(page - zone->zone_mem_map);
	unsigned order;

	for (order = 0; order < MAX_ORDER; order++) {
		u32 state = zone->zone_mem_map[idx & ~((1u << order) - 1)].flags & PG_STATE;

		if (state & PG_BUDDY && (state & PG_ORDER_MASK) >= order)
			return true;
	}
	return false;
}

/* Says what is wrong with freeing `page` as a block of `order`. */
static void report_bad_free(struct page *page, unsigned order, u32 ip)
{
	u32 pfn = page_pfn(page), state = page->flags & PG_STATE;
	u32 idx = (u32)(page - page_zone(page)->zone_mem_map);

	if (order >= MAX_ORDER)
		mm_report(PS_REPORT_BAD_ORDER, pfn, order, ip,
			  "free of pfn %u with order %u, the largest is %u", pfn, order,
			  MAX_ORDER - 1);
	else if (idx & ((1u << order) - 1))
		mm_report(PS_REPORT_MISALIGNED, pfn, order, ip,
			  "free of pfn %u as order %u, to which it is not aligned", pfn, order);
	else if (state & PG_HEAD)
		mm_report(PS_REPORT_WRONG_ORDER, pfn, order, ip,
			  "free of pfn %u as order %u, it was handed out as order %u", pfn, order,
			  state & PG_ORDER_MASK);
	else if (page_is_free(page))
		mm_report(PS_REPORT_DOUBLE_FREE, pfn, order, ip,
			  "free of pfn %u (order %u), which is free already", pfn, order);
	else
		mm_report(PS_REPORT_TAIL_FREE, pfn, order, ip,
			  "free of pfn %u (order %u) in the middle of a block", pfn, order);
}

/*
 * A free of something else than the head of a block with the order it was
 * handed out with.  Nothing happens to reserved pages in any case.  By default
 * a reference beyond the first may be dropped with any order, as get_page took
 * it with none; anything else is reported and refused.  With quirks=2.4.22 it
 * is done, as far as that kernel would have gone.
 */
static __attribute__((noinline)) void free_odd(struct page *page, unsigned order, u32 ip)
{
	if (PageReserved(page)) {
		if (!quirks)
			mm_report(PS_REPORT_RESERVED_FREE, page_pfn(page), order, ip,
				  "free of reserved pfn %u", page_pfn(page));
		return;
	}
	if (!quirks && page->count > (page->flags & PG_HEAD ? 1 : 0)) {
		drop_count(page, ip);
		return;
	}
	if (!quirks) {
		report_bad_free(page, order, ip);
		return;
	}
	if (!drop_count(page, ip))
		return;
	historical_bug_checks(page, order, ip);
	if (trace_is_on())
		trace_free(page, order, ip);
	set_state(page, 0);
	free_block(page_zone(page), page, order);
}

/* `traced` is a constant at each call. */
static inline __attribute__((always_inline)) void drop_block(struct page *page, unsigned order,
							     u32 ip, bool traced)
{
	bool odd = MM_CHECKS ? (page->flags & PG_STATE) != PG_HEAD + order : PageReserved(page);

	if (unlikely(odd)) {
		free_odd(page, order, ip);
		return;
	}
	if (unlikely(--page->count != 0)) {
		trace_count(page, ip);
		return;
	}
	if (traced)
		trace_free(page, order, ip);
	free_block(page_zone(page), page, order);
}

static __attribute__((noinline)) FASTCALL void free_traced(struct page *page, unsigned order,
							   u32 ip)
{
	drop_block(page, order, ip, true);
}

/*
 * Drops one reference to a block; the last one puts it back on the lists.
 * `ip` is who did it, for the trace.  Tracing is asked about once, at the entry:
 * further on, the fields of an event would take up registers when there is none.
 */
FASTCALL void free_pages_ip(struct page *page, unsigned order, u32 ip)
{
	if (unlikely(trace_is_on())) {
		free_traced(page, order, ip);
		return;
	}
	drop_block(page, order, ip, false);
}

/* Gives a block of 2^order frames back; reserved pages are left alone. */
void __free_pages(struct page *page, unsigned order)
{
	free_pages_ip(page, order, _RET_IP_);
}

/* The same by linear address; 0 is allowed and does nothing. */
void free_pages(vaddr_t addr, unsigned order)
{
	u32 pfn = __pa(addr) >> PAGE_SHIFT;

	if (addr == 0)
		return;
	if (addr < PAGE_OFFSET || pfn >= max_mapnr) {
		if (quirks)
			mm_bug(addr, _RET_IP_, "free of a page outside mem_map");
		mm_report(PS_REPORT_NOT_RAM, addr, order, _RET_IP_,
			  "free of %08x, which is not in the linear map", addr);
		return;
	}
	free_pages_ip(pfn_page(pfn), order, _RET_IP_);
}

void get_page_ip(struct page *page, u32 ip)
{
	page->count++;
	trace_count(page, ip);
}

/* Takes one more reference to a block in use. */
void get_page(struct page *page)
{
	get_page_ip(page, _RET_IP_);
}

/* ---- __alloc_pages: which zone, and when to give up ---- */

/* The request being served, as the steps below hand it on. */
struct request {
	unsigned gfp_mask, order;
	struct zone **zonelist;
};

/*
 * Tries each zone whose free pages exceed a sum that grows from zone to zone:
 * 2^order, once, plus the watermark of every zone passed.  So a fallback zone
 * is spared by the whole need of the zones before it.
 */
static struct page *pass(const struct request *rq, enum ps_value_pass which)
{
	struct zone **entry;
	u32 sum = 1u << rq->order;

	for (entry = rq->zonelist; *entry; entry++) {
		struct zone *zone = *entry;
		struct page *page;

		if (which == PS_PASS_LOW)
			sum += zone->pages_low;
		else if (which == PS_PASS_MIN && !(rq->gfp_mask & __GFP_WAIT))
			sum += zone->pages_min >> 2;
		else if (which != PS_PASS_NOWM)
			sum += zone->pages_min;
		if (which != PS_PASS_NOWM && zone->free_pages <= sum) {
			TRACE(zone_skip, .zone = zone->nr, .order = (u8)rq->order,
			      .pass = (u8)which, .free_pages = zone->free_pages, .sum = sum);
			continue;
		}
		page = rmqueue(zone, rq->order);
		if (page)
			return page;
	}
	return NULL;
}

/*
 * 2.4.22 reclaims page cache here and tries again, for ever if the order is at
 * most 3.  The only memory that can be got back in this kernel is unused
 * slabs, so the loop ends when they yield nothing.
 */
static struct page *reclaim_and_retry(const struct request *rq, u32 ip)
{
	for (;;) {
		unsigned freed;
		struct page *page;

		pf_memalloc = true;
		freed = kmem_cache_shrink_all(rq->gfp_mask);
		pf_memalloc = false;
		TRACE(shrink_slab, .nr_pages = freed, .gfp_flags = (u16)rq->gfp_mask);
		page = pass(rq, PS_PASS_RETRY);
		if (page || rq->order > 3)
			return page;
		if (freed == 0) {
			mm_report(PS_REPORT_NO_RECLAIM, rq->order, rq->gfp_mask, ip,
				  "no memory for order %u (gfp %x) and nothing left to reclaim",
				  rq->order, rq->gfp_mask);
			return NULL;
		}
	}
}

/* The decision sequence of __alloc_pages, from its first step. */
static __attribute__((noinline)) struct page *alloc_pages_slow(unsigned gfp_mask, unsigned order,
							       u32 ip)
{
	const struct request request = { gfp_mask, order, zonelists[gfp_mask & 15] };
	const struct request *rq = &request;
	struct page *page = pass(rq, PS_PASS_LOW);

	if (page)
		return page;
	rq->zonelist[0]->need_balance = true;
	TRACE(wakeup_kswapd, .zone = rq->zonelist[0]->nr, .order = (u8)rq->order);
	page = pass(rq, PS_PASS_MIN);
	if (page)
		return page;
	if (pf_memalloc)
		return pass(rq, PS_PASS_NOWM);
	if (!(rq->gfp_mask & __GFP_WAIT))
		return NULL;
	return reclaim_and_retry(rq, ip);
}

static __attribute__((noinline, cold)) struct page *alloc_failed(unsigned gfp_mask, unsigned order,
								 u32 ip)
{
	(void)gfp_mask, (void)order, (void)ip;
	TRACE(mm_page_alloc, .pfn = PS_PFN_NONE, .order = (u8)order,
	      .zone = zonelists[gfp_mask & 15][0]->nr, .gfp_flags = (u16)gfp_mask, .call_site = ip);
	return NULL;
}

static inline __attribute__((always_inline)) void trace_alloc(const struct page *page,
							      unsigned gfp_mask, unsigned order,
							      u32 ip)
{
	(void)page, (void)gfp_mask, (void)order, (void)ip;
	TRACE_ON(mm_page_alloc, .pfn = page_pfn(page), .order = (u8)order,
		 .zone = (u8)page_zonenum(page), .gfp_flags = (u16)gfp_mask, .call_site = ip);
}

/*
 * alloc_pages on behalf of the caller at `ip`.  The first test of the first pass
 * stands here, as it nearly always holds; `flatten` brings rmqueue in.
 */
FASTCALL __attribute__((flatten)) struct page *alloc_pages_ip(unsigned gfp_mask, unsigned order,
							      u32 ip)
{
	struct zone *zone = zonelists[gfp_mask & 15][0];
	struct page *page = NULL;

	if (unlikely(order >= MAX_ORDER) || fail_now(FAIL_PAGE))
		return alloc_failed(gfp_mask, order, ip);
	if (likely(zone->free_pages > pages_of[order] + zone->pages_low))
		page = rmqueue(zone, order);
	if (unlikely(!page)) {
		page = alloc_pages_slow(gfp_mask, order, ip);
		if (!page)
			return alloc_failed(gfp_mask, order, ip);
	}
	if (trace_is_on())
		trace_alloc(page, gfp_mask, order, ip);
	return page;
}

/*
 * Single pages in bulk: the pages that *nr calls of alloc_pages(gfp_mask, 0)
 * would return, at most max, in descending order from the one returned.  NULL:
 * ask for the next one by itself, as one must near a watermark and when a failure
 * is to be made.  Under a trace the caller tells of each: mm/run_trace.h.
 */
struct page *alloc_run(unsigned gfp_mask, u32 max, u32 *nr)
{
	struct zone *zone = zonelists[gfp_mask & 15][0];

	if (fail_armed || zone->free_pages <= max + zone->pages_low)
		return NULL;
	return take_run(zone, max, nr);
}

/* The inverse: how many of the nr pages from `top` down can be freed in bulk, as so
 * many frees in descending order would; 0 if top must be freed by itself. */
u32 free_run_length(struct page *top, u32 nr)
{
	return run_length(page_zone(top), top, nr);
}

/* Frees them: nr is what free_run_length said. */
void free_run(struct page *top, u32 nr)
{
	give_run(page_zone(top), top, nr);
}

/* A block of 2^order frames that gfp_mask allows, count 1; NULL: none. */
struct page *alloc_pages(unsigned gfp_mask, unsigned order)
{
	return alloc_pages_ip(gfp_mask, order, _RET_IP_);
}

/* The same by linear address.  2.4.22 lets __GFP_HIGHMEM through and then
 * returns 0 for a highmem page, which is lost; that is a quirk. */
static vaddr_t get_free_pages_ip(unsigned gfp_mask, unsigned order, u32 ip)
{
	struct page *page;

	if (!quirks)
		gfp_mask &= ~__GFP_HIGHMEM;
	page = alloc_pages_ip(gfp_mask, order, ip);
	return page && !PageHighMem(page) ? __va(page_pfn(page) << PAGE_SHIFT) : 0;
}

vaddr_t __get_free_pages(unsigned gfp_mask, unsigned order)
{
	return get_free_pages_ip(gfp_mask, order, _RET_IP_);
}

vaddr_t get_zeroed_page(unsigned gfp_mask)
{
	vaddr_t addr = get_free_pages_ip(gfp_mask, 0, _RET_IP_);

	if (addr)
		memset(phys_to_virt(__pa(addr)), 0, PAGE_SIZE);
	return addr;
}

/* Smallest order with room for `bytes`; 20 for 0 bytes, as in 2.4.22. */
unsigned get_order(u32 bytes)
{
	u32 pages = (bytes - 1) >> PAGE_SHIFT;
	unsigned order = 0;

	for (; pages; pages >>= 1)
		order++;
	return order;
}

/* ---- statistics ---- */

u32 nr_free_pages(void)
{
	return zones[ZONE_DMA].free_pages + zones[ZONE_NORMAL].free_pages +
	       zones[ZONE_HIGHMEM].free_pages;
}

/* Pages that buffers may come to use: what lies above pages_high in the zones
 * of a GFP_USER request. */
u32 nr_free_buffer_pages(void)
{
	struct zone **entry;
	u32 sum = 0;

	for (entry = zonelists[GFP_USER & 15]; *entry; entry++)
		if ((*entry)->size > (*entry)->pages_high)
			sum += (*entry)->size - (*entry)->pages_high;
	return sum;
}

u32 nr_free_highpages(void)
{
	return zones[ZONE_HIGHMEM].free_pages;
}

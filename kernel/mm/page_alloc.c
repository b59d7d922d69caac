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
 * bit for each PAIR of buddies, in a map for each order (free_area[order].map),
 * and changes it whenever one of the two goes on or off the list of their order:
 * MARK_USED.  At rest, then,
 *
 *	bit = (A is on list k) xor (B is on list k)
 *
 * and as two free buddies are always joined at once, never both are.  So when
 * a block is freed and its bit, before the change, was 1, then it is the buddy
 * that is on the list; when it was 0, the buddy is in use, or in pieces, or
 * not there at all.  That last case is why there is no test for the end of the
 * zone: a frame that does not exist is never freed, its bit stays 0, and
 * nothing is ever joined with it.  Blocks of order 9 are never joined and have
 * no map.
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
zone_t zones[MAX_NR_ZONES];
zone_t *const zone_table[MAX_NR_ZONES] = { &zones[0], &zones[1], &zones[2] };

/* node_zonelists[gfp & GFP_ZONEMASK]: the zones that may serve, in order, the
 * first being the request's class zone; NULL ends a list. */
#define GFP_ZONEMASK 0x0fu
static zone_t *node_zonelists[GFP_ZONEMASK + 1][MAX_NR_ZONES + 1];

static bool pf_memalloc; /* the task is itself freeing memory */

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

/* A bit for each pair, in whole words. */
u32 free_area_map_bytes(u32 size, unsigned order)
{
	return (((size - 1) >> (order + 4)) + 1 + 3) & ~3u;
}

static const char *const zone_names[MAX_NR_ZONES] = { "DMA", "Normal", "HighMem" };

void zone_init(zone_t *zone, u32 start_pfn, u32 size, void *(*alloc)(u32 bytes))
{
	unsigned nr = (unsigned)(zone - zones), order;
	u32 pfn;

	memset(zone, 0, sizeof(*zone));
	zone->nr = (u8)nr;
	zone->name = zone_names[nr];
	zone->zone_start_pfn = start_pfn;
	zone->size = size;
	for (order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&zone->free_area[order].free_list);
	if (size == 0)
		return;
	zone->zone_mem_map = pfn_page(start_pfn);
	for (order = 0; order < MAX_ORDER - 1; order++) {
		u32 bytes = free_area_map_bytes(size, order);

		zone->free_area[order].map = memset(alloc(bytes), 0, bytes);
	}
	for (pfn = start_pfn; pfn < start_pfn + size; pfn++) {
		INIT_LIST_HEAD(&pfn_page(pfn)->list);
		pfn_page(pfn)->count = 0;
		pfn_page(pfn)->flags = nr << PG_ZONE_SHIFT | PG_RESERVED;
	}
}

u32 zone_balance_ratio[MAX_NR_ZONES]; /* memfrac=; 0: 128 */

void zone_set_watermarks(zone_t *zone)
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

	for (gfp = 0; gfp <= GFP_ZONEMASK; gfp++) {
		int first = gfp & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL, nr;
		zone_t **entry = node_zonelists[gfp];

		if (gfp & __GFP_DMA)
			first = ZONE_DMA;
		for (nr = first; nr >= ZONE_DMA; nr--)
			if (zones[nr].size)
				*entry++ = &zones[nr];
		*entry = NULL;
	}
}

/* The lists of one zone: rmqueue, expand, __free_pages_ok. */
#include "mm/buddy.h"

#ifndef BUDDY_RUN_FLAGS
#define BUDDY_RUN_FLAGS 0 /* an own buddy.h may say otherwise */
#endif
const u16 buddy_run_flags = BUDDY_RUN_FLAGS;

/* ---- freeing ---- */

static void set_page_count(struct page *page, s32 count, u32 ip)
{
	(void)ip;
	page->count = count;
	TRACE(page_ref_mod, .pfn = page_pfn(page), .count = (u32)count, .call_site = ip);
}

/* What 2.4.22 tests of a block that goes on the lists, and no more. */
static void historical_bug_checks(struct page *page, unsigned order, u32 ip)
{
	u32 index = (u32)(page - page_zone(page)->zone_mem_map);

	if (order < 32 && index & ((1u << order) - 1))
		mm_bug(page_pfn(page), ip, "freed block is not aligned to its order");
	if (order >= MAX_ORDER)
		mm_bug(page_pfn(page), ip, "freed block of an order that does not exist");
}

/* True if the frame lies in a block that is on a free list. */
static bool page_is_free(const struct page *page)
{
	const zone_t *zone = page_zone(page);
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
 * handed out with; true: it is to go on all the same.  Nothing happens to
 * reserved pages in any case.  By default a reference beyond the first may be
 * dropped with any order, as get_page took it with none; anything else is
 * reported and refused.  With quirks=2.4.22 it is done, as far as that kernel
 * would have gone.
 */
static bool odd_free_goes_on(struct page *page, unsigned order, u32 ip)
{
	if (PageReserved(page)) {
		if (!quirks)
			mm_report(PS_REPORT_RESERVED_FREE, page_pfn(page), order, ip,
				  "free of reserved pfn %u", page_pfn(page));
		return false;
	}
	if (quirks) {
		if (page->count == 1)
			historical_bug_checks(page, order, ip);
		return true;
	}
	if (page->count > (page->flags & PG_HEAD ? 1 : 0))
		set_page_count(page, page->count - 1, ip);
	else
		report_bad_free(page, order, ip);
	return false;
}

/*
 * Drops one reference to a block; the last one puts it back on the lists.  `ip`
 * is who did it, for the trace.  mm_page_free is the request: the lists are then
 * as they were before.
 */
void free_pages_ip(struct page *page, unsigned order, u32 ip)
{
	/* A sum: an order that does not exist must not vanish in PG_HEAD's bit. */
	bool odd = MM_CHECKS ? (page->flags & PG_STATE) != PG_HEAD + order : PageReserved(page);

	if (unlikely(odd) && !odd_free_goes_on(page, order, ip))
		return;
	if (page->count != 1) {
		set_page_count(page, page->count - 1, ip);
		return;
	}
	TRACE(mm_page_free, .pfn = page_pfn(page), .order = (u8)order,
	      .zone = (u8)page_zonenum(page), .call_site = ip);
	page->count = 0;
	__free_pages_ok(page, order);
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
	set_page_count(page, page->count + 1, ip);
}

/* Takes one more reference to a block in use. */
void get_page(struct page *page)
{
	get_page_ip(page, _RET_IP_);
}

void free_boot_page(u32 pfn)
{
	struct page *page = pfn_page(pfn);

	page->flags &= ~PG_RESERVED;
	set_page_state(page, PG_HEAD | 0);
	page->count = 1;
	free_pages_ip(page, 0, _RET_IP_);
}

/* ---- __alloc_pages: which zone, and when to give up ---- */

/* The request being served, as the steps below hand it on. */
struct request {
	unsigned gfp_mask, order;
	zone_t **zonelist;
};

/*
 * Tries each zone whose free pages exceed a sum that grows from zone to zone:
 * 2^order, once, plus the watermark of every zone passed.  So a fallback zone
 * is spared by the whole need of the zones before it.
 */
static struct page *pass(const struct request *rq, enum ps_value_pass which)
{
	zone_t **entry;
	u32 sum = 1u << rq->order;

	for (entry = rq->zonelist; *entry; entry++) {
		zone_t *zone = *entry;
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
 * 2.4.22 reclaims page cache here.  The only memory that can be got back in this
 * kernel is unused slabs; returns the pages they gave.
 */
static unsigned balance_classzone(unsigned gfp_mask)
{
	unsigned freed;

	pf_memalloc = true;
	freed = kmem_cache_shrink_all(gfp_mask);
	pf_memalloc = false;
	TRACE(shrink_slab, .nr_pages = freed, .gfp_flags = (u16)gfp_mask);
	return freed;
}

/*
 * Which zone serves, and when to give up.  2.4.22 reclaims and tries again for
 * ever if the order is at most 3; here the loop ends when reclaim yields nothing.
 */
static struct page *__alloc_pages(unsigned gfp_mask, unsigned order, zone_t **zonelist, u32 ip)
{
	const struct request rq = { gfp_mask, order, zonelist };
	struct page *page = pass(&rq, PS_PASS_LOW);
	unsigned freed;

	if (page)
		return page;
	zonelist[0]->need_balance = true;
	TRACE(wakeup_kswapd, .zone = zonelist[0]->nr, .order = (u8)order);
	page = pass(&rq, PS_PASS_MIN);
	if (page)
		return page;
	if (pf_memalloc)
		return pass(&rq, PS_PASS_NOWM);
	if (!(gfp_mask & __GFP_WAIT))
		return NULL;
	do {
		freed = balance_classzone(gfp_mask);
		page = pass(&rq, PS_PASS_RETRY);
		if (page || order > 3)
			return page;
	} while (freed);
	mm_report(PS_REPORT_NO_RECLAIM, order, gfp_mask, ip,
		  "no memory for order %u (gfp %x) and nothing left to reclaim", order, gfp_mask);
	return NULL;
}

struct page *_alloc_pages(unsigned gfp_mask, unsigned order, u32 ip)
{
	zone_t **zonelist = node_zonelists[gfp_mask & GFP_ZONEMASK];
	struct page *page = NULL;

	if (order < MAX_ORDER && !fail_now(FAIL_PAGE))
		page = __alloc_pages(gfp_mask, order, zonelist, ip);
	TRACE(mm_page_alloc, .pfn = page ? page_pfn(page) : PS_PFN_NONE, .order = (u8)order,
	      .zone = page ? (u8)page_zonenum(page) : zonelist[0]->nr, .gfp_flags = (u16)gfp_mask,
	      .call_site = ip);
	return page;
}

/* A block of 2^order frames that gfp_mask allows, count 1; NULL: none. */
struct page *alloc_pages(unsigned gfp_mask, unsigned order)
{
	return _alloc_pages(gfp_mask, order, _RET_IP_);
}

/* The same by linear address.  2.4.22 lets __GFP_HIGHMEM through and then
 * returns 0 for a highmem page, which is lost; that is a quirk. */
static vaddr_t get_free_pages_ip(unsigned gfp_mask, unsigned order, u32 ip)
{
	struct page *page;

	if (!quirks)
		gfp_mask &= ~__GFP_HIGHMEM;
	page = _alloc_pages(gfp_mask, order, ip);
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
	zone_t **entry;
	u32 sum = 0;

	for (entry = node_zonelists[GFP_USER & GFP_ZONEMASK]; *entry; entry++)
		if ((*entry)->size > (*entry)->pages_high)
			sum += (*entry)->size - (*entry)->pages_high;
	return sum;
}

u32 nr_free_highpages(void)
{
	return zones[ZONE_HIGHMEM].free_pages;
}

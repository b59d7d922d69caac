/* SPDX-License-Identifier: MIT */
/*
 * pages_test.c - the interfaces around the page allocator: by linear address,
 * zeroed, statistics; and mm_check, which must see every broken invariant.
 */
#include <setjmp.h>
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/mm_priv.h"
#include "sim.h"

#define MIB ((u64)1 << 20)

static void boot(void)
{
	bed_boot(32 * MIB, false, false);
}

/* ---- by linear address ---------------------------------------------------------- */

static void get_order_is_2_4_22s(void)
{
	static const struct {
		u32 bytes, order;
	} want[] = {
		{ 1, 0 },
		{ 4096, 0 },
		{ 4097, 1 },
		{ 8192, 1 },
		{ 8193, 2 },
		{ 2u << 20, 9 },
		{ (2u << 20) + 1, 10 },
		{ 0, 20 },
		{ ~0u, 20 },
	};

	for (size_t i = 0; i < COUNT(want); i++)
		EXPECT_EQ(get_order(want[i].bytes), want[i].order);
}

static void pages_come_and_go_by_linear_address(void)
{
	u32 before;
	vaddr_t a;

	boot();
	before = bed_free_pages();
	a = __get_free_pages(GFP_KERNEL, 3);
	EXPECT(a >= PAGE_OFFSET && a < high_memory);
	EXPECT_EQ(a % (8 * PAGE_SIZE), 0);
	EXPECT_EQ(nr_free_pages(), before - 8);
	free_pages(a + 100, 3); /* truncated to its page */
	EXPECT_EQ(bed_free_pages(), before);
	free_pages(0, 5); /* nothing */
	EXPECT_EQ(bed_free_pages(), before);
	EXPECT_EQ(__get_free_pages(GFP_KERNEL, 10), 0);
}

static void a_zeroed_page_is_zero(void)
{
	vaddr_t a;

	boot();
	a = __get_free_pages(GFP_KERNEL, 0);
	memset(phys_to_virt(__pa(a)), 0xff, PAGE_SIZE);
	free_pages(a, 0);
	EXPECT_EQ(get_zeroed_page(GFP_KERNEL), a); /* last in, first out */
	for (u32 i = 0; i < PAGE_SIZE; i++)
		EXPECT_EQ(*(u8 *)phys_to_virt(__pa(a) + i), 0);
	fail_nth(FAIL_PAGE, 1, false);
	EXPECT_EQ(get_zeroed_page(GFP_KERNEL), 0);
	fail_nth(FAIL_PAGE, 0, false);
}

/* A highmem page has no linear address: 2.4.22 returns 0 and loses it. */
static void a_highmem_page_has_no_linear_address(void)
{
	u32 before;

	bed_boot(1024 * MIB, false, false);
	EXPECT(__get_free_pages(GFP_KERNEL | __GFP_HIGHMEM, 0) >= PAGE_OFFSET);
	bed_boot(1024 * MIB, true, false);
	before = nr_free_highpages();
	EXPECT_EQ(__get_free_pages(GFP_KERNEL | __GFP_HIGHMEM, 0), 0);
	EXPECT_EQ(nr_free_highpages(), before - 1);
}

static void an_address_outside_ram_is_not_freed(void)
{
	u32 before, reports;

	boot();
	before = bed_free_pages();
	reports = mm_reports;
	free_pages(high_memory, 0);
	free_pages(0x1000, 0);
	EXPECT_EQ(mm_reports, reports + 2);
	EXPECT_EQ(bed_free_pages(), before);
}

/* ---- statistics ------------------------------------------------------------------ */

static void statistics_are_sums_over_zones(void)
{
	u32 sum = 0;

	bed_boot(1024 * MIB, false, false);
	for (unsigned z = 0; z < MAX_NR_ZONES; z++)
		sum += zones[z].free_pages;
	EXPECT_EQ(nr_free_pages(), sum);
	EXPECT_EQ(nr_free_highpages(), zones[ZONE_HIGHMEM].free_pages);
	/* size - pages_high of Normal and DMA, as GFP_USER may use them. */
	EXPECT_EQ(nr_free_buffer_pages(), 225280 - 765 + 4096 - 96);
	EXPECT_EQ(totalram_pages, sum);
	bed_boot(8 * MIB, false, false);
	EXPECT_EQ(nr_free_buffer_pages(), 2032 - 60);
	EXPECT_EQ(nr_free_highpages(), 0);
}

/* A bit for each pair, in whole words: 2.4.22's sizes. */
static void maps_have_2_4_22s_sizes(void)
{
	static const struct {
		u32 pages, bytes[9];
	} want[] = {
		{ 1, { 4, 4, 4, 4, 4, 4, 4, 4, 4 } },
		{ 4080, { 256, 128, 64, 32, 16, 8, 4, 4, 4 } },
		{ 4096, { 256, 128, 64, 32, 16, 8, 4, 4, 4 } },
		{ 4097, { 260, 132, 68, 36, 20, 12, 8, 4, 4 } },
		{ 28672, { 1792, 896, 448, 224, 112, 56, 28, 16, 8 } },
	};

	for (size_t i = 0; i < COUNT(want); i++)
		for (unsigned order = 0; order < 9; order++)
			EXPECT_EQ(free_area_map_bytes(want[i].pages, order), want[i].bytes[order]);
}

static void references_are_counted(void)
{
	struct page *page;
	u32 before;

	boot();
	before = bed_free_pages();
	page = alloc_pages(GFP_KERNEL, 2);
	EXPECT_EQ(page_count(page), 1);
	EXPECT_EQ(page_count(page + 1), 0); /* tail pages have none */
	get_page(page);
	EXPECT_EQ(page_count(page), 2);
	__free_pages(page, 2);
	EXPECT_EQ(page_count(page), 1);
	EXPECT_EQ(nr_free_pages(), before - 4);
	__free_pages(page, 2);
	EXPECT_EQ(bed_free_pages(), before);
	EXPECT_EQ(page_to_pfn(pfn_to_page(100)), 100);
	EXPECT(!pfn_to_page(max_mapnr));
}

/* Row B6 again, for the trace: what quirks let happen is told. */
static void a_wrong_order_under_quirks_is_traced(void)
{
	const struct ps_ev_mm_page_free *event;
	struct page *page;

	bed_boot(32 * MIB, true, false);
	page = alloc_pages(GFP_KERNEL, 3);
	bed_trace_start();
	__free_pages(page, 0);
	bed_trace_stop();
	event = BED_FIND(mm_page_free);
	EXPECT(event);
	EXPECT_EQ(event->pfn, page_pfn(page));
	EXPECT_EQ(event->order, 0);
}

/* The pattern of failures of five requests: f failed, . not. */
static const char *pattern(enum fail_kind kind, unsigned nth, bool from)
{
	static char got[6];

	fail_nth(kind, nth, from);
	for (int i = 0; i < 5; i++)
		got[i] = fail_now(kind) ? 'f' : '.';
	fail_nth(kind, 0, false);
	return got;
}

static void the_nth_request_fails_or_all_from_it_on(void)
{
	boot();
	for (int kind = 0; kind < FAIL_KINDS; kind++) {
		EXPECT_TEXT(pattern((enum fail_kind)kind, 1, false), "f....");
		EXPECT_TEXT(pattern((enum fail_kind)kind, 3, false), "..f..");
		EXPECT_TEXT(pattern((enum fail_kind)kind, 3, true), "..fff");
		EXPECT_TEXT(pattern((enum fail_kind)kind, 0, true), ".....");
	}
	fail_nth(FAIL_PAGE, 1, false);
	fail_nth(FAIL_DESCRIPTOR, 1, false);
	fail_nth(FAIL_TABLE, 1, false);
	EXPECT(fail_now(FAIL_TABLE) && fail_now(FAIL_PAGE) && fail_now(FAIL_DESCRIPTOR));
	EXPECT(!fail_now(FAIL_TABLE) && !fail_now(FAIL_PAGE) && !fail_now(FAIL_DESCRIPTOR));
	EXPECT(!fail_armed); /* and then nobody need ask */
}

/* ---- what mm_check sees ------------------------------------------------------------ */

static zone_t *normal;
static struct page *first; /* of Normal's list of order 9 */

/* A sound machine with an area of three pages and some pages in use. */
static vaddr_t broken_boot(void)
{
	vaddr_t area;

	boot();
	alloc_pages(GFP_KERNEL, 0);
	area = vmalloc(3 * PAGE_SIZE);
	EXPECT(vmalloc(PAGE_SIZE));
	EXPECT_EQ(mm_check(), 0);
	normal = &zones[ZONE_NORMAL];
	first = list_entry(normal->free_area[9].free_list.next, struct page, list);
	return area;
}

#define EXPECT_FOUND(words) \
	do { \
		unsigned found_ = mm_check(); \
		EXPECT(found_ > 0 && found_ < 100000); \
		EXPECT_TEXT(bed_console(), words); \
	} while (0)

static void broken_lists_are_found(void)
{
	struct page *tail;

	broken_boot();
	first->list.prev = first->list.next;
	EXPECT_FOUND("Normal list 9: links are broken at pfn ");
	broken_boot();
	/* A ring of two that never meets the list's head. */
	tail = list_entry(first->list.next, struct page, list);
	first->list.prev = &tail->list;
	tail->list.next = &first->list;
	EXPECT_FOUND("Normal list 9 does not end");
	broken_boot();
	list_del(&first->list);
	EXPECT_FOUND("Normal order 9: 6 blocks are marked free, 5 are listed");
	EXPECT_TEXT(bed_console(), "free_pages is ");
	broken_boot();
	list_add(&(first + 8)->list, &normal->free_area[9].free_list);
	EXPECT_FOUND("is out of the zone or misaligned");
	broken_boot(); /* it begins in the zone, and ends behind it */
	EXPECT_EQ(normal->size, 4080);
	list_add(&normal->zone_mem_map[3584].list, &normal->free_area[9].free_list);
	EXPECT_FOUND("is out of the zone or misaligned");
	broken_boot(); /* what is behind is no frame of it */
	mem_map[8176].flags = PG_BUDDY | 4;
	EXPECT_EQ(mm_check(), 0);
	normal->free_pages++;
	EXPECT_FOUND("Normal: lists hold ");
}

static void broken_descriptors_are_found(void)
{
	char want[80];

	broken_boot();
	first->count = 1;
	EXPECT_FOUND("is reserved or in use (count 1)");
	broken_boot();
	first->flags |= PG_RESERVED;
	EXPECT_FOUND("is reserved or in use");
	broken_boot();
	first->flags ^= 1;
	EXPECT_FOUND("has flags ");
	broken_boot();
	(first + 17)->flags |= PG_HEAD;
	snprintf(want, sizeof want, "Normal: pfn %u lies in a free block and has flags ",
		 page_pfn(first) + 17);
	EXPECT_FOUND(want);
	bed_boot(1024 * MIB, false, false); /* inside the first block of a zone */
	first = zones[ZONE_HIGHMEM].zone_mem_map;
	EXPECT_EQ(first->flags & PG_STATE, PG_BUDDY | 9);
	(first + 17)->flags |= PG_HEAD;
	snprintf(want, sizeof want, "HighMem: pfn %u lies in a free block", page_pfn(first) + 17);
	EXPECT_FOUND(want);
}

static void broken_pairs_are_found(void)
{
	char words[80];
	struct page *half;

	broken_boot();
	MARK_USED(page_pfn(first) - normal->zone_start_pfn, 3, &normal->free_area[3]);
	snprintf(words, sizeof words, "Normal order 3: the pair bit of pfn %u is wrong",
		 page_pfn(first));
	EXPECT_FOUND(words);
	broken_boot();
	/* The block as two halves, both listed: they should have been merged. */
	half = first + 256;
	list_del(&first->list);
	first->flags = (first->flags & ~PG_STATE) | PG_BUDDY | 8;
	half->flags = (half->flags & ~PG_STATE) | PG_BUDDY | 8;
	list_add(&first->list, &normal->free_area[8].free_list);
	list_add(&half->list, &normal->free_area[8].free_list);
	snprintf(words, sizeof words, "Normal order 8: buddies at pfn %u are both free",
		 page_pfn(first));
	EXPECT_FOUND(words);
}

static void broken_areas_are_found(void)
{
	vaddr_t area = broken_boot();
	struct page *page;

	vmlist->size += PAGE_SIZE;
	EXPECT_FOUND("overlaps or is not made of pages");
	broken_boot();
	vmlist->addr++;
	EXPECT_FOUND("overlaps or is not made of pages");
	broken_boot();
	vmlist->next->size = vmalloc_end() - vmlist->next->addr + PAGE_SIZE;
	EXPECT_FOUND("ends past VMALLOC_END");
	area = broken_boot();
	*pte_lookup(area + 3 * PAGE_SIZE) = *pte_lookup(area); /* the guard page */
	EXPECT_FOUND("outside any area");
	broken_boot();
	*pte_lookup(vmalloc_end()) = 0x163; /* the window ends there */
	EXPECT_EQ(mm_check(), 0);
	*pte_lookup(vmalloc_end() - PAGE_SIZE) = 0x163;
	EXPECT_FOUND("outside any area");
	area = broken_boot();
	page = vmalloc_to_page(area);
	__free_pages(page, 0);
	EXPECT_FOUND("which is free");
	broken_boot(); /* beyond slots without a table */
	EXPECT(get_vm_area(16 * MIB, VM_ALLOC));
	area = vmalloc(PAGE_SIZE);
	__free_pages(vmalloc_to_page(area), 0);
	EXPECT_FOUND("which is free");
	boot(); /* the first page of the slot behind one */
	EXPECT(get_vm_area(4 * MIB - PAGE_SIZE, VM_ALLOC));
	area = vmalloc(PAGE_SIZE);
	EXPECT_EQ(area, vmalloc_start() + 4 * MIB);
	__free_pages(vmalloc_to_page(area), 0);
	EXPECT_FOUND("which is free");
}

/* A broken machine prints some of what is wrong, not thousands of lines. */
static void many_violations_are_counted_not_printed(void)
{
	const char *at;
	unsigned lines = 0, found;

	broken_boot();
	for (u32 i = 1; i < 300; i++)
		(first + i)->flags |= PG_HEAD;
	bed_console_clear();
	found = mm_check();
	EXPECT(found >= 299);
	for (at = bed_console(); (at = strstr(at, "mm_check:")); at++)
		lines++;
	EXPECT_EQ(lines, 20);
}

/* What the allocator itself meets: it stops the machine before it hands out a
 * page that is not free. */
static jmp_buf panicked;

#define EXPECT_PANIC(step, words) \
	do { \
		sim_panic_jump = &panicked; \
		if (!setjmp(panicked)) { \
			(void)(step); \
			sim_panic_jump = NULL; \
			FAIL_TEST("line %d: no panic", __LINE__); \
		} \
		sim_panic_jump = NULL; \
		EXPECT_TEXT(sim_panic_text, words); \
	} while (0)

static void a_spoilt_block_is_not_handed_out(void)
{
	broken_boot();
	first->flags ^= 1;
	EXPECT_PANIC(alloc_pages(GFP_KERNEL, 9), "kernel BUG");
	broken_boot();
	first->flags ^= 1;
	EXPECT_PANIC(rmqueue(normal, 9), "kernel BUG");
}

static const struct test tests[] = {
	TEST(get_order_is_2_4_22s),
	TEST(pages_come_and_go_by_linear_address),
	TEST(a_zeroed_page_is_zero),
	TEST(a_highmem_page_has_no_linear_address),
	TEST(an_address_outside_ram_is_not_freed),
	TEST(statistics_are_sums_over_zones),
	TEST(maps_have_2_4_22s_sizes),
	TEST(references_are_counted),
	TEST(a_wrong_order_under_quirks_is_traced),
	TEST(the_nth_request_fails_or_all_from_it_on),
	TEST(broken_lists_are_found),
	TEST(broken_descriptors_are_found),
	TEST(broken_pairs_are_found),
	TEST(broken_areas_are_found),
	TEST(many_violations_are_counted_not_printed),
	TEST(a_spoilt_block_is_not_handed_out),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

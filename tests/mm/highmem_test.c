/* SPDX-License-Identifier: MIT */
/*
 * highmem_test.c - kmap's window, its counts and its one flush for many, and the
 * fixmap; on machines with and without high memory.
 */
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/highmem.h"
#include "mm/mm_priv.h"
#include "sim.h"

#define MIB ((u64)1 << 20)

static void boot_high(void)
{
	bed_boot(1024 * MIB, false, false);
}

static struct page *high_page(void)
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 0);

	if (!page || !PageHighMem(page))
		FAIL_TEST("no highmem page");
	return page;
}

static struct page *many[LAST_PKMAP + 1];

static void take_pages(void)
{
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = high_page();
}

/* The frame an address shows, by walking the tables. */
static u32 shown(vaddr_t addr)
{
	u32 pde, pte;
	phys_t phys;

	return page_walk(init_mm.pgd, addr, &pde, &pte, &phys) ? phys >> PAGE_SHIFT : PS_PFN_NONE;
}

static vaddr_t slot_addr(unsigned slot)
{
	return PKMAP_BASE + slot * PAGE_SIZE;
}

static void a_slot_lives_through_its_counts(void)
{
	struct page *page;

	boot_high();
	page = high_page();
	EXPECT_EQ(pkmap_slot_count(1), 0);
	EXPECT_EQ(kmap(page), slot_addr(1)); /* the first one is 1, not 0 */
	EXPECT_EQ(pkmap_slot_count(1), 2);
	EXPECT_EQ(kmap(page), slot_addr(1));
	EXPECT_EQ(pkmap_slot_count(1), 3);
	EXPECT_EQ(shown(slot_addr(1)), page_pfn(page));
	kunmap(page);
	kunmap(page);
	EXPECT_EQ(pkmap_slot_count(1), 1);
	EXPECT_EQ(shown(slot_addr(1)), page_pfn(page)); /* it stays mapped */
	EXPECT_EQ(kmap(high_page()), slot_addr(2));
	EXPECT_EQ(kmap(page), slot_addr(1)); /* and is revived */
	EXPECT_EQ(pkmap_check(), 0);
}

static void slots_are_flushed_together_when_the_turn_comes_round(void)
{
	unsigned flushes;

	boot_high();
	take_pages();
	flushes = sim_counts.flush_all;
	for (unsigned i = 0; i < LAST_PKMAP - 1; i++) {
		EXPECT_EQ(kmap(many[i]), slot_addr(i + 1));
		if (i != 500)
			kunmap(many[i]);
	}
	EXPECT_EQ(sim_counts.flush_all, flushes);
	/* Slot 0 is next: all unused slots are unmapped, with one flush. */
	EXPECT_EQ(kmap(many[1023]), slot_addr(0));
	EXPECT_EQ(sim_counts.flush_all, flushes + 1);
	EXPECT_EQ(shown(slot_addr(1)), PS_PFN_NONE);
	EXPECT_EQ(pkmap_slot_count(1), 0);
	EXPECT_EQ(pkmap_slot_count(501), 2);
	EXPECT_EQ(shown(slot_addr(501)), page_pfn(many[500]));
	/* A page that lost its slot gets the next in turn. */
	EXPECT_EQ(kmap(many[0]), slot_addr(1));
	EXPECT_EQ(kmap(many[500]), slot_addr(501));
	EXPECT_EQ(pkmap_check(), 0);
}

/* Three times round: slot 0 is flushed and used like any other. */
static void every_slot_comes_round_again(void)
{
	boot_high();
	take_pages();
	for (unsigned turn = 1; turn <= 3 * LAST_PKMAP; turn++) {
		struct page *page = many[turn % COUNT(many)];

		EXPECT_EQ(kmap(page), slot_addr(turn % LAST_PKMAP));
		kunmap(page);
	}
	EXPECT_EQ(pkmap_check(), 0);
}

static void a_full_window_refuses(void)
{
	u32 reports;

	boot_high();
	take_pages();
	reports = mm_reports;
	for (unsigned i = 0; i < LAST_PKMAP; i++)
		EXPECT(kmap(many[i]));
	EXPECT_EQ(mm_reports, reports);
	EXPECT_EQ(kmap_nonblock(many[LAST_PKMAP]), 0);
	EXPECT_EQ(mm_reports, reports);
	EXPECT_EQ(kmap(many[LAST_PKMAP]), 0);
	EXPECT_EQ(mm_reports, reports + 1);
	EXPECT_TEXT(bed_console(), "slots in use");
	kunmap(many[7]);
	EXPECT_EQ(kmap_nonblock(many[LAST_PKMAP]), slot_addr(8));
	EXPECT_EQ(mm_check(), 0);
}

static void refuse_kunmap(bool with_quirks)
{
	struct page *page;
	u32 reports;

	bed_boot(1024 * MIB, with_quirks, false);
	page = high_page();
	reports = mm_reports;
	kunmap(page);
	EXPECT_EQ(mm_reports, reports + 1);
	kmap(page);
	kunmap(page);
	kunmap(page);
	EXPECT_EQ(mm_reports, reports + 2);
	EXPECT_EQ(pkmap_slot_count(1), 1);
	EXPECT_EQ(mm_check(), 0);
}

static void kunmap_without_kmap_is_refused(void)
{
	refuse_kunmap(false);
	refuse_kunmap(true);
}

/* page->virtual of 2.4.22 outlives a free; so does the slot here. */
static void a_slot_outlives_the_free_of_its_page(void)
{
	struct page *page;

	boot_high();
	page = high_page();
	kmap(page);
	kunmap(page);
	__free_pages(page, 0);
	EXPECT(high_page() == page);
	EXPECT_EQ(kmap(page), slot_addr(1));
	EXPECT_EQ(mm_check(), 0);
}

static void low_pages_have_their_address_already(void)
{
	struct page *page;
	vaddr_t addr;
	u32 reports;

	boot_high();
	reports = mm_reports;
	page = alloc_pages(GFP_KERNEL, 0);
	addr = __va(page_pfn(page) << PAGE_SHIFT);
	memset(&sim_counts, 0, sizeof sim_counts);
	EXPECT_EQ(kmap(page), addr);
	EXPECT_EQ(kmap_nonblock(page), addr);
	EXPECT_EQ(kmap_atomic(page, KM_USER0), addr);
	kunmap(page);
	kunmap_atomic(addr, KM_USER0);
	EXPECT_EQ(mm_reports, reports); /* nothing was wrong with that */
	EXPECT_EQ(pkmap_slot_count(1), 0);
	EXPECT_EQ(sim_counts.flush_one + sim_counts.flush_all, 0);
}

static void kmap_atomic_has_a_slot_for_each_use(void)
{
	struct page *a, *b;

	boot_high();
	a = high_page();
	b = high_page();
	memset(&sim_counts, 0, sizeof sim_counts);
	for (unsigned type = 0; type < KM_TYPE_NR; type++) {
		vaddr_t addr = FIXADDR_TOP - type * PAGE_SIZE; /* downwards */

		EXPECT_EQ(kmap_atomic(a, (enum km_type)type), addr);
		EXPECT_EQ(shown(addr), page_pfn(a));
		kunmap_atomic(addr, (enum km_type)type);
		EXPECT_EQ(shown(addr), page_pfn(a)); /* does nothing */
		EXPECT_EQ(kmap_atomic(b, (enum km_type)type), addr);
		EXPECT_EQ(shown(addr), page_pfn(b));
	}
	EXPECT_EQ(sim_counts.flush_one, 2 * KM_TYPE_NR);
	EXPECT_EQ(sim_counts.flush_all, 0);
	EXPECT_EQ(*pte_lookup(FIXADDR_TOP) & ~PAGE_MASK, 0x163);
	EXPECT_EQ(mm_check(), 0);
}

static void fixmap_has_the_slots_of_its_configuration(void)
{
	boot_high();
	EXPECT_EQ(fix_to_virt(0), 0xFFFFE000);
	EXPECT(set_fixmap(7, 0xB8000, 0x173));
	EXPECT_EQ(shown(0xFFFF7000), 0xB8);
	EXPECT(!set_fixmap(8, 0xB8000, 0x173));
	EXPECT(!set_fixmap(~0u, 0xB8000, 0x173));
	EXPECT_TEXT(bed_console(), "slot 8 does not exist");
	bed_boot(64 * MIB, false, false);
	EXPECT(!set_fixmap(0, 0xB8000, 0x173)); /* no HIGHMEM: none */
}

static void without_highmem_kmap_is_arithmetic(void)
{
	struct page *page;

	bed_boot(64 * MIB, false, false);
	page = alloc_pages(GFP_HIGHUSER, 0);
	EXPECT_EQ(kmap(page), __va(page_pfn(page) << PAGE_SHIFT));
	kunmap(page);
	EXPECT_EQ(pkmap_check(), 0);
}

/* ---- the model ---------------------------------------------------------------- */

static u32 users[COUNT(many)];

static void random_kmaps_follow_the_model(void)
{
	u32 in_use = 0;

	boot_high();
	take_pages();
	memset(users, 0, sizeof users);
	for (unsigned step = 0; step < 100000; step++) {
		unsigned i = bed_random(COUNT(many));
		vaddr_t addr;

		if (users[i] && bed_random(100) < 52) {
			kunmap(many[i]);
			in_use -= !--users[i];
			continue;
		}
		addr = kmap_nonblock(many[i]);
		EXPECT_EQ(addr != 0, users[i] || in_use < LAST_PKMAP);
		if (!addr)
			continue;
		in_use += !users[i]++;
		EXPECT_EQ(shown(addr), page_pfn(many[i]));
		EXPECT_EQ(pkmap_slot_count((addr - PKMAP_BASE) >> PAGE_SHIFT), users[i] + 1);
		if (step % 10000 == 0)
			EXPECT_EQ(pkmap_check(), 0);
	}
	EXPECT_EQ(mm_check(), 0);
}

/* ---- the trace ------------------------------------------------------------------ */

static void the_trace_tells_each_step(void)
{
	const struct ps_ev_kmap *k;
	const struct ps_ev_pte_set *set;
	const struct ps_ev_tlb_flush *flush;
	struct page *page;

	boot_high();
	page = high_page();
	bed_trace_start();
	kmap(page);
	kmap(page);
	kmap_atomic(page, KM_USER1);
	bed_trace_stop();
	set = BED_FIND(pte_set);
	EXPECT_EQ(set->addr, slot_addr(1));
	EXPECT_EQ(set->pte, page_pfn(page) << PAGE_SHIFT | 0x163);
	k = BED_FIND(kmap);
	EXPECT_EQ(k->fresh, 1);
	EXPECT_EQ(k->pfn, page_pfn(page));
	k = BED_FIND(kmap);
	EXPECT_EQ(k->fresh, 0);
	set = BED_FIND(pte_set);
	EXPECT_EQ(set->addr, FIXADDR_TOP - KM_USER1 * PAGE_SIZE);
	flush = BED_FIND(tlb_flush);
	EXPECT_EQ(flush->reason, PS_FLUSH_FIXMAP);
	EXPECT_EQ(flush->pages, 1);
	EXPECT(BED_FIND(kmap_atomic));
}

static void a_wrap_is_one_flush_in_the_trace(void)
{
	struct bed_event e;
	unsigned clears = 0, flushes = 0, caches = 0;
	const struct ps_ev_pkmap_state *state;
	u32 told = 0;

	boot_high();
	take_pages();
	bed_trace_start();
	for (unsigned i = 0; i < LAST_PKMAP; i++) {
		kmap(many[i]);
		kunmap(many[i]);
	}
	bed_trace_stop();
	while (bed_next(&e)) {
		clears += e.id == PS_ID_pte_clear;
		flushes += e.id == PS_ID_tlb_flush;
		caches += e.id == PS_ID_flush_cache_all;
		if (e.id == PS_ID_flush_all_zero_pkmaps)
			told += ((const struct ps_ev_flush_all_zero_pkmaps *)e.payload)->nr;
	}
	EXPECT_EQ(clears, 1023);
	EXPECT_EQ(told, 1023);
	EXPECT_EQ(flushes, 1);
	EXPECT_EQ(caches, 1);
	bed_trace_start();
	kmap(many[0]);
	kmap(many[1]);
	kmap(many[1]);
	kmap(many[2]);
	pkmap_snapshot();
	bed_trace_stop();
	state = BED_FIND(pkmap_state);
	EXPECT_EQ(state->nr_used, 3);
	EXPECT_EQ(state->nr_stale, 1);
}

static void every_broken_slot_is_found(void)
{
	struct page *page;

	boot_high();
	page = high_page();
	kmap(page);
	set_page_kmap_slot(page, 5);
	EXPECT_EQ(pkmap_check(), 1);
	EXPECT_EQ(mm_check(), 1);
	set_page_kmap_slot(page, 1);
	EXPECT_EQ(pkmap_check(), 0);
	*pte_lookup(slot_addr(1)) = 0;
	EXPECT_EQ(pkmap_check(), 1);
	EXPECT_TEXT(bed_console(), "slot 1: count 2, pte 00000000");
	EXPECT_EQ(pkmap_slot_count(LAST_PKMAP), 0);
	boot_high();
	*pte_lookup(slot_addr(0)) = 0x163;
	EXPECT_EQ(pkmap_check(), 1);
	boot_high();
	*pte_lookup(slot_addr(LAST_PKMAP - 1)) = 0x163;
	EXPECT_EQ(pkmap_check(), 1);
}

/* Without high memory there is no window to tell of. */
static void no_window_no_snapshot(void)
{
	bed_boot(64 * MIB, false, false);
	bed_trace_start();
	pkmap_snapshot();
	bed_trace_stop();
	EXPECT(!BED_FIND(pkmap_state));
}

static const struct test tests[] = {
	TEST(a_slot_lives_through_its_counts),
	TEST(slots_are_flushed_together_when_the_turn_comes_round),
	TEST(every_slot_comes_round_again),
	TEST(a_full_window_refuses),
	TEST(kunmap_without_kmap_is_refused),
	TEST(a_slot_outlives_the_free_of_its_page),
	TEST(low_pages_have_their_address_already),
	TEST(kmap_atomic_has_a_slot_for_each_use),
	TEST(fixmap_has_the_slots_of_its_configuration),
	TEST(without_highmem_kmap_is_arithmetic),
	TEST(random_kmaps_follow_the_model),
	TEST(the_trace_tells_each_step),
	TEST(a_wrap_is_one_flush_in_the_trace),
	TEST(every_broken_slot_is_found),
	TEST(no_window_no_snapshot),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		bed_seed = (u32)strtoul(argv[1], NULL, 0) | 1;
	printf("seed %u\n", bed_seed);
	return run_tests(tests, COUNT(tests));
}

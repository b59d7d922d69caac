/* SPDX-License-Identifier: MIT */
/*
 * published.c - the cases other projects test their allocators with, as their
 * names and descriptions say: the four of drm_buddy_test (Linux), four of
 * test_vmalloc (Linux).
 */
#include "mm/mm_priv.h"
#include "expected.h"
#include "sim.h"
#include "../lib/claim.h"

/* ---- drm_buddy: a zone of one 2 MiB block ---- */

static struct page *block[513];

static void one_block(void)
{
	u32 sizes[3] = { 512, 0, 0 };

	model_start(sizes, NULL);
	EXPECT_EQ(zones[0].free_pages, 512);
}

static struct page *get(unsigned order)
{
	return rmqueue(&zones[0], order);
}

static void invariants(void)
{
	EXPECT_EQ(mm_check(), 0);
}

/* Takes one block of each order below `top`, the largest first, and frees it
 * until only half the memory is in use but nothing above order 0 is left. */
static void pathological(void)
{
	for (unsigned top = 9; top > 0; top--) {
		unsigned n = 0;

		one_block();
		for (unsigned order = top; order-- > 0;) {
			block[n] = get(order);
			EXPECT(block[n]);
			n++;
		}
		for (unsigned i = 0; i + 1 < n; i++) /* free the largest, whittle down */
			__free_pages(block[i], top - 1 - i);
		__free_pages(block[n - 1], 0);
		invariants();
		n = 0;
		while ((block[n] = get(0)))
			n++;
		EXPECT_EQ(n, 512);
		for (unsigned i = 0; i < n; i++) /* every second page */
			if (page_pfn(block[i]) & 1)
				__free_pages(block[i], 0);
		invariants();
		for (unsigned order = 1; order <= 9; order++)
			EXPECT(!get(order));
	}
}

/* Orders in a random permutation; all of each; check; free; check. */
static void smoke(void)
{
	unsigned orders[MAX_ORDER];

	for (unsigned i = 0; i < MAX_ORDER; i++)
		orders[i] = i;
	one_block();
	for (unsigned i = 0; i < MAX_ORDER; i++) {
		unsigned j = i + rnd(MAX_ORDER - i), order = orders[j], n = 0;

		orders[j] = orders[i];
		while ((block[n] = get(order)))
			n++;
		EXPECT_EQ(n, 512u >> order);
		invariants();
		while (n)
			__free_pages(block[--n], order);
		invariants();
		EXPECT_EQ(zones[0].free_pages, 512);
	}
}

/* One of every order fits, and then the zone is full but for one page. */
static void optimistic(void)
{
	one_block();
	for (unsigned order = 9; order-- > 0;)
		EXPECT(block[order] = get(order));
	EXPECT(get(0));
	EXPECT(!get(0));
	invariants();
}

/* All memory as one block of each order and one page more; freed from the
 * smallest up, each free must make the next larger order available. */
static void pessimistic(void)
{
	struct page *last;

	one_block();
	for (unsigned order = 0; order < 9; order++)
		EXPECT(block[order] = get(order));
	EXPECT(last = get(0));
	EXPECT(!get(0));
	__free_pages(last, 0);
	for (unsigned order = 0; order < 9; order++) {
		struct page *page;

		EXPECT(!get(order + 1));
		__free_pages(block[order], order);
		EXPECT(page = get(order + 1));
		__free_pages(page, order + 1);
		invariants();
	}
	EXPECT(get(9));
}

/* ---- test_vmalloc ---- */

#define AREAS 15000
static vaddr_t area[AREAS];

static void machine(void)
{
	struct sim_machine m = sim_default(256 << 20);

	sim_console = NULL;
	EXPECT(sim_boot(&m));
	sim_fill_slab_pool();
}

/* The first byte of an area proves its mapping. */
static vaddr_t take(u32 pages)
{
	vaddr_t addr = vmalloc(pages * PAGE_SIZE);
	char one = 1, back = 0;

	if (!addr)
		return 0;
	EXPECT_EQ(vwrite(&one, addr + (pages - 1) * PAGE_SIZE, 1), 1);
	EXPECT_EQ(vread(&back, addr + (pages - 1) * PAGE_SIZE, 1), 1);
	EXPECT_EQ(back, 1);
	return addr;
}

static void fix_size_alloc(void)
{
	u32 free;

	machine();
	vfree(take(10));
	free = nr_free_pages();
	for (int i = 0; i < 10000; i++) {
		vaddr_t addr = take(10);

		EXPECT_EQ(addr, vmalloc_start());
		vfree(addr);
	}
	EXPECT_EQ(nr_free_pages(), free);
}

static void full_fit_alloc(void)
{
	machine();
	for (int i = 0; i < 8192; i++)
		EXPECT(area[i] = take(1));
	for (int i = 0; i < 8192; i += 2)
		vfree(area[i]);
	EXPECT_EQ(mm_check(), 0);
	for (int i = 0; i < 8192; i += 2)
		EXPECT_EQ(take(1), area[i]);
	for (int i = 0; i < 8192; i++)
		vfree(area[i]);
	EXPECT(!vmlist);
	EXPECT_EQ(mm_check(), 0);
}

static void long_busy_list_alloc(void)
{
	machine();
	for (int i = 0; i < AREAS; i++)
		EXPECT(area[i] = take(1));
	for (int i = 0; i < 2000; i++) {
		vaddr_t a = take(100), b = take(1);

		EXPECT(a && b);
		vfree(a);
		vfree(b);
	}
	EXPECT_EQ(mm_check(), 0);
	for (int i = 0; i < AREAS; i++)
		vfree(area[i]);
	EXPECT(!vmlist);
}

static void random_size_alloc(void)
{
	machine();
	for (int i = 0; i < 10000; i++) {
		vaddr_t addr = take(1 + rnd(100));

		EXPECT(addr);
		vfree(addr);
	}
	EXPECT_EQ(mm_check(), 0);
}

static const struct test tests[] = {
	TEST(pathological),         TEST(smoke),
	TEST(optimistic),           TEST(pessimistic),
	TEST(fix_size_alloc),       TEST(full_fit_alloc),
	TEST(long_busy_list_alloc), TEST(random_size_alloc),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

/* SPDX-License-Identifier: MIT */
/*
 * failnth.c - for every public operation that allocates: the first allocation
 * fails, then the second, ... until one run needs no more; then all from the
 * nth on.  After each, memory is as it was but for page tables, which stay, all
 * invariants hold, the trace is balanced, and the next try succeeds.
 */
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"
#include "bed.h"
#include "../lib/claim.h"

/* An operation: true if it succeeded; and its inverse. */
struct operation {
	const char *name;
	bool (*run)(void);
	void (*undo)(void);
};

static vaddr_t at;
static struct page *pages[3];
static struct mm_struct mm;
static void *object;
static kmem_cache_t *cache;
static struct vm_struct *area;

static void undo_vfree(void)
{
	vfree(at);
}
static bool vmalloc_1(void)
{
	return (at = vmalloc(PAGE_SIZE)) != 0;
}
static bool vmalloc_5(void)
{
	return (at = vmalloc_32(5 * PAGE_SIZE)) != 0;
}
static bool vmalloc_1025(void)
{
	return (at = vmalloc(1025 * PAGE_SIZE)) != 0;
}
static bool vmalloc_dma_20(void)
{
	return (at = vmalloc_dma(20 * PAGE_SIZE)) != 0;
}

static bool run_vmap(void)
{
	for (int i = 0; i < 3; i++)
		pages[i] = alloc_pages(GFP_KERNEL, 0);
	at = pages[0] && pages[1] && pages[2] ? vmap(pages, 3, VM_ALLOC, page_kernel_prot()) : 0;
	if (at)
		return true;
	for (int i = 0; i < 3; i++)
		if (pages[i])
			__free_pages(pages[i], 0);
	return false;
}

static void undo_vmap(void)
{
	vunmap(at);
	for (int i = 0; i < 3; i++)
		__free_pages(pages[i], 0);
}

static bool run_ioremap(void)
{
	return (at = ioremap(0xE0000000, 5 << 20)) != 0;
}
static bool run_nocache(void)
{
	return (at = ioremap_nocache(0xE0000000, 1)) != 0;
}
static void undo_ioremap(void)
{
	iounmap(at);
}
static bool run_area(void)
{
	return (area = get_vm_area(PAGE_SIZE, VM_ALLOC)) != NULL;
}
static void undo_area(void)
{
	vfree(area->addr);
}
static bool run_mm(void)
{
	return mm_create(&mm);
}
static void undo_mm(void)
{
	mm_drop(&mm);
}

static bool run_user(void)
{
	if (!mm_create(&mm))
		return false;
	mm_switch(&mm);
	if (mm_map_user(&mm, 0x8000000))
		return true;
	mm_drop(&mm);
	return false;
}

static bool run_kmalloc(void)
{
	return (object = kmalloc(70000, GFP_KERNEL)) != NULL;
}
static bool run_small(void)
{
	return (object = kmalloc(100, GFP_KERNEL)) != NULL;
}
static void undo_kfree(void)
{
	kfree(object);
}

/* A new cache, and an object whose slab is described outside of it. */
static bool run_cache(void)
{
	cache = kmem_cache_create("of 700 bytes", 700);
	object = cache ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;
	if (cache && !object)
		kmem_cache_destroy(cache);
	return object;
}

static void undo_cache(void)
{
	kmem_cache_free(cache, object);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

static bool run_block(void)
{
	return (pages[0] = alloc_pages(GFP_DMA | GFP_KERNEL, 4)) != NULL;
}
static void undo_block(void)
{
	__free_pages(pages[0], 4);
}
static bool run_pages(void)
{
	return (at = __get_free_pages(GFP_KERNEL, 3)) != 0;
}
static void undo_pages(void)
{
	free_pages(at, 3);
}
static bool run_zeroed(void)
{
	return (at = get_zeroed_page(GFP_ATOMIC)) != 0;
}
static void undo_zeroed(void)
{
	free_pages(at, 0);
}

static const struct operation operations[] = {
	{ "vmalloc of 1 page", vmalloc_1, undo_vfree },
	{ "vmalloc_32 of 5 pages", vmalloc_5, undo_vfree },
	{ "vmalloc of 1025 pages, 2 tables", vmalloc_1025, undo_vfree },
	{ "vmalloc_dma of 20 pages", vmalloc_dma_20, undo_vfree },
	{ "vmap", run_vmap, undo_vmap },
	{ "ioremap of 5 MiB", run_ioremap, undo_ioremap },
	{ "ioremap_nocache of a byte", run_nocache, undo_ioremap },
	{ "get_vm_area", run_area, undo_area },
	{ "an address space", run_mm, undo_mm },
	{ "a user page", run_user, undo_mm },
	{ "kmalloc of 70000 bytes", run_kmalloc, undo_kfree },
	{ "kmalloc of 100 bytes", run_small, undo_kfree },
	{ "a cache and an object of it", run_cache, undo_cache },
	{ "alloc_pages of order 4", run_block, undo_block },
	{ "__get_free_pages", run_pages, undo_pages },
	{ "get_zeroed_page", run_zeroed, undo_zeroed },
};

static u32 tables(void)
{
	u32 n = 0;

	for (vaddr_t addr = vmalloc_start(); addr < vmalloc_end() - 0x400000; addr += 0x400000)
		n += *pgd_offset_k(addr) != 0;
	return n;
}

/* Slabs, too, may keep a page: what was there and is not lost. */
static u32 memory(void)
{
	kmem_cache_shrink_all(GFP_KERNEL);
	return bed_free_pages() + tables();
}

/* Enters and exits pair up, and so do pages and their frees. */
static void trace_is_balanced(void)
{
	struct bed_event event;
	int depth = 0;

	while (bed_next(&event)) {
		depth += event.id == PS_ID_vmalloc_enter || event.id == PS_ID_vfree_enter;
		depth -= event.id == PS_ID_vmalloc_exit || event.id == PS_ID_vfree_exit;
		EXPECT(depth >= 0);
	}
	EXPECT_EQ(depth, 0);
}

/* One run with the nth allocation of a kind failing; true if none failed. */
static bool with_failure(const struct operation *op, enum fail_kind kind, unsigned n, bool from)
{
	u32 before = memory();
	bool unharmed, ok;

	bed_trace_start();
	fail_nth(kind, n, from);
	ok = op->run();
	fail_nth(kind, 2000000000, false); /* how many are left does not matter */
	unharmed = ok;
	fail_nth(kind, 0, false);
	if (ok)
		op->undo();
	bed_trace_stop();
	trace_is_balanced();
	if (memory() != before)
		FAIL_TEST("%s, kind %d, n %u: %d pages lost", op->name, (int)kind, n,
			  (int)(before - memory()));
	return unharmed;
}

static void every_failure(const struct operation *op, enum fail_kind kind, bool from)
{
	unsigned n = 1;

	while (!with_failure(op, kind, n, from))
		if (++n > 3000)
			FAIL_TEST("%s: does not end", op->name);
	if (!op->run())
		FAIL_TEST("%s: fails afterwards", op->name);
	op->undo();
}

/* Tracing and not: pages one by one, and in runs. */
static void every_operation(bool nopentium, bool from)
{
	for (size_t i = 0; i < COUNT(operations); i++)
		for (int kind = 0; kind < FAIL_KINDS; kind++) {
			bed_boot(16 << 20, false, nopentium);
			every_failure(&operations[i], (enum fail_kind)kind, from);
		}
}

static void nth_fails(void)
{
	every_operation(false, false);
}
static void all_fail_from_nth_on(void)
{
	every_operation(false, true);
}
static void nth_fails_without_pse(void)
{
	every_operation(true, false);
}

static const struct test tests[] = {
	TEST(nth_fails),
	TEST(all_fail_from_nth_on),
	TEST(nth_fails_without_pse),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

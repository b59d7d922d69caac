/* SPDX-License-Identifier: MIT */
/*
 * vmtest.c - a module, itself in vmalloc memory, that allocates more of it.
 *
 * At loading it takes three areas, writes a pattern to the pages of the middle
 * one, frees the first, and checks that the next area of the same size gets the
 * hole (first fit) and that the pattern still stands.  The areas it keeps are
 * given back when it is unloaded.
 */
#include "modules/modules.h"

MODULE(vmtest);

#define FIRST  (256u << 10)
#define MIDDLE 5000u /* two pages */

static vaddr_t first = 0, middle = 0, last = 0;
static u32 pattern[] = { 0x12345678, 0x9abcdef0, 0x0f1e2d3c }; /* .data */

static bool pattern_stands(vaddr_t addr)
{
	u32 got[3] = { 0 };

	vread((char *)got, addr, sizeof got);
	return !memcmp(got, pattern, sizeof got);
}

static void give_back(void)
{
	vfree(last);
	vfree(middle);
	vfree(first);
	first = middle = last = 0;
}

static bool check(void)
{
	vaddr_t hole = first;

	if (!first || !middle || !last)
		return false;
	/* across a page border, hence across two frames */
	vwrite((const char *)pattern, middle + PAGE_SIZE - 4, sizeof pattern);
	vfree(first);
	first = vmalloc(FIRST);
	return first == hole && pattern_stands(middle + PAGE_SIZE - 4);
}

int init_module(void)
{
	first = vmalloc(FIRST);
	middle = vmalloc(MIDDLE);
	last = vmalloc(1);
	if (check()) {
		printk("vmtest: %u bytes at %08x, %u at %08x, 1 at %08x: as it should be\n", FIRST,
		       first, MIDDLE, middle, last);
		return 0;
	}
	printk("vmtest: the areas are not as they should be: %08x %08x %08x\n", first, middle,
	       last);
	give_back();
	return -1;
}

void cleanup_module(void)
{
	if (!pattern_stands(middle + PAGE_SIZE - 4))
		printk("vmtest: somebody wrote to my memory at %08x\n", middle);
	give_back();
}

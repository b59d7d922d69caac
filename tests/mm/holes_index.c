/* SPDX-License-Identifier: MIT */
/*
 * holes_index.c - the checks of kernel/alloc/holes.c notice an index that does not
 * agree with vmlist.  It is built with ALLOC=kernel/alloc/holes.c only, by
 * tests/alloc/alternatives.sh: the reference has no index.
 */
#include "mm/mm_priv.h"
#include "bed.h"
#include "../lib/claim.h"

/* The console says `text`. */
static void said(const char *text)
{
	EXPECT_TEXT(bed_console(), text);
	bed_console_clear();
}

/* Descriptors changed behind the index's back. */
static void damaged_index(void)
{
	vaddr_t addr[40];
	struct vm_struct *area;

	bed_boot(32 << 20, false, false);
	for (int i = 0; i < 40; i++)
		addr[i] = vmalloc(6 * PAGE_SIZE);
	vfree(addr[3]);
	vfree(addr[30]);
	EXPECT_EQ(mm_check(), 0);
	area = vmlist->next->next;
	area->size += PAGE_SIZE;
	EXPECT(mm_check());
	said("largest gap of bucket");
	area->size -= PAGE_SIZE;
	area->addr += 0x10000;
	EXPECT(mm_check());
	said("of vmlist's index is wrong");
	area->addr -= 0x10000;
	area = vmlist->next;
	vmlist->next = area->next;
	EXPECT(mm_check());
	said("areas counted");
	vmlist->next = area;
	EXPECT_EQ(mm_check(), 0);
}

static const struct test tests[] = {
	{ "damaged_index", damaged_index },
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

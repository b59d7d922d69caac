/* SPDX-License-Identifier: MIT */
/*
 * noguard.c - first fit with a mistake, for docs/debugger.md: it takes a hole that
 * has room for the area but not for its guard page.  Replaces mm/place.h.
 */
#define OWN_PLACE
#include_next "mm/place.h"

static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	struct vm_struct **link = &vmlist;
	vaddr_t at = vmalloc_start();

	for (; *link; link = &(*link)->next) {
		if ((*link)->addr - at >= size - PAGE_SIZE && (*link)->addr != at)
			break;
		at = (*link)->addr + (*link)->size;
	}
	*addr = at;
	return at + size <= vmalloc_end() ? link : NULL;
}

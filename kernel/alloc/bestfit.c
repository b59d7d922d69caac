/* SPDX-License-Identifier: MIT */
/*
 * bestfit.c - get_vm_area takes the smallest hole that will do, the lowest of
 * equal ones.  Replaces mm/place.h.
 *
 * The hope of best fit is to keep large holes whole.  Its price is a walk over
 * the whole list, every time.
 */
#define OWN_PLACE
#include_next "mm/place.h"

static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	struct vm_struct **link = &vmlist, **best = NULL;
	vaddr_t at = vmalloc_start();
	u32 smallest = ~0u;

	for (;; link = &(*link)->next) {
		vaddr_t end = *link ? (*link)->addr : vmalloc_end();
		u32 hole = end > at ? end - at : 0;

		if (hole >= size && hole < smallest) {
			smallest = hole;
			best = link;
			*addr = at;
		}
		if (!*link)
			return best;
		at = (*link)->addr + (*link)->size;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * nextfit.c - get_vm_area goes on looking where the last area ended, and comes
 * round to the bottom when nothing is left above.  Replaces mm/place.h.
 *
 * A freed address is not used again soon: a pointer kept too long then faults,
 * where first fit would let it read the next owner's memory.  The price is that
 * areas spread over the whole window, and each new 4 MiB of it wants a page table
 * that is never given back.
 */
#define OWN_PLACE
#include_next "mm/place.h"

static vaddr_t rover; /* where the last area ended */

/* The first hole at or above `from`; NULL: none. */
static struct vm_struct **hole_above(vaddr_t from, u32 size, vaddr_t *addr)
{
	struct vm_struct **link = &vmlist;
	vaddr_t at = vmalloc_start(), start;

	for (;; link = &(*link)->next) {
		vaddr_t end = *link ? (*link)->addr : vmalloc_end();

		start = at < from ? from : at;
		if (end > start && end - start >= size) {
			*addr = start;
			return link;
		}
		if (!*link)
			return NULL;
		at = (*link)->addr + (*link)->size;
	}
}

static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	struct vm_struct **link;

	if (rover < vmalloc_start()) /* at the start */
		rover = vmalloc_start();
	link = hole_above(rover, size, addr);
	if (!link)
		link = hole_above(vmalloc_start(), size, addr);
	if (link)
		rover = *addr + size;
	return link;
}

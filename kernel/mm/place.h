/* SPDX-License-Identifier: MIT */
/*
 * place.h - which hole between VMALLOC_START and VMALLOC_END a new area takes,
 * and how an area is found again: by walking vmlist, as 2.4.22 does.  vmalloc.c
 * is the only file that includes it.
 *
 * `make ALLOC=FILE` puts FILE in the place of this header (docs/alternatives.md).
 * It defines OWN_PLACE, includes this header, and defines place:
 *
 *	static struct vm_struct **place(u32 size, vaddr_t *addr);
 *
 * size, in bytes, has the guard page in it.  *addr becomes the address of the new
 * area; the result is the pointer (vmlist or some area's `next`) that is to lead
 * to it, so that the list stays in ascending order.  NULL: no hole will do.  Or it
 * defines all that stands here, for a way of its own to find areas.
 */
#ifndef MM_PLACE_H
#define MM_PLACE_H

static struct vm_struct **place(u32 size, vaddr_t *addr);

#ifndef OWN_PLACE
/*
 * First fit.  2.4.22 tests for the end of the window inside the loop, so that an
 * empty list accepts any size: a fault, kept for quirks.  An area accepted so may
 * wrap past 4 GiB; as there, its end is then passed over.
 */
static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	struct vm_struct **link, *area;
	vaddr_t at = vmalloc_start(), end;

	for (link = &vmlist; (area = *link); link = &area->next) {
		if (area->addr - at >= size)
			break;
		end = area->addr + area->size;
		if (end > at)
			at = end;
	}
	end = at + size;
	if (!area && (end > vmalloc_end() || end < at) && (vmlist || !quirks))
		return NULL;
	*addr = at;
	return link;
}
#endif

/* Puts `area` where *link points. */
static void link_area(struct vm_struct **link, struct vm_struct *area)
{
	area->next = *link;
	*link = area;
}

/* Takes the area *link points to off the list. */
static void unlink_area(struct vm_struct **link)
{
	*link = (*link)->next;
}

/* The pointer to the area that starts at addr; NULL: there is none. */
static struct vm_struct **find_area(vaddr_t addr)
{
	struct vm_struct **link;

	for (link = &vmlist; *link; link = &(*link)->next)
		if ((*link)->addr == addr)
			return link;
	return NULL;
}

/* Another way to find areas may have something to forget, and to check. */
void vmalloc_reset(void)
{
	vmlist = NULL;
}

unsigned vm_index_check(void)
{
	return 0;
}

#endif

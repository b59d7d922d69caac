/* SPDX-License-Identifier: MIT */
/*
 * layout.c - how much memory there is, and where linear addresses are cut.
 *
 * init.c finds the sizes out at boot; every other file reads them.  From below:
 *
 *	PAGE_OFFSET	the linear map, up to high_memory
 *	VMALLOC_START	vmalloc's region, 8 MiB or more above it
 *	PKMAP_BASE	kmap's window, with high memory only
 *	FIXADDR_START	the fixmap, up to FIXADDR_TOP
 */
#include "mm/mm_priv.h"

bool quirks, have_highmem;
u32 boot_seed;
u32 max_pfn, max_low_pfn, num_physpages;
vaddr_t high_memory;
u32 nr_fixmap_slots;

vaddr_t fixaddr_start(void)
{
	return FIXADDR_TOP - nr_fixmap_slots * PAGE_SIZE;
}

vaddr_t vmalloc_end(void)
{
	return (have_highmem ? PKMAP_BASE : fixaddr_start()) - 2 * PAGE_SIZE;
}

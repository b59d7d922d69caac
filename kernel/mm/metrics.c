/* SPDX-License-Identifier: MIT */
/*
 * metrics.c - figures of fragmentation.
 *
 * With n[i] free blocks of order i: F = sum n[i] 2^i pages, B = sum n[i] blocks.
 * The two indices are those of later kernels (mm/vmstat.c), which 2.4.22 lacks;
 * they answer different questions and are both needed: a full zone has an
 * unusable index of 1000 and a fragmentation index near 0.
 */
#include "mm/metrics.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"

void zone_free_counts(unsigned nr, u32 nr_free[MAX_ORDER])
{
	const zone_t *zone = &zones[nr];

	for (unsigned order = 0; order < MAX_ORDER; order++) {
		const struct list_head *head = &zone->free_area[order].free_list, *pos;

		nr_free[order] = 0;
		if (zone->size)
			list_for_each(pos, head)
				nr_free[order]++;
	}
}

u32 free_counts_pages(const u32 nr_free[MAX_ORDER])
{
	u32 pages = 0;

	for (unsigned i = 0; i < MAX_ORDER; i++)
		pages += nr_free[i] << i;
	return pages;
}

s32 unusable_free_index(const u32 nr_free[MAX_ORDER], unsigned order)
{
	u32 all = free_counts_pages(nr_free), usable = 0;

	if (!all)
		return 1000;
	for (unsigned i = order; i < MAX_ORDER; i++)
		usable += nr_free[i] << i;
	return (s32)((all - usable) * 1000 / all); /* 2^20 pages at most: no overflow */
}

s32 fragmentation_index(const u32 nr_free[MAX_ORDER], unsigned order)
{
	u32 all = free_counts_pages(nr_free), blocks = 0;

	for (unsigned i = 0; i < MAX_ORDER; i++)
		blocks += nr_free[i];
	if (!blocks)
		return 0;
	for (unsigned i = order; i < MAX_ORDER; i++)
		if (nr_free[i])
			return -1000;
	return 1000 - (s32)((1000 + all * 1000 / (1u << order)) / blocks);
}

u32 buddy_rounding_waste(u32 pages)
{
	u32 granted = 1;

	while (granted < pages)
		granted <<= 1;
	return granted - pages;
}

/* a of b per mille, b >= a, without 64-bit division. */
static u32 permille_of(u32 a, u32 b)
{
	if (!b)
		return 0;
	return a <= ~0u / 1000 ? a * 1000 / b : a / (b / 1000);
}

u32 kmalloc_waste(u32 *permille)
{
	u32 granted, requested;

	kmalloc_usage(&granted, &requested);
	*permille = permille_of(granted - requested, granted);
	return granted - requested;
}

static void see_hole(struct vmalloc_usage *usage, u64 from, u64 to)
{
	if (to > from && to - from > usage->chunk)
		usage->chunk = (u32)(to - from);
}

/* Page tables of the region: each directory slot it touches that has one. */
static u32 region_tables(vaddr_t start, vaddr_t end)
{
	u32 tables = 0;

	for (u32 slot = start >> PGDIR_SHIFT; slot <= (end - 1) >> PGDIR_SHIFT; slot++)
		if (*pgd_offset_k(slot << PGDIR_SHIFT) & _PAGE_PRESENT)
			tables++;
	return tables;
}

u32 vmalloc_tables(void)
{
	u32 tables = 0;

	for (u32 slot = vmalloc_start() >> PGDIR_SHIFT; slot <= (vmalloc_end() - 1) >> PGDIR_SHIFT;
	     slot++) /* pmd_populate's flags differ from those of the boot's tables */
		tables += (*pgd_offset_k(slot << PGDIR_SHIFT) & ~PAGE_MASK) == _PAGE_TABLE;
	return tables;
}

void vmalloc_usage(struct vmalloc_usage *usage)
{
	vaddr_t start = vmalloc_start(), end = vmalloc_end();
	u64 at = start; /* an area can end at 4 GiB under quirks */
	u32 unused;

	*usage = (struct vmalloc_usage){ .total = end - start };
	for (const struct vm_struct *area = vmlist; area; area = area->next) {
		see_hole(usage, at, area->addr);
		at = (u64)area->addr + area->size;
		usage->used += area->size;
		usage->areas++;
	}
	see_hole(usage, at, end);
	usage->guards = usage->areas * PAGE_SIZE;
	usage->tables = region_tables(start, end);
	/* Areas can lie past the end under quirks; then nothing is unused. */
	unused = usage->used < usage->total ? (usage->total - usage->used) >> PAGE_SHIFT : 0;
	if (unused)
		usage->external = 1000 - (usage->chunk >> PAGE_SHIFT) * 1000 / unused;
}

void scatter_add(struct scatter *s, u32 pfn, u32 previous)
{
	if (!s->pages || pfn != previous + 1)
		s->runs_up++;
	if (!s->pages || pfn != previous - 1)
		s->runs_down++;
	if (!s->pages || pfn < s->lowest)
		s->lowest = pfn;
	if (!s->pages || pfn > s->highest)
		s->highest = pfn;
	s->pages++;
}

void scatter_done(struct scatter *s)
{
	if (s->pages < 2) {
		s->contiguity_up = s->contiguity_down = 1000;
		return;
	}
	s->contiguity_up = (s->pages - s->runs_up) * 1000 / (s->pages - 1);
	s->contiguity_down = (s->pages - s->runs_down) * 1000 / (s->pages - 1);
}

void area_scatter(vaddr_t addr, u32 bytes, struct scatter *s)
{
	u32 previous = 0;

	*s = (struct scatter){ 0 };
	for (u32 offset = 0; offset < bytes; offset += PAGE_SIZE) {
		const u32 *pte = pte_lookup(addr + offset);

		if (!pte || !(*pte & _PAGE_PRESENT))
			continue;
		scatter_add(s, *pte >> PAGE_SHIFT, previous);
		previous = *pte >> PAGE_SHIFT;
	}
	scatter_done(s);
}

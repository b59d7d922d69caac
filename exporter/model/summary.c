/* SPDX-License-Identifier: MIT */
/* summary.c - see summary.h. */
#include "model/summary.h"

#include <stdlib.h>

/* ---- zones ---- */

u32 managed_pages(const struct model *m, const struct zone *z)
{
	u32 pages = 0;

	for (u32 i = 0; i < z->size && z->start + i < m->nr_frames; i++)
		pages += m->frame[z->start + i].state != FRAME_RESERVED;
	return pages;
}

int fragmentation_index(const struct zone *z, unsigned order)
{
	u32 pages = 0, blocks = 0;

	for (unsigned k = 0; k < zone_orders(z); k++) {
		pages += z->nr_free[k] << k;
		blocks += z->nr_free[k];
		if (k >= order && z->nr_free[k])
			return -1000;
	}
	return blocks ? 1000 - (int)((1000 + (u64)pages * 1000 / (1u << order)) / blocks) : 0;
}

/* ---- the vmalloc region ---- */

void vmalloc_usage(struct vmalloc_usage *u, struct model *m)
{
	const struct table *reference = model_reference(m);
	u32 start = m->info.vmalloc_start, end = m->info.vmalloc_end;
	u64 at = start;

	*u = (struct vmalloc_usage){ .total = end - start };
	for (unsigned n = 0; n < m->nr_areas; n++) {
		const struct area *a = &m->area[n];

		u->used += a->size;
		u->guards += 4096;
		if (a->addr > at && a->addr - at > u->chunk)
			u->chunk = a->addr - at;
		at = (u64)a->addr + a->size;
	}
	if (end > at && end - at > u->chunk)
		u->chunk = end - at;
	for (u32 slot = pgd_slot(start); slot <= pgd_slot(end - 1); slot++)
		u->tables += reference && is_table(m, reference->entry[slot]) ? 4096 : 0;
}

static int by_start_down(const void *x, const void *y)
{
	const struct range *a = x, *b = y;

	return (a->start < b->start) - (a->start > b->start);
}

/* The regions of a kernel that is not of Linux's kind, by its own names. */
static unsigned named_ranges(const struct model *m, struct range *range)
{
	for (unsigned n = 0; n < m->nr_regions; n++) {
		const struct named_region *r = &m->region[n];

		range[n] = (struct range){ r->name, r->start, r->end - r->start };
	}
	qsort(range, m->nr_regions, sizeof(*range), by_start_down);
	return m->nr_regions;
}

unsigned layout_ranges(const struct model *m, struct range range[MAX_RANGES])
{
	const struct ps_ev_trace_info *i = &m->info;
	unsigned nr = 0;

	if (!(i->machine & PS_MACHINE_REFERENCE))
		return named_ranges(m, range);
	if (i->fixaddr_start < i->fixaddr_top)
		range[nr++] = (struct range){ "fixmap", i->fixaddr_start + 4096,
					      i->fixaddr_top - i->fixaddr_start };
	if (i->pkmap_base)
		range[nr++] = (struct range){ "pkmap", i->pkmap_base, 1024 * 4096 };
	range[nr++] = (struct range){ "vmalloc", i->vmalloc_start,
				      i->vmalloc_end - i->vmalloc_start };
	range[nr++] = (struct range){ "gap", i->high_memory, i->vmalloc_start - i->high_memory };
	range[nr++] = (struct range){ "lowmem", i->page_offset, i->high_memory - i->page_offset };
	return nr;
}

/* ---- page tables ---- */

static void add_page(void *to, u32 addr, u32 bytes, u32 entry)
{
	struct page_runs *r = to;
	bool large = bytes != 4096;
	u32 flags = entry & 0xfff & ~PTE_HARDWARE;
	struct page_run *last = r->nr ? &r->run[r->nr - 1] : NULL;

	if (!last || last->end != addr || last->flags != flags || last->large != large) {
		if (r->nr == r->cap) {
			r->cap = r->cap ? r->cap * 2 : 64;
			r->run = ps_realloc(r->run, r->cap * sizeof(*r->run));
		}
		last = &r->run[r->nr++];
		*last = (struct page_run){ .start = addr, .flags = flags, .large = large };
	}
	last->end = (u64)addr + bytes;
}

/* Calls fn for each entry that maps a page, in order of address. */
static void each_page(struct model *m, const struct table *d,
		      void (*fn)(void *to, u32 addr, u32 bytes, u32 entry), void *to)
{
	for (u32 slot = 0; slot < PGDIR_SLOTS; slot++) {
		u32 pde = d->entry[slot];
		struct table *t;

		if (!(pde & PTE_PRESENT))
			continue;
		if (is_large(m, pde)) {
			fn(to, slot << 22, 1u << 22, pde);
			continue;
		}
		t = model_table(m, pde >> 12);
		for (u32 i = 0; t && i < PGDIR_SLOTS; i++)
			if (t->entry[i] & PTE_PRESENT)
				fn(to, slot << 22 | i << 12, 4096, t->entry[i]);
	}
}

void page_runs_collect(struct page_runs *r, struct model *m, const struct table *d)
{
	*r = (struct page_runs){ 0 };
	each_page(m, d, add_page, r);
}

static void add_linear(void *to, u32 addr, u32 bytes, u32 entry)
{
	struct linear_runs *r = to;
	struct linear_run *last = r->nr ? &r->run[r->nr - 1] : NULL;
	u32 phys = entry & ~(bytes - 1);

	if (!last || last->end != addr || phys - last->phys != addr - last->start) {
		if (r->nr == r->cap) {
			r->cap = r->cap ? r->cap * 2 : 64;
			r->run = ps_realloc(r->run, r->cap * sizeof(*r->run));
		}
		last = &r->run[r->nr++];
		*last = (struct linear_run){ .start = addr, .phys = phys };
	}
	last->end = (u64)addr + bytes;
}

void linear_runs_collect(struct linear_runs *r, struct model *m, const struct table *d)
{
	*r = (struct linear_runs){ 0 };
	each_page(m, d, add_linear, r);
}

void linear_runs_free(struct linear_runs *r)
{
	free(r->run);
	*r = (struct linear_runs){ 0 };
}

void page_runs_free(struct page_runs *r)
{
	free(r->run);
	*r = (struct page_runs){ 0 };
}

/* ---- slabs ---- */

u32 active_slabs(const struct model *m, const struct cache *c)
{
	u32 slabs = 0;

	for (unsigned list = LIST_FULL; list <= LIST_PARTIAL; list++)
		for (u32 pfn = c->first[list]; pfn != NIL; pfn = m->frame[pfn].next)
			slabs++;
	return slabs;
}

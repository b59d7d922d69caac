/* SPDX-License-Identifier: MIT */
/* model.c - beginning, end and questions; see model.h. */
#include "model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const owner_names[NR_OWNERS] = { "reserved",  "free", "kernel", "vmalloc",
					     "pagetable", "slab", "user",   "unknown" };

const char *const mmu_area_names[NR_MMU_AREAS] = {
	"user", "linear map", "vmalloc", "ioremap", "kmap", "fixmap", "any address",
};

void model_init(struct model *m, void (*found)(void *, enum rule, u64, u64, const char *),
		void *ctx)
{
	memset(m, 0, sizeof(*m));
	m->found = found;
	m->ctx = ctx;
	m->last_table_pfn = m->free_object = NIL;
	m->flush_epoch = 1;
	for (unsigned id = 0; id < NR_CACHES; id++)
		for (unsigned l = 0; l < 4; l++)
			m->cache[id].first[l] = m->cache[id].last[l] = NIL;
}

void model_free(struct model *m)
{
	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		for (unsigned k = 0; k < PS_MAX_ORDERS; k++)
			free(m->zone[z].bits[k]);
	for (unsigned i = 0; i < m->nr_tables; i++) {
		free(m->table[i]->meant);
		free(m->table[i]);
	}
	for (unsigned id = 0; id < NR_CACHES; id++)
		free(m->cache[id].name);
	ps_map_free(&m->table_of);
	ps_map_free(&m->object_of);
	free(m->table);
	free(m->frame);
	free(m->area);
	free(m->stale);
	free(m->object);
}

static void found(struct model *m, u64 i, u64 t, enum rule rule, const char *fmt, va_list ap)
{
	char text[400];

	if (!m->found)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	m->found(m->ctx, rule, i, t, text);
}

void model_found(struct model *m, enum rule rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	found(m, m->i, m->t, rule, fmt, ap);
	va_end(ap);
}

void model_found_at(struct model *m, u64 i, u64 t, enum rule rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	found(m, i, t, rule, fmt, ap);
	va_end(ap);
}

/* ---- frames ---- */

enum owner_class model_owner(const struct model *m, u32 pfn)
{
	const struct frame *f = model_frame(m, pfn);

	if (!f || f->state == FRAME_RESERVED)
		return OWNER_RESERVED;
	if (f->state == FRAME_FREE)
		return OWNER_FREE;
	if (f->tables || ps_map_get(&m->table_of, pfn, NULL))
		return OWNER_PAGETABLE;
	if (f->state == FRAME_UNKNOWN && !f->maps && !f->users)
		return OWNER_UNKNOWN;
	if (f->cache)
		return OWNER_SLAB;
	if (f->maps)
		return OWNER_VMALLOC;
	if (f->users)
		return OWNER_USER;
	return OWNER_KERNEL;
}

u32 model_free_block(const struct model *m, u32 pfn, unsigned *order)
{
	const struct frame *f = model_frame(m, pfn);

	if (!f || f->zone >= PS_MAX_ZONES)
		return NIL;
	for (unsigned k = 0; k < model_orders(m); k++) {
		u32 start = m->zone[f->zone].start;
		u32 head = start + ((pfn - start) & ~((1u << k) - 1));
		const struct frame *h = &m->frame[head];

		if (h->state == FRAME_FREE && h->head && h->order >= k) {
			*order = h->order;
			return head;
		}
	}
	return NIL;
}

u32 model_unusable(const struct zone *z, unsigned order)
{
	u64 all = 0, small = 0;

	for (unsigned k = 0; k < zone_orders(z); k++) {
		all += (u64)z->nr_free[k] << k;
		small += k < order ? (u64)z->nr_free[k] << k : 0;
	}
	return all ? (u32)(small * 1000 / all) : 1000;
}

/* ---- directories and tables ---- */

struct table *model_table(struct model *m, u32 pfn)
{
	u32 i;

	if (pfn == m->last_table_pfn)
		return m->last_table;
	if (!ps_map_get(&m->table_of, pfn, &i))
		return NULL;
	m->last_table_pfn = pfn;
	return m->last_table = m->table[i];
}

struct table *model_pgd(struct model *m, u32 pa)
{
	struct table *t = model_table(m, pa >> 12);

	return t && t->is_pgd ? t : NULL;
}

struct table *model_reference(struct model *m)
{
	return model_is(m, PS_MACHINE_REFERENCE) ? model_pgd(m, m->info.swapper_pg_dir) : NULL;
}

enum walk model_walk(struct model *m, u32 pa, u32 addr, u32 *pde, u32 *pte, u32 *phys)
{
	struct table *t = model_pgd(m, pa);
	unsigned i = pgd_slot(addr);

	*pde = *pte = *phys = 0;
	if (!t || m->paging.gap || !entry_known(t, i))
		return WALK_UNKNOWN;
	*pde = t->entry[i];
	if (!(*pde & PTE_PRESENT))
		return WALK_FAULTS;
	if (is_large(m, *pde)) {
		*phys = (*pde & 0xffc00000u) | (addr & 0x3fffffu);
		return WALK_MAPPED;
	}
	t = model_table(m, *pde >> 12);
	i = table_index(addr);
	if (!t || !entry_known(t, i))
		return WALK_UNKNOWN;
	*pte = t->entry[i];
	*phys = (*pte & ~0xfffu) | (addr & 0xfffu);
	return *pte & PTE_PRESENT ? WALK_MAPPED : WALK_FAULTS;
}

bool model_frames_known(const struct model *m)
{
	return model_is(m, PS_MACHINE_COMPLETE) && !m->lost;
}

static const struct named_region *region_at(const struct model *m, u32 addr)
{
	for (unsigned n = 0; n < m->nr_regions; n++)
		if (addr >= m->region[n].start && addr < m->region[n].end)
			return &m->region[n];
	return NULL;
}

enum ps_value_region_kind model_region(const struct model *m, u32 addr)
{
	const struct named_region *r = region_at(m, addr);

	if (pgd_slot(addr) == m->info.recursive_slot)
		return PS_REGION_RECURSIVE;
	return r ? r->kind : PS_REGION_OTHER;
}

const char *model_region_name(const struct model *m, u32 addr)
{
	const struct named_region *r = region_at(m, addr);

	return r ? r->name : NULL;
}

/* ---- areas ---- */

unsigned model_areas_above(const struct model *m, u32 addr)
{
	unsigned lo = 0, hi = m->nr_areas;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;

		if (m->area[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct area *model_area(const struct model *m, u32 addr)
{
	unsigned i = model_areas_above(m, addr);

	if (i && addr - m->area[i - 1].addr < m->area[i - 1].size)
		return &m->area[i - 1];
	return NULL;
}

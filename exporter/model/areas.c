/* SPDX-License-Identifier: MIT */
/* areas.c - the replay of vmlist, and what vmalloc and vfree promise. */
#include "model/areas.h"

#include <stdlib.h>
#include <string.h>

static void add_area(struct model *m, const struct ps_ev_alloc_vmap_area *e)
{
	unsigned i = model_areas_above(m, e->addr);
	u64 end = (u64)e->addr + e->size;
	struct area *a;

	if (e->failed)
		return;
	if (e->addr < m->info.vmalloc_start || end > m->info.vmalloc_end)
		model_found(m, RULE_AREA_OUTSIDE, "area 0x%08x..0x%llx leaves 0x%08x..0x%08x",
			    e->addr, (unsigned long long)end, m->info.vmalloc_start,
			    m->info.vmalloc_end);
	if (i && (u64)m->area[i - 1].addr + m->area[i - 1].size > e->addr)
		model_found(m, RULE_AREA_OVERLAP,
			    "area 0x%08x of %u bytes overlaps the one at 0x%08x of "
			    "%u bytes",
			    e->addr, e->size, m->area[i - 1].addr, m->area[i - 1].size);
	if (i < m->nr_areas && end > m->area[i].addr)
		model_found(m, RULE_AREA_OVERLAP,
			    "area 0x%08x of %u bytes overlaps the one at 0x%08x", e->addr, e->size,
			    m->area[i].addr);
	if (m->nr_areas == m->cap_areas) {
		m->cap_areas = m->cap_areas ? m->cap_areas * 2 : 256;
		m->area = ps_realloc(m->area, m->cap_areas * sizeof(*m->area));
	}
	memmove(&m->area[i + 1], &m->area[i], (m->nr_areas - i) * sizeof(*m->area));
	m->nr_areas++;
	a = &m->area[i];
	*a = (struct area){ .addr = e->addr,
			    .size = e->size,
			    .flags = e->flags,
			    .site = e->call_site,
			    .since_i = m->i,
			    .since_t = m->t,
			    .op = m->in_vmalloc ? m->vmalloc.op : PS_VMOP_VMALLOC };
	if (m->in_vmalloc)
		a->site = m->vmalloc.call_site;
}

static void remove_area(struct model *m, const struct ps_ev_free_vmap_area *e)
{
	unsigned i = model_areas_above(m, e->va_start);

	if (!i || m->area[i - 1].addr != e->va_start) {
		if (m->areas_known)
			model_found(m, RULE_AREA_ABSENT, "no area begins at 0x%08x", e->va_start);
		return;
	}
	i--;
	if (m->area[i].size != e->size)
		model_found(m, RULE_AREA_FILL, "the area at 0x%08x has %u bytes, the event says %u",
			    e->va_start, m->area[i].size, e->size);
	m->dying = m->area[i];
	m->dying_live = true;
	m->unmapped = 0;
	m->flushed = false;
	memmove(&m->area[i], &m->area[i + 1], (m->nr_areas - i - 1) * sizeof(*m->area));
	m->nr_areas--;
}

/* Present entries of [addr, addr + size) in the reference tables, or in those in use;
 * *unknown is set if some are not known. */
static u32 count_present(struct model *m, u32 addr, u32 size, u32 *first, bool *unknown)
{
	u32 pgd = model_reference(m) ? m->info.swapper_pg_dir : m->cr3;
	u32 n = 0, pde, pte, phys;

	for (u64 at = addr; at < (u64)addr + size && at < 1ull << 32; at += 4096) {
		enum walk walk = model_walk(m, pgd, (u32)at, &pde, &pte, &phys);

		*unknown |= walk == WALK_UNKNOWN;
		if (walk != WALK_MAPPED) {
			if (!(pde & PTE_PRESENT))
				at |= 0x3ff000;
			continue;
		}
		if (!n++)
			*first = (u32)at;
	}
	return n;
}

static void vmalloc_exit(struct model *m, const struct ps_ev_vmalloc_exit *e)
{
	struct area *a = e->addr >= m->info.vmalloc_start ? model_area(m, e->addr) : NULL;
	u32 want, have, first;
	bool unknown = false;

	if (!m->in_vmalloc && m->areas_known)
		model_found(m, RULE_AREA_FILL, "vmalloc returns 0x%08x without having begun",
			    e->addr);
	m->in_vmalloc = false;
	if (!e->addr || e->addr < m->info.vmalloc_start)
		return; /* failed, or ioremap answered with the linear map */
	if (!a) {
		if (m->areas_known)
			model_found(m, RULE_AREA_ABSENT, "0x%08x is returned, but no area is there",
				    e->addr);
		return;
	}
	if (a->size < 8192)
		return; /* a guard page only: get_vm_area(0) */
	want = a->size / 4096 - 1;
	have = count_present(m, a->addr, a->size - 4096, &first, &unknown);
	if (have != want && !unknown && !(m->info.flags & PS_RUN_QUIRKS))
		model_found(m, RULE_AREA_FILL, "the area at 0x%08x has %u of %u pages mapped",
			    a->addr, have, want);
	if (count_present(m, a->addr + a->size - 4096, 4096, &first, &unknown))
		model_found(m, RULE_GUARD_MAPPED,
			    "0x%08x, the guard page of the area 0x%08x, is mapped", first, a->addr);
}

static void vfree_exit(struct model *m, const struct ps_ev_vfree_exit *e)
{
	u32 left, first = 0;
	bool unknown = false;

	if (!m->in_vfree && m->areas_known)
		model_found(m, RULE_AREA_FILL, "vfree of 0x%08x ends without having begun",
			    e->addr);
	m->in_vfree = false;
	if (!m->dying_live)
		return; /* refused: there was no such area */
	m->dying_live = false;
	left = count_present(m, m->dying.addr, m->dying.size, &first, &unknown);
	if (left)
		model_found(m, RULE_PTE_LEFT, "the area 0x%08x leaves %s set, the first for 0x%08x",
			    m->dying.addr, ps_count(left, "entry"), first);
	if (m->unmapped && !m->flushed && model_is(m, PS_MACHINE_FLUSHES))
		model_found(m, RULE_NO_FLUSH,
			    "the area 0x%08x lost %s, and the TLB was not flushed", m->dying.addr,
			    ps_count(m->unmapped, "page"));
	if (e->nr_pages != m->unmapped)
		model_found(m, RULE_AREA_FILL, "vfree of 0x%08x counts %s, and cleared %s", e->addr,
			    ps_count(e->nr_pages, "page"), ps_count(m->unmapped, "entry"));
}

static void vmlist_state(struct model *m, const struct ps_ev_vmlist_state *e)
{
	u32 h = PS_FNV_START;

	for (unsigned i = 0; i < m->nr_areas; i++) {
		h = ps_fnv_u32(h, m->area[i].addr);
		h = ps_fnv_u32(h, m->area[i].size);
		h = ps_fnv_u32(h, m->area[i].flags);
	}
	if (e->nr_areas == m->nr_areas && e->hash == h)
		m->areas_known = true;
	else if (m->areas_known)
		model_found(m, RULE_STATE_VMLIST, "the kernel counts %s, the replay %u%s",
			    ps_count(e->nr_areas, "area"), m->nr_areas,
			    e->nr_areas == m->nr_areas ? " with other contents" : "");
}

void area_event(struct model *m, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_alloc_vmap_area: add_area(m, (const void *)ev->p); break;
	case PS_ID_free_vmap_area: remove_area(m, (const void *)ev->p); break;
	case PS_ID_vmalloc_enter:
		if (m->in_vmalloc)
			model_found(m, RULE_AREA_FILL,
				    "a vmalloc begins, but the one of event %s has not "
				    "returned",
				    ps_thousands(m->vmalloc_i));
		m->in_vmalloc = true;
		memcpy(&m->vmalloc, ev->p, sizeof(m->vmalloc));
		m->vmalloc_i = ev->i;
		break;
	case PS_ID_vmalloc_exit: vmalloc_exit(m, (const void *)ev->p); break;
	case PS_ID_vfree_enter:
		m->in_vfree = true;
		m->dying_live = false;
		break;
	case PS_ID_vfree_exit: vfree_exit(m, (const void *)ev->p); break;
	case PS_ID_vmlist_state: vmlist_state(m, (const void *)ev->p); break;
	}
}

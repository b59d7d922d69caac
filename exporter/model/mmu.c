/* SPDX-License-Identifier: MIT */
/* mmu.c - answers of the MMU and audits, held against the model; see mmu.h. */
#include "model/mmu.h"

static enum mmu_area mmu_area(struct model *m, u32 addr)
{
	const struct ps_ev_trace_info *i = &m->info;
	const struct area *area;

	if (model_watched(m))
		return MMU_WATCHED;
	if (addr < i->page_offset)
		return MMU_USER;
	if (addr < i->high_memory)
		return MMU_LINEAR;
	if (i->pkmap_base && addr >= i->pkmap_base && addr - i->pkmap_base < 4u << 20)
		return MMU_KMAP;
	if (addr >= i->vmalloc_end && i->vmalloc_end)
		return MMU_TOP;
	area = model_area(m, addr);
	if (!area && m->in_vfree)
		area = &m->dying;
	return area && area->flags & PS_VM_IOREMAP ? MMU_IOREMAP : MMU_VMALLOC;
}

static void probe(struct model *m, const struct ps_ev_mmu_probe *e)
{
	enum mmu_area area = mmu_area(m, e->addr);
	u32 pde, pte, phys;
	enum walk walk = model_walk(m, e->cr3, e->addr, &pde, &pte, &phys);
	bool ok = walk == WALK_MAPPED;

	if (walk == WALK_UNKNOWN)
		return; /* of what the trace has not told yet */
	m->mmu[area].probes++;
	if (ok == !!e->ok && (!ok || phys == e->phys)) {
		m->mmu[area].agree++;
		return;
	}
	if (e->ok)
		model_found(m, RULE_MMU, "0x%08x: the MMU gives 0x%x, the tables told give %s0x%x",
			    e->addr, e->phys, ok ? "" : "no page; PDE ", ok ? phys : pde);
	else
		model_found(m, RULE_MMU, "0x%08x: the MMU finds no page, the tables told give 0x%x",
			    e->addr, phys);
}

/* An entry that is gone explains itself if its table is not known any more; what was
 * never told cannot be judged. */
static bool explained(struct model *m, const struct ps_ev_mmu_audit *e)
{
	const struct table *t = model_table(m, e->where >> 12);
	unsigned i = (e->where & 0xfff) / 4;

	if (!t || t->is_pgd != (e->level == 2))
		return e->now == 0;
	return entry_known(t, i) ? same_entry(t->entry[i], e->now) : m->boot_told;
}

/* The plugin may look between a store and the event that tells of it: what does
 * not agree yet is looked at again after the next kernel events.  The maps made
 * at boot are told of all at once, when the trace has begun: until then it waits. */
static void audit(struct model *m, const struct ps_ev_mmu_audit *e)
{
	if (explained(m, e))
		return;
	if (m->nr_audits == sizeof(m->audit) / sizeof(m->audit[0])) {
		model_found(m, RULE_UNEXPLAINED,
			    "entry at 0x%x (0x%08x) is 0x%x now, no event says so", e->where,
			    e->addr, e->now);
		return;
	}
	m->audit[m->nr_audits++] = (struct audit){ *e, m->i, m->t, 4 };
}

static void tell_unexplained(struct model *m, const struct audit *a)
{
	model_found_at(m, a->i, a->t, RULE_UNEXPLAINED,
		       "entry at 0x%x (0x%08x) changed from 0x%x to 0x%x, no "
		       "event says so",
		       a->ev.where, a->ev.addr, a->ev.old, a->ev.now);
}

/* What events have explained by now waits no longer. */
static void drop_explained(struct model *m)
{
	unsigned kept = 0;

	for (unsigned n = 0; n < m->nr_audits; n++)
		if (!explained(m, &m->audit[n].ev))
			m->audit[kept++] = m->audit[n];
	m->nr_audits = kept;
}

void mmu_audits_due(struct model *m)
{
	unsigned kept = 0;

	drop_explained(m);
	if (!m->boot_told)
		return;
	for (unsigned n = 0; n < m->nr_audits; n++)
		if (--m->audit[n].left)
			m->audit[kept++] = m->audit[n];
		else
			tell_unexplained(m, &m->audit[n]);
	m->nr_audits = kept;
}

/* Nothing more will explain what waits.  A run that was cut short may have been cut
 * between a store and the event that tells of it, so that one is let pass there. */
void mmu_audits_end(struct model *m)
{
	drop_explained(m);
	if (m->ended || (m->boot_told && m->nr_audits > 1))
		for (unsigned n = 0; n < m->nr_audits; n++)
			tell_unexplained(m, &m->audit[n]);
	m->nr_audits = 0;
}

void mmu_event(struct model *m, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_mmu_probe: probe(m, (const void *)ev->p); break;
	case PS_ID_mmu_audit: audit(m, (const void *)ev->p); break;
	}
}

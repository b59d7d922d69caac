/* SPDX-License-Identifier: MIT */
/*
 * paging.c - the replay of page directories and tables.
 *
 * An event that sets a PTE names an address, not a directory: kernel addresses
 * belong to the reference directory's tables, which all directories share; user
 * addresses to the directory named last by a pde_set below PAGE_OFFSET or by
 * switch_mm.
 */
#include "model/paging.h"
#include "model/tlb.h"

#include <stdlib.h>
#include <string.h>

static struct table *new_table(struct model *m, u32 pfn)
{
	struct table *t = model_table(m, pfn);

	if (t) {
		memset(t->pte, 0, sizeof(t->pte));
		return t;
	}
	if (m->nr_tables == m->cap_tables) {
		m->cap_tables = m->cap_tables ? m->cap_tables * 2 : 64;
		m->table = ps_realloc(m->table, m->cap_tables * sizeof(*m->table));
	}
	t = m->table[m->nr_tables] = ps_alloc(sizeof(*t));
	t->pfn = pfn;
	ps_map_set(&m->table_of, pfn, m->nr_tables++);
	m->last_table_pfn = NIL;
	return t;
}

/* A directory slot begins or ends to use a frame as a table. */
static void hold_table(struct model *m, u32 pde)
{
	struct frame *f = model_frame(m, pde >> 12);

	if (!is_table(pde))
		return;
	if (f && f->tables++ == 0)
		new_table(m, pde >> 12);
	else if (!f && !model_table(m, pde >> 12))
		new_table(m, pde >> 12);
}

/* The last directory slot that used it is gone: so is the table. */
static void free_table(struct model *m, u32 pfn)
{
	struct table *moved;
	u32 i;

	if (!ps_map_get(&m->table_of, pfn, &i))
		return;
	ps_map_delete(&m->table_of, pfn);
	free(m->table[i]);
	moved = m->table[--m->nr_tables];
	m->last_table_pfn = NIL;
	if (i == m->nr_tables)
		return;
	m->table[i] = moved;
	ps_map_set(&m->table_of, moved->pfn, i);
}

static void drop_table(struct model *m, u32 pde)
{
	struct frame *f = model_frame(m, pde >> 12);

	if (is_table(pde) && f && f->tables && --f->tables == 0)
		free_table(m, pde >> 12);
}

static void set_slot(struct model *m, struct pgd *d, unsigned slot, u32 pde)
{
	u32 old = d->entry[slot];

	d->entry[slot] = pde;
	if (is_table(old) && is_table(pde) && old >> 12 == pde >> 12)
		return;
	hold_table(m, pde);
	drop_table(m, old);
}

static struct pgd *known_pgd(struct model *m, u32 pa)
{
	struct pgd *d = model_pgd(m, pa);

	if (!d)
		model_found(m, RULE_PGD_UNKNOWN, "no page directory at 0x%x", pa);
	return d;
}

/* ---- directories ---- */

static void pde_set(struct model *m, const struct ps_ev_pde_set *e)
{
	struct pgd *d = known_pgd(m, e->pgd);
	struct frame *f = model_frame(m, e->pde >> 12);

	if (!d)
		return;
	if (!same_entry(e->old, d->entry[pgd_slot(e->addr)]))
		model_found(m, RULE_PTE_OLD,
			    "directory 0x%x slot of 0x%08x held 0x%x, the event says "
			    "0x%x",
			    e->pgd, e->addr, d->entry[pgd_slot(e->addr)], e->old);
	if (is_table(e->pde) && f && f->state == FRAME_FREE)
		model_found(m, RULE_PDE_FREE,
			    "directory 0x%x slot of 0x%08x refers to frame 0x%x, "
			    "which is free",
			    e->pgd, e->addr, e->pde >> 12);
	if (e->addr < m->info.page_offset)
		m->named_pgd = e->pgd;
	set_slot(m, d, pgd_slot(e->addr), e->pde);
}

static void pde_clear(struct model *m, const struct ps_ev_pde_clear *e)
{
	struct pgd *d = known_pgd(m, e->pgd);

	if (!d)
		return;
	if (!same_entry(e->old, d->entry[pgd_slot(e->addr)]))
		model_found(m, RULE_PTE_OLD,
			    "directory 0x%x slot of 0x%08x held 0x%x, the event says "
			    "0x%x",
			    e->pgd, e->addr, d->entry[pgd_slot(e->addr)], e->old);
	set_slot(m, d, pgd_slot(e->addr), 0);
}

/* A new directory: user slots empty, kernel slots those of this moment. */
static void pgd_alloc(struct model *m, const struct ps_ev_pgd_alloc *e)
{
	struct pgd *d = model_pgd(m, e->pgd);
	struct frame *f = model_frame(m, e->pgd >> 12);
	unsigned i = 0;

	if (!d) {
		while (i < m->nr_pgds && m->pgd[i].live)
			i++;
		if (i == m->nr_pgds)
			m->pgd = ps_realloc(m->pgd, ++m->nr_pgds * sizeof(*m->pgd));
		d = &m->pgd[i];
	}
	memset(d, 0, sizeof(*d));
	d->pa = e->pgd & ~0xfffu;
	d->mm = e->mm;
	d->live = true;
	for (i = pgd_slot(m->info.page_offset); i < PGDIR_SLOTS; i++)
		set_slot(m, d, i, m->pgd[0].entry[i]);
	if (!f)
		return;
	f->is_pgd = 1;
	if (f->state == FRAME_FREE)
		model_found(m, RULE_PDE_FREE, "the new directory 0x%x is a free frame", e->pgd);
}

static void pgd_free(struct model *m, const struct ps_ev_pgd_free *e)
{
	struct pgd *d = known_pgd(m, e->pgd);
	struct frame *f = model_frame(m, e->pgd >> 12);

	if (!d || d == &m->pgd[0])
		return;
	for (unsigned i = 0; i < PGDIR_SLOTS; i++)
		set_slot(m, d, i, 0);
	d->live = false;
	if (f)
		f->is_pgd = 0;
}

/* The slot is copied from the reference directory: it must be that entry. */
static void vmalloc_fault(struct model *m, const struct ps_ev_vmalloc_fault *e)
{
	struct pgd *d = known_pgd(m, e->pgd);
	u32 reference = m->pgd[0].entry[pgd_slot(e->address)];

	if (!same_entry(e->pde, reference))
		model_found(m, RULE_LAZY_PDE,
			    "slot of 0x%08x: 0x%x is copied into directory 0x%x, the "
			    "reference has 0x%x",
			    e->address, e->pde, e->pgd, reference);
	if (d)
		set_slot(m, d, pgd_slot(e->address), e->pde);
}

/* ---- tables ---- */

static struct table *table_for(struct model *m, u32 addr)
{
	struct pgd *d = addr >= m->info.page_offset ? &m->pgd[0] : model_pgd(m, m->named_pgd);
	u32 pde = d ? d->entry[pgd_slot(addr)] : 0;

	return is_table(pde) ? model_table(m, pde >> 12) : NULL;
}

static bool in_window(const struct model *m, u32 addr)
{
	return addr >= m->info.vmalloc_start && addr < m->info.vmalloc_end;
}

static void count_map(struct model *m, u32 addr, u32 pte, int by)
{
	struct frame *f = model_frame(m, pte >> 12);

	if (!f || !(pte & PTE_PRESENT))
		return;
	if (in_window(m, addr))
		f->maps = (u16)(f->maps + by);
	else if (addr < m->info.page_offset)
		f->users = (u16)(f->users + by);
}

/* Is this entry one that its area may have? */
static void check_area_pte(struct model *m, u32 addr, u32 pte)
{
	struct area *a = model_area(m, addr);
	const struct frame *f = model_frame(m, pte >> 12);

	if (!a) {
		model_found(m, RULE_PTE_OUTSIDE, "0x%08x is mapped, but lies in no area", addr);
		return;
	}
	if (addr - a->addr >= a->size - 4096) {
		model_found(m, RULE_GUARD_MAPPED, "0x%08x is the guard page of the area 0x%08x",
			    addr, a->addr);
		return;
	}
	a->pages++;
	if (!f || f->state != FRAME_USED)
		return;
	if (!(a->flags & PS_VM_ALLOC)) {
		model_found(m, RULE_PTE_FOREIGN,
			    "0x%08x, in an ioremap area, maps frame 0x%x, which is RAM "
			    "in use",
			    addr, pte >> 12);
		return;
	}
	if (a->op == PS_VMOP_VMAP)
		return;
	if (f->maps)
		model_found(m, RULE_PTE_SHARED,
			    "0x%08x maps frame 0x%x, which %u other entries map", addr, pte >> 12,
			    f->maps);
	if (m->in_vmalloc && f->since_i < m->vmalloc_i)
		model_found(m, RULE_PTE_FOREIGN,
			    "0x%08x maps frame 0x%x, allocated at event %llu, "
			    "before this vmalloc began",
			    addr, pte >> 12, (unsigned long long)f->since_i);
}

static void pte_set(struct model *m, u32 addr, u32 old, u32 pte)
{
	struct table *t = table_for(m, addr);
	const struct frame *f = model_frame(m, pte >> 12);
	u32 was = t ? t->pte[table_index(addr)] : 0;

	if (!t) {
		model_found(m, RULE_PTE_NO_TABLE,
			    "0x%08x is set to 0x%x, but its directory slot has no "
			    "table",
			    addr, pte);
		return;
	}
	if (!same_entry(old, was))
		model_found(m, RULE_PTE_OLD, "0x%08x held 0x%x, the event says 0x%x", addr, was,
			    old);
	if (f && f->state == FRAME_FREE && (pte & PTE_PRESENT))
		model_found(m, RULE_PTE_FREE, "0x%08x maps frame 0x%x, which is free", addr,
			    pte >> 12);
	if (in_window(m, addr) && (pte & PTE_PRESENT))
		check_area_pte(m, addr, pte);
	count_map(m, addr, was, -1);
	count_map(m, addr, pte, 1);
	t->pte[table_index(addr)] = pte;
}

static void pte_clear(struct model *m, u32 addr, u32 old)
{
	struct table *t = table_for(m, addr);
	u32 was = t ? t->pte[table_index(addr)] : 0;

	if (!t) {
		model_found(m, RULE_PTE_NO_TABLE,
			    "0x%08x is cleared, but its directory slot has no "
			    "table",
			    addr);
		return;
	}
	if (!same_entry(old, was))
		model_found(m, RULE_PTE_OLD, "0x%08x held 0x%x, the event says 0x%x", addr, was,
			    old);
	t->pte[table_index(addr)] = 0;
	count_map(m, addr, was, -1);
	tlb_remember(m, addr, was);
	if (m->in_vfree && m->dying_live && addr - m->dying.addr < m->dying.size)
		m->unmapped++;
}

/* The directory and slot whose table lies in frame pfn; NULL: none. */
static struct pgd *holder_of_table(const struct model *m, u32 pfn, u32 *slot)
{
	for (unsigned i = 0; i < m->nr_pgds; i++)
		for (*slot = 0; m->pgd[i].live && *slot < PGDIR_SLOTS; ++*slot)
			if (is_table(m->pgd[i].entry[*slot]) && m->pgd[i].entry[*slot] >> 12 == pfn)
				return &m->pgd[i];
	return NULL;
}

static void poke_pte(struct model *m, struct table *t, unsigned i, u32 pte)
{
	u32 old = t->pte[i], slot, addr;

	if (!holder_of_table(m, t->pfn, &slot))
		return;
	addr = slot << 22 | i << 12;
	model_found(m, RULE_POKED, "the entry of 0x%08x is overwritten in memory: 0x%x, was 0x%x",
		    addr, pte, old);
	count_map(m, addr, old, -1);
	count_map(m, addr, pte, 1);
	tlb_remember(m, addr, old);
	t->pte[i] = pte;
}

/* A write through any address into a page table or directory changes the entry
 * there, and no pte_set tells of it: lessons do so to show what the TLB
 * remembers. */
static void poke(struct model *m, const struct ps_ev_mem_access *e)
{
	u32 pde, pte, pa;
	unsigned i;
	struct table *t;
	struct pgd *d;

	if (e->kind != PS_ACCESS_WRITE || !e->ok ||
	    !model_walk(m, m->cr3, e->addr, &pde, &pte, &pa))
		return;
	i = pa >> 2 & 1023;
	t = model_table(m, pa >> 12);
	d = t ? NULL : model_pgd(m, pa);
	if (t && !same_entry(t->pte[i], e->value))
		poke_pte(m, t, i, e->value);
	if (d && !same_entry(d->entry[i], e->value)) {
		model_found(m, RULE_POKED,
			    "directory 0x%x slot of 0x%08x is overwritten in memory: 0x%x, "
			    "was 0x%x",
			    d->pa, i << 22, e->value, d->entry[i]);
		set_slot(m, d, i, e->value);
	}
}

static void range_set(struct model *m, const struct ps_ev_pte_range_set *e)
{
	struct pgd *d = known_pgd(m, e->pgd);

	if (!d)
		return;
	for (u32 i = 0; i < e->nr && i < 1u << 20; i++) {
		u32 addr = e->addr + (i << (e->large ? 22 : 12));
		struct table *t;

		if (e->large) {
			set_slot(m, d, pgd_slot(addr), e->entry + (i << 22));
			continue;
		}
		t = is_table(d->entry[pgd_slot(addr)])
			    ? model_table(m, d->entry[pgd_slot(addr)] >> 12)
			    : NULL;
		if (!t) {
			model_found(m, RULE_PTE_NO_TABLE,
				    "0x%08x is set, but its directory slot has no "
				    "table",
				    addr);
			return;
		}
		t->pte[table_index(addr)] = e->entry + (i << 12);
	}
}

/* ---- the kernel's own word ---- */

static u32 hash_entries(const u32 *entry, u32 *present)
{
	u32 h = PS_FNV_START;

	*present = 0;
	for (unsigned i = 0; i < PGDIR_SLOTS; i++) {
		*present += entry[i] & PTE_PRESENT;
		h = ps_fnv_u32(h, entry[i] & ~PTE_HARDWARE);
	}
	return h;
}

static void pgd_state(struct model *m, const struct ps_ev_pgd_state *e)
{
	struct pgd *d = known_pgd(m, e->pgd);
	u32 present;

	m->told_pgd = e->pgd;
	if (!d)
		return;
	if (hash_entries(d->entry, &present) != e->hash || present != e->nr_present)
		model_found(m, RULE_STATE_PGD,
			    "directory 0x%x: the kernel reads %u present entries, "
			    "the replay has %u%s",
			    e->pgd, e->nr_present, present,
			    present == e->nr_present ? " with other contents" : "");
}

/* Of the reference directory; in the user half, of the one told of before. */
static void pgtable_state(struct model *m, const struct ps_ev_pgtable_state *e)
{
	struct pgd *d = e->addr >= m->info.page_offset ? &m->pgd[0] : model_pgd(m, m->told_pgd);
	u32 pde = d ? d->entry[pgd_slot(e->addr)] : 0, present = 0;
	struct table *t = is_table(pde) ? model_table(m, pde >> 12) : NULL;

	if (!t || t->pfn != e->table >> 12)
		model_found(m, RULE_STATE_TABLE,
			    "0x%08x: the kernel's table is 0x%x, the replay's "
			    "entry 0x%x",
			    e->addr, e->table, pde);
	else if (hash_entries(t->pte, &present) != e->hash || present != e->nr_present)
		model_found(m, RULE_STATE_TABLE,
			    "table of 0x%08x: the kernel reads %u present entries, "
			    "the replay has %u%s",
			    e->addr, e->nr_present, present,
			    present == e->nr_present ? " with other contents" : "");
}

void paging_event(struct model *m, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_pde_set: pde_set(m, (const void *)ev->p); break;
	case PS_ID_pde_clear: pde_clear(m, (const void *)ev->p); break;
	case PS_ID_pde_clear_range: {
		m->boot_told = true; /* the last step of boot */
		const struct ps_ev_pde_clear_range *e = (const void *)ev->p;
		struct pgd *d = known_pgd(m, e->pgd);

		for (u32 i = 0; d && i < e->nr && pgd_slot(e->addr) + i < PGDIR_SLOTS; i++)
			set_slot(m, d, pgd_slot(e->addr) + i, 0);
		break;
	}
	case PS_ID_pte_set: {
		const struct ps_ev_pte_set *e = (const void *)ev->p;

		pte_set(m, e->addr, e->old, e->pte);
		break;
	}
	case PS_ID_pte_clear: {
		const struct ps_ev_pte_clear *e = (const void *)ev->p;

		pte_clear(m, e->addr, e->old);
		break;
	}
	case PS_ID_mem_access: poke(m, (const void *)ev->p); break;
	case PS_ID_pte_range_set: range_set(m, (const void *)ev->p); break;
	case PS_ID_pgd_alloc: pgd_alloc(m, (const void *)ev->p); break;
	case PS_ID_pgd_free: pgd_free(m, (const void *)ev->p); break;
	case PS_ID_tlb_flush: tlb_flushed(m, (const void *)ev->p); break;
	case PS_ID_switch_mm:
		m->cr3 = m->named_pgd = ((const struct ps_ev_switch_mm *)ev->p)->pgd;
		known_pgd(m, m->cr3);
		break;
	case PS_ID_vmalloc_fault: vmalloc_fault(m, (const void *)ev->p); break;
	case PS_ID_pgd_state:
		m->boot_told = true;
		pgd_state(m, (const void *)ev->p);
		break;
	case PS_ID_pgtable_state: pgtable_state(m, (const void *)ev->p); break;
	}
}

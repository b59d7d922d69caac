/* SPDX-License-Identifier: MIT */
/*
 * paging.c - the replay of page directories and tables.
 *
 * An event tells of a store: the physical address of the entry, its old and its new
 * value.  So the replay keeps frames of entries, and what a frame is used for follows
 * from the directories: a slot that refers to a frame makes it a table, at the
 * addresses of that slot.  A table may be filled before it is hooked in, shared, or
 * the directory itself.
 */
#include "model/paging.h"
#include "model/tlb.h"

#include <stdlib.h>
#include <string.h>

#define NO_HOME NIL

/* ---- frames of entries ---- */

/* The frame as a table; a new one has unknown entries. */
static struct table *table_in(struct model *m, u32 pfn)
{
	struct table *t = model_table(m, pfn);

	if (t)
		return t;
	if (m->nr_tables == m->cap_tables) {
		m->cap_tables = m->cap_tables ? m->cap_tables * 2 : 64;
		m->table = ps_realloc(m->table, m->cap_tables * sizeof(*m->table));
	}
	t = m->table[m->nr_tables] = ps_alloc(sizeof(*t));
	t->pfn = pfn;
	t->home = NO_HOME;
	ps_map_set(&m->table_of, pfn, m->nr_tables++);
	m->last_table_pfn = NIL;
	return t;
}

static void remove_table(struct model *m, struct table *t)
{
	struct table *moved;
	u32 i;

	ps_map_get(&m->table_of, t->pfn, &i);
	ps_map_delete(&m->table_of, t->pfn);
	moved = m->table[--m->nr_tables];
	m->last_table_pfn = NIL;
	if (i != m->nr_tables) {
		m->table[i] = moved;
		ps_map_set(&m->table_of, moved->pfn, i);
	}
	free(t->meant);
	free(t);
}

static unsigned entry_index(u32 entry_pa)
{
	return entry_pa >> 2 & (PGDIR_SLOTS - 1);
}

static void set_known(struct table *t, unsigned i, bool known)
{
	t->nr_known += (u32)known - (u32)entry_known(t, i);
	if (known)
		t->known[i >> 5] |= 1u << (i & 31);
	else
		t->known[i >> 5] &= ~(1u << (i & 31));
}

/* ---- how often a frame is mapped ---- */

static bool in_window(const struct model *m, u32 addr)
{
	return addr >= m->info.vmalloc_start && addr < m->info.vmalloc_end;
}

/* Does an entry of this address keep its frame from being freed?  The kernel's own
 * windows on all memory do not. */
static bool counts(const struct model *m, u32 addr)
{
	if (model_watched(m))
		return true;
	if (!m->nr_regions)
		return addr < m->info.page_offset && pgd_slot(addr) != m->info.recursive_slot;
	switch (model_region(m, addr)) {
	case PS_REGION_LINEAR:
	case PS_REGION_KMAP:
	case PS_REGION_FIXMAP:
	case PS_REGION_RECURSIVE: return false;
	default: return true;
	}
}

static void count_map(struct model *m, u32 addr, u32 pte, int by)
{
	struct frame *f = model_frame(m, pte >> 12);

	if (!f || !(pte & PTE_PRESENT))
		return;
	if (in_window(m, addr))
		f->maps = (u16)(f->maps + by);
	else if (counts(m, addr))
		f->users = (u16)(f->users + by);
}

/* The frame of an entry that is gone, if it was freed while that mapped it; or NULL. */
static struct frame *freed_before(struct model *m, u32 pte)
{
	struct frame *f = pte & PTE_PRESENT ? model_frame(m, pte >> 12) : NULL;

	return f && f->freed_mapped && !f->maps && !f->users ? f : NULL;
}

/* The entry that led to a freed frame is gone, and nothing came of it. */
static void gone_late(struct model *m, const struct frame *f, u32 pfn)
{
	if (m->nr_early++)
		return;
	m->first_early_pfn = pfn;
	m->first_early_i = f->since_i;
	m->first_early_t = f->since_t;
}

/* xv6 frees a page and then clears its entry. */
static void cleared_late(struct model *m, u32 pte)
{
	struct frame *f = freed_before(m, pte);

	if (!f)
		return;
	f->freed_mapped = 0;
	gone_late(m, f, pte >> 12);
}

/* No slot refers to the frame any more: xv6 frees the tables and then their directory. */
static void unhooked_late(struct model *m, struct frame *f, u32 pfn)
{
	if (!f->freed_table)
		return;
	f->freed_table = 0;
	m->nr_freed_tables--;
	gone_late(m, f, pfn);
}

void paging_freed_mapped(struct model *m, u32 pfn)
{
	struct frame *f = &m->frame[pfn];

	f->freed_mapped = 0;
	model_found_at(m, f->since_i, f->since_t, RULE_FREE_MAPPED,
		       "0x%x is freed, but 1 page-table entry maps it", pfn);
}

void paging_freed_table(struct model *m, u32 pfn)
{
	struct frame *f = &m->frame[pfn];

	f->freed_table = 0;
	m->nr_freed_tables--;
	model_found_at(m, f->since_i, f->since_t, RULE_FREE_TABLE,
		       "0x%x is freed, but it is a page table that a directory refers to", pfn);
}

/* The table is reached from now on, or no more: then its entries were not cleared. */
static void count_table(struct model *m, const struct table *t, int by)
{
	for (unsigned i = 0; i < PGDIR_SLOTS; i++) {
		if (!(t->entry[i] & PTE_PRESENT))
			continue;
		count_map(m, t->home | i << 12, t->entry[i], by);
		if (by < 0 && freed_before(m, t->entry[i]))
			paging_freed_mapped(m, t->entry[i] >> 12);
	}
}

/* ---- tables in slots of directories ---- */

static bool refers_to(const struct model *m, u32 pde, u32 pfn)
{
	return is_table(m, pde) && pde >> 12 == pfn;
}

bool paging_in_use(struct model *m, u32 pfn)
{
	const struct table *d = model_pgd(m, m->cr3);

	for (unsigned slot = 0; d && slot < PGDIR_SLOTS; slot++)
		if (refers_to(m, d->entry[slot], pfn))
			return true;
	return false;
}

/* The directory is in use from now on: the tables that it leads to must be there. */
static void judge_freed_tables(struct model *m, const struct table *d)
{
	for (unsigned slot = 0; m->nr_freed_tables && slot < PGDIR_SLOTS; slot++) {
		struct frame *f = model_frame(m, d->entry[slot] >> 12);

		if (f && f->freed_table && is_table(m, d->entry[slot]))
			paging_freed_table(m, d->entry[slot] >> 12);
	}
}

/* Does this slot of some directory lead to the table?  If one is unknown, it may. */
static bool slot_leads(const struct model *m, const struct table *t, unsigned slot)
{
	for (unsigned n = 0; n < m->nr_tables; n++) {
		const struct table *d = m->table[n];

		if (d->is_pgd && (!entry_known(d, slot) || refers_to(m, d->entry[slot], t->pfn)))
			return true;
	}
	return false;
}

/* Does a directory lead from `addr` to the entry? */
static bool maps_at(struct model *m, const struct table *t, unsigned i, u32 addr)
{
	unsigned slot = pgd_slot(addr);

	if (table_index(addr) != i)
		return false;
	if (t->home >> 22 == slot && t->home != NO_HOME)
		return true;
	/* after a loss there may be directories that are not known */
	return m->lost || slot_leads(m, t, slot);
}

/* The kernel's address must be one at which the entry is reached.  As long as nothing
 * leads to the table, that cannot be told: it is judged when a slot does. */
static void judge_address(struct model *m, struct table *t, unsigned i, u32 addr)
{
	if (t->home == NO_HOME) {
		if (!t->meant) {
			t->meant = ps_alloc(sizeof(t->entry));
			memset(t->meant, 0xff, sizeof(t->entry));
		}
		t->meant[i] = addr;
		return;
	}
	if (!maps_at(m, t, i, addr))
		model_found(m, RULE_PTE_ADDRESS,
			    "the entry at 0x%x maps 0x%08x, the kernel means 0x%08x",
			    t->pfn << 12 | i << 2, t->home | i << 12, addr);
}

static void judge_meant(struct model *m, struct table *t)
{
	u32 *meant = t->meant;

	t->meant = NULL;
	for (unsigned i = 0; meant && i < PGDIR_SLOTS; i++)
		if (meant[i] != NIL && (t->entry[i] & PTE_PRESENT))
			judge_address(m, t, i, meant[i]);
	free(meant);
}

static void hook_in(struct model *m, unsigned slot, u32 pde)
{
	struct frame *f = model_frame(m, pde >> 12);
	struct table *t;

	if (!is_table(m, pde) || !f)
		return;
	f->tables++;
	t = table_in(m, pde >> 12);
	if (t->home != NO_HOME)
		return;
	t->home = slot << 22;
	count_table(m, t, 1);
	judge_meant(m, t);
}

/* The first slot of any directory that refers to the table; NO_HOME if there is none. */
static u32 find_home(const struct model *m, const struct table *t)
{
	for (u32 slot = 0; slot < PGDIR_SLOTS; slot++)
		for (unsigned n = 0; n < m->nr_tables; n++)
			if (m->table[n]->is_pgd && refers_to(m, m->table[n]->entry[slot], t->pfn))
				return slot << 22;
	return NO_HOME;
}

/* The slot of directory d has ceased to refer to the table, which may be d itself. */
static void unhook(struct model *m, const struct table *d, unsigned slot, u32 pde)
{
	struct frame *f = model_frame(m, pde >> 12);
	struct table *t = model_table(m, pde >> 12);

	if (!is_table(m, pde) || !f)
		return;
	f->tables -= f->tables != 0;
	if (!f->tables)
		unhooked_late(m, f, pde >> 12);
	if (!t || t->home == NO_HOME || (f->tables && t->home != slot << 22))
		return;
	if (f->tables && slot_leads(m, t, slot))
		return; /* a directory that shares the slot still has it */
	count_table(m, t, -1);
	t->home = f->tables ? find_home(m, t) : NO_HOME;
	if (t->home != NO_HOME)
		count_table(m, t, 1);
	else if (model_watched(m) && !t->is_pgd && t != d)
		remove_table(m, t); /* the plugin follows it no longer */
}

/* An entry gets a value, by whatever store. */
static void store(struct model *m, struct table *t, unsigned i, u32 now)
{
	u32 was = t->entry[i];

	t->entry[i] = now;
	set_known(t, i, true);
	if (t->home != NO_HOME) {
		count_map(m, t->home | i << 12, was, -1);
		count_map(m, t->home | i << 12, now, 1);
		cleared_late(m, was);
	}
	if (!t->is_pgd || (is_table(m, was) && refers_to(m, now, was >> 12)))
		return;
	hook_in(m, i, now);
	unhook(m, t, i, was);
}

/* From now on its entries are slots of a directory. */
static void make_directory(struct model *m, struct table *t)
{
	if (t->is_pgd)
		return;
	t->is_pgd = true;
	for (unsigned i = 0; i < PGDIR_SLOTS; i++)
		hook_in(m, i, t->entry[i]);
}

static void end_directory(struct model *m, struct table *t)
{
	if (!t->is_pgd)
		return;
	t->is_pgd = false;
	for (unsigned i = 0; i < PGDIR_SLOTS; i++)
		unhook(m, t, i, t->entry[i]);
}

/* What its entries led to is led to by them no more. */
static void end_entries(struct model *m, struct table *t)
{
	end_directory(m, t);
	if (t->home != NO_HOME)
		count_table(m, t, -1);
}

/* The kernel says that the frame holds no entries. */
static struct table *told_empty(struct model *m, u32 pfn)
{
	struct table *t = table_in(m, pfn);

	end_entries(m, t);
	memset(t->entry, 0, sizeof(t->entry));
	memset(t->known, 0xff, sizeof(t->known));
	t->nr_known = PGDIR_SLOTS;
	free(t->meant);
	t->meant = NULL;
	return t;
}

void paging_frame_freed(struct model *m, u32 pfn)
{
	struct table *t = model_table(m, pfn);

	if (!t)
		return;
	end_entries(m, t);
	remove_table(m, t);
}

/* Where a run was cut off, the event that clears an entry may be missing. */
void paging_finish(struct model *m)
{
	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		struct frame *f = &m->frame[pfn];

		if (!f->freed_mapped && !f->freed_table)
			continue;
		if (!m->ended)
			gone_late(m, f, pfn);
		else if (f->freed_table)
			paging_freed_table(m, pfn);
		else
			paging_freed_mapped(m, pfn);
	}
}

void paging_forget(struct model *m)
{
	while (m->nr_tables)
		remove_table(m, m->table[0]);
	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		struct frame *f = &m->frame[pfn];

		f->tables = f->maps = f->users = f->freed_mapped = f->freed_table = 0;
	}
	m->nr_freed_tables = 0;
	m->cr3 = NIL; /* until an event tells of a load of CR3 */
	if (model_is(m, PS_MACHINE_REFERENCE))
		make_directory(m, table_in(m, m->info.swapper_pg_dir >> 12));
}

void paging_start(struct model *m, u32 pgd)
{
	m->cr3 = pgd & ~0xfffu;
	make_directory(m, table_in(m, m->cr3 >> 12));
}

/* ---- a guest that is watched ---- */

void paging_told_empty(struct model *m, u32 pfn, bool is_pgd)
{
	struct table *t = told_empty(m, pfn);

	if (is_pgd)
		make_directory(m, t);
}

void paging_store(struct model *m, u32 entry_pa, u32 now)
{
	store(m, table_in(m, entry_pa >> 12), entry_index(entry_pa), now);
}

void paging_unknown(struct model *m, u32 pfn)
{
	struct table *t = model_table(m, pfn);

	if (!t)
		return;
	memset(t->known, 0, sizeof(t->known));
	t->nr_known = 0;
}

void paging_pse(struct model *m, bool on)
{
	for (unsigned n = 0; n < m->nr_tables; n++)
		for (u32 slot = 0; m->table[n]->is_pgd && slot < PGDIR_SLOTS; slot++)
			unhook(m, m->table[n], slot, m->table[n]->entry[slot]);
	m->info.flags = (u16)(on ? m->info.flags | PS_RUN_PSE : m->info.flags & ~PS_RUN_PSE);
	for (unsigned n = 0; n < m->nr_tables; n++)
		for (u32 slot = 0; m->table[n]->is_pgd && slot < PGDIR_SLOTS; slot++)
			hook_in(m, slot, m->table[n]->entry[slot]);
}

/* ---- directories ---- */

/* The directory that an event names or whose slot it sets. */
static struct table *directory(struct model *m, u32 pa)
{
	struct table *t = model_pgd(m, pa);

	if (!t && model_frames_known(m))
		model_found(m, RULE_PGD_UNKNOWN, "no page directory at 0x%x", pa & ~0xfffu);
	t = table_in(m, pa >> 12);
	make_directory(m, t);
	return t;
}

static void check_old(struct model *m, const struct table *t, unsigned i, u32 addr, u32 old)
{
	if (!entry_known(t, i) || same_entry(old, t->entry[i]))
		return;
	if (t->is_pgd)
		model_found(m, RULE_PTE_OLD,
			    "directory 0x%x slot of 0x%08x held 0x%x, the event says 0x%x",
			    t->pfn << 12, addr, t->entry[i], old);
	else
		model_found(m, RULE_PTE_OLD, "0x%08x held 0x%x, the event says 0x%x", addr,
			    t->entry[i], old);
}

/* A slot of a directory has a fixed address. */
static void check_slot(struct model *m, unsigned i, u32 entry_pa, u32 addr)
{
	if (pgd_slot(addr) != i)
		model_found(m, RULE_PTE_ADDRESS,
			    "the slot at 0x%x is that of 0x%08x, the kernel means 0x%08x", entry_pa,
			    i << 22, addr);
}

static void pde_store(struct model *m, u32 entry_pa, u32 addr, u32 old, u32 pde)
{
	struct table *d = directory(m, entry_pa);
	struct frame *f = model_frame(m, pde >> 12);
	unsigned i = entry_index(entry_pa);

	check_slot(m, i, entry_pa, addr);
	check_old(m, d, i, addr, old);
	if (is_table(m, pde) && f && f->state == FRAME_FREE)
		model_found(m, RULE_PDE_FREE,
			    "directory 0x%x slot of 0x%08x refers to frame 0x%x, "
			    "which is free",
			    d->pfn << 12, addr, pde >> 12);
	store(m, d, i, pde);
}

/* A new directory: empty, or with the slots that another has at this moment. */
static void pgd_alloc(struct model *m, const struct ps_ev_pgd_alloc *e)
{
	struct table *d = told_empty(m, e->pgd >> 12);
	const struct table *from;
	struct frame *f = model_frame(m, e->pgd >> 12);

	make_directory(m, d);
	d->mm = e->mm;
	if (f && f->state == FRAME_FREE)
		model_found(m, RULE_PDE_FREE, "the new directory 0x%x is a free frame", e->pgd);
	if (!e->copied_from)
		return;
	from = directory(m, e->copied_from);
	for (unsigned i = pgd_slot(m->info.page_offset); i < PGDIR_SLOTS; i++)
		if (entry_known(from, i))
			store(m, d, i, from->entry[i]);
		else
			set_known(d, i, false);
}

static void pgd_free(struct model *m, const struct ps_ev_pgd_free *e)
{
	struct table *d = model_pgd(m, e->pgd);

	if (!d && model_frames_known(m))
		model_found(m, RULE_PGD_UNKNOWN, "no page directory at 0x%x", e->pgd);
	if (d && d != model_reference(m))
		paging_frame_freed(m, d->pfn);
}

/* The slot is copied from the reference directory: it must be that entry. */
static void vmalloc_fault(struct model *m, const struct ps_ev_vmalloc_fault *e)
{
	const struct table *reference = model_reference(m);
	unsigned i = pgd_slot(e->address);

	if (reference && entry_known(reference, i) && !same_entry(e->pde, reference->entry[i]))
		model_found(m, RULE_LAZY_PDE,
			    "slot of 0x%08x: 0x%x is copied into directory 0x%x, the "
			    "reference has 0x%x",
			    e->address, e->pde, e->pgd, reference->entry[i]);
	store(m, directory(m, e->pgd), i, e->pde);
}

static void switch_mm(struct model *m, const struct ps_ev_switch_mm *e)
{
	struct table *d = directory(m, e->pgd);

	d->mm = e->mm;
	m->cr3 = e->pgd & ~0xfffu;
	judge_freed_tables(m, d);
	tlb_switched(m);
}

static void pde_clear_range(struct model *m, const struct ps_ev_pde_clear_range *e)
{
	struct table *d = directory(m, e->entry_pa);
	unsigned i = entry_index(e->entry_pa);

	m->boot_told |= e->addr == 0; /* the last step of boot: its own map goes */
	check_slot(m, i, e->entry_pa, e->addr);
	for (u32 n = 0; n < e->nr && i + n < PGDIR_SLOTS; n++)
		store(m, d, i + n, 0);
}

/* ---- tables ---- */

/* Is this entry one that its area may have? */
static void check_area_pte(struct model *m, u32 addr, u32 pte)
{
	struct area *a = model_area(m, addr);
	const struct frame *f = model_frame(m, pte >> 12);

	if (!a) {
		if (m->areas_known)
			model_found(m, RULE_PTE_OUTSIDE, "0x%08x is mapped, but lies in no area",
				    addr);
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
		model_found(m, RULE_PTE_SHARED, "0x%08x maps frame 0x%x, which is mapped by %s",
			    addr, pte >> 12, ps_count(f->maps, "other entry"));
	if (m->in_vmalloc && f->since_i < m->vmalloc_i)
		model_found(m, RULE_PTE_FOREIGN,
			    "0x%08x maps frame 0x%x, allocated at event %s, "
			    "before this vmalloc began",
			    addr, pte >> 12, ps_thousands(f->since_i));
}

/* The table whose entry an event sets. */
static struct table *table_of_entry(struct model *m, u32 entry_pa, u32 addr)
{
	const struct frame *f = model_frame(m, entry_pa >> 12);

	if (f && f->state == FRAME_FREE)
		model_found(m, RULE_PTE_NO_TABLE,
			    "the entry of 0x%08x is set in frame 0x%x, which is free", addr,
			    entry_pa >> 12);
	return table_in(m, entry_pa >> 12);
}

/* What the TLB may keep when the entry of `addr` changes. */
static void remember(struct model *m, const struct table *t, u32 addr, u32 was)
{
	const struct table *d = model_pgd(m, m->cr3);

	if (d && (refers_to(m, d->entry[pgd_slot(addr)], t->pfn) || (was & PTE_GLOBAL)))
		tlb_remember(m, addr, was);
}

static void pte_set(struct model *m, const struct ps_ev_pte_set *e)
{
	struct table *t = table_of_entry(m, e->entry_pa, e->addr);
	const struct frame *f = model_frame(m, e->pte >> 12);
	unsigned i = entry_index(e->entry_pa);
	u32 addr = e->addr & ~0xfffu;

	check_old(m, t, i, addr, e->old);
	judge_address(m, t, i, addr);
	if (f && f->state == FRAME_FREE && (e->pte & PTE_PRESENT))
		model_found(m, RULE_PTE_FREE, "0x%08x maps frame 0x%x, which is free", addr,
			    e->pte >> 12);
	if (in_window(m, addr) && (e->pte & PTE_PRESENT))
		check_area_pte(m, addr, e->pte);
	if ((e->old ^ e->pte) >> 12)
		remember(m, t, addr, e->old);
	store(m, t, i, e->pte);
}

static void pte_clear(struct model *m, const struct ps_ev_pte_clear *e)
{
	struct table *t = table_of_entry(m, e->entry_pa, e->addr);
	unsigned i = entry_index(e->entry_pa);
	u32 addr = e->addr & ~0xfffu;

	check_old(m, t, i, addr, e->old);
	judge_address(m, t, i, addr);
	remember(m, t, addr, e->old);
	store(m, t, i, 0);
	if (m->in_vfree && m->dying_live && addr - m->dying.addr < m->dying.size)
		m->unmapped++;
}

/* A range lies in one table or directory. */
static void range_set(struct model *m, const struct ps_ev_pte_range_set *e)
{
	struct table *t = e->large ? directory(m, e->entry_pa)
				   : table_of_entry(m, e->entry_pa, e->addr);
	unsigned i = entry_index(e->entry_pa), shift = e->large ? 22 : 12;

	if (e->large)
		check_slot(m, i, e->entry_pa, e->addr);
	else
		judge_address(m, t, i, e->addr & ~0xfffu);
	for (u32 n = 0; n < e->nr && i + n < PGDIR_SLOTS; n++)
		store(m, t, i + n, e->entry + (n << shift));
	if (e->nr > PGDIR_SLOTS - i)
		model_found(m, RULE_PTE_ADDRESS,
			    "%u entries from 0x%x on do not lie in one table of 1,024", e->nr,
			    e->entry_pa);
}

/* A write through any address into a page table or directory changes the entry
 * there, and no pte_set tells of it: lessons do so to show what the TLB
 * remembers. */
static void poke(struct model *m, const struct ps_ev_mem_access *e)
{
	u32 pde, pte, pa;
	struct table *t;
	unsigned i;

	if (e->kind != PS_ACCESS_WRITE || !e->ok ||
	    model_walk(m, m->cr3, e->addr, &pde, &pte, &pa) != WALK_MAPPED)
		return;
	t = model_table(m, pa >> 12);
	i = entry_index(pa);
	if (!t || !entry_known(t, i) || same_entry(t->entry[i], e->value))
		return;
	if (t->is_pgd)
		model_found(m, RULE_POKED,
			    "in directory 0x%x the slot of 0x%08x changed in memory from 0x%x to "
			    "0x%x",
			    t->pfn << 12, i << 22, t->entry[i], e->value);
	else if (t->home != NO_HOME) {
		model_found(m, RULE_POKED,
			    "the entry of 0x%08x changed in memory from 0x%x to 0x%x",
			    t->home | i << 12, t->entry[i], e->value);
		remember(m, t, t->home | i << 12, t->entry[i]);
	} else {
		return; /* nothing leads to it: the frame is data by now */
	}
	store(m, t, i, e->value);
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

/* A snapshot judges what is known whole.  A machine whose initial state was told has
 * told of all its entries once it has booted: what it did not tell is empty. */
static bool judged(const struct model *m, const struct table *t)
{
	return t->nr_known == PGDIR_SLOTS || (model_frames_known(m) && m->boot_told);
}

static void pgd_state(struct model *m, const struct ps_ev_pgd_state *e)
{
	const struct table *d = directory(m, e->pgd);
	bool complete = judged(m, d);
	u32 present;

	m->boot_told = true; /* also by a kernel that removes no map of the boot's */
	if (!complete)
		return;
	if (hash_entries(d->entry, &present) != e->hash || present != e->nr_present)
		model_found(m, RULE_STATE_PGD,
			    "directory 0x%x: the kernel reads %u present entries, "
			    "the replay has %u%s",
			    e->pgd, e->nr_present, present,
			    present == e->nr_present ? " with other contents" : "");
}

static void pgtable_state(struct model *m, const struct ps_ev_pgtable_state *e)
{
	struct table *t = model_table(m, e->table >> 12);
	u32 present = 0;

	if (!t && !model_frames_known(m))
		return;
	if (!t || (t->home != NO_HOME && !maps_at(m, t, table_index(e->addr), e->addr)))
		model_found(m, RULE_STATE_TABLE,
			    "0x%08x: the kernel's table is 0x%x, the replay has none there",
			    e->addr, e->table);
	else if (judged(m, t) &&
		 (hash_entries(t->entry, &present) != e->hash || present != e->nr_present))
		model_found(m, RULE_STATE_TABLE,
			    "table of 0x%08x: the kernel reads %u present entries, "
			    "the replay has %u%s",
			    e->addr, e->nr_present, present,
			    present == e->nr_present ? " with other contents" : "");
}

void paging_event(struct model *m, const struct event *ev)
{
	const void *p = ev->p;

	switch (ev->id) {
	case PS_ID_pde_set: {
		const struct ps_ev_pde_set *e = p;

		pde_store(m, e->entry_pa, e->addr, e->old, e->pde);
		break;
	}
	case PS_ID_pde_clear: {
		const struct ps_ev_pde_clear *e = p;

		pde_store(m, e->entry_pa, e->addr, e->old, 0);
		break;
	}
	case PS_ID_pde_clear_range: pde_clear_range(m, p); break;
	case PS_ID_pte_set: pte_set(m, p); break;
	case PS_ID_pte_clear: pte_clear(m, p); break;
	case PS_ID_pte_range_set: range_set(m, p); break;
	case PS_ID_mem_access: poke(m, p); break;
	case PS_ID_pte_alloc:
		told_empty(m, ((const struct ps_ev_pte_alloc *)p)->table >> 12);
		break;
	case PS_ID_pgd_alloc: pgd_alloc(m, p); break;
	case PS_ID_pgd_free: pgd_free(m, p); break;
	case PS_ID_tlb_flush: tlb_flushed(m, p); break;
	case PS_ID_switch_mm: switch_mm(m, p); break;
	case PS_ID_vmalloc_fault: vmalloc_fault(m, p); break;
	case PS_ID_pgd_state: pgd_state(m, p); break;
	case PS_ID_pgtable_state: pgtable_state(m, p); break;
	}
}

/* SPDX-License-Identifier: MIT */
/* watched.c - a watched guest's tables; see watched.h. */
#include "model/watched.h"
#include "model/paging.h"
#include "model/tlb.h"

#define CR4_PSE 0x10u
#define CR4_PAE 0x20u

static void stored(struct model *m, u32 entry_pa, u32 old, u32 now)
{
	const struct table *t = model_table(m, entry_pa >> 12);
	unsigned i = entry_pa >> 2 & (PGDIR_SLOTS - 1);

	if (t && entry_known(t, i) && !same_entry(old, t->entry[i]))
		model_found(m, RULE_PTE_OLD, "the entry at 0x%x held 0x%x, the event says 0x%x",
			    entry_pa, t->entry[i], old);
	paging_store(m, entry_pa, now);
}

static void run(struct model *m, const struct ps_ev_table_run *e)
{
	for (u32 n = 0; n < e->nr && n < PGDIR_SLOTS - (e->entry_pa >> 2 & (PGDIR_SLOTS - 1)); n++)
		paging_store(m, e->entry_pa + 4 * n, e->entry + n * e->step);
}

static void mode(struct model *m, const struct ps_ev_paging_mode *e)
{
	bool pse = e->cr4 & CR4_PSE;

	m->paging.on = e->on;
	m->paging.pae = e->cr4 & CR4_PAE;
	if (pse != !!(m->info.flags & PS_RUN_PSE))
		paging_pse(m, pse);
}

void watched_event(struct model *m, const struct event *ev)
{
	const void *p = ev->p;

	if (!model_watched(m))
		return;
	switch (ev->id) {
	case PS_ID_table_seen: {
		const struct ps_ev_table_seen *e = p;

		paging_told_empty(m, e->table >> 12, e->level == 2);
		break;
	}
	case PS_ID_table_run: run(m, p); break;
	case PS_ID_table_store:
	case PS_ID_table_late: {
		const struct ps_ev_table_store *e = p; /* both have these fields */

		stored(m, e->entry_pa, e->old, e->entry);
		break;
	}
	case PS_ID_table_unknown:
		paging_unknown(m, ((const struct ps_ev_table_unknown *)p)->table >> 12);
		break;
	case PS_ID_cr3_load:
		m->cr3 = ((const struct ps_ev_cr3_load *)p)->pgd;
		tlb_switched(m);
		break;
	case PS_ID_directory_end:
		paging_frame_freed(m, ((const struct ps_ev_directory_end *)p)->pgd >> 12);
		break;
	case PS_ID_paging_mode: mode(m, p); break;
	case PS_ID_watch_gap: m->paging.gap = !((const struct ps_ev_watch_gap *)p)->ends; break;
	}
}

static bool watched_entries(const struct event *ev, u32 *entry_pa, u32 *bytes)
{
	switch (ev->id) {
	case PS_ID_table_store:
	case PS_ID_table_late:
		*entry_pa = ((const struct ps_ev_table_store *)ev->p)->entry_pa;
		*bytes = 4;
		return true;
	case PS_ID_table_run: {
		const struct ps_ev_table_run *e = (const void *)ev->p;

		*entry_pa = e->entry_pa;
		*bytes = 4 * e->nr;
		return true;
	}
	case PS_ID_table_built: {
		const struct ps_ev_table_built *e = (const void *)ev->p;

		*entry_pa = e->entry_pa;
		*bytes = 4 * e->nr;
		return true;
	}
	case PS_ID_table_seen:
		*entry_pa = ((const struct ps_ev_table_seen *)ev->p)->table;
		*bytes = 4096;
		return true;
	default: return false;
	}
}

bool span_of_entries(const struct event *ev, u32 *entry_pa, u32 *bytes)
{
	*bytes = 4;
	switch (ev->id) {
	case PS_ID_pte_set:
		*entry_pa = ((const struct ps_ev_pte_set *)ev->p)->entry_pa;
		return true;
	case PS_ID_pte_clear:
		*entry_pa = ((const struct ps_ev_pte_clear *)ev->p)->entry_pa;
		return true;
	case PS_ID_pde_set:
		*entry_pa = ((const struct ps_ev_pde_set *)ev->p)->entry_pa;
		return true;
	case PS_ID_pde_clear:
		*entry_pa = ((const struct ps_ev_pde_clear *)ev->p)->entry_pa;
		return true;
	case PS_ID_pte_range_set: {
		const struct ps_ev_pte_range_set *e = (const void *)ev->p;

		*entry_pa = e->entry_pa;
		*bytes = 4 * e->nr;
		return true;
	}
	case PS_ID_pde_clear_range: {
		const struct ps_ev_pde_clear_range *e = (const void *)ev->p;

		*entry_pa = e->entry_pa;
		*bytes = 4 * e->nr;
		return true;
	}
	case PS_ID_vmalloc_fault: {
		const struct ps_ev_vmalloc_fault *e = (const void *)ev->p;

		*entry_pa = (e->pgd & ~0xfffu) + 4 * pgd_slot(e->address);
		return true;
	}
	default: return watched_entries(ev, entry_pa, bytes);
	}
}

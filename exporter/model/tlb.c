/* SPDX-License-Identifier: MIT */
/* tlb.c - the replay of TLB flushes; see tlb.h. */
#include "model/tlb.h"

void tlb_remember(struct model *m, u32 addr, u32 pte)
{
	struct frame *f = model_frame(m, pte >> 12);

	if (!f || !(pte & PTE_PRESENT) || !model_is(m, PS_MACHINE_FLUSHES))
		return;
	f->epoch = m->flush_epoch;
	if (m->nr_stale == m->cap_stale) {
		m->cap_stale = m->cap_stale ? m->cap_stale * 2 : 256;
		m->stale = ps_realloc(m->stale, m->cap_stale * sizeof(*m->stale));
	}
	m->stale[m->nr_stale++] = (struct stale){
		addr, pte >> 12, (pte & PTE_GLOBAL) && (m->info.flags & PS_RUN_PGE)
	};
}

static bool in_range(const struct stale *s, u32 addr, u32 bytes)
{
	return s->addr - addr < bytes;
}

/* Entries for [addr, addr + bytes) are out of the TLB; bytes 0: all but global ones. */
static void forget_stale(struct model *m, u32 addr, u32 bytes)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < m->nr_stale; i++) {
		struct stale s = m->stale[i];

		if (bytes ? in_range(&s, addr, bytes) : !s.global)
			m->frame[s.pfn].epoch = 0;
		else
			m->stale[kept++] = s;
	}
	m->nr_stale = kept;
}

void tlb_switched(struct model *m)
{
	forget_stale(m, 0, 0);
}

void tlb_flushed(struct model *m, const struct ps_ev_tlb_flush *e)
{
	if (e->pages != PS_FLUSH_ALL) {
		forget_stale(m, e->addr, e->pages * 4096);
		return;
	}
	if (e->reason == PS_FLUSH_TASK_SWITCH) {
		tlb_switched(m);
		return;
	}
	m->flush_epoch++;
	m->nr_stale = 0;
	m->flushed = true;
}

void tlb_frame_reused(struct model *m, u32 pfn)
{
	if (m->frame[pfn].epoch != m->flush_epoch)
		return;
	for (unsigned i = m->nr_stale; i-- > 0;) {
		if (m->stale[i].pfn != pfn)
			continue;
		model_found(m, RULE_REUSE,
			    "frame 0x%x is handed out while the TLB may still map 0x%08x "
			    "to it",
			    pfn, m->stale[i].addr);
		break;
	}
	m->frame[pfn].epoch = 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * kmap.c - the replay of kmap's window: a slot's count is 0 if it is free, 1 if it
 * waits for a flush, else one more than its users, as in 2.4.22's pkmap_count.
 */
#include "model/kmap.h"

static u32 *pkmap_slot(struct model *m, u32 addr, u32 **pfn)
{
	u32 slot = (addr - m->info.pkmap_base) >> 12;

	if (!m->info.pkmap_base || addr < m->info.pkmap_base || slot >= 1024)
		return NULL;
	*pfn = &m->pkmap_pfn[slot];
	return &m->pkmap_count[slot];
}

static void kmap(struct model *m, const struct ps_ev_kmap *e)
{
	u32 *pfn, *count = pkmap_slot(m, e->addr, &pfn);

	if (!e->addr || !count)
		return; /* failed, or a page of the linear map */
	if (!m->kmap_known && !*count)
		*count = e->fresh ? 0 : 1; /* taken while events were missing */
	else if (e->fresh ? *count != 0 : *count == 0 || *pfn != e->pfn)
		model_found(m, RULE_KMAP_COUNT,
			    "kmap of 0x%x at 0x%08x (%s): the slot has count %u and "
			    "frame 0x%x",
			    e->pfn, e->addr, e->fresh ? "fresh" : "again", *count, *pfn);
	*count = e->fresh ? 2 : *count + 1;
	*pfn = e->pfn;
}

static void kunmap(struct model *m, const struct ps_ev_kunmap *e)
{
	u32 *pfn, *count = pkmap_slot(m, e->addr, &pfn);

	if (!count)
		return;
	if (!m->kmap_known && *count < 2)
		return;
	if (*count < 2 || *pfn != e->pfn) {
		model_found(m, RULE_KMAP_COUNT,
			    "kunmap of 0x%x at 0x%08x: the slot has count %u and "
			    "frame 0x%x",
			    e->pfn, e->addr, *count, *pfn);
		return;
	}
	--*count;
}

static void flush_zero_pkmaps(struct model *m, const struct ps_ev_flush_all_zero_pkmaps *e)
{
	u32 n = 0;

	for (unsigned i = 0; i < 1024; i++)
		if (m->pkmap_count[i] == 1) {
			m->pkmap_count[i] = 0;
			n++;
		}
	if (n != e->nr && m->kmap_known)
		model_found(m, RULE_KMAP_COUNT, "%u unused slots were flushed, the replay has %u",
			    e->nr, n);
}

static void pkmap_state(struct model *m, const struct ps_ev_pkmap_state *e)
{
	u32 h = PS_FNV_START, used = 0, stale = 0;

	for (unsigned i = 0; i < 1024; i++) {
		h = ps_fnv_u32(h, m->pkmap_count[i]);
		used += m->pkmap_count[i] > 1;
		stale += m->pkmap_count[i] == 1;
	}
	if (e->nr_used == used && e->nr_stale == stale && e->hash == h)
		m->kmap_known = true;
	else if (!m->kmap_known)
		return;
	else
		model_found(m, RULE_STATE_PKMAP,
			    "the kernel counts %u slots in use and %u to be "
			    "flushed, the replay %u and %u",
			    e->nr_used, e->nr_stale, used, stale);
}

void kmap_event(struct model *m, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_kmap: kmap(m, (const void *)ev->p); break;
	case PS_ID_kunmap: kunmap(m, (const void *)ev->p); break;
	case PS_ID_flush_all_zero_pkmaps: flush_zero_pkmaps(m, (const void *)ev->p); break;
	case PS_ID_pkmap_state: pkmap_state(m, (const void *)ev->p); break;
	}
}

/* SPDX-License-Identifier: MIT */
/* mem_map.c - the kernel's mem_map, held against the model's frames; see mem_map.h. */
#include "model/mem_map.h"

#include <stdlib.h>

void mem_map_state(struct model *m, const struct ps_ev_mem_map_state *e)
{
	u32 h = PS_FNV_START, reserved = 0, used = 0, unclaimed = NIL;

	if (!model_frames_known(m))
		return;
	for (u32 pfn = 0; pfn < e->nr_pages && pfn < m->nr_frames; pfn++) {
		const struct frame *f = &m->frame[pfn];
		bool kept = f->state == FRAME_RESERVED;
		u32 word = (kept ? 0x8000u : 0) | ((u32)f->count & 0x7fff);

		reserved += kept;
		if (kept && f->clearable)
			unclaimed = pfn;
		used += !kept && f->count;
		h = ps_fnv_byte(ps_fnv_byte(h, (u8)word), (u8)(word >> 8));
	}
	if (unclaimed != NIL)
		model_found(m, RULE_STATE_MEM_MAP,
			    "0x%x is kept from the allocator, but no event says for "
			    "whom",
			    unclaimed);
	if (e->nr_reserved != reserved || e->nr_used != used)
		model_found(m, RULE_STATE_MEM_MAP,
			    "the kernel counts %u reserved and %u used frames, "
			    "the replay %u and %u",
			    e->nr_reserved, e->nr_used, reserved, used);
	else if (e->hash != h)
		model_found(m, RULE_STATE_MEM_MAP, "a use count or a reserved bit differs");
}

/* The word mem_map has for the frame: docs/trace-format.md. */
static u32 page_flags(const struct frame *f)
{
	u32 word = (u32)f->zone << 24;

	if (f->state == FRAME_RESERVED)
		word |= 0x10;
	else if (f->head)
		word |= f->order | (f->state == FRAME_FREE ? 0x20u : 0x40u);
	return f->cache && f->state == FRAME_USED ? word | 0x80 : word;
}

static int by_pfn(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Frames that kmap's window shows, as pfn and slot + 1. */
static unsigned kmapped(const struct model *m, u32 shown[][2])
{
	unsigned nr = 0;

	for (u32 slot = 0; slot < 1024; slot++)
		if (m->pkmap_count[slot]) {
			shown[nr][0] = m->pkmap_pfn[slot];
			shown[nr++][1] = slot + 1;
		}
	qsort(shown, nr, sizeof(*shown), by_pfn);
	return nr;
}

void mem_map_flags_state(struct model *m, const struct ps_ev_page_flags_state *e)
{
	u32 h = PS_FNV_START, nr_free = 0, nr_used = 0, nr_slab = 0, length = 0, run = 0;
	u32 shown[1024][2], nr = e->nr_pages < m->nr_frames ? e->nr_pages : m->nr_frames;
	unsigned nr_shown = kmapped(m, shown), at = 0;

	if (!model_frames_known(m))
		return;

	for (u32 pfn = 0; pfn < nr; pfn++) {
		u32 word = page_flags(&m->frame[pfn]);

		nr_free += word >> 5 & 1;
		nr_used += word >> 6 & 1;
		nr_slab += word >> 7 & 1;
		while (at < nr_shown && shown[at][0] < pfn)
			at++;
		if (at < nr_shown && shown[at][0] == pfn)
			word |= shown[at][1] << 8;
		if (length && word == run) {
			length++;
			continue;
		}
		if (length)
			h = ps_fnv_u32(ps_fnv_u32(h, run), length);
		run = word;
		length = 1;
	}
	if (length)
		h = ps_fnv_u32(ps_fnv_u32(h, run), length);
	if (e->nr_free != nr_free || e->nr_used != nr_used || e->nr_slab != nr_slab)
		model_found(m, RULE_STATE_FLAGS,
			    "the kernel counts %u free blocks, %u in use and %u slab "
			    "frames, the replay %u, %u and %u",
			    e->nr_free, e->nr_used, e->nr_slab, nr_free, nr_used, nr_slab);
	else if (e->hash != h)
		model_found(m, RULE_STATE_FLAGS,
			    "the order, zone, slab bit or kmap slot of a frame differs");
}

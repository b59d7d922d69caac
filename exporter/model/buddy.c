/* SPDX-License-Identifier: MIT */
/*
 * buddy.c - the replay of the buddy allocator: free lists in their order, pair
 * bits, counters, and who has each frame.
 */
#include "model/buddy.h"
#include "model/mem_map.h"
#include "model/paging.h"
#include "model/slabs.h"
#include "model/tlb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct zone *zone_of(struct model *m, u32 pfn)
{
	struct frame *f = model_frame(m, pfn);

	return f && f->zone < PS_MAX_ZONES ? &m->zone[f->zone] : NULL;
}

void buddy_zone(struct model *m, const struct event *ev)
{
	const struct ps_ev_mm_setup_per_zone_wmarks *w = (const void *)ev->p;
	struct zone *z;

	if (w->zone >= PS_MAX_ZONES || !m->ready)
		return;
	z = &m->zone[w->zone];
	z->min = w->watermark_min;
	z->low = w->watermark_low;
	z->high = w->watermark_high;
	if (z->present)
		return;
	z->present = true;
	z->orders = model_orders(m);
	z->counted = z->complete = model_frames_known(m);
	snprintf(z->name, sizeof(z->name), "%s", ps_field_string(&ps_kinds[ev->id], ev->p, 0));
	z->start = w->start_pfn;
	z->size = w->spanned_pages;
	if (z->start > m->nr_frames || z->size > m->nr_frames - z->start) {
		model_found(m, RULE_WRONG_ZONE,
			    "zone %u spans 0x%x frames from 0x%x, but there are only "
			    "0x%x frames",
			    w->zone, z->size, z->start, m->nr_frames);
		z->start = z->start < m->nr_frames ? z->start : m->nr_frames;
		z->size = m->nr_frames - z->start;
	}
	for (unsigned k = 0; k < model_orders(m); k++) {
		z->head[k] = NIL;
		z->bits[k] = ps_alloc(((u64)z->size >> (k + 4)) + 2);
	}
	for (u32 i = 0; i < z->size && z->start + i < m->nr_frames; i++)
		m->frame[z->start + i].zone = w->zone;
}

/* Events were lost: which blocks are free and in use is unknown. */
static void forget_zone(struct model *m, struct zone *z)
{
	z->counted = z->complete = z->split = z->must_merge = false;
	z->free_pages = z->skipped = 0;
	for (unsigned k = 0; k < model_orders(m); k++) {
		z->head[k] = NIL;
		z->nr_free[k] = 0;
		memset(z->bits[k], 0, ((u64)z->size >> (k + 4)) + 2);
	}
}

void buddy_forget(struct model *m)
{
	for (unsigned n = 0; n < PS_MAX_ZONES; n++)
		if (m->zone[n].present)
			forget_zone(m, &m->zone[n]);
	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		struct frame *f = &m->frame[pfn];

		if (f->state != FRAME_RESERVED || f->clearable)
			f->state = FRAME_UNKNOWN;
		f->head = f->on_slab_list = 0;
		f->cache = 0;
		f->epoch = 0;
	}
}

/* The largest order has no buddies; its bits mean nothing. */
static void toggle(struct zone *z, u32 pfn, unsigned order)
{
	u32 bit = (pfn - z->start) >> (order + 1);

	if (z->bits[order])
		z->bits[order][bit >> 3] ^= (u8)(1 << (bit & 7));
}

static void list_del(struct model *m, struct zone *z, u32 pfn);

static bool is_on_a_list(const struct frame *f)
{
	return f->state == FRAME_FREE && f->head;
}

/* Lists must stay lists whatever the events say: a block is on one at most. */
static void list_add(struct model *m, struct zone *z, u32 pfn, unsigned order)
{
	struct frame *f = &m->frame[pfn];

	if (f->cache)
		slab_frames_freed(m, pfn, 0);
	if (is_on_a_list(f)) {
		toggle(z, pfn, f->order);
		list_del(m, z, pfn);
	}
	f->state = FRAME_FREE;
	f->head = 1;
	f->count = 0;
	f->order = (u8)order;
	f->prev = NIL;
	f->next = z->head[order];
	if (f->next != NIL)
		m->frame[f->next].prev = pfn;
	z->head[order] = pfn;
	z->nr_free[order]++;
}

static void list_del(struct model *m, struct zone *z, u32 pfn)
{
	struct frame *f = &m->frame[pfn];

	if (f->prev != NIL)
		m->frame[f->prev].next = f->next;
	else
		z->head[f->order] = f->next;
	if (f->next != NIL)
		m->frame[f->next].prev = f->prev;
	z->nr_free[f->order]--;
	f->head = 0;
	f->next = f->prev = NIL;
}

static bool is_listed(const struct model *m, u32 pfn, unsigned order)
{
	const struct frame *f = model_frame(m, pfn);

	return f && f->state == FRAME_FREE && f->head && f->order == order;
}

/* True if the block lies in one zone and is aligned there. */
static bool fits(const struct model *m, const struct zone *z, u32 pfn, unsigned order)
{
	return order < model_orders(m) && pfn >= z->start &&
	       ((pfn - z->start) & ((1u << order) - 1)) == 0 &&
	       (u64)(pfn - z->start) + (1u << order) <= z->size &&
	       (u64)pfn + (1u << order) <= m->nr_frames;
}

/* Takes [pfn, 2^order) out of the larger free block that holds it, for events
 * whose splits were never told: the pieces go back on the lists. */
static void carve(struct model *m, struct zone *z, u32 pfn, unsigned order)
{
	unsigned from;
	u32 head = model_free_block(m, pfn, &from);

	if (head == NIL || from < order)
		return;
	list_del(m, z, head);
	toggle(z, head, from);
	while (from > order) {
		u32 half = 1u << --from, upper = head + half;

		list_add(m, z, pfn < upper ? upper : head, from);
		toggle(z, head, from);
		if (pfn >= upper)
			head = upper;
	}
}

/* Frames whose state was unknown are free, says an event. */
static void adopt_free(struct model *m, u32 pfn, unsigned order)
{
	for (u32 i = 0; i < 1u << order; i++)
		if (m->frame[pfn + i].state == FRAME_UNKNOWN) {
			m->frame[pfn + i].state = FRAME_FREE;
			m->frame[pfn + i].head = 0;
		}
}

/* What the frame at pfn is, for messages. */
static const char *describe(const struct model *m, u32 pfn, char buf[96])
{
	const struct frame *f = &m->frame[pfn];
	unsigned order;
	u32 head;

	switch (f->state) {
	case FRAME_RESERVED:
		snprintf(buf, 96, "kept from the allocator (%s)",
			 ps_value_text("owner", f->owner) ? ps_value_text("owner", f->owner) : "?");
		break;
	case FRAME_UNKNOWN: snprintf(buf, 96, "of unknown state"); break;
	case FRAME_FREE:
		head = model_free_block(m, pfn, &order);
		if (head == NIL)
			snprintf(buf, 96, "free");
		else
			snprintf(buf, 96, "in the free block 0x%x of order %u", head, order);
		break;
	default:
		snprintf(buf, 96, "in use as order %u since event %s (0x%08x)", f->order,
			 ps_thousands(f->since_i), f->site);
	}
	return buf;
}

/* ---- pending obligations ---- */

static void check_pending(struct model *m, struct zone *z, u8 id, u32 pfn, unsigned order)
{
	if (z->split && !(id == PS_ID_buddy_split || id == PS_ID_mm_page_alloc)) {
		model_found(m, RULE_SPLIT_LOST,
			    "the order-%u piece at 0x%x of a split block was "
			    "neither split further nor handed out",
			    z->split_order, z->split_pfn);
		list_add(m, z, z->split_pfn, z->split_order);
		toggle(z, z->split_pfn, z->split_order);
		z->split = false;
	}
	if (z->must_merge &&
	    !(id == PS_ID_buddy_merge && pfn == z->merge_pfn && order == z->merge_order))
		model_found(m, RULE_MISSED_MERGE,
			    "the order-%u buddies at 0x%x and 0x%x are both "
			    "free and were not merged",
			    z->merge_order, z->merge_pfn, z->merge_pfn + (1u << z->merge_order));
	z->must_merge = false;
}

/* Notes that the block just listed has a free buddy.  A kernel with max_order 1
 * has single pages and no buddies. */
static void note_buddy(struct model *m, struct zone *z, u32 pfn, unsigned order)
{
	u32 buddy;

	if (order + 1 >= model_orders(m))
		return;
	buddy = z->start + ((pfn - z->start) ^ 1u << order);
	if (buddy - z->start >= z->size || !is_listed(m, buddy, order))
		return;
	z->must_merge = true;
	z->merge_pfn = buddy < pfn ? buddy : pfn;
	z->merge_order = order;
}

/* ---- allocation ---- */

/* An allocator that is not 2.4.22's takes blocks from anywhere in a list. */
static bool own_lists(const struct model *m)
{
	return m->info.flags & PS_RUN_OWN_LISTS;
}

/* `low`: as buddy_split_low, whose fields are the same. */
static void split(struct model *m, const struct ps_ev_buddy_split *e, bool low)
{
	struct zone *z = zone_of(m, e->pfn);
	char was[96];
	u32 half, listed;

	if (!z || e->order == 0 || !fits(m, z, e->pfn, e->order)) {
		model_found(m, RULE_MISALIGNED, "split of order %u at 0x%x: no such block",
			    e->order, e->pfn);
		return;
	}
	check_pending(m, z, PS_ID_buddy_split, e->pfn, e->order);
	if (z->split) {
		if (z->split_pfn != e->pfn || z->split_order != e->order)
			model_found(m, RULE_SPLIT_LOST,
				    "order %u at 0x%x was to go on, but order %u "
				    "at 0x%x is split",
				    z->split_order, z->split_pfn, e->order, e->pfn);
		z->split = false;
	} else if (is_listed(m, e->pfn, e->order)) {
		if (z->head[e->order] != e->pfn && z->complete && !own_lists(m))
			model_found(m, RULE_NOT_HEAD,
				    "order %u at 0x%x is split, the list begins "
				    "with 0x%x",
				    e->order, e->pfn, z->head[e->order]);
		list_del(m, z, e->pfn);
		toggle(z, e->pfn, e->order);
	} else if (m->frame[e->pfn].state != FRAME_UNKNOWN) {
		model_found(m, RULE_SPLIT_ABSENT,
			    "order %u at 0x%x is not on its free list: it is "
			    "%s",
			    e->order, e->pfn, describe(m, e->pfn, was));
		if (m->frame[e->pfn].state != FRAME_FREE)
			return;
		carve(m, z, e->pfn, e->order);
	} else {
		adopt_free(m, e->pfn, e->order);
	}
	half = 1u << (e->order - 1);
	listed = low ? e->pfn + half : e->pfn;
	list_add(m, z, listed, e->order - 1u);
	toggle(z, listed, e->order - 1u);
	z->split = true;
	z->split_pfn = low ? e->pfn : e->pfn + half;
	z->split_order = e->order - 1u;
}

/* The zones a GFP mask allows, in the order they are tried; NIL ends. */
static void zonelist(u32 gfp, u8 list[4])
{
	unsigned n = 0;

	if (!(gfp & 1)) {
		if (gfp & 2)
			list[n++] = 2;
		list[n++] = 1;
	}
	list[n++] = 0;
	list[n] = 0xff;
}

/* The sum a zone's free pages had to exceed in a pass: 2^order and the
 * watermark of each zone up to it. */
static u32 threshold(const struct model *m, u8 zone, u32 gfp, unsigned order, bool low)
{
	u32 sum = 1u << order;
	u8 list[4];

	zonelist(gfp, list);
	for (unsigned n = 0; list[n] != 0xff; n++) {
		const struct zone *z = &m->zone[list[n]];

		if (!z->present || !z->size)
			continue;
		sum += low ? z->low : gfp & 0x10 ? z->min : z->min >> 2;
		if (list[n] == zone)
			break;
	}
	return sum;
}

/* A zone below a watermark may serve only after it was refused in that pass. */
static void check_watermark(struct model *m, const struct ps_ev_mm_page_alloc *e, u8 zone)
{
	const struct zone *z = &m->zone[zone];
	u32 low = threshold(m, zone, e->gfp_flags, e->order, true);
	u32 min = threshold(m, zone, e->gfp_flags, e->order, false);

	if (!z->counted || !model_is(m, PS_MACHINE_WATERMARKS))
		return;
	if (z->free_pages <= low && !z->skipped)
		model_found(m, RULE_WATERMARK,
			    "%u free pages, more than %u (low) wanted for order %u, "
			    "and no refusal before",
			    z->free_pages, low, e->order);
	else if (z->free_pages <= min && !(z->skipped & ~(1u << PS_PASS_LOW)))
		model_found(m, RULE_WATERMARK,
			    "%u free pages, more than %u (min) wanted for order %u, "
			    "and no refusal in that pass",
			    z->free_pages, min, e->order);
}

static void check_zone(struct model *m, const struct ps_ev_mm_page_alloc *e, u8 zone)
{
	u8 list[4];
	bool allowed = false;

	if (e->zone != zone)
		model_found(m, RULE_WRONG_ZONE, "0x%x is in zone %u, the event says %u", e->pfn,
			    zone, e->zone);
	if (!model_is(m, PS_MACHINE_WATERMARKS))
		return; /* the GFP masks and zone numbers are not 2.4.22's */
	zonelist(e->gfp_flags, list);
	for (unsigned n = 0; list[n] != 0xff; n++)
		allowed |= list[n] == zone;
	if (!allowed)
		model_found(m, RULE_GFP_ZONE, "GFP 0x%x does not allow zone %u, where 0x%x lies",
			    e->gfp_flags, zone, e->pfn);
}

/* Takes the block off the free lists; false if it was not free at all. */
static bool take(struct model *m, struct zone *z, const struct ps_ev_mm_page_alloc *e)
{
	char was[96];

	if (z->split) {
		z->split = false;
		if (z->split_pfn == e->pfn && z->split_order == e->order)
			return true;
		model_found(m, RULE_SPLIT_LOST,
			    "order %u at 0x%x was to be handed out, but it is "
			    "order %u at 0x%x",
			    z->split_order, z->split_pfn, e->order, e->pfn);
		list_add(m, z, z->split_pfn, z->split_order);
		toggle(z, z->split_pfn, z->split_order);
	}
	if (is_listed(m, e->pfn, e->order)) {
		if (z->head[e->order] != e->pfn && z->complete && !own_lists(m))
			model_found(m, RULE_NOT_HEAD,
				    "order %u at 0x%x is handed out, the list begins "
				    "with 0x%x",
				    e->order, e->pfn, z->head[e->order]);
		list_del(m, z, e->pfn);
		toggle(z, e->pfn, e->order);
		return true;
	}
	if (m->frame[e->pfn].state == FRAME_UNKNOWN)
		return true;
	describe(m, e->pfn, was);
	if (m->frame[e->pfn].state == FRAME_USED)
		model_found(m, RULE_DOUBLE_ALLOC, "order %u at 0x%x is handed out, but it is %s",
			    e->order, e->pfn, was);
	else if (m->frame[e->pfn].state == FRAME_RESERVED)
		model_found(m, RULE_ALLOC_RESERVED, "order %u at 0x%x is handed out, but it is %s",
			    e->order, e->pfn, was);
	else
		model_found(m, RULE_ALLOC_ABSENT, "order %u at 0x%x is handed out, but it is %s",
			    e->order, e->pfn, was);
	if (m->frame[e->pfn].state != FRAME_FREE)
		return false;
	carve(m, z, e->pfn, e->order);
	return true;
}

static void alloc(struct model *m, const struct ps_ev_mm_page_alloc *e)
{
	struct zone *z;
	u8 zone;

	if (e->pfn == PS_PFN_NONE) {
		for (unsigned n = 0; n < PS_MAX_ZONES; n++)
			m->zone[n].skipped = 0;
		return;
	}
	z = zone_of(m, e->pfn);
	if (!z || !fits(m, z, e->pfn, e->order)) {
		model_found(m, RULE_MISALIGNED, "order %u at 0x%x is handed out: no such block",
			    e->order, e->pfn);
		return;
	}
	zone = (u8)(z - m->zone);
	check_pending(m, z, PS_ID_mm_page_alloc, e->pfn, e->order);
	check_zone(m, e, zone);
	check_watermark(m, e, zone);
	for (unsigned n = 0; n < PS_MAX_ZONES; n++)
		m->zone[n].skipped = 0;
	if (take(m, z, e))
		z->free_pages -= 1u << e->order;
	for (u32 i = 0; i < 1u << e->order; i++) {
		struct frame *f = &m->frame[e->pfn + i];

		if (i && f->state == FRAME_USED && f->head)
			model_found(m, RULE_DOUBLE_ALLOC,
				    "0x%x is handed out as part of order %u at "
				    "0x%x, but it is in use since event %s",
				    e->pfn + i, e->order, e->pfn, ps_thousands(f->since_i));
		if (is_on_a_list(f)) {
			toggle(z, e->pfn + i, f->order);
			list_del(m, z, e->pfn + i);
		}
		tlb_frame_reused(m, e->pfn + i);
		if (f->freed_mapped)
			paging_freed_mapped(m, e->pfn + i);
		if (f->freed_table)
			paging_freed_table(m, e->pfn + i);
		f->state = FRAME_USED;
		f->head = i == 0;
		f->order = e->order;
		f->count = i == 0;
		f->since_i = m->i;
		f->since_t = m->t;
		f->site = e->call_site;
	}
}

/* ---- freeing ---- */

/* Puts the block on its list, without merging. */
static void put(struct model *m, struct zone *z, u32 pfn, unsigned order, u32 site)
{
	slab_frames_freed(m, pfn, order);
	for (u32 i = 0; i < 1u << order; i++) {
		struct frame *f = &m->frame[pfn + i];

		if (is_on_a_list(f)) {
			toggle(z, pfn + i, f->order);
			list_del(m, z, pfn + i);
		}
		paging_frame_freed(m, pfn + i);
		f->freed_table = f->tables && !paging_in_use(m, pfn + i);
		m->nr_freed_tables += f->freed_table;
		f->freed_mapped = f->state != FRAME_RESERVED && f->maps + f->users == 1;
		f->state = FRAME_FREE;
		f->head = 0;
		f->clearable = 1;
		f->count = 0;
		f->since_i = m->i;
		f->since_t = m->t;
		f->site = site;
	}
	z->free_pages += 1u << order;
	list_add(m, z, pfn, order);
	toggle(z, pfn, order);
}

/* What is still attached to a frame that is being freed.  Those that the boot hands
 * over may be in its own maps; one entry may be cleared before the frame is used. */
static void check_references(struct model *m, u32 pfn, unsigned order)
{
	for (u32 i = 0; i < 1u << order; i++) {
		const struct frame *f = &m->frame[pfn + i];

		if (f->state != FRAME_RESERVED && f->maps + f->users > 1)
			model_found(m, RULE_FREE_MAPPED,
				    "0x%x is freed, but %u page-table entries map "
				    "it",
				    pfn + i, f->maps + f->users);
		if ((pfn + i) << 12 == m->cr3)
			model_found(m, RULE_FREE_TABLE,
				    "0x%x is freed, but it is the page directory in use", pfn + i);
		else if (f->tables && paging_in_use(m, pfn + i))
			model_found(m, RULE_FREE_TABLE,
				    "0x%x is freed, but the page directory in use refers to it as "
				    "a page table",
				    pfn + i);
	}
}

/* Why the frame cannot be freed so; false: it is to be left alone. */
static bool check_free(struct model *m, const struct ps_ev_mm_page_free *e)
{
	const struct frame *f = &m->frame[e->pfn];
	char was[96];

	describe(m, e->pfn, was);
	if (f->state == FRAME_FREE) {
		model_found(m, RULE_DOUBLE_FREE, "order %u at 0x%x is freed, but it is %s",
			    e->order, e->pfn, was);
		return false;
	}
	if (f->state == FRAME_RESERVED) {
		if (!f->clearable)
			model_found(m, RULE_FREE_RESERVED,
				    "order %u at 0x%x is freed, but it is %s", e->order, e->pfn,
				    was);
		return true;
	}
	if (f->state == FRAME_UNKNOWN)
		return true;
	if (!f->head)
		model_found(m, RULE_FREE_TAIL,
			    "order %u at 0x%x is freed, but it is the middle of a "
			    "block, %s",
			    e->order, e->pfn, was);
	else if (f->order != e->order)
		model_found(m, RULE_WRONG_ORDER, "order %u at 0x%x is freed, but it is %s",
			    e->order, e->pfn, was);
	return true;
}

/* A wrong-order free may take frames with it that are free already: those leave
 * their lists, or the lists would contradict themselves. */
static void uproot(struct model *m, struct zone *z, u32 pfn, unsigned order)
{
	for (u32 i = 0; i < 1u << order; i++) {
		unsigned k;

		if (m->frame[pfn + i].state != FRAME_FREE || !m->frame[pfn + i].head)
			continue;
		k = m->frame[pfn + i].order;
		list_del(m, z, pfn + i);
		toggle(z, pfn + i, k);
		z->free_pages -= 1u << k;
	}
}

static void free_pages(struct model *m, const struct ps_ev_mm_page_free *e)
{
	struct zone *z = zone_of(m, e->pfn);

	if (!z || !fits(m, z, e->pfn, e->order)) {
		model_found(m, RULE_MISALIGNED, "order %u at 0x%x is freed: no such block",
			    e->order, e->pfn);
		return;
	}
	check_pending(m, z, PS_ID_mm_page_free, e->pfn, e->order);
	if (e->zone != z - m->zone)
		model_found(m, RULE_WRONG_ZONE, "0x%x is in zone %u, the event says %u", e->pfn,
			    (unsigned)(z - m->zone), e->zone);
	if (!check_free(m, e))
		return;
	check_references(m, e->pfn, e->order);
	if (e->order)
		uproot(m, z, e->pfn, e->order);
	put(m, z, e->pfn, e->order, e->call_site);
	note_buddy(m, z, e->pfn, e->order);
}

static void join(struct model *m, struct zone *z, u32 lower, unsigned order)
{
	u32 upper = lower + (1u << order);

	list_del(m, z, lower);
	list_del(m, z, upper);
	list_add(m, z, lower, order + 1);
	toggle(z, lower, order + 1);
}

static void merge(struct model *m, const struct ps_ev_buddy_merge *e)
{
	struct zone *z = zone_of(m, e->pfn);
	u32 upper = e->pfn + (1u << (e->order & 15));
	char was[96];

	if (!z || e->order + 1u >= model_orders(m) || !fits(m, z, e->pfn, e->order + 1u)) {
		model_found(m, RULE_MERGE_BUDDY,
			    "0x%x is not the lower one of two order-%u buddies", e->pfn, e->order);
		return;
	}
	check_pending(m, z, PS_ID_buddy_merge, e->pfn, e->order);
	for (u32 half = e->pfn; half <= upper; half += 1u << e->order)
		if (!is_listed(m, half, e->order) && m->frame[half].state == FRAME_UNKNOWN) {
			/* the merge tells that the block was on its list */
			adopt_free(m, half, e->order);
			list_add(m, z, half, e->order);
			toggle(z, half, e->order);
		} else if (!is_listed(m, half, e->order)) {
			model_found(m, RULE_MERGE_ABSENT,
				    "order %u at 0x%x is merged, but it is %s", e->order, half,
				    describe(m, half, was));
			return;
		}
	join(m, z, e->pfn, e->order);
	note_buddy(m, z, e->pfn, e->order + 1u);
}

/* One frame of a range traced as a whole: freed and merged as far as it goes. */
static void free_one(struct model *m, u32 pfn)
{
	struct zone *z = zone_of(m, pfn);
	unsigned order = 0;

	if (!z)
		return;
	if (m->frame[pfn].state != FRAME_UNKNOWN &&
	    (m->frame[pfn].state != FRAME_RESERVED || !m->frame[pfn].clearable)) {
		model_found(m,
			    m->frame[pfn].state == FRAME_FREE ? RULE_DOUBLE_FREE
							      : RULE_FREE_RESERVED,
			    "0x%x of the range is not the allocator's to take", pfn);
		return;
	}
	put(m, z, pfn, 0, 0);
	while (order + 1 < model_orders(m)) {
		u32 buddy = z->start + ((pfn - z->start) ^ 1u << order);

		if (!is_listed(m, buddy, order))
			break;
		pfn = buddy < pfn ? buddy : pfn;
		join(m, z, pfn, order++);
	}
}

static void free_range(struct model *m, const struct ps_ev_free_boot_range *e)
{
	if ((u64)e->start_pfn + e->nr_pages > m->nr_frames) {
		model_found(m, RULE_MISALIGNED, "frames 0x%x..0x%llx are freed: there are 0x%x",
			    e->start_pfn, (unsigned long long)e->start_pfn + e->nr_pages,
			    m->nr_frames);
		return;
	}
	for (u32 i = 0; i < e->nr_pages; i++)
		free_one(m, e->descending ? e->start_pfn + e->nr_pages - 1 - i : e->start_pfn + i);
}

/* ---- the kernel's own word ---- */

static u32 hash_lists(const struct model *m, const struct zone *z)
{
	u32 h = PS_FNV_START;

	for (unsigned k = 0; k < model_orders(m); k++) {
		for (u32 pfn = z->head[k]; pfn != NIL; pfn = m->frame[pfn].next)
			h = ps_fnv_u32(h, pfn);
		h = ps_fnv_u32(h, NIL);
	}
	return h;
}

static u32 hash_bits(const struct model *m, const struct zone *z)
{
	u32 h = PS_FNV_START;

	for (unsigned k = 0; k + 1 < model_orders(m); k++) {
		u32 pairs = (z->size + (2u << k) - 1) >> (k + 1);

		for (u32 b = 0; b < (pairs + 7) / 8; b++)
			h = ps_fnv_byte(h, z->bits[k][b]);
	}
	return h;
}

/* How many free lists have another length than the kernel counts; tells of each. */
static unsigned compare_counts(struct model *m, const struct zone *z,
			       const struct ps_ev_zone_state *e)
{
	unsigned differ = 0;

	for (unsigned k = 0; k < model_orders(m) || k < e->nr_orders; k++) {
		u32 kernel = k < e->nr_orders ? e->nr_free[k] : 0;
		u32 replay = k < model_orders(m) ? z->nr_free[k] : 0;

		if (kernel == replay)
			continue;
		differ++;
		if (z->complete)
			model_found(m, RULE_STATE_ZONE,
				    "zone %u: the kernel counts %u free blocks of "
				    "order %u, the replay %u",
				    e->zone, kernel, k, replay);
	}
	return differ;
}

/* Holds the zone against the kernel's count of it, and learns from that what is not
 * known: the free pages, and that the lists are complete. */
static void zone_state(struct model *m, const struct ps_ev_zone_state *e)
{
	struct zone *z = &m->zone[e->zone % PS_MAX_ZONES];
	unsigned differ;

	if (e->zone >= PS_MAX_ZONES || !z->present) {
		model_found(m, RULE_STATE_ZONE, "zone %u was never set up", e->zone);
		return;
	}
	check_pending(m, z, PS_ID_zone_state, 0, 0);
	if (e->free_pages != z->free_pages && z->counted)
		model_found(m, RULE_STATE_ZONE,
			    "zone %u: the kernel counts %u free pages, the replay "
			    "%u",
			    e->zone, e->free_pages, z->free_pages);
	if (!z->counted) {
		z->free_pages = e->free_pages;
		z->counted = true;
	}
	differ = compare_counts(m, z, e);
	if (!z->complete) {
		z->complete = !differ && e->map_hash == hash_bits(m, z) &&
			      (e->list_hash == hash_lists(m, z) || own_lists(m));
		return;
	}
	if (e->list_hash != hash_lists(m, z) && !own_lists(m))
		model_found(m, RULE_STATE_ZONE,
			    "zone %u: the free lists differ in content or order", e->zone);
	if (e->map_hash != hash_bits(m, z))
		model_found(m, RULE_STATE_ZONE, "zone %u: the pair bits differ", e->zone);
}

/* A refusal must have had a reason, and counted right. */
static void skip(struct model *m, const struct ps_ev_zone_skip *e)
{
	struct zone *z = &m->zone[e->zone % PS_MAX_ZONES];

	if (e->zone >= PS_MAX_ZONES || !z->present)
		return;
	z->skipped |= (u8)(1u << (e->pass & 7));
	if (!z->counted)
		return;
	if (e->free_pages != z->free_pages)
		model_found(m, RULE_WATERMARK,
			    "zone %u is refused for its %u free pages, the replay has "
			    "%u",
			    e->zone, e->free_pages, z->free_pages);
	else if (e->free_pages > e->sum)
		model_found(m, RULE_WATERMARK,
			    "zone %u is refused, though its %u free pages are more than "
			    "the %u wanted",
			    e->zone, e->free_pages, e->sum);
}

/* The kernel takes frames out of those that are kept, to give them back. */
static void clear_reserved(struct model *m, const struct ps_ev_page_clear_reserved *e)
{
	for (u32 i = 0; i < e->nr_pages; i++) {
		struct frame *f = model_frame(m, e->pfn + i);

		if (!f || f->state != FRAME_RESERVED)
			continue;
		f->state = FRAME_USED;
		f->order = 0;
		f->head = f->clearable = 1;
		f->count = 1;
		f->since_i = m->i;
		f->since_t = m->t;
		f->site = 0;
	}
}

void buddy_reserve(struct model *m, const struct ps_ev_reserve_bootmem *e)
{
	for (u32 i = 0; i < e->nr_pages && e->start_pfn + i < m->nr_frames; i++) {
		struct frame *f = &m->frame[e->start_pfn + i];

		if (is_on_a_list(f)) {
			toggle(zone_of(m, e->start_pfn + i), e->start_pfn + i, f->order);
			list_del(m, zone_of(m, e->start_pfn + i), e->start_pfn + i);
		}
		f->state = FRAME_RESERVED;
		f->owner = e->owner;
		f->clearable = f->head = 0;
	}
}

void buddy_finish(struct model *m)
{
	paging_finish(m);
	if (m->nr_early)
		model_found_at(m, m->first_early_i, m->first_early_t, RULE_FREE_EARLY,
			       "%s %s freed before the entry that led to it was gone; the "
			       "first is 0x%x",
			       ps_thousands(m->nr_early),
			       m->nr_early == 1 ? "frame was" : "frames were each",
			       m->first_early_pfn);
}

void buddy_event(struct model *m, const struct event *ev)
{
	struct frame *f;

	switch (ev->id) {
	case PS_ID_mm_page_alloc: alloc(m, (const void *)ev->p); break;
	case PS_ID_mm_page_free: free_pages(m, (const void *)ev->p); break;
	case PS_ID_buddy_split: split(m, (const void *)ev->p, false); break;
	case PS_ID_buddy_split_low: split(m, (const void *)ev->p, true); break;
	case PS_ID_buddy_merge: merge(m, (const void *)ev->p); break;
	case PS_ID_zone_state: zone_state(m, (const void *)ev->p); break;
	case PS_ID_free_boot_range: free_range(m, (const void *)ev->p); break;
	case PS_ID_zone_skip: skip(m, (const void *)ev->p); break;
	case PS_ID_page_ref_mod: {
		const struct ps_ev_page_ref_mod *e = (const void *)ev->p;

		if ((f = model_frame(m, e->pfn)))
			f->count = (s32)e->count;
		break;
	}
	case PS_ID_mem_map_state: mem_map_state(m, (const void *)ev->p); break;
	case PS_ID_page_flags_state: mem_map_flags_state(m, (const void *)ev->p); break;
	case PS_ID_page_clear_reserved: clear_reserved(m, (const void *)ev->p); break;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * slabs.c - the replay of the slab allocator's objects and lists.
 *
 * A cache keeps its slabs on three lists: full, partial, free.  A slab that
 * changes its list goes to the head of the new one; a fresh one to the end of
 * the free list.
 */
#include "model/slabs.h"

#include <stdlib.h>
#include <string.h>

static struct cache *cache_of(struct model *m, u32 id)
{
	return id < NR_CACHES && m->cache[id].live ? &m->cache[id] : NULL;
}

/* ---- lists of slabs, linked through the heads' frames ---- */

static void unlink_slab(struct model *m, struct cache *c, u32 pfn)
{
	struct frame *f = &m->frame[pfn];

	if (!f->on_slab_list)
		return;
	if (f->prev != NIL)
		m->frame[f->prev].next = f->next;
	else
		c->first[f->on_slab_list] = f->next;
	if (f->next != NIL)
		m->frame[f->next].prev = f->prev;
	else
		c->last[f->on_slab_list] = f->prev;
	f->next = f->prev = NIL;
	f->on_slab_list = LIST_NONE;
}

static void link_slab(struct model *m, struct cache *c, u32 pfn, unsigned list)
{
	struct frame *f = &m->frame[pfn];

	f->on_slab_list = (u8)list;
	f->prev = NIL;
	f->next = c->first[list];
	if (f->next != NIL)
		m->frame[f->next].prev = pfn;
	else
		c->last[list] = pfn;
	c->first[list] = pfn;
}

static void append_slab(struct model *m, struct cache *c, u32 pfn, unsigned list)
{
	u32 last = c->last[list];

	if (last == NIL) {
		link_slab(m, c, pfn, list);
		return;
	}
	c->last[list] = pfn;
	m->frame[last].next = pfn;
	m->frame[pfn].prev = last;
	m->frame[pfn].next = NIL;
	m->frame[pfn].on_slab_list = (u8)list;
}

static unsigned list_for(const struct cache *c, u32 inuse)
{
	return inuse == 0 ? LIST_FREE : inuse >= c->num ? LIST_FULL : LIST_PARTIAL;
}

/* ---- slabs ---- */

static void grow(struct model *m, const struct ps_ev_slab_grow *e)
{
	struct cache *c = cache_of(m, e->cache);

	if (!c) {
		if (m->objects_known)
			model_found(m, RULE_OBJECT_NO_SLAB,
				    "cache %u takes frame 0x%x, but was never created", e->cache,
				    e->pfn);
		return;
	}
	c->nr_slabs++;
	if (e->order >= PS_MAX_ORDERS || (u64)e->pfn + (1u << e->order) > m->nr_frames) {
		c->foreign = true;
		return;
	}
	for (u32 i = 0; i < 1u << e->order; i++) {
		struct frame *f = &m->frame[e->pfn + i];

		if (f->state == FRAME_FREE) {
			model_found(m, RULE_OBJECT_NO_SLAB,
				    "cache %s takes frame 0x%x, which is free", c->name,
				    e->pfn + i);
			c->foreign = true;
			return;
		}
		if (f->on_slab_list)
			unlink_slab(m, &m->cache[f->cache - 1], e->pfn + i);
		f->cache = (u16)(e->cache + 1);
		f->slab_inuse = 0;
	}
	append_slab(m, c, e->pfn, LIST_FREE);
}

static void shrink(struct model *m, const struct ps_ev_slab_destroy *e)
{
	struct cache *c = cache_of(m, e->cache);
	struct frame *f = model_frame(m, e->pfn);

	if (!c)
		return;
	c->nr_slabs--;
	if (!f || f->cache != e->cache + 1)
		return;
	if (f->slab_inuse)
		model_found(m, RULE_SLAB_BUSY, "cache %s gives up the slab at 0x%x with %s in use",
			    c->name, e->pfn, ps_count(f->slab_inuse, "object"));
	for (u32 i = 0; i < 1u << (e->order & 15) && (u64)e->pfn + i < m->nr_frames; i++) {
		f = &m->frame[e->pfn + i];
		if (f->on_slab_list)
			unlink_slab(m, &m->cache[f->cache - 1], e->pfn + i);
		f->cache = 0;
	}
}

void slab_frames_freed(struct model *m, u32 pfn, unsigned order)
{
	for (u32 i = 0; i < 1u << order; i++) {
		struct frame *f = &m->frame[pfn + i];

		if (!f->cache)
			continue;
		model_found(m, RULE_SLAB_BUSY, "0x%x is freed, but it is a slab of cache %s",
			    pfn + i, m->cache[f->cache - 1].name);
		unlink_slab(m, &m->cache[f->cache - 1], pfn + i);
		f->cache = 0;
	}
}

/* The head of the slab that holds address ptr, NIL if none that is known. */
static u32 slab_at(const struct model *m, u32 ptr)
{
	u32 pfn = (ptr - m->info.page_offset) >> 12;
	const struct frame *f = model_frame(m, pfn);

	if (!f || !f->cache)
		return NIL;
	if (f->state != FRAME_USED)
		return f->head || f->on_slab_list ? pfn : NIL;
	return m->zone[f->zone].start + ((pfn - m->zone[f->zone].start) & ~((1u << f->order) - 1));
}

/* ---- objects ---- */

static void object_add(struct model *m, u32 ptr, u32 req, u32 granted, u16 cache, u32 site)
{
	u32 i;

	if (m->free_object != NIL) {
		i = m->free_object;
		m->free_object = m->object[i].ptr;
	} else {
		if (m->nr_objects == m->cap_objects) {
			m->cap_objects = m->cap_objects ? m->cap_objects * 2 : 1024;
			m->object = ps_realloc(m->object, m->cap_objects * sizeof(*m->object));
		}
		i = m->nr_objects++;
	}
	m->object[i] = (struct object){ ptr, site, req, granted, cache, m->i, m->t };
	ps_map_set(&m->object_of, ptr, i);
}

/* inuse of the object's slab and active of its cache change by one. */
static void count_object(struct model *m, u32 ptr, int by)
{
	u32 head = slab_at(m, ptr);
	struct frame *f;
	struct cache *c;
	unsigned list;

	if (head == NIL)
		return;
	f = &m->frame[head];
	c = cache_of(m, f->cache - 1u);
	if (!c || (by < 0 && !f->slab_inuse))
		return;
	f->slab_inuse = (u16)(f->slab_inuse + by);
	c->active = (u32)((int)c->active + by);
	list = list_for(c, f->slab_inuse);
	if (list != f->on_slab_list) {
		unlink_slab(m, c, head);
		link_slab(m, c, head, list);
	}
}

static void object_alloc(struct model *m, u32 ptr, u32 req, u32 granted, u32 cache, u32 site)
{
	u32 i, head;

	if (!ptr)
		return;
	if (ps_map_get(&m->object_of, ptr, &i)) {
		model_found(m, RULE_OBJECT_TWICE,
			    "0x%08x is handed out, but it is in use since event "
			    "%llu (0x%08x)",
			    ptr, (unsigned long long)m->object[i].since_i, m->object[i].site);
		return;
	}
	head = slab_at(m, ptr);
	if (head != NIL && cache != 0xffff && m->frame[head].cache != cache + 1)
		model_found(m, RULE_OBJECT_NO_SLAB, "0x%08x of cache %u lies in a slab of cache %u",
			    ptr, cache, m->frame[head].cache - 1u);
	object_add(m, ptr, req, granted,
		   (u16)(cache != 0xffff ? cache
			 : head != NIL   ? m->frame[head].cache - 1u
					 : 0xffff),
		   site);
	count_object(m, ptr, 1);
}

static void object_free(struct model *m, u32 ptr)
{
	u32 i;

	if (!ptr)
		return;
	if (!ps_map_get(&m->object_of, ptr, &i)) {
		if (m->objects_known)
			model_found(m, RULE_OBJECT_FREE, "0x%08x is freed, but it is not in use",
				    ptr);
		return;
	}
	ps_map_delete(&m->object_of, ptr);
	m->object[i].ptr = m->free_object;
	m->object[i].bytes_alloc = 0;
	m->object[i].since_i = UINT64_MAX;
	m->free_object = i;
	count_object(m, ptr, -1);
}

/* ---- caches ---- */

static void cache_create(struct model *m, const struct event *ev)
{
	const struct ps_ev_kmem_cache_create *e = (const void *)ev->p;
	struct cache *c;

	if (e->cache >= NR_CACHES)
		return;
	c = &m->cache[e->cache];
	for (unsigned list = LIST_FULL; list <= LIST_FREE; list++)
		while (c->first[list] != NIL)
			unlink_slab(m, c, c->first[list]);
	free(c->name);
	*c = (struct cache){ .live = true,
			     .size = e->size,
			     .num = e->num,
			     .order = e->order < PS_MAX_ORDERS ? e->order : 0,
			     .first = { NIL, NIL, NIL, NIL },
			     .last = { NIL, NIL, NIL, NIL },
			     .name = ps_strdup(ps_field_string(&ps_kinds[ev->id], ev->p, 0)) };
}

static void slab_state(struct model *m, const struct ps_ev_slab_state *e)
{
	struct cache *c = cache_of(m, e->cache);
	u32 h = PS_FNV_START;

	if (!c && m->objects_known)
		model_found(m, RULE_STATE_SLAB, "cache %u was never created", e->cache);
	if (!c || c->foreign || !m->objects_known)
		return;
	for (unsigned list = LIST_FULL; list <= LIST_FREE; list++)
		for (u32 pfn = c->first[list]; pfn != NIL; pfn = m->frame[pfn].next)
			h = ps_fnv_u32(ps_fnv_u32(h, pfn), m->frame[pfn].slab_inuse);
	if (e->nr_slabs != c->nr_slabs || e->active_objs != c->active)
		model_found(m, RULE_STATE_SLAB,
			    "cache %s: the kernel counts %s in %s, the "
			    "replay %u in %u",
			    c->name, ps_count(e->active_objs, "object"),
			    ps_count(e->nr_slabs, "slab"), c->active, c->nr_slabs);
	else if (e->hash != h)
		model_found(m, RULE_STATE_SLAB, "cache %s: the slabs differ in content or order",
			    c->name);
}

void slabs_forget(struct model *m)
{
	ps_map_free(&m->object_of);
	m->nr_objects = 0;
	m->free_object = NIL;
	m->objects_known = false;
	for (unsigned id = 0; id < NR_CACHES; id++) {
		struct cache *c = &m->cache[id];

		c->nr_slabs = c->active = 0;
		for (unsigned list = LIST_FULL; list <= LIST_FREE; list++)
			c->first[list] = c->last[list] = NIL;
	}
}

void slab_event(struct model *m, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_kmalloc: {
		const struct ps_ev_kmalloc *e = (const void *)ev->p;

		object_alloc(m, e->ptr, e->bytes_req, e->bytes_alloc, 0xffff, e->call_site);
		break;
	}
	case PS_ID_kmem_cache_alloc: {
		const struct ps_ev_kmem_cache_alloc *e = (const void *)ev->p;

		object_alloc(m, e->ptr, e->bytes_req, e->bytes_alloc, e->cache, e->call_site);
		break;
	}
	case PS_ID_kfree: object_free(m, ((const struct ps_ev_kfree *)ev->p)->ptr); break;
	case PS_ID_kmem_cache_free:
		object_free(m, ((const struct ps_ev_kmem_cache_free *)ev->p)->ptr);
		break;
	case PS_ID_kmem_cache_create: cache_create(m, ev); break;
	case PS_ID_kmem_cache_destroy: {
		struct cache *c = cache_of(m,
					   ((const struct ps_ev_kmem_cache_destroy *)ev->p)->cache);

		if (c)
			c->live = false;
		break;
	}
	case PS_ID_slab_grow: grow(m, (const void *)ev->p); break;
	case PS_ID_slab_destroy: shrink(m, (const void *)ev->p); break;
	case PS_ID_slab_state: slab_state(m, (const void *)ev->p); break;
	}
}

/* SPDX-License-Identifier: MIT */
/* leaks.c - see leaks.h. */
#include "model/leaks.h"
#include "base/map.h"

#include <stdlib.h>

static struct holder *holder_of(struct leaks *l, struct ps_map *index, u32 site)
{
	u32 i;

	if (!ps_map_get(index, site, &i)) {
		i = l->nr++;
		l->holder = ps_realloc(l->holder, l->nr * sizeof(*l->holder));
		l->holder[i] = (struct holder){ .site = site, .since_i = UINT64_MAX };
		ps_map_set(index, site, i);
	}
	return &l->holder[i];
}

static void note_oldest(struct holder *h, u64 i, u64 t)
{
	if (i >= h->since_i)
		return;
	h->since_i = i;
	h->since_t = t;
}

static int by_size(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;
	u64 p = x->pages * 4096 + x->bytes, q = y->pages * 4096 + y->bytes;

	return p != q ? (p < q ? 1 : -1) : x->site < y->site ? -1 : x->site > y->site;
}

void leaks_collect(struct leaks *l, const struct model *m)
{
	struct ps_map index = { 0 };
	struct holder *h;

	*l = (struct leaks){ 0 };
	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		const struct frame *f = &m->frame[pfn];

		if (f->state != FRAME_USED || !f->head || model_owner(m, pfn) != OWNER_KERNEL)
			continue;
		h = holder_of(l, &index, f->site);
		h->pages += 1u << f->order;
		h->blocks++;
		note_oldest(h, f->since_i, f->since_t);
	}
	for (u32 i = 0; i < m->nr_objects; i++) {
		const struct object *o = &m->object[i];

		if (o->since_i == UINT64_MAX)
			continue;
		h = holder_of(l, &index, o->site);
		h->objects++;
		h->bytes += o->bytes_alloc;
		note_oldest(h, o->since_i, o->since_t);
	}
	if (l->nr)
		qsort(l->holder, l->nr, sizeof(*l->holder), by_size);
	ps_map_free(&index);
}

void leaks_free(struct leaks *l)
{
	free(l->holder);
	*l = (struct leaks){ 0 };
}

/* SPDX-License-Identifier: MIT */
/*
 * modelstate.c - the model as bytes and back; see keyframes.h.
 *
 * The bytes are those of this program's structures: they are read only by the
 * program that wrote them (keyframes.c checks the sizes).
 */
#include "model/modelstate.h"

#include <stdlib.h>
#include <string.h>

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->cap) {
		b->cap = (b->len + len) * 3 / 2 + 4096;
		b->data = ps_realloc(b->data, b->cap);
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Copies the next len bytes; false if there are not as many. */
static bool take(const u8 **p, const u8 *end, void *to, size_t len)
{
	if ((size_t)(end - *p) < len)
		return false;
	memcpy(to, *p, len);
	*p += len;
	return true;
}

/* Allocates and fills an array of nr elements. */
static bool take_array(const u8 **p, const u8 *end, void *slot, size_t nr, size_t size)
{
	void **to = slot;

	*to = NULL;
	if (nr && (size_t)(end - *p) / size < nr)
		return false;
	*to = ps_alloc(nr * size);
	return take(p, end, *to, nr * size);
}

static size_t bit_bytes(const struct zone *z, unsigned order)
{
	return ((u64)z->size >> (order + 4)) + 2;
}

void model_save(const struct model *m, struct bytes *b)
{
	bytes_add(b, m, sizeof(*m));
	bytes_add(b, m->frame, (size_t)m->nr_frames * sizeof(*m->frame));
	for (unsigned z = 0; z < PS_NR_ZONES; z++)
		for (unsigned k = 0; m->zone[z].present && k < PS_NR_ORDERS; k++)
			bytes_add(b, m->zone[z].bits[k], bit_bytes(&m->zone[z], k));
	bytes_add(b, m->pgd, m->nr_pgds * sizeof(*m->pgd));
	for (unsigned i = 0; i < m->nr_tables; i++)
		bytes_add(b, m->table[i], sizeof(*m->table[i]));
	bytes_add(b, m->area, m->nr_areas * sizeof(*m->area));
	bytes_add(b, m->stale, m->nr_stale * sizeof(*m->stale));
	bytes_add(b, m->object, m->nr_objects * sizeof(*m->object));
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++)
		if (m->cache[id].name)
			bytes_add(b, m->cache[id].name, strlen(m->cache[id].name) + 1);
}

/* The pointers of a model just copied are those of another process. */
static void forget_pointers(struct model *m)
{
	m->found = NULL;
	m->ctx = NULL;
	m->frame = NULL;
	m->pgd = NULL;
	m->table = NULL;
	m->area = NULL;
	m->stale = NULL;
	m->object = NULL;
	m->last_table = NULL;
	m->last_table_pfn = NIL;
	memset(&m->table_of, 0, sizeof(m->table_of));
	memset(&m->object_of, 0, sizeof(m->object_of));
	for (unsigned z = 0; z < PS_NR_ZONES; z++)
		memset(m->zone[z].bits, 0, sizeof(m->zone[z].bits));
	m->cap_tables = m->nr_tables;
	m->cap_areas = m->nr_areas;
	m->cap_stale = m->nr_stale;
	m->cap_objects = m->nr_objects;
}

static bool load_tables(struct model *m, const u8 **p, const u8 *end)
{
	unsigned nr = m->nr_tables;

	m->nr_tables = 0;
	m->table = ps_alloc(nr * sizeof(*m->table));
	for (unsigned i = 0; i < nr; i++) {
		m->table[i] = ps_alloc(sizeof(*m->table[i]));
		m->nr_tables++;
		if (!take(p, end, m->table[i], sizeof(*m->table[i])))
			return false;
		ps_map_set(&m->table_of, m->table[i]->pfn, i);
	}
	return true;
}

static bool load_names(struct model *m, bool named[], const u8 **p, const u8 *end)
{
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++) {
		const u8 *nul = named[id] ? memchr(*p, 0, (size_t)(end - *p)) : NULL;

		if (!named[id])
			continue;
		if (!nul)
			return false;
		m->cache[id].name = ps_strdup((const char *)*p);
		*p = nul + 1;
	}
	return true;
}

bool model_load(struct model *m, const u8 *p, size_t len)
{
	bool named[sizeof(m->cache) / sizeof(m->cache[0])];
	const u8 *end = p + len;

	if (!take(&p, end, m, sizeof(*m)))
		return false;
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++) {
		named[id] = m->cache[id].name != NULL;
		m->cache[id].name = NULL;
	}
	forget_pointers(m);
	if (!take_array(&p, end, &m->frame, m->nr_frames, sizeof(*m->frame)))
		return false;
	for (unsigned z = 0; z < PS_NR_ZONES; z++)
		for (unsigned k = 0; m->zone[z].present && k < PS_NR_ORDERS; k++)
			if (!take_array(&p, end, &m->zone[z].bits[k], bit_bytes(&m->zone[z], k), 1))
				return false;
	if (!take_array(&p, end, &m->pgd, m->nr_pgds, sizeof(*m->pgd)) ||
	    !load_tables(m, &p, end) ||
	    !take_array(&p, end, &m->area, m->nr_areas, sizeof(*m->area)) ||
	    !take_array(&p, end, &m->stale, m->nr_stale, sizeof(*m->stale)) ||
	    !take_array(&p, end, &m->object, m->nr_objects, sizeof(*m->object)))
		return false;
	for (u32 i = 0; i < m->nr_objects; i++)
		if (m->object[i].since_i != UINT64_MAX)
			ps_map_set(&m->object_of, m->object[i].ptr, i);
	return load_names(m, named, &p, end) && p == end;
}

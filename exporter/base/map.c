/* SPDX-License-Identifier: MIT */
/*
 * map.c - open addressing with linear probing; see map.h.
 *
 * No gap lies between a key and the slot its hash names, so a search ends at the
 * first slot that is not full.  Deleting keeps that true by moving later keys
 * back; no marks of deleted keys are left.  At most half of the slots are full.
 */
#include "base/map.h"
#include "base/util.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 64

/* The slot where the search for the key begins. */
static u32 home_of(const struct ps_map *m, u32 key)
{
	return (key * 0x9e3779b1u >> 7) & m->mask;
}

/* The slot that has the key, or the free one where it belongs. */
static u32 find(const struct ps_map *m, u32 key)
{
	u32 i = home_of(m, key);

	while (m->slot[i].full && m->slot[i].key != key)
		i = (i + 1) & m->mask;
	return i;
}

bool ps_map_get(const struct ps_map *m, u32 key, u32 *value)
{
	u32 i;

	if (!m->nr)
		return false;
	i = find(m, key);
	if (m->slot[i].full && value)
		*value = m->slot[i].value;
	return m->slot[i].full;
}

static void resize(struct ps_map *m, u32 size)
{
	struct ps_map old = *m;

	m->slot = ps_alloc(size * sizeof(*m->slot));
	m->mask = size - 1;
	for (u32 i = 0; old.slot && i <= old.mask; i++)
		if (old.slot[i].full)
			m->slot[find(m, old.slot[i].key)] = old.slot[i];
	free(old.slot);
}

void ps_map_set(struct ps_map *m, u32 key, u32 value)
{
	u32 i;

	if (!m->slot)
		resize(m, FIRST_SIZE);
	else if (m->nr > m->mask / 2)
		resize(m, (m->mask + 1) * 2);
	i = find(m, key);
	m->nr += !m->slot[i].full;
	m->slot[i] = (struct ps_slot){ key, value, true };
}

bool ps_map_delete(struct ps_map *m, u32 key)
{
	u32 gap;

	if (!m->nr)
		return false;
	gap = find(m, key);
	if (!m->slot[gap].full)
		return false;
	for (u32 i = (gap + 1) & m->mask; m->slot[i].full; i = (i + 1) & m->mask) {
		/* the key at i may move to the gap if its search passes there */
		if (((i - home_of(m, m->slot[i].key)) & m->mask) < ((i - gap) & m->mask))
			continue;
		m->slot[gap] = m->slot[i];
		gap = i;
	}
	m->slot[gap].full = false;
	m->nr--;
	return true;
}

void ps_map_free(struct ps_map *m)
{
	free(m->slot);
	memset(m, 0, sizeof(*m));
}

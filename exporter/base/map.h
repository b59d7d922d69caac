/* SPDX-License-Identifier: MIT */
/*
 * map.h - a map from u32 to u32.
 *
 * Every key and every value can be stored.  A map of zeros is an empty one, and
 * owns no memory.
 */
#ifndef EXPORTER_MAP_H
#define EXPORTER_MAP_H

#include "base/types.h"

struct ps_slot {
	u32 key, value;
	bool full;
};

struct ps_map {
	struct ps_slot *slot; /* mask + 1 of them, or NULL */
	u32 mask;             /* a power of two, less 1 */
	u32 nr;               /* keys stored */
};

/* True if the key is there; *value (may be NULL) is then its value. */
bool ps_map_get(const struct ps_map *m, u32 key, u32 *value);
/* Stores the value, in place of an earlier one.  Dies if memory is out. */
void ps_map_set(struct ps_map *m, u32 key, u32 value);
/* Removes the key; false if it was not there. */
bool ps_map_delete(struct ps_map *m, u32 key);
/* Gives the memory back; the map is empty then. */
void ps_map_free(struct ps_map *m);

#endif

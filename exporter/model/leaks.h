/* SPDX-License-Identifier: MIT */
/* leaks.h - who holds memory that nobody but its caller accounts for, by call site. */
#ifndef EXPORTER_LEAKS_H
#define EXPORTER_LEAKS_H

#include "model/model.h"

/* What one call site holds. */
struct holder {
	u32 site;
	u64 pages, blocks;    /* of the page allocator */
	u64 objects, bytes;   /* of caches; bytes as allocated, not as asked for */
	u64 since_i, since_t; /* event and tick of the oldest of them */
};

struct leaks {
	struct holder *holder; /* the one that holds most first */
	u32 nr;
};

/* Adds up the blocks and objects that are allocated now.  Left out: frames of areas,
 * of page tables, of slabs and of user space.  Areas are no part of it: the model
 * lists them.  leaks_free gives the memory back. */
void leaks_collect(struct leaks *l, const struct model *m);
void leaks_free(struct leaks *l);

#endif

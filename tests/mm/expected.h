/* SPDX-License-Identifier: MIT */
/*
 * expected.h - a second, simple account of the page allocator, to hold the real
 * one against.
 *
 * Written from the description of 2.4.22 and sharing no code with kernel/mm:
 * arrays indexed by frame, no pair bits (a buddy is free if it is marked so),
 * no fast paths.  model_* functions predict; same_as_model() compares every
 * list in order, every pair bit, every count.
 */
#ifndef EXPECTED_H
#define EXPECTED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/types.h"

#define MODEL_FRAMES (1u << 18)
#define MODEL_NONE   0xffffffffu

struct model_zone {
	u32 start, size, free;
	u32 min, low, high;
	u32 head[10]; /* frame at the head of each list, or NONE */
};

struct model {
	struct model_zone zone[3];
	u32 next[MODEL_FRAMES], prev[MODEL_FRAMES];
	int8_t order[MODEL_FRAMES]; /* of the free block that starts here, -1 none */
	int16_t count[MODEL_FRAMES];
	bool reserved[MODEL_FRAMES];
	bool pf_memalloc;
};
extern struct model model;

/* Zones one behind the other from frame 0, sizes given (0: not there; all but
 * the last a multiple of 512 that there is); `reserved` per frame.  Both the
 * model and the allocator are set up so, and memory handed over ascending. */
void model_start(const u32 sizes[3], const bool *reserved);
/* Takes over the allocator's state after a boot. */
void model_adopt(void);

u32 model_alloc(unsigned gfp, unsigned order); /* frame or MODEL_NONE */
void model_free(u32 pfn, unsigned order);      /* drops one reference */

/* NULL, or what differs. */
const char *same_as_model(void);

/* Random numbers: the same for the same seed. */
extern u64 model_seed;
u32 rnd(u32 n);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * linux_plan.h - from a capture to a workload that 2.4.22's allocators can play,
 * in the form of scenario/workload.h.
 */
#ifndef LINUX_PLAN_H
#define LINUX_PLAN_H

#include <stddef.h>

#include "linux_capture.h"

#define LX_ORDERS 10 /* 2.4.22's MAX_ORDER */

/* The recorded kernel at one moment, told from its own frame numbers. */
struct lx_sample {
	uint64_t time;
	const char *phase;   /* that begins here; NULL: between two */
	uint32_t event, ops; /* the event that comes next; operations before it */
	uint32_t live;       /* frames allocated since the recording began */
	uint32_t allocs, frees, areas;
	uint32_t nr_free[LX_ORDERS]; /* free blocks, aligned and as large as may be */
};

struct lx_plan {
	uint8_t *bytes; /* the workload, header included */
	size_t size;
	uint32_t ops, slots;
	uint32_t *op_event; /* per operation: the event it comes from */
	struct lx_sample *samples;
	uint32_t nr_samples;
	uint32_t first; /* the event it starts at */

	/* what became of the events from there on */
	uint32_t allocs, frees, vmallocs, vfrees; /* in the capture */
	uint32_t area_pages;                      /* allocations that vmalloc makes by itself */
	uint32_t split_blocks, split_frames;      /* given back in pieces, or compaction's */
	uint32_t too_large;                       /* order 10 and more */
	uint32_t unfinished;                      /* areas the recorded kernel could not fill */
	uint32_t failed_there;                    /* requests that failed there; not played */
	uint32_t lost_frees, unknown_frees, unknown_vfrees;
	uint32_t live_at_start, free_at_start, held_at_start;
	int32_t map_differs; /* frames where initmap.txt and events disagree; -1: no map */
};

/* Plans a replay from the phase `from`; NULL: from the first event.  0, or 1
 * with a message. */
int lx_make_plan(struct lx_plan *plan, const struct lx_capture *c, const char *from);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * linux_capture.h - what a real Linux did with its memory, as recorded.
 *
 * A capture is a directory; each file may be compressed (.gz) or not:
 *
 *	events.txt	one event a line; must be there
 *	initmap.txt	state of each frame at one phase; without it all memory
 *			that no event speaks of counts as free
 *	vmpages.txt	the frames of each vmalloc area; without it they are told
 *			from other allocations by their GFP mask and task
 *	stats.json	the recorder's own counts, to be held against ours
 */
#ifndef LINUX_CAPTURE_H
#define LINUX_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

enum lx_kind { LX_ALLOC, LX_FREE, LX_VMALLOC, LX_VFREE, LX_PHASE, LX_UFREE, LX_AFAIL };

/* Masks of Linux 6.1 that decide something here. */
#define LX_GFP_DMA      0x1u
#define LX_GFP_HIGHMEM  0x2u
#define LX_GFP_MOVABLE  0x8u
#define LX_GFP_RECLAIM  0x400u  /* may wait: __GFP_DIRECT_RECLAIM */
#define LX_GFP_VMALLOC  0x2002u /* set in all pages of vmalloc */
#define LX_GFP_MEMALLOC 0x20000u
#define LX_GFP_NONE     0xffffffffu /* none recorded: compaction */

struct lx_event {
	uint64_t time; /* microseconds */
	uint32_t at;   /* frame; address of an area; index of a phase's name */
	uint32_t size; /* bytes of an area; frames of a block: 1 << order */
	uint32_t gfp;
	uint32_t task; /* index of its name */
	uint8_t kind, order;
	bool mapped; /* an area that took no pages: of ioremap, vmap */
};

struct lx_run {
	uint32_t start, frames;
	char state;
}; /* f free, l live, x fixed */
struct lx_area_pages {
	uint32_t addr, frames;
	uint64_t time;
	uint32_t *pfn;
};

/* A number for each of many keys. */
struct lx_index {
	uint32_t *slots, room, used;
};

struct lx_capture {
	const char *dir;
	struct lx_event *events;
	uint32_t nr_events;
	char **names; /* of tasks and phases */
	uint32_t nr_names;
	struct lx_index index; /* of names */
	uint32_t nr_frames;    /* one past the highest frame spoken of */
	struct lx_run *runs;   /* of initmap.txt; NULL: there is none */
	uint32_t nr_runs;
	char map_phase[64];          /* the phase initmap.txt describes */
	struct lx_area_pages *areas; /* of vmpages.txt */
	uint32_t nr_areas;           /* ascending by time, then address */
	char *stats;                 /* text of stats.json; NULL: there is none */
};

/* The order of areas[], for qsort and bsearch. */
int lx_area_order(const void *a, const void *b);
/* Reads a capture; 0, or 1 with a message that names the file and line. */
int lx_read(struct lx_capture *c, const char *dir);

/* One phase in stats.json; false: not there. */
struct lx_phase_stats {
	uint64_t time;
	uint32_t live, allocs, frees, areas;
};
bool lx_phase_stats(const struct lx_capture *c, const char *phase, struct lx_phase_stats *s);
/* A number of an object of stats.json: "object": { ... "key": N ... }. */
bool lx_stats_number(const struct lx_capture *c, const char *object, const char *key, uint64_t *n);

#endif

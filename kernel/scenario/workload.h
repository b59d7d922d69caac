/* SPDX-License-Identifier: MIT */
/*
 * workload.h - the form of a recorded workload, and how to write one.
 *
 *	u32 magic, u32 slots, u32 ops;	little endian
 *	then `ops` operations:
 *
 * An operation is one byte and its numbers, each 7 bits a byte, low bits first,
 * bit 7 set on all but the last.  A slot is where a result is kept until it is
 * given back; whoever writes the file reuses slots, so that `slots` is the most
 * that were live at once.
 *
 *	bits 0-1 of the byte
 *	0 alloc	   bits 2-3 class, 4-7 order; slot
 *	1 free	   slot
 *	2 vmalloc  bits 2-3 class (3: ioremap); slot, bytes.   Bit 4 set: vfree; slot
 *	3 other	   bits 2-3:
 *		0 phase	 length, then so many bytes of text: becomes a section mark
 *		1 setup	 n, then n runs of frames from frame 0 on, each the number of
 *			 frames << 2 | enum replay_run.  What is free is made so, frames
 *			 live get slots 0, 1, 2..., the rest is held to the end.  Once.
 *		2 mode	 bits 4-7, enum replay_mode: for the requests that follow
 *
 * Blocks the recorded system gave back in pieces are to be written as that many
 * allocations of order 0: 2.4.22 cannot split a block that is handed out.
 */
#ifndef SCENARIO_WORKLOAD_H
#define SCENARIO_WORKLOAD_H

#include "lib/types.h"

#define REPLAY_MAGIC  0x31525350u /* "PSR1" */
#define REPLAY_HEADER 12u

enum replay_op { REPLAY_ALLOC, REPLAY_FREE, REPLAY_AREA, REPLAY_PHASE };
enum replay_class { REPLAY_KERNEL, REPLAY_HIGH, REPLAY_DMA, REPLAY_ATOMIC };
#define REPLAY_DEVICE REPLAY_ATOMIC /* the class of an area that is ioremap's */
enum replay_other { REPLAY_TEXT, REPLAY_SETUP, REPLAY_MODE };
enum replay_run { REPLAY_HELD, REPLAY_FREE_RUN, REPLAY_LIVE };
enum replay_mode {
	REPLAY_MEMALLOC = 1,   /* the task frees memory itself (PF_MEMALLOC) */
	REPLAY_ATOMIC_HIGH = 2 /* ATOMIC requests may be served from high memory */
};
#define REPLAY_VFREE 0x10u

/* ---- playing ---- */

#define REPLAY_MAX_WAITING 256u

struct replay {
	const u8 *begin, *at, *end;
	u32 *slots, room, nr_slots; /* room: all that `slots` points to */
	vaddr_t table;              /* the area that has the slots, or 0 */
	u32 ops, done;              /* operations in the file, and played */
	const char *problem;        /* why it cannot go on; NULL: nothing is wrong */
	unsigned mode;
	u32 *held, nr_held; /* frames that setup keeps to the end */
	u32 missing;        /* free frames that setup could not provide */
	u32 allocs, frees, areas, vfrees;
	u32 failed;           /* requests that got nothing; of these, */
	u32 failed_wait;      /* where 2.4.22 would not have given up; */
	u32 failed_area;      /* areas without a hole, or larger than RAM */
	u32 reclaims, waited; /* served from below the watermarks; had to wait then */
	u32 waiting[REPLAY_MAX_WAITING], nr_waiting, freed;
};

/* Reads the header and finds room for the slots, and for a bit for each frame of
 * RAM: in `spare`, which has so many numbers, or else in an area of vmalloc's, which
 * is then there before the first operation.  False: problem. */
bool replay_open(struct replay *r, const void *data, size_t size, u32 *spare, u32 room);
/* Plays one operation; false at the end, or with a problem. */
bool replay_step(struct replay *r);
/* Gives back whatever is live or held. */
void replay_give_all(struct replay *r);
/* Forgets what is live, and gives back the area of the slots. */
void replay_close(struct replay *r);

/* ---- writing ---- */

/* For writers: stores v at p, returns the bytes used (at most 5). */
static inline unsigned replay_put_number(u8 *p, u32 v)
{
	unsigned n = 0;

	for (; v > 127; v >>= 7)
		p[n++] = (u8)(v | 128);
	p[n++] = (u8)v;
	return n;
}
static inline unsigned replay_put_alloc(u8 *p, enum replay_class class, unsigned order, u32 slot)
{
	p[0] = (u8)(REPLAY_ALLOC | class << 2 | order << 4);
	return 1 + replay_put_number(p + 1, slot);
}
static inline unsigned replay_put_free(u8 *p, u32 slot)
{
	p[0] = REPLAY_FREE;
	return 1 + replay_put_number(p + 1, slot);
}
static inline unsigned replay_put_vmalloc(u8 *p, enum replay_class class, u32 slot, u32 bytes)
{
	unsigned n = 1;

	p[0] = (u8)(REPLAY_AREA | class << 2);
	n += replay_put_number(p + n, slot);
	return n + replay_put_number(p + n, bytes);
}
static inline unsigned replay_put_vfree(u8 *p, u32 slot)
{
	p[0] = REPLAY_AREA | REPLAY_VFREE;
	return 1 + replay_put_number(p + 1, slot);
}
/* p needs length + 6 bytes. */
static inline unsigned replay_put_phase(u8 *p, const char *text, u32 length)
{
	unsigned n = 1;

	p[0] = REPLAY_PHASE;
	n += replay_put_number(p + n, length);
	for (u32 i = 0; i < length; i++)
		p[n++] = (u8)text[i];
	return n;
}

static inline unsigned replay_put_mode(u8 *p, unsigned mode)
{
	p[0] = (u8)(REPLAY_PHASE | REPLAY_MODE << 2 | mode << 4);
	return 1;
}
/* Followed by the runs, each a number. */
static inline unsigned replay_put_setup(u8 *p, u32 runs)
{
	p[0] = REPLAY_PHASE | REPLAY_SETUP << 2;
	return 1 + replay_put_number(p + 1, runs);
}

#endif

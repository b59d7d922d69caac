/*
 * replay.h - the form of a recorded workload, and how to write one.
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
 *	2 vmalloc  bits 2-3 class; slot, bytes.   Bit 4 set: vfree; slot
 *	3 phase	   length, then so many bytes of text: becomes a section mark
 *
 * Blocks the recorded system gave back in pieces are to be written as that many
 * allocations of order 0: 2.4.22 cannot split a block that is handed out.
 */
#ifndef SCENARIO_REPLAY_H
#define SCENARIO_REPLAY_H

#include "lib/types.h"

#define REPLAY_MAGIC 0x31525350u	/* "PSR1" */
#define REPLAY_HEADER 12u
#define REPLAY_MAX_ORDER 15u
enum replay_op { REPLAY_ALLOC, REPLAY_FREE, REPLAY_AREA, REPLAY_PHASE };
enum replay_class { REPLAY_KERNEL, REPLAY_HIGH, REPLAY_DMA, REPLAY_ATOMIC };
#define REPLAY_VFREE 0x10u

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

#endif

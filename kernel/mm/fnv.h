/* SPDX-License-Identifier: MIT */
/* fnv.h - FNV-1a-32 over numbers, for the snapshots in the trace: a state is
 * hashed as the little-endian bytes of its numbers in turn. */
#ifndef MM_FNV_H
#define MM_FNV_H

#include "lib/types.h"

#define FNV_START 2166136261u
#define FNV_PRIME 16777619u

static inline u32 fnv_u8(u32 hash, u8 value)
{
	return (hash ^ value) * FNV_PRIME;
}

static inline u32 fnv_u32(u32 hash, u32 value)
{
	for (unsigned i = 0; i < 4; i++, value >>= 8)
		hash = fnv_u8(hash, (u8)value);
	return hash;
}

#endif

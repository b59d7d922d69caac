/* SPDX-License-Identifier: MIT */
/* util.h - memory that is there or ends the program, text, numbers, a hash. */
#ifndef EXPORTER_UTIL_H
#define EXPORTER_UTIL_H

#include "base/message.h"

void *ps_alloc(size_t size); /* zeroed; dies when memory is out */
void *ps_realloc(void *p, size_t size);
char *ps_strdup(const char *s);
char *ps_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Parses a number: decimal, where a leading zero means nothing, or 0x hex; no sign, no
 * blank.  False if it is none or does not fit.  tests/lib/numbers.txt is the table. */
bool ps_parse_number(const char *s, u64 *value);
/* A tick or the number of an event: the same, also as ps_thousands writes it. */
bool ps_parse_count(const char *s, u64 *value);
/* Writes n in decimal at buf, returns the end.  At most 20 bytes, no NUL. */
char *ps_decimal(char *buf, u64 n);
/* The one of `nr` words (the address of the first, `stride` bytes apart) that is likest to
 * `word`, as "; did you mean X?", or "" if none is like it.  Lives until the next call. */
const char *ps_nearest(const char *word, const char *const *first, size_t nr, size_t stride);
/* 1234567 -> "1,234,567"; the result lives in one of eight rotating buffers. */
const char *ps_thousands(u64 n);
/* How many there are of what `one` is called: "1 block", "2 blocks", "1,000 entries"; lives as
 * that of ps_thousands, in buffers of its own. */
const char *ps_count(u64 n, const char *one);

/* FNV-1a-32, the hash of the kernel's snapshots. */
#define PS_FNV_START 0x811c9dc5u
static inline u32 ps_fnv_byte(u32 h, u8 b)
{
	return (h ^ b) * 0x01000193u;
}
static inline u32 ps_fnv_u32(u32 h, u32 v)
{
	h = ps_fnv_byte(h, (u8)v);
	h = ps_fnv_byte(h, (u8)(v >> 8));
	h = ps_fnv_byte(h, (u8)(v >> 16));
	return ps_fnv_byte(h, (u8)(v >> 24));
}

#endif

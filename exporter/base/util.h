/* SPDX-License-Identifier: MIT */
/*
 * util.h - the few things every file of the exporter needs.
 *
 * Messages go to stderr as "pagescope: FILE: what is wrong"; stdout carries
 * data only.  Exit statuses are part of the interface (ps_exit_code).
 */
#ifndef EXPORTER_UTIL_H
#define EXPORTER_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define PS_VERSION "1.0"

enum ps_exit_code {
	PS_EXIT_OK = 0,   /* fine; declared loss is a warning */
	PS_EXIT_DATA = 1, /* nothing decodable, or an I/O failure */
	PS_EXIT_USAGE = 2,
	PS_EXIT_FOUND = 3 /* violations (check), differences, loss under --strict */
};

extern bool ps_quiet;             /* -q: no warnings, no summary */
extern const char *ps_input_name; /* named in messages about the input; may be NULL */

/* Prints "pagescope: message" and exits with `code`.  Temporary files are removed. */
_Noreturn void ps_die(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A usage error: message, hint to --help, exit 2. */
_Noreturn void ps_usage(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ps_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Like ps_warn, but part of the summary: not prefixed with "warning:". */
void ps_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Tells how far a long operation is, on stderr, if that is a terminal; at most ten
 * times a second, and not before half a second has passed. */
void ps_progress(u64 done, u64 total);
/* Takes it off the line, before other text. */
void ps_progress_clear(void);

void *ps_alloc(size_t size); /* zeroed; dies when memory is out */
void *ps_realloc(void *p, size_t size);
char *ps_strdup(const char *s);
char *ps_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Parses a number: decimal, 0x hex, with an optional K, M or G.  False if it is none. */
bool ps_parse_u64(const char *s, u64 *value);
/* Writes n in decimal at buf, returns the end.  At most 20 bytes, no NUL. */
char *ps_decimal(char *buf, u64 n);
/* 1234567 -> "1,234,567"; the result lives in one of eight rotating buffers. */
const char *ps_thousands(u64 n);

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

/* A map from u32 to u32, open addressing; key 0xffffffff cannot be stored. */
struct ps_map {
	u32 *key, *value;
	u32 mask, used, dead;
};
bool ps_map_get(const struct ps_map *m, u32 key, u32 *value);
void ps_map_set(struct ps_map *m, u32 key, u32 value);
bool ps_map_delete(struct ps_map *m, u32 key);
void ps_map_free(struct ps_map *m);

#endif

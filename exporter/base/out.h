/* SPDX-License-Identifier: MIT */
/*
 * out.h - where data goes: stdout, or a file that appears only when whole.
 *
 * A regular file is written under a temporary name in the same directory and
 * renamed by out_close; whatever ends the program before that leaves the old
 * file untouched and no debris.  Every write is checked: a full disk ends the
 * program with status 1.
 */
#ifndef EXPORTER_OUT_H
#define EXPORTER_OUT_H

#include "base/util.h"

struct out;

/* Opens `path` ("-" or NULL: stdout); a name ending in .gz, or `gzip`, compresses. */
struct out *out_open(const char *path, bool gzip);
/* Collects in memory; out_take hands the bytes over (gzip: finished stream). */
struct out *out_memory(bool gzip);
u8 *out_take(struct out *o, size_t *len); /* frees o; the caller frees the bytes */
void out_write(struct out *o, const void *data, size_t len);
void out_puts(struct out *o, const char *s);
/* Plain bytes written so far. */
u64 out_total(const struct out *o);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Flushes, checks, renames. */
void out_close(struct out *o);

#endif

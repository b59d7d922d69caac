/* SPDX-License-Identifier: MIT */
/*
 * built.h - who filled a table before anyone knew that it is one.
 *
 * A kernel builds its first tables before it loads CR3.  The machine is deterministic: the
 * frames that one boot found to be tables are trapped in the next one from the first
 * instruction on.
 */
#ifndef PLUGIN_BUILT_H
#define PLUGIN_BUILT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the frames from the file: physical addresses in decimal, one a line; the first 4,096
 * are taken.  False: it cannot be read. */
bool built_open(const char *path);
/* The frame was in the file. */
bool built_knows(uint32_t pa);
/* An instruction stores `bytes` bytes at pa, in a frame that is not followed. */
void built_note(uint32_t pa, unsigned bytes);
/* The frame is followed from now on, with these entries: writes a table_built for each run
 * of entries that one instruction stored, and forgets them. */
void built_tell(uint32_t pa, const uint32_t *entry);
/* The machine was reset: all is forgotten. */
void built_forget(void);

#endif

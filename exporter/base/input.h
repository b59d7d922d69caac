/* SPDX-License-Identifier: MIT */
/*
 * input.h - a capture as one range of bytes.
 *
 * Regular files are mapped.  Anything that cannot be (pipes, files packed with gzip,
 * the streams of a CTF directory) is first copied to an unlinked temporary file,
 * because every command reads its input twice: once to find the packets, once to
 * decode them.  So results cannot depend on how the bytes arrived.
 */
#ifndef EXPORTER_INPUT_H
#define EXPORTER_INPUT_H

#include "base/util.h"

struct input {
	const char *name; /* for messages: the path, or "standard input" */
	const u8 *data;   /* NULL if empty */
	u64 size;
	u64 dropped; /* pages before this offset were given back */
};

/* Opens path ("-": stdin), which may be a CTF directory.  Dies, naming the file, if it
 * cannot be read. */
void input_open(struct input *in, const char *path);
void input_close(struct input *in);

/* Says that bytes before `offset` are not needed soon: keeps the resident set
 * flat while a large file streams by. */
void input_done_before(struct input *in, u64 offset);
/* A new pass over the file begins. */
void input_rewind(struct input *in);

#endif

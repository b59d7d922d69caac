/* SPDX-License-Identifier: MIT */
/*
 * sim_output.h - output files of the simulator.
 *
 * A regular file is written beside its place and renamed when it is closed, so what was
 * there stays until then.  A file that is read is never replaced, under any of its names.
 * When a signal ends the program, what was written so far takes its place, too: a capture
 * is good to its last packet.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stddef.h>

/* Opens `path` ("-": standard output); one at a time.  Exits with status 1, or 2 if it is
 * an input, and a message. */
void sim_output_open(const char *path);
/* 0, or the errno of the write that failed. */
int sim_output_write(const void *data, size_t size);
/* Flushes and renames; 0 or errno. */
int sim_output_close(void);

#endif

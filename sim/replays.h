/* SPDX-License-Identifier: MIT */
/*
 * replays.h - what mmsim replays: transcripts, placements, captures of a real Linux.
 *
 * mmsim.c reads the options, starts the machine and the capture, and calls one of
 * these; each returns the exit status: 0 fine, 1 failed, 2 wrong use.
 */
#ifndef SIM_REPLAYS_H
#define SIM_REPLAYS_H

#include "sim.h"

struct sim_options {
	struct sim_machine machine;
	u64 ram; /* bytes; 0: not given */
	u32 seed;
	const char *capture; /* -o FILE, NULL: no trace */
};

/* These start their own machine. */
int sim_transcript(const struct sim_options *options, const char *path);
int sim_workload(const char *path);
int sim_va(const char *pattern, const char *nlive);

/* --linux: reads a capture and plans its replay from a phase (NULL: its start);
 * *ram, if 0, becomes what the recorded machine had.  Then writes the plan to a
 * file, or plays it on a machine that has been started. */
int sim_linux_load(const char *dir, const char *from, u64 *ram);
int sim_linux_write(const char *path);
int sim_linux_run(void);

#endif

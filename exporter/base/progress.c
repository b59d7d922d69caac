/* SPDX-License-Identifier: MIT */
/* progress.c - how far a long operation is, for people at a terminal. */
#include "base/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 500 /* quick operations show nothing */
#define EVERY_MS 100

static bool shown;

void ps_progress_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

static long ms_since(const struct timespec *then, const struct timespec *now)
{
	return (now->tv_sec - then->tv_sec) * 1000 + (now->tv_nsec - then->tv_nsec) / 1000000;
}

void ps_progress(u64 done, u64 total)
{
	static struct timespec first, last;
	static int terminal = -1;
	struct timespec now;

	if (terminal < 0) {
		terminal = isatty(STDERR_FILENO) && !ps_quiet;
		clock_gettime(CLOCK_MONOTONIC, &first);
		atexit(ps_progress_clear);
	}
	if (!terminal || !total)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (ms_since(&first, &now) < FIRST_MS || ms_since(&last, &now) < EVERY_MS)
		return;
	last = now;
	shown = true;
	fprintf(stderr, "\r%3u %%", (unsigned)(done * 100 / total));
}

/* SPDX-License-Identifier: MIT */
/* message.c - messages and the progress line; see message.h. */
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 500 /* quick operations show no progress */
#define EVERY_MS 100

bool ps_quiet;
static bool shown; /* a progress line is on the terminal */

/* ---- progress ---- */

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

/* ---- messages ---- */

static void message(const char *kind, const char *fmt, va_list ap)
{
	ps_progress_clear();
	fflush(stdout);
	fprintf(stderr, "pagescope: %s", kind);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void ps_die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	exit(code);
}

void ps_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'pagescope %s%s--help'.\n", command ? command : "",
		command ? " " : "");
	exit(PS_EXIT_USAGE);
}

void ps_warn(const char *fmt, ...)
{
	va_list ap;

	if (ps_quiet)
		return;
	va_start(ap, fmt);
	message("warning: ", fmt, ap);
	va_end(ap);
}

void ps_note(const char *fmt, ...)
{
	va_list ap;

	if (ps_quiet)
		return;
	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
}

/* SPDX-License-Identifier: MIT */
/*
 * message.h - what the program says on stderr, and how it ends.
 *
 * A message reads "pagescope: FILE: what is wrong"; stdout carries data only.
 * Exit statuses are part of the interface (ps_exit_code).
 */
#ifndef EXPORTER_MESSAGE_H
#define EXPORTER_MESSAGE_H

#include "base/types.h"

enum ps_exit_code {
	PS_EXIT_OK = 0,   /* fine; declared loss is a warning */
	PS_EXIT_DATA = 1, /* nothing decodable, or an I/O failure */
	PS_EXIT_USAGE = 2,
	PS_EXIT_FOUND = 3 /* violations (check), differences, loss under --strict */
};

extern bool ps_quiet; /* -q: no warnings, no summary, no progress */

/* Prints "pagescope: message" and exits with `code`; handlers of atexit run. */
_Noreturn void ps_die(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A usage error: message, hint to --help of `command` (NULL: of the program), exit 2. */
_Noreturn void ps_usage(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints "pagescope: warning: message", unless quiet. */
void ps_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints "pagescope: message", part of the summary, unless quiet. */
void ps_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Shows how far a long operation is, if stderr is a terminal: at most ten times a
 * second, and not before half a second has passed. */
void ps_progress(u64 done, u64 total);
/* Erases the progress line; every message does so first. */
void ps_progress_clear(void);

#endif

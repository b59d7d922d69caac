/* SPDX-License-Identifier: MIT */
/*
 * scn.h - scenarios: text that tells the memory manager what to do.
 *
 * docs/scenarios.md describes the language.  A scenario is read whole before
 * its first statement runs, so a mistake in the last line is found at once;
 * the same source runs in the kernel and in the simulator, and asks both for
 * what they do differently through scn_machine.h.  All memory is static: an
 * experiment on the allocator must not use the allocator for itself.
 */
#ifndef SCENARIO_SCN_H
#define SCENARIO_SCN_H

#include "lib/types.h"

/* Runs a scenario and ends the trace: parse, steps, last snapshot, trace_end.
 * name is for messages; text need not end in a NUL or a newline and must stay
 * in place until the return.  Returns the number of failed steps, failed
 * claims and errors: 0 is a good run.  A syntax error runs nothing. */
unsigned scn_main(const char *name, const char *text, size_t size);

/* Parses only.  Returns 0, or 1 with the message on the console. */
unsigned scn_parse_only(const char *name, const char *text, size_t size);

/* The same language typed line by line, until `exit` or the end of input; then
 * as scn_main.  If text is not NULL it is run first. */
unsigned scn_shell(const char *name, const char *text, size_t size);

/* Ends any run after so many steps, rounds of a repeat, or requests of a random
 * mix: for tests that do not know what they run.  0: no limit. */
void scn_set_budget(unsigned steps);

#endif

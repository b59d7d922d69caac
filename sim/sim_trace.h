/* SPDX-License-Identifier: MIT */
/*
 * sim_trace.h - the simulator's end of the tracer: a capture file.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdint.h>

/*
 * Opens the capture ("-": standard output; null: trace to nowhere, but at full
 * cost) and starts tracing; swapper_pg_dir and page_offset as in struct
 * ps_trace_config.  Exits with status 1 and a message if it cannot be opened.
 */
void sim_trace_open(const char *path, uint32_t swapper_pg_dir, uint32_t page_offset);

/* Flushes, closes.  0, or 1 if any byte was not written; the reason has been
 * said once on stderr, and is the program's exit status. */
int sim_trace_close(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * transport.h - choosing how the trace leaves the machine.
 */
#ifndef TRACE_TRANSPORT_H
#define TRACE_TRANSPORT_H

#include <pagescope/trace.h>

/* Packets between two copies of trace_info: 1 MiB of trace. */
#define TRACE_PREAMBLE_EVERY 256u

/* The transport for trace=auto|doorbell|e9|debugcon|off (null: auto).  If this
 * machine does not have it, or there is no such word, the best one there is; *why
 * then says so in a sentence, and is null otherwise. */
enum ps_transport trace_choose(const char *option, const char **why);

/* "doorbell" ... "off": the word for messages. */
const char *trace_transport_name(enum ps_transport transport);

/* PS_RUN_DOORBELL, PS_RUN_E9 or PS_RUN_SIM for trace_info.flags: the transport that
 * ps_trace_start was given; 0 before it. */
unsigned trace_run_flags(void);

/* PS_MACHINE_TICKS for trace_info.machine if this run's ticks can be given to Bochs's
 * `sba` command, else 0. */
unsigned trace_machine_flags(void);

#endif

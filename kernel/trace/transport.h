/* SPDX-License-Identifier: MIT */
/*
 * transport.h - choosing the way out of the machine.
 */
#ifndef TRACE_TRANSPORT_H
#define TRACE_TRANSPORT_H

#include <pagescope/trace.h>

/* Packets between two copies of trace_info: 1 MiB of trace. */
#define TRACE_PREAMBLE_EVERY 256u

/* The transport for trace=auto|doorbell|e9|debugcon|off (null: auto).  If it
 * cannot be had, or is no such word, the best there is, and *why says so in a
 * sentence; otherwise *why is null. */
enum ps_transport trace_choose(const char *option, const char **why);

/* "doorbell" ... "off": the word for messages. */
const char *trace_transport_name(enum ps_transport transport);

/* PS_RUN_DOORBELL, PS_RUN_E9 or PS_RUN_SIM, for trace_info.flags. */
unsigned trace_run_flags(enum ps_transport transport);

#endif

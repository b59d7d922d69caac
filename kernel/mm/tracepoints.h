/* SPDX-License-Identifier: MIT */
/*
 * tracepoints.h - the memory manager's trace points; see pagescope/trace.h.
 */
#ifndef MM_TRACEPOINTS_H
#define MM_TRACEPOINTS_H

#include <pagescope/trace.h>

#include "trace/transport.h"

/* The return address of the function this stands in: the event's call_site.
 * The simulator keeps its low half. */
#define _RET_IP_ ((uint32_t)(uintptr_t)__builtin_return_address(0))

static inline void trace_flush(void)
{
	ps_trace_flush();
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * tracepoints.h - the memory manager's trace points; see pagescope/trace.h.
 */
#ifndef MM_TRACEPOINTS_H
#define MM_TRACEPOINTS_H

#include <pagescope/trace.h>

#include "lib/types.h"
#include "trace/transport.h"

/* The return address of the function this stands in: the event's call_site.
 * The simulator keeps its low half. */
#define _RET_IP_ ((uint32_t)(uintptr_t)__builtin_return_address(0))

/* Between the two nothing is recorded, if `pause`: a range event has told of it. */
static inline u32 trace_pause(bool pause)
{
	u32 recording = PS_TRACE ? ps_tracer.on : 0;

	if (PS_TRACE && pause)
		ps_tracer.on = 0;
	return recording;
}
static inline void trace_resume(u32 recording)
{
	if (PS_TRACE)
		ps_tracer.on = recording;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * transport.c - the file that compiles the tracer, and the choice of transport.
 *
 * pagescope/tracer.h holds the tracer's body.  The kernel, which sends packets
 * through ports, and mmsim, which calls a function, both build this file.
 */
#include <pagescope/tracer.h>

#include "trace/transport.h"

static const char *const names[] = {
	[PS_OFF] = "off",           [PS_E9] = "e9",     [PS_DEBUGCON] = "debugcon",
	[PS_DOORBELL] = "doorbell", [PS_HOST] = "host",
};

const char *trace_transport_name(enum ps_transport transport)
{
	return names[transport];
}

unsigned trace_run_flags(void)
{
	switch (ps_tx.transport) {
	case PS_E9:
	case PS_DEBUGCON: return PS_RUN_E9;
	case PS_DOORBELL: return PS_RUN_DOORBELL;
	case PS_HOST: return PS_RUN_SIM;
	default: return 0;
	}
}

unsigned trace_machine_flags(void)
{
	return ps_tx.transport == PS_E9 || ps_tx.transport == PS_DOORBELL ? PS_MACHINE_TICKS : 0;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Either byte port can be had if one of them answers: they are the same port, and
 * differ in the size of the packets, which the user chooses. */
static int available(enum ps_transport wanted, enum ps_transport best)
{
	if (wanted == PS_E9 || wanted == PS_DEBUGCON)
		return best != PS_OFF && best != PS_HOST;
	return wanted == PS_OFF || wanted == best;
}

enum ps_transport trace_choose(const char *option, const char **why)
{
	enum ps_transport best = ps_trace_detect();

	*why = 0;
	if (!option || !*option || same(option, "auto"))
		return best;
	for (unsigned t = PS_OFF; t <= PS_DOORBELL; t++) {
		if (!same(option, names[t]))
			continue;
		if (available(t, best))
			return t;
		*why = t == PS_DOORBELL ? "the Bochs plugin does not answer; auto is used"
					: "port 0xE9 does not answer; auto is used";
		return best;
	}
	*why = "auto, doorbell, e9, debugcon or off is wanted; auto is used";
	return best;
}

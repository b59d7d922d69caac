/* SPDX-License-Identifier: MIT */
/* panic.c - the end of the kernel; see mm/machine.h. */
#include "lib/printk.h"
#include "mm/machine.h"
#include "mm/tracepoints.h"
#include "power.h"

#define PANIC_MAX 512 /* a longer message is cut */

/* The events that led here are the ones most wanted: they go out first.  A second
 * panic, caused by the first one's report, only switches the machine off. */
_Noreturn void panic(const char *fmt, ...)
{
	static char message[PANIC_MAX];
	static bool again;
	va_list ap;

	cli();
	if (again)
		machine_shutdown(true);
	again = true;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	printk("Kernel panic: %s\n", message);
	TRACE_STR(panic, ({ .call_site = _RET_IP_ }), message);
	TRACE_STR(trace_end, ({ .reason = PS_END_PANIC, .verdict = 1, .failed = 1 }), message);
	ps_trace_stop();
	machine_shutdown(true);
}

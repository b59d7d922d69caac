/* SPDX-License-Identifier: MIT */
/* main.c - the smallest kernel's run. */
#include "kernel.h"

void kmain(void);

void kmain(void)
{
	start_tracing(ps_trace_detect());
	run(100);
	switch_off();
}

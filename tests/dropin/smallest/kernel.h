/* SPDX-License-Identifier: MIT */
/* kernel.h - the smallest kernel: what kernel.c has and main.c calls. */
#ifndef SMALLEST_KERNEL_H
#define SMALLEST_KERNEL_H

#include <pagescope/trace.h>
#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* From here on each trace point records. */
void start_tracing(enum ps_transport transport);
/* Hands out all memory, then takes, maps, unmaps and frees a page, `pages` times. */
void run(uint32_t pages);
/* Ends the trace and the machine. */
void switch_off(void);

#endif

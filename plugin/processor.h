/* SPDX-License-Identifier: MIT */
/* processor.h - how the processor stood when a guest ended. */
#ifndef PLUGIN_PROCESSOR_H
#define PLUGIN_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

/* The handler of the vector, plus 2^32 if its gate is present; 0: no gate can be read. */
uint64_t processor_gate(unsigned vector);
/* The CPU stands behind a HLT that Bochs logged as one with interrupts off, and they still
 * are: nothing wakes it.  To be called again and again: true after ten times. */
bool processor_sleeps_for_ever(const char *log);
/* Bochs's log, which may be null, ends with a triple fault. */
bool processor_died(const char *log);
/* Writes guest_end: registers, gates, the bytes at EIP, and what `log` (Bochs's, or null)
 * says of the last exceptions.  `missed`: tables that the self-check found changed. */
void processor_tell(uint64_t tick, const char *log, uint32_t missed);

#endif

/* SPDX-License-Identifier: MIT */
/* processor.h - how the processor stood when a guest ended. */
#ifndef PLUGIN_PROCESSOR_H
#define PLUGIN_PROCESSOR_H

#include <stdint.h>

/* Writes guest_end: registers, gates, the bytes at EIP, and what `log` (Bochs's, or null)
 * says of the last exceptions.  `missed`: tables that the self-check found changed. */
void processor_tell(uint64_t tick, const char *log, uint32_t missed);

#endif

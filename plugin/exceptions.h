/* SPDX-License-Identifier: MIT */
/*
 * exceptions.h - which exceptions a watched guest took last, and who stored their gates.
 *
 * Bochs tells nobody of an exception.  But the CPU then reads the vector's gate: the pages
 * of the IDT are trapped while paging is on, and so each of these reads is seen.
 */
#ifndef PLUGIN_EXCEPTIONS_H
#define PLUGIN_EXCEPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Forgets all. */
void exceptions_begin(void);
/* The IDT lies in these frames (physical addresses; PA_NONE: none) from now on, its first
 * byte in the first one at base & 4095.  True: other frames than before, so that the TLB
 * must be flushed. */
#define PA_NONE 0xffffffffu
bool exceptions_idt(uint32_t base, uint32_t limit, const uint32_t frame[2]);
/* The IDT lies in this frame: Bochs must not access it by itself. */
bool exceptions_trapped(uint32_t pa);
/* The CPU or an instruction reads or writes RAM. */
void exceptions_read(uint32_t pa, unsigned bytes);
void exceptions_write(uint32_t pa, unsigned bytes);
/* Writes a guest_exception for each of the last ones, the oldest first. */
void exceptions_tell(uint64_t tick);

#endif

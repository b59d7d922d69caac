/* SPDX-License-Identifier: MIT */
/*
 * scn_machine.h - all that scenarios ask of the machine they run on.
 *
 * kernel/i386/scn_machine.c implements it on hardware, sim/sim_machine.c
 * in the simulator.  Both must cause the same trace events, in this order: an
 * access that faults goes through do_page_fault() (mm.h); the interpreter
 * itself writes mem_access afterwards.
 */
#ifndef SCENARIO_SCN_MACHINE_H
#define SCENARIO_SCN_MACHINE_H

#include "lib/types.h"

/* One access to a linear address in the current address space.  bytes is 1 or
 * 4 (then addr is a multiple of 4).  write: stores *value, else loads it.
 * user: from ring 3.  A fault that do_page_fault mends is retried; false: it could
 * not mend it. */
bool scn_machine_access(vaddr_t addr, unsigned bytes, bool write, bool user, u32 *value);

/* Stops in the debugger that watches the machine; false if there is none. */
bool scn_machine_break(void);

/* Restarts the machine without a word to the tracer: a triple fault. */
_Noreturn void scn_machine_reset(void);

/* The contents of a file given to the machine (a GRUB module, a host file) by
 * its name; NULL if there is no such file. */
const void *scn_machine_file(const char *name, size_t *size);

/* What the interpreter itself keeps in an area of vmalloc's, so many bytes from its
 * address on; the simulator, whose frames have no addresses of the host's, gives
 * memory of the host.  One area at a time; NULL: none to be had. */
void *scn_machine_area(vaddr_t area, size_t bytes);

/* The shell's terminal.  getc waits; -1 is the end of input.  Keys that are not
 * characters come as ANSI escape sequences, as a terminal on COM1 sends them. */
int scn_machine_getc(void);
void scn_machine_putc(char c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * ring3.h - one access at a time made in user mode, CPL 3.
 *
 * The instruction runs from a page of the kernel image that a private page
 * directory maps for users; all else in that directory is a copy of the
 * directory in use.  So the access meets the real tables, no frame is
 * allocated for it, and no table that the trace speaks of changes.
 */
#ifndef I386_RING3_H
#define I386_RING3_H

#include "trap_frame.h"

/* False if the access faulted for good.  bytes: 1 or 4. */
bool user_access(vaddr_t addr, unsigned bytes, bool write, u32 *value);

/* For trap.c: a page fault from user mode; and its end, by int 0x80 or fault. */
void user_fault(struct trap_frame *frame, u32 address);
_Noreturn void user_done(bool ok, u32 value);

#endif

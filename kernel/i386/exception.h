/* SPDX-License-Identifier: MIT */
/*
 * exception.h - what may fault in the kernel without killing it: single accesses,
 * listed in the exception table by the address of their instruction and of where
 * to go on instead, and the functions of modules.
 */
#ifndef I386_EXCEPTION_H
#define I386_EXCEPTION_H

#include "lib/types.h"

struct exception_entry {
	u32 insn, fixup;
};

/* The entry of the instruction at `ip`, or NULL. */
const struct exception_entry *exception_find(u32 ip);

/* Load or store of 1 or 4 bytes at a linear address, as the kernel itself
 * would do it; false if the access faulted for good. */
bool try_load(vaddr_t addr, unsigned bytes, u32 *value);
bool try_store(vaddr_t addr, unsigned bytes, u32 value);

/* For the trap handler, after an oops of the kernel.  If a module is being called
 * (module_call.c), its call ends with -EFAULT and this does not return. */
void module_call_fault(void);

#endif

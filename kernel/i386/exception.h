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

/* Load or store of 8 or 32 bits at a linear address, with the rights of the kernel.
 * False: the access faulted for good, and what was to be loaded is 0. */
bool try_load8(vaddr_t addr, u32 *value), try_load32(vaddr_t addr, u32 *value);
bool try_store8(vaddr_t addr, u32 value), try_store32(vaddr_t addr, u32 value);

/* For the trap handler, after an oops of the kernel.  If a module is being called
 * (module_call.c), its call ends with -EFAULT and this does not return. */
void module_call_fault(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * exception.h - kernel accesses that may fault without killing the kernel.
 *
 * The exception table lists instructions by address and where to go on instead.
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

#endif

/* SPDX-License-Identifier: MIT */
/* tss.h - the task state segment (Intel SDM volume 3, 7.2.1). */
#ifndef I386_TSS_H
#define I386_TSS_H

#include "lib/types.h"

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_bitmap;
} __attribute__((packed));

/* That of the kernel: esp0 is the stack of traps from user mode.  After a double fault
 * it holds the registers of the code that failed. */
extern struct tss kernel_tss;

#endif

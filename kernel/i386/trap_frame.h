/* SPDX-License-Identifier: MIT */
/* trap_frame.h - selectors, vectors, and what a trap leaves on the stack. */
#ifndef I386_TRAP_FRAME_H
#define I386_TRAP_FRAME_H

#include "lib/types.h"

/* Selectors, 2.4's. */
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_CS   0x23
#define USER_DS   0x2B

#define TRAP_INVALID_OPCODE 6
#define TRAP_DOUBLE_FAULT   8
#define TRAP_PAGE_FAULT     14
#define TRAP_IRQ            32 /* 16 of them */
#define TRAP_USER_DONE      48 /* int 0x80 */
#define USER_DONE_VECTOR    0x80

/* What entry.S leaves on the stack, lowest address first. */
struct trap_frame {
	u32 edi, esi, ebp, esp_ignored, ebx, edx, ecx, eax; /* pushal */
	u32 ds, es;
	u32 vector, error_code;
	u32 eip, cs, eflags; /* by the CPU */
	u32 esp, ss;         /* by the CPU, from user mode only */
};

#endif

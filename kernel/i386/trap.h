/* SPDX-License-Identifier: MIT */
/* trap.h - descriptor tables, trap frames and what may be done about a fault. */
#ifndef I386_TRAP_H
#define I386_TRAP_H

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

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_bitmap;
} __attribute__((packed));

extern struct tss kernel_tss;

/* Loads GDT, IDT and TSS; from here on faults are caught, double ones too. */
void traps_init(void);

/* Loads the selectors of the kernel into all segment registers. */
void load_segments(void);

/* Runs the code at eip in user mode, with ebx = addr and eax = value, until the handler
 * of its next trap calls leave_user; returns what that was given.  entry.S. */
int enter_user(u32 eip, u32 addr, u32 value);
_Noreturn void leave_user(int result);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * segments.c - GDT, IDT and the two TSSs.
 *
 * One TSS serves traps from user mode; the other is the double fault's own
 * task, so that a kernel stack that can no longer be written to is reported
 * instead of resetting the machine.
 */
#include "segments.h"
#include "lib/string.h"
#include "trap_frame.h"
#include "tss.h"
#include "x86.h"

#define GDT_KERNEL_TSS 6
#define GDT_FAULT_TSS  7
#define GDT_ENTRIES    8

#define SEG_CODE 0x00CF9A000000FFFFull /* flat 4 GiB, 32 bit */
#define SEG_DATA 0x00CF92000000FFFFull
#define SEG_DPL3 0x0000600000000000ull
#define SEG_TSS  0x0000890000000000ull

#define GATE_INTERRUPT 0x8E00
#define GATE_TASK      0x8500
#define GATE_DPL3      0x6000

struct gate {
	u16 offset_low, selector, type, offset_high;
};

extern const u8 trap_stubs[]; /* 16 bytes each */
extern u8 boot_stack_top[], swapper_pg_dir[];

void double_fault(void);
/* entry.S: loads the selectors of the kernel into all segment registers. */
void load_segments(void);

static struct tss fault_tss;
static u8 fault_stack[4096] __attribute__((aligned(16)));
static u64 gdt[GDT_ENTRIES];
static struct gate idt[256];

static u64 tss_descriptor(const struct tss *tss)
{
	u32 base = (u32)tss;

	return SEG_TSS | (sizeof *tss - 1) | (u64)(base & 0xFFFFFF) << 16 | (u64)(base >> 24) << 56;
}

static void set_gate(unsigned vector, u16 selector, u32 offset, u16 type)
{
	idt[vector] = (struct gate){ (u16)offset, selector, type, (u16)(offset >> 16) };
}

static void gdt_init(void)
{
	struct descriptor_table t = { sizeof gdt - 1, (u32)gdt };

	kernel_tss = (struct tss){ .esp0 = (u32)boot_stack_top,
				   .ss0 = KERNEL_DS,
				   .io_bitmap = sizeof kernel_tss };
	fault_tss = (struct tss){
		.cr3 = (u32)swapper_pg_dir - 0xC0000000u,
		.eip = (u32)double_fault,
		.eflags = 2,
		.esp = (u32)fault_stack + sizeof fault_stack - 16,
		.es = KERNEL_DS,
		.cs = KERNEL_CS,
		.ss = KERNEL_DS,
		.ds = KERNEL_DS,
		.fs = KERNEL_DS,
		.gs = KERNEL_DS,
		.io_bitmap = sizeof fault_tss,
	};
	gdt[KERNEL_CS / 8] = SEG_CODE;
	gdt[KERNEL_DS / 8] = SEG_DATA;
	gdt[USER_CS / 8] = SEG_CODE | SEG_DPL3;
	gdt[USER_DS / 8] = SEG_DATA | SEG_DPL3;
	gdt[GDT_KERNEL_TSS] = tss_descriptor(&kernel_tss);
	gdt[GDT_FAULT_TSS] = tss_descriptor(&fault_tss);
	lgdt(&t);
	load_segments();
	ltr(GDT_KERNEL_TSS * 8);
}

/* All are interrupt gates: CR2 is read before anything can fault again. */
static void idt_init(void)
{
	struct descriptor_table t = { sizeof idt - 1, (u32)idt };
	unsigned v;

	for (v = 0; v < TRAP_USER_DONE; v++)
		set_gate(v, KERNEL_CS, (u32)trap_stubs + v * 16, GATE_INTERRUPT);
	set_gate(TRAP_DOUBLE_FAULT, GDT_FAULT_TSS * 8, 0, GATE_TASK);
	set_gate(USER_DONE_VECTOR, KERNEL_CS, (u32)trap_stubs + TRAP_USER_DONE * 16,
		 GATE_INTERRUPT | GATE_DPL3);
	lidt(&t);
}

void traps_init(void)
{
	gdt_init();
	idt_init();
}

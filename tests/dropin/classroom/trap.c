/* SPDX-License-Identifier: MIT */
/* trap.c - segments, traps, system calls. */
#include "kernel.h"
#include "x86.h"

#define PAGE_FAULT  14
#define SYSTEM_CALL 0x40
#define TRAPS       (SYSTEM_CALL + 1)

enum { SYS_FORK, SYS_EXEC, SYS_EXIT, SYS_WAIT, SYS_SBRK, SYS_MISTAKE };

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* The processor reads of it the stack to use when a trap leaves ring 3. */
static struct {
	uint32_t link, esp0, ss0, unused[22];
	uint16_t trap, io_map;
} tss = { .ss0 = 0x10, .io_map = sizeof(tss) };

static uint64_t gdt[6] = {
	0,
	0x00cf9a000000ffffull, /* 0x08 kernel code */
	0x00cf92000000ffffull, /* 0x10 kernel data */
	0x00cffa000000ffffull, /* 0x1b user code */
	0x00cff2000000ffffull, /* 0x23 user data */
};
static uint64_t idt[TRAPS];
extern const uint32_t trap_entries[]; /* entry.S: those of 0 to 31, then of SYSTEM_CALL */
void load_segments(void);

static uint64_t gate(uint32_t entry, unsigned ring)
{
	return (entry & 0xffff) | 0x08u << 16 |
	       (uint64_t)((entry & 0xffff0000u) | 0x8e00u | ring << 13) << 32;
}

void set_up_traps(void)
{
	struct table_register gdtr = { sizeof(gdt) - 1, (uint32_t)gdt };
	struct table_register idtr = { sizeof(idt) - 1, (uint32_t)idt };
	uint32_t base = (uint32_t)&tss;

	gdt[5] = (sizeof(tss) - 1) | (uint64_t)(base & 0xffffff) << 16 | 0x89ull << 40 |
		 (uint64_t)(base >> 24) << 56;
	for (unsigned n = 0; n < 32; n++)
		idt[n] = gate(trap_entries[n], 0);
	idt[SYSTEM_CALL] = gate(trap_entries[32], 3);
	lgdt(&gdtr);
	load_segments();
	lidt(&idtr);
	ltr(0x28);
}

void set_kernel_stack(uint32_t top)
{
	tss.esp0 = top;
}

void panic(const char *why)
{
	TRACE_STR(panic, ({ .call_site = CALLER }), why);
	ps_trace_flush();
	for (;;)
		hlt();
}

static uint32_t system_call(uint32_t number, uint32_t argument)
{
	switch (number) {
	case SYS_FORK: return (uint32_t)fork();
	case SYS_EXEC: return (uint32_t)exec(argument);
	case SYS_EXIT: exit();
	case SYS_WAIT: return (uint32_t)wait();
	case SYS_SBRK: return (uint32_t)sbrk((int)argument);
	case SYS_MISTAKE: make_mistake(); return 0;
	}
	return (uint32_t)-1;
}

void trap(struct frame *f);

void trap(struct frame *f)
{
	int user = f->cs & 3;

	if (f->number == SYSTEM_CALL) {
		uint32_t number = f->eax;
		uint32_t result;

		current->frame = f;
		spoil_entry();
		result = system_call(number, f->ebx);
		if (number != SYS_EXEC || result)
			f->eax = result;
		return;
	}
	if (f->number == PAGE_FAULT && user)
		TRACE(page_fault_user, .address = rcr2(), .ip = f->eip,
		      .error_code = (uint8_t)f->error);
	else if (f->number == PAGE_FAULT)
		TRACE(page_fault_kernel, .address = rcr2(), .ip = f->eip,
		      .error_code = (uint8_t)f->error);
	if (!user)
		panic("a trap in the kernel");
	exit();
}

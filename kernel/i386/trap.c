/* SPDX-License-Identifier: MIT */
/*
 * trap.c - what happens at a fault: repair, oops, or panic.
 *
 * do_page_fault (mm/fault.c) mends a page fault or reports it as an oops.  After an
 * oops, an access with an entry in the exception table goes on at its fix-up, and
 * a module's bad access ends the call of that module.  Any other bad access of the
 * kernel is a panic: the only task there is cannot be killed.
 */
#include "trap_frame.h"
#include "tss.h"
#include "exception.h"
#include "irq.h"
#include "lib/printk.h"
#include "mm/machine.h"
#include "mm/mm.h"
#include "ring3.h"
#include "x86.h"

#define TRACE_WORDS 8

extern const char _text[], _etext[], _rodata[], _edata[];
extern u8 boot_stack[], boot_stack_top[];

static const char *const trap_name[] = {
	"divide error",
	"debug",
	"nmi",
	"int3",
	"overflow",
	"bounds",
	"invalid operand",
	"device not available",
	"double fault",
	"coprocessor segment overrun",
	"invalid TSS",
	"segment not present",
	"stack segment",
	"general protection fault",
	"page fault",
	"reserved",
	"coprocessor error",
	"alignment check",
	"machine check",
	"simd",
};

static bool from_user(const struct trap_frame *f)
{
	return f->cs & 3;
}

static u32 stack_pointer(const struct trap_frame *f)
{
	return from_user(f) ? f->esp : (u32)&f->esp;
}

static bool on_kernel_stack(u32 sp)
{
	return sp >= (u32)boot_stack && sp + 4 <= (u32)boot_stack_top && !(sp & 3);
}

/* Every word on the stack that points into the code: 2.4's way, no frames needed. */
static void show_trace(u32 sp)
{
	unsigned shown = 0;

	printk("Call Trace:   ");
	for (; on_kernel_stack(sp) && shown < TRACE_WORDS; sp += 4) {
		u32 word = *(u32 *)sp;

		if (word < (u32)_text || word >= (u32)_etext)
			continue;
		printk(" [<%08x>]", word);
		shown++;
	}
	printk("\n");
}

/* Prints registers, where the code was, and a back trace, as 2.4's oops does. */
static void show_registers(const struct trap_frame *f)
{
	u32 sp = stack_pointer(f);

	printk("CPU:    0\nEIP:    %04x:[<%08x>]    Not tainted\nEFLAGS: %08x\n", f->cs & 0xffff,
	       f->eip, f->eflags);
	printk("eax: %08x   ebx: %08x   ecx: %08x   edx: %08x\n", f->eax, f->ebx, f->ecx, f->edx);
	printk("esi: %08x   edi: %08x   ebp: %08x   esp: %08x\n", f->esi, f->edi, f->ebp, sp);
	printk("ds: %04x   es: %04x   ss: %04x\n", f->ds & 0xffff, f->es & 0xffff,
	       from_user(f) ? f->ss & 0xffff : KERNEL_DS);
	if (!from_user(f))
		show_trace(sp);
}

static void oops(const char *what, const struct trap_frame *f)
{
	printk("%s: %04x\n", what, f->error_code);
	show_registers(f);
}

static void page_fault(struct trap_frame *f)
{
	u32 address = read_cr2();
	const struct exception_entry *e;

	if (from_user(f))
		user_fault(f, address);
	else if (do_page_fault(address, f->error_code, f->eip) == FAULT_RETRY)
		return;
	else if ((e = exception_find(f->eip)))
		f->eip = e->fixup;
	else {
		show_registers(f);
		module_call_fault();
		panic("kernel access of bad area %08x at %08x", address, f->eip);
	}
}

/* 2.4's BUG() is ud2, then the line and the file's name; ours may be bare. */
static void invalid_opcode(const struct trap_frame *f)
{
	const u8 *code = (const u8 *)f->eip;
	const char *file = *(const char *const *)(code + 4);

	if (code[0] == 0x0f && code[1] == 0x0b && file >= _rodata && file < _edata)
		printk("kernel BUG at %.60s:%u!\n", file, *(const u16 *)(code + 2));
	oops("invalid operand", f);
	module_call_fault();
	panic("BUG at %08x", f->eip);
}

static void fatal_trap(const struct trap_frame *f)
{
	const char *name = f->vector < sizeof trap_name / sizeof *trap_name ? trap_name[f->vector]
									    : "unknown trap";

	oops(name, f);
	if (from_user(f))
		user_done(false, 0);
	module_call_fault();
	panic("%s (trap %u) at %08x", name, f->vector, f->eip);
}

void trap_dispatch(struct trap_frame *f);
void trap_dispatch(struct trap_frame *f)
{
	if (f->vector == TRAP_PAGE_FAULT)
		page_fault(f);
	else if (f->vector == TRAP_USER_DONE && from_user(f))
		user_done(true, f->eax);
	else if (f->vector >= TRAP_IRQ && f->vector < TRAP_USER_DONE)
		irq_handle(f->vector - TRAP_IRQ);
	else if (f->vector == TRAP_INVALID_OPCODE && !from_user(f))
		invalid_opcode(f);
	else
		fatal_trap(f);
}

/* Runs on its own task and stack; the task that failed is described by kernel_tss. */
void double_fault(void);
void double_fault(void)
{
	const struct tss *t = &kernel_tss;

	printk("double fault: eip %08x esp %08x cr2 %08x eflags %08x\n", t->eip, t->esp, read_cr2(),
	       t->eflags);
	printk("eax: %08x   ebx: %08x   ecx: %08x   edx: %08x\n", t->eax, t->ebx, t->ecx, t->edx);
	if (t->esp < (u32)boot_stack)
		printk("the kernel stack has overflowed\n");
	panic("double fault at %08x", t->eip);
}

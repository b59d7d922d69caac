/* SPDX-License-Identifier: MIT */
/* scn_machine.c - what scenarios ask of the machine, on hardware. */
#include "scenario/scn_machine.h"
#include "boot.h"
#include "console.h"
#include "exception.h"
#include "lib/printk.h"
#include "mm/machine.h"
#include "power.h"
#include "ring3.h"

enum scn_access_result scn_machine_access(vaddr_t addr, unsigned bytes, bool write, bool user,
					  u32 *value)
{
	bool ok;

	if (user)
		ok = user_access(addr, bytes, write, value);
	else
		ok = write ? try_store(addr, bytes, *value) : try_load(addr, bytes, value);
	return ok ? SCN_ACCESS_DONE : SCN_ACCESS_FAULT;
}

/* Bochs's magic breakpoint; without a debugger it does nothing, which the
 * kernel cannot find out. */
bool scn_machine_break(void)
{
	asm volatile("xchgw %bx, %bx");
	return true;
}

_Noreturn void scn_machine_reset(void)
{
	machine_reset();
}

const void *scn_machine_file(const char *name, size_t *size)
{
	const struct boot_file *f = boot_file(name);

	if (f && virt_to_phys(f->data) + f->size > (u64)max_low_pfn << PAGE_SHIFT) {
		printk("%s lies above the memory that mem= leaves\n", name);
		f = NULL;
	}
	*size = f ? f->size : 0;
	return f ? f->data : NULL;
}

void *scn_machine_area(vaddr_t area, size_t bytes)
{
	(void)bytes;
	return (void *)area;
}

int scn_machine_getc(void)
{
	return console_getc();
}

void scn_machine_putc(char c)
{
	console_write(&c, 1);
}

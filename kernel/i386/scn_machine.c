/* SPDX-License-Identifier: MIT */
/* scn_machine.c - what scenarios ask of the machine, on hardware. */
#include "scenario/scn_machine.h"
#include "boot_info.h"
#include "console.h"
#include "exception.h"
#include "lib/printk.h"
#include "mm/machine.h"
#include "power.h"
#include "ring3.h"

static bool kernel_access(vaddr_t addr, unsigned bytes, bool write, u32 *value)
{
	if (write)
		return bytes == 1 ? try_store8(addr, *value) : try_store32(addr, *value);
	return bytes == 1 ? try_load8(addr, value) : try_load32(addr, value);
}

bool scn_machine_access(vaddr_t addr, unsigned bytes, bool write, bool user, u32 *value)
{
	return user ? user_access(addr, bytes, write, value)
		    : kernel_access(addr, bytes, write, value);
}

/* Bochs stops at this instruction if its debugger is on; otherwise it does nothing,
 * and the kernel cannot find out. */
bool scn_machine_break(void)
{
	xchgw_bx_bx();
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

/* SPDX-License-Identifier: MIT */
/* power.c - see power.h. */
#include "power.h"
#include "console.h"
#include "lib/printk.h"
#include "x86.h"

#define BOCHS_SHUTDOWN 0x8900 /* ends at the letters of "Shutdown" */
#define QEMU_EXIT      0xF4   /* isa-debug-exit: status 2 * value + 1 */
#define QEMU_ACPI      0x604  /* PM1a control of the i440fx machine */

_Noreturn void machine_reset(void)
{
	static const struct descriptor_table nothing;

	lidt(&nothing);
	int3(); /* without an IDT: a triple fault */
	__builtin_unreachable();
}

_Noreturn void machine_shutdown(bool failed)
{
	const char *s;

	cli();
	console_drain();
	outb(QEMU_EXIT, failed); /* first: QEMU knows nothing of Bochs's port */
	for (s = "Shutdown"; *s; s++)
		outb(BOCHS_SHUTDOWN, (u8)*s);
	outw(QEMU_ACPI, 0x2000);
	printk("The machine cannot be switched off; it is halted.\n");
	for (;;)
		hlt();
}

/* SPDX-License-Identifier: MIT */
/* machine.c - the CPU's features, the clock, and the ends of a run. */
#include "console.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"
#include "power.h"
#include <pagescope/trace.h>

#define PIT_HZ     1193182u
#define PIT_CH2    0x42
#define PIT_MODE   0x43
#define PIT_GATE   0x61  /* bit 0 gate, bit 5 output of channel 2 */
#define PIT_ENOUGH 5000u /* counts, 4 ms: long enough to measure */

#define BOCHS_SHUTDOWN 0x8900 /* ends at the letters of "Shutdown" */
#define QEMU_EXIT      0xF4   /* isa-debug-exit: status 2 * value + 1 */
#define QEMU_ACPI      0x604  /* PM1a control of the i440fx machine */

static u32 features(void)
{
	u32 a, b, c, d;

	cpuid(1, &a, &b, &c, &d);
	return d;
}

bool machine_has_pse(void)
{
	return features() & CPUID_PSE;
}

bool machine_has_pge(void)
{
	return features() & CPUID_PGE;
}

void machine_enable_paging_features(void)
{
	u32 cr4 = read_cr4();

	if (machine_has_pse())
		cr4 |= X86_CR4_PSE;
	if (machine_has_pge())
		cr4 |= X86_CR4_PGE;
	write_cr4(cr4);
}

/* What is left of channel 2's count. */
static u32 pit_count(void)
{
	u32 low;

	outb(PIT_MODE, 0x80); /* latch */
	low = inb(PIT_CH2);
	return low | (u32)inb(PIT_CH2) << 8;
}

/*
 * Time stamp counter ticks per second, measured once against the timer chip.
 * The count is read before and after a wait in ticks, and not waited for: Bochs
 * lets a device see the time a few ticks late, differently from run to run.  For
 * the same reason, and as clocks are round numbers, two digits are kept.
 */
u32 machine_tsc_hz(void)
{
	static u32 hz;
	u32 wait = 20000, scale = 1, before, counts;
	u64 start, ticks;

	if (hz)
		return hz;
	outb(PIT_GATE, (inb(PIT_GATE) & ~2) | 1); /* gate open, speaker off */
	do {
		outb(PIT_MODE, 0xB0); /* channel 2, one shot */
		outb(PIT_CH2, 0xFF);
		outb(PIT_CH2, 0xFF);
		before = pit_count();
		start = rdtsc();
		do
			ticks = rdtsc() - start;
		while (ticks < wait);
		counts = before - pit_count();
		wait *= 2;
	} while (counts < PIT_ENOUGH && wait < 1u << 30);
	hz = counts ? (u32)(ticks * PIT_HZ / counts) : 1000000;
	while (hz / scale >= 100)
		scale *= 10;
	hz = (hz + scale / 2) / scale * scale;
	return hz;
}

_Noreturn void machine_reset(void)
{
	static const struct descriptor_table nothing;

	lidt(&nothing);
	asm volatile("int3");
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

/* The events of what led here are the ones most wanted: they go out first. */
_Noreturn void machine_panic(const char *message)
{
	static bool again;

	cli();
	if (again)
		machine_shutdown(true);
	again = true;
	printk("Kernel panic: %s\n", message);
	TRACE_STR(panic, ({ .call_site = (u32)__builtin_return_address(0) }), message);
	TRACE_STR(trace_end, ({ .reason = PS_END_PANIC, .verdict = 1, .failed = 1 }), message);
	ps_trace_stop();
	machine_shutdown(true);
}

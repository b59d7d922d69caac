/* SPDX-License-Identifier: MIT */
/*
 * endings.c - the smallest kernel with options for the tests of the plugin, in place of its main.c.
 *
 * pages=N takes, maps, unmaps and frees N pages; end=off writes
 * the end of the trace and switches the emulator off, end=triple, end=loop and
 * end=halt leave it as the name says, with events not yet handed over; end=keyboard
 * and end=92 reset the CPU, as many kernels reboot, and switch off the second time;
 * trace=e9 uses the byte port though there is a plugin; tsc=late sets the time
 * stamp counter so that its low half soon overflows.
 */
#include "smallest/kernel.h"

#define KERNBASE 0xC0000000u

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* The text after `name` in the command line, null if it is not there. */
static const char *option(const char *line, const char *name)
{
	for (; *line; line++) {
		const char *a = line, *b = name;

		while (*b && *a == *b)
			a++, b++;
		if (!*b)
			return a;
	}
	return 0;
}

static uint32_t number(const char *s, uint32_t otherwise)
{
	uint32_t n = 0;

	if (!s)
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++)
		n = 10 * n + (uint32_t)(*s - '0');
	return n;
}

/* The high half changes some 30,000 ticks after the tracer is ready. */
static void set_late_time(void)
{
	__asm__ volatile("wrmsr" : : "c"(0x10), "a"(0u - 70000u), "d"(6));
}

static void triple_fault(void)
{
	const struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) no_idt = { 0, 0 };

	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
}

/* The first time it is called since power-on; a byte of the CMOS remembers. */
static int first_boot(void)
{
	const uint8_t unused = 0x50, seen = 0xa5;
	int first;

	outb(0x70, unused);
	first = inb(0x71) != seen;
	outb(0x70, unused);
	outb(0x71, seen);
	return first;
}

static void reset_cpu(uint16_t port, uint8_t value)
{
	if (!first_boot())
		switch_off();
	outb(port, value);
	for (;;)
		__asm__ volatile("");
}

void kmain(uint32_t multiboot);

void kmain(uint32_t multiboot)
{
	const uint32_t *info = (const uint32_t *)(multiboot + KERNBASE);
	const char *line = info[0] & 4 ? (const char *)(info[4] + KERNBASE) : "";
	const char *end = option(line, "end="), *trace = option(line, "trace=");
	uint32_t pages = number(option(line, "pages="), 1000);

	if (option(line, "tsc=late"))
		set_late_time();
	start_tracing(trace && *trace == 'e' ? PS_E9 : ps_trace_detect());
	run(pages);
	if (!end || end[0] == 'o')
		switch_off();
	else if (end[0] == 't')
		triple_fault();
	else if (end[0] == 'k')
		reset_cpu(0x64, 0xfe);
	else if (end[0] == '9')
		reset_cpu(0x92, 1);
	else if (end[0] == 'l')
		for (;;)
			__asm__ volatile("");
}

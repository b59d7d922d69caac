/* SPDX-License-Identifier: MIT */
/* main.c - the kernel from its first line of C to its end. */
#include "kernel.h"
#include "x86.h"

char command_line[64];

void switch_off(void)
{
	ps_trace_stop();
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (uint8_t)*s); /* Bochs */
	outw(0x604, 0x2000);               /* QEMU */
	for (;;)
		hlt();
}

/* The memory it is in goes on the list of pages. */
static void copy_line(const char *from)
{
	for (unsigned n = 0; from[n] && n < sizeof(command_line) - 1; n++)
		command_line[n] = from[n];
}

void kmain(uint32_t multiboot) __attribute__((noreturn));

/* multiboot: physical address of the boot loader's information, mapped by the boot directory */
void kmain(uint32_t multiboot)
{
	const uint32_t *info = P2V(multiboot);
	uint32_t before, after;

	if (info[0] & 4)
		copy_line(P2V(info[4]));
	start_tracing();
	TRACE_STR(mark, ({ .level = 1 }), "boot", "all memory goes on the list");
	free_memory(end, P2V(PHYSTOP));
	kernel_directory = new_directory(0);
	if (!kernel_directory)
		panic("no memory for the kernel's directory");
	load_directory(kernel_directory, 0);
	set_up_traps();
	before = free_pages();
	if (!first_process())
		panic("no memory for the first process");
	while (wait() > 0)
		;
	after = free_pages();
	TRACE_STR(trace_end, ({ .verdict = after != before, .failed = after != before }),
		  after == before ? "every page is back" : "pages are lost");
	switch_off();
}

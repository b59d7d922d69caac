/* SPDX-License-Identifier: MIT */
/*
 * proc.c - /proc/meminfo, /proc/modules and /proc/swaps as 2.4.22 printed them.
 *
 * This kernel has no page cache and never swaps a page out: 2.4.22's counts of
 * those are printed as 0.
 */
#include "clients/module.h"
#include "clients/proc.h"
#include "clients/swap.h"
#include "lib/printk.h"
#include "mm/mm.h"

#define KB(pages) ((pages) << (PAGE_SHIFT - 10))

/* Slot 0 holds the header and is no room. */
static u32 swap_pages(void)
{
	struct swap_area area;
	u32 pages = 0;

	for (unsigned id = 0; id < MAX_SWAPFILES; id++)
		if (swap_area_info(id, &area))
			pages += area.slots - 1;
	return pages;
}

static unsigned long long bytes(u32 pages)
{
	return (unsigned long long)pages << PAGE_SHIFT;
}

static void print_kb(const char *name, u32 pages)
{
	printk("%-13s %8u kB\n", name, KB(pages));
}

void show_meminfo(void)
{
	u32 total = totalram_pages, free = nr_free_pages(), swap = swap_pages();
	u32 high = totalhigh_pages, high_free = nr_free_highpages();

	printk("        total:    used:    free:  shared: buffers:  cached:\n");
	printk("Mem:  %8llu %8llu %8llu %8u %8u %8u\n", bytes(total), bytes(total - free),
	       bytes(free), 0, 0, 0);
	printk("Swap: %8llu %8u %8llu\n", bytes(swap), 0, bytes(swap));
	print_kb("MemTotal:", total);
	print_kb("MemFree:", free);
	print_kb("MemShared:", 0);
	print_kb("Buffers:", 0);
	print_kb("Cached:", 0);
	print_kb("SwapCached:", 0);
	print_kb("Active:", 0);
	print_kb("Inactive:", 0);
	print_kb("HighTotal:", high);
	print_kb("HighFree:", high_free);
	print_kb("LowTotal:", total - high);
	print_kb("LowFree:", free - high_free);
	print_kb("SwapTotal:", swap);
	print_kb("SwapFree:", swap);
}

/* 2.4.22's columns (name, size, users) and the address, which it did not print. */
void show_modules(void)
{
	struct module_info m;

	for (unsigned n = 0; module_info(n, &m); n++)
		printk("%-20s%8u%4u%s at 0x%08x\n", m.name, m.size, m.users,
		       m.running ? "" : " (uninitialized)", m.addr);
}

/* Sizes in kB as in 2.4.22; the number of the area stands for its file, and the
 * last column, which 2.4.22 has not, is its map. */
void show_swaps(void)
{
	struct swap_area a;

	printk("Area\tVersion\tSize\tUsed\tMap\n");
	for (unsigned id = 0; id < MAX_SWAPFILES; id++)
		if (swap_area_info(id, &a))
			printk("%u\t%u\t%u\t0\t%u bytes at 0x%08x\n", id, a.version,
			       KB(a.slots - 1), a.bytes, a.map);
}

/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - the smallest kernel that is traced: a list of free pages and a function that
 * maps one.
 *
 * It uses nothing of pagescope but the headers in include/pagescope.  boot.S turns paging
 * on; docs/drop-in.md says which calls a larger kernel needs.
 */
#include <pagescope/tracer.h>

#include "kernel.h"

#define KERNBASE   0xC0000000u
#define WINDOW     0xD0000000u /* where map_page() maps */
#define V2P(a)     ((uint32_t)(a)-KERNBASE)
#define P2V(a)     ((void *)((a) + KERNBASE))
#define FREE_START 0x200000u /* the pages of the list: physical memory */
#define FREE_END   0x400000u

extern uint32_t page_directory[1024];
static uint32_t window_table[1024] __attribute__((aligned(4096)));

/* ---- what the kernel has anyway ------------------------------------------------ */

/* The list of free pages, each of which holds the address of the next. */
static struct run {
	struct run *next;
} * free_list;

static void kfree(uint32_t pa)
{
	struct run *page = P2V(pa);

	page->next = free_list;
	free_list = page;
	TRACE(mm_page_free, .pfn = pa >> 12, .call_site = (uint32_t)__builtin_return_address(0));
}

static uint32_t kalloc(void)
{
	struct run *page = free_list;

	if (!page) {
		TRACE(mm_page_alloc, .pfn = PS_PFN_NONE,
		      .call_site = (uint32_t)__builtin_return_address(0));
		return 0;
	}
	free_list = page->next;
	TRACE(mm_page_alloc, .pfn = V2P(page) >> 12,
	      .call_site = (uint32_t)__builtin_return_address(0));
	return V2P(page);
}

static void map_page(uint32_t va, uint32_t entry)
{
	uint32_t *pte = &window_table[va >> 12 & 1023], old = *pte;

	*pte = entry;
	TRACE(pte_set, .addr = va, .old = old, .pte = entry,
	      .entry_pa = ps_entry_pa(pte, KERNBASE));
	ps_trace_probe(va);
}

static void unmap_page(uint32_t va)
{
	uint32_t *pte = &window_table[va >> 12 & 1023], old = *pte;

	*pte = 0;
	TRACE(pte_clear, .addr = va, .old = old, .entry_pa = ps_entry_pa(pte, KERNBASE));
	TRACE(tlb_flush, .reason = PS_FLUSH_LOCAL, .pages = 1, .addr = va);
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
	ps_trace_probe(va);
}

static void map_window(void)
{
	uint32_t *pde = &page_directory[WINDOW >> 22];

	TRACE(pte_alloc, .table = V2P(window_table));
	*pde = V2P(window_table) | 3;
	TRACE(pde_set, .addr = WINDOW, .pde = *pde, .entry_pa = ps_entry_pa(pde, KERNBASE));
}

/* ---- what it adds --------------------------------------------------------------- */

static enum ps_transport transport;

static void describe(void)
{
	TRACE_STR(trace_info,
		  ({ .version = 2,
		     .flags = PS_RUN_PSE | (transport == PS_DOORBELL ? PS_RUN_DOORBELL : PS_RUN_E9),
		     .machine = PS_MACHINE_FLUSHES |
				(transport == PS_DEBUGCON ? 0 : PS_MACHINE_TICKS),
		     .entry_bytes = 4,
		     .levels = 2,
		     .recursive_slot = PS_SLOT_NONE,
		     .nr_pages = FREE_END >> 12,
		     .max_low_pfn = FREE_END >> 12,
		     .nr_zones = 1,
		     .max_order = 1, /* single pages, never merged */
		     .page_offset = KERNBASE,
		     .high_memory = KERNBASE + FREE_END,
		     .swapper_pg_dir = V2P(page_directory),
		     .kernel_start = 0x100000,
		     .kernel_end = FREE_START }),
		  "", "drop-in kernel");
	TRACE_STR(mm_setup_per_zone_wmarks, ({ .spanned_pages = FREE_END >> 12 }), "memory");
	TRACE_STR(region, ({ .end = KERNBASE, .kind = PS_REGION_USER }), "user");
	TRACE_STR(region,
		  ({ .start = KERNBASE, .end = KERNBASE + FREE_END, .kind = PS_REGION_LINEAR }),
		  "linear map");
	TRACE_STR(region, ({ .start = WINDOW, .end = WINDOW + 0x400000, .kind = PS_REGION_OTHER }),
		  "window");
}

void start_tracing(enum ps_transport wanted)
{
	const struct ps_trace_config config = {
		.transport = wanted,
		.va_to_pa = KERNBASE,
		.swapper_pg_dir = V2P(page_directory),
		.page_offset = KERNBASE,
	};

	transport = wanted;
	ps_trace_start(&config);
	ps_trace_set_preamble(describe, 64);
	TRACE(pgd_alloc, .pgd = V2P(page_directory)); /* all but two of its slots are empty */
	TRACE(pte_range_set, .addr = 0, .entry = page_directory[0], .nr = 1, .large = 1,
	      .entry_pa = V2P(page_directory));
	TRACE(pte_range_set, .addr = KERNBASE, .entry = page_directory[768], .nr = 1, .large = 1,
	      .entry_pa = V2P(&page_directory[KERNBASE >> 22]));
}

/* ---- the run ----------------------------------------------------------------------- */

void run(uint32_t pages)
{
	TRACE_STR(mark, ({ .level = 1 }), "drop-in", "a kernel with two includes");
	for (uint32_t pa = FREE_START; pa < FREE_END; pa += 4096)
		kfree(pa);
	map_window();
	for (uint32_t i = 0; i < pages; i++) {
		uint32_t va = WINDOW + i % 1024 * 4096, pa = kalloc();

		map_page(va, pa | 3);
		unmap_page(va);
		kfree(pa);
	}
}

void switch_off(void)
{
	TRACE_STR(trace_end, ({ .reason = PS_END_DONE }), "the run is complete");
	ps_trace_stop();
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (uint8_t)*s); /* Bochs */
	__asm__ volatile("outw %0, %1" : : "a"((uint16_t)0x2000), "Nd"((uint16_t)0x604)); /* QEMU */
}

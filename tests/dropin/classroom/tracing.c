/* SPDX-License-Identifier: MIT */
/* tracing.c - what the kernel tells of itself: the one file that the tracer adds. */
#include <pagescope/tracer.h>

#include "kernel.h"

static enum ps_transport transport;

/* What stands at the beginning of the trace, and in it from time to time. */
static void describe(void)
{
	TRACE_STR(trace_info,
		  ({ .version = 2,
		     .flags = PS_RUN_PSE | (transport == PS_DOORBELL ? PS_RUN_DOORBELL : PS_RUN_E9),
		     .machine = PS_MACHINE_COMPLETE | PS_MACHINE_FLUSHES |
				(transport == PS_DEBUGCON ? 0 : PS_MACHINE_TICKS),
		     .entry_bytes = 4,
		     .levels = 2,
		     .recursive_slot = RECURSIVE_SLOT,
		     .nr_pages = PHYSTOP >> 12,
		     .max_low_pfn = PHYSTOP >> 12,
		     .nr_zones = 1,
		     .max_order = 1, /* single pages, never merged */
		     .page_offset = KERNBASE,
		     .high_memory = KERNBASE + PHYSTOP,
		     .swapper_pg_dir = V2P(boot_directory),
		     .kernel_start = 0x100000,
		     .kernel_end = V2P(end) }),
		  "", "classroom");
	TRACE_STR(mm_setup_per_zone_wmarks, ({ .spanned_pages = PHYSTOP >> 12 }), "memory");
	TRACE_STR(region, ({ .end = KERNBASE, .kind = PS_REGION_USER }), "user");
	TRACE_STR(region,
		  ({ .start = KERNBASE, .end = KERNBASE + PHYSTOP, .kind = PS_REGION_LINEAR }),
		  "all memory");
	TRACE_STR(region,
		  ({ .start = DEVSPACE,
		     .end = DEVSPACE + DEVPAGES * PGSIZE,
		     .kind = PS_REGION_DEVICE }),
		  "devices");
	if (IS_RECURSIVE)
		TRACE_STR(region,
			  ({ .start = RECURSIVE_SLOT << 22,
			     .end = (uint64_t)(RECURSIVE_SLOT + 1) << 22,
			     .kind = PS_REGION_RECURSIVE }),
			  "page tables");
}

/* The memory that the list of pages does not get, and the tables that are there already. */
static void tell_boot(void)
{
	uint32_t image = (V2P(end) + PGSIZE - 1) >> 12;

	TRACE(reserve_bootmem, .nr_pages = 0x100, .owner = PS_OWNER_FIRMWARE);
	TRACE(reserve_bootmem, .start_pfn = 0x100, .nr_pages = image - 0x100,
	      .owner = PS_OWNER_KERNEL);
	TRACE(pgd_alloc, .pgd = V2P(boot_directory)); /* all but two of its slots are empty */
	TRACE(pte_range_set, .addr = 0, .entry = boot_directory[0], .nr = 1, .large = 1,
	      .entry_pa = V2P(boot_directory));
	TRACE(pte_range_set, .addr = KERNBASE, .entry = boot_directory[SLOT(KERNBASE)], .nr = 1,
	      .large = 1, .entry_pa = V2P(&boot_directory[SLOT(KERNBASE)]));
}

void start_tracing(void)
{
	const struct ps_trace_config config = {
		.transport = transport = ps_trace_detect(),
		.va_to_pa = KERNBASE,
		.swapper_pg_dir = V2P(boot_directory),
		.page_offset = KERNBASE,
	};

	ps_trace_start(&config);
	ps_trace_set_preamble(describe, 64);
	tell_boot();
}

/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - a kernel that is not ours, traced: all a teaching kernel adds.
 *
 * It has what such kernels have, a list of free pages and a function that maps a
 * page, and uses nothing of pagescope but the headers in include/pagescope.
 * docs/drop-in.md walks through it.
 *
 * Boot options, for the tests: pages=N takes, maps, unmaps and frees N pages; end=off writes
 * the end of the trace and switches the emulator off, end=triple, end=loop and
 * end=halt leave it as the name says, with events not yet handed over; end=keyboard
 * and end=92 reset the CPU, as many kernels reboot, and switch off the second time;
 * bug=free frees a page twice, bug=map frees one that is mapped and hands it out again,
 * bug=slot stores the entry of a page into the slot of the next;
 * trace=e9 uses the byte port though there is a plugin; tsc=late sets the time
 * stamp counter so that its low half soon overflows.
 */
#include <pagescope/trace.h>
#include <pagescope/tracer.h>

#define KERNBASE   0xC0000000u
#define WINDOW     0xD0000000u /* where map_page() maps */
#define V2P(a)     ((uint32_t)(a)-KERNBASE)
#define P2V(a)     ((void *)((a) + KERNBASE))
#define FREE_START 0x200000u /* the pages of the list: physical memory */
#define FREE_END   0x400000u

extern uint32_t page_directory[1024];
static uint32_t window_table[1024] __attribute__((aligned(4096)));

/* ---- what the kernel has anyway ------------------------------------------------ */

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outw(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

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
		     .tsc_hz = 1000000,
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

static void start_tracing(enum ps_transport wanted)
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

/* The mistakes that the tests want found. */
static void make_mistake(const char *bug)
{
	uint32_t pa = kalloc();

	switch (bug[0]) {
	case 'f':
		kfree(pa);
		kfree(pa);
		break;
	case 'm':
		map_page(WINDOW, pa | 3);
		kfree(pa);
		kalloc();
		break;
	case 's': {
		uint32_t *pte = &window_table[1];

		*pte = pa | 3;
		TRACE(pte_set, .addr = WINDOW, .pte = *pte, .entry_pa = ps_entry_pa(pte, KERNBASE));
		break;
	}
	}
}

static void switch_off(void)
{
	TRACE_STR(trace_end, ({ .reason = PS_END_DONE }), "the run is complete");
	ps_trace_stop();
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (uint8_t)*s); /* Bochs */
	outw(0x604, 0x2000);               /* QEMU */
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
	const char *bug = option(line, "bug=");
	uint32_t pages = number(option(line, "pages="), 1000);

	if (option(line, "tsc=late"))
		set_late_time();
	start_tracing(trace && *trace == 'e' ? PS_E9 : ps_trace_detect());
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
	if (bug)
		make_mistake(bug);
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

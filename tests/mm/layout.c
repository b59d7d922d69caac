/* SPDX-License-Identifier: MIT */
/*
 * layout.c - the layout of a machine of each size: zones, watermarks, the end
 * of low memory and the vmalloc window, as 2.4.22 computes them; and what is
 * reserved, where golden transcripts say it.
 */
#include <stdlib.h>

#include "mm/mm_priv.h"
#include "sim.h"
#include "bed.h"
#include "../lib/claim.h"

#define MIB ((u64)1 << 20)

/* A machine whose RAM ends just at `ram`: without Bochs's ACPI tables. */
static struct sim_machine plain(u64 ram, int highmem)
{
	struct sim_machine m = sim_default(ram);

	m.boot.nr_e820 = 2;
	m.boot.e820[0] = (struct e820entry){ 0, 0x9F000, 1 };
	m.boot.e820[1] = (struct e820entry){ 0x100000, ram - 0x100000, 1 };
	m.boot.highmem = highmem;
	return m;
}

static void check_marks(int nr, u32 size, u32 min)
{
	EXPECT_EQ(zones[nr].size, size);
	if (!size)
		return;
	EXPECT_EQ(zones[nr].pages_min, min);
	EXPECT_EQ(zones[nr].pages_low, 2 * min);
	EXPECT_EQ(zones[nr].pages_high, 3 * min);
}

/* RAM MiB, high_memory, VMALLOC_START, bytes of the window without and with
 * HIGHMEM, pages and pages_min of the three zones (HIGHMEM kernel). */
static const struct row {
	unsigned ram;
	vaddr_t high, start;
	u32 size, size_highmem;
	struct {
		u32 pages, min;
	} zone[3];
} rows[] = {
	{ 8, 0xC0800000, 0xC1000000, 1056948224, 1023401984, { { 2048, 20 } } },
	{ 16, 0xC1000000, 0xC1800000, 1048559616, 1015013376, { { 4096, 32 } } },
	{ 20,
	  0xC1400000,
	  0xC2000000,
	  0xFFFFC000 - 0xC2000000,
	  0xFDFFE000 - 0xC2000000,
	  { { 4096, 32 }, { 1024, 20 } } },
	{ 32, 0xC2000000, 0xC2800000, 1031782400, 998236160, { { 4096, 32 }, { 4096, 32 } } },
	{ 33,
	  0xC2100000,
	  0xC3000000,
	  0xFFFFC000 - 0xC3000000,
	  0xFDFFE000 - 0xC3000000,
	  { { 4096, 32 }, { 4352, 34 } } },
	{ 64, 0xC4000000, 0xC4800000, 998227968, 964681728, { { 4096, 32 }, { 12288, 96 } } },
	{ 127,
	  0xC7F00000,
	  0xC8800000,
	  0xFFFFC000 - 0xC8800000,
	  0xFDFFE000 - 0xC8800000,
	  { { 4096, 32 }, { 28416, 222 } } },
	{ 128, 0xC8000000, 0xC8800000, 931119104, 897572864, { { 4096, 32 }, { 28672, 224 } } },
	{ 129,
	  0xC8100000,
	  0xC9000000,
	  0xFFFFC000 - 0xC9000000,
	  0xFDFFE000 - 0xC9000000,
	  { { 4096, 32 }, { 28928, 226 } } },
	{ 256, 0xD0000000, 0xD0800000, 796901376, 763355136, { { 4096, 32 }, { 61440, 255 } } },
	{ 512, 0xE0000000, 0xE0800000, 528465920, 494919680, { { 4096, 32 }, { 126976, 255 } } },
	{ 768, 0xF0000000, 0xF0800000, 260030464, 226484224, { { 4096, 32 }, { 192512, 255 } } },
	{ 896, 0xF8000000, 0xF8800000, 125812736, 92266496, { { 4096, 32 }, { 225280, 255 } } },
	{ 1024,
	  0xF8000000,
	  0xF8800000,
	  125812736,
	  92266496,
	  { { 4096, 32 }, { 225280, 255 }, { 32768, 255 } } },
	{ 2048,
	  0xF8000000,
	  0xF8800000,
	  125812736,
	  92266496,
	  { { 4096, 32 }, { 225280, 255 }, { 294912, 255 } } },
	{ 4096,
	  0xF8000000,
	  0xF8800000,
	  125812736,
	  92266496,
	  { { 4096, 32 }, { 225280, 255 }, { 819200, 255 } } },
};

static void check_row(const struct row *row, int highmem)
{
	struct sim_machine m = plain(row->ram * MIB, highmem);

	EXPECT(sim_boot(&m));
	EXPECT_EQ(have_highmem, highmem);
	EXPECT_EQ(high_memory, row->high);
	EXPECT_EQ(vmalloc_start(), row->start);
	EXPECT_EQ(vmalloc_end(), highmem ? 0xFDFFE000 : 0xFFFFC000);
	EXPECT_EQ(vmalloc_end() - vmalloc_start(), highmem ? row->size_highmem : row->size);
	EXPECT_EQ(fixaddr_start(), highmem ? 0xFFFF6000 : 0xFFFFE000);
	for (int nr = 0; nr < 3; nr++)
		check_marks(nr, nr == 2 && !highmem ? 0 : row->zone[nr].pages, row->zone[nr].min);
	EXPECT_EQ(num_physpages, highmem ? row->ram * 256 : (row->high - PAGE_OFFSET) >> 12);
	EXPECT_EQ(mm_check(), 0);
}

static void layout_without_highmem(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i], 0);
}

static void layout_with_highmem(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i], 1);
}

/* The largest vmalloc is the window less one guard page. */
static void largest_area(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sim_machine m = plain(rows[i].ram * MIB, i & 1);
		u32 size;

		EXPECT(sim_boot(&m));
		size = vmalloc_end() - vmalloc_start();
		EXPECT(!get_vm_area(size, VM_ALLOC));
		EXPECT(get_vm_area(size - PAGE_SIZE, VM_ALLOC));
	}
}

/* On Bochs the firmware keeps the last 16 frames. */
static void watermarks_on_bochs(void)
{
	static const struct {
		unsigned ram;
		u32 dma, dma_min, normal, normal_min;
	} bochs[] = {
		{ 8, 2032, 20, 0, 0 },         { 16, 4080, 31, 0, 0 },
		{ 32, 4096, 32, 4080, 31 },    { 64, 4096, 32, 12272, 95 },
		{ 128, 4096, 32, 28656, 223 },
	};

	for (size_t i = 0; i < COUNT(bochs); i++) {
		struct sim_machine m = sim_default(bochs[i].ram * MIB);

		EXPECT(sim_boot(&m));
		check_marks(0, bochs[i].dma, bochs[i].dma_min);
		check_marks(1, bochs[i].normal, bochs[i].normal_min);
	}
}

/* Exactly 16 MiB: no Normal zone, and nothing lists it. */
static void sixteen_mib_is_all_dma(void)
{
	struct sim_machine m = plain(16 * MIB, 0);
	struct page *page;

	EXPECT(sim_boot(&m));
	page = alloc_pages(GFP_KERNEL, 0);
	EXPECT(page);
	EXPECT_EQ(page_zonenum(page), ZONE_DMA);
}

static void bochs_above_three_gib(void)
{
	struct sim_machine m = sim_default(4096 * MIB);

	EXPECT(sim_boot(&m));
	EXPECT(have_highmem);
	EXPECT_EQ(num_physpages, 0x100000);
	EXPECT(PageReserved(pfn_page(0xC0000)));
	EXPECT(PageReserved(pfn_page(0xBFFF0)));
	EXPECT(!PageReserved(pfn_page(0xBFFEF)));
	EXPECT_EQ(zones[2].free_pages, 0xBFFF0 - 0x38000);
	EXPECT_EQ(mm_check(), 0);
}

/* The lists of highmem end with the lowest frames at their heads. */
static void highmem_enters_descending(void)
{
	struct sim_machine m = plain(1024 * MIB, 1);
	struct list_head *head;

	EXPECT(sim_boot(&m));
	head = zones[2].free_area[9].free_list.next;
	EXPECT_EQ(page_pfn(list_entry(head, struct page, list)), 0x38000);
	head = zones[1].free_area[9].free_list.next;
	EXPECT_EQ(page_pfn(list_entry(head, struct page, list)), 0x38000 - 512);
}

static void count_reserved(u32 from, u32 to, u32 *n)
{
	for (*n = 0; from < to; from++)
		*n += PageReserved(pfn_page(from));
}

/* 896 MiB in 4 KiB pages: 224 tables from the lowest frames up. */
static void linear_map_without_pse(void)
{
	struct sim_machine m = plain(896 * MIB, 0);
	u32 pde, pte, n;
	phys_t phys;

	m.boot.nopentium = true;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(sim_counts.features_enabled, 1); /* CR4.PGE, though not PSE */
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET), 0x1063);
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET + 0x400000), 0x2063);
	count_reserved(0, 0x9F, &n);
	EXPECT_EQ(n, 0x9F);
	for (vaddr_t addr = PAGE_OFFSET; addr < high_memory; addr += 0x3FF000) {
		EXPECT(page_walk(init_mm.pgd, addr + 5, &pde, &pte, &phys));
		EXPECT_EQ(phys, addr + 5 - PAGE_OFFSET);
		EXPECT_EQ(pte & 0xFFF, 0x163);
	}
	EXPECT(!page_walk(init_mm.pgd, high_memory, &pde, &pte, &phys));
	EXPECT_EQ(*pgd_offset_k(high_memory), 0);
	EXPECT_EQ(mm_check(), 0);
}

static void linear_map_with_pse(void)
{
	struct sim_machine m = sim_default(33 * MIB);
	u32 pde, pte;
	phys_t phys;

	EXPECT(sim_boot(&m));
	EXPECT_EQ(sim_counts.features_enabled, 1);
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET), 0x1E3);
	EXPECT_EQ(*pgd_offset_k(0xC2000000), 0x20001E3);
	EXPECT(page_walk(init_mm.pgd, high_memory, &pde, &pte, &phys));
	EXPECT_EQ(*pgd_offset_k(0xC2400000), 0);
	EXPECT_EQ(*pgd_offset_k(FIXADDR_TOP), 0x1063);
	EXPECT_EQ(*pgd_offset_k(0), 0);
}

static void cpu_without_pge_or_pse(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	vaddr_t addr;

	m.no_pge = true;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET), 0x0E3);
	addr = vmalloc(4096);
	EXPECT_EQ(*pte_lookup(addr) & 0xFFF, 0x063);
	m.no_pse = true;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET), 0x1063);
}

static void kmap_table_is_made_at_boot(void)
{
	struct sim_machine m = sim_default(64 * MIB);

	m.boot.highmem = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(*pgd_offset_k(PKMAP_BASE), 0x2063);
	EXPECT_EQ(zones[2].size, 0);
}

static void mem_limits_ram(void)
{
	struct sim_machine m = sim_default(256 * MIB);

	m.boot.mem_limit = 40 * MIB;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(max_low_pfn, 40 * 256);
	EXPECT_EQ(high_memory, 0xC2800000);
}

/* highmem=N shrinks highmem, or carves it out of lowmem if 64 MiB stay. */
static void highmem_size_option(void)
{
	struct sim_machine m = plain(2048 * MIB, 1);

	m.boot.highmem_limit = 128 * MIB;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(zones[2].size, 32768);
	EXPECT_EQ(num_physpages, 229376 + 32768);
	m = plain(256 * MIB, 1);
	m.boot.highmem_limit = 64 * MIB;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(max_low_pfn, 192 * 256);
	EXPECT_EQ(zones[2].size, 16384);
	EXPECT_EQ(high_memory, 0xCC000000);
	EXPECT_EQ(mm_check(), 0);
	m = plain(100 * MIB, 1);
	m.boot.highmem_limit = 64 * MIB;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(max_low_pfn, 100 * 256);
}

/* Above 896 MiB without HIGHMEM the rest is not used. */
static void highmem_off_wastes_the_rest(void)
{
	struct sim_machine m = plain(2048 * MIB, 0);

	EXPECT(sim_boot(&m));
	EXPECT_EQ(num_physpages, 229376);
	EXPECT_EQ(max_mapnr, 229376);
}

static void automatic_highmem(void)
{
	struct sim_machine m = plain(896 * MIB, -1);

	EXPECT(sim_boot(&m));
	EXPECT(!have_highmem);
	m = plain(897 * MIB, -1);
	EXPECT(sim_boot(&m));
	EXPECT(have_highmem);
	EXPECT_EQ(zones[2].size, 256);
}

static void too_little_ram_is_refused(void)
{
	struct sim_machine m = sim_default(2 * MIB);

	EXPECT(!sim_boot(&m));
	m = sim_default(3 * MIB);
	EXPECT(sim_boot(&m));
	EXPECT_EQ(mm_check(), 0);
}

/* A boot module keeps its frames. */
static void boot_modules_stay(void)
{
	struct sim_machine m = sim_default(32 * MIB);

	m.boot.keep[0] = (struct boot_range){ 0x800100, 0x803001 };
	m.boot.nr_keep = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(bootmem_owner(0x800), PS_OWNER_MODULE);
	for (u32 pfn = 0x800; pfn <= 0x803; pfn++)
		EXPECT(PageReserved(pfn_page(pfn)));
	EXPECT(!PageReserved(pfn_page(0x7FF)));
	EXPECT(!PageReserved(pfn_page(0x804)));
}

/* Who keeps which frame: the list the golden boot gives for 32 MiB. */
static void owners_of_reserved_frames(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	static const struct {
		u32 pfn;
		unsigned owner;
	} frames[] = {
		{ 0, PS_OWNER_ZERO_PAGE },      { 1, PS_OWNER_PAGE_TABLES },
		{ 0x9F, PS_OWNER_FIRMWARE },    { 0xA0, PS_OWNER_NONE },
		{ 0xE8, PS_OWNER_FIRMWARE },    { 0x100, PS_OWNER_KERNEL },
		{ 0x27F, PS_OWNER_KERNEL },     { 0x281, PS_OWNER_QUIRK },
		{ 4096, PS_OWNER_MEM_MAP },     { 4183, PS_OWNER_MEM_MAP },
		{ 4184, PS_OWNER_ZONE_TABLES },
	};

	EXPECT(sim_boot(&m));
	for (size_t i = 0; i < COUNT(frames); i++) {
		EXPECT(PageReserved(pfn_page(frames[i].pfn)));
		EXPECT_EQ(bootmem_owner(frames[i].pfn), frames[i].owner);
	}
	EXPECT(!PageReserved(pfn_page(0x280)));
	EXPECT_EQ(bootmem_owner(0x280), PS_OWNER_BOOTMAP); /* while it was */
	EXPECT(!PageReserved(pfn_page(4185)));
	EXPECT_EQ(totalram_pages, 7603);
}

/* RAM that is claimed inside 640K..1M is none; one entry is not believed. */
static void odd_firmware_maps(void)
{
	struct sim_machine m = plain(32 * MIB, 0);

	m.boot.nr_e820 = 2;
	m.boot.e820[0] = (struct e820entry){ 0, 32 * MIB, 1 };
	m.boot.e820[1] = (struct e820entry){ 0xF0000000, 0x1000, 2 };
	EXPECT(sim_boot(&m));
	EXPECT(PageReserved(pfn_page(0xA0)));
	EXPECT(PageReserved(pfn_page(0xFF)));
	EXPECT(!PageReserved(pfn_page(0x9F)));
	EXPECT_EQ(max_low_pfn, 8192);
	m.boot.nr_e820 = 1;
	EXPECT(sim_boot(&m));
	EXPECT(PageReserved(pfn_page(0x9F)));
	EXPECT_EQ(max_low_pfn, 8192);
	/* a hole, and entries that end inside a frame */
	m.boot.nr_e820 = 3;
	m.boot.e820[0] = (struct e820entry){ 0, 0x9F800, 1 };
	m.boot.e820[1] = (struct e820entry){ 0x100000, 0x700800, 1 };
	m.boot.e820[2] = (struct e820entry){ 0x900800, 0x700000, 1 };
	EXPECT(sim_boot(&m));
	EXPECT(PageReserved(pfn_page(0x9F)));
	EXPECT(PageReserved(pfn_page(0x800)));
	EXPECT(PageReserved(pfn_page(0x900)));
	EXPECT(!PageReserved(pfn_page(0x901)));
	EXPECT_EQ(max_low_pfn, 0x1000);
	EXPECT_EQ(mm_check(), 0);
}

static u32 all_blocks(void)
{
	const struct list_head *node;
	u32 n = 0;

	for (int nr = 0; nr < MAX_NR_ZONES; nr++)
		for (int order = 0; zones[nr].size && order < MAX_ORDER; order++)
			list_for_each(node, &zones[nr].free_area[order].free_list)
				n++;
	return n;
}

/* Each frame handed over is an event, and each joining of two blocks. */
static void boot_is_told_frame_by_frame(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	struct bed_event event;
	u32 frees = 0, merges = 0, reserved = 0;

	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	while (bed_next(&event)) {
		frees += event.id == PS_ID_mm_page_free;
		merges += event.id == PS_ID_buddy_merge;
		if (event.id == PS_ID_reserve_bootmem)
			reserved +=
				((const struct ps_ev_reserve_bootmem *)(const void *)event.payload)
					->nr_pages;
		EXPECT(event.id != PS_ID_free_boot_range);
	}
	EXPECT_EQ(frees, totalram_pages);
	EXPECT_EQ(frees - merges, all_blocks());
	EXPECT_EQ(reserved, num_physpages - totalram_pages);
}

/* Above 128 MiB, or if asked for, runs of frames are. */
static void boot_is_told_in_ranges(void)
{
	struct sim_machine m = sim_default(1024 * MIB);
	struct bed_event event;
	u32 pages = 0, descending = 0;

	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	while (bed_next(&event)) {
		const struct ps_ev_free_boot_range *range = (const void *)event.payload;

		EXPECT(event.id != PS_ID_mm_page_free && event.id != PS_ID_buddy_merge);
		if (event.id != PS_ID_free_boot_range)
			continue;
		EXPECT(range->nr_pages);
		pages += range->nr_pages;
		descending += range->descending;
	}
	EXPECT_EQ(pages, totalram_pages);
	EXPECT_EQ(descending, 1);
}

static const struct test tests[] = {
	TEST(boot_is_told_frame_by_frame),
	TEST(boot_is_told_in_ranges),
	TEST(layout_without_highmem),
	TEST(layout_with_highmem),
	TEST(largest_area),
	TEST(watermarks_on_bochs),
	TEST(sixteen_mib_is_all_dma),
	TEST(bochs_above_three_gib),
	TEST(highmem_enters_descending),
	TEST(linear_map_without_pse),
	TEST(linear_map_with_pse),
	TEST(cpu_without_pge_or_pse),
	TEST(kmap_table_is_made_at_boot),
	TEST(mem_limits_ram),
	TEST(highmem_size_option),
	TEST(highmem_off_wastes_the_rest),
	TEST(automatic_highmem),
	TEST(too_little_ram_is_refused),
	TEST(boot_modules_stay),
	TEST(owners_of_reserved_frames),
	TEST(odd_firmware_maps),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

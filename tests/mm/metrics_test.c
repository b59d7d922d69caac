/* SPDX-License-Identifier: MIT */
/*
 * metrics_test.c - the figures of fragmentation against worked values, and what
 * the show functions print.
 */
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/metrics.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"

#define MIB ((u64)1 << 20)

/* The Normal zone of a 32 MiB machine after boot. */
static const u32 boot_normal[MAX_ORDER] = { 1, 1, 1, 0, 1, 2, 1, 2, 2, 6 };

static void indices_of_a_checkerboard(void)
{
	static const u32 n[MAX_ORDER] = { 1996 };
	static const s32 want[] = { -1000, 500, 750, 875, 937 };

	for (unsigned j = 0; j < COUNT(want); j++)
		EXPECT_EQ(fragmentation_index(n, j), want[j]);
	for (unsigned j = 0; j < MAX_ORDER; j++)
		EXPECT_EQ(unusable_free_index(n, j), j ? 1000 : 0);
}

static void indices_of_a_fresh_zone(void)
{
	static const s32 want[] = { 0, 0, 0, 1, 1, 5, 21, 37, 101, 230 };

	EXPECT_EQ(free_counts_pages(boot_normal), 3991);
	for (unsigned j = 0; j < MAX_ORDER; j++) {
		EXPECT_EQ(unusable_free_index(boot_normal, j), want[j]);
		EXPECT_EQ(fragmentation_index(boot_normal, j), -1000);
	}
}

static void indices_of_five_blocks_of_four(void)
{
	static const u32 n[MAX_ORDER] = { 0, 0, 5 };

	EXPECT_EQ(unusable_free_index(n, 3), 1000);
	EXPECT_EQ(fragmentation_index(n, 3), 300);
	EXPECT_EQ(fragmentation_index(n, 4), 550);
	EXPECT_EQ(fragmentation_index(n, 5), 675);
}

static void indices_of_nothing_and_of_4_gib(void)
{
	static const u32 none[MAX_ORDER];
	u32 n[MAX_ORDER] = { 0 };

	EXPECT_EQ(unusable_free_index(none, 0), 1000);
	EXPECT_EQ(fragmentation_index(none, 0), 0);
	n[0] = (1u << 20) - 512;
	n[9] = 1;
	EXPECT_EQ(unusable_free_index(n, 9), 999);
	n[9] = 0;
	EXPECT_EQ(fragmentation_index(n, 9), 999);
}

static void the_machine_gives_the_worked_counts(void)
{
	u32 n[MAX_ORDER];

	bed_boot(32 * MIB, false, false);
	zone_free_counts(ZONE_NORMAL, n);
	for (unsigned j = 0; j < MAX_ORDER; j++)
		EXPECT_EQ(n[j], boot_normal[j]);
}

static struct page *held[8192];
static u32 nr_held;

/* Every free page, and every second one of them back. */
static void make_checkerboard(void)
{
	nr_held = 0;
	set_pf_memalloc(true);
	while ((held[nr_held] = alloc_pages(GFP_KERNEL, 0)))
		nr_held++;
	set_pf_memalloc(false);
	for (u32 i = 0; i < nr_held; i++)
		if (page_pfn(held[i]) % 2 == 0)
			__free_pages(held[i], 0);
}

static void a_real_checkerboard_fails_for_fragmentation(void)
{
	u32 n[MAX_ORDER];

	bed_boot(32 * MIB, false, false);
	make_checkerboard();
	zone_free_counts(ZONE_NORMAL, n);
	EXPECT_EQ(n[0], free_counts_pages(n));
	EXPECT(n[0] > 1900);
	EXPECT(!alloc_pages(GFP_ATOMIC, 1));
	EXPECT_EQ(unusable_free_index(n, 1), 1000);
	EXPECT(fragmentation_index(n, 3) >= 874);
	EXPECT(vmalloc(64 * PAGE_SIZE)); /* order 0 is all it needs */
}

/* Requests of 1 to 512 pages, each as likely: 24.85 % of what is granted. */
static void power_of_two_rounding_wastes_a_quarter(void)
{
	u32 granted = 0, waste = 0;

	for (u32 pages = 1; pages <= 512; pages++) {
		waste += buddy_rounding_waste(pages);
		granted += pages + buddy_rounding_waste(pages);
	}
	EXPECT_EQ(buddy_rounding_waste(1), 0);
	EXPECT_EQ(buddy_rounding_waste(65), 63);
	EXPECT_EQ((waste * 10000ull + granted / 2) / granted, 2485);
}

static void kmalloc_waste_counts_live_objects(void)
{
	u32 permille;
	void *a, *b;

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(kmalloc_waste(&permille), 0);
	EXPECT_EQ(permille, 0);
	a = kmalloc(33, GFP_KERNEL);
	EXPECT_EQ(kmalloc_waste(&permille), 31);
	EXPECT_EQ(permille, 484);
	b = kmalloc(128, GFP_KERNEL);
	EXPECT_EQ(kmalloc_waste(&permille), 31);
	EXPECT_EQ(permille, 161);
	kfree(a);
	kfree(b);
	EXPECT_EQ(kmalloc_waste(&permille), 0);
}

/* 4,294,967 bytes are the most that can be multiplied by 1,000: exact up to there, and
 * divided by a thousandth of the whole from there on. */
static void a_share_of_megabytes_does_not_overflow(void)
{
	u32 granted, requested, permille;

	bed_boot(64 * MIB, false, false);
	for (int i = 0; i < 65; i++)
		EXPECT(kmalloc(65537, GFP_KERNEL));
	EXPECT(kmalloc(131072 - 35192, GFP_KERNEL));
	for (kmalloc_usage(&granted, &requested); granted < 8659232; granted += 32)
		EXPECT(kmalloc(32, GFP_KERNEL));
	EXPECT_EQ(kmalloc_waste(&permille), 4294967);
	EXPECT_EQ(permille, 495); /* 495.998; by thousandths, 496 */
	EXPECT(kmalloc(31, GFP_KERNEL));
	EXPECT_EQ(kmalloc_waste(&permille), 4294968);
	EXPECT_EQ(permille, 496);
}

static void vmalloc_usage_adds_up(void)
{
	struct vmalloc_usage u;
	vaddr_t a, b, c;

	bed_boot(32 * MIB, false, false);
	vmalloc_usage(&u);
	EXPECT_EQ(u.total, 1031782400);
	EXPECT_EQ(u.chunk, u.total);
	EXPECT_EQ(u.used + u.areas + u.external, 0);
	EXPECT_EQ(u.tables, 1); /* the fixmap's, in the last slot */
	a = vmalloc(3 * PAGE_SIZE);
	b = vmalloc(1);
	c = vmalloc(PAGE_SIZE + 1);
	EXPECT(a && b && c);
	vfree(b); /* a hole of two pages */
	vmalloc_usage(&u);
	EXPECT_EQ(u.areas, 2);
	EXPECT_EQ(u.used, 7 * PAGE_SIZE);
	EXPECT_EQ(u.guards, 2 * PAGE_SIZE);
	EXPECT_EQ(u.chunk, u.total - 9 * PAGE_SIZE);
	EXPECT_EQ(u.external, 1); /* truncated 1 - 251891/251893 */
	EXPECT_EQ(u.tables, 2);
}

/* 251,900 pages; a hole of 102,401, an area of 25,601, the rest. */
static void address_fragmentation_is_what_lies_outside_the_largest_hole(void)
{
	struct vmalloc_usage u;
	struct vm_struct *a;

	bed_boot(32 * MIB, false, false);
	a = get_vm_area(400 * MIB, VM_ALLOC);
	EXPECT(a && get_vm_area(100 * MIB, VM_ALLOC));
	vfree(a->addr);
	vmalloc_usage(&u);
	EXPECT_EQ(u.used, 25601 * PAGE_SIZE);
	EXPECT_EQ(u.chunk, 123898 * PAGE_SIZE);
	EXPECT_EQ(u.external, 453); /* 1 - 123898/226299 */
}

static void scatter_counts_runs_both_ways(void)
{
	static const u32 pfn[] = { 10, 11, 12, 20, 19, 18, 40, 5 };
	struct scatter s = { 0 };

	for (size_t i = 0; i < COUNT(pfn); i++)
		scatter_add(&s, pfn[i], i ? pfn[i - 1] : 0);
	scatter_done(&s);
	EXPECT_EQ(s.pages, 8);
	EXPECT_EQ(s.runs_up, 6);   /* 10-12, 20, 19, 18, 40, 5 */
	EXPECT_EQ(s.runs_down, 6); /* 10, 11, 12, 20-18, 40, 5 */
	EXPECT_EQ(s.contiguity_up, 285);
	EXPECT_EQ(s.contiguity_down, 285);
	EXPECT_EQ(s.lowest, 5);
	EXPECT_EQ(s.highest, 40);
}

static void a_fresh_area_descends(void)
{
	struct scatter s;
	vaddr_t addr;

	bed_boot(32 * MIB, false, false);
	/* Use up the small blocks first, so that a large one is split. */
	for (unsigned i = 0; i < 16; i++)
		alloc_pages(GFP_KERNEL, 0);
	addr = vmalloc(8 * PAGE_SIZE);
	area_scatter(addr, 9 * PAGE_SIZE, &s); /* the guard page does not count */
	EXPECT_EQ(s.pages, 8);
	EXPECT_EQ(s.runs_down, 1);
	EXPECT_EQ(s.contiguity_down, 1000);
	EXPECT_EQ(s.runs_up, 8);
	EXPECT_EQ(s.contiguity_up, 0);
	area_scatter(addr, PAGE_SIZE, &s);
	EXPECT_EQ(s.contiguity_up, 1000);
	area_scatter(vmalloc_start() + 8 * MIB, 2 * PAGE_SIZE, &s); /* no table there */
	EXPECT_EQ(s.pages, 0);
}

/* ---- what is printed ---------------------------------------------------------- */

static const char *printed(void (*show)(void))
{
	bed_console_clear();
	show();
	return bed_console();
}

static void show_free_areas_has_2_4_22s_shape(void)
{
	const char *text;

	bed_boot(32 * MIB, false, false);
	text = printed(show_free_areas);
	EXPECT_TEXT(text, "Free pages:       30412kB (     0kB HighMem)\n");
	EXPECT_TEXT(text, "Zone:DMA freepages: 14448kB min:   128kB low:   256kB high:   384kB\n");
	EXPECT_TEXT(text,
		    "Zone:HighMem freepages:     0kB min:     0kB low:     0kB high:     0kB\n");
	EXPECT_TEXT(text, "1*4kB 1*8kB 1*16kB 0*32kB 1*64kB 2*128kB 1*256kB 2*512kB 2*1024kB "
			  "6*2048kB = 15964kB)\n");
	EXPECT_TEXT(text, "2*4kB 3*8kB 3*16kB 3*32kB 3*64kB 2*128kB 2*256kB 0*512kB 1*1024kB "
			  "6*2048kB = 14448kB)\n");
	EXPECT_TEXT(text, "\n= 0kB)\n");
}

static void buddyinfo_and_zoneinfo_have_linux_shapes(void)
{
	bed_boot(32 * MIB, false, false);
	EXPECT_TEXT(printed(show_buddyinfo), "Node 0, zone   Normal      1      1      1      0"
					     "      1      2      1      2      2      6\n");
	EXPECT(!strstr(bed_console(), "HighMem"));
	EXPECT_TEXT(printed(show_zoneinfo),
		    "Node 0, zone      DMA\n  pages free     3612\n"
		    "        min      32\n        low      64\n        high     96\n"
		    "        spanned  4096\n");
	EXPECT(!strstr(bed_console(), "HighMem"));
}

static void extfrag_prints_three_decimals(void)
{
	bed_boot(32 * MIB, false, false);
	EXPECT_TEXT(printed(show_extfrag), "Node 0, zone   Normal 0.000 0.000 0.000 0.001 0.001"
					   " 0.005 0.021 0.037 0.101 0.230\n");
	EXPECT_TEXT(bed_console(), "Normal -1.000 -1.000");
	EXPECT(!strstr(bed_console(), "HighMem")); /* a machine without has no row of it */
}

static void vmallocinfo_lists_areas_in_order(void)
{
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(3 * PAGE_SIZE);
	EXPECT(a && ioremap(0xFD000000, 2 * PAGE_SIZE));
	EXPECT_TEXT(printed(show_vmallocinfo), "0xc2800000-0xc2804000    16384 pages=3 vmalloc");
	EXPECT_TEXT(bed_console(), "0xc2804000-0xc2807000    12288 phys=0xfd000000 ioremap\n");
	EXPECT_TEXT(bed_console(), "VmallocTotal:  1007600 kB\n");
	EXPECT_TEXT(bed_console(), "in 2 areas, 8 kB of it guard pages");
}

static void layout_follows_the_configuration(void)
{
	bed_boot(32 * MIB, false, false);
	EXPECT_TEXT(printed(show_layout), "    vmalloc : 0xc2800000 - 0xffffc000   ( 983 MB)\n");
	EXPECT_TEXT(bed_console(), "    lowmem  : 0xc0000000 - 0xc1ff0000   (  31 MB)\n");
	EXPECT(!strstr(bed_console(), "pkmap") && !strstr(bed_console(), "fixmap"));
	bed_boot(10 * MIB + 64 * 1024, false, false); /* 64 KiB are the firmware's */
	EXPECT_TEXT(printed(show_layout), "    lowmem  : 0xc0000000 - 0xc0a00000   (  10 MB)\n");
	bed_boot(1024 * MIB, false, false);
	EXPECT_TEXT(printed(show_layout), "    fixmap  : 0xffff7000 - 0xfffff000   (  32 kB)\n");
	EXPECT_TEXT(bed_console(), "    pkmap   : 0xfe000000 - 0xfe400000   (4096 kB)\n");
	EXPECT_TEXT(bed_console(), "    vmalloc : 0xf8800000 - 0xfdffe000   (  87 MB)\n");
}

static void slabinfo_is_the_proc_file(void)
{
	void *obj;

	bed_boot(32 * MIB, false, false);
	obj = kmalloc(20, GFP_KERNEL);
	EXPECT_TEXT(printed(show_slabinfo),
		    "slabinfo - version: 1.1\n"
		    "kmem_cache             0      0    128    0    0    1\n");
	EXPECT_TEXT(bed_console(), "size-32                1    113     32    1    1    1\n");
	EXPECT_TEXT(bed_console(), "size-131072            0      0 131072    0    0   32\n");
	kfree(obj);
	EXPECT_TEXT(printed(show_slabinfo),
		    "size-32                0    113     32    0    1    1\n");
}

static vaddr_t walked;
static void show_walk_of(void)
{
	show_pagetables(walked);
}

static void pagetables_fold_equal_entries(void)
{
	bed_boot(32 * MIB, false, false);
	walked = vmalloc(3 * PAGE_SIZE);
	EXPECT_TEXT(printed(show_page_ranges),
		    "0xc0000000-0xc2000000      32M     RW         PSE GLB"
		    " pde\n");
	EXPECT_TEXT(bed_console(), "0xc2800000-0xc2803000      12K     RW             GLB pte\n");
	EXPECT(!strstr(bed_console(), "0xc2000000-") && !strstr(bed_console(), "0xc2803000-"));
	EXPECT_TEXT(printed(show_walk_of), "pgd 00101000 [ 778] = ");
	EXPECT_TEXT(bed_console(), "c2800000 is at physical ");
	walked += 3 * PAGE_SIZE; /* the guard page */
	EXPECT_TEXT(printed(show_walk_of), "c2803000 is not mapped\n");
	bed_boot(32 * MIB, false, true); /* nopentium: no 4 MiB pages */
	EXPECT_TEXT(printed(show_page_ranges), "0xc0000000-0xc1ff0000   32704K     RW ");
}

#define ALL_FLAGS_PDE "     RW         PSE GLB pde\n"
#define ALL_FLAGS_PTE "     RW             GLB pte\n"

/* Nothing else is printed: absent entries are not, and a change of flags ends a
 * line though the addresses go on. */
static void the_whole_table_dump(void)
{
	bed_boot(32 * MIB, false, false);
	walked = vmalloc(5 * PAGE_SIZE);
	*pte_lookup(walked + PAGE_SIZE) &= ~_PAGE_RW;
	*pte_lookup(walked + 3 * PAGE_SIZE) = 0;
	pgd_virt(init_mm.pgd)[PTRS] = 0x1e3; /* behind the directory: not its */
	printed(show_page_ranges);
	EXPECT(!strcmp(bed_console(), "0xc0000000-0xc2000000      32M" ALL_FLAGS_PDE
				      "0xc2800000-0xc2801000       4K" ALL_FLAGS_PTE
				      "0xc2801000-0xc2802000       4K     ro             GLB pte\n"
				      "0xc2802000-0xc2803000       4K" ALL_FLAGS_PTE
				      "0xc2804000-0xc2805000       4K" ALL_FLAGS_PTE));
}

/* The user half is part of it, from address 0 on. */
static void user_pages_are_dumped_too(void)
{
	struct mm_struct mm;

	bed_boot(32 * MIB, false, false);
	EXPECT(mm_create(&mm));
	mm_switch(&mm);
	EXPECT(mm_map_user(&mm, 0));
	EXPECT(mm_map_user(&mm, 0x3000));
	printed(show_page_ranges);
	EXPECT(!strcmp(bed_console(), "0x00000000-0x00001000       4K USR RW                 pte\n"
				      "0x00003000-0x00004000       4K USR RW                 pte\n"
				      "0xc0000000-0xc2000000      32M" ALL_FLAGS_PDE));
	mm_switch(&init_mm);
	mm_drop(&mm);
}

static void the_whole_walk(void)
{
	char want[300];

	bed_boot(32 * MIB, false, false);
	walked = vmalloc(7 * PAGE_SIZE) + 6 * PAGE_SIZE + 0x123;
	snprintf(want, sizeof want,
		 "pgd 00101000 [ 778] = %08x\npte %08x [   6] = %08x\n"
		 "c2806123 is at physical %08x, frame %x\n"
		 "0xc2800000-0xc2807000      28K" ALL_FLAGS_PTE,
		 *pgd_offset_k(walked), *pgd_offset_k(walked) & PAGE_MASK, *pte_lookup(walked),
		 (*pte_lookup(walked) & PAGE_MASK) + 0x123, *pte_lookup(walked) >> PAGE_SHIFT);
	printed(show_walk_of);
	EXPECT_TEXT(bed_console(), want);
	walked = 0xC8000000; /* no table: one step only */
	printed(show_walk_of);
	EXPECT(!strcmp(bed_console(), "pgd 00101000 [ 800] = 00000000\nc8000000 is not mapped\n"));
	walked = PAGE_OFFSET + 0x400010; /* a 4 MiB page: one step */
	printed(show_walk_of);
	EXPECT_TEXT(bed_console(), "pgd 00101000 [ 769] = 004001e3\n"
				   "c0400010 is at physical 00400010, frame 400\n"
				   "0xc0400000-0xc0800000       4M" ALL_FLAGS_PDE);
}

/*
 * One machine of three zones, with objects, areas, a device and a kmap: every word that
 * is printed of it.  The figures were added up by hand: a zone's blocks are its free
 * pages, the indices are those of section 9.3 of its blocks, an area's end its pages and
 * a guard page.
 */
static const struct {
	void (*show)(void);
	const char *text;
} words[] = {
	{ show_free_areas,
	  "Free pages:      1034220kB (130996kB HighMem)\n"
	  "Zone:DMA freepages: 14444kB min:   128kB low:   256kB high:   384kB\n"
	  "Zone:Normal freepages:888780kB min:  1020kB low:  2040kB high:  3060kB\n"
	  "Zone:HighMem freepages:130996kB min:  1020kB low:  2040kB high:  3060kB\n"
	  "( Active: 0, inactive: 0, free: 258555 )\n"
	  "3*4kB 2*8kB 3*16kB 3*32kB 3*64kB 2*128kB 2*256kB 0*512kB 1*1"
	  "024kB 6*2048kB = 14444kB)\n"
	  "1*4kB 1*8kB 0*16kB 0*32kB 1*64kB 1*128kB 1*256kB 1*512kB 1*1"
	  "024kB 433*2048kB = 888780kB)\n"
	  "1*4kB 2*8kB 0*16kB 1*32kB 0*64kB 1*128kB 1*256kB 1*512kB 1*1"
	  "024kB 63*2048kB = 130996kB)\n" },
	{ show_buddyinfo, "Node 0, zone      DMA      3      2      3      3      3    "
			  "  2      2      0      1      6\n"
			  "Node 0, zone   Normal      1      1      0      0      1    "
			  "  1      1      1      1    433\n"
			  "Node 0, zone  HighMem      1      2      0      1      0    "
			  "  1      1      1      1     63\n" },
	{ show_zoneinfo, "Node 0, zone      DMA\n"
			 "  pages free     3611\n"
			 "        min      32\n"
			 "        low      64\n"
			 "        high     96\n"
			 "        spanned  4096\n"
			 "  need_balance:  0\n"
			 "  start_pfn:     0\n"
			 "Node 0, zone   Normal\n"
			 "  pages free     222195\n"
			 "        min      255\n"
			 "        low      510\n"
			 "        high     765\n"
			 "        spanned  225280\n"
			 "  need_balance:  0\n"
			 "  start_pfn:     4096\n"
			 "Node 0, zone  HighMem\n"
			 "  pages free     32749\n"
			 "        min      255\n"
			 "        low      510\n"
			 "        high     765\n"
			 "        spanned  32752\n"
			 "  need_balance:  0\n"
			 "  start_pfn:     229376\n" },
	{ show_extfrag,
	  "unusable_index: share of free memory too small for each order\n"
	  "Node 0, zone      DMA 0.000 0.000 0.001 0.005 0.011 0.025 0.042 0.078 0.078 0.149\n"
	  "Node 0, zone   Normal 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.001 0.002\n"
	  "Node 0, zone  HighMem 0.000 0.000 0.000 0.000 0.000 0.000 0.001 0.003 0.007 0.015\n"
	  "extfrag_index: failing for lack of memory 0 .. 1 fragmentation; -1 not failing\n"
	  "Node 0, zone      DMA -1.000 -1.000 -1.000 -1.000 -1.000 -1."
	  "000 -1.000 -1.000 -1.000 -1.000\n"
	  "Node 0, zone   Normal -1.000 -1.000 -1.000 -1.000 -1.000 -1."
	  "000 -1.000 -1.000 -1.000 -1.000\n"
	  "Node 0, zone  HighMem -1.000 -1.000 -1.000 -1.000 -1.000 -1."
	  "000 -1.000 -1.000 -1.000 -1.000\n"
	  "kmalloc: 44 bytes granted but not asked for (45.8 %)\n" },
	{ show_vmallocinfo,
	  "0xf8804000-0xf8807000    12288 pages=2 vmalloc runs=2/1 pfn=3ffeb-3ffec\n"
	  "0xf8807000-0xf880a000    12288 phys=0xfd000000 ioremap\n"
	  "VmallocTotal:    90104 kB\n"
	  "VmallocUsed:        24 kB in 2 areas, 8 kB of it guard pages\n"
	  "VmallocChunk:    90064 kB, 0.1 % of the unused addresses lie outside it\n"
	  "PageTables:          4 kB\n" },
	{ show_layout, "virtual kernel memory layout:\n"
		       "    fixmap  : 0xffff7000 - 0xfffff000   (  32 kB)\n"
		       "    pkmap   : 0xfe000000 - 0xfe400000   (4096 kB)\n"
		       "    vmalloc : 0xf8800000 - 0xfdffe000   (  87 MB)\n"
		       "    gap     : 0xf8000000 - 0xf8800000   (8192 kB)\n"
		       "    lowmem  : 0xc0000000 - 0xf8000000   ( 896 MB)\n" },
	{ show_page_ranges, "0xc0000000-0xf8000000     896M     RW         PSE GLB pde\n"
			    "0xf8804000-0xf8806000       8K     RW             GLB pte\n"
			    "0xf8807000-0xf8809000       8K     RW                 pte\n"
			    "0xfe001000-0xfe002000       4K     RW             GLB pte\n" }
};

static void every_word_of_a_machine(void)
{
	bed_boot(1024 * MIB, false, false);
	EXPECT(kmalloc(20, GFP_KERNEL));
	EXPECT(vmalloc(3 * PAGE_SIZE) && vmalloc(5000) && ioremap(0xFD000000, 2 * PAGE_SIZE));
	vfree(vmalloc_start());
	EXPECT(kmap(alloc_pages(GFP_HIGHUSER, 0)));
	for (size_t i = 0; i < COUNT(words); i++) {
		const char *text = printed(words[i].show);

		if (strcmp(text, words[i].text))
			FAIL_TEST("row %zu: \"%s\"", i, text);
	}
}

static const struct test tests[] = {
	TEST(indices_of_a_checkerboard),
	TEST(indices_of_a_fresh_zone),
	TEST(indices_of_five_blocks_of_four),
	TEST(indices_of_nothing_and_of_4_gib),
	TEST(the_machine_gives_the_worked_counts),
	TEST(a_real_checkerboard_fails_for_fragmentation),
	TEST(power_of_two_rounding_wastes_a_quarter),
	TEST(kmalloc_waste_counts_live_objects),
	TEST(a_share_of_megabytes_does_not_overflow),
	TEST(vmalloc_usage_adds_up),
	TEST(address_fragmentation_is_what_lies_outside_the_largest_hole),
	TEST(scatter_counts_runs_both_ways),
	TEST(a_fresh_area_descends),
	TEST(show_free_areas_has_2_4_22s_shape),
	TEST(buddyinfo_and_zoneinfo_have_linux_shapes),
	TEST(extfrag_prints_three_decimals),
	TEST(vmallocinfo_lists_areas_in_order),
	TEST(layout_follows_the_configuration),
	TEST(slabinfo_is_the_proc_file),
	TEST(pagetables_fold_equal_entries),
	TEST(the_whole_table_dump),
	TEST(user_pages_are_dumped_too),
	TEST(the_whole_walk),
	TEST(every_word_of_a_machine),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

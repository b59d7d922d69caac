/* SPDX-License-Identifier: MIT */
/*
 * fidelity_test.c - what docs/fidelity.md says this memory manager does otherwise than
 * Linux 2.4.22, or has not got, where no other test says it; and statements about 2.4.22
 * that only a test of their own can hold.
 */
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/highmem.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"

#define MIB ((u64)1 << 20)
#define KIB ((u64)1 << 10)

/* ---- boot ---------------------------------------------------------------------------- */

/* "available" is what the allocator has, in kB; the image is one number. */
static void the_memory_line_adds_up(void)
{
	bed_boot(32 * MIB, false, false);
	EXPECT(!strcmp(bed_console(),
		       "31MB LOWMEM available.\nOn node 0 totalpages: 8176\n"
		       "zone(0): 4096 pages.\nzone(1): 4080 pages.\nzone(2): 0 pages.\n"
		       "Memory: 30412k/32704k available (1536k kernel image, "
		       "2292k reserved, 0k highmem)\n"));
	bed_boot(1024 * MIB, false, false);
	EXPECT_EQ(totalhigh_pages, nr_free_highpages());
	EXPECT_TEXT(bed_console(), "/1048512k available (1536k kernel image, ");
	EXPECT_TEXT(bed_console(), "reserved, 131008k highmem)\n");
}

/* ---- bootmem ---- */

#define MAP_PFN 0x280u
#define LOW_PFN 0x1000u

/* bootmem as the reference describes it: one byte a frame, and the end of the last block. */
static struct {
	u8 taken[LOW_PFN];
	u32 last_pos, last_offset;
} model;

static u32 model_find(u32 from, u32 pages, u32 step)
{
	for (u32 i = from; i + pages <= LOW_PFN; i += step) {
		u32 n = 0;

		while (n < pages && !model.taken[i + n])
			n++;
		if (n == pages)
			return i;
	}
	return LOW_PFN;
}

/* The physical address a block gets; the model needs room. */
static phys_t model_alloc(u32 size, u32 align, phys_t goal)
{
	u32 pages = (size + 4095) / 4096, step = align > 4096 ? align / 4096 : 1;
	u32 from = goal / 4096 < LOW_PFN ? (goal + align - 1) / align * align / 4096 : 0, at;
	phys_t pa;

	at = model_find(from, pages, step);
	if (at == LOW_PFN)
		at = model_find(0, pages, step);
	EXPECT(at < LOW_PFN);
	pa = at * 4096;
	if (align <= 4096 && model.last_offset && model.last_pos + 1 == at) {
		u32 offset = (model.last_offset + align - 1) / align * align;
		u32 room = 4096 - offset, rest = size > room ? size - room : 0;

		pa = model.last_pos * 4096 + offset;
		pages = (rest + 4095) / 4096;
		model.last_pos = size < room ? model.last_pos : at + pages - 1;
		model.last_offset = (offset + size) % 4096;
	} else {
		model.last_pos = at + pages - 1;
		model.last_offset = size % 4096;
	}
	memset(model.taken + at, 1, pages);
	return pa;
}

static void begin_bootmem(void)
{
	sim_power_on(LOW_PFN * PAGE_SIZE);
	bed_console_clear();
	EXPECT_EQ(init_bootmem(MAP_PFN, LOW_PFN), LOW_PFN / 8);
	memset(&model, 0, sizeof model);
	memset(model.taken, 1, sizeof model.taken);
}

static void both_free(u32 from, u32 to)
{
	bootmem_free((u64)from * PAGE_SIZE, (u64)to * PAGE_SIZE);
	memset(model.taken + from, 0, to - from);
}

static void models_agree(void)
{
	for (u32 pfn = 0; pfn < LOW_PFN; pfn++)
		EXPECT_EQ(bootmem_reserved(pfn), model.taken[pfn]);
}

/* Sizes, alignments and goals of all kinds, over free runs of all lengths. */
static void boot_memory_is_packed_as_2_4_22_packed_it(void)
{
	static const u32 aligns[] = { 4, 32, 32, 32, 128, 4096, 4096, 8192, 65536 };

	for (u32 seed = 1; seed <= 40; seed++) {
		bed_seed = seed;
		begin_bootmem();
		both_free(0, 3);
		both_free(5, 0x9f);
		both_free(MAP_PFN + 2, LOW_PFN - bed_random(3));
		for (int i = 0; i < 60; i++) {
			u32 align = aligns[bed_random(COUNT(aligns))], size = 1 + bed_random(9000);
			phys_t goal = bed_random(2) ? 0 : bed_random(0x1400) * PAGE_SIZE;

			if (!bed_random(3)) /* ends with the page, or nearly */
				size = (size + 4095) / 4096 * 4096 -
				       bed_random(2) * model.last_offset;
			if (!bed_random(8))
				size = 1 + bed_random(40) * 4096;
			if (!size)
				size = 4096;
			memset(phys_to_virt(0x3000), 0xa5, 64);
			EXPECT_EQ(alloc_bootmem(size, align, goal, PS_OWNER_MEM_MAP),
				  model_alloc(size, align, goal));
		}
		models_agree();
	}
}

/* A page freed twice or beyond low memory, RAM said twice: 2.4.22 ended in BUG(). */
static void bootmem_takes_any_range(void)
{
	static const struct e820entry map[] = {
		{ 0, 0x9f000, 1 },
		{ MIB, 20 * MIB, 1 },
		{ 16 * MIB, 16 * MIB, 1 },
		{ 16 * MIB, 1 * MIB, 1 },
	};
	struct sim_machine m = bed_firmware(map, COUNT(map));
	u8 *behind;

	EXPECT(sim_boot(&m));
	EXPECT_EQ(num_physpages, 8192);
	EXPECT_EQ(mm_check(), 0);
	begin_bootmem();
	bootmem_free(10 * PAGE_SIZE, 10 * PAGE_SIZE);
	EXPECT(bootmem_reserved(10));
	bootmem_free(10 * PAGE_SIZE + 1, 12 * PAGE_SIZE - 1); /* no whole page */
	EXPECT(bootmem_reserved(10) && bootmem_reserved(11));
	behind = (u8 *)phys_to_virt(MAP_PFN * PAGE_SIZE) + LOW_PFN / 8;
	*behind = 0x3f;
	bootmem_free((LOW_PFN - 1) * PAGE_SIZE, (LOW_PFN + 5) * PAGE_SIZE);
	EXPECT(!bootmem_reserved(LOW_PFN - 1) && bootmem_reserved(LOW_PFN));
	EXPECT_EQ(*behind, 0x3f); /* the bitmap ends before */
	*behind = 0xc0;
	bootmem_reserve((LOW_PFN - 1) * PAGE_SIZE, (LOW_PFN + 5) * PAGE_SIZE, PS_OWNER_MODULE);
	EXPECT(bootmem_reserved(LOW_PFN - 1));
	bootmem_reserve(LOW_PFN * PAGE_SIZE, (LOW_PFN + 5) * PAGE_SIZE, PS_OWNER_MODULE);
	EXPECT_EQ(*behind, 0xc0);
	EXPECT(bootmem_reserved(LOW_PFN));
	EXPECT_EQ(strlen(bed_console()), 0);
}

/* Nothing of the machine before is left. */
static void bootmem_begins_anew(void)
{
	for (int again = 0; again < 2; again++) {
		begin_bootmem();
		EXPECT_EQ(bootmem_owner(2), PS_OWNER_NONE);
		EXPECT_EQ(bootmem_owner(15), PS_OWNER_NONE);
		both_free(2 + again, 4 + again); /* the second time behind the first's block */
		EXPECT_EQ(alloc_bootmem(100, 32, 0, PS_OWNER_MEM_MAP), (2 + again) * PAGE_SIZE);
		EXPECT_EQ(bootmem_owner(2 + again), PS_OWNER_MEM_MAP);
		EXPECT_EQ(bootmem_owner(3 + again), PS_OWNER_NONE);
		bootmem_note_owner(10, 20, PS_OWNER_MODULE);
		EXPECT_EQ(bootmem_owner(15), PS_OWNER_MODULE);
	}
	for (int i = 0; i < 100; i++) /* nothing to reserve, nothing to note */
		bootmem_reserve(5 * PAGE_SIZE, 5 * PAGE_SIZE, PS_OWNER_MODULE);
	EXPECT_EQ(strlen(bed_console()), 0);
}

static void a_page_reserved_twice_is_told(void)
{
	begin_bootmem();
	both_free(0x400, 0x410);
	bootmem_reserve(0x401000, 0x402001, PS_OWNER_MODULE);
	EXPECT_EQ(strlen(bed_console()), 0);
	EXPECT(bootmem_reserved(0x402) && !bootmem_reserved(0x400) && !bootmem_reserved(0x403));
	bootmem_reserve(0x402fff, 0x404000, PS_OWNER_MODULE);
	EXPECT_TEXT(bed_console(), "hm, page 00402000 reserved twice.\n");
	EXPECT(!strstr(bed_console(), "00403000"));
	EXPECT(bootmem_reserved(0x403) && !bootmem_reserved(0x404));
	bed_console_clear();
	bootmem_reserve(0x402000, 0x404000, PS_OWNER_FIRMWARE);
	EXPECT_EQ(strlen(bed_console()), 0);
}

/* memfrac= divides a zone otherwise; the limits stay, and so does an unnamed zone. */
static void memfrac_changes_the_watermarks(void)
{
	struct sim_machine m = sim_default(128 * MIB);

	m.boot.memfrac[ZONE_DMA] = 64;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(zones[ZONE_DMA].pages_min, 64);
	EXPECT_EQ(zones[ZONE_DMA].pages_low, 128);
	EXPECT_EQ(zones[ZONE_NORMAL].pages_min, 223);
	m.boot.memfrac[ZONE_DMA] = 1000;
	m.boot.memfrac[ZONE_NORMAL] = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(zones[ZONE_DMA].pages_min, 20);
	EXPECT_EQ(zones[ZONE_NORMAL].pages_min, 255);
	bed_boot(128 * MIB, false, false);
	EXPECT_EQ(zones[ZONE_DMA].pages_min, 32);
}

/* Frames past 4 GiB: 36 bits are PAE's. */
static void more_than_4_gib_needs_pae(void)
{
	static const struct e820entry map[] = {
		{ 0, 0x9f000, 1 },
		{ MIB, 0xB0000000 - MIB, 1 },
		{ (u64)1 << 32, MIB, 1 },
	};
	struct sim_machine m = bed_firmware(map, COUNT(map));

	m.boot.highmem = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(num_physpages, 0x100000);
	EXPECT_TEXT(bed_console(), "Warning only 4GB will be used.\nUse a PAE enabled kernel.\n");
	EXPECT_EQ(zones[ZONE_HIGHMEM].free_pages, 0xB0000 - 0x38000);
	/* 2.4.22 kept 0x70000..0x7003F back on a Pentium Pro with a certain fault */
	for (u32 pfn = 0x70000; pfn < 0x70040; pfn++)
		EXPECT(!PageReserved(pfn_page(pfn)));
	m = bed_firmware(map, COUNT(map));
	m.boot.highmem = 0;
	EXPECT(sim_boot(&m));
	EXPECT_TEXT(bed_console(), "Warning only 896MB will be used.\nUse a PAE enabled kernel.\n");
}

/* No pool of bounce pages, no slots for bt_ioremap: nothing is kept back for devices. */
static void nothing_is_kept_back_for_block_devices(void)
{
	bed_boot(1024 * MIB, false, false);
	EXPECT_EQ(nr_free_pages(), totalram_pages);
	EXPECT_EQ(nr_free_highpages(), zones[ZONE_HIGHMEM].size);
	for (u32 i = 0; i < PTRS; i++)
		EXPECT_EQ(pte_lookup(0xFFC00000)[i], 0);
	EXPECT_EQ(vmalloc_end(), PKMAP_BASE - 2 * PAGE_SIZE);
	EXPECT_EQ(FIXADDR_TOP - fixaddr_start(), 8 * PAGE_SIZE);
}

/* ---- pages --------------------------------------------------------------------------- */

static void gfp_masks_are_2_4_22s(void)
{
	EXPECT_EQ(GFP_ATOMIC, 0x20);
	EXPECT_EQ(GFP_KERNEL, 0x1F0);
	EXPECT_EQ(GFP_USER, 0x1D0);
	EXPECT_EQ(GFP_HIGHUSER, 0x1D2);
	EXPECT_EQ(GFP_DMA, 0x01);
}

/* No local_pages: a task that reclaims gives its pages to the lists at once.  And no
 * LRU, buffers, mapping or lock: what is left of a page's state is what check.c knows. */
static void a_free_always_reaches_the_lists(void)
{
	struct page *page;
	u32 free;

	bed_boot(32 * MIB, false, false);
	page = alloc_pages(GFP_KERNEL, 0);
	free = nr_free_pages();
	set_pf_memalloc(true);
	__free_pages(page, 0);
	set_pf_memalloc(false);
	EXPECT_EQ(nr_free_pages(), free + 1);
	EXPECT(alloc_pages(GFP_KERNEL, 0) == page);
	__free_pages(page, 0);
	EXPECT_EQ(mm_check(), 0);
	EXPECT_EQ(page->flags & ~(PG_STATE | PG_KMAP_MASK | 0xffu << PG_ZONE_SHIFT), 0);
}

static u32 take_all(unsigned gfp)
{
	u32 n = 0;

	while (alloc_pages(gfp, 0))
		n++;
	return n;
}

/* 8 MiB, DMA alone, 20/40/60: where each kind of request stops. */
static void a_small_machine_is_drained_in_steps(void)
{
	struct page *page = NULL;

	bed_boot(8 * MIB, true, false);
	EXPECT_EQ(zones[ZONE_DMA].pages_low, 40);
	EXPECT(!zones[ZONE_DMA].need_balance);
	while (!zones[ZONE_DMA].need_balance && (page = alloc_pages(GFP_KERNEL, 0)))
		;
	EXPECT(page);
	EXPECT_EQ(nr_free_pages(), 41 - 1); /* the request that found 41 woke it */
	take_all(GFP_KERNEL);
	EXPECT_EQ(nr_free_pages(), 21);
	take_all(GFP_ATOMIC);
	EXPECT_EQ(nr_free_pages(), 6);
	set_pf_memalloc(true);
	EXPECT_EQ(take_all(GFP_KERNEL), 6);
	set_pf_memalloc(false);
	EXPECT_EQ(nr_free_pages(), 0);
	/* 2.4.22's kswapd would take the mark away; it says here that it was wanted */
	EXPECT(zones[ZONE_DMA].need_balance);
	EXPECT(!strstr(bed_console(), "Out of Memory"));
}

static u32 linear_entries(void)
{
	u32 sum = 0;

	for (u32 slot = PAGE_OFFSET >> PGDIR_SHIFT; slot < vmalloc_start() >> PGDIR_SHIFT; slot++)
		sum = sum * 31 + pgd_virt(init_mm.pgd)[slot];
	return sum;
}

/* No change_page_attr: the linear map is as boot made it, whatever is mapped besides. */
static void the_linear_map_never_changes(void)
{
	u32 before;

	bed_boot(64 * MIB, false, false);
	before = linear_entries();
	EXPECT(vmalloc(5 * MIB) && ioremap_nocache(0xFD000000, 0x10000));
	vfree(vmalloc(9000));
	EXPECT(kmalloc(9000, GFP_KERNEL));
	EXPECT_EQ(linear_entries(), before);
}

/* ---- the vmalloc window ---------------------------------------------------------------- */

static void next_is(u8 id)
{
	struct bed_event event;

	do
		EXPECT(bed_next(&event));
	while (event.id == PS_ID_buddy_split || event.id == PS_ID_trace_info ||
	       event.id == PS_ID_mm_setup_per_zone_wmarks);
	if (event.id != id)
		FAIL_TEST("%s comes, not %s", bed_event_name(event.id), bed_event_name(id));
}

/* vmalloc of three pages, the first in its slot, and vfree of them, step by step. */
static void vmalloc_and_vfree_go_in_order(void)
{
	vaddr_t addr;

	bed_boot(32 * MIB, false, false);
	kfree(kmalloc(16, GFP_KERNEL)); /* the slab is there */
	bed_trace_start();
	addr = vmalloc(3 * PAGE_SIZE);
	vfree(addr);
	bed_trace_stop();
	next_is(PS_ID_vmalloc_enter);
	next_is(PS_ID_kmalloc);
	next_is(PS_ID_alloc_vmap_area);
	next_is(PS_ID_mm_page_alloc); /* the table */
	next_is(PS_ID_pte_alloc);
	next_is(PS_ID_pde_set);
	for (int i = 0; i < 3; i++) {
		next_is(PS_ID_mm_page_alloc);
		next_is(PS_ID_pte_set);
	}
	next_is(PS_ID_flush_cache_all);
	next_is(PS_ID_vmalloc_exit);
	next_is(PS_ID_vfree_enter);
	next_is(PS_ID_free_vmap_area);
	next_is(PS_ID_flush_cache_all);
	for (int i = 0; i < 3; i++) { /* pages are free before the flush */
		next_is(PS_ID_pte_clear);
		next_is(PS_ID_mm_page_free);
	}
}

/* ioremap flushes the TLB when it gives up, too, and vfree once more. */
static void a_failed_ioremap_flushes(void)
{
	const struct ps_ev_tlb_flush *flush;

	bed_boot(32 * MIB, false, false);
	kfree(kmalloc(16, GFP_KERNEL));
	fail_nth(FAIL_TABLE, 1, false);
	bed_trace_start();
	EXPECT_EQ(ioremap(0xFD000000, PAGE_SIZE), 0);
	bed_trace_stop();
	fail_nth(FAIL_TABLE, 0, false);
	flush = BED_FIND(tlb_flush);
	EXPECT(flush);
	EXPECT_EQ(flush->reason, PS_FLUSH_IOREMAP);
	flush = BED_FIND(tlb_flush);
	EXPECT(flush);
	EXPECT_EQ(flush->reason, PS_FLUSH_VFREE);
}

/* A directory entry that is no table: told, cleared, passed over; its neighbours go. */
static void a_bad_pmd_is_cleared(void)
{
	const struct ps_ev_pde_clear *cleared;
	u32 before, reports;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(9 * MIB);
	EXPECT_EQ(a & 0x3FFFFF, 0);
	before = nr_free_pages();
	*pgd_offset_k(a + 4 * MIB) &= ~_PAGE_RW;
	*pgd_offset_k(a) &= ~_PAGE_USER; /* that makes no difference */
	reports = mm_reports;
	bed_trace_start();
	vfree(a);
	bed_trace_stop();
	EXPECT_EQ(mm_reports, reports + 1);
	EXPECT_TEXT(bed_console(), "vmalloc.c: bad pmd ");
	EXPECT_EQ(nr_free_pages(), before + 1024 + 256);
	EXPECT_EQ(*pgd_offset_k(a + 4 * MIB), 0);
	EXPECT(*pgd_offset_k(a) && *pgd_offset_k(a + 8 * MIB));
	cleared = BED_FIND(pde_clear);
	EXPECT(cleared);
	EXPECT_EQ(cleared->addr, a + 4 * MIB);
	EXPECT_EQ(cleared->entry_pa, virt_to_phys(pgd_offset_k(a + 4 * MIB)));
}

/* With 4 GiB of frames a count of all of them is 0 bytes in 32 bits, and 2.4.22's limit, too. */
static void vmap_with_4_gib_of_frames(void)
{
	struct page *page;
	vaddr_t addr;

	for (int historical = 0; historical < 2; historical++) {
		bed_boot(4096 * MIB, historical, false);
		EXPECT_EQ(max_mapnr, 0x100000);
		page = alloc_pages(GFP_KERNEL, 0);
		EXPECT_EQ(vmap(&page, 0x100000, VM_ALLOC, page_kernel_prot()), 0);
		EXPECT_EQ(vmap(&page, 0x100001, VM_ALLOC, page_kernel_prot()), 0);
		addr = vmap(&page, 1, VM_ALLOC, page_kernel_prot());
		EXPECT_EQ(addr, historical ? 0 : vmalloc_start());
	}
}

/* As many pages as there are frames, and not one more. */
static void vmap_of_all_frames(void)
{
	static struct page *pages[8177];

	for (int historical = 0; historical < 2; historical++) {
		bed_boot(32 * MIB, historical, false);
		EXPECT_EQ(max_mapnr, 8176);
		pages[0] = alloc_pages(GFP_KERNEL, 0);
		for (size_t i = 1; i < COUNT(pages); i++)
			pages[i] = pages[0];
		EXPECT_EQ(vmap(pages, 8177, VM_ALLOC, page_kernel_prot()), 0);
		EXPECT_EQ(vmap(pages, 8176, VM_ALLOC, page_kernel_prot()), vmalloc_start());
		EXPECT_EQ(page_count(pages[0]), 8177);
		vfree(vmalloc_start());
		EXPECT_EQ(page_count(pages[0]), 1);
	}
}

/* V7 with HIGHMEM: the empty list lets an area run over kmap's window, not only past 4 GiB. */
static void an_empty_list_overruns_the_kmap_window(void)
{
	struct sim_machine m = sim_default(512 * MIB);
	u32 pages;
	vaddr_t addr;

	for (int historical = 0; historical < 2; historical++) {
		m.boot.highmem = 1;
		m.boot.quirks = historical;
		bed_console_clear();
		EXPECT(sim_boot(&m));
		pages = (PKMAP_BASE + 3 * PAGE_SIZE - vmalloc_start()) >> PAGE_SHIFT;
		EXPECT(pages <= num_physpages);
		set_pf_memalloc(true);
		addr = vmalloc(pages << PAGE_SHIFT);
		set_pf_memalloc(false);
		if (!historical) {
			EXPECT_EQ(addr, 0);
			EXPECT_TEXT(bed_console(), "refused, the vmalloc window has");
			EXPECT(!*pte_lookup(PKMAP_BASE));
			continue;
		}
		EXPECT_EQ(addr, vmalloc_start());
		EXPECT_EQ(*pte_lookup(PKMAP_BASE) & 0xfff, 0x163);
		EXPECT(!*pte_lookup(PKMAP_BASE + 3 * PAGE_SIZE));
		vfree(addr);
		EXPECT(!*pte_lookup(PKMAP_BASE));
	}
}

/* get_vm_area as the reference has it, over an array: the bound is tested in the loop. */
#define AREAS 40
static struct {
	vaddr_t addr;
	u32 size;
} order[AREAS];
static u32 nr_order;

static vaddr_t model_area(u32 size)
{
	vaddr_t addr = vmalloc_start();
	u32 i;

	for (i = 0; i < nr_order; i++) {
		if (addr + size < addr)
			return 0;
		if (addr + size <= order[i].addr)
			break;
		if (order[i].addr + order[i].size > addr)
			addr = order[i].addr + order[i].size;
		if (addr > vmalloc_end() - size)
			return 0;
	}
	memmove(&order[i + 1], &order[i], (nr_order - i) * sizeof *order);
	order[i].addr = addr;
	order[i].size = size;
	nr_order++;
	return addr;
}

static void model_vfree(vaddr_t addr)
{
	u32 i = 0;

	while (order[i].addr != addr)
		i++;
	memmove(&order[i], &order[i + 1], (--nr_order - i) * sizeof *order);
}

static void same_order(void)
{
	const struct vm_struct *area = vmlist;

	for (u32 i = 0; i < nr_order; i++, area = area->next) {
		EXPECT(area);
		EXPECT_EQ(area->addr, order[i].addr);
		EXPECT_EQ(area->size, order[i].size);
	}
	EXPECT(!area);
}

/* What an area past the end does to those after it: behind one that ends past 4 GiB the
 * next begins where it does, too. */
static void areas_after_one_past_the_end(void)
{
	u32 window, first[5];

	bed_boot(512 * MIB, true, false);
	window = vmalloc_end() - vmalloc_start();
	first[0] = window - PAGE_SIZE; /* fits */
	first[1] = window;
	first[2] = window + PAGE_SIZE;
	first[3] = 0u - vmalloc_start() - PAGE_SIZE; /* ends at 4 GiB */
	first[4] = 0u - vmalloc_start() + 5 * PAGE_SIZE;
	for (u32 seed = 1; seed < 60; seed++) {
		const u32 sizes[] = {
			0,
			PAGE_SIZE,
			3 * PAGE_SIZE,
			window / 2,
			window - 2 * PAGE_SIZE,
			window - PAGE_SIZE,
			window,
			0xF0000000,
			first[bed_random(5)],
		};
		u32 size = first[seed % 5];

		bed_seed = seed;
		vmalloc_reset();
		nr_order = 0;
		for (u32 step = 0; step < 50 && nr_order < AREAS - 1; step++) {
			struct vm_struct *area = get_vm_area(size, VM_ALLOC);

			EXPECT_EQ(area ? area->addr : 0, model_area(size + PAGE_SIZE));
			same_order();
			size = sizes[bed_random(COUNT(sizes))];
			if (nr_order && !bed_random(3)) {
				vaddr_t addr = order[bed_random(nr_order)].addr;

				vfree(addr);
				model_vfree(addr);
				same_order();
			}
		}
	}
	vmalloc_reset();
	EXPECT(get_vm_area(window + PAGE_SIZE, VM_ALLOC));
	EXPECT_EQ(mm_check(), 0);
}

/* The index knows holes up to 0xffff pages by their size, larger ones as just that: the
 * first that fits is found on both sides of the border, and none that does not. */
static void holes_of_256_mib_are_told_apart(void)
{
	static const u32 hole[] = { 0xfffe, 0xffff, 0x10000 }; /* pages, guard page included */
	vaddr_t at[3];

	bed_boot(8 * MIB, false, false);
	for (int i = 0; i < 20; i++) /* enough for an index */
		EXPECT(get_vm_area(0, VM_ALLOC));
	for (int i = 0; i < 3; i++) {
		at[i] = get_vm_area((hole[i] - 1) << PAGE_SHIFT, VM_ALLOC)->addr;
		EXPECT(get_vm_area(0, VM_ALLOC));
	}
	for (unsigned open = 0; open < 8; open++) {
		for (int i = 0; i < 3; i++)
			if (open & 1 << i)
				vfree(at[i]);
		for (u32 pages = 0xfffd; pages <= 0x10001; pages++) {
			struct vm_struct *area = get_vm_area((pages - 1) << PAGE_SHIFT, VM_ALLOC);
			int i = 0;

			while (i < 3 && !(open & 1 << i && hole[i] >= pages))
				i++;
			EXPECT_EQ(area ? area->addr : 0, i < 3 ? at[i] : 0);
			if (area)
				vfree(area->addr);
		}
		EXPECT_EQ(mm_check(), 0);
		for (int i = 0; i < 3; i++)
			if (open & 1 << i)
				EXPECT_EQ(get_vm_area((hole[i] - 1) << PAGE_SHIFT, VM_ALLOC)->addr,
					  at[i]);
	}
}

static const struct test tests[] = {
	TEST(the_memory_line_adds_up),
	TEST(boot_memory_is_packed_as_2_4_22_packed_it),
	TEST(bootmem_takes_any_range),
	TEST(bootmem_begins_anew),
	TEST(a_page_reserved_twice_is_told),
	TEST(memfrac_changes_the_watermarks),
	TEST(more_than_4_gib_needs_pae),
	TEST(nothing_is_kept_back_for_block_devices),
	TEST(gfp_masks_are_2_4_22s),
	TEST(a_free_always_reaches_the_lists),
	TEST(a_small_machine_is_drained_in_steps),
	TEST(the_linear_map_never_changes),
	TEST(vmalloc_and_vfree_go_in_order),
	TEST(a_failed_ioremap_flushes),
	TEST(a_bad_pmd_is_cleared),
	TEST(vmap_with_4_gib_of_frames),
	TEST(vmap_of_all_frames),
	TEST(an_empty_list_overruns_the_kmap_window),
	TEST(areas_after_one_past_the_end),
	TEST(holes_of_256_mib_are_told_apart),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

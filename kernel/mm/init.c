/* SPDX-License-Identifier: MIT */
/*
 * init.c - the memory manager's boot, in the order of Linux 2.4.22:
 *
 *	setup_memory     how much RAM, where low memory ends; bootmem
 *	paging_init      linear map, fixmap and kmap tables
 *	kmap_init        kmap's window, if there is high memory
 *	free_area_init   mem_map, zones, wait tables and the maps of free_area[]
 *	mem_init         every frame that is not reserved goes to the allocator
 *
 * The order is not a matter of taste: bootmem hands out frames as it is asked,
 * so it decides which frames stay reserved, and those decide every address the
 * allocator returns later.  For the same reason tables are reserved in 2.4.22's
 * sizes (44 bytes a frame, 48 with HIGHMEM) though ours are smaller.
 */
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "lib/string.h"

u32 totalram_pages, totalhigh_pages;
phys_t mem_map_reserved;

static struct boot_params boot;
static bool boot_range, use_pse;

/* Bytes of 2.4.22's wait queue head (one CPU) and alignment of boot tables. */
#define WAIT_HEAD_BYTES 8u
#define L1_CACHE_BYTES  32u
#define MAX_NONPAE_PFN  0x100000u
#define MIN_LOWMEM_PFN  (64u << 8) /* 64 MiB: highmem= must leave this much */
#define NO_HIGHMEM_SIZE (~(u64)0)

/* ---- how much memory ---- */

static bool ram_pfns(const struct e820entry *e, u64 *start, u64 *end)
{
	*start = (e->base + PAGE_SIZE - 1) >> PAGE_SHIFT;
	*end = (e->base + e->length) >> PAGE_SHIFT;
	return e->type == 1 && *start < *end;
}

/* True if the firmware calls the whole frame RAM, and no other entry of its
 * map claims any of it. */
static bool frame_is_ram(u32 pfn)
{
	bool ram = false;
	unsigned i;

	for (i = 0; i < boot.nr_e820; i++) {
		const struct e820entry *e = &boot.e820[i];
		u64 start, end;

		if (ram_pfns(e, &start, &end))
			ram |= pfn >= start && pfn < end;
		else if (e->type != 1 && e->base < ((u64)pfn + 1) << PAGE_SHIFT &&
			 e->base + e->length > (u64)pfn << PAGE_SHIFT)
			return false;
	}
	return ram;
}

/* The frames around pfn that no border of the map divides: all as the first. */
static struct {
	u32 from, to;
	bool ram;
} same_kind;

static void find_same_kind(u32 pfn)
{
	u64 from = 0, to = MAX_NONPAE_PFN;
	unsigned i;

	for (i = 0; i < 4 * boot.nr_e820; i++) {
		const struct e820entry *e = &boot.e820[i / 4];
		u64 border = (e->base + (i & 1 ? e->length : 0) + (i & 2 ? PAGE_SIZE - 1 : 0)) >>
			     PAGE_SHIFT;

		if (border <= pfn && border > from)
			from = border;
		if (border > pfn && border < to)
			to = border;
	}
	same_kind.from = (u32)from;
	same_kind.to = (u32)to;
	same_kind.ram = frame_is_ram(pfn);
}

/* frame_is_ram, asked for one frame after the other: a million times at 4 GiB. */
static bool page_is_ram(u32 pfn)
{
	if (pfn < same_kind.from || pfn >= same_kind.to)
		find_same_kind(pfn);
	return same_kind.ram;
}

/* An entry that ends beyond 64 bits is a mistake of the firmware, and says nothing. */
static void drop_endless(void)
{
	const u64 largest = ~(u64)0 - (PAGE_SIZE - 1); /* that rounds up to a page */
	unsigned i, kept = 0;

	for (i = 0; i < boot.nr_e820; i++) {
		struct e820entry e = boot.e820[i];

		if (e.base <= largest && e.length <= largest - e.base)
			boot.e820[kept++] = e;
		else
			printk("BIOS memory map: the entry at 0x%llx ends beyond 64 bits,"
			       " ignored\n",
			       (unsigned long long)e.base);
	}
	boot.nr_e820 = kept;
}

/* mem=N: RAM above N is not used. */
static void limit_ram(u64 limit)
{
	unsigned i;

	for (i = 0; i < boot.nr_e820; i++) {
		struct e820entry *e = &boot.e820[i];

		if (e->type != 1 || e->base + e->length <= limit)
			continue;
		e->length = e->base < limit ? limit - e->base : 0;
	}
}

/* RAM claimed inside 640K..1M is none; a firmware that says less than two
 * things is not believed at all. */
static void sanitize_e820(void)
{
	unsigned i;

	if (boot.nr_e820 < 2) {
		u64 top = boot.nr_e820 ? boot.e820[0].base + boot.e820[0].length : 0;

		if (top < 0x200000 || boot.e820[0].type != 1)
			return;
		printk("BIOS memory map has fewer than 2 entries, using 0-9f000 and 1M up\n");
		boot.e820[0] = (struct e820entry){ 0, 0x9F000, 1 };
		boot.e820[1] = (struct e820entry){ 0x100000, top - 0x100000, 1 };
		boot.nr_e820 = 2;
	}
	for (i = 0; i < boot.nr_e820; i++) {
		struct e820entry *e = &boot.e820[i];
		u64 end = e->base + e->length;

		if (e->type != 1 || e->base >= 0x100000 || end <= 0xA0000)
			continue;
		if (e->base < 0xA0000) {
			e->length = 0xA0000 - e->base;
			if (end > 0x100000 && boot.nr_e820 < E820_MAX)
				boot.e820[boot.nr_e820++] = (struct e820entry){ 0x100000,
										end - 0x100000, 1 };
		} else {
			e->length = end > 0x100000 ? end - 0x100000 : 0;
			e->base = 0x100000;
		}
	}
}

static u32 find_max_pfn(void)
{
	u64 start, end, max = 0;
	unsigned i;

	for (i = 0; i < boot.nr_e820; i++)
		if (ram_pfns(&boot.e820[i], &start, &end) && end > max)
			max = end;
	return max > 0xffffffffu ? 0xffffffffu : (u32)max;
}

static u32 mib(u32 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

/* Above 896 MiB: low memory ends there, the rest is highmem or unused. */
static void split_large_machine(void)
{
	u32 there = max_pfn - MAXMEM_PFN;
	u32 wanted = boot.highmem_limit == NO_HIGHMEM_SIZE
			     ? there
			     : (u32)(boot.highmem_limit >> PAGE_SHIFT);

	max_low_pfn = MAXMEM_PFN;
	if (!have_highmem) {
		printk("Warning only %uMB will be used.\n", mib(MAXMEM_PFN));
		printk("Use a %s enabled kernel.\n", max_pfn > MAX_NONPAE_PFN ? "PAE" : "HIGHMEM");
		max_pfn = max_low_pfn;
		return;
	}
	if (wanted < there)
		max_pfn = MAXMEM_PFN + wanted;
	else if (wanted > there)
		printk("only %uMB highmem pages available, ignoring highmem size of %uMB.\n",
		       mib(there), mib(wanted));
	if (max_pfn > MAX_NONPAE_PFN) {
		max_pfn = MAX_NONPAE_PFN;
		printk("Warning only 4GB will be used.\n");
		printk("Use a PAE enabled kernel.\n");
	}
}

/* highmem=N on a machine that needs none: the top N of RAM become highmem. */
static void split_small_machine(void)
{
	u32 wanted = (u32)(boot.highmem_limit >> PAGE_SHIFT);

	max_low_pfn = max_pfn;
	if (boot.highmem_limit == NO_HIGHMEM_SIZE || !wanted)
		return;
	if (!have_highmem)
		printk("ignoring highmem size on non-highmem kernel!\n");
	else if (wanted >= max_pfn)
		printk("highmem size specified (%uMB) is bigger than pages available (%uMB)!.\n",
		       mib(wanted), mib(max_pfn));
	else if (max_pfn - wanted < MIN_LOWMEM_PFN)
		printk("highmem size %uMB results in smaller than 64MB lowmem, ignoring it.\n",
		       mib(wanted));
	else
		max_low_pfn -= wanted;
}

/* ---- bootmem ---- */

static void register_firmware_map(void)
{
	unsigned i;

	for (i = 0; i < boot.nr_e820; i++)
		if (boot.e820[i].type == 1)
			bootmem_free(boot.e820[i].base, boot.e820[i].base + boot.e820[i].length);
	for (i = 0; i < boot.nr_e820; i++)
		if (boot.e820[i].type != 1)
			bootmem_reserve(boot.e820[i].base, boot.e820[i].base + boot.e820[i].length,
					PS_OWNER_FIRMWARE);
}

/*
 * The kernel, the bitmap behind it, page 0 and the boot modules stay.  2.4.22
 * rounds the end of the bitmap up twice, so that one more page after it is
 * lost for good: PS_OWNER_QUIRK.
 */
static void reserve_kernel(u32 start_pfn, u32 map_bytes)
{
	u32 map_end = (start_pfn << PAGE_SHIFT) + map_bytes;
	unsigned i;

	bootmem_note_owner(start_pfn, PAGE_ALIGN(map_end) >> PAGE_SHIFT, PS_OWNER_BOOTMAP);
	bootmem_note_owner(0x100000 >> PAGE_SHIFT, start_pfn, PS_OWNER_KERNEL);
	bootmem_reserve(0x100000, (u64)map_end + PAGE_SIZE - 1, PS_OWNER_QUIRK);
	bootmem_reserve(0, PAGE_SIZE, PS_OWNER_ZERO_PAGE);
	for (i = 0; i < boot.nr_keep; i++)
		bootmem_reserve(boot.keep[i].start, boot.keep[i].end, PS_OWNER_MODULE);
}

static bool enough_ram(void)
{
	u32 pfn, free = 0, wanted;

	for (pfn = 0; pfn < max_low_pfn; pfn++)
		free += !bootmem_reserved(pfn);
	/* mem_map, bitmaps and page tables, and something to allocate from */
	wanted = (u32)(((u64)num_physpages * BOOT_PAGE_BYTES) >> PAGE_SHIFT) + max_low_pfn / PTRS +
		 64;
	if (free >= wanted)
		return true;
	printk("mm: only %u pages of RAM are free, %u are needed to start\n", free, wanted);
	return false;
}

static bool setup_memory(void)
{
	u32 start_pfn = PAGE_ALIGN(boot.kernel_end) >> PAGE_SHIFT, map_bytes;

	max_pfn = find_max_pfn();
	have_highmem = boot.highmem == 1 || (boot.highmem < 0 && max_pfn > MAXMEM_PFN);
	if (max_pfn > MAXMEM_PFN)
		split_large_machine();
	else
		split_small_machine();
	nr_fixmap_slots = have_highmem ? NR_FIX_KMAP : 0;
	num_physpages = max_pfn;
	if (max_low_pfn <= start_pfn + 16) {
		printk("mm: RAM ends at frame %u, the kernel at %u: too little to start\n",
		       max_low_pfn, start_pfn);
		return false;
	}
	if (have_highmem)
		printk("%uMB HIGHMEM available.\n", mib(max_pfn - max_low_pfn));
	printk("%uMB LOWMEM available.\n", mib(max_low_pfn));
	map_bytes = init_bootmem(start_pfn, max_low_pfn);
	register_firmware_map();
	reserve_kernel(start_pfn, map_bytes);
	return enough_ram();
}

/* ---- zones ---- */

static phys_t boot_table_alloc(u32 bytes, unsigned owner)
{
	return alloc_bootmem(bytes, L1_CACHE_BYTES, MAX_DMA_PFN << PAGE_SHIFT, owner);
}

/* Frames of 2.4.22's wait table, reserved and not used: nobody waits here. */
static void reserve_wait_table(u32 size)
{
	u32 queues = 1;

	while (queues < size / 256 && queues < 4096)
		queues <<= 1;
	boot_table_alloc(queues * WAIT_HEAD_BYTES, PS_OWNER_ZONE_TABLES);
}

static void *alloc_map(u32 bytes)
{
	return phys_to_virt(boot_table_alloc(bytes, PS_OWNER_ZONE_TABLES));
}

static void free_area_init(const u32 *sizes)
{
	u32 total = sizes[0] + sizes[1] + sizes[2], start = 0, nr;
	phys_t pa = boot_table_alloc((total + 1) * BOOT_PAGE_BYTES, PS_OWNER_MEM_MAP);

	printk("On node 0 totalpages: %u\n", total);
	mem_map_reserved = pa;
	mem_map = phys_to_virt(pa);
	max_mapnr = total;
	for (nr = 0; nr < MAX_NR_ZONES; nr++) {
		printk("zone(%u): %u pages.\n", nr, sizes[nr]);
		if (sizes[nr])
			reserve_wait_table(sizes[nr]);
		zone_init(&zones[nr], start, sizes[nr], alloc_map);
		zone_set_watermarks(&zones[nr]);
		if (sizes[nr] && start % 512)
			printk("BUG: wrong zone alignment, it will crash\n");
		start += sizes[nr];
	}
	build_zonelists();
}

static void zone_sizes_init(void)
{
	u32 sizes[MAX_NR_ZONES] = { max_low_pfn, 0, max_pfn - max_low_pfn };

	if (max_low_pfn >= MAX_DMA_PFN) {
		sizes[ZONE_DMA] = MAX_DMA_PFN;
		sizes[ZONE_NORMAL] = max_low_pfn - MAX_DMA_PFN;
	}
	free_area_init(sizes);
}

/* ---- what the trace begins with ---- */

void mm_trace_info(void)
{
	u16 flags = (u16)((use_pse ? PS_RUN_PSE : 0) | (machine_has_pge() ? PS_RUN_PGE : 0) |
			  (have_highmem ? PS_RUN_HIGHMEM : 0) | (quirks ? PS_RUN_QUIRKS : 0) |
			  (boot_range ? PS_RUN_BOOT_RANGE : 0) | buddy_run_flags);
	u8 nr_zones = (u8)(!!zones[0].size + !!zones[1].size + !!zones[2].size);

	(void)flags, (void)nr_zones;
	TRACE_STR(trace_info,
		  ({ .version = 2,
		     .flags = (u16)(flags | trace_run_flags()),
		     .machine = (u16)(PS_MACHINE_REFERENCE | PS_MACHINE_BUDDIES |
				      PS_MACHINE_WATERMARKS | PS_MACHINE_COMPLETE |
				      PS_MACHINE_FLUSHES | trace_machine_flags()),
		     .entry_bytes = sizeof(u32),
		     .levels = 2,
		     .recursive_slot = PS_SLOT_NONE,
		     .tsc_hz = machine_tsc_hz(),
		     .nr_pages = num_physpages,
		     .max_low_pfn = max_low_pfn,
		     .nr_zones = nr_zones,
		     .max_order = MAX_ORDER,
		     .page_offset = PAGE_OFFSET,
		     .high_memory = high_memory,
		     .vmalloc_start = vmalloc_start(),
		     .vmalloc_end = vmalloc_end(),
		     .pkmap_base = have_highmem ? PKMAP_BASE : 0,
		     .fixaddr_start = fixaddr_start(),
		     .fixaddr_top = FIXADDR_TOP,
		     .swapper_pg_dir = init_mm.pgd,
		     .mem_map = __va(virt_to_phys(mem_map)),
		     .kernel_start = boot.kernel_start,
		     .kernel_end = boot.kernel_end,
		     .seed = boot.seed }),
		  boot.build_id, boot.cmdline);
}

static void trace_reserved_run(u32 start, u32 end, unsigned owner)
{
	if (start < end)
		TRACE(reserve_bootmem, .start_pfn = start, .nr_pages = end - start,
		      .owner = (u8)owner);
}

/* NONE also stands for "not reserved" here; low says which. */
static bool stays_reserved(u32 pfn, unsigned *owner)
{
	*owner = PS_OWNER_NONE;
	if (pfn >= max_low_pfn)
		return !page_is_ram(pfn);
	if (pfn - bootmem_map_pfn < bootmem_map_pages || !bootmem_reserved(pfn))
		return false;
	*owner = bootmem_owner(pfn);
	return true;
}

static void trace_reserved(void)
{
	u32 pfn, start = 0;
	unsigned owner = 0, last = 0;
	bool reserved, was = false;

	for (pfn = 0; pfn < num_physpages; pfn++) {
		reserved = stays_reserved(pfn, &owner);
		if (reserved == was && owner == last)
			continue;
		if (was)
			trace_reserved_run(start, pfn, last);
		start = pfn;
		was = reserved;
		last = owner;
	}
	if (was)
		trace_reserved_run(start, pfn, last);
}

static void trace_zone(const zone_t *zone)
{
	TRACE_STR(mm_setup_per_zone_wmarks,
		  ({ .zone = zone->nr,
		     .start_pfn = zone->zone_start_pfn,
		     .spanned_pages = zone->size,
		     .watermark_min = zone->pages_min,
		     .watermark_low = zone->pages_low,
		     .watermark_high = zone->pages_high }),
		  zone->name);
}

static void trace_region(u32 start, u64 end, u8 kind, const char *name)
{
	if (start < end)
		TRACE_STR(region, ({ .start = start, .end = end, .kind = kind }), name);
}

/* What each part of the linear addresses is for, in ascending order. */
static void trace_regions(void)
{
	trace_region(0, PAGE_OFFSET, PS_REGION_USER, "user");
	trace_region(PAGE_OFFSET, high_memory, PS_REGION_LINEAR, "linear map");
	trace_region(vmalloc_start(), vmalloc_end(), PS_REGION_VMALLOC, "vmalloc");
	if (have_highmem)
		trace_region(PKMAP_BASE, PKMAP_BASE + LAST_PKMAP * PAGE_SIZE, PS_REGION_KMAP,
			     "kmap");
	trace_region(fixaddr_start(), 1ull << 32, PS_REGION_FIXMAP, "fixmap");
}

static void trace_machine(void)
{
	unsigned i;

	mm_trace_info();
	for (i = 0; i < boot.nr_e820; i++)
		TRACE(e820_entry, .base = boot.e820[i].base, .length = boot.e820[i].length,
		      .type = boot.e820[i].type);
	trace_regions();
	trace_reserved();
	for (i = 0; i < MAX_NR_ZONES; i++)
		if (zones[i].size)
			trace_zone(&zones[i]);
	trace_boot_maps();
}

/* ---- handing memory over ---- */

/* One run of frames, in the direction given.  Told as a range, it is told before
 * its first frame is freed, and the single frees are not recorded. */
static void hand_over(u32 start, u32 nr, bool descending)
{
	u32 i, recording;

	if (!nr)
		return;
	if (boot_range)
		TRACE(free_boot_range, .start_pfn = start, .nr_pages = nr,
		      .descending = descending);
	recording = trace_pause(boot_range);
	for (i = 0; i < nr; i++)
		free_boot_page(descending ? start + nr - 1 - i : start + i);
	trace_resume(recording);
	totalram_pages += nr;
}

/* Every free frame of low memory, ascending; then the bitmap's own. */
static void free_all_bootmem(void)
{
	u32 pfn, start = 0;

	for (pfn = 0; pfn <= max_low_pfn; pfn++)
		if (pfn == max_low_pfn || bootmem_reserved(pfn)) {
			hand_over(start, pfn - start, false);
			start = pfn + 1;
		}
	hand_over(bootmem_map_pfn, bootmem_map_pages, false);
}

/* Highmem follows, from its last frame down. */
static void free_highmem(void)
{
	u32 pfn, end = num_physpages;

	for (pfn = num_physpages; pfn-- > max_low_pfn;)
		if (!page_is_ram(pfn)) {
			hand_over(pfn + 1, end - pfn - 1, true);
			end = pfn;
		}
	hand_over(max_low_pfn, end - max_low_pfn, true);
}

static void mem_init(void)
{
	u32 low;

	high_memory = __va(max_low_pfn << PAGE_SHIFT);
	trace_machine();
	totalram_pages = 0;
	free_all_bootmem();
	low = totalram_pages;
	free_highmem();
	totalhigh_pages = totalram_pages - low;
	printk("Memory: %uk/%uk available (%uk kernel image, %uk reserved, %uk highmem)\n",
	       nr_free_pages() << 2, num_physpages << 2,
	       (boot.kernel_end - boot.kernel_start) >> 10, (max_low_pfn - low) << 2,
	       totalhigh_pages << 2);
	zap_low_mappings();
}

bool mm_init(const struct boot_params *bp)
{
	boot = *bp;
	same_kind.to = 0; /* of another map */
	if (!boot.cmdline)
		boot.cmdline = "";
	if (!boot.build_id)
		boot.build_id = "";
	quirks = boot.quirks;
	boot_seed = boot.seed;
	memcpy(zone_balance_ratio, boot.memfrac, sizeof zone_balance_ratio);
	drop_endless();
	if (boot.mem_limit)
		limit_ram(boot.mem_limit);
	sanitize_e820();
	if (!setup_memory())
		return false;
	boot_range = boot.boot_range < 0 ? num_physpages > 128u << (20 - PAGE_SHIFT)
					 : boot.boot_range;
	use_pse = machine_has_pse() && !boot.nopentium;
	paging_init(use_pse);
	kmap_init();
	zone_sizes_init();
	vmalloc_reset();
	mem_init();
	kmem_cache_sizes_init();
	return true;
}

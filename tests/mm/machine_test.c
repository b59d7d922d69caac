/* SPDX-License-Identifier: MIT */
/*
 * machine_test.c - machines that are odd: firmware maps nobody would ship, too
 * little memory, highmem= that does not fit; and the paths of address spaces,
 * ioremap and snapshots that only failures reach.
 */
#include <setjmp.h>
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/highmem.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"

#define MIB ((u64)1 << 20)
#define KIB ((u64)1 << 10)

static jmp_buf panicked;

#define EXPECT_PANIC(step, words) \
	do { \
		sim_panic_jump = &panicked; \
		if (!setjmp(panicked)) { \
			(void)(step); \
			sim_panic_jump = NULL; \
			FAIL_TEST("line %d: no panic", __LINE__); \
		} \
		sim_panic_jump = NULL; \
		EXPECT_TEXT(sim_panic_text, words); \
	} while (0)

/* ---- firmware ---------------------------------------------------------------------- */

static void ram_inside_the_hole_is_cut_out(void)
{
	static const struct e820entry map[] = {
		{ 0, 0x9f000, 1 },
		{ 0xc0000, 0x20000, 1 },
		{ 0xd0000, 32 * MIB - 0xd0000, 1 },
	};
	struct sim_machine m = bed_firmware(map, COUNT(map));

	EXPECT(sim_boot(&m));
	EXPECT_EQ(num_physpages, 8192);
	for (u32 pfn = 0x9f; pfn < 0x280; pfn++)
		EXPECT(PageReserved(pfn_page(pfn)));
	EXPECT(!PageReserved(pfn_page(8191)));
	EXPECT_EQ(mm_check(), 0);
}

static void a_map_of_one_entry_is_not_believed(void)
{
	static const struct e820entry map[] = { { 0, 32 * MIB, 1 } };
	static const struct e820entry small[] = { { 0, 2 * MIB - 1, 1 } };
	static const struct e820entry enough[] = { { 0, 2 * MIB, 1 } };
	struct sim_machine m = bed_firmware(map, 1);

	EXPECT(sim_boot(&m));
	EXPECT_TEXT(bed_console(), "fewer than 2 entries");
	EXPECT_EQ(num_physpages, 8192);
	EXPECT(PageReserved(pfn_page(0x9f))); /* the hole is assumed */
	m = bed_firmware(small, 1);
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "too little to start");
	EXPECT(!strstr(bed_console(), "fewer than 2 entries"));
	m = bed_firmware(enough, 1); /* for a second entry from 1 MiB up */
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "fewer than 2 entries");
	m = bed_firmware(map, 0);
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(),
		    "mm: RAM ends at frame 0, the kernel at 640: too little to start\n");
}

static void machines_with_too_little_ram_are_refused(void)
{
	/* Frames up to 64 MiB to be described, but hardly any to do it in. */
	static const struct e820entry holes[] = {
		{ 0, 0x9f000, 1 },
		{ MIB, 3 * MIB, 1 },
		{ 64 * MIB - 64 * KIB, 64 * KIB, 1 },
	};
	struct sim_machine m = sim_default(3 * MIB);

	bed_console_clear();
	m.boot.kernel_end = 3 * MIB;
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "RAM ends at frame 752, the kernel at 768");
	bed_console_clear();
	m.boot.kernel_end = 3 * MIB - 64 * KIB - 64 * KIB; /* 16 frames behind it */
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "RAM ends at frame 752, the kernel at 736");
	bed_console_clear();
	m.boot.kernel_end -= 4096; /* 17: enough, with what lies below 640K */
	EXPECT(sim_boot(&m));
	EXPECT_EQ(mm_check(), 0);
	/* 16,384 frames: 44 bytes of mem_map each, 16 tables, and 64 */
	m = bed_firmware(holes, COUNT(holes));
	m.boot.kernel_end = 4 * MIB - 4096;
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "mm: only 174 pages of RAM are free, 256 are needed to start\n");
	m = bed_firmware(holes, COUNT(holes));
	m.boot.kernel_end = 4 * MIB - 83 * 4096;
	EXPECT(!sim_boot(&m));
	EXPECT_TEXT(bed_console(), "mm: only 255 pages of RAM are free, 256 are needed to start\n");
	m = bed_firmware(holes, COUNT(holes));
	m.boot.kernel_end = 4 * MIB - 84 * 4096;
	EXPECT_PANIC(sim_boot(&m), "Out of memory"); /* as many as that, but in pieces */
}

/* Plenty of RAM in pieces of 1 MiB, and a mem_map of 9 MiB. */
static void boot_memory_in_pieces_is_a_panic(void)
{
	struct e820entry map[30];
	struct sim_machine m;

	map[0] = (struct e820entry){ 0, 0x9f000, 1 };
	map[1] = (struct e820entry){ MIB, 3 * MIB, 1 };
	for (unsigned i = 2; i < COUNT(map); i++)
		map[i] = (struct e820entry){ i * 28 * MIB, MIB, 1 };
	m = bed_firmware(map, COUNT(map));
	EXPECT_PANIC(sim_boot(&m), "Out of memory");
	EXPECT_TEXT(bed_console(), "bootmem alloc of ");
}

/* What is wanted above 16 MiB comes from below if nothing is left there. */
static void bootmem_starts_again_from_the_bottom(void)
{
	struct sim_machine m = sim_default(17 * MIB);

	bed_console_clear();
	m.boot.keep[0] = (struct boot_range){ 16 * MIB, 17 * MIB };
	m.boot.nr_keep = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(bootmem_owner(0x1000), PS_OWNER_MODULE);
	EXPECT_EQ(mm_check(), 0);
	EXPECT_EQ(zones[ZONE_NORMAL].free_pages, 0);
}

static void check_strings(const char *build_id, const char *cmdline)
{
	struct bed_event event;
	const char *text;

	do
		EXPECT(bed_next(&event));
	while (event.id != PS_ID_trace_info);
	text = (const char *)event.payload + sizeof(struct ps_ev_trace_info);
	EXPECT(!strcmp(text, build_id));
	EXPECT(!strcmp(text + strlen(text) + 1, cmdline));
}

static void nothing_said_is_an_empty_string(void)
{
	struct sim_machine m = sim_default(32 * MIB);

	bed_console_clear();
	m.boot.cmdline = m.boot.build_id = NULL;
	EXPECT(sim_boot(&m));
	bed_trace_start();
	mm_trace_info();
	bed_trace_stop();
	check_strings("", "");
	m.boot.cmdline = "mem=32M";
	m.boot.build_id = "c0ffee";
	EXPECT(sim_boot(&m));
	bed_trace_start();
	mm_trace_info();
	bed_trace_stop();
	check_strings("c0ffee", "mem=32M");
}

/* Real RAM holds anything when it is switched on. */
static void ram_need_not_be_zero_at_boot(void)
{
	for (int nopentium = 0; nopentium < 2; nopentium++) {
		struct sim_machine m = sim_default(32 * MIB);

		bed_console_clear();
		m.boot.nopentium = nopentium;
		sim_power_on(32 * MIB);
		memset(phys_to_virt(0), 0xa5, 0x9f000);
		memset(phys_to_virt(0x280000), 0xa5, 32 * MIB - 0x280000);
		machine_load_cr3(0x9000); /* some directory to start with */
		EXPECT(mm_init(&m.boot));
		EXPECT_EQ(machine_read_cr3(), SWAPPER_PG_DIR);
		EXPECT(vmalloc(PAGE_SIZE));
		EXPECT_EQ(mm_check(), 0);
		EXPECT(!pte_lookup(vmalloc_start() + 16 * MIB));
		EXPECT_EQ(*pte_lookup(FIXADDR_TOP), 0);
	}
}

/* The first events: what the machine is, and a line of watermarks for each zone. */
static void check_told_machine(struct sim_machine *m, unsigned flags, unsigned nr_zones)
{
	const struct ps_ev_mm_setup_per_zone_wmarks *marks;
	const struct ps_ev_trace_info *info;
	unsigned zone = 0, n = 0;

	bed_console_clear();
	bed_trace_start();
	EXPECT(sim_boot(m));
	bed_trace_stop();
	info = BED_FIND(trace_info);
	EXPECT_EQ(info->flags, flags | PS_RUN_SIM);
	EXPECT_EQ(info->nr_zones, nr_zones);
	EXPECT_EQ(info->nr_pages, num_physpages);
	EXPECT_EQ(info->high_memory, PAGE_OFFSET + max_low_pfn * PAGE_SIZE);
	EXPECT_EQ(info->pkmap_base, flags & PS_RUN_HIGHMEM ? PKMAP_BASE : 0);
	while ((marks = BED_FIND(mm_setup_per_zone_wmarks))) {
		while (zone < MAX_NR_ZONES && !zones[zone].size)
			zone++;
		EXPECT_EQ(marks->zone, zone);
		EXPECT_EQ(marks->start_pfn, zones[zone].zone_start_pfn);
		EXPECT_EQ(marks->spanned_pages, zones[zone].size);
		EXPECT_EQ(marks->watermark_high, zones[zone].pages_high);
		zone++;
		n++;
	}
	EXPECT_EQ(n, nr_zones);
}

static void the_trace_says_what_machine_it_is(void)
{
	static const struct e820entry just_128[] = { { 0, 0x9f000, 1 }, { MIB, 127 * MIB, 1 } };
	static const struct e820entry above_128[] = { { 0, 0x9f000, 1 },
						      { MIB, 127 * MIB + 4096, 1 } };
	struct sim_machine m;

	for (unsigned bits = 0; bits < 32; bits++) {
		m = sim_default(bits & 1 ? 64 * MIB : 12 * MIB);
		m.no_pse = bits & 2;
		m.no_pge = bits & 4;
		m.boot.highmem = !!(bits & 8);
		m.boot.quirks = bits & 16;
		check_told_machine(&m,
				   (m.no_pse ? 0 : PS_RUN_PSE) | (m.no_pge ? 0 : PS_RUN_PGE) |
					   (m.boot.highmem ? PS_RUN_HIGHMEM : 0) |
					   (m.boot.quirks ? PS_RUN_QUIRKS : 0),
				   bits & 1 ? 2 : 1);
	}
	m = sim_default(256 * MIB);
	m.boot.highmem = 1;
	m.boot.highmem_limit = 128 * MIB;
	m.boot.nopentium = true;
	check_told_machine(&m, PS_RUN_PGE | PS_RUN_HIGHMEM | PS_RUN_BOOT_RANGE, 3);
	m.boot.boot_range = 0;
	check_told_machine(&m, PS_RUN_PGE | PS_RUN_HIGHMEM, 3);
	m = bed_firmware(just_128, COUNT(just_128));
	check_told_machine(&m, PS_RUN_PSE | PS_RUN_PGE, 2);
	m.boot.boot_range = 1;
	check_told_machine(&m, PS_RUN_PSE | PS_RUN_PGE | PS_RUN_BOOT_RANGE, 2);
	m = bed_firmware(above_128, COUNT(above_128));
	check_told_machine(&m, PS_RUN_PSE | PS_RUN_PGE | PS_RUN_BOOT_RANGE, 2);
}

/* The firmware map is told entry by entry, as it was given. */
static void the_firmware_map_is_in_the_trace(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	const struct ps_ev_e820_entry *event;
	unsigned n = 0;

	bed_console_clear();
	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	while ((event = BED_FIND(e820_entry))) {
		EXPECT(n < m.boot.nr_e820);
		EXPECT_EQ(event->base, m.boot.e820[n].base);
		EXPECT_EQ(event->type, m.boot.e820[n].type);
		n++;
	}
	EXPECT_EQ(n, m.boot.nr_e820);
}

/* The map the kernel goes by, as the trace tells it: what is said of 640K..1M is cut out,
 * and what lies above `limit`, if there is one. */
static void check_used_map(const struct e820entry *said, unsigned n, u64 limit,
			   const struct e820entry *used)
{
	struct sim_machine m = bed_firmware(said, n);
	const struct ps_ev_e820_entry *event;
	unsigned i = 0;

	if (n < E820_MAX) /* behind what the firmware said */
		m.boot.e820[n] = (struct e820entry){ 600 * MIB, MIB, 1 };
	m.boot.mem_limit = limit;
	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	for (; (event = BED_FIND(e820_entry)); i++) {
		EXPECT_EQ(event->base, used[i].base);
		EXPECT_EQ(event->length, used[i].length);
		EXPECT_EQ(event->type, used[i].type);
	}
	EXPECT_EQ(used[i].type, 0);
	EXPECT_EQ(mm_check(), 0);
}

static void what_is_used_of_the_map(void)
{
	/* one entry about the hole, one that has the RAM; what becomes of the first */
	static const struct {
		u64 base, length;
		u32 type;
		struct e820entry part[2];
	} rows[] = {
		{ 0, 640 * KIB, 1, { { 0, 640 * KIB, 1 } } },
		{ 0, 640 * KIB + 1, 1, { { 0, 640 * KIB, 1 } } },
		{ 640 * KIB, 0, 1, { { 640 * KIB, 0, 1 } } },
		{ 0, MIB, 1, { { 0, 640 * KIB, 1 } } },
		{ 0, MIB + 1, 1, { { 0, 640 * KIB, 1 }, { MIB, 1, 1 } } },
		{ 0x9f000, 2 * MIB - 0x9f000, 1, { { 0x9f000, 0x1000, 1 }, { MIB, MIB, 1 } } },
		{ 640 * KIB - 1, 2, 1, { { 640 * KIB - 1, 1, 1 } } },
		{ 640 * KIB, 384 * KIB, 1, { { MIB, 0, 1 } } },
		{ 640 * KIB, 384 * KIB + 1, 1, { { MIB, 1, 1 } } },
		{ 0xc0000, MIB, 1, { { MIB, 0xc0000, 1 } } },
		{ MIB - 1, 1, 1, { { MIB, 0, 1 } } },
		{ MIB - 1, 2, 1, { { MIB, 1, 1 } } },
		{ MIB, 1, 1, { { MIB, 1, 1 } } },
		{ 0, 4 * MIB, 2, { { 0, 4 * MIB, 2 } } },
		{ 0x9fc00, 0x60400, 3, { { 0x9fc00, 0x60400, 3 } } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct e820entry big = { 4 * MIB, 28 * MIB, 1 }, image = { MIB, 3 * MIB, 1 };
		const struct e820entry said[] = {
			image,
			{ rows[i].base, rows[i].length, rows[i].type },
			big,
		};
		const struct e820entry first[] = { said[1], big, image };
		/* what is split off comes last */
		const struct e820entry used[] = {
			image, rows[i].part[0], big, rows[i].part[1], { 0 }
		};
		const struct e820entry used_first[] = {
			rows[i].part[0], big, image, rows[i].part[1], { 0 },
		};

		check_used_map(said, COUNT(said), 0, used);
		check_used_map(first, COUNT(first), 0, used_first);
	}
}

/* mem=N: RAM alone is cut. */
static void mem_cuts_every_entry_of_ram(void)
{
	static const struct e820entry said[] = {
		{ 24 * MIB, 8 * MIB, 1 }, { 0, 0x9f000, 1 },    { MIB, 15 * MIB, 1 },
		{ 16 * MIB, 8 * MIB, 1 }, { 32 * MIB, MIB, 3 }, { 40 * MIB, MIB, 1 },
	};
	const struct e820entry at_24[] = {
		{ 24 * MIB, 0, 1 }, said[1], said[2], said[3], said[4], { 40 * MIB, 0, 1 }, { 0 },
	};
	const struct e820entry at_24_and_1[] = {
		{ 24 * MIB, 1, 1 }, said[1], said[2], said[3], said[4], { 40 * MIB, 0, 1 }, { 0 },
	};
	const struct e820entry before_24[] = {
		{ 24 * MIB, 0, 1 }, said[1], said[2], { 16 * MIB, 8 * MIB - 1, 1 }, said[4],
		{ 40 * MIB, 0, 1 }, { 0 },
	};

	check_used_map(said, COUNT(said), 24 * MIB, at_24);
	check_used_map(said, COUNT(said), 24 * MIB + 1, at_24_and_1);
	check_used_map(said, COUNT(said), 24 * MIB - 1, before_24);
}

/* A map that is full has no room for the part above 1 MiB; nothing is written behind it. */
static void a_full_map_cannot_be_split(void)
{
	struct e820entry said[E820_MAX], used[E820_MAX + 1] = { 0 };
	const struct e820entry low = { 0, 2 * MIB, 1 };

	for (unsigned i = 0; i < E820_MAX; i++)
		said[i] = used[i] = (struct e820entry){ (i < 20 ? 4 : 900) * MIB + i * MIB, MIB,
							1 };
	said[0] = used[0] = (struct e820entry){ MIB, 4 * MIB, 1 };
	said[E820_MAX - 2] = low;
	used[E820_MAX - 2] = (struct e820entry){ 0, 640 * KIB, 1 };
	check_used_map(said, E820_MAX, 0, used);
	used[E820_MAX - 1] = (struct e820entry){ MIB, MIB, 1 };
	check_used_map(said, E820_MAX - 1, 0, used);
}

static void turn_map(struct sim_machine *m)
{
	for (unsigned i = 0, j = m->boot.nr_e820 - 1; i < j; i++, j--) {
		struct e820entry e = m->boot.e820[i];

		m->boot.e820[i] = m->boot.e820[j];
		m->boot.e820[j] = e;
	}
}

/* Frames that stay reserved are told in runs as long as can be, with the reason. */
static void check_reserved_runs(struct sim_machine *m)
{
	static u8 told[1 << 20];
	const struct ps_ev_reserve_bootmem *run;
	u32 end = 0, runs = 0;
	unsigned owner = 0;

	m->boot.e820[m->boot.nr_e820] = (struct e820entry){ 5 * MIB, MIB, 2 };
	m->boot.keep[m->boot.nr_keep] = (struct boot_range){ 6 * MIB, 7 * MIB };
	bed_console_clear();
	bed_trace_start();
	EXPECT(sim_boot(m));
	bed_trace_stop();
	EXPECT(!PageReserved(pfn_page(5 * 256)) && !PageReserved(pfn_page(6 * 256)));
	memset(told, 0xff, sizeof told);
	for (; (run = BED_FIND(reserve_bootmem)); runs++) {
		EXPECT(run->nr_pages);
		EXPECT(run->start_pfn > end ||
		       (run->start_pfn == end && (!runs || run->owner != owner)));
		end = run->start_pfn + run->nr_pages;
		owner = run->owner;
		EXPECT(end <= num_physpages);
		memset(told + run->start_pfn, run->owner, run->nr_pages);
	}
	for (u32 pfn = 0; pfn < num_physpages; pfn++) {
		if (PageReserved(pfn_page(pfn)))
			EXPECT_EQ(told[pfn],
				  pfn < max_low_pfn ? bootmem_owner(pfn) : PS_OWNER_NONE);
		else
			EXPECT_EQ(told[pfn], 0xff);
	}
}

static void reserved_frames_are_told_in_runs(void)
{
	/* the last frames are the firmware's, too; highmem begins and ends with a hole */
	static const struct e820entry claimed[] = {
		{ 0, 0x9f000, 1 },
		{ MIB, 31 * MIB, 1 },
		{ 32 * MIB - 8192, 8192, 4 },
	};
	static const struct e820entry holes[] = {
		{ 0, 0x9f000, 1 },
		{ MIB, 895 * MIB - 4096, 1 },
		{ 896 * MIB - 4096, 8192, 2 },
		{ 896 * MIB + 4096, 4096, 1 },
		{ 896 * MIB + 16384, 64 * MIB, 1 },
		{ 900 * MIB, 4096, 3 },
		{ 960 * MIB, 4096, 1 },
		{ 960 * MIB, 8192, 2 },
		{ 960 * MIB + 12288, 20480, 1 },
		{ 960 * MIB + 28672, 4096, 2 },
	};
	static const u64 mib[] = { 8, 32, 128, 1024, 4096 };
	struct sim_machine m;

	for (size_t i = 0; i < COUNT(mib); i++) {
		m = sim_default(mib[i] * MIB);
		check_reserved_runs(&m);
	}
	m = sim_default(40 * MIB);
	m.boot.nopentium = true;
	m.boot.keep[0] = (struct boot_range){ 20 * MIB, 20 * MIB + 1 };
	m.boot.keep[1] = (struct boot_range){ 20 * MIB + 4096, 20 * MIB + 4097 };
	m.boot.keep[2] = (struct boot_range){ 40 * MIB - 65536 - 8192, 40 * MIB - 65536 };
	m.boot.nr_keep = 3;
	check_reserved_runs(&m);
	EXPECT(PageReserved(pfn_page(num_physpages - 1)));
	for (int turned = 0; turned < 2; turned++) {
		m = bed_firmware(claimed, COUNT(claimed));
		if (turned)
			turn_map(&m);
		check_reserved_runs(&m);
		EXPECT_EQ(num_physpages, 8192);
		EXPECT(PageReserved(pfn_page(8190)) && PageReserved(pfn_page(8191)));
		EXPECT(!PageReserved(pfn_page(8189)));
		m = bed_firmware(holes, COUNT(holes));
		if (turned)
			turn_map(&m);
		check_reserved_runs(&m);
		EXPECT_EQ(zones[ZONE_HIGHMEM].size, 64 * 256 + 8);
		EXPECT(PageReserved(pfn_page(max_low_pfn - 1)) &&
		       PageReserved(pfn_page(max_low_pfn)));
		EXPECT(!PageReserved(pfn_page(max_low_pfn + 1)));
		EXPECT(PageReserved(pfn_page(num_physpages - 1)));
		EXPECT(!PageReserved(pfn_page(num_physpages - 2)));
	}
}

/* The end of 2.4.22's boot tables: mem_map from 16 MiB on, then for each zone wait queues
 * and nine maps of pairs, each at a multiple of 32. */
static u32 end_of_tables(u32 low, u32 all, u32 page_bytes)
{
	const u32 sizes[] = { 4096, low - 4096, all - low };
	u32 end = 16 * MIB + (all + 1) * page_bytes;

	for (size_t i = 0; i < COUNT(sizes) && sizes[i]; i++) {
		u32 queues = 1;

		while (queues < sizes[i] / 256 && queues < 4096)
			queues *= 2;
		end = (end + 31) / 32 * 32 + queues * 8;
		for (unsigned order = 0; order < 9; order++)
			end = (end + 31) / 32 * 32 +
			      (((sizes[i] - 1) >> (order + 4)) + 1 + 3) / 4 * 4;
	}
	return end;
}

/* Where the next block of boot memory would go tells it to the byte. */
static void boot_tables_have_2_4_22s_sizes(void)
{
	static const u32 pages[] = {
		/* above 16 MiB; borders of shifts and roundings */
		256,
		257,
		511,
		512,
		513,
		575,
		576,
		577,
		1024,
		1025,
		2047,
		2048,
		2049,
		4080,
		4096,
		4097,
		8192,
		8193,
		12272,
		28656,
		32769,
		225280,
		225280 + 512,
		225280 + 32752,
		0x100000 - 4096,
	};

	for (size_t i = 0; i < COUNT(pages); i++) {
		u64 all = 4096 + pages[i], end;
		const struct e820entry map[] = {
			{ 0, 0x9f000, 1 },
			{ MIB, all * PAGE_SIZE - MIB, 1 },
		};
		struct sim_machine m = bed_firmware(map, COUNT(map));

		EXPECT(sim_boot(&m));
		EXPECT_EQ(have_highmem, pages[i] > 225280);
		end = end_of_tables(max_low_pfn, (u32)all, have_highmem ? 48 : 44);
		EXPECT(end % PAGE_SIZE); /* else it could be anywhere */
		EXPECT_EQ(alloc_bootmem(1, 1, 16 * MIB, PS_OWNER_NONE), end);
	}
}

/* Entries that overlap, touch, end inside a frame, in no order: each frame asked alone. */
static void highmem_is_what_the_firmware_says_of_each_frame(void)
{
	static const struct e820entry map[] = {
		{ 950 * MIB + 100, 20 * MIB, 1 },
		{ 0, 0x9f000, 1 },
		{ MIB, 900 * MIB, 1 },
		{ 960 * MIB + 5, 3, 2 },
		{ 905 * MIB, 45 * MIB + 100, 1 },
		{ 910 * MIB, MIB - 1, 4 },
		{ 990 * MIB, MIB, 3 },
		{ 980 * MIB, 20 * MIB, 1 },
		{ 1010 * MIB, 4095, 1 },
	};
	struct sim_machine m = bed_firmware(map, COUNT(map));

	m.boot.highmem = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(num_physpages, 1000 * 256);
	for (u32 pfn = max_low_pfn; pfn < num_physpages; pfn++) {
		u64 from = (u64)pfn << PAGE_SHIFT, to = from + PAGE_SIZE;
		bool ram = false, claimed = false;

		for (unsigned i = 0; i < COUNT(map); i++) {
			u64 start = map[i].base, end = start + map[i].length;

			ram |= map[i].type == 1 && start <= from && to <= end;
			claimed |= map[i].type != 1 && start < to && end > from;
		}
		EXPECT_EQ(PageReserved(pfn_page(pfn)), !ram || claimed);
	}
	EXPECT_EQ(mm_check(), 0);
}

/* The boot map is told in runs: of 4 MiB pages, or table by table of 4 KiB pages. */
static void the_boot_map_is_told_in_runs(void)
{
	const struct ps_ev_pte_range_set *run;
	struct sim_machine m = sim_default(33 * MIB);
	u32 pfn = 0, runs = 0;

	bed_console_clear();
	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	run = BED_FIND(pte_range_set);
	EXPECT(run);
	EXPECT_EQ(run->addr, PAGE_OFFSET);
	EXPECT_EQ(run->entry, 0x1E3);
	EXPECT_EQ(run->nr, 9);
	EXPECT_EQ(run->large, 1);
	EXPECT(!BED_FIND(pte_range_set));
	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(pde_set)->addr, 0xFFC00000); /* the fixmap's table, and no other */
	EXPECT(!BED_FIND(pde_set));
	m.boot.nopentium = true;
	bed_trace_start();
	EXPECT(sim_boot(&m));
	bed_trace_stop();
	while ((run = BED_FIND(pte_range_set))) {
		EXPECT_EQ(run->addr, PAGE_OFFSET + pfn * PAGE_SIZE);
		EXPECT_EQ(run->entry, pfn << PAGE_SHIFT | 0x163);
		EXPECT_EQ(run->large, 0);
		pfn += run->nr;
		runs++;
	}
	EXPECT_EQ(pfn, max_low_pfn);
	EXPECT_EQ(runs, 9);
}

/* Runs of one entry, and what stands behind a directory, which is no entry of it. */
static void the_boot_map_is_told_to_its_ends(void)
{
	static const u64 ram[] = { 4 * MIB, 32 * MIB, 32 * MIB + 68 * KIB };

	for (size_t i = 0; i < COUNT(ram); i++) {
		struct sim_machine m = sim_default(ram[i]);
		const struct ps_ev_pte_range_set *run;
		const struct ps_ev_pde_set *table;
		u32 frames = 0, tables = 0;

		for (unsigned small = 0; small < 2; small++) {
			m.boot.nopentium = small;
			sim_power_on(ram[i]);
			pgd_virt(SWAPPER_PG_DIR)[PTRS] = 0x1e3;
			bed_console_clear();
			bed_trace_start();
			EXPECT(mm_init(&m.boot));
			bed_trace_stop();
			for (frames = 0; (run = BED_FIND(pte_range_set)); frames += run->nr)
				EXPECT_EQ(run->large, !m.boot.nopentium);
			EXPECT_EQ(frames,
				  m.boot.nopentium ? max_low_pfn : (max_low_pfn + PTRS - 1) / PTRS);
			bed_trace_start();
			EXPECT(sim_boot(&m));
			bed_trace_stop();
			for (tables = 0; (table = BED_FIND(pde_set)); tables++)
				if (table->addr == FIXADDR_TOP >> PGDIR_SHIFT << PGDIR_SHIFT)
					break;
			EXPECT_EQ(tables, m.boot.nopentium ? (max_low_pfn + PTRS - 1) / PTRS : 0);
		}
	}
}

/* 224 tables, the 158th in the last frame before the firmware's: none goes over its end. */
static void boot_tables_end_with_their_page(void)
{
	struct sim_machine m = sim_default(896 * MIB);
	const u8 *firmware;

	m.boot.nopentium = true;
	sim_power_on(896 * MIB);
	bed_console_clear();
	firmware = phys_to_virt(0x9f000);
	memset(phys_to_virt(0x9f000), 0xa5, PAGE_SIZE);
	EXPECT(mm_init(&m.boot));
	EXPECT_EQ(*pgd_offset_k(PAGE_OFFSET + 157 * 4 * MIB), 0x9e063);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		EXPECT_EQ(firmware[i], 0xa5);
}

/* The boot map of low addresses, which head.S made, is gone, and the TLB flushed of it. */
static void the_boot_map_of_low_addresses_is_taken_away(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	const struct ps_ev_pde_clear_range *cleared;
	u32 *pgd, pde, pte = 1, flushes;
	phys_t phys = 1;

	bed_console_clear();
	sim_power_on(32 * MIB);
	pgd = pgd_virt(SWAPPER_PG_DIR);
	for (u32 slot = 0; slot < 8; slot++)
		pgd[slot] = slot << PGDIR_SHIFT | 0x1e3;
	pgd[PAGE_OFFSET / (4 * MIB) - 1] = 0x1e3;
	flushes = sim_counts.flush_all;
	bed_trace_start();
	EXPECT(mm_init(&m.boot));
	bed_trace_stop();
	do
		cleared = BED_FIND(pde_clear_range);
	while (cleared && cleared->addr); /* the slots above that paging_init left empty */
	EXPECT(cleared);
	EXPECT_EQ(cleared->nr, 768);
	EXPECT_EQ(BED_FIND(tlb_flush)->reason, PS_FLUSH_BOOT);
	EXPECT_EQ(sim_counts.flush_all, flushes + 2);
	for (u32 slot = 0; slot < 768; slot++)
		EXPECT_EQ(pgd[slot], 0);
	EXPECT(!page_walk(init_mm.pgd, 0x1000, &pde, &pte, &phys));
	EXPECT(!pde && !pte && !phys);
	pte = 1;
	EXPECT(page_walk(init_mm.pgd, PAGE_OFFSET, &pde, &pte, &phys));
	EXPECT_EQ(pte, 0); /* a 4 MiB page has none */
}

/* 32,768 frames take 4,096 bytes of bitmap, a page at 0x280, and the one after it
 * is lost for good; one frame more, and the bitmap takes two. */
static void the_bitmap_is_rounded_up_to_words(void)
{
	bed_boot(128 * MIB + 68 * KIB, false, false);
	EXPECT_EQ(max_low_pfn, 32769);
	EXPECT(PageReserved(pfn_page(0x282)));
	EXPECT(!PageReserved(pfn_page(0x283)));
	bed_boot(128 * MIB + 64 * KIB, false, false);
	EXPECT(PageReserved(pfn_page(0x281)));
	EXPECT(!PageReserved(pfn_page(0x282)));
}

/* ---- highmem= ---------------------------------------------------------------------- */

static void boot_highmem(u64 ram, int on, u64 limit)
{
	struct sim_machine m = sim_default(ram);

	bed_console_clear();
	m.boot.highmem = on;
	m.boot.highmem_limit = limit;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(mm_check(), 0);
}

static void highmem_sizes_that_do_not_fit_are_named(void)
{
	boot_highmem(256 * MIB, 0, 64 * MIB);
	EXPECT_TEXT(bed_console(), "ignoring highmem size on non-highmem kernel!\n");
	EXPECT_EQ(max_low_pfn, num_physpages);
	boot_highmem(256 * MIB, 1, 512 * MIB);
	EXPECT_TEXT(bed_console(), "highmem size specified (512MB) is bigger than pages available"
				   " (255MB)!.\n");
	boot_highmem(100 * MIB, 1, 64 * MIB);
	EXPECT_TEXT(bed_console(), "highmem size 64MB results in smaller than 64MB lowmem,"
				   " ignoring it.\n");
	boot_highmem(1024 * MIB, 1, 512 * MIB);
	EXPECT_TEXT(bed_console(), "only 127MB highmem pages available, ignoring highmem size of"
				   " 512MB.\n");
	EXPECT_TEXT(bed_console(), "127MB HIGHMEM available.\n896MB LOWMEM available.\n");
	boot_highmem(1024 * MIB, 1, 32 * MIB);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 8192);
	boot_highmem(1024 * MIB, 1,
		     1024 * MIB - 64 * KIB); /* as much as all RAM is too much, too */
	EXPECT_TEXT(bed_console(), "ignoring highmem size of 1023MB.\n");
	boot_highmem(2048 * MIB, 0, ~(u64)0);
	EXPECT_TEXT(bed_console(), "Warning only 896MB will be used.\nUse a HIGHMEM");
}

/* The largest highmem= that fits, and one page more, on a small and a large machine. */
static void highmem_sizes_that_just_fit(void)
{
	u64 half = 64 * MIB - 64 * KIB, rest = 128 * MIB - 64 * KIB;

	boot_highmem(128 * MIB, 1, half);
	EXPECT_EQ(max_low_pfn, 64 * 256);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 64 * 256 - 16);
	boot_highmem(128 * MIB, 1, half + 4096);
	EXPECT_TEXT(bed_console(), "highmem size 63MB results in smaller than 64MB lowmem");
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 0);
	EXPECT_EQ(max_low_pfn, 128 * 256 - 16);
	boot_highmem(128 * MIB, 1, 4096);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 1);
	boot_highmem(128 * MIB, 1, 0);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 0);
	EXPECT(!strstr(bed_console(), "highmem size"));
	boot_highmem(128 * MIB, 0, 0);
	EXPECT(!strstr(bed_console(), "highmem size"));
	boot_highmem(256 * MIB, 1, 256 * MIB - 64 * KIB);
	EXPECT_TEXT(bed_console(), "highmem size specified (255MB) is bigger than pages available"
				   " (255MB)!.\n");
	boot_highmem(1024 * MIB, 1, rest);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 128 * 256 - 16);
	EXPECT(!strstr(bed_console(), "ignoring"));
	boot_highmem(1024 * MIB, 1, rest - 4096);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 128 * 256 - 17);
	boot_highmem(1024 * MIB, 1, rest + 4096);
	EXPECT_TEXT(bed_console(), "only 127MB highmem pages available, ignoring highmem size of"
				   " 127MB.\n");
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 128 * 256 - 16);
	boot_highmem(1024 * MIB, 1, 0);
	EXPECT_EQ(zones[ZONE_HIGHMEM].size, 0);
	EXPECT_EQ(num_physpages, 896 * 256);
}

/* A frame of highmem makes a machine large, the first frame above 4 GiB one of PAE's. */
static void four_gib_are_just_not_too_many(void)
{
	static const struct {
		u64 ram;
		bool highmem, four, pae;
	} rows[] = {
		{ 896 * MIB, 0, 0, 0 },         { 896 * MIB + 4095, 0, 0, 0 },
		{ 896 * MIB + 4096, 1, 0, 0 },  { 4096 * MIB + 4095, 1, 0, 0 },
		{ 4096 * MIB + 4096, 1, 1, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (int on = 0; on < 2; on++) {
			const struct e820entry map[] = {
				{ 0, 0x9f000, 1 },
				{ MIB, rows[i].ram - MIB, 1 },
			};
			struct sim_machine m = bed_firmware(map, COUNT(map));

			m.boot.highmem = on ? -1 : 0;
			EXPECT(sim_boot(&m));
			EXPECT_EQ(have_highmem, on && rows[i].highmem);
			EXPECT_EQ(strstr(bed_console(), "only 896MB") != NULL,
				  !on && rows[i].highmem);
			EXPECT_EQ(strstr(bed_console(), "only 4GB") != NULL, on && rows[i].four);
			EXPECT_EQ(strstr(bed_console(), "Use a PAE") != NULL, rows[i].pae);
			EXPECT_EQ(strstr(bed_console(), "Use a HIGHMEM") != NULL,
				  !on && rows[i].highmem && !rows[i].pae);
			EXPECT(num_physpages <= (on ? 0x100000u : 0x38000u));
		}
}

/* Buddies are counted from the zone's start: it must be a multiple of 512. */
static void a_misaligned_zone_is_warned_of(void)
{
	struct sim_machine m = sim_default(256 * MIB);

	bed_console_clear();
	m.boot.highmem = 1;
	m.boot.highmem_limit = 64 * MIB + 4096;
	EXPECT(sim_boot(&m));
	EXPECT_TEXT(bed_console(), "BUG: wrong zone alignment, it will crash\n");
	boot_highmem(256 * MIB, 1, 64 * MIB - 64 * KIB);
	EXPECT(!strstr(bed_console(), "wrong zone alignment"));
}

/* ---- address spaces ------------------------------------------------------------------ */

static void address_spaces_survive_every_failure(void)
{
	struct mm_struct mm;
	u32 before;

	bed_boot(32 * MIB, false, false);
	before = bed_free_pages();
	fail_nth(FAIL_TABLE, 1, false);
	EXPECT(!mm_create(&mm));
	EXPECT(mm_create(&mm));
	EXPECT(!mm_map_user(&mm, PAGE_OFFSET));
	fail_nth(FAIL_TABLE, 1, false);
	EXPECT(!mm_map_user(&mm, 0x08048000));
	fail_nth(FAIL_PAGE, 1, false); /* the table again */
	EXPECT(!mm_map_user(&mm, 0x08048000));
	fail_nth(FAIL_PAGE, 2, false); /* the page itself */
	EXPECT(!mm_map_user(&mm, 0x08048000));
	fail_nth(FAIL_PAGE, 0, false);
	fail_nth(FAIL_TABLE, 0, false);
	EXPECT(mm_map_user(&mm, 0x08048000));
	EXPECT_EQ(pgd_virt(mm.pgd)[0x20] & ~PAGE_MASK, 0x067);
	EXPECT_EQ(*pte_offset(pgd_virt(mm.pgd)[0x20], 0x08048000) & ~PAGE_MASK, 0x067);
	EXPECT(mm_map_user(&mm, 0x08048fff));   /* the same page: there already */
	EXPECT_EQ(before - nr_free_pages(), 3); /* directory, table, page */
	EXPECT(mm_map_user(&mm, 0x08000000));   /* the first of the table, and the last */
	EXPECT(mm_map_user(&mm, 0x083ff000));
	EXPECT(mm_map_user(&mm, PAGE_OFFSET - 1));
	EXPECT_EQ(before - nr_free_pages(), 7);
	mm_drop(&mm);
	EXPECT_EQ(bed_free_pages(), before);
	EXPECT_EQ(machine_read_cr3(), init_mm.pgd);
}

/* The directories there are, as snapshots list them: 64, each once, until it is freed. */
static void directories_are_known_until_they_are_freed(void)
{
	struct mm_struct mm[66];

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(mm_directory(0), 0);
	EXPECT(mm_create(&mm[0]) && mm_create(&mm[1]));
	mm_drop(&mm[1]);
	pgd_virt(init_mm.pgd)[PTRS] = 0x5a5a5a5a; /* behind it */
	EXPECT(mm_create(&mm[2]) && mm_create(&mm[1]));
	EXPECT(mm_directory(0) == mm[0].pgd && mm_directory(1) == mm[2].pgd);
	EXPECT(mm_directory(2) == mm[1].pgd && !mm_directory(3));
	for (unsigned i = 0; i < 3; i++) {
		EXPECT(pgd_virt(mm[i].pgd)[PTRS] != 0x5a5a5a5a);
		mm_drop(&mm[i]);
	}
	EXPECT_EQ(mm_directory(0), 0);
	pgd_virt(init_mm.pgd)[2] = pgd_virt(init_mm.pgd)[767] = 0x1e3;
	EXPECT(mm_create(&mm[0]) && mm_create(&mm[1]) && mm_create(&mm[2]));
	EXPECT_EQ(pgd_virt(mm[0].pgd)[767], 0);
	EXPECT_EQ(mm[1].id, mm[0].id + 1);
	EXPECT_EQ(pgd_virt(mm[0].pgd)[2], 0); /* the user half is not copied */
	EXPECT_EQ(pgd_virt(mm[0].pgd)[768], pgd_virt(init_mm.pgd)[768]);
	EXPECT_EQ(pgd_virt(mm[0].pgd)[1023], pgd_virt(init_mm.pgd)[1023]);
	pgd_virt(init_mm.pgd)[2] = pgd_virt(init_mm.pgd)[767] = 0;
	for (unsigned i = 0; i < 3; i++)
		EXPECT_EQ(mm_directory(i), mm[i].pgd);
	EXPECT_EQ(mm_directory(3), 0);
	mm_drop(&mm[0]);
	EXPECT_EQ(mm[0].pgd, 0);
	EXPECT(mm_directory(0) == mm[2].pgd && mm_directory(1) == mm[1].pgd && !mm_directory(2));
	__free_pages(pfn_page(mm[1].pgd >> PAGE_SHIFT), 0); /* behind our back */
	EXPECT(mm_create(&mm[0]));
	EXPECT_EQ(mm[0].pgd, mm[1].pgd);
	EXPECT(mm_directory(0) == mm[2].pgd && mm_directory(1) == mm[0].pgd && !mm_directory(2));
	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(mm_directory(0), 0); /* of the machine before */
	for (unsigned i = 0; i < COUNT(mm); i++)
		EXPECT(mm_create(&mm[i]));
	EXPECT_EQ(mm_directory(63), mm[63].pgd);
	EXPECT_EQ(mm_directory(64), 0);
	mm_drop(&mm[65]);
	EXPECT_EQ(mm_directory(63), mm[63].pgd);
	mm_drop(&mm[63]);
	EXPECT_EQ(mm_directory(63), 0);
}

/* Exit empties a user half from within: the directory is loaded, named, its pages freed
 * up to the end of each table, and the reference loaded again. */
static void a_space_is_dropped_from_within(void)
{
	struct mm_struct a, b;
	u32 before, slot = 0x08048000 >> PGDIR_SHIFT, *table, *behind, was;
	phys_t gone;
	struct page *page;

	bed_boot(32 * MIB, false, false);
	page = alloc_pages(GFP_KERNEL, 0);
	before = nr_free_pages();
	EXPECT(mm_create(&a) && mm_create(&b));
	mm_switch(&a);
	bed_trace_start();
	mm_switch(&a); /* is loaded */
	bed_trace_stop();
	EXPECT(!BED_FIND(switch_mm));
	EXPECT(mm_map_user(&a, 0x08048000));
	EXPECT(mm_map_user(&b, 0x1000));
	table = phys_to_virt(pgd_virt(a.pgd)[slot] & PAGE_MASK);
	behind = table + PTRS;
	was = *behind;
	*behind = page_pfn(page) << PAGE_SHIFT | 0x67; /* as if the table went on */
	gone = a.pgd;
	bed_trace_start();
	mm_drop(&a);
	bed_trace_stop();
	*behind = was;
	for (u32 i = 0; i < PTRS; i++) /* nothing was mapped when it went */
		EXPECT_EQ(table[i], 0);
	for (u32 i = 0; i < 768; i++)
		EXPECT_EQ(pgd_virt(gone)[i], 0);
	EXPECT_EQ(BED_FIND(pte_clear)->addr, 0x08048000);
	EXPECT_EQ(BED_FIND(pde_clear)->entry_pa, gone + slot * sizeof(u32));
	EXPECT_EQ(BED_FIND(switch_mm)->pgd, init_mm.pgd);
	EXPECT_EQ(page_count(page), 1);
	mm_drop(&b);
	EXPECT_EQ(bed_free_pages(), before);
}

/* Two address spaces filled in turns: an event's entry tells whose page it is. */
static void user_pages_of_two_spaces_can_be_told_apart(void)
{
	const struct ps_ev_pde_set *hooked;
	struct mm_struct a, b;
	u32 *pte;

	bed_boot(32 * MIB, false, false);
	EXPECT(mm_create(&a) && mm_create(&b));
	EXPECT(mm_map_user(&a, 0x08001000) && mm_map_user(&b, 0x08001000));
	bed_trace_start();
	EXPECT(mm_map_user(&a, 0x08002000));
	EXPECT(mm_map_user(&b, 0x08002000));
	bed_trace_stop();
	pte = pte_offset(pgd_virt(a.pgd)[0x20], 0x08002000);
	EXPECT_EQ(BED_FIND(pte_set)->entry_pa, virt_to_phys(pte));
	pte = pte_offset(pgd_virt(b.pgd)[0x20], 0x08002000);
	EXPECT_EQ(BED_FIND(pte_set)->entry_pa, virt_to_phys(pte));
	bed_trace_start();
	EXPECT(mm_map_user(&a, 0x08400000)); /* a new table is told empty, then hooked in */
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(pte_alloc)->table, pgd_virt(a.pgd)[0x21] & PAGE_MASK);
	hooked = BED_FIND(pde_set);
	EXPECT_EQ(hooked->entry_pa, a.pgd + 0x21 * sizeof(u32));
	EXPECT_EQ(hooked->old, 0);
	EXPECT(!BED_FIND(pde_set));
	mm_drop(&a);
	mm_drop(&b);
	EXPECT_EQ(mm_check(), 0);
}

static u8 fault_outcome(vaddr_t address, enum fault_result *result)
{
	const struct ps_ev_vmalloc_fault *event;

	bed_trace_start();
	*result = do_page_fault(address, 0, 0);
	bed_trace_stop();
	event = BED_FIND(vmalloc_fault);
	return event ? event->outcome : 0xff;
}

/* Every kernel address is looked up in the reference tables; why it is not
 * there is told. */
static void faults_say_what_is_missing(void)
{
	enum fault_result result;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(PAGE_SIZE);
	EXPECT_EQ(fault_outcome(a, &result), PS_FAULT_SYNCED);
	EXPECT_EQ(result, FAULT_RETRY);
	EXPECT_EQ(fault_outcome(PAGE_OFFSET, &result), PS_FAULT_SYNCED);
	EXPECT_EQ(result, FAULT_RETRY);
	EXPECT_EQ(fault_outcome(a + PAGE_SIZE, &result), PS_FAULT_NO_PTE);
	EXPECT_EQ(result, FAULT_BAD_KERNEL);
	EXPECT_EQ(fault_outcome(a + 16 * MIB, &result), PS_FAULT_NO_PDE);
	EXPECT_EQ(result, FAULT_BAD_KERNEL);
	EXPECT_EQ(fault_outcome(PAGE_OFFSET - 1, &result), 0xff);
	EXPECT_EQ(result, FAULT_BAD_KERNEL);
}

/* ---- ioremap, vread --------------------------------------------------------------------- */

static void only_tables_have_ptes(void)
{
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(PAGE_SIZE);
	EXPECT(pte_lookup(a) && *pte_lookup(a) == (*pte_lookup(a) | 0x163));
	EXPECT(pte_lookup(a + PAGE_SIZE) == pte_lookup(a) + 1);
	EXPECT(!pte_lookup(a + 16 * MIB)); /* no table */
	EXPECT(!pte_lookup(PAGE_OFFSET));  /* a 4 MiB page */
	EXPECT_EQ(pte_lookup(FIXADDR_TOP) != NULL, true);
}

static void ioremap_without_a_table_gives_all_back(void)
{
	u32 before;

	bed_boot(32 * MIB, false, false);
	kfree(kmalloc(32, GFP_KERNEL));
	before = bed_free_pages();
	fail_nth(FAIL_TABLE, 1, false);
	EXPECT_EQ(ioremap(0xFD000000, 5 * PAGE_SIZE), 0);
	fail_nth(FAIL_TABLE, 0, false);
	EXPECT(!vmlist);
	EXPECT_EQ(bed_free_pages(), before);
}

/* RAM that nobody may use can be mapped; RAM in use cannot. */
static void ioremap_takes_reserved_ram(void)
{
	vaddr_t a;
	u32 reports;

	bed_boot(32 * MIB, false, false);
	reports = mm_reports;
	a = ioremap(0x1C0010, 100); /* the kernel image */
	EXPECT_EQ(a, vmalloc_start() + 0x10);
	EXPECT_EQ(mm_reports, reports);
	iounmap(a);
	EXPECT(!vmlist);
	EXPECT_EQ(ioremap(0x1000000 + 0x1FF0, PAGE_SIZE), vmalloc_start() + 0xFF0);
	EXPECT_EQ(ioremap(31 * MIB, 1), 0);
	EXPECT_EQ(mm_reports, reports + 1);
	EXPECT_EQ(ioremap(0x2000000 - PAGE_SIZE, 1) & ~PAGE_MASK, 0); /* above RAM */
	EXPECT_EQ(ioremap(0xFFFFF000, 0x1001), 0);
	EXPECT_EQ(ioremap(0xFD000000, 0), 0);
	reports = mm_reports;
	EXPECT_EQ(ioremap(0, 0), 0);
	EXPECT_EQ(mm_reports, reports);
}

/* The ISA hole, and no byte more, is given its linear address. */
static void ioremap_knows_the_ends_of_the_isa_hole(void)
{
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(ioremap(0xA0000, 0x60000), __va(0xA0000));
	EXPECT_EQ(ioremap(0xFFFFF, 1), __va(0xFFFFF));
	EXPECT(!vmlist);
	a = ioremap(0xA0000, 0x60001); /* into the kernel's image */
	EXPECT_EQ(a, vmalloc_start());
	EXPECT_EQ(vmlist->size, 0x61000 + PAGE_SIZE);
	EXPECT_EQ(*pte_lookup(a + 0x60000) & PAGE_MASK, 0x100000);
	iounmap(a);
	EXPECT(!vmlist);
	EXPECT_EQ(ioremap(0x9FFFF, 2), vmalloc_start() + 0xFFF);
	EXPECT_EQ(ioremap(0x9E000, 1), 0); /* RAM in use */
}

/* Why ioremap failed, and that no area and no page are lost by it. */
static void ioremap_without_an_area_fails(void)
{
	struct vm_struct *all;
	u32 before;

	bed_boot(32 * MIB, false, false);
	kfree(kmalloc(16, GFP_KERNEL));
	before = bed_free_pages();
	fail_nth(FAIL_DESCRIPTOR, 1, false);
	bed_trace_start();
	EXPECT_EQ(ioremap(0xFD000000, 0x2000), 0);
	bed_trace_stop();
	fail_nth(FAIL_DESCRIPTOR, 0, false);
	EXPECT_EQ(BED_FIND(vmalloc_exit)->why, PS_WHY_NO_DESCRIPTOR);
	all = get_vm_area(vmalloc_end() - vmalloc_start() - PAGE_SIZE, VM_ALLOC);
	EXPECT(all);
	bed_trace_start();
	EXPECT_EQ(ioremap(0xFD000000, 0x2000), 0);
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(vmalloc_exit)->why, PS_WHY_NO_ADDRESSES);
	vfree(all->addr);
	EXPECT_EQ(bed_free_pages(), before);
}

/* As in 2.4.22: frames are asked about if the first is in low memory, and then all up to
 * the end of mem_map. */
static void ioremap_asks_from_low_memory_on(void)
{
	struct sim_machine m = sim_default(1024 * MIB);

	bed_console_clear();
	m.boot.keep[0] = (struct boot_range){ 896 * MIB - 4096, 896 * MIB };
	m.boot.nr_keep = 1;
	EXPECT(sim_boot(&m));
	EXPECT(!PageReserved(pfn_page(max_low_pfn)));
	EXPECT_EQ(ioremap((u32)(896 * MIB - 4096), 2 * PAGE_SIZE), 0);
	EXPECT_EQ(ioremap((u32)(896 * MIB - 4096), PAGE_SIZE), vmalloc_start());
	EXPECT(ioremap((u32)(896 * MIB), PAGE_SIZE));
	m = sim_default(32 * MIB);
	m.boot.keep[0] = (struct boot_range){ 8175 * 4096, 8176 * 4096 };
	m.boot.nr_keep = 1;
	EXPECT(sim_boot(&m));
	EXPECT_EQ(max_mapnr, 8176);
	EXPECT_EQ(ioremap(8175 * PAGE_SIZE, 3 * PAGE_SIZE), vmalloc_start());
}

/* What lies before, between and behind areas is zeros; behind the last one the
 * reading ends. */
static void vread_goes_over_holes_and_stops(void)
{
	char buf[10 * PAGE_SIZE];
	vaddr_t a, b;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(PAGE_SIZE);
	b = vmalloc(PAGE_SIZE);
	memset(buf, 0x5a, sizeof buf);
	vwrite(buf, a, PAGE_SIZE);
	vwrite(buf, b, PAGE_SIZE);
	EXPECT_EQ(vread(buf, a - PAGE_SIZE, sizeof buf), 4 * (long)PAGE_SIZE);
	for (u32 i = 0; i < 4 * PAGE_SIZE; i++)
		EXPECT_EQ(buf[i], i / PAGE_SIZE % 2 ? 0x5a : 0);
	EXPECT_EQ(vread(buf, b + 100, 50), 50);
	EXPECT_EQ(buf[49], 0x5a);
	EXPECT_EQ(vread(buf, b + PAGE_SIZE - 10, 50), 10);
	EXPECT_EQ(vread(buf, b + PAGE_SIZE, 50), 0);
	EXPECT_EQ(vwrite(buf, b + PAGE_SIZE - 10, 50), 10);
	EXPECT_EQ(vread(buf, 0, 100), 100); /* the hole before all areas */
	EXPECT_EQ(buf[99], 0);
	EXPECT_EQ(vread(buf, 0xFFFFFFF0, 0x20), 0); /* would wrap */
}

/* So does the linear map, although there is memory behind it. */
static void vread_takes_the_linear_map_for_a_hole(void)
{
	struct sim_machine m = sim_default(32 * MIB);
	char buf[16];

	m.no_pse = true; /* with tables, as the window has */
	EXPECT(sim_boot(&m));
	EXPECT(vmalloc(PAGE_SIZE));
	memset(phys_to_virt(16 * MIB), 0x5a, sizeof buf);
	EXPECT(pte_lookup(__va(16 * MIB)));
	memset(buf, 0x11, sizeof buf);
	EXPECT_EQ(vread(buf, __va(16 * MIB), sizeof buf), (long)sizeof buf);
	for (u32 i = 0; i < sizeof buf; i++)
		EXPECT_EQ(buf[i], 0);
}

static u8 why_vmalloc_failed(u32 size, enum fail_kind kind, unsigned nth)
{
	vaddr_t addr;

	fail_nth(kind, nth, false);
	bed_trace_start();
	addr = vmalloc(size);
	bed_trace_stop();
	fail_nth(kind, 0, false);
	EXPECT_EQ(addr, 0);
	return BED_FIND(vmalloc_exit)->why;
}

static void the_trace_tells_why_vmalloc_failed(void)
{
	bed_boot(32 * MIB, false, false);
	kfree(kmalloc(16, GFP_KERNEL));
	EXPECT_EQ(why_vmalloc_failed(0, FAIL_PAGE, 0), PS_WHY_SIZE);
	EXPECT_EQ(why_vmalloc_failed(33 * MIB, FAIL_PAGE, 0), PS_WHY_SIZE);
	EXPECT_EQ(why_vmalloc_failed(1, FAIL_DESCRIPTOR, 1), PS_WHY_NO_DESCRIPTOR);
	EXPECT_EQ(why_vmalloc_failed(1, FAIL_TABLE, 1), PS_WHY_NO_TABLE);
	EXPECT_EQ(why_vmalloc_failed(9000, FAIL_PAGE, 3), PS_WHY_NO_PAGE);
	EXPECT(get_vm_area(vmalloc_end() - vmalloc_start() - 3 * PAGE_SIZE, VM_ALLOC));
	EXPECT_EQ(why_vmalloc_failed(2 * PAGE_SIZE, FAIL_PAGE, 0), PS_WHY_NO_ADDRESSES);
	EXPECT(vmalloc(PAGE_SIZE));
}

/* Slot by slot: the second begins another table. */
static void the_trace_tells_how_many_pages_vmalloc_filled(void)
{
	bed_boot(32 * MIB, false, false);
	bed_trace_start();
	EXPECT(vmalloc(5 * PAGE_SIZE));
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(vmalloc_exit)->nr_pages, 5);
	bed_trace_start();
	EXPECT(vmalloc(1500 * PAGE_SIZE));
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(vmalloc_exit)->nr_pages, 1500);
}

/* A page that lost its PTE reads as zeros and takes no writes. */
static void a_page_that_is_not_there_reads_as_zeros(void)
{
	char buf[3 * PAGE_SIZE];
	vaddr_t a;
	u32 pte;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(3 * PAGE_SIZE);
	memset(buf, 0x5a, sizeof buf);
	EXPECT_EQ(vwrite(buf, a, sizeof buf), (long)sizeof buf);
	pte = *pte_lookup(a + PAGE_SIZE);
	*pte_lookup(a + PAGE_SIZE) = 0;
	EXPECT_EQ(vread(buf, a, sizeof buf), (long)sizeof buf);
	EXPECT_EQ(buf[PAGE_SIZE - 1], 0x5a);
	for (u32 i = PAGE_SIZE; i < 2 * PAGE_SIZE; i++)
		EXPECT_EQ(buf[i], 0);
	EXPECT_EQ(buf[2 * PAGE_SIZE], 0x5a);
	EXPECT_EQ(vwrite(buf, a, sizeof buf), (long)sizeof buf);
	*pte_lookup(a + PAGE_SIZE) = pte;
	EXPECT_EQ(mm_check(), 0);
}

/* Not 0 and not present: 2.4.22 takes it for a page that was swapped out. */
static void an_entry_that_is_neither_is_reported(void)
{
	u32 reports, before;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(PAGE_SIZE));
	before = bed_free_pages();
	a = vmalloc(2 * PAGE_SIZE);
	*pte_lookup(a) &= ~_PAGE_PRESENT;
	reports = mm_reports;
	vfree(a);
	EXPECT_EQ(mm_reports, reports + 1);
	EXPECT_TEXT(bed_console(), "Whee.. Swapped out page in kernel page table");
	EXPECT_EQ(nr_free_pages(), before - 1); /* the page is lost, as it was */
	EXPECT_EQ(*pte_lookup(a), 0);
}

/* Row V17, watched and not: the entry that was there is told of and overwritten. */
static void an_entry_that_is_there_is_overwritten(void)
{
	const struct ps_ev_pte_set *set;
	vaddr_t a;

	for (int traced = 0; traced < 2; traced++) {
		u32 reports;

		bed_boot(32 * MIB, false, false);
		a = vmalloc(3 * PAGE_SIZE);
		vfree(a);
		*pte_lookup(a + PAGE_SIZE) = 0x280163;
		reports = mm_reports;
		if (traced)
			bed_trace_start();
		EXPECT_EQ(vmalloc(3 * PAGE_SIZE), a);
		if (traced)
			bed_trace_stop();
		EXPECT_EQ(mm_reports, reports + 1);
		EXPECT_TEXT(bed_console(), "alloc_area_pte: page already exists");
		EXPECT(*pte_lookup(a + PAGE_SIZE) != 0x280163);
	}
	set = BED_FIND(pte_set);
	EXPECT_EQ(set->old, 0);
	set = BED_FIND(pte_set);
	EXPECT_EQ(set->old, 0x280163);
}

/* Pages the caller gives are mapped one by one; an entry in their way is told of too. */
static void an_entry_in_the_way_of_vmap_is_overwritten(void)
{
	struct page *page;
	u32 reports;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	a = vmalloc(PAGE_SIZE);
	vfree(a);
	page = alloc_pages(GFP_KERNEL, 0);
	*pte_lookup(a) = 0x280163;
	reports = mm_reports;
	EXPECT_EQ(vmap(&page, 1, VM_ALLOC, page_kernel_prot()), a);
	EXPECT_EQ(mm_reports, reports + 1);
	EXPECT_TEXT(bed_console(), "alloc_area_pte: page already exists");
	EXPECT_EQ(vmalloc_to_page(a), page);
	vunmap(a);
	EXPECT_EQ(page_count(page), 1);
}

/* The same for a whole run of them: none of the pages is freed. */
static void a_run_of_such_entries_is_reported_one_by_one(void)
{
	u32 reports, before;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(64 * PAGE_SIZE));
	a = vmalloc(64 * PAGE_SIZE);
	before = nr_free_pages();
	for (u32 i = 0; i < 64; i++)
		*pte_lookup(a + i * PAGE_SIZE) &= ~_PAGE_PRESENT;
	reports = mm_reports;
	vfree(a);
	EXPECT_EQ(mm_reports, reports + 64);
	EXPECT_EQ(nr_free_pages(), before);
}

/* Pages missing here and there: all others come back, watched or not. */
static void vfree_passes_over_missing_pages(void)
{
	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(64 * PAGE_SIZE));
	for (int traced = 0; traced < 2; traced++) {
		u32 before = bed_free_pages();
		vaddr_t a = vmalloc(64 * PAGE_SIZE);

		for (u32 i = 0; i < 64; i += i % 3 + 1) {
			u32 *pte = pte_lookup(a + i * PAGE_SIZE);

			__free_pages(pfn_page(*pte >> PAGE_SHIFT), 0);
			*pte = 0;
		}
		if (traced)
			bed_trace_start();
		vfree(a);
		if (traced)
			bed_trace_stop();
		EXPECT_EQ(bed_free_pages(), before);
	}
}

/* ---- reclaim ------------------------------------------------------------------------------ */

/* Slabs are found, but what they give back is no pair: a second look finds
 * nothing, and the request ends. */
static void reclaim_that_does_not_help_ends(void)
{
	static struct page *held[8192];
	u32 n = 0, reports;
	void *obj;

	bed_boot(32 * MIB, false, false);
	obj = kmalloc(4096, GFP_KERNEL);
	set_pf_memalloc(true);
	while ((held[n] = alloc_pages(GFP_KERNEL, 0)))
		n++;
	set_pf_memalloc(false);
	for (u32 i = 0; i < n; i++)
		if (page_pfn(held[i]) % 2)
			__free_pages(held[i], 0);
	kfree(obj);
	reports = mm_reports;
	EXPECT(!alloc_pages(GFP_KERNEL, 2));
	EXPECT_TEXT(bed_console(), "nothing left to reclaim");
	EXPECT_EQ(mm_reports, reports); /* no misuse */
	EXPECT_EQ(mm_check(), 0);
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static void a_snapshot_speaks_of_everything(void)
{
	u8 seen[256] = { 0 };
	struct bed_event e;
	struct mm_struct mm;

	bed_boot(1024 * MIB, false, false);
	EXPECT(mm_create(&mm) && mm_map_user(&mm, 0x08048000));
	kfree(kmalloc(1, GFP_KERNEL));
	EXPECT(kmem_cache_create("another", 8));
	mm_snapshot(); /* tracing is off: nothing */
	bed_trace_start();
	mm_snapshot();
	bed_trace_stop();
	while (bed_next(&e))
		seen[e.id]++;
	EXPECT_EQ(seen[PS_ID_zone_state], 3);
	EXPECT_EQ(seen[PS_ID_mem_map_state], 1);
	EXPECT_EQ(seen[PS_ID_page_flags_state], 1);
	EXPECT_EQ(seen[PS_ID_vmlist_state], 1);
	EXPECT_EQ(seen[PS_ID_pgd_state], 2);     /* the reference, and ours */
	EXPECT_EQ(seen[PS_ID_pgtable_state], 3); /* fixmap, kmap, and the user's */
	EXPECT_EQ(seen[PS_ID_slab_state], 2);    /* size-32, and the cache of caches */
	EXPECT_EQ(seen[PS_ID_pkmap_state], 1);
	mm_drop(&mm);
}

static const struct test tests[] = {
	TEST(ram_inside_the_hole_is_cut_out),
	TEST(a_map_of_one_entry_is_not_believed),
	TEST(machines_with_too_little_ram_are_refused),
	TEST(boot_memory_in_pieces_is_a_panic),
	TEST(bootmem_starts_again_from_the_bottom),
	TEST(the_bitmap_is_rounded_up_to_words),
	TEST(nothing_said_is_an_empty_string),
	TEST(ram_need_not_be_zero_at_boot),
	TEST(the_trace_says_what_machine_it_is),
	TEST(the_firmware_map_is_in_the_trace),
	TEST(what_is_used_of_the_map),
	TEST(mem_cuts_every_entry_of_ram),
	TEST(a_full_map_cannot_be_split),
	TEST(reserved_frames_are_told_in_runs),
	TEST(boot_tables_have_2_4_22s_sizes),
	TEST(highmem_is_what_the_firmware_says_of_each_frame),
	TEST(the_boot_map_is_told_in_runs),
	TEST(the_boot_map_is_told_to_its_ends),
	TEST(boot_tables_end_with_their_page),
	TEST(the_boot_map_of_low_addresses_is_taken_away),
	TEST(highmem_sizes_that_do_not_fit_are_named),
	TEST(highmem_sizes_that_just_fit),
	TEST(four_gib_are_just_not_too_many),
	TEST(a_misaligned_zone_is_warned_of),
	TEST(address_spaces_survive_every_failure),
	TEST(directories_are_known_until_they_are_freed),
	TEST(a_space_is_dropped_from_within),
	TEST(user_pages_of_two_spaces_can_be_told_apart),
	TEST(faults_say_what_is_missing),
	TEST(only_tables_have_ptes),
	TEST(ioremap_without_a_table_gives_all_back),
	TEST(ioremap_takes_reserved_ram),
	TEST(ioremap_knows_the_ends_of_the_isa_hole),
	TEST(ioremap_without_an_area_fails),
	TEST(ioremap_asks_from_low_memory_on),
	TEST(vread_goes_over_holes_and_stops),
	TEST(vread_takes_the_linear_map_for_a_hole),
	TEST(the_trace_tells_why_vmalloc_failed),
	TEST(the_trace_tells_how_many_pages_vmalloc_filled),
	TEST(a_page_that_is_not_there_reads_as_zeros),
	TEST(an_entry_that_is_neither_is_reported),
	TEST(an_entry_that_is_there_is_overwritten),
	TEST(an_entry_in_the_way_of_vmap_is_overwritten),
	TEST(a_run_of_such_entries_is_reported_one_by_one),
	TEST(vfree_passes_over_missing_pages),
	TEST(reclaim_that_does_not_help_ends),
	TEST(a_snapshot_speaks_of_everything),
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

/* SPDX-License-Identifier: MIT */
/*
 * users_test.c - the two users of vmalloc: swap maps of 2.4.22's sizes, and
 * modules, good ones and hostile ones.
 *
 * Arguments: the directory of the sample modules (default build/modules), seed.
 */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "lib/errno.h"
#include "mm/mm_priv.h"
#include "object_maker.h"
#include "clients/proc.h"
#include "clients/ksyms.h"
#include "clients/module.h"
#include "clients/object.h"
#include "clients/swap.h"

#define MIB ((u64)1 << 20)
#define GIB ((u64)1 << 30)

static const char *modules_dir = "build/modules";

static u32 nr_areas(void)
{
	u32 n = 0;

	for (const struct vm_struct *area = vmlist; area; area = area->next)
		n++;
	return n;
}

/* ---- swap ---------------------------------------------------------------------- */

static void swap_maps_have_2_4_22s_sizes(void)
{
	static const struct {
		u64 size;
		u32 bytes, pages;
	} want[] = {
		{ 16 * MIB, 8190, 2 },         { 64 * MIB, 32766, 8 },
		{ 128 * MIB, 65534, 16 },      { 256 * MIB, 131070, 32 },
		{ GIB, 524286, 128 },          { 4 * GIB, 2097150, 512 },
		{ 16 * GIB, 8388606, 2048 },   { 64 * GIB, 33554428, 8192 },
		{ 100 * GIB, 33554428, 8192 },
	};
	struct swap_area area;
	int id;

	bed_boot(128 * MIB, false, false);
	for (size_t i = 0; i < COUNT(want); i++) {
		u32 pages = (u32)(want[i].size / PAGE_SIZE), before = bed_free_pages();

		EXPECT_EQ(swap_slots(pages, 2) * 2, want[i].bytes);
		id = swapon(pages, 2);
		EXPECT_EQ(id, 0);
		EXPECT(swap_area_info(0, &area));
		EXPECT_EQ(area.bytes, want[i].bytes);
		EXPECT_EQ(vmlist->size, (want[i].pages + 1) * PAGE_SIZE);
		/* At most: pages of the map, the tables it is mapped by, two slabs. */
		EXPECT(before - nr_free_pages() - want[i].pages <= want[i].pages / 1024 + 3);
		EXPECT_EQ(swap_map_entry(0, 0), SWAP_MAP_BAD);
		EXPECT_EQ(swap_map_entry(0, 1), 0);
		EXPECT_EQ(swap_map_entry(0, area.slots - 1), 0);
		EXPECT_EQ(swap_map_entry(0, area.slots), SWAP_MAP_BAD);
		EXPECT_EQ(swapoff(0), 0);
		EXPECT_EQ(nr_areas(), 0);
	}
}

static void version_1_ends_with_its_header_page(void)
{
	struct swap_area area;

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(swap_slots(4096, 1), 4096);
	EXPECT_EQ(swap_slots(32688, 1), 32688);
	EXPECT_EQ(swap_slots(32689, 1), 32688);
	EXPECT_EQ(swap_slots(~0u, 1), 32688);
	EXPECT_EQ(swapon(65536, 1), 0);
	EXPECT(swap_area_info(0, &area));
	EXPECT_EQ(area.bytes, 65376);
	EXPECT_EQ(vmlist->size, 17 * PAGE_SIZE);
	EXPECT_EQ(swapoff(0), 0);
}

static void bad_swap_areas_are_refused(void)
{
	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(swapon(4096, 3), -EINVAL);
	EXPECT_EQ(swapon(4096, 0), -EINVAL);
	EXPECT_EQ(swapon(0, 2), -EINVAL);
	EXPECT_EQ(swapon(1, 1), -EINVAL);
	EXPECT_EQ(swapon(2, 2), -EINVAL); /* one slot, the header's */
	EXPECT_EQ(swapoff(0), -EINVAL);
	EXPECT_EQ(swapoff(4000), -EINVAL);
	EXPECT_EQ(nr_areas(), 0);
}

static void there_are_32_swap_areas(void)
{
	bed_boot(32 * MIB, false, false);
	for (int i = 0; i < MAX_SWAPFILES; i++)
		EXPECT_EQ(swapon(1000, 2), i);
	EXPECT_EQ(swapon(1000, 2), -EPERM);
	EXPECT_EQ(swapoff(5), 0);
	EXPECT_EQ(swapon(1000, 2), 5);
	for (unsigned i = 0; i < MAX_SWAPFILES; i++)
		EXPECT_EQ(swapoff(i), 0);
	EXPECT_EQ(mm_check(), 0);
}

/* Page by page, table by table, descriptor: nothing is lost. */
static void swapon_failing(bool from)
{
	static const enum fail_kind kinds[] = { FAIL_PAGE, FAIL_TABLE, FAIL_DESCRIPTOR };
	int err;

	for (size_t k = 0; k < COUNT(kinds); k++) {
		unsigned nth = 0;

		bed_boot(32 * MIB, false, false);
		vfree(vmalloc(8 * PAGE_SIZE)); /* slab and table are there */
		do {
			u32 before = bed_free_pages();

			fail_nth(kinds[k], ++nth, from);
			err = swapon(16 * 256, 2);
			fail_nth(kinds[k], 0, false);
			EXPECT(err == 0 || err == -ENOMEM);
			if (!err)
				swapoff(0);
			EXPECT_EQ(bed_free_pages(), before);
			EXPECT_EQ(nr_areas(), 0);
		} while (err);
		EXPECT(nth >= (kinds[k] == FAIL_TABLE ? 1 : 2));
	}
}

static void swapon_survives_every_failure(void)
{
	swapon_failing(false);
	swapon_failing(true);
}

static void swapon_is_traced(void)
{
	const struct ps_ev_swapon *on;
	const struct ps_ev_swapoff *off;
	struct swap_area area;

	bed_boot(32 * MIB, false, false);
	bed_trace_start();
	EXPECT_EQ(swapon(4096, 2), 0);
	EXPECT(swap_area_info(0, &area));
	swapoff(0);
	bed_trace_stop();
	EXPECT(BED_FIND(vmalloc_enter));
	on = BED_FIND(swapon);
	EXPECT_EQ(on->slots, 4095);
	EXPECT_EQ(on->bytes, 8190);
	EXPECT_EQ(on->addr, area.map);
	off = BED_FIND(swapoff);
	EXPECT_EQ(off->addr, area.map);
	EXPECT_EQ(BED_FIND(vfree_enter)->addr, area.map); /* after it is out of use */
}

/* ---- modules: by hand ------------------------------------------------------------ */

static struct maker m;

/*
 * .text (32 bytes, 16-aligned): words at 0, 4, 8, 12, 16 to be relocated;
 * .data: a word at 0; .bss 40 bytes, 32-aligned; common symbols of 12 and 4 bytes.
 * Name "mod": header 96 + 4 = 100, .text at 112, .data at 144, .bss at 160,
 * common at 200, another at 224, total 228.
 */
static void make_example(void)
{
	u32 init, bss, common, printk_, this_module, text_section;

	make_start(&m);
	m.text_size = 32;
	m.data_size = 8;
	m.bss_size = 40;
	init = make_symbol(&m, "init_module", MK_TEXT, 20, 0, STB_GLOBAL);
	bss = make_symbol(&m, "in_bss", MK_BSS, 8, 4, STB_LOCAL);
	common = make_symbol(&m, "common", SHN_COMMON, 4, 12, STB_GLOBAL);
	printk_ = make_symbol(&m, "printk", SHN_UNDEF, 0, 0, STB_GLOBAL);
	this_module = make_symbol(&m, "__this_module", SHN_UNDEF, 0, 0, STB_GLOBAL);
	text_section = make_symbol(&m, "", MK_TEXT, 0, 0, STB_LOCAL);
	make_symbol(&m, "absolute", SHN_ABS, 0x1234, 0, STB_GLOBAL);
	m.text[0] = 5; /* addends */
	m.text[4] = 0xfc;
	m.text[5] = m.text[6] = m.text[7] = 0xff; /* -4 */
	m.rel_text[0] = (struct elf_rel){ 0, bss << 8 | R_386_32 };
	m.rel_text[1] = (struct elf_rel){ 4, printk_ << 8 | R_386_PC32 };
	m.rel_text[2] = (struct elf_rel){ 8, common << 8 | R_386_32 };
	m.rel_text[3] = (struct elf_rel){ 12, this_module << 8 | R_386_32 };
	m.rel_text[4] = (struct elf_rel){ 16, text_section << 8 | R_386_PLT32 };
	m.nr_rel_text = 5;
	make_symbol(&m, "common2", SHN_COMMON, 16, 4, STB_GLOBAL);
	m.rel_data[0] = (struct elf_rel){ 0, init << 8 | R_386_32 };
	m.rel_data[1] = (struct elf_rel){ 4, (m.nr_symbols - 1) << 8 | R_386_32 };
	m.nr_rel_data = 2;
	make_object(&m);
}

static u32 word_at(vaddr_t addr)
{
	u32 word = 0xdeadbeef;

	vread((char *)&word, addr, 4);
	return word;
}

static void a_module_is_placed_and_relocated(void)
{
	struct module_info info;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	make_example();
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT(module_info(0, &info));
	a = info.addr;
	EXPECT_EQ(a % PAGE_SIZE, 0);
	EXPECT_EQ(info.size, 228);
	EXPECT_EQ(info.init, a + 112 + 20);
	EXPECT_EQ(info.cleanup, 0);
	EXPECT_EQ(word_at(a + 112), a + 160 + 8 + 5);
	EXPECT_EQ(word_at(a + 116), ksym_lookup("printk") - 4 - (a + 116));
	EXPECT_EQ(word_at(a + 120), a + 200);
	EXPECT_EQ(word_at(a + 124), a);
	EXPECT_EQ(word_at(a + 128), a + 112 - (a + 128));
	EXPECT_EQ(word_at(a + 144), a + 132);
	EXPECT_EQ(word_at(a + 148), a + 224); /* 212, aligned to 16 */
	EXPECT_EQ(module_section("mod", ".data"), a + 144);
	EXPECT_EQ(module_symbol("mod", "common"), a + 200);
	EXPECT_EQ(module_symbol("mod", "absolute"), 0x1234);
	EXPECT_EQ(module_symbol("mod", "in_bss"), 0); /* local: not exported */
	EXPECT_EQ(rmmod("mod"), 0);
	EXPECT_EQ(nr_areas(), 0);
}

static void the_header_is_2_4_22s(void)
{
	char name[4];
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	make_example();
	EXPECT_EQ(create_module("first", 5000, &a), 0);
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT_EQ(word_at(a), 96);                    /* size_of_struct */
	EXPECT_EQ(word_at(a + 4), 0);                 /* next */
	EXPECT_EQ(word_at(a + 8), a + 96);            /* name */
	EXPECT_EQ(word_at(a + 12), 5000);             /* size */
	EXPECT_EQ(word_at(a + 20), 0);                /* flags: not running */
	a += 3 * PAGE_SIZE;                           /* two pages and the guard */
	EXPECT_EQ(word_at(a + 4), a - 3 * PAGE_SIZE); /* newest first */
	EXPECT_EQ(word_at(a + 20), 1);                /* running */
	EXPECT_EQ(word_at(a + 44), a + 132);          /* init */
	vread(name, a + 96, 4);
	EXPECT(!memcmp(name, "mod", 4));
	EXPECT_EQ(rmmod("mod"), 0);
	EXPECT_EQ(delete_module("first"), 0);
}

static void bss_and_common_are_cleared(void)
{
	vaddr_t dirty;

	bed_boot(32 * MIB, false, false);
	make_example();
	dirty = vmalloc(228);
	for (u32 at = 0; at < 228; at += 4)
		vwrite("\xff\xff\xff\xff", dirty + at, 4);
	vfree(dirty);
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	for (u32 at = 160; at < 228; at += 4)
		EXPECT_EQ(word_at(dirty + at), 0);
	EXPECT_EQ(rmmod("mod"), 0);
}

static const struct ps_ev_module_load *load_phase(u8 phase)
{
	const struct ps_ev_module_load *load;

	do
		load = BED_FIND(module_load);
	while (load && load->phase != phase);
	return load;
}

/* create: vmalloc; init: a second vmalloc, init, vfree of it; delete: vfree. */
static void loading_is_traced_in_order(void)
{
	const struct ps_ev_module_load *load;
	vaddr_t a, stage;

	bed_boot(32 * MIB, false, false);
	make_example();
	bed_trace_start();
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT_EQ(rmmod("mod"), 0);
	bed_trace_stop();
	EXPECT_EQ(BED_FIND(vmalloc_enter)->size, 228);
	load = load_phase(PS_MODULE_CREATE);
	EXPECT(load);
	a = load->addr;
	EXPECT_EQ(BED_FIND(vmalloc_enter)->size, 96);
	load = load_phase(PS_MODULE_STAGE);
	EXPECT(load);
	stage = load->addr;
	EXPECT_EQ(stage, a + 2 * PAGE_SIZE);
	EXPECT(load_phase(PS_MODULE_INIT));
	EXPECT_EQ(BED_FIND(vfree_enter)->addr, stage);
	EXPECT(load_phase(PS_MODULE_CLEANUP));
	EXPECT_EQ(BED_FIND(module_free)->addr, a);
	EXPECT_EQ(BED_FIND(vfree_enter)->addr, a);
}

static void a_module_may_use_another_ones_symbols(void)
{
	static struct maker user;
	struct module_info info;
	u32 common;

	bed_boot(32 * MIB, false, false);
	make_example();
	make_start(&user);
	user.text_size = 16;
	make_symbol(&user, "init_module", MK_TEXT, 0, 0, STB_GLOBAL);
	common = make_symbol(&user, "common", SHN_UNDEF, 0, 0, STB_GLOBAL);
	user.rel_text[0] = (struct elf_rel){ 0, common << 8 | R_386_32 };
	user.nr_rel_text = 1;
	make_object(&user);
	EXPECT_EQ(insmod("user", user.image, user.size), -ENOENT);
	EXPECT_TEXT(module_message(), "unknown symbol common");
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT_EQ(insmod("user", user.image, user.size), 0);
	EXPECT_EQ(word_at(module_section("user", ".text")), module_symbol("mod", "common"));
	EXPECT_EQ(rmmod("mod"), -EBUSY);
	EXPECT(module_info(1, &info));
	EXPECT_EQ(info.users, 1);
	EXPECT_EQ(rmmod("user"), 0);
	EXPECT_EQ(rmmod("mod"), 0);
}

static void modules_in_use_stay(void)
{
	const u32 one = 1, none = 0;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	make_example();
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	a = module_section("mod", ".text") - 112;
	vwrite((const char *)&one, a + 16, 4); /* MOD_INC_USE_COUNT */
	EXPECT_EQ(rmmod("mod"), -EBUSY);
	EXPECT_TEXT(module_message(), "in use (count 1)");
	vwrite((const char *)&none, a + 16, 4);
	EXPECT_EQ(rmmod("mod"), 0);
	EXPECT_EQ(rmmod("mod"), -ENOENT);
}

static void create_module_checks_its_arguments(void)
{
	char name[80];
	vaddr_t a, b;

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(create_module("abc", 99, &a), -EINVAL); /* 96 + 3 + 1 */
	EXPECT_EQ(create_module("abc", 100, &a), 0);
	EXPECT_EQ(create_module("abc", 100, &b), -EEXIST);
	EXPECT_EQ(create_module("", 100, &b), -EINVAL);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = 0;
	EXPECT_EQ(create_module(name, 4096, &b), -EINVAL);
	EXPECT_EQ(insmod(name, "", 0), -EINVAL);
	name[MODULE_NAME_MAX - 1] = 0;
	EXPECT_EQ(create_module(name, 4096, &b), 0);
	EXPECT_EQ(delete_module(name), 0);
	EXPECT_EQ(create_module("huge", 0x40000000, &b), -ENOMEM);
	EXPECT_EQ(b, 0);
	EXPECT_EQ(delete_module("abc"), 0);
	EXPECT_EQ(nr_areas(), 0);
}

static void there_is_room_for_32_modules(void)
{
	char name[16];
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	for (int i = 0; i < MODULES_MAX; i++) {
		snprintf(name, sizeof name, "m%d", i);
		EXPECT_EQ(create_module(name, 200, &a), 0);
	}
	EXPECT_EQ(create_module("one more", 200, &a), -EPERM);
	for (int i = 0; i < MODULES_MAX; i++) {
		snprintf(name, sizeof name, "m%d", i);
		EXPECT_EQ(delete_module(name), 0);
	}
	EXPECT_EQ(nr_areas(), 0);
}

static void insmod_failing(bool from)
{
	static const enum fail_kind kinds[] = { FAIL_PAGE, FAIL_TABLE, FAIL_DESCRIPTOR };
	int err;

	make_example();
	for (size_t k = 0; k < COUNT(kinds); k++) {
		unsigned nth = 0;

		bed_boot(32 * MIB, false, false);
		vfree(vmalloc(PAGE_SIZE));
		do {
			u32 before = bed_free_pages();

			fail_nth(kinds[k], ++nth, from);
			err = insmod("mod", m.image, m.size);
			fail_nth(kinds[k], 0, false);
			EXPECT(err == 0 || err == -ENOMEM);
			if (!err)
				EXPECT_EQ(rmmod("mod"), 0);
			EXPECT_EQ(bed_free_pages(), before);
			EXPECT_EQ(nr_areas(), 0);
		} while (err);
		EXPECT(nth >= (kinds[k] == FAIL_TABLE ? 1 : 3));
	}
}

static void proc_files_have_2_4_22s_shapes(void)
{
	bed_boot(1024 * MIB, false, false);
	make_example();
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT_EQ(swapon(4096, 2), 0);
	EXPECT_EQ(swapon(100, 1), 1);
	bed_console_clear();
	show_meminfo();
	show_modules();
	show_swaps();
	EXPECT_TEXT(bed_console(), "        total:    used:    free:  shared: buffers:  cached:\n"
				   "Mem:  1059061760 ");
	EXPECT_TEXT(bed_console(), "Swap: 17174528        0 17174528\n"
				   "MemTotal:      1034240 kB\n");
	EXPECT_TEXT(bed_console(), "HighTotal:      131008 kB\nHighFree:       130992 kB\n");
	EXPECT_TEXT(bed_console(), "LowTotal:       903232 kB\n");
	EXPECT_TEXT(bed_console(), "SwapTotal:       16772 kB\n");
	EXPECT_TEXT(bed_console(), "mod                      228   0 at 0xf8800000\n");
	EXPECT_TEXT(bed_console(), "0\t2\t16376\t0\t8190 bytes at 0xf88");
	EXPECT_TEXT(bed_console(), "1\t1\t396\t0\t200 bytes at 0xf88");
	EXPECT_EQ(swapoff(0), 0);
	EXPECT_EQ(swapoff(1), 0);
	EXPECT_EQ(rmmod("mod"), 0);
}

static void looking_at_modules_that_are_not_there(void)
{
	struct module_info info;
	struct swap_area area;
	vaddr_t a;

	bed_boot(32 * MIB, false, false);
	EXPECT(!module_info(0, &info));
	EXPECT(!swap_area_info(0, &area));
	EXPECT(!swap_area_info(99, &area));
	EXPECT_EQ(module_symbol("none", "x"), 0);
	EXPECT_EQ(module_section("none", ".text"), 0);
	EXPECT_EQ(create_module("bare", 200, &a), 0);
	EXPECT_EQ(module_symbol("bare", "x"), 0);
	EXPECT_EQ(module_section("bare", ".text"), 0);
	make_example();
	EXPECT_EQ(insmod("mod", m.image, m.size), 0);
	EXPECT_EQ(module_section("mod", ".nothing"), 0);
	EXPECT_EQ(module_symbol("mod", "nothing"), 0);
	EXPECT_EQ(rmmod("mod"), 0);
	EXPECT_EQ(delete_module("bare"), 0);
}

static void insmod_survives_every_failure(void)
{
	insmod_failing(false);
	insmod_failing(true);
}

/* ---- modules: the samples ---------------------------------------------------------- */

static u8 *file;
static size_t file_size;

static void read_sample(const char *name)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", modules_dir, name);
	f = fopen(path, "rb");
	if (!f)
		FAIL_TEST("cannot open %s", path);
	free(file);
	file = malloc(1 << 20);
	file_size = fread(file, 1, 1 << 20, f);
	fclose(f);
}

static void hello_says_hello(void)
{
	struct module_info info;

	read_sample("hello.ko");
	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(insmod("hello", file, file_size), 0);
	EXPECT_TEXT(bed_console(), "hello: loaded, greeted ");
	EXPECT(module_info(0, &info) && info.init && info.cleanup);
	EXPECT_EQ(insmod("hello", file, file_size), -EEXIST);
	EXPECT_EQ(rmmod("hello"), 0);
	EXPECT_TEXT(bed_console(), "hello: unloading");
	EXPECT_EQ(nr_areas(), 0);
}

static void vmtest_calls_vmalloc_itself(void)
{
	u32 before;

	read_sample("vmtest.ko");
	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(4096));
	before = bed_free_pages();
	EXPECT_EQ(insmod("under another name", file, file_size), 0);
	EXPECT_TEXT(bed_console(), "as it should be");
	EXPECT_EQ(nr_areas(), 4);
	EXPECT_EQ(rmmod("under another name"), 0);
	EXPECT_EQ(nr_areas(), 0);
	EXPECT_EQ(bed_free_pages(), before);
}

static void a_faulting_init_is_survived(void)
{
	read_sample("fault.ko");
	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(insmod("fault", file, file_size), -EFAULT);
	EXPECT_TEXT(bed_console(), "Unable to handle kernel paging request at virtual address");
	EXPECT_TEXT(module_message(), "init_module faulted");
	EXPECT_EQ(nr_areas(), 1); /* what it had allocated is lost */
	EXPECT_EQ(mm_check(), 0);
}

static void a_failing_init_leaves_nothing(void)
{
	u32 before;

	read_sample("vmtest.ko");
	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(4096));
	before = bed_free_pages();
	fail_nth(FAIL_DESCRIPTOR, 4, false); /* module, staging copy, area 1, area 2 */
	EXPECT_EQ(insmod("vmtest", file, file_size), -1);
	fail_nth(FAIL_DESCRIPTOR, 0, false);
	EXPECT_TEXT(module_message(), "init_module returned -1");
	EXPECT_EQ(nr_areas(), 0);
	EXPECT_EQ(bed_free_pages(), before);
}

/* ---- modules: hostile files ---------------------------------------------------------- */

/* insmod refuses the object as it stands, with these words, and takes nothing. */
static void expect_refused(int err, const char *words, int line)
{
	u32 areas = nr_areas();
	int got = insmod("mod", m.image, m.size);

	if (got != err || !strstr(module_message(), words))
		FAIL_TEST("line %d: %d \"%s\", expected %d \"%s\"", line, got, module_message(),
			  err, words);
	EXPECT_EQ(nr_areas(), areas);
}
#define REFUSED(err, words) expect_refused(err, words, __LINE__)
#define HEADER              ((struct elf_header *)(void *)m.image)
#define SECTION(nr)         made_section(&m, nr)

static void bad_headers_are_named(void)
{
	bed_boot(32 * MIB, false, false);
	make_example();
	m.size = 51;
	REFUSED(-ENOEXEC, "not an ELF32");
	make_example();
	m.image[0] = 'X';
	REFUSED(-ENOEXEC, "not an ELF32");
	make_example();
	m.image[4] = 2;
	REFUSED(-ENOEXEC, "not an ELF32");
	make_example();
	HEADER->type = 2;
	REFUSED(-ENOEXEC, "ELF type 2");
	make_example();
	HEADER->machine = 62;
	REFUSED(-ENOEXEC, "machine 62");
	make_example();
	HEADER->shnum = 0;
	REFUSED(-ENOEXEC, "0 section headers");
	make_example();
	HEADER->shnum = 2000;
	REFUSED(-ENOEXEC, "2000 section headers");
	make_example();
	HEADER->shoff = 0xfffffff0;
	REFUSED(-ENOEXEC, "lie outside the file");
	make_example();
	HEADER->shstrndx = 3;
	REFUSED(-ENOEXEC, "section names");
	make_example();
	HEADER->shstrndx = 999;
	REFUSED(-ENOEXEC, "section names");
}

static void bad_sections_are_named(void)
{
	bed_boot(32 * MIB, false, false);
	make_example();
	SECTION(MK_DATA)->offset = 0xffffffff;
	REFUSED(-ENOEXEC, "section .data: ");
	make_example();
	SECTION(MK_TEXT)->size = 0x7fffffff;
	REFUSED(-ENOEXEC, "section .text: ");
	make_example();
	SECTION(MK_TEXT)->align = 3;
	REFUSED(-ENOEXEC, "alignment 3");
	make_example();
	SECTION(MK_TEXT)->align = 8192;
	REFUSED(-ENOEXEC, "alignment 8192");
	make_example();
	SECTION(MK_TEXT)->name = 5000;
	REFUSED(-ENOEXEC, "section 1: name");
	make_example();
	SECTION(MK_BSS)->size = 0xffffffff;
	REFUSED(-ENOEXEC, "more than");
	make_example();
	SECTION(MK_BSS)->flags |= SHF_TLS;
	REFUSED(-ENOEXEC, "thread-local");
	make_example();
	SECTION(MK_SYMTAB)->type = SHT_PROGBITS;
	REFUSED(-ENOEXEC, "no symbol table");
	make_example();
	SECTION(MK_DATA)->type = SHT_SYMTAB;
	REFUSED(-ENOEXEC, "two symbol tables");
	make_example();
	SECTION(MK_SYMTAB)->link = MK_BSS;
	REFUSED(-ENOEXEC, "symbol names");
	make_example();
	SECTION(MK_SYMTAB)->entsize = 15;
	REFUSED(-ENOEXEC, "entries of 15");
	make_example();
	SECTION(MK_REL_TEXT)->type = SHT_RELA;
	REFUSED(-ENOEXEC, "relocations of a");
	make_example();
	SECTION(MK_REL_TEXT)->link = 1;
	REFUSED(-ENOEXEC, "relocations of a");
	make_example();
	SECTION(MK_REL_TEXT)->info = MK_BSS;
	REFUSED(-ENOEXEC, "relocations of a");
}

/* Moves the symbol table of a file to `offset`, with this many symbols. */
static void make_symtab(u8 *image, u32 offset, u32 symbols)
{
	struct elf_header *h = (void *)image;
	struct elf_section *s = (struct elf_section *)(void *)(image + h->shoff) + MK_SYMTAB;

	s->offset = offset;
	s->size = symbols * (u32)sizeof(struct elf_symbol);
}

/* Changes one symbol or relocation of the example before the file is made. */
#define CHANGED(change) \
	do { \
		make_example(); \
		change; \
		make_object(&m); \
	} while (0)

static void bad_symbols_are_named(void)
{
	bed_boot(32 * MIB, false, false);
	CHANGED(m.symbol[1].name = 600);
	REFUSED(-ENOEXEC, "symbol 1: name outside");
	CHANGED(m.symbol[1].section = 50);
	REFUSED(-ENOEXEC, "in section 50 of 9");
	CHANGED(m.symbol[1].value = 33);
	REFUSED(-ENOEXEC, "at 21 in section .text");
	CHANGED(m.symbol[3].value = 3);
	REFUSED(-ENOEXEC, "aligned to 3");
	CHANGED(m.symbol[3].size = ~0u);
	REFUSED(-ENOEXEC, "common, 4294967295 bytes");
	CHANGED(m.symbol[1].section = SHN_UNDEF);
	REFUSED(-ENOEXEC, "no init_module");
	CHANGED(m.symbol[1].section = SHN_ABS);
	REFUSED(-ENOEXEC, "lies outside it");
	CHANGED(m.symbol[1].section = MK_STRTAB);
	REFUSED(-ENOEXEC, "not loaded");
	CHANGED(strcpy(m.names + m.symbol[4].name, "prinkt"));
	REFUSED(-ENOENT, "symbol prinkt");
	CHANGED(m.names[m.names_size - 1] = 'x');
	REFUSED(-ENOEXEC, "symbol names");
}

/* 257 common symbols, 4 MiB in 257 parts, a file of 4 MiB + 1. */
static void too_much_is_named(void)
{
	static u8 large[(4 << 20) + 1];
	struct elf_symbol *sym;

	bed_boot(32 * MIB, false, false);
	EXPECT_EQ(insmod("mod", large, sizeof large), -ENOEXEC);
	EXPECT_TEXT(module_message(), "a file of more than 4194304 bytes");
	make_example();
	memcpy(large, m.image, m.size);
	sym = (struct elf_symbol *)(void *)(large + m.size);
	memcpy(sym, m.symbol, sizeof *sym * 9);
	for (int i = 9; i < 280; i++)
		sym[i] = m.symbol[3];
	make_symtab(large, m.size, 9 + 254);
	EXPECT_EQ(insmod("mod", large, m.size + 280 * 16), 0); /* 256 of them */
	EXPECT_EQ(rmmod("mod"), 0);
	make_symtab(large, m.size, 9 + 255);
	EXPECT_EQ(insmod("mod", large, m.size + 280 * 16), -ENOEXEC);
	EXPECT_TEXT(module_message(), "257 common symbols");
	make_symtab(large, m.size, 9 + 254);
	for (int i = 9; i < 280; i++)
		sym[i].size = 65536;
	EXPECT_EQ(insmod("mod", large, m.size + 280 * 16), -ENOEXEC);
	EXPECT_TEXT(module_message(), "more than 4194304 bytes to load");
}

static void bad_relocations_are_named(void)
{
	bed_boot(32 * MIB, false, false);
	CHANGED(m.rel_text[0].offset = 29);
	REFUSED(-ENOEXEC, "relocation at 1d outside");
	CHANGED(m.rel_text[0].offset = ~0u);
	REFUSED(-ENOEXEC, "relocation at ffffffff");
	CHANGED(m.rel_text[0].info = 10);
	REFUSED(-ENOEXEC, "type 10 is not supported");
	CHANGED(m.rel_text[0].info = 99u << 8 | 1);
	REFUSED(-ENOEXEC, "symbol 99 of 9");
	CHANGED(m.symbol[4].info = STB_WEAK << 4; strcpy(m.names + m.symbol[4].name, "prinkt"));
	EXPECT_EQ(insmod("mod", m.image, m.size), 0); /* weak: 0 */
	EXPECT_EQ(rmmod("mod"), 0);
}

/* Any prefix, and any few bytes changed: refused or loaded, never a crash (the
 * sanitizers watch), and everything comes back. */
static void no_file_breaks_the_loader(void)
{
	u8 *copy;
	u32 before;
	unsigned loaded = 0;

	read_sample("vmtest.ko");
	/* Without its mark nothing of it is run: init and cleanup might not match. */
	*(u8 *)memmem(file, file_size, "module_vmtest", 13) = 'x';
	bed_boot(32 * MIB, false, false);
	vfree(vmalloc(4096));
	before = bed_free_pages();
	for (size_t size = 0; size < file_size; size++) {
		copy = malloc(size + !size); /* so that reading on is caught */
		memcpy(copy, file, size);
		EXPECT(insmod("cut", copy, size) != 0);
		free(copy);
	}
	copy = malloc(file_size);
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(copy, file, file_size);
		for (unsigned n = 1 + bed_random(4); n; n--)
			copy[bed_random((u32)file_size)] = (u8)bed_random(256);
		if (i % 2) /* the headers, where it matters */
			copy[file_size - 1 - bed_random(400)] = (u8)bed_random(256);
		if (insmod("odd", copy, file_size))
			continue;
		loaded++;
		EXPECT_EQ(rmmod("odd"), 0);
	}
	free(copy);
	EXPECT(loaded > 0 && loaded < 20000);
	EXPECT_EQ(bed_free_pages(), before);
	EXPECT_EQ(nr_areas(), 0);
}

static const struct test tests[] = {
	TEST(swap_maps_have_2_4_22s_sizes),
	TEST(version_1_ends_with_its_header_page),
	TEST(bad_swap_areas_are_refused),
	TEST(there_are_32_swap_areas),
	TEST(swapon_survives_every_failure),
	TEST(swapon_is_traced),
	TEST(a_module_is_placed_and_relocated),
	TEST(the_header_is_2_4_22s),
	TEST(bss_and_common_are_cleared),
	TEST(loading_is_traced_in_order),
	TEST(a_module_may_use_another_ones_symbols),
	TEST(modules_in_use_stay),
	TEST(create_module_checks_its_arguments),
	TEST(there_is_room_for_32_modules),
	TEST(insmod_survives_every_failure),
	TEST(proc_files_have_2_4_22s_shapes),
	TEST(looking_at_modules_that_are_not_there),
	TEST(hello_says_hello),
	TEST(vmtest_calls_vmalloc_itself),
	TEST(a_faulting_init_is_survived),
	TEST(a_failing_init_leaves_nothing),
	TEST(bad_headers_are_named),
	TEST(bad_sections_are_named),
	TEST(bad_symbols_are_named),
	TEST(too_much_is_named),
	TEST(bad_relocations_are_named),
	TEST(no_file_breaks_the_loader),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		modules_dir = argv[1];
	if (argc > 2)
		bed_seed = (u32)strtoul(argv[2], NULL, 0) | 1;
	printf("seed %u\n", bed_seed);
	return run_tests(tests, COUNT(tests));
}

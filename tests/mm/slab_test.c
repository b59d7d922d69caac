/* SPDX-License-Identifier: MIT */
/*
 * slab_test.c - the slab allocator against a model, with failing pages, misused,
 * and in its two behaviours.
 */
#include <stdlib.h>

#include "bed.h"
#include "../lib/claim.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"

#define MIB ((u64)1 << 20)

static void boot(void)
{
	bed_boot(32 * MIB, false, false);
}

/* The cache of this name; fails the test if there is none. */
static struct kmem_cache_info cache(const char *name)
{
	struct kmem_cache_info info;

	for (unsigned id = 0; id < KMEM_CACHES_MAX; id++)
		if (kmem_cache_info(id, &info) && !strcmp(info.name, name))
			return info;
	FAIL_TEST("no cache %s", name);
}

static u32 pfn_of(const void *obj)
{
	return virt_to_phys(obj) >> PAGE_SHIFT;
}

/* 2.4.22's figures for 32-byte cache lines: objects a slab, order, descriptor. */
static void general_caches_are_cut_as_2_4_22_did(void)
{
	static const struct {
		const char *name;
		u32 size, num, order;
		bool off;
	} want[] = {
		{ "size-32", 32, 113, 0, false },      { "size-64", 64, 59, 0, false },
		{ "size-128", 128, 30, 0, false },     { "size-256", 256, 15, 0, false },
		{ "size-512", 512, 8, 0, true },       { "size-1024", 1024, 4, 0, true },
		{ "size-2048", 2048, 2, 0, true },     { "size-4096", 4096, 1, 0, true },
		{ "size-8192", 8192, 1, 1, true },     { "size-16384", 16384, 1, 2, true },
		{ "size-32768", 32768, 1, 3, true },   { "size-65536", 65536, 1, 4, true },
		{ "size-131072", 131072, 1, 5, true }, { "size-131072(DMA)", 131072, 1, 5, true },
	};

	boot();
	for (size_t i = 0; i < COUNT(want); i++) {
		struct kmem_cache_info c = cache(want[i].name);

		EXPECT_EQ(c.objsize, want[i].size);
		EXPECT_EQ(c.num, want[i].num);
		EXPECT_EQ(c.order, want[i].order);
		EXPECT_EQ(c.off_slab, want[i].off);
		EXPECT_EQ(c.nr_full + c.nr_partial + c.nr_free, 0);
	}
}

/* A descriptor of 24 bytes and 4 an object comes from the smallest cache with room. */
static void descriptors_outside_come_from_the_smallest_cache(void)
{
	static const struct {
		u32 size;
		const char *from;
	} want[] = {
		{ 512, "size-64" },  { 1024, "size-64" },   { 2048, "size-32" },
		{ 4096, "size-32" }, { 131072, "size-32" },
	};

	for (size_t i = 0; i < COUNT(want); i++) {
		boot();
		EXPECT(kmalloc(want[i].size, GFP_KERNEL));
		EXPECT_EQ(cache(want[i].from).active_objs, 1);
	}
}

/* Sizes at the borders of what decides: alignment, waste, where the descriptor is. */
static void other_caches_are_cut_by_the_same_rules(void)
{
	static const struct {
		u32 size, objsize, num, order;
		bool off;
	} want[] = {
		{ 1, 4, 506, 0, false },        { 4, 4, 506, 0, false },  { 5, 8, 338, 0, false },
		{ 8, 8, 338, 0, false },        { 9, 16, 202, 0, false }, { 16, 16, 202, 0, false },
		{ 17, 32, 113, 0, false },      { 33, 64, 59, 0, false }, { 511, 512, 8, 0, true },
		{ 576, 576, 7, 0, false },   /* 64 bytes are left, and suffice */
		{ 3584, 3584, 1, 0, false }, /* an eighth is wasted, and no more */
		{ 131072, 131072, 1, 5, true },
	};

	boot();
	for (size_t i = 0; i < COUNT(want); i++) {
		kmem_cache_t *made = kmem_cache_create("one of them", want[i].size);
		struct kmem_cache_info c;

		EXPECT(made);
		c = cache("one of them");
		EXPECT_EQ(c.objsize, want[i].objsize);
		EXPECT_EQ(c.num, want[i].num);
		EXPECT_EQ(c.order, want[i].order);
		EXPECT_EQ(c.off_slab, want[i].off);
		EXPECT_EQ(kmem_cache_destroy(made), 0);
	}
}

/* Up to 32 MiB no slab is of order 2 for waste alone. */
static void small_machines_have_small_slabs(void)
{
	for (u32 more = 0; more < 2; more++) {
		const struct e820entry map[] = {
			{ 0, 0x9f000, 1 },
			{ MIB, 31 * MIB + more * PAGE_SIZE, 1 },
		};
		struct sim_machine m = bed_firmware(map, COUNT(map));

		EXPECT(sim_boot(&m));
		EXPECT_EQ(num_physpages, 8192 + more);
		EXPECT(kmem_cache_create("wasteful", 2100));
		EXPECT_EQ(cache("wasteful").order, more ? 2 : 1);
	}
}

/* Numbers of caches, and names: as many letters as are kept tell two apart. */
static void caches_have_numbers_and_names(void)
{
	struct kmem_cache_info c;

	boot();
	EXPECT(kmem_cache_info(0, &c) && !strcmp(c.name, "kmem_cache"));
	EXPECT(kmem_cache_info(1, &c) && !strcmp(c.name, "size-32"));
	EXPECT(kmem_cache_info(2 * KMALLOC_CACHES, &c) && !strcmp(c.name, "size-131072(DMA)"));
	EXPECT(!kmem_cache_info(2 * KMALLOC_CACHES + 1, &c));
	EXPECT(!kmem_cache_create("kmem_cache", 16));
	EXPECT(kmem_cache_create("a-name-of-20-letters", 16));
	EXPECT(!kmem_cache_create("a-name-of-20-letters", 16));
	EXPECT(!kmem_cache_create("a-name-of-20-letterX", 16));
	EXPECT(!kmem_cache_create("a-name-of-20-letter", 16));
	EXPECT(kmem_cache_create("a-name-of-20-lette", 16));
}

/* What lies behind the last word of a descriptor is another's. */
static void descriptors_end_with_their_last_object(void)
{
	u32 *a, *b, *word;

	boot();
	a = kmalloc(32, GFP_KERNEL);
	b = kmalloc(32, GFP_KERNEL);
	EXPECT_EQ((char *)b - (char *)a, 32);
	memset(b, 0xff, 32);
	kfree(a);
	EXPECT(kmalloc(2048, GFP_KERNEL)); /* two objects: a descriptor of 32 bytes */
	EXPECT_EQ(cache("size-32").active_objs, 2);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(b[i], ~0u);
	EXPECT_EQ(slab_check(), 0);
	word = phys_to_virt(virt_to_phys(b) & PAGE_MASK);
	word[(24 + 4 * 113) / 4] = ~0u; /* of size-32's own descriptor, on the slab */
	EXPECT_EQ(slab_check(), 0);
}

static void kmalloc_rounds_to_powers_of_two(void)
{
	u32 granted, requested;
	void *obj;

	boot();
	for (u32 size = 0; size <= 131072; size += size < 300 ? 1 : 509) {
		u32 want = 32;

		while (want < size)
			want *= 2;
		obj = kmalloc(size, GFP_KERNEL);
		EXPECT(obj);
		kmem_cache_shrink_all(0);
		kmalloc_usage(&granted, &requested);
		/* Objects of 512 bytes and more have a descriptor in size-32 or size-64. */
		EXPECT_EQ(granted - requested, want - size);
		memset(obj, 0xa5, want);
		kfree(obj);
	}
	EXPECT(!kmalloc(131073, GFP_KERNEL));
	EXPECT(!kmalloc((size_t)0xffffffff, GFP_KERNEL));
	EXPECT_EQ(mm_check(), 0);
}

static void objects_come_back_last_in_first_out(void)
{
	void *a, *b, *c;

	boot();
	a = kmalloc(100, GFP_KERNEL);
	b = kmalloc(100, GFP_KERNEL);
	c = kmalloc(100, GFP_KERNEL);
	EXPECT_EQ((char *)b - (char *)a, 128);
	EXPECT_EQ((char *)c - (char *)b, 128);
	kfree(a);
	kfree(c);
	EXPECT(kmalloc(100, GFP_KERNEL) == c);
	EXPECT(kmalloc(100, GFP_KERNEL) == a);
}

/* With slabs A (partial) and B (free): A first; and a full slab that loses an
 * object goes before the other partial ones. */
static void partial_slabs_are_used_before_free_ones(void)
{
	void *obj[45];
	struct kmem_cache_info c;

	boot();
	for (int i = 0; i < 45; i++) /* three slabs of 15 */
		obj[i] = kmalloc(256, GFP_KERNEL);
	EXPECT_EQ(cache("size-256").nr_full, 3);
	for (int i = 15; i < 30; i++)
		kfree(obj[i]);
	kfree(obj[40]);
	c = cache("size-256");
	EXPECT_EQ(c.nr_full, 1);
	EXPECT_EQ(c.nr_partial, 1);
	EXPECT_EQ(c.nr_free, 1);
	EXPECT(kmalloc(256, GFP_KERNEL) == obj[40]);
	EXPECT_EQ(pfn_of(kmalloc(256, GFP_KERNEL)), pfn_of(obj[15]));
	kfree(obj[0]);
	EXPECT(kmalloc(256, GFP_KERNEL) == obj[0]);
	EXPECT_EQ(slab_check(), 0);
}

/* size-256 leaves 160 of 4096 bytes: five colours of 32 bytes. */
static void slabs_are_coloured_in_turn(void)
{
	u32 first = 0;

	boot();
	for (int slab = 0; slab < 7; slab++)
		for (int i = 0; i < 15; i++) {
			u32 offset = virt_to_phys(kmalloc(256, GFP_KERNEL)) % PAGE_SIZE;

			if (slab == 0 && i == 0)
				first = offset;
			if (i == 0)
				EXPECT_EQ(offset, first + slab % 5 * 32);
		}
}

static void dma_objects_lie_below_16_mib(void)
{
	boot();
	for (u32 size = 1; size <= 131072; size *= 2)
		EXPECT(pfn_of(kmalloc(size, GFP_KERNEL | GFP_DMA)) < MAX_DMA_PFN);
	EXPECT(pfn_of(kmalloc(32, GFP_KERNEL)) >= MAX_DMA_PFN);
}

static void caches_are_made_and_destroyed(void)
{
	kmem_cache_t *a, *b;
	void *obj, *more[32];
	u32 before, at_first, reports, n;

	boot();
	at_first = bed_free_pages();
	a = kmem_cache_create("warm-up", 8); /* keeps the cache of caches' slab */
	before = bed_free_pages();
	b = kmem_cache_create("things", 600);
	EXPECT_EQ(cache("things").objsize, 608);
	EXPECT_EQ(cache("warm-up").objsize, 8);
	obj = kmem_cache_alloc(b, GFP_KERNEL);
	memset(obj, 0, 608);
	reports = mm_reports;
	EXPECT_EQ(kmem_cache_destroy(b), 1);
	EXPECT_EQ(mm_reports, reports + 1);
	kmem_cache_free(b, obj);
	for (n = 0; !cache("things").nr_full; n++)
		more[n] = kmem_cache_alloc(b, GFP_KERNEL);
	EXPECT_EQ(cache("things").nr_partial, 0);
	EXPECT_EQ(kmem_cache_destroy(b), 1); /* no slab but full ones: in use, too */
	EXPECT_EQ(mm_reports, reports + 2);
	while (n)
		kmem_cache_free(b, more[--n]);
	EXPECT_EQ(kmem_cache_destroy(b), 0);
	EXPECT_EQ(mm_reports, reports + 2);
	EXPECT_EQ(bed_free_pages(), before);
	EXPECT(!kmem_cache_create("warm-up", 16));
	EXPECT(!kmem_cache_create("", 16));
	EXPECT(!kmem_cache_create(NULL, 16));
	EXPECT(!kmem_cache_create("nothing", 0));
	EXPECT(!kmem_cache_create("huge", 131073));
	EXPECT_EQ(kmem_cache_destroy(a), 0);
	kmem_cache_shrink_all(GFP_KERNEL);
	EXPECT_EQ(bed_free_pages(), at_first);
}

/* 4-byte objects: the descriptor takes half of the page. */
static void tiny_objects_find_their_slab(void)
{
	kmem_cache_t *words;
	void *obj;

	boot();
	words = kmem_cache_create("words", 4);
	obj = kmem_cache_alloc(words, GFP_KERNEL);
	EXPECT(virt_to_phys(obj) % PAGE_SIZE >= PAGE_SIZE / 2);
	EXPECT_EQ(mm_check(), 0);
	kmem_cache_free(words, obj);
	EXPECT_EQ(kmem_cache_destroy(words), 0);
	EXPECT_EQ(mm_check(), 0);
}

static void caches_run_out(void)
{
	struct kmem_cache_info info;
	char name[20];
	unsigned n = 0;

	boot();
	do
		snprintf(name, sizeof name, "cache-%u", n++);
	while (kmem_cache_create(name, 64));
	EXPECT_EQ(n - 1, KMEM_CACHES_MAX - 2 * KMALLOC_CACHES - 1);
	EXPECT(!kmem_cache_info(KMEM_CACHES_MAX, &info));
	EXPECT_EQ(mm_check(), 0);
}

/* ---- the model -------------------------------------------------------------- */

#define LIVE 3000
static struct {
	unsigned char *obj;
	u32 size;
} live[LIVE];

static void check_pattern(unsigned i)
{
	for (u32 at = 0; at < live[i].size; at += 97)
		if (live[i].obj[at] != (unsigned char)(i + at))
			FAIL_TEST("object %u of %u bytes was overwritten at %u", i, live[i].size,
				  at);
}

static void write_pattern(unsigned i)
{
	for (u32 at = 0; at < live[i].size; at += 97)
		live[i].obj[at] = (unsigned char)(i + at);
}

static void random_step(void)
{
	unsigned i = bed_random(LIVE);

	if (live[i].obj) {
		check_pattern(i);
		kfree(live[i].obj);
		live[i].obj = NULL;
		return;
	}
	live[i].size = bed_random(1u << (3 + bed_random(13)));
	live[i].obj = kmalloc(live[i].size, bed_random(8) ? GFP_KERNEL : GFP_DMA | GFP_KERNEL);
	if (live[i].obj)
		write_pattern(i);
}

static void random_objects_do_not_overlap(void)
{
	u32 before, requested = 0, counted, granted;

	boot();
	memset(live, 0, sizeof live);
	before = bed_free_pages();
	for (unsigned step = 0; step < 200000; step++) {
		random_step();
		if (step % 5000 == 0)
			EXPECT_EQ(mm_check(), 0);
		if (step % 40000 == 39999)
			kmem_cache_shrink_all(0);
	}
	for (unsigned i = 0; i < LIVE; i++)
		requested += live[i].obj ? live[i].size : 0;
	kmalloc_usage(&granted, &counted);
	EXPECT(counted >= requested && granted >= counted);
	for (unsigned i = 0; i < LIVE; i++)
		kfree(live[i].obj);
	kmem_cache_shrink_all(0);
	EXPECT_EQ(bed_free_pages(), before);
	kmalloc_usage(&granted, &counted);
	EXPECT_EQ(granted, 0);
	EXPECT_EQ(counted, 0);
}

/* ---- no memory --------------------------------------------------------------- */

/* 9 objects of 512 bytes: two slabs and one descriptor slab, three page requests. */
static unsigned take_nine(void *obj[9])
{
	unsigned n = 0;

	while (n < 9 && (obj[n] = kmalloc(512, GFP_KERNEL)))
		n++;
	return n;
}

static void fail_from(unsigned nth, bool from, unsigned *got)
{
	void *obj[9];
	u32 before = bed_free_pages();

	fail_nth(FAIL_PAGE, nth, from);
	*got = take_nine(obj);
	fail_nth(FAIL_PAGE, 0, false);
	EXPECT_EQ(mm_check(), 0);
	for (unsigned i = 0; i < *got; i++)
		kfree(obj[i]);
	kmem_cache_shrink_all(0);
	EXPECT_EQ(bed_free_pages(), before);
}

static void every_page_request_may_fail(void)
{
	static const unsigned want[] = { 0, 0, 8, 9 };
	unsigned got;

	boot();
	for (unsigned nth = 1; nth <= 4; nth++) {
		fail_from(nth, false, &got);
		EXPECT_EQ(got, want[nth - 1]);
		fail_from(nth, true, &got);
		EXPECT_EQ(got, want[nth - 1]);
	}
}

static void unused_slabs_are_what_reclaim_finds(void)
{
	void *obj[400];
	u32 taken = 0, with_slabs;
	struct page *page;

	boot();
	for (unsigned i = 0; i < COUNT(obj); i++)
		obj[i] = kmalloc(4096, GFP_KERNEL);
	for (unsigned i = 0; i < COUNT(obj); i++)
		kfree(obj[i]);
	EXPECT_EQ(cache("size-4096").nr_free, 400);
	with_slabs = nr_free_pages();
	while ((page = alloc_pages(GFP_KERNEL, 0)))
		taken++;
	EXPECT(taken > with_slabs);
	EXPECT_EQ(cache("size-4096").nr_free, 0);
	EXPECT_EQ(mm_check(), 0);
}

/* Who may not wait does not reclaim. */
static void atomic_requests_leave_slabs_alone(void)
{
	boot();
	kfree(kmalloc(4096, GFP_KERNEL));
	while (alloc_pages(GFP_ATOMIC, 0))
		;
	EXPECT_EQ(cache("size-4096").nr_free, 1);
	(void)alloc_pages(GFP_KERNEL, 0);
	EXPECT_EQ(cache("size-4096").nr_free, 0);
}

static void a_pool_keeps_slabs_out_of_the_zones(void)
{
	u32 before, pfn;
	void *obj;

	boot();
	before = nr_free_pages();
	sim_fill_slab_pool();
	for (unsigned i = 0; i < 1000; i++) {
		obj = kmalloc(16 + i, GFP_KERNEL);
		EXPECT(obj && pfn_of(obj) >= num_physpages);
		if (i % 3 == 0)
			kfree(obj);
	}
	obj = kmalloc(100000, GFP_KERNEL);
	pfn = pfn_of(obj);
	EXPECT_EQ(pfn % 32, 0); /* blocks are aligned in the pool */
	kfree(obj);
	EXPECT(kmem_cache_shrink_all(0) >= 32);
	EXPECT_EQ(pfn_of(kmalloc(100000, GFP_KERNEL)), pfn);
	EXPECT_EQ(nr_free_pages(), before);
	EXPECT_EQ(mm_check(), 0);
	EXPECT(!kmem_pool_add(1, 1));
	boot(); /* all of it, up to its last block */
	sim_fill_slab_pool();
	for (unsigned i = 0; i < 31; i++) /* one block has the descriptors */
		EXPECT(pfn_of(kmalloc(131072, GFP_KERNEL)) >= num_physpages);
	EXPECT(pfn_of(kmalloc(131072, GFP_KERNEL)) < num_physpages);
	boot();
	EXPECT(!kmem_pool_add(1, KMEM_POOL_MAX + 1));
	EXPECT(kmem_pool_add(1u << 20, KMEM_POOL_MAX));
}

/* ---- misuse ------------------------------------------------------------------ */

/* The free is refused with these words, and nothing has changed. */
#define EXPECT_REFUSED(free_it, words) \
	do { \
		u32 reports_ = mm_reports; \
		struct kmem_cache_info c_ = cache("size-32"); \
		bed_console_clear(); \
		free_it; \
		EXPECT_EQ(mm_reports, reports_ + 1); \
		EXPECT_TEXT(bed_console(), words); \
		EXPECT_EQ(cache("size-32").active_objs, c_.active_objs); \
		EXPECT_EQ(mm_check(), 0); \
	} while (0)

static void misuse_is_reported_and_refused(void)
{
	kmem_cache_t *mine;
	static char here[64];
	char *a, *b, told[120];
	u32 reports = mm_reports;

	boot();
	a = kmalloc(20, GFP_KERNEL);
	b = kmalloc(20, GFP_KERNEL);
	kfree(NULL);
	EXPECT_EQ(mm_reports, reports);
	kfree(a);
	EXPECT_REFUSED(kfree(a), "double free");
	EXPECT_REFUSED(kfree(b + 4), "inside an object");
	snprintf(told, sizeof told,
		 "slab: free of an address inside an object: object %08x, cache"
		 " size-32\n",
		 __va(virt_to_phys(b + 4)));
	EXPECT_REFUSED(kfree(b + 4), told);
	EXPECT_REFUSED(kfree((void *)((uintptr_t)b & ~(uintptr_t)31 & ~(uintptr_t)4095)),
		       "outside its slab's objects");
	EXPECT_REFUSED(kfree(phys_to_virt(0x1f0000)), "in no slab");
	EXPECT_REFUSED(kfree(here), "outside low memory");
	EXPECT_REFUSED(kfree(phys_to_virt(max_low_pfn << PAGE_SHIFT)), "outside low memory");
	mine = kmem_cache_create("mine", 32);
	EXPECT_REFUSED(kmem_cache_free(mine, b), "another cache");
	EXPECT_REFUSED(kmalloc(32, GFP_KERNEL | __GFP_HIGHMEM), "HIGHMEM");
	EXPECT_REFUSED(kmem_cache_alloc(mine, GFP_HIGHUSER), "HIGHMEM");
	EXPECT(kmalloc(20, GFP_KERNEL) == a);
}

/* No frame of a slab whose pages went back is taken for a slab's afterwards. */
static void all_frames_of_a_destroyed_slab_forget_it(void)
{
	static char told[80];
	char *pages;
	u32 size = 131072;

	boot();
	pages = kmalloc(size, GFP_KERNEL);
	kfree(pages);
	EXPECT_EQ(cache("size-131072").nr_free, 1);
	kmem_cache_shrink_all(0);
	EXPECT_EQ(cache("size-131072").nr_free, 0);
	for (u32 at = 0; at < size; at += PAGE_SIZE) {
		snprintf(told, sizeof told, "in no slab: object %08x",
			 __va(virt_to_phys(pages + at)));
		EXPECT_REFUSED(kfree(pages + at), told);
	}
}

static void a_report_names_the_object_in_the_trace(void)
{
	const struct ps_ev_mm_report *report;
	char *a;

	boot();
	a = kmalloc(20, GFP_KERNEL);
	kfree(a);
	bed_trace_start();
	kfree(a);
	bed_trace_stop();
	report = BED_FIND(mm_report);
	EXPECT(report);
	EXPECT_EQ(report->code, PS_REPORT_SLAB);
	EXPECT_EQ(report->value, __va(virt_to_phys(a)));
}

static void a_double_kfree_hands_out_twice_under_quirks(void)
{
	void *a, *b;
	u32 reports = mm_reports;

	bed_boot(32 * MIB, true, false);
	a = kmalloc(20, GFP_KERNEL);
	b = kmalloc(20, GFP_KERNEL);
	EXPECT(a != b);
	kfree(a);
	kfree(a);
	EXPECT_EQ(mm_reports, reports);
	EXPECT(kmalloc(20, GFP_KERNEL) == a);
	EXPECT(kmalloc(20, GFP_KERNEL) == a);
	kfree((char *)b + 4); /* what is no object is refused all the same */
	EXPECT_EQ(mm_reports, reports + 1);
	kfree(&reports);
	EXPECT_EQ(mm_reports, reports + 2);
}

/* ---- the checker ------------------------------------------------------------- */

/* slab.c's own, seen from outside: what lies in a slab is 32 bits wide. */
struct seen_slab {
	u32 next, prev;
	u16 colouroff;
	u8 cache, on;
	u32 s_mem, inuse, free, bufctl[];
};

static struct seen_slab *slab_of(void *obj)
{
	return phys_to_virt(pfn_page(pfn_of(obj))->slab);
}

/* Two partial slabs of size-256, and their objects. */
static void *spoil_obj[31];
static struct seen_slab *spoil_boot(void)
{
	boot();
	for (int i = 0; i < 31; i++)
		spoil_obj[i] = kmalloc(256, GFP_KERNEL);
	kfree(spoil_obj[3]);
	kfree(spoil_obj[20]);
	kfree(spoil_obj[21]);
	EXPECT_EQ(mm_check(), 0);
	return slab_of(spoil_obj[20]);
}

#define EXPECT_FOUND(words) \
	do { \
		unsigned found_ = slab_check(); \
		EXPECT(found_ > 0 && found_ < 1000); \
		EXPECT(mm_check() >= found_ && mm_check() < 1000); \
		EXPECT_TEXT(bed_console(), words); \
	} while (0)

static void every_corruption_is_found(void)
{
	struct seen_slab *s;
	u32 i;

	s = spoil_boot();
	s->inuse++;
	EXPECT_FOUND("do not add up");
	s = spoil_boot();
	s->free = 99;
	EXPECT_FOUND("chain of free objects");
	s = spoil_boot();
	s->free = 15;
	EXPECT_FOUND("chain of free objects");
	s = spoil_boot();
	s->bufctl[s->free] = s->free;
	EXPECT_FOUND("chain of free objects");
	s = spoil_boot();
	s->bufctl[0] = 0;
	EXPECT_FOUND("marks and count");
	s = spoil_boot();
	s->on = 0;
	EXPECT_FOUND("on the wrong list");
	s = spoil_boot();
	s->cache++;
	EXPECT_FOUND("on the wrong list");
	s = spoil_boot();
	s->prev ^= 4;
	EXPECT_FOUND("list links differ");
	s = spoil_boot();
	(s->next ? s : slab_of(spoil_obj[3]))->next = 0;
	EXPECT_FOUND("wrong end");
	s = spoil_boot();
	pfn_page(pfn_of(spoil_obj[20]))->flags &= ~PG_SLAB;
	EXPECT_FOUND("does not know its slab");
	s = spoil_boot(); /* an object taken behind its back */
	i = s->free;
	s->free = s->bufctl[i];
	s->bufctl[i] = 1u << 31;
	s->inuse++;
	EXPECT_FOUND("objects counted");
}

/* ---- the trace ---------------------------------------------------------------- */

/* A first kmalloc(512): its slab's pages, then the descriptor's, then both. */
static void growing_is_traced_in_order(void)
{
	static const u8 want[] = { PS_ID_mm_page_alloc,    PS_ID_mm_page_alloc, PS_ID_slab_grow,
				   PS_ID_kmem_cache_alloc, PS_ID_slab_grow,     PS_ID_kmalloc };
	struct bed_event event;
	const struct ps_ev_kmalloc *k = NULL;
	size_t n = 0;
	void *obj;

	boot();
	bed_trace_start();
	obj = kmalloc(500, GFP_KERNEL);
	bed_trace_stop();
	while (bed_next(&event)) {
		if (event.id == PS_ID_buddy_split)
			continue;
		EXPECT(n < COUNT(want));
		EXPECT_EQ(event.id, want[n]);
		n++;
		k = (const void *)event.payload;
	}
	EXPECT_EQ(n, COUNT(want));
	EXPECT_EQ(k->ptr, __va(virt_to_phys(obj)));
	EXPECT_EQ(k->bytes_req, 500);
	EXPECT_EQ(k->bytes_alloc, 512);
}

/* Nothing granted is told as no address and 0 bytes. */
static void failures_are_traced_as_nothing(void)
{
	const struct ps_ev_kmem_cache_alloc *c;
	const struct ps_ev_kmalloc *k;
	kmem_cache_t *mine;

	boot();
	mine = kmem_cache_create("mine", 40);
	bed_trace_start();
	EXPECT(!kmalloc(131073, GFP_KERNEL));
	fail_nth(FAIL_PAGE, 1, true);
	EXPECT(!kmalloc(100, GFP_KERNEL));
	EXPECT(!kmem_cache_alloc(mine, GFP_KERNEL));
	fail_nth(FAIL_PAGE, 0, false);
	bed_trace_stop();
	for (int i = 0; i < 2; i++) {
		k = BED_FIND(kmalloc);
		EXPECT(k && !k->ptr && !k->bytes_alloc);
		EXPECT_EQ(k->bytes_req, i ? 100 : 131073);
	}
	c = BED_FIND(kmem_cache_alloc);
	EXPECT(c && !c->ptr && !c->bytes_alloc);
	EXPECT_EQ(c->bytes_req, 64);
}

/* Counting slab_grow, slab_destroy, allocations and frees gives slab_state. */
static void the_trace_explains_the_snapshot(void)
{
	s32 slabs[KMEM_CACHES_MAX] = { 0 }, kmallocs = 0, states = 0, objects = 0, grown = 0;
	bool grew[KMEM_CACHES_MAX] = { 0 };
	struct bed_event e;

	boot();
	memset(live, 0, sizeof live);
	bed_trace_start();
	for (unsigned step = 0; step < 5000; step++)
		random_step();
	kmem_cache_shrink_all(0);
	slab_snapshot();
	bed_trace_stop();
	while (bed_next(&e)) {
		if (e.id == PS_ID_slab_grow) {
			slabs[((const struct ps_ev_slab_grow *)e.payload)->cache]++;
			grew[((const struct ps_ev_slab_grow *)e.payload)->cache] = true;
		}
		if (e.id == PS_ID_slab_destroy)
			slabs[((const struct ps_ev_slab_destroy *)e.payload)->cache]--;
		if (e.id == PS_ID_kmalloc)
			kmallocs += ((const struct ps_ev_kmalloc *)e.payload)->ptr != 0;
		if (e.id == PS_ID_kmem_cache_alloc)
			kmallocs += ((const struct ps_ev_kmem_cache_alloc *)e.payload)->ptr != 0;
		if (e.id == PS_ID_kfree || e.id == PS_ID_kmem_cache_free)
			kmallocs--;
		if (e.id == PS_ID_slab_state) {
			const struct ps_ev_slab_state *s = (const void *)e.payload;

			EXPECT_EQ(s->nr_slabs, slabs[s->cache]);
			objects += s->active_objs;
			states++;
		}
	}
	for (unsigned i = 0; i < KMEM_CACHES_MAX; i++)
		grown -= grew[i];
	EXPECT_EQ(states + grown, 0); /* one for each cache that grew */
	EXPECT_EQ(objects, kmallocs);
}

static const struct test tests[] = {
	TEST(general_caches_are_cut_as_2_4_22_did),
	TEST(descriptors_outside_come_from_the_smallest_cache),
	TEST(other_caches_are_cut_by_the_same_rules),
	TEST(small_machines_have_small_slabs),
	TEST(caches_have_numbers_and_names),
	TEST(descriptors_end_with_their_last_object),
	TEST(kmalloc_rounds_to_powers_of_two),
	TEST(objects_come_back_last_in_first_out),
	TEST(partial_slabs_are_used_before_free_ones),
	TEST(slabs_are_coloured_in_turn),
	TEST(dma_objects_lie_below_16_mib),
	TEST(caches_are_made_and_destroyed),
	TEST(tiny_objects_find_their_slab),
	TEST(caches_run_out),
	TEST(random_objects_do_not_overlap),
	TEST(every_page_request_may_fail),
	TEST(unused_slabs_are_what_reclaim_finds),
	TEST(atomic_requests_leave_slabs_alone),
	TEST(a_pool_keeps_slabs_out_of_the_zones),
	TEST(misuse_is_reported_and_refused),
	TEST(all_frames_of_a_destroyed_slab_forget_it),
	TEST(a_report_names_the_object_in_the_trace),
	TEST(a_double_kfree_hands_out_twice_under_quirks),
	TEST(every_corruption_is_found),
	TEST(growing_is_traced_in_order),
	TEST(failures_are_traced_as_nothing),
	TEST(the_trace_explains_the_snapshot),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		bed_seed = (u32)strtoul(argv[1], NULL, 0) | 1;
	printf("seed %u\n", bed_seed);
	return run_tests(tests, COUNT(tests));
}

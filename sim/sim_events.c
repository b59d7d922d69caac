/* SPDX-License-Identifier: MIT */
/*
 * sim_events.c - `mmsim --events N`: a day in the life of a machine.
 *
 * A seeded workload that has a shape, so that what it leaves in the viewer can
 * be read: memory fills, is churned, fragments and empties again.  Each phase
 * has a mix of requests and says how full memory is to be at its end; between
 * the ends the goal moves in a line, with small waves on it.  Pages live in two
 * ways: young ones die in the order of their birth, soon; old ones die in small
 * groups of the same age, as the pages of a file or a process do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printk.h"
#include "mm/mm_priv.h"
#include "sim_scenario.h"
#include "clients/module.h"
#include "clients/swap.h"

struct phase {
	const char *heading, *text;
	unsigned share;                    /* of the events, per mille */
	unsigned full;                     /* used memory at the end, per mille */
	unsigned vm, slab, process, large; /* per cent of the steps; the rest: pages */
	void (*begin)(void);
};

static void load_modules(void);
static void add_swap(void);
static void unload_modules(void);

static const struct phase phases[] = {
	{ "Boot is over", "Memory is empty. The first kernel users take a little.", 20, 60, 3, 40,
	  0, 2, NULL },
	{ "Build-up", "Processes start and the page cache grows: mostly single pages that stay.",
	  150, 780, 2, 12, 4, 1, NULL },
	{ "Modules are loaded", "Each takes an area between VMALLOC_START and VMALLOC_END.", 40,
	  800, 20, 10, 1, 1, load_modules },
	{ "Steady state", "As much is given back as is taken. Young pages come and go.", 220, 760,
	  3, 14, 3, 3, NULL },
	{ "Fragmentation",
	  "Memory is nearly full, and old pages die here and there: holes of one "
	  "page. Large blocks become rare.",
	  200, 930, 2, 10, 2, 10, NULL },
	{ "Swap is added", "Each swap area has a map in vmalloc memory, one short a slot.", 30, 900,
	  12, 10, 2, 4, add_swap },
	{ "A storm of processes", "Short-lived address spaces, each with its own page tables.", 150,
	  700, 2, 8, 30, 2, NULL },
	{ "Afternoon", "Steady again, with requests for larger blocks in between.", 150, 640, 4, 14,
	  3, 14, NULL },
	{ "Teardown",
	  "Everything is given back; buddies join; the page tables of the vmalloc "
	  "region stay.",
	  40, 0, 3, 10, 3, 0, unload_modules },
};
#define NR_PHASES (sizeof(phases) / sizeof(phases[0]))

/* ---- random numbers and figures ---- */

static u32 state;

static u32 rnd(u32 below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return below ? (u32)(((u64)state * below) >> 32) : 0;
}

/* Small values often, large ones seldom: 1 .. 2^bits. */
static u32 rnd_size(unsigned bits)
{
	return 1 + rnd(1u << rnd(bits + 1));
}

static u64 untraced; /* stands for events when the trace is off */

/* Events so far: one reading of the clock each, and two for each packet. */
static u64 events_now(void)
{
	return trace_is_on() ? ps_host_ticks - 2 * (u64)ps_tracer.packets : untraced;
}

/* ---- what is held ---- */

struct block {
	u32 pfn;
	u8 order;
};
struct blocks {
	struct block *at;
	u32 nr, room;
};

#define YOUNG 256
static struct blocks old;
static struct block young[YOUNG];
static u32 young_at; /* the oldest of the young */
static vaddr_t areas[400];
static u32 nr_areas;
static void *objects[3000];
static u32 nr_objects;
static struct mm_struct tasks[40];
static u32 nr_tasks;
static u64 held_pages; /* in old and young blocks */
static unsigned nr_modules, nr_swaps;

static bool take_block(struct block *b, unsigned gfp, unsigned order)
{
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return false;
	*b = (struct block){ page_to_pfn(page), (u8)order };
	held_pages += 1u << order;
	return true;
}

static void give_block(const struct block *b)
{
	held_pages -= 1u << b->order;
	__free_pages(pfn_to_page(b->pfn), b->order);
}

static void keep_old(const struct block *b)
{
	if (old.nr == old.room) {
		old.room = old.room ? 2 * old.room : 4096;
		old.at = realloc(old.at, old.room * sizeof(*old.at));
		if (!old.at) {
			fprintf(stderr, "mmsim: out of memory\n");
			exit(1);
		}
	}
	old.at[old.nr++] = *b;
}

/* ---- steps ---- */

static void pages_step(bool grow)
{
	struct block b;
	u32 n = 1 + rnd(6), first;

	if (rnd(100) < 45) { /* a young page takes the place of the oldest */
		while (n--) {
			if (young[young_at].pfn)
				give_block(&young[young_at]);
			young[young_at].pfn = 0;
			if (take_block(&b, rnd(4) ? GFP_USER : GFP_ATOMIC, 0))
				young[young_at] = b;
			young_at = (young_at + 1) % YOUNG;
		}
	} else if (grow) {
		while (n-- && take_block(&b, GFP_HIGHUSER, 0))
			keep_old(&b);
	} else if (old.nr) { /* a few of one age */
		first = rnd(old.nr);
		while (n-- && old.nr) {
			first = first < old.nr ? first : old.nr - 1;
			give_block(&old.at[first]);
			old.at[first] = old.at[--old.nr];
		}
	}
}

/* Blocks of several pages: taken for a moment, sometimes kept. */
static void large_step(bool grow)
{
	struct block b;

	if (!take_block(&b, rnd(5) ? GFP_ATOMIC : GFP_ATOMIC | __GFP_DMA, 1 + rnd(rnd(2) ? 3 : 5)))
		return;
	if (grow && !rnd(3))
		keep_old(&b);
	else
		give_block(&b);
}

static void vm_step(bool grow)
{
	static const u32 kib[] = { 8, 8, 12, 16, 20, 48, 64, 64, 128, 200, 512 };
	u32 i;

	if (nr_areas < (grow ? 400u : 60u) && rnd(100) < (grow ? 60u : 45u)) {
		areas[nr_areas] = vmalloc(kib[rnd(sizeof(kib) / sizeof(kib[0]))] << 10);
		nr_areas += areas[nr_areas] != 0;
	} else if (nr_areas) {
		i = rnd(nr_areas);
		vfree(areas[i]);
		areas[i] = areas[--nr_areas];
	}
}

static void slab_step(bool grow)
{
	u32 i;

	if (nr_objects < 3000 && rnd(100) < (grow ? 60u : 42u)) {
		objects[nr_objects] = kmalloc(rnd_size(12), GFP_KERNEL);
		nr_objects += objects[nr_objects] != NULL;
	} else if (nr_objects) {
		i = rnd(nr_objects);
		kfree(objects[i]);
		objects[i] = objects[--nr_objects];
	}
}

static void process_step(bool grow)
{
	u32 i, n;

	if (nr_tasks < 40 && rnd(100) < (grow ? 60u : 45u)) {
		if (!mm_create(&tasks[nr_tasks]))
			return;
		i = nr_tasks++;
		for (n = 4 + rnd(40); n; n--)
			mm_map_user(&tasks[i], 0x08048000 + (n << PAGE_SHIFT));
		mm_switch(&tasks[i]);
	} else if (nr_tasks) {
		i = rnd(nr_tasks);
		mm_drop(&tasks[i]);
		tasks[i] = tasks[--nr_tasks];
	}
}

static void step(const struct phase *p, bool grow)
{
	u32 dice = rnd(100);

	untraced += 6;
	if (dice < p->vm)
		vm_step(grow);
	else if ((dice -= p->vm) < p->slab)
		slab_step(grow);
	else if ((dice -= p->slab) < p->process)
		process_step(grow);
	else if (dice - p->process < p->large)
		large_step(grow);
	else
		pages_step(grow);
}

/* ---- modules and swap ---- */

static const char *module_name(unsigned n)
{
	static const char *const names[] = { "ext3",      "jbd",      "8139too", "mii",
					     "sd_mod",    "scsi_mod", "usbcore", "uhci",
					     "soundcore", "sb",       "nfs",     "lockd",
					     "sunrpc",    "vfat" };

	return n < sizeof(names) / sizeof(names[0]) ? names[n] : NULL;
}

static void load_modules(void)
{
	const char *name;
	vaddr_t addr;

	while ((name = module_name(nr_modules)) &&
	       !create_module(name, rnd_size(8) << 10 | 512, &addr))
		nr_modules++;
}

static void unload_modules(void)
{
	while (nr_modules)
		delete_module(module_name(--nr_modules));
	while (nr_swaps)
		swapoff(--nr_swaps);
}

static void add_swap(void)
{
	while (nr_swaps < 3 && swapon((32u << nr_swaps) << 8, 2) >= 0)
		nr_swaps++;
}

/* ---- the run ---- */

static void heading(unsigned level, const char *text, const char *what)
{
	TRACE_STR(mark, ({ .level = (u8)level }), text, what);
	mm_snapshot();
}

static void progress_mark(const struct phase *p)
{
	char text[120], largest = '-';

	for (unsigned z = 0; z < MAX_NR_ZONES; z++)
		for (unsigned order = 0; zones[z].size && order < MAX_ORDER; order++)
			if (!list_empty(&zones[z].free_area[order].free_list) &&
			    (largest == '-' || order > (unsigned)largest - '0'))
				largest = (char)('0' + order);
	snprintf(text, sizeof(text),
		 "%u pages free, the largest free block is of order %c; "
		 "%u areas, %u address spaces",
		 nr_free_pages(), largest, nr_areas, nr_tasks);
	heading(2, p->heading, text);
}

/* What giving back everything will about cost. */
static u64 teardown_cost(void)
{
	return old.nr * 2 + YOUNG * 2 + nr_areas * 60 + nr_objects + nr_tasks * 110 + 100;
}

static void give_all(void)
{
	while (old.nr) {
		u32 i = rnd(old.nr);

		give_block(&old.at[i]);
		old.at[i] = old.at[--old.nr];
	}
	for (u32 i = 0; i < YOUNG; i++) {
		if (young[i].pfn)
			give_block(&young[i]);
		young[i].pfn = 0;
	}
	while (nr_areas)
		vfree(areas[--nr_areas]);
	while (nr_objects)
		kfree(objects[--nr_objects]);
	while (nr_tasks)
		mm_drop(&tasks[--nr_tasks]);
	kmem_cache_shrink_all(GFP_KERNEL);
}

/* Twelve small waves a phase, 0 to 20 per mille. */
static s32 wave(u64 done, u64 all)
{
	s32 t = (s32)(done * 480 / all % 40);

	return t < 20 ? t : 40 - t;
}

/* One phase, from `begin` to `end` events; full0 is where the one before ended. */
static void run_phase(const struct phase *p, unsigned full0, u64 begin, u64 end, u64 last)
{
	unsigned quarter = 0;
	u64 now;

	heading(1, p->heading, p->text);
	if (p->begin)
		p->begin();
	while ((now = events_now()) < end && now + teardown_cost() < last) {
		u64 done = now - begin, all = end - begin;
		s32 goal = (s32)full0 +
			   (s32)(((int64_t)p->full - full0) * (int64_t)done / (int64_t)all);
		u64 used = totalram_pages - nr_free_pages();

		if (done * 4 / all > quarter) {
			quarter = (unsigned)(done * 4 / all);
			progress_mark(p);
		}
		step(p, used * 1000 < (u64)(goal + wave(done, all)) * totalram_pages);
	}
}

int sim_events_run(uint64_t events, uint32_t seed)
{
	u64 start = events_now(), left = events > start ? events - start : 0, begin = start,
	    share = 0;
	unsigned full = 0, violations;
	u32 free_at_start;

	state = seed * 2654435761u | 1;
	free_at_start = nr_free_pages();
	for (unsigned i = 0; i < NR_PHASES; i++) {
		u64 end;

		share += phases[i].share;
		end = start + left * share / 1000;
		if (end > begin)
			run_phase(&phases[i], full, begin, end, events);
		full = phases[i].full;
		begin = end > events_now() ? events_now() : end;
	}
	unload_modules();
	give_all();
	heading(1, "The end", "What is missing now went into page tables that stay.");
	for (const struct phase *p = &phases[0]; events_now() < events;)
		step(p, rnd(2));
	give_all();
	mm_snapshot();
	violations = mm_check();
	TRACE_STR(trace_end,
		  ({ .reason = PS_END_DONE, .verdict = violations != 0, .failed = violations }),
		  "the churn workload is complete");
	printk("%u pages free at the start, %u at the end, %u violation%s\n", free_at_start,
	       nr_free_pages(), violations, plural(violations));
	return violations != 0;
}

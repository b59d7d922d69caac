/* SPDX-License-Identifier: MIT */
/*
 * functions.c - what a claim can ask of the memory manager.
 *
 * Everything is read from the memory manager's own state at the moment of
 * asking and changes nothing, so a scenario with its claims taken out leaves
 * the same trace but for the claims.
 */
#include "mm/inspect.h"
#include "mm/metrics.h"
#include "mm/slab.h"
#include "scenario/scn_priv.h"

/* ---- zones ---- */

#define ZONE_ALL MAX_NR_ZONES

static unsigned zone_arg(u16 node)
{
	s64 z = scn_eval(node);

	if (!scn.error && (z < 0 || z >= MAX_NR_ZONES))
		scn_error(scn_where(node), "expected a zone: DMA, Normal or HighMem");
	return scn.error ? 0 : (unsigned)z;
}

/* The same; without an argument, or for `all`, ZONE_ALL. */
static unsigned zone_or_all(u16 node)
{
	return node && scn_eval(node) != ZONE_ALL ? zone_arg(node) : ZONE_ALL;
}

static unsigned order_arg(u16 node)
{
	s64 order = scn_eval(node);

	if (!scn.error && (order < 0 || order >= MAX_ORDER))
		scn_error(scn_where(node), "expected an order from 0 to %d", MAX_ORDER - 1);
	return scn.error ? 0 : (unsigned)order;
}

/* Free blocks of each order of one zone, or of all together. */
static void free_counts(unsigned zone, u32 nr_free[MAX_ORDER])
{
	u32 one[MAX_ORDER];

	if (zone != ZONE_ALL) {
		zone_free_counts(zone, nr_free);
		return;
	}
	memset(nr_free, 0, MAX_ORDER * sizeof *nr_free);
	for (unsigned z = 0; z < MAX_NR_ZONES; z++) {
		zone_free_counts(z, one);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			nr_free[order] += one[order];
	}
}

static s64 fn_free(const u16 *args, unsigned n)
{
	unsigned zone = zone_or_all(n ? args[0] : 0);

	return zone == ZONE_ALL ? nr_free_pages() : zone_info(zone).free_pages;
}

static s64 fn_nr_free(const u16 *args, unsigned n)
{
	u32 nr_free[MAX_ORDER];

	(void)n;
	free_counts(zone_or_all(args[0]), nr_free);
	return nr_free[order_arg(args[1])];
}

static s64 fn_largest(const u16 *args, unsigned n)
{
	u32 nr_free[MAX_ORDER];

	free_counts(zone_or_all(n ? args[0] : 0), nr_free);
	for (int order = MAX_ORDER - 1; order >= 0; order--)
		if (nr_free[order])
			return order;
	return -1;
}

/* Both per mille; metrics.h says what they mean. */
static s64 fn_unusable(const u16 *args, unsigned n)
{
	u32 nr_free[MAX_ORDER];

	(void)n;
	free_counts(zone_or_all(args[0]), nr_free);
	return unusable_free_index(nr_free, order_arg(args[1]));
}

static s64 fn_fragindex(const u16 *args, unsigned n)
{
	u32 nr_free[MAX_ORDER];

	(void)n;
	free_counts(zone_or_all(args[0]), nr_free);
	return fragmentation_index(nr_free, order_arg(args[1]));
}

static s64 fn_zone_pages(const u16 *a, unsigned n)
{
	(void)n;
	return zone_info(zone_arg(a[0])).pages;
}
static s64 fn_zone_start(const u16 *a, unsigned n)
{
	(void)n;
	return zone_info(zone_arg(a[0])).start_pfn;
}
static s64 fn_pages_min(const u16 *a, unsigned n)
{
	(void)n;
	return zone_info(zone_arg(a[0])).pages_min;
}
static s64 fn_pages_low(const u16 *a, unsigned n)
{
	(void)n;
	return zone_info(zone_arg(a[0])).pages_low;
}
static s64 fn_pages_high(const u16 *a, unsigned n)
{
	(void)n;
	return zone_info(zone_arg(a[0])).pages_high;
}

/* ---- frames ---- */

/* A frame number, or a name: its first frame. */
static u32 pfn_arg(u16 node)
{
	const struct scn_node *arg = &scn.nodes[node];
	const struct scn_name *name = arg->kind == N_NAME ? &scn.names[arg->a] : NULL;
	s64 pfn, index = name && arg->b ? scn_eval(arg->b) : 0;

	if (name && name->kind > KIND_NUMBER && name->kind != KIND_MM) {
		if (index >= 0 && index < name->len)
			return scn_item_pfn(name, (u32)index, 0);
		scn_error(arg->off, "%s has no item %d", name->name, (int)index);
		return 0;
	}
	pfn = scn_eval(node);
	if (!scn.error && (pfn < 0 || pfn >= max_mapnr))
		scn_error(arg->off, "expected a frame number below %u", max_mapnr);
	return scn.error ? 0 : (u32)pfn;
}

static s64 fn_pfn(const u16 *args, unsigned n)
{
	(void)n;
	return pfn_arg(args[0]);
}

static s64 fn_use_count(const u16 *args, unsigned n)
{
	u32 pfn = pfn_arg(args[0]);

	(void)n;
	return pfn < max_mapnr ? page_count(pfn_to_page(pfn)) : 0;
}

static s64 fn_reserved(const u16 *args, unsigned n)
{
	u32 pfn = pfn_arg(args[0]);

	(void)n;
	return pfn < max_mapnr && pfn_reserved(pfn);
}

static s64 fn_zone_of(const u16 *args, unsigned n)
{
	u32 pfn = pfn_arg(args[0]);

	(void)n;
	return pfn < max_mapnr ? (s64)pfn_zone(pfn) : -1;
}

static s64 fn_order_of(const u16 *args, unsigned n)
{
	s64 bytes = scn_eval(args[0]);

	(void)n;
	return bytes < 0 || bytes >> 32 ? 20 : (s64)get_order((u32)bytes);
}

/* ---- sets: how their frames lie ---- */

struct layout {
	s64 frames, runs, up, down; /* neighbours that ascend and descend */
	u32 lowest, highest;
};

/* Looks at the frames of a name, or of one item of it, in address order. */
static struct layout look_at(u16 node)
{
	const struct scn_node *arg = &scn.nodes[node];
	const struct scn_name *name = &scn.names[arg->a];
	struct layout l = { .lowest = ~0u };
	u32 first = 0, last = name->len, before = 0, pages;

	if (name->kind <= KIND_NUMBER || name->kind == KIND_MM) {
		scn_error(arg->off, "expected a name that holds pages or areas");
		return l;
	}
	if (arg->b) {
		s64 index = scn_eval(arg->b);

		if (index < 0 || index >= name->len) {
			scn_error(arg->off, "%s has no item %d", name->name, (int)index);
			return l;
		}
		first = (u32)index;
		last = first + 1;
	}
	for (u32 i = first; i < last; i++) {
		if (scn_item_gone(name, i))
			continue;
		pages = scn_item_pages(name, i);
		for (u32 p = 0; p < pages; p++) {
			u32 pfn = scn_item_pfn(name, i, p);

			if (l.frames && pfn == before + 1)
				l.up++;
			else if (l.frames && pfn == before - 1)
				l.down++;
			else
				l.runs++;
			l.frames++;
			before = pfn;
			l.lowest = pfn < l.lowest ? pfn : l.lowest;
			l.highest = pfn > l.highest ? pfn : l.highest;
		}
	}
	return l;
}

static s64 fn_pages(const u16 *args, unsigned n)
{
	(void)n;
	return look_at(args[0]).frames;
}

static s64 fn_contiguous(const u16 *args, unsigned n)
{
	struct layout l = look_at(args[0]);

	(void)n;
	return l.frames > 0 && l.up == l.frames - 1;
}

static s64 fn_runs(const u16 *args, unsigned n)
{
	(void)n;
	return look_at(args[0]).runs;
}

/* Neighbours in address order that are neighbours in memory, per mille. */
static s64 fn_contiguity(const u16 *args, unsigned n)
{
	struct layout l = look_at(args[0]);

	(void)n;
	if (l.frames < 2)
		return 1000;
	return (l.up + l.down) * 1000 / (l.frames - 1);
}

static s64 fn_span(const u16 *args, unsigned n)
{
	struct layout l = look_at(args[0]);

	(void)n;
	return l.frames ? (s64)l.highest - l.lowest + 1 : 0;
}

/* ---- addresses ---- */

/* The walk of an address in the current address space, or in a named one. */
static bool walk_arg(const u16 *args, unsigned n, u32 *pde, u32 *pte, phys_t *phys)
{
	s64 addr = scn_eval(args[0]);
	phys_t pgd = scn.mm->pgd;

	*pde = *pte = *phys = 0;
	if (n > 1) {
		const struct scn_node *arg = &scn.nodes[args[1]];

		if (arg->kind != N_NAME || scn.names[arg->a].kind != KIND_MM) {
			scn_error(arg->off, "expected a name that holds an address space");
			return false;
		}
		if (!scn_name_mm(&scn.names[arg->a])) {
			scn_error(arg->off, "%s has been dropped", scn.names[arg->a].name);
			return false;
		}
		pgd = scn_name_mm(&scn.names[arg->a])->pgd;
	}
	if (!scn.error && (addr < 0 || addr >> 32))
		scn_error(scn_where(args[0]), "expected an address below 4 GiB");
	if (scn.error)
		return false;
	return page_walk(pgd, (vaddr_t)addr, pde, pte, phys);
}

static s64 fn_mapped(const u16 *args, unsigned n)
{
	u32 pde, pte;
	phys_t phys;

	return walk_arg(args, n, &pde, &pte, &phys);
}

static s64 fn_pde(const u16 *args, unsigned n)
{
	u32 pde, pte;
	phys_t phys;

	walk_arg(args, n, &pde, &pte, &phys);
	return pde;
}

static s64 fn_pte(const u16 *args, unsigned n)
{
	u32 pde, pte;
	phys_t phys;

	walk_arg(args, n, &pde, &pte, &phys);
	return pte;
}

static s64 fn_phys(const u16 *args, unsigned n)
{
	u32 pde, pte;
	phys_t phys;

	return walk_arg(args, n, &pde, &pte, &phys) ? (s64)phys : -1;
}

/* ---- the region between VMALLOC_START and VMALLOC_END ---- */

static struct vmalloc_usage usage(void)
{
	struct vmalloc_usage u;

	vmalloc_usage(&u);
	return u;
}

/* ---- the rest ---- */

static s64 fn_min(const u16 *args, unsigned n)
{
	s64 a = scn_eval(args[0]), b = scn_eval(args[1]);

	(void)n;
	return a < b ? a : b;
}

static s64 fn_max(const u16 *args, unsigned n)
{
	s64 a = scn_eval(args[0]), b = scn_eval(args[1]);

	(void)n;
	return a > b ? a : b;
}

static s64 fn_failed(const u16 *args, unsigned n)
{
	(void)args, (void)n;
	scn.pending_failed = false;
	scn.reports_expected = true;
	return scn.last_failed;
}

static s64 fn_fault(const u16 *args, unsigned n)
{
	(void)args, (void)n;
	scn.pending_fault = false;
	return scn.last_fault;
}

static s64 fn_reported(const u16 *args, unsigned n)
{
	(void)args, (void)n;
	scn.reports_expected = true;
	return mm_reports - scn.reports_before;
}

#define FACT(name, value) \
	static s64 name(const u16 *args, unsigned n) \
	{ \
		(void)args, (void)n; \
		return value; \
	}
FACT(fn_areas, usage().areas)
FACT(fn_vmalloc_used, usage().used)
FACT(fn_vmalloc_chunk, usage().chunk)
FACT(fn_tables, vmalloc_tables())
FACT(fn_vmalloc_start, vmalloc_start())
FACT(fn_vmalloc_end, vmalloc_end())
FACT(fn_high_memory, high_memory)
FACT(fn_page_offset, PAGE_OFFSET)
FACT(fn_page_size, PAGE_SIZE)
FACT(fn_max_pfn, max_pfn)
FACT(fn_max_low_pfn, max_low_pfn)
FACT(fn_num_physpages, num_physpages)
FACT(fn_totalram, totalram_pages)
FACT(fn_has_highmem, have_highmem)
FACT(fn_quirks, quirks)
FACT(fn_violations, mm_check())

static s64 fn_kmalloc_granted(const u16 *args, unsigned n)
{
	u32 granted, requested;

	(void)args, (void)n;
	kmalloc_usage(&granted, &requested);
	return granted;
}

static s64 fn_kmalloc_requested(const u16 *args, unsigned n)
{
	u32 granted, requested;

	(void)args, (void)n;
	kmalloc_usage(&granted, &requested);
	return requested;
}

static s64 fn_rounding(const u16 *args, unsigned n)
{
	s64 pages = scn_eval(args[0]);

	(void)n;
	if (!scn.error && (pages < 1 || pages > 1 << 20))
		scn_error(scn_where(args[0]), "expected 1 to 1048576 pages");
	return scn.error ? 0 : buddy_rounding_waste((u32)pages);
}

const struct scn_function scn_functions[] = {
	{ "free", 0, 1, 0, fn_free, "free(ZONE): free pages" },
	{ "nr_free", 2, 2, 0, fn_nr_free, "nr_free(ZONE, ORDER): free blocks of the order" },
	{ "largest", 0, 1, 0, fn_largest, "largest(ZONE): highest order with a free block" },
	{ "unusable", 2, 2, 0, fn_unusable,
	  "unusable(ZONE, ORDER): free pages of no use, per mille" },
	{ "fragindex", 2, 2, 0, fn_fragindex,
	  "fragindex(ZONE, ORDER): 0 lack, 1000 fragmentation" },
	{ "zone_pages", 1, 1, 0, fn_zone_pages, "zone_pages(ZONE): frames it spans" },
	{ "zone_start", 1, 1, 0, fn_zone_start, "zone_start(ZONE): its first frame" },
	{ "pages_min", 1, 1, 0, fn_pages_min, "pages_min(ZONE): watermark" },
	{ "pages_low", 1, 1, 0, fn_pages_low, "pages_low(ZONE): watermark" },
	{ "pages_high", 1, 1, 0, fn_pages_high, "pages_high(ZONE): watermark" },
	{ "pfn", 1, 1, 0, fn_pfn, "pfn(NAME[I]): its first frame" },
	{ "use_count", 1, 1, 0, fn_use_count, "use_count(PFN): users of the frame" },
	{ "reserved", 1, 1, 0, fn_reserved, "reserved(PFN): never handed out" },
	{ "zone_of", 1, 1, 0, fn_zone_of, "zone_of(PFN): DMA, Normal or HighMem" },
	{ "order_of", 1, 1, 0, fn_order_of, "order_of(BYTES): the order that holds them" },
	{ "pages", 1, 1, 1, fn_pages, "pages(NAME): frames it holds" },
	{ "contiguous", 1, 1, 1, fn_contiguous, "contiguous(NAME): frames in a row" },
	{ "contiguity", 1, 1, 1, fn_contiguity, "contiguity(NAME): neighbours, per mille" },
	{ "runs", 1, 1, 1, fn_runs, "runs(NAME): pieces its frames lie in" },
	{ "span", 1, 1, 1, fn_span, "span(NAME): frames from the lowest to the highest" },
	{ "mapped", 1, 2, 0, fn_mapped, "mapped(ADDR[, MM]): the MMU finds a page" },
	{ "pde", 1, 2, 0, fn_pde, "pde(ADDR[, MM]): directory entry" },
	{ "pte", 1, 2, 0, fn_pte, "pte(ADDR[, MM]): table entry" },
	{ "phys", 1, 2, 0, fn_phys, "phys(ADDR[, MM]): physical address, -1: none" },
	{ "rounding", 1, 1, 0, fn_rounding, "rounding(PAGES): pages a power of two has too many" },
	{ "min", 2, 2, 0, fn_min, "min(A, B)" },
	{ "max", 2, 2, 0, fn_max, "max(A, B)" },
	{ "areas", 0, 0, 0, fn_areas, "areas on vmlist" },
	{ "tables", 0, 0, 0, fn_tables, "page tables vmalloc and ioremap made" },
	{ "vmalloc_used", 0, 0, 0, fn_vmalloc_used, "bytes of all areas with their guards" },
	{ "vmalloc_chunk", 0, 0, 0, fn_vmalloc_chunk, "bytes of the largest hole" },
	{ "kmalloc_granted", 0, 0, 0, fn_kmalloc_granted, "bytes kmalloc's objects take" },
	{ "kmalloc_requested", 0, 0, 0, fn_kmalloc_requested, "bytes that were asked for" },
	{ "vmalloc_start", 0, 0, 0, fn_vmalloc_start, "VMALLOC_START" },
	{ "vmalloc_end", 0, 0, 0, fn_vmalloc_end, "VMALLOC_END" },
	{ "high_memory", 0, 0, 0, fn_high_memory, "end of the linear map" },
	{ "page_offset", 0, 0, 0, fn_page_offset, "start of the linear map" },
	{ "page_size", 0, 0, 0, fn_page_size, "4096" },
	{ "max_pfn", 0, 0, 0, fn_max_pfn, "one past the highest frame" },
	{ "max_low_pfn", 0, 0, 0, fn_max_low_pfn, "end of low memory" },
	{ "num_physpages", 0, 0, 0, fn_num_physpages, "what vmalloc compares a request with" },
	{ "totalram", 0, 0, 0, fn_totalram, "pages handed to the allocator at boot" },
	{ "has_highmem", 0, 0, 0, fn_has_highmem, "1 if the kernel manages high memory" },
	{ "quirks", 0, 0, 0, fn_quirks, "1 with quirks=2.4.22" },
	{ "violations", 0, 0, 0, fn_violations, "broken invariants, each printed" },
	{ "failed", 0, 0, 0, fn_failed, "1 if the last request got nothing" },
	{ "fault", 0, 0, 0, fn_fault, "1 if the last access faulted" },
	{ "reported", 0, 0, 0, fn_reported, "misuse the last step was told of" },
	{ NULL, 0, 0, 0, NULL, NULL }
};

const struct scn_function *scn_find_function(const char *word, u32 len, u8 *index)
{
	for (u8 i = 0; scn_functions[i].word; i++)
		if (scn_same(scn_functions[i].word, word, len)) {
			*index = i;
			return &scn_functions[i];
		}
	return NULL;
}

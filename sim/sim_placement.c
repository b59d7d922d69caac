/* SPDX-License-Identifier: MIT */
/*
 * sim_placement.c - mmsim --workload and --va: every decision of the allocator
 * folded into one hash, to be held against the hash of Linux 2.4.22's
 * (tests/golden/placement).
 *
 * A workload is one zone, no watermarks: frames enter one by one, ascending;
 * operations name slots, never frames.  --va places areas of the vmalloc
 * window, by patterns that the same small generator makes everywhere.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "mm/mm_priv.h"
#include "placement.h"
#include "replays.h"
#include "sim_input.h"

#define NAME       "pagescope"
#define HASH_START 0xcbf29ce484222325ull
#define HASH_PRIME 0x100000001b3ull

/* ---- --workload ---- */

struct workload {
	struct wl_header h;
	uint32_t *ops, *held; /* held[slot]: pfn + 1, 0 empty */
	unsigned char *owner; /* per frame: 1 handed out */
	unsigned char *order; /* per slot: of the block it holds */
	uint64_t hash;
	unsigned allocs, failed, skipped;
};

static int bad_file(const char *path, const char *what)
{
	fprintf(stderr, "mmsim: %s: %s\n", path, what);
	return 1;
}

static int read_workload(const char *path, FILE *f, struct workload *w)
{
	size_t n;

	n = fread(&w->h, 1, sizeof w->h, f);
	if (n >= 4 && !memcmp(w->h.magic, "PSR1", 4))
		return bad_file(path, "for the replay statement of a scenario, not for --workload");
	if (n >= 4 && memcmp(w->h.magic, "PAW1", 4) && sim_file_kind((char *)&w->h, n)) {
		fprintf(stderr, "mmsim: %s: is %s\n", path, sim_file_kind((char *)&w->h, n));
		return 1;
	}
	if (n < 4 || memcmp(w->h.magic, "PAW1", 4))
		return bad_file(path, "not a workload (no PAW1 at its start)");
	if (n < sizeof w->h)
		return bad_file(path, "cut inside its header");
	n = (size_t)w->h.nsetup + w->h.nops;
	if (!w->h.npages || w->h.npages > 1u << 20 || !w->h.nslots || w->h.nslots > 1u << 27 ||
	    n > 1u << 28)
		return bad_file(path, "not a plausible workload header");
	w->ops = malloc((n + !n) * sizeof *w->ops);
	w->held = calloc(w->h.nslots, sizeof *w->held);
	w->owner = calloc(w->h.npages, 1);
	w->order = calloc(w->h.nslots, 1);
	if (!w->ops || !w->held || !w->owner || !w->order)
		return bad_file(path, "no memory for it");
	if (fread(w->ops, sizeof *w->ops, n, f) != n)
		return bad_file(path, "shorter than its header says");
	if (fgetc(f) != EOF)
		return bad_file(path, "longer than its header says");
	for (size_t i = 0; i < n; i++)
		if (OP_SLOT(w->ops[i]) >= w->h.nslots)
			return bad_file(path, "an operation names a slot that does not exist");
	return 0;
}

/* One zone over frames 0..npages-1, all free. */
static void one_zone(u32 npages)
{
	sim_bare_frames(npages);
	zone_init(&zones[ZONE_DMA], 0, npages, sim_alloc_map);
	for (u32 pfn = 0; pfn < npages; pfn++)
		free_boot_page(pfn);
}

static bool claim(struct workload *w, uint32_t pfn, unsigned n)
{
	if (pfn % n || pfn + n > w->h.npages || memchr(w->owner + pfn, 1, n))
		return false;
	memset(w->owner + pfn, 1, n);
	return true;
}

static int do_alloc(struct workload *w, unsigned order, uint32_t *held)
{
	struct page *page = order < MAX_ORDER ? rmqueue(&zones[ZONE_DMA], order) : NULL;
	uint32_t pfn = page ? page_pfn(page) : (uint32_t)-1;

	w->allocs++;
	w->hash = (w->hash ^ pfn) * HASH_PRIME;
	*held = pfn + 1;
	if (!page) {
		w->failed++;
		return 0;
	}
	if (claim(w, pfn, 1u << order))
		return 0;
	printf("BAD: order %u pfn %" PRIu32 " is misplaced or overlaps\n", order, pfn);
	return 1;
}

static int bad_operation(const char *path, size_t i, const char *what)
{
	fprintf(stderr, "mmsim: %s: operation %zu: %s\n", path, i, what);
	return 1;
}

static int replay(const char *path, struct workload *w)
{
	size_t n = (size_t)w->h.nsetup + w->h.nops;

	for (size_t i = 0; i < n; i++) {
		unsigned order = OP_ORDER(w->ops[i]);
		uint32_t *held = &w->held[OP_SLOT(w->ops[i])];
		unsigned char *held_order = &w->order[OP_SLOT(w->ops[i])];

		if (!(w->ops[i] & OP_FREE)) {
			if (*held)
				return bad_operation(path, i, "its slot holds a block already");
			if (do_alloc(w, order, held))
				return 1;
			*held_order = (unsigned char)order;
		} else if (*held) {
			if (order != *held_order)
				return bad_operation(path, i,
						     "its slot holds a block of another order");
			memset(w->owner + *held - 1, 0, 1u << order);
			__free_pages(pfn_page(*held - 1), order);
			*held = 0;
		} else {
			w->skipped++;
		}
	}
	return 0;
}

int sim_workload(const char *path)
{
	struct workload w = { .hash = HASH_START };
	FILE *f = sim_open_input(path);
	int status;

	if (!f)
		return 1;
	status = read_workload(path, f, &w);
	if (sim_close_input(f) && !status)
		status = bad_file(path, "cut or damaged");
	if (!status) {
		one_zone(w.h.npages);
		status = replay(path, &w);
	}
	if (!status)
		printf("%-22s hash %016" PRIx64 " allocs %u failed %u skipped %u\n", NAME, w.hash,
		       w.allocs, w.failed, w.skipped);
	free(w.ops);
	free(w.held);
	free(w.owner);
	free(w.order);
	return status;
}

/* ---- --va ---- */

#define VA_RAM      (64u << 20) /* VMALLOC_START 0xc4800000 */
#define VA_FIXSLOTS 16u         /* VMALLOC_END   0xfffec000 */

static uint64_t rng = 88172645463325252ull;

static uint32_t below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 32) * (uint64_t)n >> 32);
}

static vaddr_t va_alloc(uint32_t bytes)
{
	struct vm_struct *area = get_vm_area(bytes, VM_ALLOC);

	return area ? area->addr : 0;
}

static uint32_t size_of(char pattern)
{
	return (pattern == 'm' ? 1 + below(16) : 1) * PAGE_SIZE;
}

static uint32_t pick(char pattern, uint32_t nlive)
{
	return pattern == 't' ? nlive - 1 : pattern == 'f' ? 0 : below(nlive);
}

static bool va_machine(void)
{
	struct sim_machine machine = sim_default(VA_RAM);

	sim_console = NULL;
	if (!sim_boot(&machine))
		return false;
	sim_fill_slab_pool();
	nr_fixmap_slots = VA_FIXSLOTS;
	return true;
}

static int va_run(char pattern, const char *name, uint32_t nlive)
{
	uint32_t nsteps = nlive >= 10000 ? 500 : nlive >= 1000 ? 2000 : 10000;
	uint32_t *live = calloc(nlive, 4), *which = calloc(nsteps, 4), *size = calloc(nsteps, 4);
	uint64_t hash = HASH_START;
	int status = 1;

	if (!live || !which || !size || !va_machine())
		goto out;
	for (uint32_t i = 0; i < nsteps; i++) {
		which[i] = pick(pattern, nlive);
		size[i] = size_of(pattern);
	}
	for (uint32_t i = 0; i < nlive; i++)
		if (!(live[i] = va_alloc(size_of(pattern)))) {
			puts("full");
			status = 3;
			goto out;
		}
	for (uint32_t i = 0; pattern == 'm' && i < 4 * nlive && i < 20000; i++) {
		uint32_t k = below(nlive);

		vfree(live[k]);
		live[k] = va_alloc(size_of(pattern));
	}
	for (uint32_t i = 0; i < nsteps; i++) {
		vfree(live[which[i]]);
		live[which[i]] = va_alloc(size[i]);
		hash = (hash ^ live[which[i]]) * HASH_PRIME;
	}
	printf("%-24s %-6s %6" PRIu32 " hash %016" PRIx64 "\n", NAME, name, nlive, hash);
	status = 0;
out:
	free(live);
	free(which);
	free(size);
	return status;
}

int sim_va(const char *pattern, const char *nlive)
{
	static const char *const patterns[] = { "tail", "swap", "mixed", "front" };
	u64 n;

	if (!number_parse(nlive, 1000000, &n) || !n) {
		fprintf(stderr, "mmsim: --va: %s is not a number of areas, 1 to 1000000\n", nlive);
		return 2;
	}
	for (unsigned i = 0; i < 4; i++)
		if (!strcmp(pattern, patterns[i]))
			return va_run(*pattern, pattern, (uint32_t)n);
	fprintf(stderr, "mmsim: --va: %s is none of tail, swap, mixed, front\n", pattern);
	return 2;
}

/* SPDX-License-Identifier: MIT */
/*
 * random_vmalloc.c - random use of the vmalloc window on booted machines, every
 * address, frame, PTE and page table held against a model of arrays.
 *
 *	random_vmalloc [SEEDS [OPERATIONS]]	(default 24 seeds, 96 k operations)
 *
 * A failure prints the seed: random_vmalloc -s SEED runs just that one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/mm_priv.h"
#include "expected.h"
#include "sim.h"

#define MAX_AREAS 3000
#define MAX_PAGES 256 /* held by the test itself, for vmap */

/* The model: areas in address order; which page each address maps. */
struct area {
	vaddr_t addr;
	u32 size, flags, pages;
};
static struct area areas[MAX_AREAS];
static u32 nr_areas, max_areas;
static u32 table_of[1024]; /* frame of a slot's table, 0: none */
static u32 *pte_of;        /* by page of the kernel's GiB */

static struct page *own[MAX_PAGES];
static u32 nr_own;
static char why[200];

#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), why)

static u32 *model_pte(vaddr_t addr)
{
	return &pte_of[(addr - PAGE_OFFSET) >> PAGE_SHIFT];
}

/* Traces to nowhere, or not at all. */
static void trace(bool on)
{
	static const struct ps_trace_config config = { .transport = PS_HOST };

	ps_trace_stop();
	if (on)
		ps_trace_start(&config);
}

static bool start_machine(void)
{
	static const u64 sizes[] = { 8, 12, 16, 24, 32, 64, 896 };
	struct sim_machine m = sim_default(sizes[rnd(7)] << 20);

	m.boot.highmem = rnd(4) == 0;
	m.boot.nopentium = rnd(4) == 0;
	sim_console = NULL;
	if (!sim_boot(&m))
		return false;
	sim_fill_slab_pool();
	model_adopt();
	set_pf_memalloc(false);
	nr_areas = nr_own = 0;
	memset(table_of, 0, sizeof table_of);
	for (u32 slot = 768; slot < 1024; slot++)
		table_of[slot] = pgd_virt(init_mm.pgd)[slot] >> PAGE_SHIFT;
	memset(pte_of, 0, (1u << 18) * sizeof *pte_of);
	max_areas = rnd(3) ? MAX_AREAS : 1 + rnd(30);
	trace(rnd(2)); /* the same must come of it */
	return true;
}

/* ---- the model ---- */

/* First hole with room, by looking at every one; ~0: none. */
static u32 model_find(u32 size, vaddr_t *addr)
{
	u32 i;

	*addr = vmalloc_start();
	for (i = 0; i < nr_areas; i++) {
		if (areas[i].addr - *addr >= size)
			return i;
		*addr = areas[i].addr + areas[i].size;
	}
	return vmalloc_end() - *addr >= size ? i : ~0u;
}

static void model_insert(u32 at, vaddr_t addr, u32 size, u32 flags, u32 pages)
{
	memmove(&areas[at + 1], &areas[at], (nr_areas - at) * sizeof *areas);
	areas[at] = (struct area){ addr, size, flags, pages };
	nr_areas++;
}

/* Unmaps what the area maps and drops the references, ascending. */
static void model_remove(u32 at)
{
	for (u32 i = 0; i < areas[at].pages; i++) {
		u32 *pte = model_pte(areas[at].addr + i * PAGE_SIZE);

		if (*pte >> PAGE_SHIFT < max_mapnr && *pte)
			model_free(*pte >> PAGE_SHIFT, 0);
		*pte = 0;
	}
	memmove(&areas[at], &areas[at + 1], (--nr_areas - at) * sizeof *areas);
}

static bool model_table(vaddr_t addr)
{
	u32 *table = &table_of[addr >> 22];

	if (!*table) {
		u32 pfn = model_alloc(0x1f0, 0);

		if (pfn == MODEL_NONE)
			return false;
		*table = pfn;
	}
	return true;
}

/* vmalloc or, with pages, vmap. */
static vaddr_t model_vmalloc(u32 bytes, unsigned gfp, struct page **pages)
{
	u32 n = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT, at;
	vaddr_t addr;

	if (!n || n > num_physpages)
		return 0;
	at = model_find((n + 1) << PAGE_SHIFT, &addr);
	if (at == ~0u)
		return 0;
	model_insert(at, addr, (n + 1) << PAGE_SHIFT, VM_ALLOC, 0);
	for (u32 i = 0; i < n; i++) {
		vaddr_t page = addr + i * PAGE_SIZE;
		u32 pfn = MODEL_NONE;

		if (model_table(page)) {
			pfn = pages ? page_pfn(pages[i]) : model_alloc(gfp, 0);
			if (pages)
				model.count[pfn]++;
		}
		if (pfn == MODEL_NONE) {
			model_remove(at);
			return 0;
		}
		*model_pte(page) = pfn << PAGE_SHIFT | page_kernel_prot();
		areas[at].pages++;
	}
	return addr;
}

/* ---- comparing ---- */

static const char *same_areas(void)
{
	const struct vm_struct *a = vmlist;

	for (u32 i = 0; i < nr_areas; i++, a = a->next)
		if (!a || a->addr != areas[i].addr || a->size != areas[i].size ||
		    a->flags != areas[i].flags)
			return FAIL("area %u is %08x, the model has %08x", i, a ? a->addr : 0,
				    areas[i].addr);
	return a ? FAIL("more areas than the model has") : NULL;
}

static const char *same_tables(void)
{
	for (vaddr_t addr = vmalloc_start(); addr < vmalloc_end(); addr += PAGE_SIZE) {
		u32 pde = *pgd_offset_k(addr);
		u32 *pte = pte_lookup(addr);

		if (pde >> PAGE_SHIFT != table_of[addr >> 22])
			return FAIL("table of %08x is %u, the model has %u", addr,
				    pde >> PAGE_SHIFT, table_of[addr >> 22]);
		if (!pte) {
			addr |= 0x3ff000;
			continue;
		}
		if (*pte != *model_pte(addr))
			return FAIL("pte of %08x is %08x, the model has %08x", addr, *pte,
				    *model_pte(addr));
	}
	return NULL;
}

static const char *same_all(void)
{
	const char *bad = same_areas();

	if (!bad)
		bad = same_tables();
	return bad ? bad : same_as_model();
}

/* ---- operations ---- */

static u32 random_bytes(void)
{
	switch (rnd(16)) {
	case 0: return rnd(3) * PAGE_SIZE;
	case 1: return rnd(num_physpages / 2) * PAGE_SIZE + rnd(2);
	case 2: return 0u - rnd(3 * PAGE_SIZE);
	case 3: return rnd(2000) * PAGE_SIZE;
	case 4:
	case 5:
	case 6: return 1 + rnd(64 * PAGE_SIZE);
	default: return 1 + rnd(5 * PAGE_SIZE);
	}
}

/* Marks a fresh area's first and last byte through its addresses, and reads
 * them back over the linear map. */
static const char *stamp(vaddr_t addr, u32 bytes)
{
	u32 last = bytes - 1;
	struct page *page = vmalloc_to_page(addr + last);
	char c = (char)rnd(256), back = 0;

	if (!page)
		return FAIL("%08x has no page", addr + last);
	if (vwrite(&c, addr + last, 1) != 1 || vread(&back, addr + last, 1) != 1 || back != c)
		return FAIL("vread of %08x does not give what vwrite put there", addr + last);
	if (((char *)phys_to_virt(page_pfn(page) << PAGE_SHIFT))[(addr + last) % PAGE_SIZE] != c)
		return FAIL("vwrite to %08x went elsewhere", addr + last);
	return NULL;
}

static const char *do_vmalloc(void)
{
	u32 bytes = random_bytes(), kind = rnd(5);
	vaddr_t got, want;

	if (nr_areas >= max_areas)
		return NULL;
	switch (kind) {
	case 0:
		got = vmalloc_32(bytes);
		want = model_vmalloc(bytes, 0x1f0, NULL);
		break;
	case 1:
		got = vmalloc_dma(bytes);
		want = model_vmalloc(bytes, 0x1f1, NULL);
		break;
	case 2:
		got = __vmalloc(bytes, GFP_ATOMIC, page_kernel_prot());
		want = model_vmalloc(bytes, 0x20, NULL);
		break;
	default: got = vmalloc(bytes); want = model_vmalloc(bytes, 0x1f2, NULL);
	}
	if (got != want)
		return FAIL("vmalloc(%u) kind %u: %08x, the model has %08x", bytes, kind, got,
			    want);
	return got ? stamp(got, bytes) : NULL;
}

static const char *do_vfree(void)
{
	u32 at = rnd(nr_areas);

	vfree(areas[at].addr);
	model_remove(at);
	return NULL;
}

static const char *do_own(void)
{
	if (nr_own && (nr_own == MAX_PAGES || rnd(2))) {
		u32 i = rnd(nr_own);

		model_free(page_pfn(own[i]), 0);
		__free_pages(own[i], 0);
		own[i] = own[--nr_own];
	} else {
		struct page *page = alloc_pages(GFP_KERNEL, 0);
		u32 want = model_alloc(GFP_KERNEL, 0);

		if ((page ? page_pfn(page) : MODEL_NONE) != want)
			return FAIL("alloc_pages differs");
		if (page)
			own[nr_own++] = page;
	}
	return NULL;
}

static const char *do_vmap(void)
{
	struct page *pages[64];
	u32 n = 1 + rnd(64);
	vaddr_t got, want;

	if (!nr_own || nr_areas >= max_areas)
		return NULL;
	for (u32 i = 0; i < n; i++)
		pages[i] = own[rnd(nr_own)];
	got = vmap(pages, n, VM_ALLOC, page_kernel_prot());
	want = model_vmalloc(n * PAGE_SIZE, 0, pages);
	return got == want ? NULL : FAIL("vmap: %08x, the model has %08x", got, want);
}

/* Small, up to half the window, or what a hole has room for, give or take a
 * page. */
static u32 random_area_size(void)
{
	u32 window = vmalloc_end() - vmalloc_start(), i, hole;

	switch (rnd(4)) {
	case 0: return rnd(window / 2) & PAGE_MASK;
	case 1:
		if (!nr_areas)
			return window - PAGE_SIZE * rnd(3);
		i = rnd(nr_areas);
		hole = (i + 1 < nr_areas ? areas[i + 1].addr : vmalloc_end()) -
		       (areas[i].addr + areas[i].size);
		return hole + PAGE_SIZE * rnd(3) - 2 * PAGE_SIZE;
	default: return rnd(20) * PAGE_SIZE;
	}
}

static const char *do_area(void)
{
	u32 size = random_area_size(), at;
	vaddr_t addr;
	struct vm_struct *area;

	if (nr_areas >= max_areas)
		return NULL;
	area = get_vm_area(size, VM_IOREMAP);
	at = size + PAGE_SIZE ? model_find(size + PAGE_SIZE, &addr) : ~0u;
	if ((area ? area->addr : 0) != (at == ~0u ? 0 : addr))
		return FAIL("get_vm_area(%x) differs", size);
	if (area)
		model_insert(at, addr, size + PAGE_SIZE, VM_IOREMAP, 0);
	return NULL;
}

static const char *do_ioremap(void)
{
	phys_t phys = 0xE0000000 + rnd(1 << 20);
	u32 n = 1 + rnd(3 * PAGE_SIZE), pages, at;
	vaddr_t got, addr;

	if (nr_areas >= max_areas)
		return NULL;
	got = ioremap(phys, n);
	pages = ((phys + n - 1) >> PAGE_SHIFT) - (phys >> PAGE_SHIFT) + 1;
	at = model_find((pages + 1) << PAGE_SHIFT, &addr);
	if (at == ~0u)
		return got ? FAIL("ioremap succeeds") : NULL;
	model_insert(at, addr, (pages + 1) << PAGE_SHIFT, VM_IOREMAP, 0);
	for (u32 i = 0; i < pages; i++) {
		if (!model_table(addr + i * PAGE_SIZE)) {
			model_remove(at);
			return got ? FAIL("ioremap succeeds without a table") : NULL;
		}
		*model_pte(addr + i * PAGE_SIZE) = ((phys & PAGE_MASK) + i * PAGE_SIZE) | 0x063;
		areas[at].pages++;
	}
	return got == addr + (phys & ~PAGE_MASK)
		       ? NULL
		       : FAIL("ioremap: %08x, the model has %08x", got, addr);
}

/* vfree of what is none: refused, nothing changes. */
static const char *do_bad_vfree(void)
{
	vaddr_t addr = vmalloc_start() + rnd(vmalloc_end() - vmalloc_start());

	for (u32 i = 0; i < nr_areas; i++)
		if (areas[i].addr == addr)
			return NULL;
	vfree(addr);
	return NULL;
}

static const char *step(u32 bias)
{
	switch (rnd(32)) {
	case 0: return do_bad_vfree();
	case 1: return do_area();
	case 2: return do_ioremap();
	case 3: return do_vmap();
	case 4:
	case 5: return do_own();
	case 6:
		model.pf_memalloc = rnd(4) == 0;
		set_pf_memalloc(model.pf_memalloc);
		return NULL;
	}
	return nr_areas && rnd(100) >= bias ? do_vfree() : do_vmalloc();
}

static const char *run(u32 operations)
{
	const char *bad = NULL;
	u32 bias = 50;

	if (!start_machine())
		return "no machine";
	for (u32 i = 0; i < operations && !bad; i++) {
		if (i % 256 == 0)
			bias = 35 + rnd(40);
		bad = step(bias);
		if (!bad && i % 128 == 127)
			bad = same_all();
	}
	if (!bad && mm_check())
		bad = "mm_check finds violations";
	while (nr_areas && !bad)
		bad = do_vfree();
	return bad ? bad : same_all();
}

static int one_seed(u64 seed, u32 operations)
{
	const char *bad;

	model_seed = seed * 0x9e3779b97f4a7c15ull + 1;
	bad = run(operations);
	if (bad)
		printf("not ok random_vmalloc -s %" PRIu64 ": %s\n", seed, bad);
	return bad != NULL;
}

int main(int argc, char **argv)
{
	u32 seeds = 24, operations = 4000;
	int failed = 0;

	pte_of = malloc((1u << 18) * sizeof *pte_of);
	if (argc == 3 && !strcmp(argv[1], "-s"))
		return one_seed(strtoull(argv[2], NULL, 0), operations);
	if (argc > 1)
		seeds = (u32)atoi(argv[1]);
	if (argc > 2)
		operations = (u32)(strtoull(argv[2], NULL, 0) / seeds);
	for (u32 seed = 1; seed <= seeds; seed++)
		failed |= one_seed(seed, operations);
	if (!failed)
		printf("ok random operations on the vmalloc window, %u seeds of %u\n", seeds,
		       operations);
	free(pte_of);
	return failed;
}

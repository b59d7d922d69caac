/* SPDX-License-Identifier: MIT */
/*
 * story.c - the free-form transcripts of Linux 2.4.22 told again: basic_*,
 * drain_*, wrap_* of tests/golden/linux-2.4.22.
 *
 *	story basic|drain|wrap MIB
 *
 * prints, under quirks=2.4.22, what story.sh compares with those files.  Locks,
 * which one CPU without interrupts does not have, and addresses of the original
 * test program are left out there.
 */
#include <stdlib.h>

#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"

#define NORMAL zones[ZONE_NORMAL]
#define DMA    zones[ZONE_DMA]
#define MANY   40000

static struct page *held[MANY];
static unsigned nr_held;

static const char *ptr(const void *p)
{
	return p ? "PTR" : "(nil)";
}

static const char *va(vaddr_t addr)
{
	static char text[4][16];
	static unsigned i;

	if (!addr)
		return "(nil)";
	i = (i + 1) % 4;
	snprintf(text[i], sizeof text[i], "0x%x", addr);
	return text[i];
}

static void show_zones(const char *what)
{
	printf("-- %s: free=%u\n", what, nr_free_pages());
	for (int nr = 0; nr < 2; nr++) {
		const zone_t *z = &zones[nr];

		printf("   %-7s size=%u free=%u min/low/high=%u/%u/%u :", z->name, z->size,
		       z->free_pages, z->pages_min, z->pages_low, z->pages_high);
		for (int order = 0; order < MAX_ORDER; order++) {
			const struct list_head *node;
			unsigned n = 0;

			list_for_each(node, &z->free_area[order].free_list)
				n++;
			printf(" %u", n);
		}
		printf("\n");
	}
}

static void show_lists(const zone_t *z)
{
	for (int order = 0; order < MAX_ORDER; order++) {
		const struct list_head *node;
		unsigned n = 0;

		printf("   o%d:", order);
		list_for_each(node, &z->free_area[order].free_list)
			if (n++ < 10)
				printf(" %x", page_pfn(list_entry(node, const struct page, list)));
		printf("\n");
	}
}

static void show_vmlist(void)
{
	for (const struct vm_struct *a = vmlist; a; a = a->next)
		printf("   vm 0x%x size %x flags %x\n", a->addr, a->size, a->flags);
	if (!vmlist)
		printf("   vmlist empty\n");
}

/* Runs what ends in BUG(); true if it did. */
static bool bugs(void (*what)(struct page *, unsigned), struct page *page, unsigned order)
{
	jmp_buf jump;
	bool bug = false;

	sim_panic_jump = &jump;
	if (setjmp(jump))
		bug = true;
	else
		what(page, order);
	sim_panic_jump = NULL;
	return bug;
}

/* ---- basic ---- */

static void orders(void)
{
	struct page *p[MAX_ORDER];

	printf("== orders 0..9\n");
	for (unsigned k = 0; k < MAX_ORDER; k++) {
		p[k] = alloc_pages(GFP_KERNEL, k);
		printf(" o%u:%x", k, page_pfn(p[k]));
	}
	printf(" o10:%s\n", ptr(alloc_pages(GFP_KERNEL, 10)));
	show_zones("after");
	for (unsigned k = 0; k < MAX_ORDER; k++)
		__free_pages(p[k], k);
	show_zones("freed");
}

static void twelve(void)
{
	struct page *p[12];

	printf("== 12 order-0 GFP_KERNEL\n");
	for (int i = 0; i < 12; i++) {
		p[i] = alloc_pages(GFP_KERNEL, 0);
		printf(" %x", page_pfn(p[i]));
	}
	printf("\n");
	show_zones("after 12");
	for (int i = 0; i < 12; i++)
		__free_pages(p[i], 0);
	show_zones("freed in same order");
}

static void areas(void)
{
	vaddr_t a, b, d, e, big, one;
	u32 pde;

	printf("== vmalloc traces\nvmalloc(3*4096)\n");
	a = vmalloc(3 * 4096);
	pde = *pgd_offset_k(a);
	printf(" a=%s pfns %x %x %x guard %x pde=%08x\n", va(a), page_pfn(vmalloc_to_page(a)),
	       page_pfn(vmalloc_to_page(a + 4096)), page_pfn(vmalloc_to_page(a + 8192)),
	       vmalloc_to_page(a + 12288) ? 0 : 0xffffffff, pde);
	printf(" pte0=%08x\n", *pte_lookup(a));
	b = vmalloc(4096);
	d = vmalloc(40960);
	e = vmalloc(8192);
	printf(" b=%s d=%s e=%s\n", va(b), va(d), va(e));
	show_vmlist();
	printf("vfree(b) trace\n");
	vfree(b);
	show_vmlist();
	big = vmalloc(8192);
	printf(" vmalloc(8192) after freeing 1-page hole -> %s\n", va(big));
	one = vmalloc(4096);
	printf(" vmalloc(4096) -> %s (reuses hole)\n", va(one));
	show_vmlist();
	printf("== vfree errors\n");
	fflush(stdout);
	sim_console = stdout;
	vfree(a + 1);
	vfree(a + 4096);
	vfree(one);
	vfree(one);
	sim_console = NULL;
	show_vmlist();
	printf("== sizes: 0 -> %s ; 0xFFFFF001 -> %s ; 0xFFFFFFFF -> %s ; num_physpages+1 -> %s\n",
	       va(vmalloc(0)), va(vmalloc(0xFFFFF001)), va(vmalloc(0xFFFFFFFF)),
	       va(vmalloc((num_physpages + 1) << PAGE_SHIFT)));
	vfree(a);
	vfree(d);
	vfree(e);
	vfree(big);
	show_vmlist();
	show_zones("all vfreed");
}

static void area_limits(void)
{
	u32 window = vmalloc_end() - vmalloc_start();
	struct vm_struct *v, *first;

	printf("== get_vm_area on EMPTY list beyond VMALLOC_END\n");
	v = get_vm_area(window, VM_ALLOC);
	printf(" get_vm_area(END-START) (needs +guard) -> %s..%x (END=%x)\n", va(v->addr),
	       v->addr + v->size, vmalloc_end());
	show_vmlist();
	printf(" next get_vm_area -> %s\n", ptr(get_vm_area(4096, VM_ALLOC)));
	vfree(v->addr);
	v = get_vm_area(window - 4096, VM_ALLOC);
	printf(" exact fit -> end %x\n", v->addr + v->size);
	vfree(v->addr);
	v = get_vm_area(0x60000000, VM_ALLOC);
	printf(" EMPTY list, 1.5G -> addr %s end(wrapped) %x\n", va(v->addr), v->addr + v->size);
	vfree(v->addr);
	first = get_vm_area(4096, VM_ALLOC);
	v = get_vm_area(window - 3 * 4096, VM_ALLOC);
	printf(" after one 4K area: exact remaining -> %s\n", ptr(v));
	vfree(v->addr);
	printf(" one page more -> %s\n", ptr(get_vm_area(window - 2 * 4096, VM_ALLOC)));
	vfree(first->addr);
	printf(" get_vm_area(0xFFFFF000) -> %s\n", ptr(get_vm_area(0xFFFFF000, VM_ALLOC)));
	v = get_vm_area(0, VM_ALLOC);
	printf(" get_vm_area(0) -> %s size %x (guard only)\n", va(v->addr), v->size);
	vfree(v->addr);
}

static void wrong_frees(void)
{
	struct page *page, *pair;
	u32 before;
	bool bug;

	printf("== double free order0\n");
	page = alloc_pages(GFP_KERNEL, 0);
	before = nr_free_pages();
	__free_pages(page, 0);
	printf(" count=%d free %u->%u\n", page->count, before, nr_free_pages());
	__free_pages(page, 0);
	printf(" again: count=%d free=%u\n", page->count, nr_free_pages());
	pair = alloc_pages(GFP_KERNEL, 0);
	printf(" realloc gives same page? %d count=%d\n", pair == page, pair->count);
	__free_pages(pair, 0);
	printf("== wrong order frees\n");
	page = alloc_pages(GFP_KERNEL, 0);
	printf(" o0 page pfn %x freed as order1: ", page_pfn(page));
	bug = bugs(__free_pages, page, 1);
	printf("%s\n", bug ? "BUG" : "");
	if (bug)
		printf("\n");
	pair = alloc_pages(GFP_KERNEL, 1);
	show_zones("before");
	__free_pages(pair, 0);
	printf(" o1 block %x freed as order 0\n", page_pfn(pair));
	show_zones("after");
	printf(" tail count=%d; ", pair[1].count);
	__free_pages(pair + 1, 0);
	printf("free tail as order0: count now %d free %u\n", pair[1].count, nr_free_pages());
	page = alloc_pages(GFP_KERNEL, 9);
	printf(" order 9 page freed as order 10 (aligned?) idx=%x: ",
	       (unsigned)(page - zones[page_zonenum(page)].zone_mem_map));
	bug = bugs(__free_pages, page, 10);
	printf("%s\n", bug ? "BUG" : "");
	printf("\n");
}

static void basic(void)
{
	show_zones("boot");
	show_lists(&DMA);
	show_lists(&NORMAL);
	twelve();
	orders();
	areas();
	area_limits();
	wrong_frees();
}

/* ---- drain ---- */

static struct page *take(unsigned gfp)
{
	struct page *page = alloc_pages(gfp, 0);

	if (page)
		held[nr_held++] = page;
	return page;
}

/* GFP_KERNEL until the allocator would reclaim, saying where it changes. */
static void drain_kernel(void)
{
	int zone = -1;
	bool woken = false;

	for (;;) {
		u32 normal = NORMAL.free_pages, dma = DMA.free_pages;
		struct page *page = take(GFP_KERNEL);

		if (!woken && NORMAL.need_balance) {
			printf("  kswapd first woken (need_balance set) at Normal=%u DMA=%u n=%u\n",
			       normal, dma, nr_held - !!page);
			woken = true;
		}
		if (!page) {
			printf("  reclaim first invoked when Normal=%u DMA=%u (n=%u)\n", normal,
			       dma, nr_held);
			return;
		}
		if ((int)page_zonenum(page) != zone) {
			zone = (int)page_zonenum(page);
			printf("  n=%u now from zone %s (Normal=%u DMA=%u)\n", nr_held - 1,
			       zones[zone].name, NORMAL.free_pages, DMA.free_pages);
		}
	}
}

static unsigned drain_with(unsigned gfp)
{
	unsigned n = 0;

	while (take(gfp))
		n++;
	return n;
}

/* 2.4.22 would loop here; its test let the task go on as one being killed. */
static void drain(void)
{
	unsigned n;

	printf("== drain: stage marks (order 0)\n");
	drain_kernel();
	set_pf_memalloc(true);
	take(GFP_KERNEL);
	set_pf_memalloc(false);
	printf("  state Normal=%u DMA=%u\n", NORMAL.free_pages, DMA.free_pages);
	n = drain_with(GFP_ATOMIC);
	printf("  GFP_ATOMIC gave %u more; stops at Normal=%u DMA=%u\n", n, NORMAL.free_pages,
	       DMA.free_pages);
	set_pf_memalloc(true);
	n = drain_with(GFP_KERNEL);
	set_pf_memalloc(false);
	printf("  PF_MEMALLOC gave %u more; stops at Normal=%u DMA=%u\n", n, NORMAL.free_pages,
	       DMA.free_pages);
	printf("  total %u\n", nr_held);
	for (n = 0; n < nr_held; n++)
		__free_pages(held[n], 0);
	show_zones("all freed (FIFO order)");
	nr_held = 0;
}

static unsigned unusable(unsigned order)
{
	u32 free = nr_free_pages(), suitable = 0;

	for (int nr = 0; nr < 2; nr++)
		for (unsigned k = order; k < MAX_ORDER; k++) {
			const struct list_head *node;

			list_for_each(node, &zones[nr].free_area[k].free_list)
				suitable += 1u << k;
		}
	return (unsigned)((u64)(free - suitable) * 1000 / free);
}

static void checkerboard(void)
{
	struct page *page;
	vaddr_t addr;

	set_pf_memalloc(true);
	drain_with(GFP_KERNEL);
	set_pf_memalloc(false);
	for (unsigned i = 0; i < nr_held; i++)
		if (page_pfn(held[i]) & 1)
			__free_pages(held[i], 0);
	printf("== order>3 with reclaim 0: ");
	show_zones("checkerboard: odd pfns free");
	for (unsigned order = 0; order < 4; order++)
		printf("  unusable_index(%u)=%u/1000\n", order, unusable(order));
	page = alloc_pages(GFP_KERNEL, 4);
	printf("  order4 GFP_KERNEL -> %s\n", ptr(page));
	page = alloc_pages(GFP_ATOMIC, 1);
	printf("  order1 GFP_ATOMIC -> %s\n", ptr(page));
	page = alloc_pages(GFP_KERNEL, 1);
	printf("  order1 GFP_KERNEL -> %s\n", ptr(page));
	addr = vmalloc(64 * 4096);
	printf("  vmalloc(64 pages) -> %s pfns", va(addr));
	for (u32 i = 0; i < 8; i++)
		printf(" %x", page_pfn(vmalloc_to_page(addr + i * 4096)));
	printf(" ...\n");
	vfree(addr);
	for (unsigned i = 0; i < nr_held; i++)
		if (!(page_pfn(held[i]) & 1))
			__free_pages(held[i], 0);
	show_zones("restored");
}

static void partial_failure(void)
{
	u32 before = nr_free_pages();
	vaddr_t addr;

	printf("== partial failure (GFP_ATOMIC mask) \n  free before %u\n", before);
	addr = __vmalloc(num_physpages << PAGE_SHIFT, GFP_ATOMIC, page_kernel_prot());
	printf("  __vmalloc(num_physpages pages, GFP_ATOMIC) -> %s; free after %u "
	       "(lost to page tables: %u) vmlist=%s\n",
	       va(addr), nr_free_pages(), before - nr_free_pages(), ptr(vmlist));
	before = nr_free_pages();
	set_pf_memalloc(true);
	addr = vmalloc((before + 1) << PAGE_SHIFT);
	set_pf_memalloc(false);
	printf("  vmalloc with PF_MEMALLOC, size=free+1 pages: %s free %u->%u\n", va(addr), before,
	       nr_free_pages());
}

static void vmaps(void)
{
	struct page *p[3];
	vaddr_t addr;
	u32 before;

	printf("== vmap\n");
	for (int i = 0; i < 3; i++)
		p[i] = alloc_pages(GFP_KERNEL, 0);
	printf("  counts %d %d %d\n", p[0]->count, p[1]->count, p[2]->count);
	before = nr_free_pages();
	addr = vmap(p, 3, VM_ALLOC, page_kernel_prot());
	printf("  vmap -> %s counts %d; pfn match %d; free change %d\n", va(addr), p[0]->count,
	       vmalloc_to_page(addr + 4096) == p[1], (int)(nr_free_pages() - before));
	vunmap(addr);
	printf("  vunmap: counts %d free change %d\n", p[0]->count,
	       (int)(nr_free_pages() - before));
	p[1] = NULL;
	addr = vmap(p, 3, VM_ALLOC, page_kernel_prot());
	printf("  vmap with NULL in middle -> %s counts %d %d\n", va(addr), p[0]->count,
	       p[2]->count);
	printf("  vmap count 0 -> %s, ", va(vmap(p, 0, VM_ALLOC, 0x163)));
	printf("count -1 -> %s, ", va(vmap(p, ~0u, VM_ALLOC, 0x163)));
	printf("count max_mapnr+1 -> %s\n", va(vmap(p, max_mapnr + 1, VM_ALLOC, 0x163)));
	printf("== EMPTY vmlist, request larger than region but <= num_physpages\n");
}

/* ---- wrap ---- */

static const u32 sizes[] = { 129019, 129020, 129024, 129025, 129280 };

static u32 pages_mapped(vaddr_t addr, u32 pages)
{
	u32 n = 0;

	for (; pages && addr; pages--, addr += PAGE_SIZE)
		if (pte_lookup(addr) && *pte_lookup(addr) & _PAGE_PRESENT)
			n++;
	return n;
}

static void wrap(void)
{
	u32 window = vmalloc_end() - vmalloc_start();
	vaddr_t dummy;

	printf("region=%u bytes = %u pages; num_physpages=%u; free=%u\n", window,
	       window >> PAGE_SHIFT, num_physpages, nr_free_pages());
	set_pf_memalloc(true);
	for (int i = 0; i < 5; i++) {
		u32 before = nr_free_pages(), end;
		vaddr_t addr = vmalloc(sizes[i] << PAGE_SHIFT);

		end = addr + (sizes[i] << PAGE_SHIFT);
		printf(" EMPTY list: vmalloc(%u pages): -> %s end=%x (wrap=%d) mapped=%u used=%u\n",
		       sizes[i], va(addr), end, end < addr, pages_mapped(addr, sizes[i]),
		       before - nr_free_pages());
		vfree(addr);
		printf("     vfree -> free=%u (was %u)\n", nr_free_pages(), before);
	}
	dummy = vmalloc(4096);
	printf(" with one dummy 1-page area present:\n");
	for (int i = 0; i < 5; i++)
		printf("   vmalloc(%u pages) -> %s\n", sizes[i],
		       va(vmalloc(sizes[i] << PAGE_SHIFT)));
	printf("   vmalloc(%u pages = exact remainder) -> %s\n", (window >> PAGE_SHIFT) - 3,
	       va(vmalloc(((window >> PAGE_SHIFT) - 3) << PAGE_SHIFT)));
	vfree(dummy);
}

int main(int argc, char **argv)
{
	struct sim_machine m;

	if (argc != 3)
		return 2;
	m = sim_default(strtoull(argv[2], NULL, 10) << 20);
	m.boot.quirks = true;
	sim_console = NULL;
	if (!sim_boot(&m))
		return 1;
	sim_fill_slab_pool();
	if (*argv[1] == 'b') {
		basic();
	} else if (*argv[1] == 'd') {
		drain();
		checkerboard();
		partial_failure();
		vmaps();
	} else {
		wrap();
	}
	return 0;
}

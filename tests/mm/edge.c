/* SPDX-License-Identifier: MIT */
/*
 * edge.c - the edge cases of 2.4.22, one row each, in the default kernel and
 * under quirks=2.4.22.  V rows are vmalloc's, B rows the buddy allocator's;
 * the numbers are those of docs/fidelity.md.
 */
#include "mm/mm_priv.h"
#include "sim.h"
#include "bed.h"
#include "../lib/claim.h"

#define MIB    ((u64)1 << 20)
#define WINDOW (vmalloc_end() - vmalloc_start())

/* ---- the bed ---- */

static u32 free_at_start;

static void boot(u64 ram, bool historical)
{
	bed_boot(ram, historical, false);
	sim_fill_slab_pool();
	bed_console_clear();
	free_at_start = nr_free_pages();
}

/* Runs a row in both kernels; `row` asks `quirks` where they differ. */
static void both(void (*row)(void), u64 ram)
{
	for (int historical = 0; historical < 2; historical++) {
		boot(ram, historical);
		row();
		set_pf_memalloc(false);
		fail_nth(FAIL_PAGE, 0, false);
		if (!historical)
			EXPECT_EQ(mm_check(), 0);
	}
}

/* The console says `text`, and nothing if it is "". */
static void said(const char *text)
{
	if (*text)
		EXPECT_TEXT(bed_console(), text);
	else
		EXPECT_EQ(strlen(bed_console()), 0);
	bed_console_clear();
}

/* True if the call ends in BUG(). */
static bool bugs(void (*free)(struct page *, unsigned), struct page *page, unsigned order)
{
	jmp_buf jump;
	volatile bool bug = false;

	sim_panic_jump = &jump;
	if (setjmp(jump))
		bug = true;
	else
		free(page, order);
	sim_panic_jump = NULL;
	return bug;
}

/* A misuse of free: refused with a report, or done as far as 2.4.22 went. */
static void refused(struct page *page, unsigned order, const char *text)
{
	u32 before = nr_free_pages();
	int count = page->count;

	bed_trace_start();
	__free_pages(page, order);
	bed_trace_stop();
	EXPECT_EQ(nr_free_pages(), before);
	EXPECT_EQ(page->count, count);
	EXPECT(BED_FIND(mm_report));
	said(text);
}

static struct page *take(unsigned order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	EXPECT(page);
	return page;
}

static u32 mapped_pages(vaddr_t addr, u32 n)
{
	u32 mapped = 0;

	for (; n--; addr += PAGE_SIZE)
		mapped += vmalloc_to_page(addr) != NULL;
	return mapped;
}

/* ---- vmalloc ---- */

static void v1(void)
{
	EXPECT_EQ(vmalloc(0), 0);
	EXPECT(!vmlist);
	said("");
}

static void v2(void)
{
	static const struct {
		u32 bytes, pages;
	} sizes[] = { { 1, 1 }, { 4096, 1 }, { 4097, 2 } };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		vaddr_t addr = vmalloc(sizes[i].bytes);

		EXPECT_EQ(vmlist->size, (sizes[i].pages + 1) * PAGE_SIZE);
		EXPECT_EQ(mapped_pages(addr, 3), sizes[i].pages);
		vfree(addr);
	}
}

static void v3_v4(void)
{
	EXPECT_EQ(vmalloc(0xFFFFF001), 0);
	EXPECT_EQ(vmalloc(0xFFFFFFFF), 0);
	EXPECT_EQ(vmalloc(0xFFFFF000), 0);
	EXPECT(!vmlist);
	said("");
}

static void v5(void)
{
	EXPECT_EQ(vmalloc((num_physpages + 1) << PAGE_SHIFT), 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	EXPECT(!vmlist);
}

/* All pages come back but those of the tables: one for each of the 8
 * slots that 8,176 pages touch. */
static void v6(void)
{
	EXPECT_EQ(__vmalloc(num_physpages << PAGE_SHIFT, GFP_ATOMIC, page_kernel_prot()), 0);
	EXPECT_EQ(nr_free_pages(), free_at_start - 8);
	EXPECT(!vmlist);
	EXPECT_EQ(sim_counts.flush_all, 3); /* twice at boot, once by the vfree */
}

static void v7(void)
{
	u32 pages = (0u - vmalloc_start()) >> PAGE_SHIFT;
	vaddr_t addr;

	set_pf_memalloc(true);
	addr = vmalloc(pages << PAGE_SHIFT); /* ends at 4 GiB exactly */
	if (!quirks) {
		EXPECT_EQ(addr, 0);
		EXPECT_EQ(nr_free_pages(), free_at_start);
		said("refused, the vmalloc window has");
		return;
	}
	EXPECT_EQ(addr, vmalloc_start());
	EXPECT_EQ(mapped_pages(addr, pages), 1024);
	EXPECT(!get_vm_area(0xF0000000, VM_ALLOC)); /* wraps, whatever is there */
	EXPECT_EQ(mm_check(), 0);
	vfree(addr);
	EXPECT_EQ(mapped_pages(vmalloc_start(), 1024), 0);
	EXPECT_EQ(nr_free_pages(), free_at_start - 1);
}

static void v7_with_an_area(void)
{
	vaddr_t addr = vmalloc(4096);
	u32 pages = (0u - vmalloc_start()) >> PAGE_SHIFT;

	EXPECT(addr);
	EXPECT_EQ(vmalloc(pages << PAGE_SHIFT), 0);
	EXPECT_EQ(vmalloc(WINDOW), 0);
}

static void v8(void)
{
	struct vm_struct *area = get_vm_area(WINDOW - PAGE_SIZE, VM_ALLOC);

	EXPECT(area);
	EXPECT_EQ(vmalloc(4096), 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	said("");
}

static void v9_with(u32 areas)
{
	u32 left = WINDOW - areas * 2 * PAGE_SIZE, i;

	for (i = 0; i < areas; i++)
		EXPECT(get_vm_area(PAGE_SIZE, VM_ALLOC));
	EXPECT(!get_vm_area(left, VM_ALLOC));
	EXPECT(get_vm_area(left - PAGE_SIZE, VM_ALLOC));
	EXPECT(!get_vm_area(0, VM_ALLOC));
	EXPECT_EQ(mm_check(), 0);
	while (vmlist)
		vfree(vmlist->addr);
}

/* 896 MiB: the window is small enough that the index, too, sees its end. */
static void v9(void)
{
	v9_with(1);
	v9_with(2);
	v9_with(12);
	v9_with(13);
	v9_with(100);
}

static void v10(void)
{
	vaddr_t a[30], addr;

	for (int n = 4; n < 30; n += 20) { /* by the list and by the index */
		for (int i = 0; i < n; i++)
			a[i] = vmalloc(3 * PAGE_SIZE);
		vfree(a[1]);
		addr = vmalloc(4 * PAGE_SIZE);
		EXPECT_EQ(addr, a[n - 1] + 4 * PAGE_SIZE);
		EXPECT_EQ(vmalloc(3 * PAGE_SIZE), a[1]);
		vfree(a[2]);
		EXPECT_EQ(vmalloc(PAGE_SIZE), a[2]);
		EXPECT_EQ(vmalloc(PAGE_SIZE), a[2] + 2 * PAGE_SIZE);
		while (vmlist)
			vfree(vmlist->addr);
	}
}

static void v11_v12(void)
{
	vaddr_t addr = vmalloc(3 * PAGE_SIZE);

	vfree(0);
	said("");
	vfree(addr + 1);
	said("Trying to vfree() bad address");
	EXPECT_EQ(mapped_pages(addr, 3), 3);
}

static void v13(void)
{
	vaddr_t addr = vmalloc(3 * PAGE_SIZE);

	vfree(addr + PAGE_SIZE);
	said("Trying to vfree() nonexistent vm area");
	vfree(addr + 3 * PAGE_SIZE);
	said("Trying to vfree() nonexistent vm area");
	vfree(0xC0100000);
	said("Trying to vfree() nonexistent vm area");
	vfree(0x1000);
	said("Trying to vfree() nonexistent vm area");
	EXPECT_EQ(mapped_pages(addr, 3), 3);
}

static void v13_among_many(void)
{
	vaddr_t addr[30];

	for (int i = 0; i < 30; i++)
		addr[i] = vmalloc(40 * PAGE_SIZE);
	vfree(addr[7] + PAGE_SIZE);
	said("Trying to vfree() nonexistent vm area");
	vfree(addr[7] + 20 * PAGE_SIZE);
	said("Trying to vfree() nonexistent vm area");
	vfree(addr[29] + (64 << 20));
	said("Trying to vfree() nonexistent vm area");
	vfree(0x1000);
	said("Trying to vfree() nonexistent vm area");
	vfree(addr[7]);
	said("");
}

static void v14(void)
{
	vaddr_t addr = vmalloc(PAGE_SIZE);

	vfree(addr);
	vfree(addr);
	said("Trying to vfree() nonexistent vm area");
	EXPECT_EQ(vmalloc(2 * PAGE_SIZE), addr); /* a new owner, and it is freed */
	vfree(addr);
	said("");
	EXPECT(!vmlist);
}

static void v15_v16(void)
{
	struct vm_struct *area = get_vm_area(0, VM_ALLOC);

	EXPECT_EQ(area->addr, vmalloc_start());
	EXPECT_EQ(area->size, PAGE_SIZE);
	EXPECT(!get_vm_area(0xFFFFF000, VM_ALLOC));
	EXPECT(!get_vm_area(0xFFFFE000, VM_ALLOC));
	EXPECT(vmlist == area && !area->next);
}

static void v17(void)
{
	vaddr_t addr = vmalloc(PAGE_SIZE);
	struct page *stray;

	vfree(addr);
	stray = take(0);
	*pte_lookup(addr + PAGE_SIZE) = page_pfn(stray) << PAGE_SHIFT | page_kernel_prot();
	free_at_start = nr_free_pages();
	EXPECT_EQ(vmalloc(3 * PAGE_SIZE), addr);
	said("alloc_area_pte: page already exists");
	EXPECT(vmalloc_to_page(addr + PAGE_SIZE) != stray);
	vfree(addr);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	EXPECT_EQ(stray->count, 1);
}

/* Guard, freed area, gap: no mapping, and the handler does not mend it. */
static void v18(void)
{
	vaddr_t addr = vmalloc(PAGE_SIZE), freed = vmalloc(PAGE_SIZE);
	struct mm_struct mm;

	vfree(freed);
	EXPECT(mm_create(&mm));
	mm_switch(&mm);
	EXPECT_EQ(do_page_fault(addr + PAGE_SIZE, 2, 0), FAULT_BAD_KERNEL);
	EXPECT_EQ(do_page_fault(freed, 0, 0), FAULT_BAD_KERNEL);
	EXPECT_EQ(do_page_fault(high_memory + 0x400000, 0, 0), FAULT_BAD_KERNEL);
	EXPECT_EQ(do_page_fault(0, 0, 0), FAULT_BAD_KERNEL);
	EXPECT_EQ(do_page_fault(addr, 1, 0), FAULT_BAD_KERNEL);
	EXPECT_EQ(do_page_fault(addr, 4, 0), FAULT_SIGSEGV);
	EXPECT(!machine_linear(addr + PAGE_SIZE, false));
	EXPECT(machine_linear(addr, false));
	mm_drop(&mm);
}

static void v19(void)
{
	struct page *p[3] = { take(0), take(0), take(0) };
	vaddr_t addr;

	EXPECT_EQ(vmap(p, 0, VM_ALLOC, page_kernel_prot()), 0);
	EXPECT_EQ(vmap(p, ~0u, VM_ALLOC, page_kernel_prot()), 0);
	EXPECT_EQ(vmap(p, max_mapnr + 1, VM_ALLOC, page_kernel_prot()), 0);
	addr = vmap(p, 3, VM_ALLOC, page_kernel_prot());
	EXPECT(addr);
	EXPECT_EQ(p[1]->count, 2);
	EXPECT(vmalloc_to_page(addr + PAGE_SIZE) == p[1]);
	vunmap(addr);
	EXPECT_EQ(p[1]->count, 1);
	p[1] = NULL;
	EXPECT_EQ(vmap(p, 3, VM_ALLOC, page_kernel_prot()), 0);
	EXPECT_EQ(p[0]->count, 1);
	EXPECT(!vmlist);
}

static void v20(void)
{
	struct page *reserved = pfn_page(0x100);
	u32 before = nr_free_pages();
	vaddr_t addr = vmap(&reserved, 1, VM_ALLOC, page_kernel_prot());

	EXPECT(addr);
	before -= 1; /* a table */
	vunmap(addr);
	EXPECT(!vmalloc_to_page(addr));
	EXPECT(PageReserved(reserved));
	EXPECT_EQ(nr_free_pages(), before);
	said("");
}

static void v21(void)
{
	fail_nth(FAIL_DESCRIPTOR, 1, false);
	EXPECT_EQ(vmalloc(PAGE_SIZE), 0);
	EXPECT(!vmlist);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	fail_nth(FAIL_DESCRIPTOR, 1, false);
	EXPECT(!get_vm_area(PAGE_SIZE, VM_ALLOC));
	EXPECT(vmalloc(PAGE_SIZE));
}

/* One lazy fault for a slot, then none; another for the next slot. */
static void v22(void)
{
	struct mm_struct mm;
	vaddr_t addr, next;
	u32 pde, pte;
	phys_t phys;

	EXPECT(mm_create(&mm));
	addr = vmalloc(PAGE_SIZE);
	mm_switch(&mm);
	EXPECT(!page_walk(mm.pgd, addr, &pde, &pte, &phys));
	EXPECT_EQ(do_page_fault(addr, 0, 0), FAULT_RETRY);
	EXPECT(page_walk(mm.pgd, addr, &pde, &pte, &phys));
	EXPECT_EQ(phys >> PAGE_SHIFT, page_pfn(vmalloc_to_page(addr)));
	next = vmalloc(PAGE_SIZE); /* same table: visible at once */
	EXPECT(page_walk(mm.pgd, next, &pde, &pte, &phys));
	vfree(next);
	EXPECT(!page_walk(mm.pgd, next, &pde, &pte, &phys));
	next = vmalloc(5 << 20);
	EXPECT(!page_walk(mm.pgd, next + (4 << 20), &pde, &pte, &phys));
	EXPECT_EQ(do_page_fault(next + (4 << 20), 2, 0), FAULT_RETRY);
	EXPECT(page_walk(mm.pgd, next + (4 << 20), &pde, &pte, &phys));
	mm_drop(&mm);
	mm_switch(&init_mm);
	vfree(next);
	vfree(addr);
	EXPECT_EQ(nr_free_pages(), free_at_start - 2);
}

static void wrappers_choose_their_zones(void)
{
	EXPECT_EQ(page_zonenum(vmalloc_to_page(vmalloc(1))), ZONE_HIGHMEM);
	EXPECT_EQ(page_zonenum(vmalloc_to_page(vmalloc_32(1))), ZONE_NORMAL);
	EXPECT_EQ(page_zonenum(vmalloc_to_page(vmalloc_dma(1))), ZONE_DMA);
}

static void tables_never_come_from_highmem(void)
{
	vaddr_t addr = vmalloc(1);

	EXPECT(*pgd_offset_k(addr) >> PAGE_SHIFT < max_low_pfn);
	EXPECT_EQ(*pgd_offset_k(addr) & 0xfff, 0x067);
	EXPECT_EQ(*pte_lookup(addr) & 0xfff, 0x163);
}

/* ---- vread, vwrite ---- */

static void reading_and_writing(void)
{
	static char buf[8 * PAGE_SIZE];
	vaddr_t a = vmalloc(2 * PAGE_SIZE), b = vmalloc(PAGE_SIZE), c = vmalloc(PAGE_SIZE);

	vfree(b); /* a hole of 2 pages behind a's guard */
	memset(buf, 'x', sizeof buf);
	EXPECT_EQ(vwrite(buf, a, 8 * PAGE_SIZE), 6 * PAGE_SIZE);
	memset(buf, 'y', sizeof buf);
	EXPECT_EQ(vread(buf, a, 8 * PAGE_SIZE), 6 * PAGE_SIZE);
	EXPECT_EQ(buf[2 * PAGE_SIZE - 1], 'x');
	EXPECT_EQ(buf[2 * PAGE_SIZE], 0);
	EXPECT_EQ(buf[5 * PAGE_SIZE - 1], 0);
	EXPECT_EQ(buf[5 * PAGE_SIZE], 'x');
	EXPECT_EQ(buf[6 * PAGE_SIZE], 'y');
	EXPECT_EQ(vread(buf, c + PAGE_SIZE, 100), 0); /* behind the last area */
	EXPECT_EQ(vread(buf, vmalloc_start() - 10, 20), 20);
	EXPECT_EQ(buf[9], 0);
	EXPECT_EQ(buf[10], 'x');
	EXPECT_EQ(vread(buf, a + 100, 0), 0);
	EXPECT_EQ(vread(buf, 0xFFFFFF00, 0x1000), 0);
	EXPECT_EQ(vread(buf, a + PAGE_SIZE - 3, 5), 5);
}

/* ---- ioremap ---- */

#define LFB 0xE0000000u

static void ioremap_maps_uncached_and_flushes(void)
{
	unsigned flushes = sim_counts.flush_all;
	vaddr_t addr = ioremap(LFB + 0x123, 0x2000);

	EXPECT_EQ(addr, vmalloc_start() + 0x123);
	EXPECT_EQ(*pte_lookup(addr), LFB | 0x063);
	EXPECT_EQ(*pte_lookup(addr + 0x2000), (LFB + 0x2000) | 0x063);
	EXPECT_EQ(vmlist->size, 0x4000);
	EXPECT_EQ(vmlist->flags, VM_IOREMAP);
	EXPECT_EQ(sim_counts.flush_all, flushes + 1);
	iounmap(addr);
	EXPECT(!vmlist);
	addr = ioremap_nocache(LFB, 1 << 12);
	EXPECT_EQ(*pte_lookup(addr), LFB | 0x073);
	iounmap(addr);
	EXPECT_EQ(nr_free_pages(), free_at_start - 1);
}

static void ioremap_refusals(void)
{
	EXPECT_EQ(ioremap(LFB, 0), 0);
	EXPECT_EQ(ioremap(0xFFFFF000, 0x2000), 0);
	EXPECT_EQ(ioremap(0x300000, PAGE_SIZE), 0);
	said("that is RAM in use");
	EXPECT_EQ(ioremap(0xA0000, 0x10000), 0xC00A0000);
	iounmap(0xC00A0000);
	said("");
	EXPECT(ioremap(0x100000, PAGE_SIZE)); /* reserved RAM may be mapped */
	EXPECT_EQ(ioremap(LFB, WINDOW), 0);
}

/* The last byte is the first of a page: 2.4.22 leaves that page out. */
static void ioremap_one_page_short(void)
{
	vaddr_t addr = ioremap(LFB, 0x1001);

	EXPECT_EQ(vmlist->size, quirks ? 0x2000 : 0x3000);
	EXPECT_EQ(*pte_lookup(addr + 0x1000) != 0, !quirks);
	said(quirks ? "" : "would leave out the last page");
}

static void ioremap_of_one_byte(void)
{
	jmp_buf jump;

	if (!quirks) {
		vaddr_t addr = ioremap(LFB, 1);

		EXPECT_EQ(*pte_lookup(addr), LFB | 0x063);
		return;
	}
	sim_panic_jump = &jump;
	if (!setjmp(jump)) {
		ioremap(LFB, 1);
		sim_panic_jump = NULL;
		EXPECT(!"BUG() expected");
	}
	sim_panic_jump = NULL;
	EXPECT_TEXT(sim_panic_text, "ioremap of no pages");
}

static void ioremap_over_a_mapped_page(void)
{
	vaddr_t addr = vmalloc(PAGE_SIZE);
	jmp_buf jump;

	vfree(addr);
	*pte_lookup(addr) = page_pfn(take(0)) << PAGE_SHIFT | page_kernel_prot();
	sim_panic_jump = &jump;
	if (!setjmp(jump)) {
		ioremap(LFB, PAGE_SIZE);
		sim_panic_jump = NULL;
		EXPECT(!"BUG() expected");
	}
	sim_panic_jump = NULL;
	said("remap_area_pte: page already exists");
	*pte_lookup(addr) = 0;
}

/* ---- the buddy allocator ---- */

static void b1(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 9);

	EXPECT(page);
	EXPECT_EQ(page_pfn(page) % 512, 0);
	EXPECT(!alloc_pages(GFP_KERNEL, 10));
	EXPECT(!alloc_pages(GFP_KERNEL, 4000000000u));
	EXPECT_EQ(__get_free_pages(GFP_KERNEL, 10), 0);
}

static void b2(void)
{
	struct page *page = take(9), *odd = take(0);

	if (!quirks) {
		refused(page, 10, "the largest is 9");
		refused(odd, 10, "the largest is 9");
		refused(odd, 64, "the largest is 9");
		refused(odd, 128, "the largest is 9");
		refused(odd, 16, "the largest is 9");
		refused(odd, 0xFFFFFFFF, "the largest is 9");
		return;
	}
	EXPECT(bugs(__free_pages, page, 10));
	EXPECT(bugs(__free_pages, odd, 10));
}

static void b3(void)
{
	struct page *page = take(0);

	while (!(page_pfn(page) & 1))
		page = take(0);
	if (!quirks)
		refused(page, 1, "not aligned");
	else
		EXPECT(bugs(__free_pages, page, 1));
}

static void b4(void)
{
	struct page *page = take(0), *block;

	__free_pages(page, 0);
	if (!quirks) {
		refused(page, 0, "which is free already");
		block = take(3);
		__free_pages(block, 3);
		refused(block, 3, "which is free already");
		refused(block + 2, 1, "which is free already");
		return;
	}
	__free_pages(page, 0);
	EXPECT_EQ(page->count, -1);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	EXPECT(take(0) == page);
	EXPECT_EQ(page->count, 1);
	said("");
}

/* The page has a new owner: not to be told from his own free, in any kernel. */
static void b5(void)
{
	struct page *page = take(0);

	__free_pages(page, 0);
	EXPECT(take(0) == page);
	__free_pages(page, 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	said("");
}

static void b6(void)
{
	struct page *page = take(0), *buddy;
	u32 before;

	for (;;) { /* an even page whose buddy is in use */
		buddy = take(0);
		if (page_pfn(buddy) == (page_pfn(page) ^ 1))
			break;
		page = buddy;
	}
	page = page < buddy ? page : buddy;
	if (!quirks) {
		refused(page, 1, "handed out as order 0");
		return;
	}
	before = nr_free_pages();
	__free_pages(page, 1);
	EXPECT_EQ(nr_free_pages(), before + 2);
	EXPECT(take(1) == page); /* and its buddy has two owners now */
	EXPECT_EQ(page[1].count, 1);
	said("");
}

static void b7(void)
{
	struct page *block = take(3);
	u32 before = nr_free_pages();

	if (!quirks) {
		refused(block, 0, "handed out as order 3");
		__free_pages(block, 3);
		EXPECT_EQ(nr_free_pages(), free_at_start);
		return;
	}
	__free_pages(block, 0);
	EXPECT_EQ(nr_free_pages(), before + 1);
	said("");
}

static void b8(void)
{
	struct page *block = take(3);
	u32 before = nr_free_pages();

	if (!quirks) {
		refused(block + 1, 0, "in the middle of a block");
		return;
	}
	__free_pages(block + 1, 0);
	EXPECT_EQ(block[1].count, -1);
	EXPECT_EQ(nr_free_pages(), before);
	for (int i = 0; i < 8; i++) /* split by hand, the pieces merge again */
		block[i].count = 1;
	for (int i = 0; i < 8; i++)
		__free_pages(block + i, 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	EXPECT_EQ(mm_check(), 0);
	EXPECT(take(3) == block);
}

static void b9(void)
{
	struct page *page = take(2);

	get_page(page);
	__free_pages(page, 2);
	EXPECT_EQ(page->count, 1);
	EXPECT_EQ(nr_free_pages(), free_at_start - 4);
	get_page(page);
	__free_pages(page, 0); /* a reference has no order */
	EXPECT_EQ(page->count, 1);
	__free_pages(page, 2);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	said("");
}

static void b10(void)
{
	struct page *page = pfn_page(0x100);

	__free_pages(page, 0);
	EXPECT_EQ(page->count, 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
	said(quirks ? "" : "reserved pfn");
}

static void b11(void)
{
	vaddr_t addr = __get_free_pages(GFP_KERNEL, 1);

	free_pages(0, 5);
	EXPECT_EQ(nr_free_pages(), free_at_start - 2);
	free_pages(addr + 123, 1); /* truncated to its page */
	EXPECT_EQ(nr_free_pages(), free_at_start);
	said("");
}

static void free_of_no_page(void)
{
	jmp_buf jump;

	if (!quirks) {
		free_pages(high_memory, 0);
		said("not in the linear map");
		free_pages(0x1000, 0);
		said("not in the linear map");
		return;
	}
	sim_panic_jump = &jump;
	if (!setjmp(jump)) {
		free_pages(high_memory, 0);
		sim_panic_jump = NULL;
		EXPECT(!"BUG() expected");
	}
	sim_panic_jump = NULL;
}

/* B12, B13: story.c tells the checkerboard; here is what it leads to. */
static struct page *all[9000];

static u32 take_all(void)
{
	u32 n = 0;

	set_pf_memalloc(true);
	while ((all[n] = alloc_pages(GFP_KERNEL, 0)))
		n++;
	set_pf_memalloc(false);
	bed_console_clear();
	return n;
}

static void b12(void)
{
	u32 n = take_all(), i;

	for (i = 0; i < n; i++)
		if (page_pfn(all[i]) & 1)
			__free_pages(all[i], 0);
	for (unsigned order = 1; order < MAX_ORDER; order++) {
		EXPECT(!alloc_pages(GFP_KERNEL, order));
		said(order <= 3 ? "nothing left to reclaim" : "");
	}
	EXPECT(!alloc_pages(GFP_ATOMIC, 1));
	EXPECT(alloc_pages(GFP_ATOMIC, 0));
	EXPECT(vmalloc(64 * PAGE_SIZE));
}

static u32 blocks(unsigned order)
{
	const struct list_head *node;
	u32 n = 0;

	for (int nr = 0; nr < MAX_NR_ZONES; nr++)
		if (zones[nr].size)
			list_for_each(node, &zones[nr].free_area[order].free_list)
				n++;
	return n;
}

static void b13(void)
{
	u32 want[MAX_ORDER], n;

	for (unsigned order = 0; order < MAX_ORDER; order++)
		want[order] = blocks(order);
	n = take_all();
	EXPECT_EQ(n, free_at_start);
	for (u32 i = 0; i < n; i++) { /* a random order */
		u32 j = i + bed_random(n - i);
		struct page *page = all[j];

		all[j] = all[i];
		__free_pages(page, 0);
	}
	for (unsigned order = 0; order < MAX_ORDER; order++)
		EXPECT_EQ(blocks(order), want[order]);
}

static void b14(void)
{
	while (alloc_pages(GFP_DMA, 0))
		;
	EXPECT_EQ(zones[ZONE_NORMAL].free_pages, 3991);
	EXPECT(!alloc_pages(GFP_KERNEL | __GFP_DMA, 0));
	EXPECT(!alloc_pages(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM, 0));
	EXPECT(alloc_pages(GFP_KERNEL, 0));
}

static void b15(void)
{
	struct page *a = take(9), *b = take(9);

	__free_pages(a, 9);
	__free_pages(b, 9);
	EXPECT_EQ(mm_check(), 0);
	EXPECT(take(9) == b); /* two blocks still, last in first out */
	EXPECT(take(9) == a);
}

/* 32 MiB of Bochs: Normal ends 16 frames before a 2 MiB border. */
static void b16(void)
{
	struct page *last = pfn_page(8175);
	u32 n = take_all();

	__free_pages(last, 0);
	EXPECT_EQ(last->list.next == &zones[1].free_area[0].free_list, 1);
	for (u32 i = 0; i < n; i++)
		if (all[i] != last)
			__free_pages(all[i], 0);
	EXPECT_EQ(nr_free_pages(), free_at_start);
}

/* ---- damage is noticed ---- */

static struct page *first_free(unsigned order)
{
	return list_entry(zones[1].free_area[order].free_list.next, struct page, list);
}

static bool rmqueue_bugs(unsigned order)
{
	jmp_buf jump;
	volatile bool bug = false;

	sim_panic_jump = &jump;
	if (setjmp(jump))
		bug = true;
	else
		rmqueue(&zones[1], order);
	sim_panic_jump = NULL;
	return bug;
}

/* A listed block that is not marked free, or a buddy that is not. */
static void damaged_lists(void)
{
	struct page *page = first_free(9), *buddy;

	page->flags ^= PG_BUDDY;
	EXPECT(rmqueue_bugs(9));
	EXPECT_TEXT(sim_panic_text, "not a free block");
	page->flags ^= PG_BUDDY;
	while (!list_empty(&zones[1].free_area[3].free_list))
		take(3);
	page = list_entry(zones[1].free_area[4].free_list.next, struct page, list);
	page->flags ^= PG_BUDDY;
	EXPECT(rmqueue_bugs(3));
	page->flags ^= PG_BUDDY;
	page = take(3);
	buddy = pfn_page(page_pfn(page) ^ 8);
	buddy->flags ^= PG_BUDDY;
	if (!quirks)
		EXPECT(bugs(__free_pages, page, 3));
	boot(32 * MIB, quirks); /* nothing of this can be gone on with */
}

/* ---- the rest of the interface ---- */

static void orders_of_sizes(void)
{
	static const struct {
		u32 bytes;
		unsigned order;
	} rows[] = {
		{ 1, 0 },       { 4096, 0 },           { 4097, 1 }, { 8192, 1 },        { 8193, 2 },
		{ 2 << 20, 9 }, { (2 << 20) + 1, 10 }, { 0, 20 },   { 0xFFFFFFFF, 20 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		EXPECT_EQ(get_order(rows[i].bytes), rows[i].order);
}

static void zeroed_pages(void)
{
	vaddr_t addr = __get_free_pages(GFP_KERNEL, 0);
	u8 *p = phys_to_virt(__pa(addr));

	memset(p, 0xff, PAGE_SIZE);
	free_pages(addr, 0);
	EXPECT_EQ(get_zeroed_page(GFP_KERNEL), addr);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		EXPECT_EQ(p[i], 0);
}

/* A highmem page has no linear address: lost in 2.4.22, not asked for here. */
static void linear_addresses_of_highmem(void)
{
	vaddr_t addr;

	addr = __get_free_pages(GFP_KERNEL | __GFP_HIGHMEM, 0);
	EXPECT_EQ(addr != 0, !quirks);
	EXPECT_EQ(nr_free_pages(), free_at_start - 1);
	EXPECT_EQ(nr_free_highpages(), zones[2].free_pages);
}

static void statistics(void)
{
	EXPECT_EQ(nr_free_pages(), 7603);
	EXPECT_EQ(nr_free_buffer_pages(), 4096 - 96 + 4080 - 93);
	EXPECT_EQ(nr_free_highpages(), 0);
}

static void user_pages_and_address_spaces(void)
{
	struct mm_struct a, b;
	u32 pde, pte;
	phys_t phys;

	EXPECT(mm_create(&a));
	EXPECT(mm_create(&b));
	EXPECT(a.id != b.id && a.pgd != b.pgd);
	EXPECT_EQ(pgd_virt(a.pgd)[800], pgd_virt(init_mm.pgd)[800]);
	mm_switch(&a);
	EXPECT(mm_map_user(&a, 0x8048123));
	EXPECT(mm_map_user(&a, 0x8048000)); /* is there */
	EXPECT(!mm_map_user(&a, PAGE_OFFSET));
	EXPECT(page_walk(a.pgd, 0x8048000, &pde, &pte, &phys));
	EXPECT_EQ(pte & 0xfff, 0x067);
	EXPECT(!page_walk(b.pgd, 0x8048000, &pde, &pte, &phys));
	EXPECT_EQ(nr_free_pages(), free_at_start - 4);
	mm_drop(&a);
	EXPECT_EQ(machine_read_cr3(), init_mm.pgd);
	mm_drop(&b);
	EXPECT_EQ(nr_free_pages(), free_at_start);
}

static void linear_addresses_walk_through_large_pages(void)
{
	u32 pde, pte;
	phys_t phys;

	EXPECT(page_walk(init_mm.pgd, 0xC0ABCDEF, &pde, &pte, &phys));
	EXPECT_EQ(phys, 0xABCDEF);
	EXPECT(pde & _PAGE_PSE);
	EXPECT(!page_walk(init_mm.pgd, 0xABCDEF, &pde, &pte, &phys));
}

#define ROW(name, ram) \
	static void name##_row(void) \
	{ \
		both(name, ram); \
	}
ROW(v1, 32 * MIB);
ROW(v2, 32 * MIB);
ROW(v3_v4, 32 * MIB);
ROW(v5, 32 * MIB);
ROW(v6, 32 * MIB);
ROW(v7, 512 * MIB);
ROW(v7_with_an_area, 512 * MIB);
ROW(v8, 32 * MIB);
ROW(v9, 896 * MIB);
ROW(v10, 32 * MIB);
ROW(v11_v12, 32 * MIB);
ROW(v13, 32 * MIB);
ROW(v13_among_many, 32 * MIB);
ROW(damaged_lists, 32 * MIB);
ROW(v14, 32 * MIB);
ROW(v15_v16, 32 * MIB);
ROW(v17, 32 * MIB);
ROW(v18, 32 * MIB);
ROW(v19, 32 * MIB);
ROW(v20, 32 * MIB);
ROW(v21, 32 * MIB);
ROW(v22, 32 * MIB);
ROW(wrappers_choose_their_zones, 1024 * MIB);
ROW(tables_never_come_from_highmem, 1024 * MIB);
ROW(reading_and_writing, 32 * MIB);
ROW(ioremap_maps_uncached_and_flushes, 32 * MIB);
ROW(ioremap_refusals, 32 * MIB);
ROW(ioremap_one_page_short, 32 * MIB);
ROW(ioremap_of_one_byte, 32 * MIB);
ROW(ioremap_over_a_mapped_page, 32 * MIB);
ROW(b1, 32 * MIB);
ROW(b2, 32 * MIB);
ROW(b3, 32 * MIB);
ROW(b4, 32 * MIB);
ROW(b5, 32 * MIB);
ROW(b6, 32 * MIB);
ROW(b7, 32 * MIB);
ROW(b8, 32 * MIB);
ROW(b9, 32 * MIB);
ROW(b10, 32 * MIB);
ROW(b11, 32 * MIB);
ROW(free_of_no_page, 32 * MIB);
ROW(b12, 32 * MIB);
ROW(b13, 32 * MIB);
ROW(b14, 32 * MIB);
ROW(b15, 32 * MIB);
ROW(b16, 32 * MIB);
ROW(orders_of_sizes, 32 * MIB);
ROW(zeroed_pages, 32 * MIB);
ROW(linear_addresses_of_highmem, 1024 * MIB);
ROW(statistics, 32 * MIB);
ROW(user_pages_and_address_spaces, 32 * MIB);
ROW(linear_addresses_walk_through_large_pages, 32 * MIB);

#define T(name) #name, name##_row

static const struct test tests[] = {
	{ T(v1) },
	{ T(v2) },
	{ T(v3_v4) },
	{ T(v5) },
	{ T(v6) },
	{ T(v7) },
	{ T(v7_with_an_area) },
	{ T(v8) },
	{ T(v9) },
	{ T(v10) },
	{ T(v11_v12) },
	{ T(v13) },
	{ T(v13_among_many) },
	{ T(v14) },
	{ T(v15_v16) },
	{ T(v17) },
	{ T(v18) },
	{ T(v19) },
	{ T(v20) },
	{ T(v21) },
	{ T(v22) },
	{ T(wrappers_choose_their_zones) },
	{ T(tables_never_come_from_highmem) },
	{ T(reading_and_writing) },
	{ T(ioremap_maps_uncached_and_flushes) },
	{ T(ioremap_refusals) },
	{ T(ioremap_one_page_short) },
	{ T(ioremap_of_one_byte) },
	{ T(ioremap_over_a_mapped_page) },
	{ T(b1) },
	{ T(b2) },
	{ T(b3) },
	{ T(b4) },
	{ T(b5) },
	{ T(b6) },
	{ T(b7) },
	{ T(b8) },
	{ T(b9) },
	{ T(b10) },
	{ T(b11) },
	{ T(free_of_no_page) },
	{ T(b12) },
	{ T(b13) },
	{ T(b14) },
	{ T(b15) },
	{ T(b16) },
	{ T(damaged_lists) },
	{ T(orders_of_sizes) },
	{ T(zeroed_pages) },
	{ T(linear_addresses_of_highmem) },
	{ T(statistics) },
	{ T(user_pages_and_address_spaces) },
	{ T(linear_addresses_walk_through_large_pages) },
};

int main(void)
{
	return run_tests(tests, COUNT(tests));
}

/* SPDX-License-Identifier: MIT */
/*
 * show.c - the state of memory as text on the console.
 *
 * show_free_areas is 2.4.22's (SysRq-M), and slabinfo its /proc file.  2.4.22
 * had none of the others; they have the shapes later kernels gave them in /proc
 * and debugfs, because those are the ones people can read.
 */
#include "lib/string.h"
#include "mm/metrics.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"

#define KB(pages) ((pages) << (PAGE_SHIFT - 10))

void show_free_areas(void)
{
	u32 n[MAX_ORDER];

	printk("Free pages:      %6ukB (%6ukB HighMem)\n", KB(nr_free_pages()),
	       KB(nr_free_highpages()));
	for (const zone_t *z = zones; z < zones + MAX_NR_ZONES; z++)
		printk("Zone:%s freepages:%6ukB min:%6ukB low:%6ukB high:%6ukB\n", z->name,
		       KB(z->free_pages), KB(z->pages_min), KB(z->pages_low), KB(z->pages_high));
	/* No page cache here: no page is active or inactive. */
	printk("( Active: 0, inactive: 0, free: %u )\n", nr_free_pages());
	for (unsigned nr = 0; nr < MAX_NR_ZONES; nr++) {
		zone_free_counts(nr, n);
		for (unsigned order = 0; zones[nr].size && order < MAX_ORDER; order++)
			printk("%u*%ukB ", n[order], KB(1u << order));
		printk("= %ukB)\n", KB(free_counts_pages(n)));
	}
}

void show_buddyinfo(void)
{
	u32 n[MAX_ORDER];

	for (unsigned nr = 0; nr < MAX_NR_ZONES; nr++) {
		if (!zones[nr].size)
			continue;
		zone_free_counts(nr, n);
		printk("Node 0, zone %8s", zones[nr].name);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			printk(" %6u", n[order]);
		printk("\n");
	}
}

void show_zoneinfo(void)
{
	for (const zone_t *z = zones; z < zones + MAX_NR_ZONES; z++) {
		if (!z->size)
			continue;
		printk("Node 0, zone %8s\n", z->name);
		printk("  pages free     %u\n", z->free_pages);
		printk("        min      %u\n", z->pages_min);
		printk("        low      %u\n", z->pages_low);
		printk("        high     %u\n", z->pages_high);
		printk("        spanned  %u\n", z->size);
		printk("  need_balance:  %u\n", z->need_balance);
		printk("  start_pfn:     %u\n", z->zone_start_pfn);
	}
}

/* ---- fragmentation ---------------------------------------------------------- */

/* Per mille as a decimal: -1.000, 0.063, 1.000. */
static void print_index(s32 permille)
{
	printk(" %s%d.%03d", permille < 0 ? "-" : "", (permille < 0 ? -permille : permille) / 1000,
	       (permille < 0 ? -permille : permille) % 1000);
}

static void show_index(const char *title, s32 (*index)(const u32 *nr_free, unsigned order))
{
	u32 n[MAX_ORDER];

	printk("%s\n", title);
	for (unsigned nr = 0; nr < MAX_NR_ZONES; nr++) {
		if (!zones[nr].size)
			continue;
		zone_free_counts(nr, n);
		printk("Node 0, zone %8s", zones[nr].name);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			print_index(index(n, order));
		printk("\n");
	}
}

void show_extfrag(void)
{
	u32 permille, waste = kmalloc_waste(&permille);

	show_index("unusable_index: share of free memory too small for each order",
		   unusable_free_index);
	show_index("extfrag_index: failing for lack of memory 0 .. 1 fragmentation; -1 not failing",
		   fragmentation_index);
	printk("kmalloc: %u bytes granted but not asked for (%u.%u %%)\n", waste, permille / 10,
	       permille % 10);
}

/* ---- the vmalloc region ------------------------------------------------------ */

static void show_area(const struct vm_struct *area)
{
	u32 bytes = area->size - PAGE_SIZE; /* without the guard page */
	const u32 *pte = pte_lookup(area->addr);
	struct scatter s;

	printk("0x%08x-0x%08x %8u", area->addr, area->addr + area->size, area->size);
	if (area->flags & VM_IOREMAP) {
		printk(" phys=0x%08x ioremap\n", pte ? *pte & PAGE_MASK : 0);
		return;
	}
	area_scatter(area->addr, bytes, &s);
	printk(" pages=%u vmalloc", s.pages);
	if (s.pages)
		printk(" runs=%u/%u pfn=%x-%x", s.runs_up, s.runs_down, s.lowest, s.highest);
	printk("\n");
}

void show_vmallocinfo(void)
{
	struct vmalloc_usage u;

	for (const struct vm_struct *area = vmlist; area; area = area->next)
		show_area(area);
	vmalloc_usage(&u);
	printk("VmallocTotal: %8u kB\n", u.total >> 10);
	printk("VmallocUsed:  %8u kB in %u area%s, %u kB of it guard pages\n", u.used >> 10,
	       u.areas, plural(u.areas), u.guards >> 10);
	printk("VmallocChunk: %8u kB, %u.%u %% of the unused addresses lie outside it\n",
	       u.chunk >> 10, u.external / 10, u.external % 10);
	printk("PageTables:   %8u kB\n", KB(u.tables));
}

/* ---- layout ------------------------------------------------------------------ */

static void show_range(const char *name, vaddr_t start, u32 bytes)
{
	bool mb = bytes >= 10u << 20;

	printk("    %-8s: 0x%08x - 0x%08x   (%4u %s)\n", name, start, start + bytes,
	       mb ? bytes >> 20 : bytes >> 10, mb ? "MB" : "kB");
}

/* Ends are exclusive; the regions in the order later kernels print them. */
void show_layout(void)
{
	vaddr_t fix = fixaddr_start();

	printk("virtual kernel memory layout:\n");
	/* Slots lie above FIXADDR_START, the highest one being at FIXADDR_TOP. */
	if (fix < FIXADDR_TOP)
		show_range("fixmap", fix + PAGE_SIZE, FIXADDR_TOP - fix);
	if (have_highmem)
		show_range("pkmap", PKMAP_BASE, LAST_PKMAP * PAGE_SIZE);
	show_range("vmalloc", vmalloc_start(), vmalloc_end() - vmalloc_start());
	show_range("gap", high_memory, vmalloc_start() - high_memory);
	show_range("lowmem", PAGE_OFFSET, high_memory - PAGE_OFFSET);
}

/* ---- slab -------------------------------------------------------------------- */

void show_slabinfo(void)
{
	struct kmem_cache_info c;

	printk("slabinfo - version: 1.1\n");
	for (unsigned id = 0; id < KMEM_CACHES_MAX; id++) {
		u32 active, slabs;

		if (!kmem_cache_info(id, &c))
			continue;
		active = c.nr_full + c.nr_partial;
		slabs = active + c.nr_free;
		printk("%-17s %6u %6u %6u %4u %4u %4u\n", c.name, c.active_objs, slabs * c.num,
		       c.objsize, active, slabs, 1u << c.order);
	}
}

/* ---- page tables ------------------------------------------------------------- */

/* A run of entries alike but for the frame. */
struct run {
	vaddr_t start;
	u64 end;    /* exclusive; 2^32 is possible */
	u32 flags;  /* low 12 bits, without accessed and dirty */
	bool large; /* PDEs of 4 MiB pages */
};

static void print_entry_flags(u32 entry, bool large)
{
	printk("%s %s %s %s %s %s", entry & _PAGE_USER ? "USR" : "   ",
	       entry & _PAGE_RW ? "RW" : "ro", entry & _PAGE_PWT ? "PWT" : "   ",
	       entry & _PAGE_PCD ? "PCD" : "   ", large ? "PSE" : "   ",
	       entry & _PAGE_GLOBAL ? "GLB" : "   ");
}

static void run_flush(struct run *run)
{
	u32 kb = (u32)((run->end - run->start) >> 10);

	if (run->end > run->start) {
		printk("0x%08x-0x%08x %7u%c ", run->start, (u32)run->end,
		       kb % 1024 ? kb : kb / 1024, kb % 1024 ? 'K' : 'M');
		print_entry_flags(run->flags, run->large);
		printk(" %s\n", run->large ? "pde" : "pte");
	}
}

/* Flags of a present entry are never 0, so the first one ends the run of nothing. */
static void run_add(struct run *run, vaddr_t addr, u32 bytes, u32 entry, bool large)
{
	u32 flags = entry & ~PAGE_MASK & ~(_PAGE_ACCESSED | _PAGE_DIRTY);

	if (run->end != addr || run->flags != flags || run->large != large) {
		run_flush(run);
		*run = (struct run){ .start = addr, .flags = flags, .large = large };
	}
	run->end = (u64)addr + bytes;
}

static void run_add_slot(struct run *run, u32 pde, vaddr_t addr)
{
	if (!(pde & _PAGE_PRESENT))
		return;
	if (pde & _PAGE_PSE) {
		run_add(run, addr, 1u << PGDIR_SHIFT, pde, true);
		return;
	}
	for (u32 i = 0; i < PTRS; i++, addr += PAGE_SIZE) {
		u32 pte = *pte_offset(pde, addr);

		if (pte & _PAGE_PRESENT)
			run_add(run, addr, PAGE_SIZE, pte, false);
	}
}

/* The two steps of the walk, and where it ends. */
static void show_walk(phys_t pgd, vaddr_t addr)
{
	u32 pde, pte;
	phys_t phys;
	bool mapped = page_walk(pgd, addr, &pde, &pte, &phys);

	printk("pgd %08x [%4u] = %08x\n", pgd, addr >> PGDIR_SHIFT, pde);
	if (pde & _PAGE_PRESENT && !(pde & _PAGE_PSE))
		printk("pte %08x [%4u] = %08x\n", pde & PAGE_MASK, addr >> PAGE_SHIFT & (PTRS - 1),
		       pte);
	if (mapped)
		printk("%08x is at physical %08x, frame %x\n", addr, phys, phys >> PAGE_SHIFT);
	else
		printk("%08x is not mapped\n", addr);
}

/* The walk of an address in the current directory, and the ranges of its 4 MiB
 * slot. */
void show_pagetables(vaddr_t addr)
{
	phys_t pgd = machine_read_cr3() & PAGE_MASK;
	struct run run = { 0 };

	show_walk(pgd, addr);
	run_add_slot(&run, pgd_virt(pgd)[addr >> PGDIR_SHIFT], addr & ~((1u << PGDIR_SHIFT) - 1));
	run_flush(&run);
}

/* Every range of the current directory; entries alike are one line. */
void show_page_ranges(void)
{
	const u32 *pgd = pgd_virt(machine_read_cr3() & PAGE_MASK);
	struct run run = { 0 };

	for (u32 slot = 0; slot < PTRS; slot++)
		run_add_slot(&run, pgd[slot], slot << PGDIR_SHIFT);
	run_flush(&run);
}

/* SPDX-License-Identifier: MIT */
/*
 * pgtable.c - the i386 page tables: the reference directory, its tables, and
 * the address spaces copied from it.
 *
 * Two levels, as without PAE: 1,024 directory entries of 4 MiB, each either a
 * 4 MiB page (the linear map, if the CPU has PSE) or a table of 1,024 pages.
 * init_mm.pgd, the kernel's swapper_pg_dir, is the reference: vmalloc edits
 * only it.  A process gets a copy of its kernel slots when it is created; slots
 * filled later reach it one by one through the fault handler (fault.c).  That
 * works because a kernel table, once made, is never taken away: vfree clears
 * PTEs, never PDEs.
 *
 * Entries that were not present need no TLB flush when they are set: x86 does
 * not cache those.
 */
#include "mm/mm_priv.h"
#include "mm/mm.h"
#include "lib/string.h"

struct mm_struct init_mm = { SWAPPER_PG_DIR, 0 };

static u16 last_mm_id;
static u32 kernel_prot; /* asking the CPU is slow */

/* The directories there are, for snapshots; any more go untold. */
static phys_t directory[64];
static unsigned nr_directories;

u32 page_kernel_prot(void)
{
	return kernel_prot;
}

void flush_tlb_all_traced(unsigned reason)
{
	machine_flush_tlb_all();
	TRACE(tlb_flush, .reason = (u8)reason, .pages = PS_FLUSH_ALL);
}

/* ---- boot ---- */

static phys_t boot_table(void)
{
	return alloc_bootmem(PAGE_SIZE, PAGE_SIZE, 0, PS_OWNER_PAGE_TABLES);
}

/* The linear map in 4 MiB pages; it may reach past high_memory. */
static void map_linear_large(void)
{
	u32 prot = page_kernel_prot() | _PAGE_PSE;
	phys_t pa;

	machine_enable_paging_features();
	for (pa = 0; pa >> PAGE_SHIFT < max_low_pfn; pa += 1u << PGDIR_SHIFT)
		*pgd_offset_k(__va(pa)) = pa | prot;
}

/* The same in 4 KiB pages: a table of boot memory for each slot. */
static void map_linear_small(void)
{
	u32 pfn, i;

	machine_enable_paging_features();
	for (pfn = 0; pfn < max_low_pfn; pfn += PTRS) {
		phys_t table = boot_table();
		u32 *pte = phys_to_virt(table);

		for (i = 0; i < PTRS && pfn + i < max_low_pfn; i++)
			pte[i] = (pfn + i) << PAGE_SHIFT | page_kernel_prot();
		*pgd_offset_k(__va(pfn << PAGE_SHIFT)) = table | _KERNPG_TABLE;
	}
}

/* Tables for [start, end of the address space), made before they are used. */
static void preallocate_tables(vaddr_t start, u32 slots)
{
	for (; slots--; start += 1u << PGDIR_SHIFT)
		*pgd_offset_k(start) = boot_table() | _KERNPG_TABLE;
}

/* The kernel's own map: linear, fixmap, kmap's window. */
void paging_init(bool want_pse)
{
	nr_directories = 0;
	kernel_prot = _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY |
		      (machine_has_pge() ? _PAGE_GLOBAL : 0);
	if (want_pse)
		map_linear_large();
	else
		map_linear_small();
	preallocate_tables(FIXADDR_TOP, 1);
	if (have_highmem)
		preallocate_tables(PKMAP_BASE, 1);
	machine_load_cr3(init_mm.pgd);
	machine_flush_tlb_all();
}

/* Entries told as a range, one answer of the MMU each. */
static void probe_range(vaddr_t addr, u32 nr, unsigned shift)
{
	u32 i;

	for (i = 0; i < nr; i++)
		machine_probe(addr + (i << shift));
}

/* How many slots the boot map has, from 0 on. */
static u32 boot_map_slots(u32 slots)
{
	u32 were = 0;

	while (were < slots && pgd_virt(init_mm.pgd)[were])
		were++;
	return were;
}

/* Removes the boot map of low addresses; page 0 faults from here on. */
void zap_low_mappings(void)
{
	u32 slots = PAGE_OFFSET >> PGDIR_SHIFT, were = boot_map_slots(slots);

	memset(pgd_virt(init_mm.pgd), 0, slots * sizeof(u32));
	TRACE(pde_clear_range, .addr = 0, .nr = slots, .entry_pa = init_mm.pgd);
	flush_tlb_all_traced(PS_FLUSH_BOOT);
	probe_range(0, were, PGDIR_SHIFT);
}

/* The entries of one boot table, as runs of consecutive pages. */
static void trace_boot_table(vaddr_t addr, const u32 *pte)
{
	u32 i, nr;

	for (i = 0; i < PTRS; i += nr) {
		nr = 1;
		if (!(pte[i] & _PAGE_PRESENT))
			continue;
		while (i + nr < PTRS && pte[i + nr] == pte[i] + nr * PAGE_SIZE)
			nr++;
		TRACE(pte_range_set, .addr = addr + i * PAGE_SIZE, .entry = pte[i], .nr = nr,
		      .large = 0, .entry_pa = virt_to_phys(pte + i));
		probe_range(addr + i * PAGE_SIZE, nr, PAGE_SHIFT);
	}
}

/* How many slots from i on are empty. */
static u32 empty_slots(const u32 *pgd, u32 i)
{
	u32 nr = 0;

	while (i + nr < PTRS && !(pgd[i + nr] & _PAGE_PRESENT))
		nr++;
	return nr;
}

/* Tells the trace of the map that paging_init made: ranges of empty slots and of 4 MiB
 * pages, and each table with what is in it.  Of the boot's own map below PAGE_OFFSET
 * nothing is told until it goes. */
void trace_boot_maps(void)
{
	const u32 *pgd = pgd_virt(init_mm.pgd);
	u32 i, nr;

	for (i = PAGE_OFFSET >> PGDIR_SHIFT; i < PTRS; i += nr) {
		nr = empty_slots(pgd, i);
		if (nr) {
			TRACE(pde_clear_range, .addr = i << PGDIR_SHIFT, .nr = nr,
			      .entry_pa = virt_to_phys(pgd + i));
			continue;
		}
		nr = 1;
		if (!(pgd[i] & _PAGE_PSE)) {
			TRACE(pte_alloc, .table = pgd[i] & PAGE_MASK);
			TRACE(pde_set, .addr = i << PGDIR_SHIFT, .pde = pgd[i],
			      .entry_pa = virt_to_phys(pgd + i));
			trace_boot_table(i << PGDIR_SHIFT, pte_offset(pgd[i], 0));
			machine_probe(i << PGDIR_SHIFT);
			continue;
		}
		while (i + nr < PTRS && pgd[i + nr] == pgd[i] + (nr << PGDIR_SHIFT))
			nr++;
		TRACE(pte_range_set, .addr = i << PGDIR_SHIFT, .entry = pgd[i], .nr = nr,
		      .large = 1, .entry_pa = virt_to_phys(pgd + i));
		probe_range(i << PGDIR_SHIFT, nr, PGDIR_SHIFT);
	}
}

/* ---- the reference tables ---- */

u32 *pte_lookup(vaddr_t addr)
{
	u32 pde = *pgd_offset_k(addr);

	return pde & _PAGE_PRESENT && !(pde & _PAGE_PSE) ? pte_offset(pde, addr) : NULL;
}

void set_pte(u32 *pte, vaddr_t addr, u32 entry)
{
	u32 old = *pte;

	(void)addr, (void)old;
	*pte = entry;
	TRACE(pte_set, .addr = addr, .old = old, .pte = entry, .entry_pa = virt_to_phys(pte));
}

u32 ptep_get_and_clear(u32 *pte, vaddr_t addr)
{
	u32 old = *pte;

	*pte = 0;
	TRACE(pte_clear, .addr = addr, .old = old, .entry_pa = virt_to_phys(pte));
	machine_probe(addr);
	return old;
}

void pmd_clear(u32 *pmd, vaddr_t addr)
{
	u32 old = *pmd;

	(void)old;
	*pmd = 0;
	TRACE(pde_clear, .addr = addr & ~((1u << PGDIR_SHIFT) - 1), .old = old,
	      .entry_pa = virt_to_phys(pmd));
	machine_probe(addr);
}

/* A zeroed page for a directory or table, from GFP_KERNEL memory whatever the data's
 * mask. */
static struct page *alloc_zeroed(u32 ip)
{
	struct page *page = fail_now(FAIL_TABLE) ? NULL : _alloc_pages(GFP_KERNEL, 0, ip);

	if (page)
		memset(phys_to_virt(page_pfn(page) << PAGE_SHIFT), 0, PAGE_SIZE);
	return page;
}

static struct page *alloc_table(u32 ip)
{
	struct page *page = alloc_zeroed(ip);

	if (page)
		TRACE(pte_alloc, .table = page_pfn(page) << PAGE_SHIFT);
	return page;
}

u32 *pte_alloc(u32 *pmd, vaddr_t addr, u32 ip)
{
	struct page *page;

	if (!*pmd) {
		page = alloc_table(ip);
		if (!page)
			return NULL;
		*pmd = page_pfn(page) << PAGE_SHIFT | _PAGE_TABLE;
		TRACE(pde_set, .addr = addr & ~((1u << PGDIR_SHIFT) - 1), .pde = *pmd,
		      .entry_pa = virt_to_phys(pmd));
		machine_probe(addr);
	}
	return pte_offset(*pmd, addr);
}

bool page_walk(phys_t cr3, vaddr_t addr, u32 *pde, u32 *pte, phys_t *phys)
{
	*pte = 0;
	*phys = 0;
	*pde = pgd_virt(cr3)[addr >> PGDIR_SHIFT];
	if (!(*pde & _PAGE_PRESENT))
		return false;
	if (*pde & _PAGE_PSE) {
		*phys = (*pde & ~((1u << PGDIR_SHIFT) - 1)) | (addr & ((1u << PGDIR_SHIFT) - 1));
		return true;
	}
	*pte = *pte_offset(*pde, addr);
	*phys = (*pte & PAGE_MASK) | (addr & ~PAGE_MASK);
	return *pte & _PAGE_PRESENT;
}

/* ---- entries written as memory ---- */

/* Is `where` in the directory `pgd`, or in a table of its slots from `slot` on?
 * *addr is then the first address that the entry there maps. */
static bool probe_entry_maps(phys_t pgd, u32 slot, phys_t where, vaddr_t *addr)
{
	const u32 *entry = pgd_virt(pgd);
	u32 index = (where & ~PAGE_MASK) / sizeof(u32), frame = where & PAGE_MASK;

	*addr = index << PGDIR_SHIFT;
	if (frame == pgd)
		return true;
	for (; slot < PTRS; slot++) {
		*addr = slot << PGDIR_SHIFT | index << PAGE_SHIFT;
		if ((entry[slot] & (PAGE_MASK | _PAGE_PRESENT | _PAGE_PSE)) ==
		    (frame | _PAGE_PRESENT))
			return true;
	}
	return false;
}

void probe_written(vaddr_t addr)
{
	phys_t cr3 = machine_read_cr3() & PAGE_MASK, where;
	u32 pde, pte;
	unsigned i;

	if (!trace_is_on() || !page_walk(cr3, addr, &pde, &pte, &where))
		return;
	if (probe_entry_maps(init_mm.pgd, PAGE_OFFSET >> PGDIR_SHIFT, where, &addr))
		machine_probe_in(init_mm.pgd, addr);
	for (i = 0; i < nr_directories; i++)
		if (probe_entry_maps(directory[i], 0, where, &addr))
			machine_probe_in(directory[i], addr);
}

/* ---- address spaces ---- */

phys_t mm_directory(unsigned i)
{
	return i < nr_directories ? directory[i] : 0;
}

static void forget_directory(phys_t pgd)
{
	unsigned i;

	for (i = 0; i < nr_directories; i++)
		if (directory[i] == pgd)
			directory[i--] = directory[--nr_directories];
}

static void probe_kernel_slots(const struct mm_struct *mm)
{
	u32 slot;

	for (slot = PAGE_OFFSET >> PGDIR_SHIFT; slot < PTRS; slot++)
		if (pgd_virt(mm->pgd)[slot])
			machine_probe_in(mm->pgd, slot << PGDIR_SHIFT);
}

/* A directory with empty user slots and the kernel slots of this moment. */
bool mm_create(struct mm_struct *mm)
{
	u32 user = PAGE_OFFSET >> PGDIR_SHIFT;
	struct page *page = alloc_zeroed(_RET_IP_);

	if (!page)
		return false;
	mm->pgd = page_pfn(page) << PAGE_SHIFT;
	mm->id = ++last_mm_id;
	memcpy(pgd_virt(mm->pgd) + user, pgd_virt(init_mm.pgd) + user, (PTRS - user) * sizeof(u32));
	forget_directory(mm->pgd); /* of one who gave the frame back behind our back */
	if (nr_directories < sizeof(directory) / sizeof(directory[0]))
		directory[nr_directories++] = mm->pgd;
	TRACE(pgd_alloc, .pgd = mm->pgd, .mm = mm->id, .copied_from = init_mm.pgd);
	probe_kernel_slots(mm);
	return true;
}

static void free_user_table(struct mm_struct *mm, u32 slot, u32 ip)
{
	u32 *pde = pgd_virt(mm->pgd) + slot, i, *pte = pte_offset(*pde, 0);

	for (i = 0; i < PTRS; i++) {
		u32 old = pte[i];

		if (!(old & _PAGE_PRESENT))
			continue;
		pte[i] = 0;
		TRACE(pte_clear, .addr = slot << PGDIR_SHIFT | i << PAGE_SHIFT, .old = old,
		      .entry_pa = virt_to_phys(pte + i));
		machine_probe(slot << PGDIR_SHIFT | i << PAGE_SHIFT);
		free_pages_ip(pfn_page(old >> PAGE_SHIFT), 0, ip);
	}
	i = *pde;
	*pde = 0;
	TRACE(pde_clear, .addr = slot << PGDIR_SHIFT, .old = i, .entry_pa = virt_to_phys(pde));
	machine_probe(slot << PGDIR_SHIFT);
	free_pages_ip(pfn_page(i >> PAGE_SHIFT), 0, ip);
}

/* Empties the user half, from within as exit does, and frees the directory from
 * without. */
void mm_drop(struct mm_struct *mm)
{
	u32 slot;

	mm_switch(mm);
	for (slot = 0; slot < PAGE_OFFSET >> PGDIR_SHIFT; slot++)
		if (pgd_virt(mm->pgd)[slot] & _PAGE_PRESENT)
			free_user_table(mm, slot, _RET_IP_);
	mm_switch(&init_mm);
	forget_directory(mm->pgd);
	TRACE(pgd_free, .pgd = mm->pgd, .mm = mm->id);
	free_pages_ip(pfn_page(mm->pgd >> PAGE_SHIFT), 0, _RET_IP_);
	mm->pgd = 0;
}

/* Loading CR3 drops all but global entries from the TLB. */
void mm_switch(struct mm_struct *mm)
{
	if (machine_read_cr3() == mm->pgd)
		return;
	machine_load_cr3(mm->pgd);
	TRACE(switch_mm, .pgd = mm->pgd, .mm = mm->id);
	TRACE(tlb_flush, .reason = PS_FLUSH_TASK_SWITCH, .pages = PS_FLUSH_ALL);
}

bool mm_map_user(struct mm_struct *mm, vaddr_t addr)
{
	u32 *pde = pgd_virt(mm->pgd) + (addr >> PGDIR_SHIFT), *pte;
	struct page *page;

	if (addr >= PAGE_OFFSET)
		return false;
	if (!*pde) {
		page = alloc_table(_RET_IP_);
		if (!page)
			return false;
		*pde = page_pfn(page) << PAGE_SHIFT | _PAGE_TABLE;
		TRACE(pde_set, .addr = addr & ~((1u << PGDIR_SHIFT) - 1), .pde = *pde,
		      .entry_pa = virt_to_phys(pde));
		machine_probe_in(mm->pgd, addr);
	}
	pte = pte_offset(*pde, addr);
	if (*pte)
		return true;
	page = _alloc_pages(GFP_HIGHUSER, 0, _RET_IP_);
	if (!page)
		return false;
	*pte = page_pfn(page) << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_RW | _PAGE_USER |
	       _PAGE_ACCESSED | _PAGE_DIRTY;
	TRACE(pte_set, .addr = addr & PAGE_MASK, .pte = *pte, .entry_pa = virt_to_phys(pte));
	machine_probe_in(mm->pgd, addr);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * directory.c - page directories and tables.
 *
 * Each process has a directory, and in it its own tables for the kernel's addresses too:
 * no table is shared.  All memory is mapped from KERNBASE on, so a table is edited there,
 * or, with a recursive slot, through that slot if its directory is the one in use.
 */
#include "kernel.h"
#include "x86.h"

uint32_t *kernel_directory; /* of the boot, and of whoever is no process */

static int in_use(const uint32_t *directory)
{
	return FRAME(rcr3()) == V2P(directory);
}

/* ---- entries ---- */

/* The physical address of an entry, by either of its addresses. */
static uint32_t entry_pa(const uint32_t *entry)
{
	if (IS_RECURSIVE && SLOT((uint32_t)entry) == RECURSIVE_SLOT)
		return ps_entry_pa_recursive(entry, RECURSIVE_SLOT);
	return ps_entry_pa(entry, KERNBASE);
}

static void store_pde(uint32_t *directory, uint32_t va, uint32_t pde)
{
	uint32_t *entry = &directory[SLOT(va)], old = *entry;

	*entry = pde;
	TRACE(pde_set, .addr = va & ~0x3fffffu, .old = old, .pde = pde,
	      .entry_pa = entry_pa(entry));
}

static void store_pte(uint32_t *entry, uint32_t va, uint32_t pte)
{
	uint32_t old = *entry;

	*entry = pte;
	TRACE(pte_set, .addr = va, .old = old, .pte = pte, .entry_pa = entry_pa(entry));
}

/* An empty table for `va`; false if there is no memory. */
static int add_table(uint32_t *directory, uint32_t va)
{
	uint32_t *table = zeroed_page();

	if (!table)
		return 0;
	TRACE(pte_alloc, .table = V2P(table));
	store_pde(directory, va, V2P(table) | PTE_P | PTE_W | PTE_U);
	return 1;
}

uint32_t *entry_of(uint32_t *directory, uint32_t va, int make)
{
	if (!(directory[SLOT(va)] & PTE_P) && !(make && add_table(directory, va)))
		return 0;
	if (IS_RECURSIVE && in_use(directory))
		return (uint32_t *)(RECURSIVE_SLOT << 22) + (va >> 12);
	return (uint32_t *)P2V(FRAME(directory[SLOT(va)])) + INDEX(va);
}

int map_page(uint32_t *directory, uint32_t va, uint32_t entry)
{
	uint32_t *pte = entry_of(directory, va, 1);

	if (!pte)
		return 0;
	store_pte(pte, va, entry);
	ps_trace_probe_in(V2P(directory), va);
	return 1;
}

static void unmap_page(uint32_t *directory, uint32_t *pte, uint32_t va)
{
	uint32_t old = *pte;

	*pte = 0;
	TRACE(pte_clear, .addr = va, .old = old, .entry_pa = entry_pa(pte));
	if (!in_use(directory))
		return; /* its next load drops what the TLB has of it */
	invlpg(va);
	TRACE(tlb_flush, .reason = PS_FLUSH_LOCAL, .pages = 1, .addr = va);
}

/* ---- the kernel's part ---- */

/* Maps [pa, pa_end) from `va` on: one event a table, not one a page. */
static int map_range(uint32_t *directory, uint32_t va, uint32_t pa, uint32_t pa_end, uint32_t flags)
{
	while (pa < pa_end) {
		uint32_t *first = entry_of(directory, va, 1), n = 0;
		uint32_t most = 1024 - INDEX(va);

		if (!first)
			return 0;
		for (; n < most && pa + n * PGSIZE < pa_end; n++)
			first[n] = (pa + n * PGSIZE) | flags;
		TRACE(pte_range_set, .addr = va, .entry = pa | flags, .nr = n,
		      .entry_pa = entry_pa(first));
		va += n * PGSIZE;
		pa += n * PGSIZE;
	}
	return 1;
}

static int map_kernel(uint32_t *directory)
{
	uint32_t text = 0x100000, data = V2P(rodata_end);

	return map_range(directory, KERNBASE, 0, text, PTE_P | PTE_W) &&
	       map_range(directory, KERNBASE + text, text, data, PTE_P) &&
	       map_range(directory, KERNBASE + data, data, PHYSTOP, PTE_P | PTE_W) &&
	       map_range(directory, DEVSPACE, DEVSPACE, DEVSPACE + DEVPAGES * PGSIZE,
			 PTE_P | PTE_W);
}

uint32_t *new_directory(uint16_t pid)
{
	uint32_t *directory = zeroed_page();

	if (!directory)
		return 0;
	TRACE(pgd_alloc, .pgd = V2P(directory), .mm = pid);
	if (IS_RECURSIVE)
		store_pde(directory, RECURSIVE_SLOT << 22, V2P(directory) | PTE_P | PTE_W);
	if (map_kernel(directory))
		return directory;
	free_directory(directory, 0);
	return 0;
}

void free_directory(uint32_t *directory, uint32_t size)
{
	shrink(directory, size, 0);
	/* before its tables are free: from here on nothing leads to them */
	TRACE(pgd_free, .pgd = V2P(directory));
	for (uint32_t slot = 0; slot < 1024; slot++)
		if (directory[slot] & PTE_P && slot != RECURSIVE_SLOT)
			kfree(P2V(FRAME(directory[slot])));
	kfree(directory);
}

void load_directory(uint32_t *directory, uint16_t pid)
{
	lcr3(V2P(directory));
	TRACE(switch_mm, .pgd = V2P(directory), .mm = pid);
}

/* ---- the user's part ---- */

/* From `from` to `to`, both of whole pages; false, and nothing done, without memory. */
int grow(uint32_t *directory, uint32_t from, uint32_t to)
{
	for (uint32_t va = from; va < to; va += PGSIZE) {
		void *page = zeroed_page();

		if (page && map_page(directory, va, V2P(page) | PTE_P | PTE_W | PTE_U))
			continue;
		if (page)
			kfree(page);
		shrink(directory, va, from);
		return 0;
	}
	return 1;
}

void shrink(uint32_t *directory, uint32_t from, uint32_t to)
{
	for (uint32_t va = to; va < from; va += PGSIZE) {
		uint32_t *pte = entry_of(directory, va, 0), pa;

		if (!pte || !(*pte & PTE_P))
			continue;
		pa = FRAME(*pte);
		unmap_page(directory, pte, va);
		kfree(P2V(pa));
	}
}

/* The guard page below the stack: there, but not for the user. */
void forbid_user(uint32_t *directory, uint32_t va)
{
	uint32_t *pte = entry_of(directory, va, 0);

	store_pte(pte, va, *pte & ~PTE_U);
}

int copy_user(uint32_t *from, uint32_t *to, uint32_t size)
{
	for (uint32_t va = 0; va < size; va += PGSIZE) {
		uint32_t pte = *entry_of(from, va, 0);
		void *page = kalloc();

		if (page)
			__builtin_memcpy(page, P2V(FRAME(pte)), PGSIZE);
		if (page && map_page(to, va, V2P(page) | (pte & (PTE_P | PTE_W | PTE_U))))
			continue;
		if (page)
			kfree(page);
		shrink(to, va, 0);
		return 0;
	}
	return 1;
}

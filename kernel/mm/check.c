/* SPDX-License-Identifier: MIT */
/*
 * check.c - the memory manager looks at itself.
 *
 * mm_check tests every invariant that page_alloc.c, vmalloc.c and pgtable.c
 * state; mm_snapshot sends digests of the same structures into the trace, so
 * that whoever replays the events can hold the result against the original.
 */
#include "mm/mm_priv.h"
#include "mm/fnv.h"
#include "mm/highmem.h"
#include "mm/slab.h"
#include "lib/string.h"

static unsigned violations;

#define MAX_PRINTED 20

/* Counts a violation, and prints it unless there were many. */
static void bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void bad(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (++violations > MAX_PRINTED)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("mm_check: %s\n", text);
}

/* ---- the buddy allocator ---- */

/* Walks one list; returns its length.  A list longer than the zone is a ring
 * that does not close. */
static u32 check_list(const zone_t *zone, unsigned order)
{
	const struct list_head *head = &zone->free_area[order].free_list, *node;
	u32 n = 0;

	list_for_each(node, head) {
		const struct page *page = list_entry(node, const struct page, list);
		u32 idx = (u32)(page - zone->zone_mem_map);

		if (node->next->prev != node || node->prev->next != node) {
			bad("%s list %u: links are broken at pfn %u", zone->name, order,
			    page_pfn(page));
			return n;
		}
		if (++n > zone->size) {
			bad("%s list %u does not end", zone->name, order);
			return n;
		}
		if (idx >= zone->size || idx + (1u << order) > zone->size ||
		    idx & ((1u << order) - 1)) {
			bad("%s list %u: pfn %u is out of the zone or misaligned", zone->name,
			    order, page_pfn(page));
			continue;
		}
		if (PageReserved(page) || (page->count && !quirks))
			bad("%s list %u: pfn %u is reserved or in use (count %d)", zone->name,
			    order, page_pfn(page), page->count);
		if (MM_CHECKS && (page->flags & PG_STATE) != (PG_BUDDY | order))
			bad("%s list %u: pfn %u has flags %08x", zone->name, order, page_pfn(page),
			    page->flags);
	}
	return n;
}

static bool free_head(const zone_t *zone, u32 idx, unsigned order)
{
	return idx < zone->size && (zone->zone_mem_map[idx].flags & PG_STATE) == (PG_BUDDY | order);
}

/* bit = A xor B, and never both; heads marked free are as many as listed. */
static void check_pairs(const zone_t *zone, unsigned order, u32 listed)
{
	u32 step = 1u << order, idx, marked = 0;

	for (idx = 0; idx < zone->size; idx += 2 * step) {
		bool a = free_head(zone, idx, order), b = free_head(zone, idx + step, order);

		marked += a + b;
		if (order == MAX_ORDER - 1)
			continue;
		if (a && b)
			bad("%s order %u: buddies at pfn %u are both free", zone->name, order,
			    zone->zone_start_pfn + idx);
		if (test_pair_bit(zone, idx, order) != (a != b))
			bad("%s order %u: the pair bit of pfn %u is wrong", zone->name, order,
			    zone->zone_start_pfn + idx);
	}
	if (marked != listed)
		bad("%s order %u: %u blocks are marked free, %u are listed", zone->name, order,
		    marked, listed);
}

/* No head, free or handed out, inside another free block. */
static void check_overlap(const zone_t *zone)
{
	u32 idx, end = 0;

	for (idx = 0; idx < zone->size; idx++) {
		u32 state = zone->zone_mem_map[idx].flags & PG_STATE;

		if (idx < end && (state & PG_BUDDY || (state && !quirks)))
			bad("%s: pfn %u lies in a free block and has flags %08x", zone->name,
			    zone->zone_start_pfn + idx, zone->zone_mem_map[idx].flags);
		if (state & PG_BUDDY)
			end = idx + (1u << (state & PG_ORDER_MASK));
	}
}

static void check_zone(const zone_t *zone)
{
	u32 pages = 0;
	unsigned order;

	for (order = 0; order < MAX_ORDER; order++) {
		u32 n = check_list(zone, order);

		pages += n << order;
		if (MM_CHECKS)
			check_pairs(zone, order, n);
	}
	if (pages != zone->free_pages)
		bad("%s: lists hold %u pages, free_pages is %u", zone->name, pages,
		    zone->free_pages);
	if (MM_CHECKS)
		check_overlap(zone);
}

/* ---- vmlist and the tables of its window ---- */

static void check_vmlist(void)
{
	const struct vm_struct *area;
	vaddr_t end = vmalloc_start();

	for (area = vmlist; area; area = area->next) {
		if (area->addr < end || area->size < PAGE_SIZE ||
		    (area->addr | area->size) & ~PAGE_MASK)
			bad("area %08x size %x overlaps or is not made of pages", area->addr,
			    area->size);
		end = area->addr + area->size;
		if (end > vmalloc_end() && !quirks)
			bad("area %08x size %x ends past VMALLOC_END", area->addr, area->size);
	}
	violations += vm_index_check();
}

/* The end of what may be mapped in the area that holds addr, 0: no area. */
static vaddr_t mapped_end(const struct vm_struct **area, vaddr_t addr)
{
	while (*area && (*area)->addr + ((*area)->size - 1) < addr)
		*area = (*area)->next;
	return *area && addr >= (*area)->addr ? (*area)->addr + (*area)->size - PAGE_SIZE : 0;
}

/* Only pages of areas are mapped, no guard page is, and each to a frame that
 * somebody has. */
static void check_window(void)
{
	const struct vm_struct *area = vmlist;
	vaddr_t addr = vmalloc_start();

	for (; addr < vmalloc_end(); addr += PAGE_SIZE) {
		u32 *pte = pte_lookup(addr);
		struct page *page;

		if (!pte) {
			addr |= ((1u << PGDIR_SHIFT) - 1) & PAGE_MASK;
			if (addr >= PAGE_MASK)
				break;
			continue;
		}
		if (!*pte)
			continue;
		if (addr >= mapped_end(&area, addr) && !quirks)
			bad("%08x is mapped (%08x) outside any area", addr, *pte);
		page = pfn_to_page(*pte >> PAGE_SHIFT);
		if (page && !PageReserved(page) && page->count < 1)
			bad("%08x maps pfn %u, which is free", addr, page_pfn(page));
	}
}

unsigned mm_check(void)
{
	unsigned i;

	violations = 0;
	for (i = 0; i < MAX_NR_ZONES; i++)
		if (zones[i].size)
			check_zone(&zones[i]);
	check_vmlist();
	check_window();
	return violations + slab_check() + (have_highmem ? pkmap_check() : 0);
}

/* ---- snapshots ---- */

static u32 zone_list_hash(const zone_t *zone, u32 *nr_free)
{
	u32 hash = FNV_START;
	unsigned order;

	for (order = 0; order < MAX_ORDER; order++) {
		const struct list_head *node;

		nr_free[order] = 0;
		list_for_each(node, &zone->free_area[order].free_list) {
			hash = fnv_u32(hash, page_pfn(list_entry(node, const struct page, list)));
			nr_free[order]++;
		}
		hash = fnv_u32(hash, 0xffffffff);
	}
	return hash;
}

/* The bytes of each order's map that hold bits of pairs. */
static u32 zone_map_hash(const zone_t *zone)
{
	u32 hash = FNV_START, i;
	unsigned order;

	for (order = 0; order < MAX_ORDER - 1; order++) {
		const u8 *map = (const u8 *)zone->free_area[order].map;

		for (i = 0; i <= (zone->size - 1) >> (order + 4); i++)
			hash = fnv_u8(hash, map[i]);
	}
	return hash;
}

static void snapshot_zone(const zone_t *zone)
{
	struct __attribute__((packed)) {
		struct ps_ev_zone_state head;
		u32 nr_free[MAX_ORDER];
	} ev = { .head = { .zone = zone->nr,
			   .free_pages = zone->free_pages,
			   .map_hash = zone_map_hash(zone),
			   .nr_orders = MAX_ORDER } };
	u32 nr_free[MAX_ORDER];

	ev.head.list_hash = zone_list_hash(zone, nr_free);
	memcpy(ev.nr_free, nr_free, sizeof(nr_free));
	TRACE_SEQUENCE(zone_state, &ev.head, MAX_ORDER, sizeof(nr_free[0]));
}

static void snapshot_mem_map(void)
{
	u32 pfn, reserved = 0, used = 0, hash = FNV_START;

	for (pfn = 0; pfn < max_mapnr; pfn++) {
		const struct page *page = pfn_page(pfn);
		u32 word = (PageReserved(page) ? 0x8000u : 0) | ((u32)page->count & 0x7fff);

		reserved += PageReserved(page);
		used += !PageReserved(page) && page->count;
		/* most frames of a large machine are free: the same hash of two zeros */
		hash = word ? fnv_u8(fnv_u8(hash, (u8)word), (u8)(word >> 8))
			    : hash * (FNV_PRIME * FNV_PRIME);
	}
	(void)reserved, (void)used, (void)hash;
	TRACE(mem_map_state, .nr_pages = max_mapnr, .nr_reserved = reserved, .nr_used = used,
	      .hash = hash);
}

/* To whom each frame belongs, as far as mem_map knows: run by run, since frames
 * inside a block say nothing. */
static void snapshot_page_flags(void)
{
	u32 pfn, start, nr_free = 0, nr_used = 0, nr_slab = 0, hash = FNV_START;

	for (pfn = 0; pfn < max_mapnr;) {
		u32 flags = pfn_page(pfn)->flags, nr;

		for (start = pfn++; pfn < max_mapnr && pfn_page(pfn)->flags == flags; pfn++)
			;
		nr = pfn - start;
		nr_free += flags & PG_BUDDY ? nr : 0;
		nr_used += flags & PG_HEAD ? nr : 0;
		nr_slab += flags & PG_SLAB ? nr : 0;
		hash = fnv_u32(fnv_u32(hash, flags), nr);
	}
	(void)nr_free, (void)nr_used, (void)nr_slab, (void)hash;
	TRACE(page_flags_state, .nr_pages = max_mapnr, .nr_free = nr_free, .nr_used = nr_used,
	      .nr_slab = nr_slab, .hash = hash);
}

static void snapshot_vmlist(void)
{
	const struct vm_struct *area;
	u32 hash = FNV_START, nr = 0;

	for (area = vmlist; area; area = area->next, nr++)
		hash = fnv_u32(fnv_u32(fnv_u32(hash, area->addr), area->size), area->flags);
	(void)nr, (void)hash;
	TRACE(vmlist_state, .nr_areas = nr, .hash = hash);
}

/* Digest of a directory or table, without the bits the CPU sets. */
static u32 entries_hash(const u32 *entry, u32 *present)
{
	u32 i, hash = FNV_START;

	*present = 0;
	for (i = 0; i < PTRS; i++) {
		*present += entry[i] & _PAGE_PRESENT;
		hash = fnv_u32(hash, entry[i] & ~(_PAGE_ACCESSED | _PAGE_DIRTY));
	}
	return hash;
}

/* A directory, and the tables of its slots in [slot, end). */
static void snapshot_pgd(phys_t pgd, u32 slot, u32 end)
{
	const u32 *entry = pgd_virt(pgd);
	u32 present, hash = entries_hash(entry, &present);

	(void)hash;
	TRACE(pgd_state, .pgd = pgd, .nr_present = present, .hash = hash);
	for (; slot < end; slot++) {
		if (!(entry[slot] & _PAGE_PRESENT) || entry[slot] & _PAGE_PSE)
			continue;
		hash = entries_hash(pte_offset(entry[slot], 0), &present);
		(void)hash;
		TRACE(pgtable_state, .addr = slot << PGDIR_SHIFT, .table = entry[slot] & PAGE_MASK,
		      .nr_present = present, .hash = hash);
	}
}

/* The reference directory and the kernel's tables, then each address space with
 * its own. */
static void snapshot_tables(void)
{
	unsigned i;
	phys_t pgd;

	snapshot_pgd(init_mm.pgd, PAGE_OFFSET >> PGDIR_SHIFT, PTRS);
	for (i = 0; (pgd = mm_directory(i)); i++)
		snapshot_pgd(pgd, 0, PAGE_OFFSET >> PGDIR_SHIFT);
}

void mm_snapshot(void)
{
	unsigned i;

	if (!trace_is_on())
		return;
	for (i = 0; i < MAX_NR_ZONES; i++)
		if (zones[i].size)
			snapshot_zone(&zones[i]);
	snapshot_mem_map();
	if (MM_CHECKS)
		snapshot_page_flags();
	snapshot_vmlist();
	snapshot_tables();
	slab_snapshot();
	if (have_highmem)
		pkmap_snapshot();
}

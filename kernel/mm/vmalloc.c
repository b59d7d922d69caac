/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.c - contiguous addresses for scattered frames.
 *
 * Between VMALLOC_START and VMALLOC_END lie areas, each followed by a guard
 * page that is never mapped.  vmlist holds them in ascending order; a new area
 * takes the first hole, from the bottom, that has room for it and its guard
 * page.  vmalloc fills an area with frames taken one by one from the page
 * allocator and maps them in the reference page tables (pgtable.c); vfree
 * unmaps and frees them, and flushes the TLB once, whatever the size.
 *
 * As in 2.4.22 the tables are filled and emptied by three loops in one another,
 * over the directory (vmalloc_area_pages, vmfree_area_pages), over the middle
 * level (alloc_area_pmd, free_area_pmd), which two-level paging folds into the
 * directory, so that it has one entry, and over a table (alloc_area_pte,
 * free_area_pte).  Tables are never freed: other directories hold copies of the
 * PDEs.
 */
#include "mm/mm_priv.h"
#include "lib/string.h"

struct vm_struct *vmlist;

/* Where areas go, and how they are found: place, find_area, link_area, unlink_area. */
#include "mm/place.h"

/* ---- areas ---- */

/* Bytes of 2.4.22's vm_struct.  Objects of this size are 32 bytes large, so
 * that the simulator's wider pointers find room too, and its trace agrees. */
#define VM_STRUCT_BYTES 16u
_Static_assert(sizeof(struct vm_struct) <= 32, "vm_struct fits size-32");

static struct vm_struct *no_area(struct vm_struct *area, u32 size, u32 flags, u32 ip)
{
	u32 window = vmalloc_end() - vmalloc_start();

	if (size && !vmlist)
		mm_report(PS_REPORT_VMLIST_BOUND, size, window, ip,
			  "area of %u bytes refused, the vmalloc window has %u", size, window);
	kfree(area);
	TRACE(alloc_vmap_area, .size = size, .align = PAGE_SIZE, .failed = 1, .flags = (u8)flags,
	      .call_site = ip);
	return NULL;
}

/*
 * An area of `size` bytes and a guard page, not mapped; NULL: *why.  The
 * descriptor comes first, as its kmalloc may sleep.
 */
struct vm_struct *get_vm_area_ip(u32 size, u32 flags, u32 ip, enum ps_value_vm_why *why)
{
	struct vm_struct *area = NULL, **link;

	*why = PS_WHY_NO_DESCRIPTOR;
	if (!fail_now(FAIL_DESCRIPTOR))
		area = kmalloc(VM_STRUCT_BYTES, GFP_KERNEL);
	if (!area)
		return NULL;
	*why = PS_WHY_NO_ADDRESSES;
	size += PAGE_SIZE;
	link = size ? place(size, &area->addr) : NULL;
	if (!link)
		return no_area(area, size, flags, ip);
	*why = PS_WHY_OK;
	area->size = size;
	area->flags = flags;
	link_area(link, area);
	TRACE(alloc_vmap_area, .addr = area->addr, .size = size, .align = PAGE_SIZE,
	      .flags = (u8)flags, .call_site = ip);
	return area;
}

struct vm_struct *get_vm_area(u32 size, u32 flags)
{
	enum ps_value_vm_why why;

	return get_vm_area_ip(size, flags, _RET_IP_, &why);
}

/* ---- mapping ---- */

#define PGDIR_SIZE (1u << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))

/* Where [address, address + size) ends in the 4 MiB of address's table. */
static vaddr_t end_in_table(vaddr_t address, u32 size)
{
	u32 left = PGDIR_SIZE - (address & ~PGDIR_MASK);

	return address + (size < left ? size : left);
}

/* What an area is to be filled with: fresh pages by gfp_mask, or those given. */
struct fill {
	unsigned gfp_mask;
	u32 prot, ip;
	struct page **pages; /* the next of those given; NULL: fresh ones */
	u32 nr;              /* pages mapped so far */
	enum ps_value_vm_why why;
};

/* NULL: no memory, or NULL was given.  A page given gets a reference of the area's. */
static struct page *next_page(struct fill *fill)
{
	struct page *page;

	if (!fill->pages)
		return _alloc_pages(fill->gfp_mask, 0, fill->ip);
	page = *fill->pages++;
	if (page)
		get_page_ip(page, fill->ip);
	return page;
}

/* Fills the part of an area that lies in one table, one page at a time. */
static bool alloc_area_pte(u32 *pte, vaddr_t address, u32 size, struct fill *fill)
{
	vaddr_t end = end_in_table(address, size);

	do {
		struct page *page = next_page(fill);

		if (*pte)
			mm_report(PS_REPORT_PTE_EXISTS, address, *pte, fill->ip,
				  "alloc_area_pte: page already exists");
		if (!page) {
			fill->why = fill->pages ? PS_WHY_NULL_PAGE : PS_WHY_NO_PAGE;
			return false;
		}
		set_pte(pte, address, mk_pte(page, fill->prot));
		machine_probe(address);
		fill->nr++;
		address += PAGE_SIZE;
		pte++;
	} while (address != end);
	return true;
}

/* The table of a slot is made right before its first page is taken. */
static bool alloc_area_pmd(u32 *pmd, vaddr_t address, u32 size, struct fill *fill)
{
	u32 *pte = pte_alloc(pmd, address, fill->ip);

	if (!pte) {
		fill->why = PS_WHY_NO_TABLE;
		return false;
	}
	return alloc_area_pte(pte, address, size, fill);
}

/*
 * Fills [address, address + size).  If the end has wrapped past 4 GiB, which only
 * quirks allow, the first slot is filled and that is called success, as in 2.4.22.
 */
static bool vmalloc_area_pages(vaddr_t address, u32 size, struct fill *fill)
{
	vaddr_t end = address + size;
	bool ok;

	do {
		ok = alloc_area_pmd(pgd_offset_k(address), address, end - address, fill);
		address = (address + PGDIR_SIZE) & PGDIR_MASK;
	} while (ok && address && address < end);
	TRACE(flush_cache_all, .why = 0);
	return ok;
}

/* A new area, filled; 0 on failure, fill->why says why. */
static vaddr_t map_new_area(u32 size, u32 flags, struct fill *fill)
{
	struct vm_struct *area = get_vm_area_ip(size, flags, fill->ip, &fill->why);

	if (!area)
		return 0;
	if (vmalloc_area_pages(area->addr, size, fill))
		return area->addr;
	vfree_op(area->addr, PS_VMOP_VFREE, fill->ip);
	return 0;
}

/* __vmalloc by any of its names on behalf of the caller at ip; op: enum ps_value_vm_op */
static vaddr_t vmalloc_op(u32 size, unsigned gfp_mask, u32 prot, unsigned op, u32 ip)
{
	struct fill fill = { .gfp_mask = gfp_mask, .prot = prot, .ip = ip, .why = PS_WHY_SIZE };
	u32 bytes = PAGE_ALIGN(size);
	vaddr_t addr = 0;

	(void)op;
	TRACE(vmalloc_enter, .size = size, .gfp_flags = (u16)gfp_mask, .op = (u8)op,
	      .call_site = ip);
	if (bytes && bytes >> PAGE_SHIFT <= num_physpages)
		addr = map_new_area(bytes, VM_ALLOC, &fill);
	TRACE(vmalloc_exit, .addr = addr, .nr_pages = addr ? fill.nr : 0, .why = (u8)fill.why);
	return addr;
}

/*
 * `size` bytes, rounded up to pages, at contiguous addresses; the memory is not
 * cleared.  0 if the size is 0, wraps or exceeds the machine's frames, or if
 * addresses or memory do not suffice; whatever was taken has been given back,
 * but for page tables, which stay for good.
 */
vaddr_t __vmalloc(u32 size, unsigned gfp_mask, u32 prot)
{
	return vmalloc_op(size, gfp_mask, prot, PS_VMOP_VMALLOC, _RET_IP_);
}

/* From any memory, highmem first. */
vaddr_t vmalloc(u32 size)
{
	return vmalloc_op(size, GFP_KERNEL | __GFP_HIGHMEM, page_kernel_prot(), PS_VMOP_VMALLOC,
			  _RET_IP_);
}

/* From memory with a linear address. */
vaddr_t vmalloc_32(u32 size)
{
	return vmalloc_op(size, GFP_KERNEL, page_kernel_prot(), PS_VMOP_VMALLOC_32, _RET_IP_);
}

/* From the first 16 MiB. */
vaddr_t vmalloc_dma(u32 size)
{
	return vmalloc_op(size, GFP_KERNEL | __GFP_DMA, page_kernel_prot(), PS_VMOP_VMALLOC_DMA,
			  _RET_IP_);
}

/* Whether vmap takes so many pages.  2.4.22 compares bytes in 32 bits, so with 4 GiB of
 * frames its limit is 0, and it refuses everything. */
static bool vmap_takes(u32 count)
{
	u32 most = quirks ? max_mapnr << PAGE_SHIFT >> PAGE_SHIFT : max_mapnr;

	return count && count <= most && count <= ~0u >> PAGE_SHIFT;
}

/*
 * Maps `count` pages the caller has; each gets one more reference, which
 * vunmap drops.  0 if count is 0 or more than there are frames, or an entry is
 * NULL.
 */
vaddr_t vmap(struct page **pages, unsigned count, u32 flags, u32 prot)
{
	struct fill fill = { .prot = prot, .pages = pages, .ip = _RET_IP_, .why = PS_WHY_SIZE };
	vaddr_t addr = 0;

	TRACE(vmalloc_enter, .size = count << PAGE_SHIFT, .op = PS_VMOP_VMAP, .call_site = fill.ip);
	if (vmap_takes(count))
		addr = map_new_area(count << PAGE_SHIFT, flags, &fill);
	TRACE(vmalloc_exit, .addr = addr, .nr_pages = addr ? fill.nr : 0, .why = (u8)fill.why);
	return addr;
}

/* ---- unmapping ---- */

/* Frees the page that an entry, cleared now, has mapped, if it is the allocator's. */
static void free_mapped(u32 pte, vaddr_t address, u32 ip)
{
	struct page *page = pfn_to_page(pte >> PAGE_SHIFT);

	if (!(pte & _PAGE_PRESENT))
		mm_report(PS_REPORT_SWAPPED_PTE, address, pte, ip,
			  "Whee.. Swapped out page in kernel page table");
	else if (page && !PageReserved(page))
		free_pages_ip(page, 0, ip);
}

/* Empties the part of an area that lies in one table, one page at a time; returns
 * how many entries were set. */
static u32 free_area_pte(u32 *pte, vaddr_t address, u32 size, u32 ip)
{
	vaddr_t end = end_in_table(address, size);
	u32 nr = 0;

	do {
		if (*pte) {
			free_mapped(ptep_get_and_clear(pte, address), address, ip);
			nr++;
		}
		address += PAGE_SIZE;
		pte++;
	} while (address != end);
	return nr;
}

/* An entry that is no table of the kernel's is reported, cleared and passed over. */
static u32 free_area_pmd(u32 *pmd, vaddr_t address, u32 size, u32 ip)
{
	u32 pde = *pmd;

	if (!pde)
		return 0;
	if (!pmd_bad(pde))
		return free_area_pte(pte_offset(pde, address), address, size, ip);
	mm_report(PS_REPORT_BAD_PMD, address, pde, ip, "vmalloc.c: bad pmd %08x.", pde);
	pmd_clear(pmd, address);
	return 0;
}

/* Empties [address, address + size), guard page included; returns the pages.  They
 * are free before the TLB is flushed, once, at the end. */
static u32 vmfree_area_pages(vaddr_t address, u32 size, u32 ip)
{
	vaddr_t end = address + size;
	u32 nr = 0;

	TRACE(flush_cache_all, .why = 1);
	do {
		nr += free_area_pmd(pgd_offset_k(address), address, end - address, ip);
		address = (address + PGDIR_SIZE) & PGDIR_MASK;
	} while (address && address < end);
	flush_tlb_all_traced(PS_FLUSH_VFREE);
	return nr;
}

void vfree_op(vaddr_t addr, unsigned op, u32 ip)
{
	struct vm_struct **link, *area;
	u32 nr = 0;

	(void)op, (void)nr;
	if (!addr)
		return;
	TRACE(vfree_enter, .addr = addr, .op = (u8)op, .call_site = ip);
	link = addr & ~PAGE_MASK ? NULL : find_area(addr);
	if (link) {
		area = *link;
		unlink_area(link);
		TRACE(free_vmap_area, .va_start = addr, .size = area->size, .call_site = ip);
		nr = vmfree_area_pages(addr, area->size, ip);
		kfree(area);
	} else if (addr & ~PAGE_MASK) {
		mm_report(PS_REPORT_VFREE_BAD, addr, 0, ip, "Trying to vfree() bad address (%08x)",
			  addr);
	} else {
		mm_report(PS_REPORT_VFREE_NONE, addr, 0, ip,
			  "Trying to vfree() nonexistent vm area (%08x)", addr);
	}
	TRACE(vfree_exit, .addr = addr, .nr_pages = nr);
}

/* Frees what vmalloc returned; 0 is allowed. */
void vfree(vaddr_t addr)
{
	vfree_op(addr, PS_VMOP_VFREE, _RET_IP_);
}

/* The same for vmap: the pages lose the mapping's reference. */
void vunmap(vaddr_t addr)
{
	vfree_op(addr, PS_VMOP_VUNMAP, _RET_IP_);
}

/* ---- reading and writing ---- */

/* The page mapped at addr; NULL: none, or not one of mem_map's. */
struct page *vmalloc_to_page(vaddr_t addr)
{
	u32 *pte = pte_lookup(addr);

	return pte && *pte & _PAGE_PRESENT ? pfn_to_page(*pte >> PAGE_SHIFT) : NULL;
}

/*
 * What vread and vwrite have in common: goes over [addr, addr + count), calls
 * `hole` for what lies before an area and `data` for what lies in one, page by
 * page.  Ends behind the last area; returns the bytes gone over.
 */
struct copy_ops {
	void (*hole)(char *buf, u32 n);
	void (*data)(char *buf, vaddr_t addr, u32 n);
};

static u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

static long walk_areas(const struct copy_ops *ops, char *buf, vaddr_t addr, u32 count)
{
	u32 n, left = count;

	for (const struct vm_struct *area = vmlist; area && left; area = area->next) {
		vaddr_t end = area->addr + area->size - PAGE_SIZE;

		if (addr < area->addr) {
			n = min_u32(area->addr - addr, left);
			ops->hole(buf, n);
			buf += n, addr += n, left -= n;
		}
		while (left && addr < end) {
			n = min_u32(min_u32(end - addr, left), PAGE_SIZE - (addr & ~PAGE_MASK));
			ops->data(buf, addr, n);
			buf += n, addr += n, left -= n;
		}
	}
	return (long)(count - left);
}

/* Memory behind a linear address of the vmalloc window; NULL: not mapped. */
static char *mapped(vaddr_t addr, bool write)
{
	u32 *pte = pte_lookup(addr);

	return pte && *pte & _PAGE_PRESENT ? machine_linear(addr, write) : NULL;
}

static void zero_hole(char *buf, u32 n)
{
	memset(buf, 0, n);
}

static void skip_hole(char *buf, u32 n)
{
	(void)buf, (void)n;
}

static void read_page(char *buf, vaddr_t addr, u32 n)
{
	const char *from = mapped(addr, false);

	if (from)
		memcpy(buf, from, n);
	else
		memset(buf, 0, n);
}

static void write_page(char *buf, vaddr_t addr, u32 n)
{
	char *to = mapped(addr, true);

	if (to)
		memcpy(to, buf, n);
}

/* Reads from areas; holes and guard pages read as zeros.  Returns the bytes
 * read: fewer than count behind the last area, down to 0. */
long vread(char *buf, vaddr_t addr, u32 count)
{
	static const struct copy_ops ops = { zero_hole, read_page };

	return walk_areas(&ops, buf, addr, count);
}

/* Writes to areas; what falls on holes and guard pages is dropped but counted. */
long vwrite(const char *buf, vaddr_t addr, u32 count)
{
	static const struct copy_ops ops = { skip_hole, write_page };

	return walk_areas(&ops, (char *)(uintptr_t)buf, addr, count);
}

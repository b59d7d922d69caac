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
 * vmlist and its order are 2.4.22's, addresses too; place.h finds them quickly.
 */
#include "mm/mm_priv.h"
#include "lib/string.h"

struct vm_struct *vmlist;

/* Where areas go, and how they are found: place, link_area, unlink_area, find_area. */
#include "mm/place.h"

/* ---- areas ---- */

/* Bytes of 2.4.22's vm_struct.  Objects of this size are 32 bytes large, so
 * that the simulator's wider pointers find room too, and its trace agrees. */
#define VM_STRUCT_BYTES 16u
_Static_assert(sizeof(struct vm_struct) <= 32, "vm_struct fits size-32");

static struct vm_struct *no_area(struct vm_struct *area, u32 size, u32 flags, u32 ip)
{
	kfree(area);
	TRACE(alloc_vmap_area, .size = size, .align = PAGE_SIZE, .failed = 1, .flags = (u8)flags,
	      .call_site = ip);
	return NULL;
}

/*
 * An area of `size` bytes and a guard page, not mapped.  The descriptor comes
 * first, as its kmalloc may sleep.
 */
FASTCALL struct vm_struct *get_vm_area_ip(u32 size, u32 flags, u32 ip, bool *no_descriptor)
{
	struct vm_struct *area = fail_now(FAIL_DESCRIPTOR) ? NULL
							   : kmalloc(VM_STRUCT_BYTES, GFP_KERNEL);
	struct vm_struct **link;

	*no_descriptor = !area;
	if (!area)
		return NULL;
	size += PAGE_SIZE;
	if (!size)
		return no_area(area, size, flags, ip);
	link = place(size, &area->addr);
	if (!link) {
		if (!vmlist)
			mm_report(PS_REPORT_VMLIST_BOUND, size, vmalloc_end() - vmalloc_start(), ip,
				  "area of %u bytes refused, the vmalloc window has %u", size,
				  vmalloc_end() - vmalloc_start());
		return no_area(area, size, flags, ip);
	}
	area->size = size;
	area->flags = flags;
	link_area(link, area);
	TRACE(alloc_vmap_area, .addr = area->addr, .size = size, .align = PAGE_SIZE,
	      .flags = (u8)flags, .call_site = ip);
	return area;
}

struct vm_struct *get_vm_area(u32 size, u32 flags)
{
	bool no_descriptor;

	return get_vm_area_ip(size, flags, _RET_IP_, &no_descriptor);
}

/* ---- mapping ---- */

/* What an area is to be filled with: fresh pages by gfp_mask, or those given. */
struct fill {
	unsigned gfp_mask;
	u32 prot, ip;
	struct page **pages;
	u32 nr; /* pages mapped so far */
	enum ps_value_vm_why why;
};

/* The next of the pages given, with a reference of the area's own. */
static struct page *given_page(struct fill *fill)
{
	struct page *page = *fill->pages++;

	if (page)
		get_page_ip(page, fill->ip);
	return page;
}

static inline __attribute__((always_inline)) void trace_pte_set(vaddr_t addr, u32 old, u32 pte)
{
	(void)old, (void)pte;
	TRACE_ON(pte_set, .addr = addr, .old = old, .pte = pte);
	machine_probe(addr);
}

static __attribute__((noinline, cold)) void report_pte_exists(vaddr_t addr, u32 old, u32 ip)
{
	mm_report(PS_REPORT_PTE_EXISTS, addr, old, ip, "alloc_area_pte: page already exists");
}

/* One page. */
static bool fill_pte(struct fill *fill, u32 *pte, vaddr_t addr)
{
	struct page *page = fill->pages ? given_page(fill)
					: _alloc_pages(fill->gfp_mask, 0, fill->ip);
	u32 old = *pte;

	if (unlikely(old))
		report_pte_exists(addr, old, fill->ip);
	if (unlikely(!page)) {
		fill->why = fill->pages ? PS_WHY_NULL_PAGE : PS_WHY_NO_PAGE;
		return false;
	}
	*pte = page_pfn(page) << PAGE_SHIFT | fill->prot;
	if (trace_is_on())
		trace_pte_set(addr, old, *pte);
	return true;
}

/* The pages of one slot, nr from addr on. */
static bool fill_table(struct fill *fill, u32 *pte, vaddr_t addr, u32 nr)
{
	for (; nr; nr--, pte++, addr += PAGE_SIZE) {
		if (!fill_pte(fill, pte, addr))
			return false;
		fill->nr++;
	}
	return true;
}

/*
 * Fills [addr, end) slot by slot; the table of a slot is made right before its
 * first page is taken.  If `end` has wrapped past 4 GiB, which only quirks
 * allow, the first slot is filled and that is called success, as in 2.4.22.
 */
static bool fill_area(struct fill *fill, vaddr_t addr, vaddr_t end)
{
	bool ok = true;

	do {
		u32 left = (end - addr) >> PAGE_SHIFT,
		    nr = PTRS - ((addr >> PAGE_SHIFT) & (PTRS - 1));
		u32 *pte = pte_alloc_kernel(addr, fill->ip);

		if (!pte) {
			fill->why = PS_WHY_NO_TABLE;
			ok = false;
			break;
		}
		nr = nr < left ? nr : left;
		ok = fill_table(fill, pte, addr, nr);
		addr += nr << PAGE_SHIFT;
	} while (ok && addr && addr < end);
	TRACE(flush_cache_all, .why = 0);
	return ok;
}

/* get_vm_area and fill_area with clean-up; 0 on failure, fill->why says why. */
static vaddr_t map_new_area(struct fill *fill, u32 size, u32 flags)
{
	bool no_descriptor;
	struct vm_struct *area = get_vm_area_ip(size, flags, fill->ip, &no_descriptor);

	if (!area) {
		fill->why = no_descriptor ? PS_WHY_NO_DESCRIPTOR : PS_WHY_NO_ADDRESSES;
		return 0;
	}
	if (fill_area(fill, area->addr, area->addr + size))
		return area->addr;
	vfree_op(area->addr, PS_VMOP_VFREE, fill->ip);
	return 0;
}

static vaddr_t vmalloc_op(u32 size, struct fill *fill, unsigned op)
{
	u32 bytes = PAGE_ALIGN(size);
	vaddr_t addr = 0;

	(void)op;
	TRACE(vmalloc_enter, .size = size, .gfp_flags = (u16)fill->gfp_mask, .op = (u8)op,
	      .call_site = fill->ip);
	if (bytes && bytes >> PAGE_SHIFT <= num_physpages)
		addr = map_new_area(fill, bytes, VM_ALLOC);
	else
		fill->why = PS_WHY_SIZE;
	TRACE(vmalloc_exit, .addr = addr, .nr_pages = addr ? fill->nr : 0, .why = (u8)fill->why);
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
	struct fill fill = { .gfp_mask = gfp_mask, .prot = prot, .ip = _RET_IP_ };

	return vmalloc_op(size, &fill, PS_VMOP_VMALLOC);
}

/* From any memory, highmem first. */
vaddr_t vmalloc(u32 size)
{
	struct fill fill = { .gfp_mask = GFP_KERNEL | __GFP_HIGHMEM,
			     .prot = page_kernel_prot(),
			     .ip = _RET_IP_ };

	return vmalloc_op(size, &fill, PS_VMOP_VMALLOC);
}

/* From memory with a linear address. */
vaddr_t vmalloc_32(u32 size)
{
	struct fill fill = { .gfp_mask = GFP_KERNEL, .prot = page_kernel_prot(), .ip = _RET_IP_ };

	return vmalloc_op(size, &fill, PS_VMOP_VMALLOC_32);
}

/* From the first 16 MiB. */
vaddr_t vmalloc_dma(u32 size)
{
	struct fill fill = { .gfp_mask = GFP_KERNEL | __GFP_DMA,
			     .prot = page_kernel_prot(),
			     .ip = _RET_IP_ };

	return vmalloc_op(size, &fill, PS_VMOP_VMALLOC_DMA);
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
	struct fill fill = { .prot = prot, .pages = pages, .ip = _RET_IP_ };
	vaddr_t addr = 0;

	TRACE(vmalloc_enter, .size = count << PAGE_SHIFT, .op = PS_VMOP_VMAP, .call_site = fill.ip);
	if (vmap_takes(count))
		addr = map_new_area(&fill, count << PAGE_SHIFT, flags);
	else
		fill.why = PS_WHY_SIZE;
	TRACE(vmalloc_exit, .addr = addr, .nr_pages = addr ? fill.nr : 0, .why = (u8)fill.why);
	return addr;
}

/* ---- unmapping ---- */

static inline __attribute__((always_inline)) void trace_pte_clear(vaddr_t addr, u32 old)
{
	(void)old;
	TRACE_ON(pte_clear, .addr = addr, .old = old);
	machine_probe(addr);
}

/* Clears one PTE that is set and frees its page, if that is ours. */
static void unmap_pte(u32 *pte, vaddr_t addr, u32 ip)
{
	u32 old = *pte, pfn = old >> PAGE_SHIFT;

	*pte = 0;
	if (trace_is_on())
		trace_pte_clear(addr, old);
	if (unlikely(!(old & _PAGE_PRESENT)))
		mm_report(PS_REPORT_SWAPPED_PTE, addr, old, ip,
			  "Whee.. Swapped out page in kernel page table");
	else if (pfn < max_mapnr && !PageReserved(pfn_page(pfn)))
		free_pages_ip(pfn_page(pfn), 0, ip);
}

/* Clears the PTEs of one table from addr on and frees their pages, those that are
 * ours; returns how many were set. */
static u32 unmap_table(u32 *pte, vaddr_t addr, u32 nr, u32 ip)
{
	u32 unmapped = 0;

	for (; nr; nr--, pte++, addr += PAGE_SIZE)
		if (*pte) {
			unmap_pte(pte, addr, ip);
			unmapped++;
		}
	return unmapped;
}

/* Unmaps [addr, end); returns the pages.  Tables stay: other directories hold
 * copies of the PDEs. */
static u32 unmap_area(vaddr_t addr, vaddr_t end, u32 ip)
{
	u32 unmapped = 0;

	TRACE(flush_cache_all, .why = 1);
	do {
		u32 left = (end - addr) >> PAGE_SHIFT,
		    nr = PTRS - ((addr >> PAGE_SHIFT) & (PTRS - 1));
		u32 *pte = pte_lookup_or_clear(addr, ip);

		nr = nr < left ? nr : left;
		if (pte)
			unmapped += unmap_table(pte, addr, nr, ip);
		addr += nr << PAGE_SHIFT;
	} while (addr && addr < end);
	flush_tlb_all_traced(PS_FLUSH_VFREE);
	return unmapped;
}

void vfree_op(vaddr_t addr, unsigned op, u32 ip)
{
	struct vm_struct **link, *area;
	u32 unmapped = 0;

	(void)op, (void)unmapped;
	if (!addr)
		return;
	TRACE(vfree_enter, .addr = addr, .op = (u8)op, .call_site = ip);
	link = addr & ~PAGE_MASK ? NULL : find_area(addr);
	if (link) {
		area = *link;
		unlink_area(link);
		TRACE(free_vmap_area, .va_start = addr, .size = area->size, .call_site = ip);
		unmapped = unmap_area(addr, addr + area->size, ip);
		kfree(area);
	} else if (addr & ~PAGE_MASK) {
		mm_report(PS_REPORT_VFREE_BAD, addr, 0, ip, "Trying to vfree() bad address (%08x)",
			  addr);
	} else {
		mm_report(PS_REPORT_VFREE_NONE, addr, 0, ip,
			  "Trying to vfree() nonexistent vm area (%08x)", addr);
	}
	TRACE(vfree_exit, .addr = addr, .nr_pages = unmapped);
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
	const struct vm_struct *area;
	u32 done = 0, n;

	if (addr + count < count)
		count = -addr;
	for (area = vmlist; area && done < count; area = area->next) {
		vaddr_t end = area->addr + area->size - PAGE_SIZE;

		if (addr + done >= end)
			continue;
		if (addr + done < area->addr) {
			n = min_u32(area->addr - (addr + done), count - done);
			ops->hole(buf + done, n);
			done += n;
		}
		while (done < count && addr + done < end) {
			vaddr_t at = addr + done;

			n = min_u32(min_u32(end - at, count - done), PAGE_SIZE - (at & ~PAGE_MASK));
			ops->data(buf + done, at, n);
			done += n;
		}
	}
	return (long)done;
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

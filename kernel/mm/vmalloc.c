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
 * vmlist and its order are 2.4.22's, addresses too.  What is ours is an index
 * beside the list, because a walk costs 19 instructions an area:
 *
 *   - the window is cut into buckets of 32 pages.  bucket_link[b] is the
 *     pointer (vmlist or some area's `next`) that points to the first area
 *     starting in bucket b: a search by address looks at one bucket;
 *   - the gap of an area is the hole behind it.  max_gap is a tournament tree:
 *     its leaves are the largest gap in each bucket, in pages, and each inner
 *     node is the larger of its two children.  The lowest hole that will do is
 *     found by going down to the left wherever the left is large enough.
 *
 * Areas are in address order and so are their gaps, hence the hole found is
 * the one the walk would have found.  Up to LIST_MAX areas the walk is cheaper,
 * and is what happens.
 */
#include "mm/mm_priv.h"
#include "lib/string.h"

struct vm_struct *vmlist;

#define LIST_MAX     12u
#define BUCKET_SHIFT 17			/* 32 pages: at most 16 areas of a page */
#define NR_BUCKETS   (1u << (30 - BUCKET_SHIFT))	/* of the kernel's 1 GiB */
#define GAP_MAX      0xffffu		/* a leaf's largest value, 256 MiB */

static struct vm_struct **bucket_link[NR_BUCKETS];
static u16 max_gap[2 * NR_BUCKETS];
static unsigned nr_areas;
/* Areas that reach past VMALLOC_END, as only quirks=2.4.22 lets them: the gap
 * behind such an area has no meaning, so the list is walked. */
static unsigned nr_overrun;

static inline u32 bucket_of(vaddr_t addr)
{
	return (addr - PAGE_OFFSET) >> BUCKET_SHIFT;
}

/* ---- the index ---- */

/* Pages of the hole behind an area, at most GAP_MAX. */
static inline u32 gap_after(const struct vm_struct *area, vaddr_t limit)
{
	vaddr_t end = area->addr + area->size;
	u32 gap;

	if (area->next)
		limit = area->next->addr;
	if (end > limit || end < area->addr)
		return 0;
	gap = (limit - end) >> PAGE_SHIFT;
	return gap < GAP_MAX ? gap : GAP_MAX;
}

/* Sets a leaf and plays its matches again, as far up as the winner changes. */
static void set_leaf(u32 bucket, u32 gap)
{
	u32 i = NR_BUCKETS + bucket;

	max_gap[i] = (u16)gap;
	while (i > 1) {
		u32 other = max_gap[i ^ 1];

		if (other > gap)
			gap = other;
		i >>= 1;
		if (max_gap[i] == gap)
			return;
		max_gap[i] = (u16)gap;
	}
}

static u32 largest_gap_in(u32 bucket, vaddr_t limit)
{
	struct vm_struct *area = bucket_link[bucket] ? *bucket_link[bucket] : NULL;
	u32 max = 0;

	for (; area && bucket_of(area->addr) == bucket; area = area->next) {
		u32 gap = gap_after(area, limit);

		if (gap > max)
			max = gap;
	}
	return max;
}

/* A gap in the bucket was `old` and now is `gap`. */
static void gap_changed(u32 bucket, u32 old, u32 gap, vaddr_t limit)
{
	u32 leaf = max_gap[NR_BUCKETS + bucket];

	if (gap >= leaf)
		set_leaf(bucket, gap);
	else if (old == leaf)
		set_leaf(bucket, largest_gap_in(bucket, limit));
}

static struct vm_struct *area_before(struct vm_struct **link)
{
	return link == &vmlist ? NULL : container_of(link, struct vm_struct, next);
}

/* Puts `area` where *link points, and the index in step. */
static void link_area(struct vm_struct **link, struct vm_struct *area)
{
	struct vm_struct *before = area_before(link), *after = *link;
	vaddr_t limit = vmalloc_end();
	u32 bucket = bucket_of(area->addr), old = before ? gap_after(before, limit) : 0;

	area->next = after;
	*link = area;
	nr_areas++;
	if (area->addr + area->size > limit || area->addr + area->size < area->addr)
		nr_overrun++;
	if (!bucket_link[bucket])
		bucket_link[bucket] = link;
	if (after && bucket_of(after->addr) != bucket)
		bucket_link[bucket_of(after->addr)] = &area->next;
	gap_changed(bucket, 0, gap_after(area, limit), limit);
	if (before)
		gap_changed(bucket_of(before->addr), old, gap_after(before, limit), limit);
}

/* Takes the area *link points to off the list. */
static void unlink_area(struct vm_struct **link)
{
	struct vm_struct *area = *link, *after = area->next, *before = area_before(link);
	vaddr_t limit = vmalloc_end();
	u32 bucket = bucket_of(area->addr), gap = gap_after(area, limit);
	u32 old = before ? gap_after(before, limit) : 0;

	*link = after;
	nr_areas--;
	if (area->addr + area->size > limit || area->addr + area->size < area->addr)
		nr_overrun--;
	if (bucket_link[bucket] == link && !(after && bucket_of(after->addr) == bucket))
		bucket_link[bucket] = NULL;
	if (after && bucket_of(after->addr) != bucket)
		bucket_link[bucket_of(after->addr)] = link;
	gap_changed(bucket, gap, 0, limit);
	if (before)
		gap_changed(bucket_of(before->addr), old, gap_after(before, limit), limit);
}

/* The pointer to the area that starts at addr; NULL: there is none. */
static struct vm_struct **find_area(vaddr_t addr)
{
	struct vm_struct **link = addr >= PAGE_OFFSET ? bucket_link[bucket_of(addr)] : NULL;

	if (!link)
		return NULL;
	for (; *link && (*link)->addr <= addr; link = &(*link)->next)
		if ((*link)->addr == addr)
			return link;
	return NULL;
}

/*
 * First fit by walking the list, with 2.4.22's tests in its order.  Returns
 * where to insert, or NULL.  The tests for the end stand inside the loop, so
 * that an empty list accepts any size: a fault of 2.4.22, kept for quirks.
 */
static struct vm_struct **walk_for_hole(u32 size, vaddr_t *addr)
{
	struct vm_struct **link, *area;
	vaddr_t at = vmalloc_start(), limit = vmalloc_end() - size;

	for (link = &vmlist; (area = *link); link = &area->next) {
		if (at + size < at)
			return NULL;
		if (at + size <= area->addr)
			break;
		if (area->addr + area->size > at)
			at = area->addr + area->size;
		if (at > limit)
			return NULL;
	}
	*addr = at;
	return link;
}

/* The same through the index, for a list that is not empty. */
static struct vm_struct **find_hole(u32 size, vaddr_t *addr)
{
	u32 pages = size >> PAGE_SHIFT, node = 1;
	vaddr_t limit = vmalloc_end();
	struct vm_struct *area;

	*addr = vmalloc_start();
	if (vmlist->addr - *addr >= size)
		return &vmlist;
	if (max_gap[1] < pages)
		return NULL;
	while (node < NR_BUCKETS) {
		node *= 2;
		if (max_gap[node] < pages)
			node++;
	}
	area = *bucket_link[node - NR_BUCKETS];
	while (gap_after(area, limit) < pages)
		area = area->next;
	*addr = area->addr + area->size;
	return &area->next;
}

static struct vm_struct **first_fit(u32 size, vaddr_t *addr)
{
	if (!vmlist && !quirks && size > vmalloc_end() - vmalloc_start())
		return NULL;
	if (nr_areas <= LIST_MAX || nr_overrun || size >> PAGE_SHIFT >= GAP_MAX)
		return walk_for_hole(size, addr);
	return find_hole(size, addr);
}

void vmalloc_reset(void)
{
	vmlist = NULL;
	nr_areas = nr_overrun = 0;
	memset(bucket_link, 0, sizeof(bucket_link));
	memset(max_gap, 0, sizeof(max_gap));
}

unsigned vm_index_check(void)
{
	struct vm_struct **link = &vmlist, *area;
	vaddr_t limit = vmalloc_end();
	u32 bucket, count = 0, bad = 0;

	for (bucket = 0; bucket < NR_BUCKETS; bucket++) {
		bool here = *link && bucket_of((*link)->addr) == bucket;

		if (bucket_link[bucket] != (here ? link : NULL))
			printk("mm_check: bucket %u of vmlist's index is wrong\n", bucket), bad++;
		if (max_gap[NR_BUCKETS + bucket] != largest_gap_in(bucket, limit))
			printk("mm_check: largest gap of bucket %u is wrong\n", bucket), bad++;
		for (; (area = *link) && bucket_of(area->addr) == bucket; link = &area->next)
			count++;
	}
	for (bucket = 1; bucket < NR_BUCKETS; bucket++)
		if (max_gap[bucket] != (max_gap[2 * bucket] > max_gap[2 * bucket + 1] ?
					max_gap[2 * bucket] : max_gap[2 * bucket + 1]))
			printk("mm_check: node %u of the gap tree is wrong\n", bucket), bad++;
	if (count != nr_areas)
		printk("mm_check: %u areas counted, %u on vmlist\n", nr_areas, count), bad++;
	return bad;
}

/* ---- areas ---- */

/* Bytes of 2.4.22's vm_struct.  Objects of this size are 32 bytes large, so
 * that the simulator's wider pointers find room too, and its trace agrees. */
#define VM_STRUCT_BYTES 16u
_Static_assert(sizeof(struct vm_struct) <= 32, "vm_struct fits size-32");

static struct vm_struct *no_area(struct vm_struct *area, u32 size, u32 flags, u32 ip)
{
	kfree(area);
	TRACE(alloc_vmap_area, .size = size, .align = PAGE_SIZE, .failed = 1,
	      .flags = (u8)flags, .call_site = ip);
	return NULL;
}

/*
 * An area of `size` bytes and a guard page, not mapped.  The descriptor comes
 * first, as its kmalloc may sleep.
 */
struct vm_struct *get_vm_area_ip(u32 size, u32 flags, u32 ip, bool *no_descriptor)
{
	struct vm_struct *area = fail_now(FAIL_DESCRIPTOR) ? NULL :
				 kmalloc(VM_STRUCT_BYTES, GFP_KERNEL);
	struct vm_struct **link;

	*no_descriptor = !area;
	if (!area)
		return NULL;
	size += PAGE_SIZE;
	if (!size)
		return no_area(area, size, flags, ip);
	link = first_fit(size, &area->addr);
	if (!link) {
		if (!vmlist)
			mm_report(PS_REPORT_VMLIST_BOUND, size, vmalloc_end() - vmalloc_start(),
				  ip, "area of %u bytes refused, the vmalloc window has %u",
				  size, vmalloc_end() - vmalloc_start());
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
	u32 nr;				/* pages mapped so far */
	enum ps_value_vm_why why;
};

/* The next page for the area, with a reference of the area's own. */
static struct page *next_page(struct fill *fill)
{
	struct page *page;

	if (!fill->pages)
		return alloc_pages_ip(fill->gfp_mask, 0, fill->ip);
	page = fill->pages[fill->nr];
	if (page)
		get_page_ip(page, fill->ip);
	return page;
}

/* The pages of one slot, [addr, addr + nr pages). */
static bool fill_table(struct fill *fill, u32 *pte, vaddr_t addr, u32 nr)
{
	for (; nr--; pte++, addr += PAGE_SIZE) {
		struct page *page = next_page(fill);
		u32 old = *pte;

		if (unlikely(old)) {
			mm_report(PS_REPORT_PTE_EXISTS, addr, old, fill->ip,
				  "alloc_area_pte: page already exists");
		}
		if (unlikely(!page)) {
			fill->why = fill->pages ? PS_WHY_NULL_PAGE : PS_WHY_NO_PAGE;
			return false;
		}
		*pte = page_pfn(page) << PAGE_SHIFT | fill->prot;
		TRACE(pte_set, .addr = addr, .old = old, .pte = *pte);
		machine_probe(addr);
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
		u32 left = (end - addr) >> PAGE_SHIFT, nr = PTRS - ((addr >> PAGE_SHIFT) & (PTRS - 1));
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
			     .prot = page_kernel_prot(), .ip = _RET_IP_ };

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
	struct fill fill = { .gfp_mask = GFP_KERNEL | __GFP_DMA, .prot = page_kernel_prot(),
			     .ip = _RET_IP_ };

	return vmalloc_op(size, &fill, PS_VMOP_VMALLOC_DMA);
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

	TRACE(vmalloc_enter, .size = count << PAGE_SHIFT, .op = PS_VMOP_VMAP,
	      .call_site = fill.ip);
	if (count && count <= max_mapnr)
		addr = map_new_area(&fill, count << PAGE_SHIFT, flags);
	else
		fill.why = PS_WHY_SIZE;
	TRACE(vmalloc_exit, .addr = addr, .nr_pages = addr ? fill.nr : 0, .why = (u8)fill.why);
	return addr;
}

/* ---- unmapping ---- */

/* Clears one PTE and frees its page, if it is one of ours. */
static void unmap_pte(u32 *pte, vaddr_t addr, u32 ip)
{
	u32 old = *pte;

	*pte = 0;
	TRACE(pte_clear, .addr = addr, .old = old);
	machine_probe(addr);
	if (likely(old & _PAGE_PRESENT)) {
		u32 pfn = old >> PAGE_SHIFT;

		if (pfn < max_mapnr && !PageReserved(pfn_page(pfn)))
			free_pages_ip(pfn_page(pfn), 0, ip);
		return;
	}
	mm_report(PS_REPORT_SWAPPED_PTE, addr, old, ip,
		  "Whee.. Swapped out page in kernel page table");
}

/* Unmaps [addr, end); returns the pages.  Tables stay: other directories hold
 * copies of the PDEs. */
static u32 unmap_area(vaddr_t addr, vaddr_t end, u32 ip)
{
	u32 unmapped = 0;

	TRACE(flush_cache_all, .why = 1);
	do {
		u32 left = (end - addr) >> PAGE_SHIFT, nr = PTRS - ((addr >> PAGE_SHIFT) & (PTRS - 1));
		u32 *pte = pte_lookup(addr);

		nr = nr < left ? nr : left;
		if (pte) {
			u32 *last = pte + nr;
			vaddr_t at = addr;

			for (; pte < last; pte++, at += PAGE_SIZE)
				if (*pte) {
					unmap_pte(pte, at, ip);
					unmapped++;
				}
		}
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
		mm_report(PS_REPORT_VFREE_BAD, addr, 0, ip,
			  "Trying to vfree() bad address (%08x)", addr);
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

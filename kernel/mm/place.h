/*
 * place.h - which hole between VMALLOC_START and VMALLOC_END a new area takes,
 * and how an area is found again.  vmalloc.c is the only file that includes it.
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
 *
 * `make ALLOC=FILE` puts FILE in the place of this header (docs/alternatives.md).
 * It defines OWN_PLACE, includes this header, and defines place:
 *
 *	static struct vm_struct **place(u32 size, vaddr_t *addr);
 *
 * size, in bytes, has the guard page in it.  *addr becomes the address of the new
 * area; the result is the pointer (vmlist or some area's `next`) that is to lead
 * to it, so that the list stays in ascending order.  NULL: no hole will do.
 */
#ifndef MM_PLACE_H
#define MM_PLACE_H

static struct vm_struct **place(u32 size, vaddr_t *addr);

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

#ifndef OWN_PLACE
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

/* First fit, as 2.4.22. */
static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	if (!vmlist && !quirks && size > vmalloc_end() - vmalloc_start())
		return NULL;
	if (nr_areas <= LIST_MAX || nr_overrun || size >> PAGE_SHIFT >= GAP_MAX)
		return walk_for_hole(size, addr);
	return find_hole(size, addr);
}
#endif

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

#endif

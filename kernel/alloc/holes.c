/* SPDX-License-Identifier: MIT */
/*
 * holes.c - the addresses of 2.4.22 from an index of holes.  Replaces mm/place.h.
 *
 * The reference walks vmlist: some 10 instructions an area to place one, so that
 * 10,000 areas cost 50,000.  Here the cost hardly grows.  The price is this file,
 * and 256 KiB for two arrays beside the list:
 *
 *   - the window is cut into buckets of 8 pages.  bucket_link[b] is the
 *     pointer (vmlist or some area's `next`) that points to the first area
 *     starting in bucket b: a search by address looks at one bucket;
 *   - the gap of an area is the hole behind it.  max_gap is a tournament tree:
 *     its leaves are the largest gap in each bucket, in pages, and each inner
 *     node is the larger of its two children.  The lowest hole that will do is
 *     found by going down to the left wherever the left is large enough.
 *
 * Areas are in address order and so are their gaps, hence the hole found is
 * the one the walk would have found.  While there are few areas the walk is
 * cheaper, and there is no index.  An example of replacing the whole header:
 * these are the functions that vmalloc.c and check.c want.
 */
/* The index is made when there are more areas than LIST_MAX, and given up when
 * there are fewer than LIST_AGAIN. */
#define LIST_MAX     16u
#define LIST_AGAIN   8u
#define BUCKET_SHIFT 15                  /* 8 pages: at most 4 areas of a page */
#define LEVELS       (30 - BUCKET_SHIFT) /* of the kernel's 1 GiB */
#define NR_BUCKETS   (1u << LEVELS)
#define GAP_MAX      0xffffu /* a leaf's largest value, 256 MiB */

static bool indexed; /* the two arrays below are in step */
static struct vm_struct **bucket_link[NR_BUCKETS];
static u16 max_gap[2 * NR_BUCKETS];
static unsigned nr_areas;
/* Areas that reach past VMALLOC_END, as only quirks=2.4.22 lets them: the gap
 * behind such an area has no meaning, so there is no index. */
static unsigned nr_overrun;

static inline u32 bucket_of(vaddr_t addr)
{
	return (addr - PAGE_OFFSET) >> BUCKET_SHIFT;
}

static inline bool overruns(const struct vm_struct *area)
{
	vaddr_t end = area->addr + area->size;

	return unlikely(quirks) && (end > vmalloc_end() || end < area->addr);
}

/* ---- the index ---- */

/* Bytes of the hole behind an area. */
static inline u32 gap_after(const struct vm_struct *area)
{
	return (area->next ? area->next->addr : vmalloc_end()) - area->addr - area->size;
}

/* As the tree keeps it: pages, at most GAP_MAX. */
static inline u32 gap_pages(u32 bytes)
{
	u32 pages = bytes >> PAGE_SHIFT;

	return pages < GAP_MAX ? pages : GAP_MAX;
}

/* Sets a leaf and plays its matches again, as far up as the winner changes. */
static void set_leaf(u32 bucket, u32 pages)
{
	u32 i = NR_BUCKETS + bucket;

	max_gap[i] = (u16)pages;
	do {
		u32 other = max_gap[i ^ 1];

		i >>= 1;
		if (pages < other)
			pages = other;
		if (max_gap[i] == pages)
			return;
		max_gap[i] = (u16)pages;
	} while (i > 1);
}

static u32 largest_gap_in(u32 bucket)
{
	const struct vm_struct *area = bucket_link[bucket] ? *bucket_link[bucket] : NULL;
	vaddr_t end = PAGE_OFFSET + ((bucket + 1) << BUCKET_SHIFT) - 1;
	u32 max = 0;

	for (; area && area->addr <= end; area = area->next) {
		u32 gap = gap_after(area);

		if (gap > max)
			max = gap;
	}
	return gap_pages(max);
}

/* The bucket has a gap of so many pages now. */
static inline void gap_appeared(u32 bucket, u32 pages)
{
	if (pages > max_gap[NR_BUCKETS + bucket])
		set_leaf(bucket, pages);
}

/* A gap of so many pages has gone from the bucket, or shrunk. */
static inline void gap_went(u32 bucket, u32 pages)
{
	if (pages && pages == max_gap[NR_BUCKETS + bucket])
		set_leaf(bucket, largest_gap_in(bucket));
}

static struct vm_struct *area_before(struct vm_struct **link)
{
	return link == &vmlist ? NULL : container_of(link, struct vm_struct, next);
}

/* The area that *link points to is new. */
static void index_add(struct vm_struct **link, struct vm_struct *area)
{
	struct vm_struct *before = area_before(link), *after = area->next;
	u32 bucket = bucket_of(area->addr), gap = gap_after(area);

	if (!bucket_link[bucket])
		bucket_link[bucket] = link;
	if (after && bucket_of(after->addr) != bucket)
		bucket_link[bucket_of(after->addr)] = &area->next;
	if (before)
		gap_went(bucket_of(before->addr), gap_pages(gap_after(before) + area->size + gap));
	gap_appeared(bucket, gap_pages(gap));
}

/* `area` was where *link points to. */
static void index_remove(struct vm_struct **link, struct vm_struct *area)
{
	struct vm_struct *before = area_before(link), *after = area->next;
	u32 bucket = bucket_of(area->addr);
	bool shared = after && bucket_of(after->addr) == bucket;

	if (bucket_link[bucket] == link && !shared)
		bucket_link[bucket] = NULL;
	if (after && !shared)
		bucket_link[bucket_of(after->addr)] = link;
	gap_went(bucket, gap_pages(gap_after(area)));
	if (before)
		gap_appeared(bucket_of(before->addr), gap_pages(gap_after(before)));
}

static void index_start(void)
{
	struct vm_struct **link, *area;

	for (link = &vmlist; (area = *link); link = &area->next) {
		if (!bucket_link[bucket_of(area->addr)])
			bucket_link[bucket_of(area->addr)] = link;
		gap_appeared(bucket_of(area->addr), gap_pages(gap_after(area)));
	}
	indexed = true;
}

/* Takes out what the areas put in; an array of zeros is an empty index. */
static void index_stop(void)
{
	const struct vm_struct *area;

	for (area = vmlist; area; area = area->next) {
		bucket_link[bucket_of(area->addr)] = NULL;
		if (max_gap[NR_BUCKETS + bucket_of(area->addr)])
			set_leaf(bucket_of(area->addr), 0);
	}
	indexed = false;
}

/* ---- the list ---- */

/* Puts `area` where *link points. */
static void link_area(struct vm_struct **link, struct vm_struct *area)
{
	nr_areas++;
	if (overruns(area)) /* only the first on the list is let */
		nr_overrun++;
	area->next = *link;
	*link = area;
	if (indexed)
		index_add(link, area);
	else if (nr_areas > LIST_MAX && !nr_overrun)
		index_start();
}

/* Takes the area *link points to off the list. */
static void unlink_area(struct vm_struct **link)
{
	struct vm_struct *area = *link;

	nr_areas--;
	if (overruns(area))
		nr_overrun--;
	*link = area->next;
	if (!indexed)
		return;
	index_remove(link, area);
	if (nr_areas < LIST_AGAIN)
		index_stop();
}

/* The pointer to the area that starts at addr; NULL: there is none. */
static struct vm_struct **find_area(vaddr_t addr)
{
	struct vm_struct **link = &vmlist, *area;

	if (indexed) {
		link = addr >= PAGE_OFFSET ? bucket_link[bucket_of(addr)] : NULL;
		if (!link)
			return NULL;
	}
	for (; (area = *link); link = &area->next)
		if (area->addr == addr)
			return link;
		else if (area->addr > addr && !nr_overrun)
			break;
	return NULL;
}

/* First fit by walking, in the reference's way; an empty list accepts any size under
 * quirks. */
static struct vm_struct **walk_for_hole(u32 size, vaddr_t *addr)
{
	struct vm_struct **link, *area;
	vaddr_t at = vmalloc_start(), end;

	for (link = &vmlist; (area = *link); link = &area->next) {
		if (area->addr - at >= size)
			break;
		end = area->addr + area->size;
		if (end > at)
			at = end;
	}
	end = at + size;
	if (!area && (end > vmalloc_end() || end < at) && (vmlist || !quirks))
		return NULL;
	*addr = at;
	return link;
}

/* First fit through the index. */
static struct vm_struct **find_hole(u32 size, vaddr_t *addr)
{
	u32 pages = size >> PAGE_SHIFT, node = 1;
	struct vm_struct *area;
	unsigned level;

	*addr = vmalloc_start();
	if (vmlist->addr - *addr >= size)
		return &vmlist;
	if (max_gap[1] < pages)
		return NULL;
#pragma GCC unroll 16
	for (level = 0; level < LEVELS; level++)
		node = 2 * node + (max_gap[2 * node] < pages);
	area = *bucket_link[node - NR_BUCKETS];
	while (gap_after(area) < size)
		area = area->next;
	*addr = area->addr + area->size;
	return &area->next;
}

/* First fit, as 2.4.22. */
static struct vm_struct **place(u32 size, vaddr_t *addr)
{
	if (indexed && size >> PAGE_SHIFT < GAP_MAX)
		return find_hole(size, addr);
	return walk_for_hole(size, addr);
}

void vmalloc_reset(void)
{
	vmlist = NULL;
	nr_areas = nr_overrun = 0;
	indexed = false;
	memset(bucket_link, 0, sizeof(bucket_link));
	memset(max_gap, 0, sizeof(max_gap));
}

/* What the arrays must hold of one bucket, *link being its first area. */
static unsigned bucket_check(u32 bucket, struct vm_struct **link)
{
	bool here = indexed && *link && bucket_of((*link)->addr) == bucket;
	unsigned bad = 0;

	if (bucket_link[bucket] != (here ? link : NULL)) {
		printk("mm_check: bucket %u of vmlist's index is wrong\n", bucket);
		bad++;
	}
	if (max_gap[NR_BUCKETS + bucket] != (here ? largest_gap_in(bucket) : 0)) {
		printk("mm_check: largest gap of bucket %u is wrong\n", bucket);
		bad++;
	}
	return bad;
}

unsigned vm_index_check(void)
{
	struct vm_struct **link = &vmlist, *area;
	u32 bucket, count = 0, bad = 0;

	if (nr_overrun)
		return 0;
	for (bucket = 0; bucket < NR_BUCKETS; bucket++) {
		bad += bucket_check(bucket, link);
		for (; (area = *link) && bucket_of(area->addr) == bucket; link = &area->next)
			count++;
	}
	for (bucket = 1; bucket < NR_BUCKETS; bucket++) {
		u16 left = max_gap[2 * bucket], right = max_gap[2 * bucket + 1];

		if (max_gap[bucket] == (left > right ? left : right))
			continue;
		printk("mm_check: node %u of the gap tree is wrong\n", bucket);
		bad++;
	}
	if (count == nr_areas)
		return bad;
	printk("mm_check: %u areas counted, %u on vmlist\n", nr_areas, count);
	return bad + 1;
}

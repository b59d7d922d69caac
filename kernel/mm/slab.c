/* SPDX-License-Identifier: MIT */
/*
 * slab.c - caches of equal objects cut from page blocks; kmalloc on top.
 *
 * A cache takes blocks of 2^order pages, called slabs, cuts each into num
 * objects and keeps the slabs on three lists: full, partial, free.  A slab is
 * described by a struct slab with one word of bufctl an object; it stands at
 * the start of the slab for small objects, and in an object of a general cache
 * for those of 512 bytes and more, which would otherwise not fill their pages.
 * Sizes, list order, colouring and the order of page requests are 2.4.22's.
 *
 * Everything that lies in a slab is 32 bits wide, physical addresses instead of
 * pointers: the simulator must cut the same slabs as the real machine, whatever
 * the width of its own pointers.
 *
 * The default kernel marks the bufctl word of an object in use, and so notices
 * a second kfree; quirks=2.4.22 lists the object twice, as 2.4.22 did.  The same
 * word holds the bytes asked for, which makes internal fragmentation countable.
 */
#include "mm/slab.h"
#include "mm/fnv.h"
#include "mm/mm_priv.h"
#include "lib/string.h"

#define L1_CACHE_BYTES 32u
#define L1_ALIGN(n)    (((n) + L1_CACHE_BYTES - 1) & ~(L1_CACHE_BYTES - 1))
#define MAX_SLAB_ORDER 5
#define OFF_SLAB_SIZE  (PAGE_SIZE / 8) /* objects from here on: descriptor outside */
#define NAME_BYTES     20
#define CACHE_BYTES    128u /* what a struct kmem_cache takes, anywhere */

#define BUFCTL_END   0x7fffffffu /* no further free object */
#define BUFCTL_INUSE 0x80000000u /* in use; the other bits: bytes asked for */

struct slab {
	u32 next, prev; /* physical addresses on the cache's list, 0: none */
	u16 colouroff;  /* bytes from the block's start to s_mem */
	u8 cache;       /* id */
	u8 on;          /* enum list_name */
	u32 s_mem;      /* physical address of object 0 */
	u32 inuse;      /* objects handed out */
	u32 free;       /* first free object; bufctl[] chains the rest, LIFO */
	u32 bufctl[];
};
_Static_assert(sizeof(struct slab) == 24, "2.4.22's slab_t, and the same on every machine");

struct slab_list {
	u32 first, last;
};

/* Invariants: inuse is num on FULL, 1..num-1 on PARTIAL, 0 on FREE. */
enum list_name { FULL, PARTIAL, FREE, LISTS };

struct kmem_cache {
	struct slab_list list[LISTS];
	u32 objsize, num;
	u32 gfpflags;              /* added to every page request: GFP_DMA or 0 */
	u32 mgmt_size;             /* bytes of descriptor and bufctl */
	u32 active, requested;     /* live objects, and the bytes asked for by them */
	kmem_cache_t *slabp_cache; /* where descriptors come from, NULL: in the slab */
	u16 id;
	u16 colour, colour_next; /* slabs start at 0, 32, 64.. in turn: spreads lines */
	u8 order;
	bool grown; /* has had a slab: worth a word in a snapshot */
	char name[NAME_BYTES];
};
_Static_assert(sizeof(struct kmem_cache) <= CACHE_BYTES, "a cache's descriptor outgrew its cache");

static struct kmem_cache cache_cache;                /* descriptors of further caches */
static struct kmem_cache general[2][KMALLOC_CACHES]; /* [DMA][size] */
static kmem_cache_t *caches[KMEM_CACHES_MAX];        /* by id */

static struct {
	u32 start, nr;
	u32 slab[KMEM_POOL_MAX]; /* per frame: physical address of its slab */
	bool used[KMEM_POOL_MAX];
} pool;

/* ---- misuse ---------------------------------------------------------------- */

static void slab_report(const kmem_cache_t *cachep, vaddr_t addr, const char *what, u32 site)
{
	mm_report(PS_REPORT_SLAB, addr, cachep ? cachep->id : 0xffff, site,
		  "slab: %s: object %08x%s%s", what, addr, cachep ? ", cache " : "",
		  cachep ? cachep->name : "");
}

/* ---- frames ---------------------------------------------------------------- */

static bool in_pool(u32 pfn)
{
	return pfn - pool.start < pool.nr;
}

/* Physical address of the slab this frame belongs to, 0 if to none. */
static u32 frame_slab(u32 pfn)
{
	struct page *page;

	if (in_pool(pfn))
		return pool.slab[pfn - pool.start];
	page = pfn_to_page(pfn);
	return page->flags & PG_SLAB ? page->slab : 0;
}

static void frame_set_slab(u32 pfn, u32 slab)
{
	struct page *page;

	if (in_pool(pfn)) {
		pool.slab[pfn - pool.start] = slab;
		return;
	}
	page = pfn_to_page(pfn);
	if (slab) {
		page->flags |= PG_SLAB;
		page->slab = slab;
	} else {
		page->flags &= ~PG_SLAB;
	}
}

bool kmem_pool_add(u32 start_pfn, u32 nr_pages)
{
	if (pool.nr || nr_pages > KMEM_POOL_MAX)
		return false;
	pool.start = start_pfn;
	pool.nr = nr_pages;
	return true;
}

static bool pool_range_free(u32 first, u32 n)
{
	while (n--)
		if (pool.used[first + n])
			return false;
	return true;
}

static void pool_mark(u32 first, u32 n, bool used)
{
	while (n--)
		pool.used[first + n] = used;
}

/* First frame of a block from the pool, PS_PFN_NONE if there is none. */
static u32 pool_alloc(unsigned order)
{
	u32 n = 1u << order;

	for (u32 i = 0; i + n <= pool.nr; i += n)
		if (pool_range_free(i, n)) {
			pool_mark(i, n, true);
			return pool.start + i;
		}
	return PS_PFN_NONE;
}

static u32 slab_getpages(kmem_cache_t *cachep, unsigned gfp_mask)
{
	struct page *page;
	u32 pfn = pool_alloc(cachep->order);

	if (pfn != PS_PFN_NONE)
		return pfn;
	page = alloc_pages(gfp_mask | cachep->gfpflags, cachep->order);
	return page ? page_to_pfn(page) : PS_PFN_NONE;
}

static void slab_putpages(u32 pfn, unsigned order)
{
	if (in_pool(pfn))
		pool_mark(pfn - pool.start, 1u << order, false);
	else
		__free_pages(pfn_to_page(pfn), order);
}

/* ---- lists ----------------------------------------------------------------- */

static struct slab *slab_at(u32 pa)
{
	return pa ? phys_to_virt(pa) : NULL;
}

static void slab_list_add(struct slab_list *list, struct slab *slab)
{
	u32 pa = virt_to_phys(slab);

	slab->prev = 0;
	slab->next = list->first;
	if (list->first)
		slab_at(list->first)->prev = pa;
	else
		list->last = pa;
	list->first = pa;
}

static void slab_list_del(struct slab_list *list, const struct slab *slab)
{
	if (slab->prev)
		slab_at(slab->prev)->next = slab->next;
	else
		list->first = slab->next;
	if (slab->next)
		slab_at(slab->next)->prev = slab->prev;
	else
		list->last = slab->prev;
}

static void move_to(kmem_cache_t *cachep, struct slab *slab, enum list_name to)
{
	slab_list_del(&cachep->list[slab->on], slab);
	slab_list_add(&cachep->list[to], slab);
	slab->on = to;
}

/* ---- slabs ----------------------------------------------------------------- */

static u32 slab_pfn(const struct slab *slab)
{
	return (slab->s_mem - slab->colouroff) >> PAGE_SHIFT;
}

static void slab_init(kmem_cache_t *cachep, struct slab *slab, u32 block, u32 offset)
{
	slab->colouroff = (u16)offset;
	slab->cache = (u8)cachep->id;
	slab->on = FREE;
	slab->s_mem = block + offset;
	slab->inuse = 0;
	slab->free = 0;
	for (u32 i = 0; i < cachep->num; i++)
		slab->bufctl[i] = i + 1 < cachep->num ? i + 1 : BUFCTL_END;
}

static u32 next_colour(kmem_cache_t *cachep)
{
	u32 offset = cachep->colour_next * L1_CACHE_BYTES;

	if (++cachep->colour_next >= cachep->colour)
		cachep->colour_next = 0;
	return offset;
}

/* Adds one free slab to the cache: pages first, then the descriptor, as 2.4.22
 * did.  False: no memory, nothing changed. */
static bool cache_grow(kmem_cache_t *cachep, unsigned gfp_mask)
{
	u32 offset = next_colour(cachep);
	u32 pfn = slab_getpages(cachep, gfp_mask);
	u32 block = pfn << PAGE_SHIFT;
	struct slab *slab;
	unsigned long flags;

	if (pfn == PS_PFN_NONE)
		return false;
	if (cachep->slabp_cache) {
		slab = kmem_cache_alloc(cachep->slabp_cache, gfp_mask & ~__GFP_DMA);
		if (!slab) {
			slab_putpages(pfn, cachep->order);
			return false;
		}
	} else {
		slab = phys_to_virt(block + offset);
		offset += L1_ALIGN(cachep->mgmt_size);
	}
	slab_init(cachep, slab, block, offset);
	for (u32 i = 0; i < 1u << cachep->order; i++)
		frame_set_slab(pfn + i, virt_to_phys(slab));
	flags = local_irq_save();
	slab_list_add(&cachep->list[FREE], slab); /* which was empty */
	cachep->grown = true;
	local_irq_restore(flags);
	TRACE(slab_grow, .pfn = pfn, .order = cachep->order, .cache = cachep->id);
	return true;
}

/* Gives the pages of an unused slab, already off its list, back. */
static void slab_destroy(kmem_cache_t *cachep, struct slab *slab)
{
	u32 pfn = slab_pfn(slab);

	for (u32 i = 0; i < 1u << cachep->order; i++)
		frame_set_slab(pfn + i, 0);
	TRACE(slab_destroy, .pfn = pfn, .order = cachep->order, .cache = cachep->id);
	slab_putpages(pfn, cachep->order);
	if (cachep->slabp_cache)
		kmem_cache_free(cachep->slabp_cache, slab);
}

/* ---- objects --------------------------------------------------------------- */

/* Takes the first free object of the first partial, else free, slab; NULL if
 * the cache must grow.  Interrupts are off. */
static void *take_object(kmem_cache_t *cachep, u32 requested)
{
	struct slab *slab = slab_at(cachep->list[PARTIAL].first);
	u32 i;

	if (!slab)
		slab = slab_at(cachep->list[FREE].first);
	if (!slab)
		return NULL;
	i = slab->free;
	slab->free = slab->bufctl[i];
	if (!quirks)
		slab->bufctl[i] = BUFCTL_INUSE | requested;
	slab->inuse++;
	if (slab->free == BUFCTL_END)
		move_to(cachep, slab, FULL);
	else if (slab->on == FREE)
		move_to(cachep, slab, PARTIAL);
	cachep->active++;
	cachep->requested += requested;
	return phys_to_virt(slab->s_mem + i * cachep->objsize);
}

static void *cache_alloc(kmem_cache_t *cachep, unsigned gfp_mask, u32 requested)
{
	unsigned long flags;
	void *obj;

	do {
		flags = local_irq_save();
		obj = take_object(cachep, requested);
		local_irq_restore(flags);
	} while (!obj && cache_grow(cachep, gfp_mask));
	return obj;
}

/* What a pointer is to the slab allocator. */
struct place {
	struct slab *slab;
	kmem_cache_t *cachep;
	u32 index;
};

/* Finds the object at `obj`.  NULL if it is one in use, else what it is. */
static const char *locate(const void *obj, struct place *at)
{
	u64 pa = (uintptr_t)obj - (uintptr_t)phys_to_virt(0);
	u32 slab, offset;

	*at = (struct place){ 0 };
	if (pa >> 32 || ((pa >> PAGE_SHIFT) >= max_low_pfn && !in_pool((u32)pa >> PAGE_SHIFT)))
		return "free of an address outside low memory";
	slab = frame_slab((u32)pa >> PAGE_SHIFT);
	if (!slab)
		return "free of an address in no slab";
	at->slab = slab_at(slab);
	at->cachep = caches[at->slab->cache];
	offset = (u32)pa - at->slab->s_mem;
	at->index = offset / at->cachep->objsize;
	if ((u32)pa < at->slab->s_mem || at->index >= at->cachep->num)
		return "free of an address outside its slab's objects";
	if (offset % at->cachep->objsize)
		return "free of an address inside an object";
	if (!quirks && !(at->slab->bufctl[at->index] & BUFCTL_INUSE))
		return "double free";
	return NULL;
}

/* Lists the object as its slab's first free one.  Interrupts are off. */
static void put_object(const struct place *at)
{
	struct slab *slab = at->slab;
	bool was_full = slab->inuse == at->cachep->num;
	u32 requested = quirks ? at->cachep->objsize : slab->bufctl[at->index] & ~BUFCTL_INUSE;

	slab->bufctl[at->index] = slab->free;
	slab->free = at->index;
	at->cachep->active--;
	at->cachep->requested -= requested;
	if (!--slab->inuse)
		move_to(at->cachep, slab, FREE);
	else if (was_full)
		move_to(at->cachep, slab, PARTIAL);
}

static vaddr_t obj_addr(const void *obj)
{
	return obj ? __va(virt_to_phys(obj)) : 0;
}

/* The address to report for a pointer that may be anything: as if it were in
 * the linear map, which it is on the real machine. */
static vaddr_t any_addr(const void *obj)
{
	return (vaddr_t)((uintptr_t)obj - (uintptr_t)phys_to_virt(0)) + PAGE_OFFSET;
}

/* An object of the cache; not cleared.  NULL: no memory, or a mask the slab
 * allocator cannot serve (its objects need permanent addresses). */
void *kmem_cache_alloc(kmem_cache_t *cachep, unsigned gfp_mask)
{
	u32 site = _RET_IP_;
	void *obj;

	if (gfp_mask & __GFP_HIGHMEM) {
		slab_report(cachep, 0, "__GFP_HIGHMEM asked for", site);
		return NULL;
	}
	obj = cache_alloc(cachep, gfp_mask, cachep->objsize);
	TRACE(kmem_cache_alloc, .ptr = obj_addr(obj), .bytes_req = cachep->objsize,
	      .bytes_alloc = obj ? cachep->objsize : 0, .gfp_flags = (u16)gfp_mask,
	      .cache = cachep->id, .call_site = site);
	return obj;
}

/* Gives an object back to the cache it came from.  Anything else is reported
 * and refused. */
void kmem_cache_free(kmem_cache_t *cachep, void *obj)
{
	u32 site = _RET_IP_;
	unsigned long flags;
	struct place at;
	const char *wrong = locate(obj, &at);

	if (!wrong && at.cachep != cachep)
		wrong = "object of another cache freed";
	if (wrong) {
		slab_report(cachep, any_addr(obj), wrong, site);
		return;
	}
	flags = local_irq_save();
	put_object(&at);
	local_irq_restore(flags);
	TRACE(kmem_cache_free, .ptr = obj_addr(obj), .cache = cachep->id, .call_site = site);
}

/* At least `size` bytes, from the smallest general cache that fits: 32 bytes
 * to 128 KiB, powers of two; with __GFP_DMA from pages below 16 MiB.  0 bytes
 * get the smallest.  NULL: too large, or no memory. */
void *kmalloc(size_t size, unsigned gfp_mask)
{
	u32 site = _RET_IP_, granted = 0;
	void *obj = NULL;
	unsigned i = 0;

	if (gfp_mask & __GFP_HIGHMEM) {
		slab_report(NULL, 0, "kmalloc with __GFP_HIGHMEM", site);
		return NULL;
	}
	while (i < KMALLOC_CACHES && KMALLOC_MIN << i < size)
		i++;
	if (i < KMALLOC_CACHES) {
		obj = cache_alloc(&general[!!(gfp_mask & __GFP_DMA)][i], gfp_mask, (u32)size);
		granted = obj ? KMALLOC_MIN << i : 0;
	}
	TRACE(kmalloc, .ptr = obj_addr(obj), .bytes_req = (u32)size, .bytes_alloc = granted,
	      .gfp_flags = (u16)gfp_mask, .call_site = site);
	return obj;
}

/* Gives a kmalloc'ed object back.  NULL is fine; anything else that is not an
 * object in use is reported and refused. */
void kfree(const void *obj)
{
	u32 site = _RET_IP_;
	unsigned long flags;
	struct place at;
	const char *wrong;

	if (!obj)
		return;
	wrong = locate(obj, &at);
	if (wrong) {
		slab_report(at.cachep, any_addr(obj), wrong, site);
		return;
	}
	flags = local_irq_save();
	put_object(&at);
	local_irq_restore(flags);
	TRACE(kfree, .ptr = obj_addr(obj), .call_site = site);
}

/* ---- caches ---------------------------------------------------------------- */

/* Objects and left-over bytes of a slab of this order. */
static u32 objects_per_slab(u32 objsize, unsigned order, bool off_slab, u32 *left_over)
{
	u32 bytes = PAGE_SIZE << order;
	u32 n = bytes / objsize;

	if (!off_slab)
		while (n && n * objsize + L1_ALIGN(sizeof(struct slab) + 4 * n) > bytes)
			n--;
	*left_over = bytes - n * objsize - (off_slab ? 0 : L1_ALIGN(sizeof(struct slab) + 4 * n));
	return n;
}

/* Chooses order, num and place of the descriptor as 2.4.22 does: the first
 * order that wastes at most an eighth, but with machines of 32 MiB or less none
 * above 1, others none above 2, unless an object needs it. */
static void choose_geometry(kmem_cache_t *cachep)
{
	unsigned break_order = num_physpages > (32u << 20 >> PAGE_SHIFT) ? 2 : 1;
	bool off_slab = cachep->objsize >= OFF_SLAB_SIZE;
	u32 left_over;
	unsigned order;

	for (order = 0;; order++) {
		cachep->num = objects_per_slab(cachep->objsize, order, off_slab, &left_over);
		if (order == MAX_SLAB_ORDER)
			break;
		if (cachep->num && (order >= break_order || left_over * 8 <= PAGE_SIZE << order))
			break;
	}
	cachep->order = (u8)order;
	cachep->mgmt_size = L1_ALIGN(sizeof(struct slab) + 4 * cachep->num);
	if (off_slab && left_over >= cachep->mgmt_size) {
		off_slab = false;
		left_over -= cachep->mgmt_size;
	}
	if (off_slab)
		cachep->mgmt_size = sizeof(struct slab) + 4 * cachep->num;
	cachep->colour = (u16)(left_over / L1_CACHE_BYTES);
	cachep->slabp_cache = NULL;
	for (unsigned i = 0; off_slab && !cachep->slabp_cache; i++)
		if (cachep->mgmt_size <= KMALLOC_MIN << i)
			cachep->slabp_cache = &general[0][i];
}

/* Cache-line alignment, or a fraction of it for objects of half a line or less. */
static u32 aligned_size(u32 size)
{
	u32 align = L1_CACHE_BYTES;

	while (size <= align / 2 && align > 4)
		align /= 2;
	return (size + align - 1) & ~(align - 1);
}

static void cache_init(kmem_cache_t *cachep, unsigned id, const char *name, u32 size, u32 gfpflags)
{
	memset(cachep, 0, sizeof *cachep);
	cachep->id = (u16)id;
	cachep->objsize = aligned_size(size);
	cachep->gfpflags = gfpflags;
	snprintf(cachep->name, sizeof cachep->name, "%s", name);
	choose_geometry(cachep);
	caches[id] = cachep;
	TRACE_STR(kmem_cache_create,
		  ({ .cache = (u16)id,
		     .size = cachep->objsize,
		     .order = cachep->order,
		     .num = (u16)cachep->num }),
		  cachep->name);
}

void kmem_cache_sizes_init(void)
{
	static const char *const suffix[] = { "", "(DMA)" };
	char name[NAME_BYTES];
	unsigned id = 0;

	memset(&pool, 0, sizeof pool);
	memset(caches, 0, sizeof caches);
	cache_init(&cache_cache, id++, "kmem_cache", CACHE_BYTES, 0);
	for (unsigned dma = 0; dma < 2; dma++)
		for (unsigned i = 0; i < KMALLOC_CACHES; i++) {
			snprintf(name, sizeof name, "size-%u%s", KMALLOC_MIN << i, suffix[dma]);
			cache_init(&general[dma][i], id++, name, KMALLOC_MIN << i,
				   dma ? GFP_DMA : 0);
		}
}

static bool name_taken(const char *name)
{
	for (unsigned id = 0; id < KMEM_CACHES_MAX; id++)
		if (caches[id] && !strncmp(caches[id]->name, name, NAME_BYTES - 1))
			return true;
	return false;
}

/* A cache of objects of `size` bytes (1 to 128 KiB), rounded up to cache lines
 * of 32 bytes.  `name` is copied, up to 19 characters.  NULL: no memory, no id
 * left, or a size or name it cannot have, which is reported. */
kmem_cache_t *kmem_cache_create(const char *name, size_t size)
{
	u32 site = _RET_IP_;
	kmem_cache_t *cachep;
	unsigned id = 0;

	if (!name || !*name || !size || size > KMALLOC_MAX || name_taken(name)) {
		slab_report(NULL, (u32)size, "kmem_cache_create: bad size, or name taken", site);
		return NULL;
	}
	while (id < KMEM_CACHES_MAX && caches[id])
		id++;
	if (id == KMEM_CACHES_MAX)
		return NULL;
	cachep = kmem_cache_alloc(&cache_cache, GFP_KERNEL);
	if (cachep)
		cache_init(cachep, id, name, (u32)size, 0);
	return cachep;
}

unsigned kmem_cache_shrink(kmem_cache_t *cachep)
{
	unsigned pages = 0;
	unsigned long flags;
	struct slab *slab;

	for (;;) {
		flags = local_irq_save();
		slab = slab_at(cachep->list[FREE].last);
		if (slab)
			slab_list_del(&cachep->list[FREE], slab);
		local_irq_restore(flags);
		if (!slab)
			return pages;
		pages += 1u << cachep->order;
		slab_destroy(cachep, slab);
	}
}

/* Ends a cache.  0 done; 1 objects are still in use: reported, the cache stays. */
int kmem_cache_destroy(kmem_cache_t *cachep)
{
	u32 site = _RET_IP_;

	kmem_cache_shrink(cachep);
	if (cachep->list[FULL].first || cachep->list[PARTIAL].first) {
		slab_report(cachep, 0, "kmem_cache_destroy: objects in use", site);
		return 1;
	}
	caches[cachep->id] = NULL;
	TRACE(kmem_cache_destroy, .cache = cachep->id);
	kmem_cache_free(&cache_cache, cachep);
	return 0;
}

/* All the reclaim there is: every unused slab of every cache goes back.  From
 * the last cache to the first, so that descriptors of destroyed slabs, which
 * lie in small general caches, are free when their turn comes.  Returns the
 * pages given back; the mask of the request behind it changes nothing, and the
 * caller, who knows what it was for, traces it (shrink_slab). */
unsigned kmem_cache_shrink_all(unsigned gfp_mask)
{
	unsigned pages = 0;

	(void)gfp_mask;
	for (unsigned id = KMEM_CACHES_MAX; id-- > 0;)
		if (caches[id])
			pages += kmem_cache_shrink(caches[id]);
	return pages;
}

/* ---- looking at it --------------------------------------------------------- */

static u32 list_length(const struct slab_list *list)
{
	u32 n = 0;

	for (struct slab *s = slab_at(list->first); s; s = slab_at(s->next))
		n++;
	return n;
}

bool kmem_cache_info(unsigned id, struct kmem_cache_info *info)
{
	const kmem_cache_t *c = id < KMEM_CACHES_MAX ? caches[id] : NULL;

	if (!c)
		return false;
	*info = (struct kmem_cache_info){
		.id = c->id,
		.objsize = c->objsize,
		.num = c->num,
		.order = c->order,
		.off_slab = c->slabp_cache,
		.active_objs = c->active,
		.requested = c->requested,
		.nr_full = list_length(&c->list[FULL]),
		.nr_partial = list_length(&c->list[PARTIAL]),
		.nr_free = list_length(&c->list[FREE]),
	};
	memcpy(info->name, c->name, sizeof info->name);
	return true;
}

void kmalloc_usage(u32 *granted, u32 *requested)
{
	*granted = *requested = 0;
	for (unsigned dma = 0; dma < 2; dma++)
		for (unsigned i = 0; i < KMALLOC_CACHES; i++) {
			*granted += general[dma][i].active * general[dma][i].objsize;
			*requested += general[dma][i].requested;
		}
}

static void snapshot_cache(const kmem_cache_t *cachep)
{
	u32 hash = FNV_START, slabs = 0;

	for (unsigned l = 0; l < LISTS; l++)
		for (struct slab *s = slab_at(cachep->list[l].first); s; s = slab_at(s->next)) {
			hash = fnv_u32(fnv_u32(hash, slab_pfn(s)), s->inuse);
			slabs++;
		}
	TRACE(slab_state, .cache = cachep->id, .nr_slabs = slabs, .active_objs = cachep->active,
	      .hash = hash);
}

void slab_snapshot(void)
{
	for (unsigned id = 0; trace_is_on() && id < KMEM_CACHES_MAX; id++)
		if (caches[id] && caches[id]->grown)
			snapshot_cache(caches[id]);
}

/* ---- checking -------------------------------------------------------------- */

static unsigned check_failed(const kmem_cache_t *cachep, const struct slab *slab, const char *what)
{
	printk("slab_check: %s: slab of frame %x: %s\n", cachep->name, slab_pfn(slab), what);
	return 1;
}

/* The chain of free objects holds exactly the objects not in use. */
static unsigned check_chain(const kmem_cache_t *cachep, const struct slab *slab)
{
	u32 n = 0, marked = 0;

	for (u32 i = slab->free; i != BUFCTL_END; i = slab->bufctl[i])
		if (i >= cachep->num || ++n > cachep->num)
			return check_failed(cachep, slab, "chain of free objects is broken");
	for (u32 i = 0; i < cachep->num; i++)
		marked += slab->bufctl[i] >> 31;
	if (n + slab->inuse != cachep->num)
		return check_failed(cachep, slab, "free and used objects do not add up");
	if (!quirks && marked != slab->inuse)
		return check_failed(cachep, slab, "marks and count of used objects differ");
	return 0;
}

static unsigned check_slab(const kmem_cache_t *cachep, const struct slab *slab, unsigned list)
{
	unsigned bad = 0;
	unsigned belongs = slab->inuse == cachep->num ? FULL : slab->inuse ? PARTIAL : FREE;

	if (slab->cache != cachep->id || slab->on != list || belongs != list)
		bad += check_failed(cachep, slab, "on the wrong list");
	for (u32 i = 0; i < 1u << cachep->order; i++)
		if (frame_slab(slab_pfn(slab) + i) != virt_to_phys(slab))
			bad += check_failed(cachep, slab, "a frame does not know its slab");
	return bad + check_chain(cachep, slab);
}

static unsigned check_cache(const kmem_cache_t *cachep)
{
	unsigned bad = 0;
	u32 active = 0, prev;

	for (unsigned l = 0; l < LISTS; l++) {
		prev = 0;
		for (struct slab *s = slab_at(cachep->list[l].first); s; s = slab_at(s->next)) {
			bad += check_slab(cachep, s, l);
			if (s->prev != prev)
				bad += check_failed(cachep, s, "list links differ");
			prev = virt_to_phys(s);
			active += s->inuse;
		}
		if (cachep->list[l].last != prev) {
			printk("slab_check: %s: list %u has a wrong end\n", cachep->name, l);
			bad++;
		}
	}
	if (active != cachep->active) {
		printk("slab_check: %s: %u objects counted, %u in slabs\n", cachep->name,
		       cachep->active, active);
		bad++;
	}
	return bad;
}

unsigned slab_check(void)
{
	unsigned bad = 0;

	for (unsigned id = 0; id < KMEM_CACHES_MAX; id++)
		if (caches[id])
			bad += check_cache(caches[id]);
	return bad;
}

/* SPDX-License-Identifier: MIT */
/*
 * mm_priv.h - what the files of the memory manager share with each other and
 * with their tests, and with nobody else: page descriptors, zones, bootmem and
 * the reference page tables.
 *
 * NAME_ip is NAME on behalf of the caller at `ip`, which the trace tells; NAME_op, too,
 * and `op` says by which of its names NAME was called.
 */
#ifndef MM_PRIV_H
#define MM_PRIV_H

#include "lib/list.h"
#include "lib/printk.h"
#include "mm/machine.h"
#include "mm/mm.h"
#include "mm/mm_config.h"
#include "mm/tracepoints.h"

#define unlikely(x) __builtin_expect(!!(x), 0)

/* ---- page descriptors ---- */

/*
 * One per frame, 16 bytes on i386, so that a descriptor's index is a shift
 * away: 2.4.22's 44 bytes cost a multiplication in every conversion.  The
 * first page of a block speaks for the block; tail pages have count 0 and no
 * state.
 */
struct page {
	union {
		struct list_head list; /* while free and a block's head: its free list */
		u32 slab;              /* with PG_SLAB: physical address of its struct slab */
	};
	s32 count; /* users; the block returns to the lists at 0 */
	u32 flags; /* PG_*, order, kmap slot, zone: below */
} __attribute__((aligned(4 * sizeof(void *))));

/*
 * flags.  At most one of the three states is set.  PG_BUDDY and PG_HEAD stand
 * with the order of the block in the low bits; they are our own, for checks
 * and snapshots, and 2.4.22's decisions never depend on them.
 */
#define PG_ORDER_MASK 0x0fu
#define PG_RESERVED   0x10u /* never handed out, never freed */
#define PG_BUDDY      0x20u /* head of a block on a free list */
#define PG_HEAD       0x40u /* head of a block that is handed out */
#define PG_SLAB       0x80u /* belongs to a slab of slab.c */
#define PG_STATE      (PG_ORDER_MASK | PG_RESERVED | PG_BUDDY | PG_HEAD)
#define PG_KMAP_SHIFT 8 /* 11 bits: slot of kmap's window + 1, 0 = none */
#define PG_KMAP_MASK  (0x7ffu << PG_KMAP_SHIFT)
#define PG_ZONE_SHIFT 24 /* as 2.4.22: the zone in the top 8 bits */

extern struct page *mem_map;

static inline struct page *pfn_page(u32 pfn)
{
	return mem_map + pfn;
}
static inline u32 page_pfn(const struct page *page)
{
	return (u32)(page - mem_map);
}
static inline bool PageReserved(const struct page *page)
{
	return (page->flags & PG_RESERVED) != 0;
}
static inline unsigned page_zonenum(const struct page *page)
{
	return page->flags >> PG_ZONE_SHIFT;
}
static inline void set_page_state(struct page *page, u32 state)
{
	if (MM_CHECKS)
		page->flags = (page->flags & ~PG_STATE) | state;
}
static inline bool PageHighMem(const struct page *page)
{
	return page_zonenum(page) == 2;
}
#define PKMAP_NO_SLOT (~0u)
/* kmap's slot of a highmem page; survives a free, as page->virtual did. */
static inline u32 page_kmap_slot(const struct page *page)
{
	return ((page->flags & PG_KMAP_MASK) >> PG_KMAP_SHIFT) - 1;
}
static inline void set_page_kmap_slot(struct page *page, u32 slot)
{
	page->flags = (page->flags & ~PG_KMAP_MASK) | (slot + 1) << PG_KMAP_SHIFT;
}

/* ---- zones: page_alloc.c explains them ---- */

/*
 * The free blocks of one order.  At rest, bit n of map is 1 if exactly one of
 * the buddies n << (order + 1) and its partner is on free_list; indices count
 * from the start of the zone.  The largest order has no map.
 */
typedef struct free_area_struct {
	struct list_head free_list; /* through page->list of the block's first page */
	u32 *map;
} free_area_t;

typedef struct zone_struct {
	u32 free_pages; /* in all free lists */
	u32 pages_min, pages_low, pages_high;
	bool need_balance; /* kswapd was asked for */
	u8 nr;             /* its place in zones[] */
	free_area_t free_area[MAX_ORDER];
	struct page *zone_mem_map; /* descriptor of the first frame */
	u32 zone_start_pfn, size;  /* frames spanned, holes included */
	const char *name;
} zone_t;
extern zone_t zones[MAX_NR_ZONES];
extern zone_t *const zone_table[MAX_NR_ZONES]; /* the same, by a page's number */

static inline zone_t *page_zone(const struct page *page)
{
	return zone_table[page_zonenum(page)];
}

/* Turns over the pair bit of the block at `index` of the zone. */
#define MARK_USED(index, order, area) machine_change_bit((index) >> ((order) + 1), (area)->map)

static inline bool test_pair_bit(const zone_t *zone, u32 index, unsigned order)
{
	u32 bit = index >> (order + 1);

	return zone->free_area[order].map[bit >> 5] >> (bit & 31) & 1;
}
/* Bytes of the map of `order` for a zone of `size` frames. */
u32 free_area_map_bytes(u32 size, unsigned order);

/* Gives a zone its frames: descriptors reserved, counts 0, lists empty.  `alloc`
 * is asked for each map, by its bytes, from order 0 up. */
void zone_init(zone_t *zone, u32 start_pfn, u32 size, void *(*alloc)(u32 bytes));
/* pages_min = clamp(size / ratio, 20, 255), low and high twice and thrice. */
void zone_set_watermarks(zone_t *zone);
extern u32 zone_balance_ratio[MAX_NR_ZONES]; /* the ratios of memfrac=; 0: 128 */
void build_zonelists(void);
/* Bits for trace_info.flags: PS_RUN_OWN_LISTS if the lists are not kept as 2.4.22's. */
extern const u16 buddy_run_flags;
/* Hands one frame that has been reserved to the allocator. */
void free_boot_page(u32 pfn);
/* A block of `order` off the zone's lists, watermarks not asked; NULL: none is
 * large enough. */
struct page *rmqueue(zone_t *zone, unsigned order);
/* alloc_pages, __free_pages and get_page on behalf of the caller at `ip`. */
struct page *_alloc_pages(unsigned gfp_mask, unsigned order, u32 ip);
void free_pages_ip(struct page *page, unsigned order, u32 ip);
void get_page_ip(struct page *page, u32 ip);

/* True if this allocation is the one fail_nth chose. */
bool fail_now_slow(enum fail_kind kind);
extern bool fail_armed;
static inline bool fail_now(enum fail_kind kind)
{
	return unlikely(fail_armed) && fail_now_slow(kind);
}

/* ---- reports: misuse that the default kernel detects ---- */

/* Console line and mm_report event. */
void mm_report(unsigned code, u32 value, u32 value2, u32 ip, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* 2.4.22's BUG(): report, then the machine stops. */
_Noreturn void mm_bug(u32 value, u32 ip, const char *what);

/* ---- bootmem.c ---- */

u32 init_bootmem(u32 map_pfn, u32 max_low);               /* bytes of the bitmap */
void bootmem_free(u64 start, u64 end);                    /* rounds inwards */
void bootmem_reserve(u64 start, u64 end, unsigned owner); /* rounds outwards */
/* Never fails: no memory is a panic, as in 2.4.22. */
phys_t alloc_bootmem(u32 size, u32 align, phys_t goal, unsigned owner);
bool bootmem_reserved(u32 pfn);
unsigned bootmem_owner(u32 pfn); /* enum ps_value_owner of a reserved frame */
void bootmem_note_owner(u32 start_pfn, u32 end_pfn, unsigned owner);
extern u32 bootmem_map_pfn, bootmem_map_pages, bootmem_map_bytes; /* where the bitmap lies */

/* ---- the i386 layout: layout.c ---- */

#define MAXMEM_PFN      229376u /* 896 MiB */
#define PKMAP_BASE      0xFE000000u
#define LAST_PKMAP      1024u
#define FIXADDR_TOP     0xFFFFE000u
#define NR_FIX_KMAP     8u                         /* KM_TYPE_NR slots, one CPU, with HIGHMEM */
#define SWAPPER_PG_DIR  0x101000u                  /* physical; pg0, pg1 follow it */
#define BOOT_PAGE_BYTES (have_highmem ? 48u : 44u) /* 2.4.22's struct page */

extern u32 nr_fixmap_slots;     /* permanent ones: each lowers VMALLOC_END */
vaddr_t fixaddr_start(void);    /* FIXADDR_START */
extern phys_t mem_map_reserved; /* init.c: where 2.4.22 has room for mem_map */

/* ---- pgtable.c ---- */

#define PGDIR_SHIFT   22
#define PTRS          1024u
#define _KERNPG_TABLE 0x063u /* PDE of linear, fixmap and kmap tables */
#define _PAGE_TABLE   0x067u /* PDE made by pmd_populate */

static inline u32 *pgd_virt(phys_t pgd)
{
	return phys_to_virt(pgd);
}
/* The reference directory's entry for addr. */
static inline u32 *pgd_offset_k(vaddr_t addr)
{
	return pgd_virt(init_mm.pgd) + (addr >> PGDIR_SHIFT);
}
/* The PTE of addr below a present, non-PSE pde. */
static inline u32 *pte_offset(u32 pde, vaddr_t addr)
{
	return (u32 *)phys_to_virt(pde & PAGE_MASK) + ((addr >> PAGE_SHIFT) & (PTRS - 1));
}
static inline u32 mk_pte(const struct page *page, u32 prot)
{
	return page_pfn(page) << PAGE_SHIFT | prot;
}
void paging_init(bool want_pse);
void zap_low_mappings(void);
void trace_boot_maps(void);
/* The PTE of addr below its entry pmd of the reference directory; makes the table
 * from a GFP_KERNEL page if there is none; NULL: no memory for it. */
u32 *pte_alloc(u32 *pmd, vaddr_t addr, u32 ip);
/* The PTE of addr if there is a table, else NULL. */
u32 *pte_lookup(vaddr_t addr);
/* Is the entry something else than a table of the kernel's?  Whether the table is the
 * user's, too, makes no difference. */
static inline bool pmd_bad(u32 pde)
{
	return (pde & ~PAGE_MASK & ~_PAGE_USER) != _KERNPG_TABLE;
}
void pmd_clear(u32 *pmd, vaddr_t addr);
/* Stores the entry of addr in the reference tables, and tells.  The MMU is not asked
 * yet: a caller may have to flush first. */
void set_pte(u32 *pte, vaddr_t addr, u32 entry);
u32 ptep_get_and_clear(u32 *pte, vaddr_t addr); /* returns what it was */
void flush_tlb_all_traced(unsigned reason);

/* ---- vmalloc.c for ioremap.c and check.c ---- */

struct vm_struct *get_vm_area_ip(u32 size, u32 flags, u32 ip, enum ps_value_vm_why *why);
/* vfree by any of its names; op: enum ps_value_vm_op */
void vfree_op(vaddr_t addr, unsigned op, u32 ip);
/* Compares what place.h keeps beside vmlist with it; returns the violations, each printed. */
unsigned vm_index_check(void);
/* Forgets every area; for tests that start afresh. */
void vmalloc_reset(void);

/* ---- parts of other files ---- */

void kmap_init(void); /* highmem.c; paging_init has made its table */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * mm.h - the memory manager's public interface.
 *
 * Behaviour is Linux 2.4.22's on i386, two-level paging, one CPU; the names
 * are Linux's.  Guest linear addresses are vaddr_t (a number), because the
 * same source runs on the host, where they cannot be dereferenced; memory that
 * the kernel itself reads or writes through the linear map is a pointer.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "lib/types.h"

#define PAGE_SHIFT    12
#define PAGE_SIZE     4096u
#define PAGE_MASK     (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(n) (((n) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_OFFSET   0xC0000000u
#define MAX_ORDER     10

#define __va(pa) ((vaddr_t)(pa) + PAGE_OFFSET)
#define __pa(va) ((phys_t)(va)-PAGE_OFFSET)

/* GFP masks, 2.4.22 include/linux/mm.h */
#define __GFP_DMA     0x01u
#define __GFP_HIGHMEM 0x02u
#define __GFP_WAIT    0x10u
#define __GFP_HIGH    0x20u
#define __GFP_IO      0x40u
#define __GFP_HIGHIO  0x80u
#define __GFP_FS      0x100u
#define GFP_ATOMIC    (__GFP_HIGH)
#define GFP_KERNEL    (__GFP_HIGH | __GFP_WAIT | __GFP_IO | __GFP_HIGHIO | __GFP_FS)
#define GFP_USER      (__GFP_WAIT | __GFP_IO | __GFP_HIGHIO | __GFP_FS)
#define GFP_HIGHUSER  (GFP_USER | __GFP_HIGHMEM)
#define GFP_DMA       __GFP_DMA

/* ---- boot ---- */

#define E820_MAX 32
struct e820entry {
	u64 base, length;
	u32 type;
}; /* type 1 = RAM */

/* A file GRUB loaded, to be kept from the allocator. */
struct boot_range {
	phys_t start, end;
};

struct boot_params {
	struct e820entry e820[E820_MAX];
	unsigned nr_e820;
	phys_t kernel_start, kernel_end; /* image incl. bss; _end */
	struct boot_range keep[8];       /* boot modules to reserve */
	unsigned nr_keep;
	u64 mem_limit;     /* mem=N in bytes, 0 = none */
	u64 highmem_limit; /* highmem=N in bytes, ~0 = not given */
	int highmem;       /* 1 on, 0 off, -1 automatic (on above 896 MiB) */
	bool nopentium;    /* mem=nopentium: no PSE */
	u32 memfrac[3];    /* memfrac=: pages_min is size / this; 0 = 128 */
	bool quirks;       /* quirks=2.4.22 */
	int boot_range;    /* trace_boot: 1 range, 0 full, -1 automatic */
	u32 seed;          /* seed=N, 1 without it */
	const char *cmdline, *build_id;
};

/* Runs 2.4.22's boot sequence of memory initialisation up to and including
 * kmem_cache_sizes_init; the trace begins inside.  Returns false with a message
 * on the console if the machine cannot be used (too little RAM). */
bool mm_init(const struct boot_params *bp);

extern bool quirks;   /* historical behaviour wanted */
extern u32 boot_seed; /* of random numbers where nothing else is said */
extern u32 max_pfn, max_low_pfn, num_physpages, totalram_pages, totalhigh_pages;
extern vaddr_t high_memory; /* end of the linear map, set in mem_init */
extern bool have_highmem;
/* VMALLOC_START: at least 8 MiB above the linear map, at a multiple of 8 MiB. */
#define VMALLOC_OFFSET 0x800000u
static inline vaddr_t vmalloc_start(void)
{
	return (high_memory + 2 * VMALLOC_OFFSET - 1) & ~(VMALLOC_OFFSET - 1);
}
vaddr_t vmalloc_end(void); /* VMALLOC_END */

/* ---- pages: page_alloc.c ---- */

enum { ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM, MAX_NR_ZONES };
#define MAX_DMA_PFN 4096u /* where ZONE_DMA ends: 16 MiB */

struct page;
extern u32 max_mapnr; /* frames with a descriptor */
struct page *pfn_to_page(u32 pfn);
u32 page_to_pfn(const struct page *page);
struct page *alloc_pages(unsigned gfp_mask, unsigned order); /* NULL: none */
void __free_pages(struct page *page, unsigned order);
vaddr_t __get_free_pages(unsigned gfp_mask, unsigned order); /* 0: none */
vaddr_t get_zeroed_page(unsigned gfp_mask);
void free_pages(vaddr_t addr, unsigned order);
void get_page(struct page *page);
int page_count(const struct page *page);
unsigned get_order(u32 bytes);
u32 nr_free_pages(void), nr_free_buffer_pages(void), nr_free_highpages(void);
void set_pf_memalloc(bool on); /* the current task's PF_MEMALLOC */

/* ---- slab.c ---- */

void *kmalloc(size_t size, unsigned gfp_mask);
void kfree(const void *obj);
typedef struct kmem_cache kmem_cache_t;
kmem_cache_t *kmem_cache_create(const char *name, size_t size);
int kmem_cache_destroy(kmem_cache_t *cachep); /* 0, or 1 if objects are in use */
void *kmem_cache_alloc(kmem_cache_t *cachep, unsigned gfp_mask);
void kmem_cache_free(kmem_cache_t *cachep, void *obj);
unsigned kmem_cache_shrink_all(unsigned gfp_mask); /* pages given back */

/* ---- vmalloc.c, ioremap.c ---- */

#define VM_IOREMAP 1
#define VM_ALLOC   2
struct vm_struct {
	u32 flags;
	vaddr_t addr;
	u32 size;
	struct vm_struct *next;
};
extern struct vm_struct *vmlist;

struct vm_struct *get_vm_area(u32 size, u32 flags);
vaddr_t __vmalloc(u32 size, unsigned gfp_mask, u32 prot);
vaddr_t vmalloc(u32 size), vmalloc_32(u32 size), vmalloc_dma(u32 size); /* 0: none */
void vfree(vaddr_t addr);
vaddr_t vmap(struct page **pages, unsigned count, u32 flags, u32 prot);
void vunmap(vaddr_t addr);
long vread(char *buf, vaddr_t addr, u32 count);
long vwrite(const char *buf, vaddr_t addr, u32 count);
struct page *vmalloc_to_page(vaddr_t addr);
vaddr_t ioremap(phys_t phys, u32 size), ioremap_nocache(phys_t phys, u32 size);
void iounmap(vaddr_t addr);

/* ---- address spaces and faults: pgtable.c, fault.c ---- */

#define _PAGE_PRESENT  0x001u
#define _PAGE_RW       0x002u
#define _PAGE_USER     0x004u
#define _PAGE_PWT      0x008u
#define _PAGE_PCD      0x010u
#define _PAGE_ACCESSED 0x020u
#define _PAGE_DIRTY    0x040u
#define _PAGE_PSE      0x080u
#define _PAGE_GLOBAL   0x100u
u32 page_kernel_prot(void); /* PAGE_KERNEL: 0x163 with PGE, else 0x063 */

struct mm_struct {
	phys_t pgd;
	u16 id;
};
extern struct mm_struct init_mm;
bool mm_create(struct mm_struct *mm); /* pgd with the kernel slots copied */
void mm_drop(struct mm_struct *mm);
void mm_switch(struct mm_struct *mm);
/* The i-th of the directories that mm_create made and mm_drop has not taken, 0
 * past the last. */
phys_t mm_directory(unsigned i);
/* Maps one fresh user page at addr (< PAGE_OFFSET) in mm; false: no memory. */
bool mm_map_user(struct mm_struct *mm, vaddr_t addr);

enum fault_result { FAULT_RETRY, FAULT_BAD_KERNEL, FAULT_SIGSEGV };
/* Handles the page fault at `address` (CR2) by the instruction at `ip`; error_code is
 * the CPU's.  FAULT_RETRY: the directory slot was copied, make the access again.
 * Anything else is a bad access, and has been reported as an oops on the console
 * and in the trace; the caller decides what goes on. */
enum fault_result do_page_fault(vaddr_t address, u32 error_code, u32 ip);

/* A word at addr was written by hand: if it is an entry of a page table or
 * directory, the MMU is asked what it makes of it. */
void probe_written(vaddr_t addr);

/* Walk as the MMU would from cr3: 0 if not mapped; *pde, *pte what was read. */
bool page_walk(phys_t cr3, vaddr_t addr, u32 *pde, u32 *pte, phys_t *phys);

/* ---- highmem.c ---- */

vaddr_t kmap(struct page *page);
void kunmap(struct page *page);
enum km_type {
	KM_BOUNCE_READ,
	KM_SKB_SUNRPC_DATA,
	KM_SKB_DATA_SOFTIRQ,
	KM_USER0,
	KM_USER1,
	KM_BH_IRQ,
	KM_SOFTIRQ0,
	KM_SOFTIRQ1,
	KM_TYPE_NR
};
vaddr_t kmap_atomic(struct page *page, enum km_type type);
void kunmap_atomic(vaddr_t addr, enum km_type type);

/* ---- seeing: show.c, check.c ---- */

/* Sends zone_state, vmlist_state, pgd_state... into the trace. */
void mm_snapshot(void);
/* Sends trace_info and the zones' watermarks: what makes a cut trace readable. */
void mm_trace_info(void);
/* Every invariant of lists, bitmaps, counters, tables and vmlist; returns the
 * number of violations, each printed. */
unsigned mm_check(void);
/* Misuse reported so far (mm_report); running out of memory is none. */
extern u32 mm_reports;
void show_free_areas(void), show_buddyinfo(void), show_zoneinfo(void);
void show_vmallocinfo(void), show_layout(void), show_slabinfo(void);
void show_pagetables(vaddr_t addr), show_page_ranges(void), show_extfrag(void);

/* Fault injection: the nth page / descriptor / table allocation from now fails
 * (0 = off); with `from`, all from then on. */
enum fail_kind { FAIL_PAGE, FAIL_DESCRIPTOR, FAIL_TABLE, FAIL_KINDS };
void fail_nth(enum fail_kind kind, unsigned nth, bool from);

#endif

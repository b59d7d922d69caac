/* SPDX-License-Identifier: MIT */
/*
 * model.h - the machine's memory as the events tell it.
 *
 * Data, and questions to it: free lists in their order, pair bits, zone counters,
 * every frame's owner, page directories and tables, vmlist, slabs, the kmap
 * window.  replay.h changes it event by event.
 */
#ifndef EXPORTER_MODEL_H
#define EXPORTER_MODEL_H

#include "base/map.h"
#include "capture/kinds.h"
#include "model/rules.h"

#define NIL         0xffffffffu
#define PGDIR_SLOTS 1024u

enum frame_state { FRAME_RESERVED, FRAME_FREE, FRAME_USED };

struct frame {
	u32 next, prev;       /* free list or slab list, for heads; NIL ends */
	u64 since_i, since_t; /* event and tick of the last alloc or free */
	u32 site;             /* who allocated or freed it */
	s32 count;            /* use count of a head, as mem_map has it */
	u32 epoch;            /* flush epoch of the last PTE cleared, +1; 0 none */
	u16 maps;             /* PTEs of the vmalloc window that map it */
	u16 users;            /* user PTEs that map it */
	u16 tables;           /* directory slots that use it as a table */
	u16 slab_inuse;       /* objects in use, for a slab's head */
	u8 state;             /* enum frame_state */
	u8 head;              /* first frame of a free or used block */
	u8 order;             /* of the block: free: head only; used: all frames */
	u8 zone;
	u8 owner;     /* enum ps_value_owner while reserved */
	u8 clearable; /* reserved, but may be freed: never claimed, or cleared */
	u8 is_pgd;
	u8 on_slab_list; /* enum slab_list, for a slab's head */
	u16 cache;       /* slab cache + 1, all frames of the slab; 0 none */
};

struct zone {
	bool present;
	u32 start, size, min, low, high;
	u32 free_pages;
	u32 head[PS_NR_ORDERS];
	u32 nr_free[PS_NR_ORDERS];
	u8 *bits[PS_NR_ORDERS]; /* pair bits, orders 0..8 */
	/* an allocation under way: the piece that goes on */
	bool split;
	u32 split_pfn, split_order;
	/* a free block whose buddy is free too: the next event must merge them */
	bool must_merge;
	u32 merge_pfn, merge_order;
	u8 skipped; /* passes in which the zone was refused, a bit each */
};

struct table {
	u32 pfn;
	u32 pte[PGDIR_SLOTS];
};
struct pgd {
	u32 pa;
	u16 mm;
	bool live;
	u32 entry[PGDIR_SLOTS];
};

struct area {
	u32 addr, size, flags, site;
	u64 since_i, since_t;
	u32 pages; /* mapped so far */
	u8 op;     /* enum ps_value_vm_op that made it */
};

struct object {
	u32 ptr, site, bytes_req, bytes_alloc;
	u16 cache;
	u64 since_i, since_t;
};

#define NR_CACHES 256u /* their numbers are of 8 bits */

enum slab_list { LIST_NONE, LIST_FULL, LIST_PARTIAL, LIST_FREE, NR_SLAB_LISTS };

struct cache {
	bool live;
	char *name;
	u32 size, nr_slabs, active, num;
	u8 order;
	u32 first[NR_SLAB_LISTS], last[NR_SLAB_LISTS]; /* ends of the lists of slabs */
	bool foreign; /* has slabs in frames the model does not know */
};

struct stale {
	u32 addr, pfn;
}; /* PTE cleared, TLB not flushed since */

struct audit {
	struct ps_ev_mmu_audit ev;
	u64 i, t;
	unsigned left;
};

/* The kinds of addresses the MMU is asked about. */
enum mmu_area { MMU_USER, MMU_LINEAR, MMU_VMALLOC, MMU_IOREMAP, MMU_KMAP, MMU_TOP, NR_MMU_AREAS };
extern const char *const mmu_area_names[NR_MMU_AREAS];

struct model {
	/* called for each finding; may be NULL */
	void (*found)(void *ctx, enum rule rule, u64 i, u64 t, const char *text);
	void *ctx;
	u64 i, t;   /* the event being applied */
	bool ended; /* the kernel said that the run is complete */
	bool blind; /* events were lost: the state is not known any more */

	bool ready;
	struct ps_ev_trace_info info;
	u32 nr_frames;
	struct frame *frame;
	struct zone zone[PS_NR_ZONES];

	struct pgd *pgd; /* [0] is the reference directory */
	unsigned nr_pgds;
	u32 cr3, named_pgd; /* in use; the one user PTE events belong to */
	u32 told_pgd;       /* of the kernel's last pgd_state */
	struct table **table;
	unsigned nr_tables, cap_tables;
	struct ps_map table_of; /* frame -> index into table */
	u32 last_table_pfn;     /* a cache of one */
	struct table *last_table;

	struct area *area; /* ascending */
	unsigned nr_areas, cap_areas;
	bool in_vmalloc, in_vfree, dying_live, flushed;
	struct ps_ev_vmalloc_enter vmalloc;
	u64 vmalloc_i;
	struct area dying; /* off the list, being unmapped */
	u32 unmapped;

	/* probes of the MMU, and how many gave what the tables told give */
	struct {
		u64 probes, agree;
	} mmu[NR_MMU_AREAS];

	u32 flush_epoch;
	struct stale *stale;
	unsigned nr_stale, cap_stale;

	struct cache cache[NR_CACHES];
	struct ps_map object_of; /* address -> index into object */
	struct object *object;
	u32 nr_objects, cap_objects, free_object;

	u32 pkmap_count[1024], pkmap_pfn[1024];
	struct audit audit[1088]; /* enough for the tables of a boot without PSE */
	unsigned nr_audits;
	bool boot_told; /* the boot maps have been told of */
};

/* An empty model.  found(ctx, ...) is called for each finding; NULL: none is told. */
void model_init(struct model *m, void (*found)(void *, enum rule, u64, u64, const char *),
		void *ctx);
/* Gives back all the model owns. */
void model_free(struct model *m);

/* Reports a finding at the current event. */
void model_found(struct model *m, enum rule rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- asking ---- */

enum owner_class {
	OWNER_RESERVED,
	OWNER_FREE,
	OWNER_KERNEL,
	OWNER_VMALLOC,
	OWNER_PAGETABLE,
	OWNER_SLAB,
	OWNER_USER,
	NR_OWNERS
};
extern const char *const owner_names[NR_OWNERS];

/* The frame, or NULL: no RAM. */
static inline struct frame *model_frame(const struct model *m, u32 pfn)
{
	return pfn < m->nr_frames ? &m->frame[pfn] : NULL;
}
/* Who has the frame. */
enum owner_class model_owner(const struct model *m, u32 pfn);
/* First frame of the free block that holds pfn, NIL if none; *order its order. */
u32 model_free_block(const struct model *m, u32 pfn, unsigned *order);
/* Per mille of the zone's free memory that lies in blocks smaller than `order`; 1000
 * if nothing is free. */
u32 model_unusable(const struct zone *z, unsigned order);
/* The live page directory at physical address pa, or NULL. */
struct pgd *model_pgd(const struct model *m, u32 pa);
/* The table in frame pfn, or NULL. */
struct table *model_table(struct model *m, u32 pfn);
/* The walk from directory `pa` as the MMU would do it; false: not mapped. */
bool model_walk(struct model *m, u32 pa, u32 addr, u32 *pde, u32 *pte, u32 *phys);
/* The index of the first area whose start is above addr. */
unsigned model_areas_above(const struct model *m, u32 addr);
/* The area that holds addr (guard page included), or NULL. */
struct area *model_area(const struct model *m, u32 addr);

/* ---- entries of directories and tables ---- */

#define PTE_PRESENT  0x001u
#define PTE_WRITE    0x002u
#define PTE_USER     0x004u
#define PTE_PWT      0x008u
#define PTE_PCD      0x010u
#define PTE_HARDWARE 0x060u /* accessed, dirty: the CPU's to set */
#define PTE_LARGE    0x080u /* in a directory: a page of 4 MiB, not a table */
#define PTE_GLOBAL   0x100u

static inline u32 pgd_slot(u32 addr)
{
	return addr >> 22;
}
static inline u32 table_index(u32 addr)
{
	return addr >> 12 & 1023;
}
/* True if the directory entry leads to a table. */
static inline bool is_table(u32 pde)
{
	return (pde & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;
}
/* True if they differ in nothing but what the CPU sets. */
static inline bool same_entry(u32 a, u32 b)
{
	return ((a ^ b) & ~PTE_HARDWARE) == 0;
}

#endif

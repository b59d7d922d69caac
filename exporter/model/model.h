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

/* UNKNOWN: no event has told of the frame, nor does silence tell: the trace does not
 * say all of its beginning, or events were lost. */
enum frame_state { FRAME_RESERVED, FRAME_FREE, FRAME_USED, FRAME_UNKNOWN };

struct frame {
	u32 next, prev;       /* free list or slab list, for heads; NIL ends */
	u64 since_i, since_t; /* event and tick of the last alloc or free */
	u32 site;             /* who allocated or freed it */
	s32 count;            /* use count of a head, as mem_map has it */
	u32 epoch;            /* flush epoch of the last PTE cleared, +1; 0 none */
	u16 maps;             /* PTEs of the vmalloc window that map it */
	u16 users;            /* PTEs of other addresses that are counted: see counts() */
	u16 tables;           /* directory slots that use it as a table */
	u16 slab_inuse;       /* objects in use, for a slab's head */
	u8 state;             /* enum frame_state */
	u8 head;              /* first frame of a free or used block */
	u8 order;             /* of the block: free: head only; used: all frames */
	u8 zone;
	u8 owner;        /* enum ps_value_owner while reserved */
	u8 clearable;    /* reserved, but may be freed: never claimed, or cleared */
	u8 freed_mapped; /* freed while one entry maps it: to be cleared before it is used */
	u8 freed_table;  /* freed while slots of directories not in use refer to it: the same */
	u8 on_slab_list; /* enum slab_list, for a slab's head */
	u16 cache;       /* slab cache + 1, all frames of the slab; 0 none */
};

struct zone {
	bool present;
	char name[16];
	u32 start, size, min, low, high;
	u32 free_pages;
	unsigned orders; /* free lists */
	bool counted;    /* free_pages is known */
	bool complete;   /* the lists hold every free block, in their order */
	u32 head[PS_MAX_ORDERS];
	u32 nr_free[PS_MAX_ORDERS];
	u8 *bits[PS_MAX_ORDERS]; /* pair bits, all orders but the largest */
	/* an allocation under way: the piece that goes on */
	bool split;
	u32 split_pfn, split_order;
	/* a free block whose buddy is free too: the next event must merge them */
	bool must_merge;
	u32 merge_pfn, merge_order;
	u8 skipped; /* passes in which the zone was refused, a bit each */
};

/*
 * A frame that holds page-table entries: a table, a directory, or both where a slot of
 * a directory maps the directory itself.  An entry is unknown until an event, or the
 * old value of one, tells it.
 */
struct table {
	u32 pfn;
	bool is_pgd;
	u16 mm;   /* address space of a directory */
	u32 home; /* linear address of its first entry through one slot that refers to it */
	u32 nr_known;
	u32 known[PGDIR_SLOTS / 32]; /* a bit an entry */
	u32 entry[PGDIR_SLOTS];
	u32 *meant; /* addresses told for entries while no slot refers to it; or NULL */
};

static inline bool entry_known(const struct table *t, unsigned i)
{
	return t->known[i >> 5] >> (i & 31) & 1;
}

/* A range of addresses that the kernel named. */
struct named_region {
	u32 start;
	u64 end;
	u8 kind;
	char name[24];
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
	bool global; /* loading CR3 does not drop it */
};                   /* PTE cleared, TLB not flushed since */

struct audit {
	struct ps_ev_mmu_audit ev;
	u64 i, t;
	unsigned left;
};

/* The kinds of addresses the MMU is asked about. */
enum mmu_area {
	MMU_USER,
	MMU_LINEAR,
	MMU_VMALLOC,
	MMU_IOREMAP,
	MMU_KMAP,
	MMU_TOP,
	MMU_WATCHED,
	NR_MMU_AREAS
};
extern const char *const mmu_area_names[NR_MMU_AREAS];

struct model {
	/* called for each finding; may be NULL */
	void (*found)(void *ctx, enum rule rule, u64 i, u64 t, const char *text);
	void *ctx;
	u64 i, t;   /* the event being applied */
	bool ended; /* the kernel said that the run is complete */
	bool lost;  /* events were lost: what they told is unknown */

	bool ready;
	struct ps_ev_trace_info info;
	u32 nr_frames;
	struct frame *frame;
	struct zone zone[PS_MAX_ZONES];
	struct named_region region[64];
	unsigned nr_regions;

	u32 cr3;          /* the directory in use, of a frame that may be unknown; NIL: not known */
	struct {          /* of a guest that is watched */
		bool on;  /* paging is on */
		bool pae; /* of a kind that is not followed */
		bool gap; /* stores were too many to be recorded: nothing is known */
	} paging;
	struct table **table;
	unsigned nr_tables, cap_tables;
	struct ps_map table_of; /* frame -> index into table */
	u32 last_table_pfn;     /* a cache of one */
	struct table *last_table;

	struct area *area; /* ascending */
	unsigned nr_areas, cap_areas;
	bool areas_known, objects_known, kmap_known; /* none is missing */
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

	/* frames freed before their entry was cleared, which then was: one finding */
	u64 nr_early, first_early_i, first_early_t;
	u32 first_early_pfn;
	u32 nr_freed_tables; /* frames with freed_table */

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

/* The same, of an earlier event. */
void model_found_at(struct model *m, u64 i, u64 t, enum rule rule, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* ---- asking ---- */

enum owner_class {
	OWNER_RESERVED,
	OWNER_FREE,
	OWNER_KERNEL,
	OWNER_VMALLOC,
	OWNER_PAGETABLE,
	OWNER_SLAB,
	OWNER_USER,
	OWNER_UNKNOWN,
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
/* The table or directory in frame pfn, or NULL. */
struct table *model_table(struct model *m, u32 pfn);
/* The directory at physical address pa, or NULL. */
struct table *model_pgd(struct model *m, u32 pa);
/* The reference directory that others copy kernel slots of, or NULL: none, or unknown. */
struct table *model_reference(struct model *m);

/* What the MMU would do.  UNKNOWN: an entry on the way is. */
enum walk { WALK_FAULTS, WALK_MAPPED, WALK_UNKNOWN };
/* The walk from directory `pa`; what it does not reach is 0. */
enum walk model_walk(struct model *m, u32 pa, u32 addr, u32 *pde, u32 *pte, u32 *phys);
/* True if every frame's state is known. */
bool model_frames_known(const struct model *m);
/* The kernel's kind of the addresses around addr; PS_REGION_OTHER: it named none. */
enum ps_value_region_kind model_region(const struct model *m, u32 addr);
/* The kernel's name of them, or NULL. */
const char *model_region_name(const struct model *m, u32 addr);
/* Orders that this kernel's blocks have: 1 for single pages. */
static inline unsigned model_orders(const struct model *m)
{
	return m->info.max_order < PS_MAX_ORDERS ? m->info.max_order : PS_MAX_ORDERS;
}
/* Free lists of the zone; never more than the arrays have. */
static inline unsigned zone_orders(const struct zone *z)
{
	return z->orders < PS_MAX_ORDERS ? z->orders : PS_MAX_ORDERS;
}
static inline bool model_is(const struct model *m, enum ps_value_machine flag)
{
	return m->info.machine & flag;
}
/* The plugin watched a guest that tells nothing itself: there are page tables only. */
static inline bool model_watched(const struct model *m)
{
	return m->info.flags & PS_RUN_WATCHED;
}
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
/* True if the directory entry maps a page of 4 MiB: without CR4.PSE, bit 7 is ignored. */
static inline bool is_large(const struct model *m, u32 pde)
{
	return (pde & (PTE_PRESENT | PTE_LARGE)) == (PTE_PRESENT | PTE_LARGE) &&
	       (m->info.flags & PS_RUN_PSE);
}
/* True if the directory entry leads to a table. */
static inline bool is_table(const struct model *m, u32 pde)
{
	return (pde & PTE_PRESENT) && !is_large(m, pde);
}
/* True if they differ in nothing but what the CPU sets. */
static inline bool same_entry(u32 a, u32 b)
{
	return ((a ^ b) & ~PTE_HARDWARE) == 0;
}

#endif

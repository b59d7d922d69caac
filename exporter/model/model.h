/* SPDX-License-Identifier: MIT */
/*
 * model.h - the machine's memory as the events tell it, and the rules it keeps.
 *
 * Feed every event of a session in order; after each the model is the state of
 * the guest's memory manager at that instant: free lists in their order, pair
 * bits, zone counters, every frame's owner, page directories and tables,
 * vmlist, slabs, the kmap window.  While doing so it checks what must hold and
 * hands each breach to `found`; then it does what the event says all the same,
 * so that one fault is told once as far as possible.
 *
 * The replay rules (which block a split takes, where a merged block is listed)
 * are 2.4.22's; docs/trace-format.md states them.
 */
#ifndef EXPORTER_MODEL_H
#define EXPORTER_MODEL_H

#include "capture/capture.h"
#include "base/map.h"

enum severity { NOTE, HAZARD, VIOLATION };

/* RULE(symbol, name, severity, what it means) */
#define PS_RULES(RULE) \
	RULE(DOUBLE_ALLOC, "double-alloc", VIOLATION, "a frame was handed out while in use") \
	RULE(ALLOC_ABSENT, "alloc-absent", VIOLATION, \
	     "a block was handed out that is on no free list") \
	RULE(ALLOC_RESERVED, "alloc-reserved", VIOLATION, \
	     "a frame kept from the allocator was handed out") \
	RULE(SPLIT_ABSENT, "split-absent", VIOLATION, "a block was split that is on no free list") \
	RULE(SPLIT_LOST, "split-lost", VIOLATION, \
	     "a split was not followed by the rest of its allocation") \
	RULE(NOT_HEAD, "not-list-head", HAZARD, \
	     "a block was taken from inside its free list, not from its head") \
	RULE(WRONG_ZONE, "wrong-zone", VIOLATION, "an event names another zone than the frame's") \
	RULE(GFP_ZONE, "gfp-zone", VIOLATION, \
	     "a zone served a request whose GFP mask rules it out") \
	RULE(WATERMARK, "watermark", VIOLATION, \
	     "a zone served a request its watermark should have refused") \
	RULE(DOUBLE_FREE, "double-free", VIOLATION, "a free frame was freed") \
	RULE(FREE_RESERVED, "free-reserved", VIOLATION, \
	     "a frame kept from the allocator was freed") \
	RULE(FREE_TAIL, "free-tail", VIOLATION, "a frame in the middle of a block was freed") \
	RULE(WRONG_ORDER, "wrong-order", VIOLATION, \
	     "a block was freed with another order than it was handed out with") \
	RULE(MISALIGNED, "misaligned", VIOLATION, \
	     "a block is not aligned to its order or leaves its zone") \
	RULE(FREE_MAPPED, "free-mapped", VIOLATION, \
	     "a frame was freed while a page-table entry maps it") \
	RULE(FREE_TABLE, "free-table", VIOLATION, \
	     "a page-table page was freed while a directory refers to it") \
	RULE(MERGE_ABSENT, "merge-not-free", VIOLATION, "a merge with a buddy that is not free") \
	RULE(MERGE_BUDDY, "merge-not-buddies", VIOLATION, \
	     "a merge of blocks that are not buddies") \
	RULE(MISSED_MERGE, "missed-merge", VIOLATION, "two free buddies were not merged") \
	RULE(AREA_OVERLAP, "area-overlap", VIOLATION, \
	     "an area overlaps another one or its guard page") \
	RULE(AREA_OUTSIDE, "area-outside", VIOLATION, \
	     "an area reaches outside VMALLOC_START..VMALLOC_END") \
	RULE(AREA_ABSENT, "area-absent", VIOLATION, "an area was freed that does not exist") \
	RULE(AREA_FILL, "area-fill", VIOLATION, "an area is not mapped as it should be") \
	RULE(GUARD_MAPPED, "guard-mapped", VIOLATION, "the guard page of an area is mapped") \
	RULE(PTE_OUTSIDE, "pte-outside-area", VIOLATION, \
	     "a page of the vmalloc window is mapped outside any area") \
	RULE(PTE_FREE, "pte-to-free-page", VIOLATION, "an entry maps a frame that is free") \
	RULE(PTE_FOREIGN, "pte-foreign-page", VIOLATION, \
	     "an entry of a vmalloc area maps a frame not allocated for it") \
	RULE(PTE_SHARED, "page-mapped-twice", VIOLATION, "two areas map the same frame") \
	RULE(PTE_OLD, "pte-old", VIOLATION, "an event's old entry differs from the table") \
	RULE(PTE_NO_TABLE, "pte-no-table", VIOLATION, \
	     "an entry was set where there is no page table") \
	RULE(PTE_LEFT, "pte-left", VIOLATION, "an entry was left behind by vfree") \
	RULE(NO_FLUSH, "no-flush", VIOLATION, "vfree returned without flushing the TLB") \
	RULE(REUSE, "reuse-before-flush", HAZARD, \
	     "a frame was handed out before the TLB forgot its old mapping") \
	RULE(POKED, "table-poked", HAZARD, "a page table was written to as memory") \
	RULE(PDE_FREE, "pde-to-free-page", VIOLATION, "a directory entry refers to a free frame") \
	RULE(PGD_UNKNOWN, "directory-unknown", VIOLATION, \
	     "an event names a page directory that does not exist") \
	RULE(LAZY_PDE, "lazy-pde", VIOLATION, \
	     "a directory slot differs from the reference directory") \
	RULE(OBJECT_TWICE, "object-double-alloc", VIOLATION, \
	     "the slab allocator handed out an object in use") \
	RULE(OBJECT_FREE, "object-double-free", VIOLATION, \
	     "an object was freed that is not in use") \
	RULE(OBJECT_NO_SLAB, "object-no-slab", VIOLATION, \
	     "an object lies in no slab of its cache") \
	RULE(SLAB_BUSY, "slab-busy", VIOLATION, "a slab was given up while objects are in use") \
	RULE(KMAP_COUNT, "kmap-count", VIOLATION, \
	     "kmap and kunmap do not balance, or the slot is wrong") \
	RULE(STATE_ZONE, "zone-state", VIOLATION, "the kernel's zone differs from the replay") \
	RULE(STATE_MEM_MAP, "mem-map-state", VIOLATION, \
	     "the kernel's mem_map differs from the replay") \
	RULE(STATE_FLAGS, "page-flags-state", VIOLATION, \
	     "what mem_map says of a frame's owner differs from the replay") \
	RULE(STATE_VMLIST, "vmlist-state", VIOLATION, \
	     "the kernel's vmlist differs from the replay") \
	RULE(STATE_PGD, "pgd-state", VIOLATION, \
	     "a page directory of the kernel differs from the replay") \
	RULE(STATE_TABLE, "pgtable-state", VIOLATION, \
	     "a page table of the kernel differs from the replay") \
	RULE(STATE_SLAB, "slab-state", VIOLATION, \
	     "a slab cache of the kernel differs from the replay") \
	RULE(STATE_PKMAP, "pkmap-state", VIOLATION, \
	     "the kernel's kmap window differs from the replay") \
	RULE(MMU, "mmu-disagrees", VIOLATION, \
	     "the MMU translates an address otherwise than the tables told") \
	RULE(UNEXPLAINED, "pte-unexplained", VIOLATION, \
	     "a page-table entry changed without an event") \
	RULE(EXPECT, "expectation", VIOLATION, "an expectation of the scenario does not hold") \
	RULE(VERDICT, "run-failed", VIOLATION, "the run ended with a failed verdict") \
	RULE(PANIC, "panic", VIOLATION, "the kernel panicked") \
	RULE(LOST, "lost-events", VIOLATION, "events are missing: the replay cannot go on") \
	RULE(REPORT, "kernel-report", NOTE, "the kernel detected misuse and refused it") \
	RULE(OOPS, "oops", NOTE, "the kernel survived a bad access") \
	RULE(LEAK, "leak", NOTE, "still allocated at the end")

enum rule {
#define RULE_ID(id, name, severity, text) RULE_##id,
	PS_RULES(RULE_ID)
#undef RULE_ID
		NR_RULES
};
struct rule_info {
	const char *name, *text;
	enum severity severity;
};
extern const struct rule_info ps_rules[NR_RULES];

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
	u8 on_slab_list; /* 1 full, 2 partial, 3 free */
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

struct cache {
	bool live;
	char *name;
	u32 size, nr_slabs, active, num;
	u8 order;
	u32 first[4], last[4]; /* ends of slab lists: 1 full, 2 partial, 3 free */
	bool foreign;          /* has slabs in frames the model does not know */
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

	struct cache cache[1 << 8];
	struct ps_map object_of; /* address -> index into object */
	struct object *object;
	u32 nr_objects, cap_objects, free_object;

	u32 pkmap_count[1024], pkmap_pfn[1024];
	struct audit audit[1088]; /* enough for the tables of a boot without PSE */
	unsigned nr_audits;
	bool boot_told; /* the boot maps have been told of */
};

void model_init(struct model *m, void (*found)(void *, enum rule, u64, u64, const char *),
		void *ctx);
void model_free(struct model *m);
/* Applies one event. */
void model_apply(struct model *m, const struct event *ev);
/* Says what is left over at the end of a session. */
void model_finish(struct model *m);

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
enum owner_class model_owner(const struct model *m, u32 pfn);
/* First frame of the free block that holds pfn, NIL if none; *order its order. */
u32 model_free_block(const struct model *m, u32 pfn, unsigned *order);
struct pgd *model_pgd(struct model *m, u32 pa);
/* The table in frame pfn, or NULL. */
struct table *model_table(struct model *m, u32 pfn);
/* The walk from directory `pa` as the MMU would do it; false: not mapped. */
bool model_walk(struct model *m, u32 pa, u32 addr, u32 *pde, u32 *pte, u32 *phys);
/* The area that holds addr (guard page included), or NULL. */
struct area *model_area(struct model *m, u32 addr);

/* ---- between the model's files ---- */

/* Reports a finding at the current event. */
void model_found(struct model *m, enum rule rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static inline struct frame *model_frame(const struct model *m, u32 pfn)
{
	return pfn < m->nr_frames ? &m->frame[pfn] : NULL;
}
void buddy_event(struct model *m, const struct event *ev);
void buddy_zone(struct model *m, const struct ps_ev_mm_setup_per_zone_wmarks *z);
void paging_event(struct model *m, const struct event *ev);
void paging_frame_reused(struct model *m, u32 pfn);
void paging_audits_due(struct model *m);
void paging_audits_end(struct model *m);
void area_event(struct model *m, const struct event *ev);
void slab_event(struct model *m, const struct event *ev);
void slab_frames_freed(struct model *m, u32 pfn, unsigned order);

#endif

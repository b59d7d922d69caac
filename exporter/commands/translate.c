/* SPDX-License-Identifier: MIT */
/*
 * translate.c - where an address leads at a moment, and what happened to it.
 */
#include "commands/translate.h"
#include "base/json.h"
#include "capture/facts.h"
#include "formats/text.h"
#include "model/watched.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct change {
	u64 i, t;
	bool later;
	char *text;
};

/* What is collected on the way. */
struct watch {
	u32 addr;
	struct change *change;
	size_t nr, cap;
	bool has_pte, has_pde;
	u64 pte_i, pte_t; /* the last event that set the PTE in force */
	u64 pde_i, pde_t;
	/* the address space that is asked about: its directory, and the PTE that the walk reads
	 * at the moment; NIL: none, or not known */
	u32 pgd, pte_pa;
	u64 table_i; /* the event from which on the frame of the PTE is what it is */
	bool over;   /* the address space is gone, after the moment */
	struct symbols *symbols;
};

static void note(struct watch *w, const struct event *ev, bool later)
{
	char text[512];

	if (w->nr == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->change = ps_realloc(w->change, w->cap * sizeof(*w->change));
	}
	event_text_named(ev, w->symbols, text, sizeof(text));
	w->change[w->nr++] = (struct change){ ev->i, ev->t, later, ps_strdup(text) };
}

enum touch { TOUCHES_NOTHING, TOUCHES_PTE, TOUCHES_PDE, TOUCHES_HISTORY };

/* What an event of the kernel's own says, and of which addresses: of areas around them,
 * of accesses and answers of the MMU. */
static bool span_of(const struct event *ev, u32 *addr, u64 *bytes)
{
	*bytes = 4096;
	switch (ev->id) {
	case PS_ID_alloc_vmap_area: {
		const struct ps_ev_alloc_vmap_area *e = (const void *)ev->p;

		*addr = e->addr;
		*bytes = e->size;
		return !e->failed;
	}
	case PS_ID_free_vmap_area: {
		const struct ps_ev_free_vmap_area *e = (const void *)ev->p;

		*addr = e->va_start;
		*bytes = e->size;
		return true;
	}
	case PS_ID_mem_access:
		*addr = ((const struct ps_ev_mem_access *)ev->p)->addr & ~0xfffu;
		return true;
	case PS_ID_page_fault_kernel:
	case PS_ID_page_fault_user:
		*addr = ((const struct ps_ev_page_fault_kernel *)ev->p)->address & ~0xfffu;
		return true;
	case PS_ID_oops: *addr = ((const struct ps_ev_oops *)ev->p)->address & ~0xfffu; return true;
	case PS_ID_mmu_probe:
		*addr = ((const struct ps_ev_mmu_probe *)ev->p)->addr & ~0xfffu;
		return true;
	default: return false;
	}
}

/* The PTE that the walk from directory `pgd` reads now, NIL if it reaches none. */
static u32 pte_now(struct model *m, u32 pgd, u32 addr)
{
	u32 pde, pte, phys;

	if (pgd == NIL)
		return NIL;
	model_walk(m, pgd, addr, &pde, &pte, &phys);
	return is_table(m, pde) ? (pde & ~0xfffu) + 4 * table_index(addr) : NIL;
}

/* The directory whose kernel slots all others copy, if the address lies there; or NIL. */
static u32 kernel_pgd(struct model *m, u32 addr)
{
	return model_reference(m) && addr >= m->info.page_offset ? m->info.swapper_pg_dir : NIL;
}

/* Does the event store into an entry by which the address is reached in its space now,
 * or was reached at the moment?  m is the model after the event. */
static enum touch touches_entry(const struct watch *w, struct model *m, u32 entry_pa, u32 bytes,
				u64 i, bool later)
{
	u32 kernel = kernel_pgd(m, w->addr), slot = 4 * pgd_slot(w->addr);
	u32 pte = pte_now(m, w->pgd, w->addr), kernel_pte = pte_now(m, kernel, w->addr);

	if ((w->pgd != NIL && w->pgd + slot - entry_pa < bytes) ||
	    (kernel != NIL && kernel + slot - entry_pa < bytes))
		return TOUCHES_PDE;
	if ((pte != NIL && pte - entry_pa < bytes) ||
	    (kernel_pte != NIL && kernel_pte - entry_pa < bytes))
		return TOUCHES_PTE;
	/* a table may be filled before it is hooked in */
	return !later && w->pte_pa != NIL && w->pte_pa - entry_pa < bytes && i >= w->table_i
		       ? TOUCHES_PTE
		       : TOUCHES_NOTHING;
}

/* Was it in the address space that is asked about?  The kernel's is in all of them. */
static bool in_space(const struct watch *w, const struct model *m, const struct event *ev)
{
	u32 cr3 = ev->id == PS_ID_mmu_probe ? ((const struct ps_ev_mmu_probe *)ev->p)->cr3 & ~0xfffu
					    : m->cr3;

	return w->addr >= m->info.page_offset || cr3 == w->pgd;
}

static enum touch touches(const struct watch *w, struct model *m, const struct event *ev,
			  bool later)
{
	u64 bytes;
	u32 addr, entry_pa, entry_bytes;

	if (span_of_entries(ev, &entry_pa, &entry_bytes))
		return touches_entry(w, m, entry_pa, entry_bytes, ev->i, later);
	return span_of(ev, &addr, &bytes) && w->addr - addr < bytes && in_space(w, m, ev)
		       ? TOUCHES_HISTORY
		       : TOUCHES_NOTHING;
}

/* A frame that was another directory before has another history; and so after its end. */
static void watch_life(struct watch *w, const struct model *m, const struct event *ev, bool later)
{
	bool begins = ev->id == PS_ID_pgd_alloc &&
		      ((const struct ps_ev_pgd_alloc *)ev->p)->pgd == w->pgd;
	bool ends = ev->id == PS_ID_pgd_free &&
		    ((const struct ps_ev_pgd_free *)ev->p)->pgd == w->pgd;

	if ((!begins && !ends) || w->addr >= m->info.page_offset)
		return;
	w->over = later;
	if (later)
		return;
	while (w->nr)
		free(w->change[--w->nr].text);
	w->has_pte = w->has_pde = false;
}

static void watch_event(struct watch *w, struct model *m, const struct event *ev, bool later)
{
	enum touch what;

	watch_life(w, m, ev, later);
	what = w->over ? TOUCHES_NOTHING : touches(w, m, ev, later);
	if (what == TOUCHES_NOTHING)
		return;
	note(w, ev, later);
	if (what == TOUCHES_HISTORY || later)
		return;
	if (what == TOUCHES_PTE) {
		w->has_pte = true;
		w->pte_i = ev->i;
		w->pte_t = ev->t;
	} else {
		w->has_pde = true;
		w->pde_i = ev->i;
		w->pde_t = ev->t;
	}
}

/* Watches the address in its address space, from the start of the session to its end. */
static void watch(struct watch *w, const struct query *q)
{
	struct model *m = ps_alloc(sizeof(*m));
	bool later = false;
	struct events e;
	struct event ev;

	model_init(m, NULL, NULL);
	events_begin(&e, q->c, q->session);
	while (events_next(&e, &ev)) {
		later = later || moment_passed(&q->at, &ev);
		replay_event(m, &ev);
		watch_event(w, m, &ev, later);
	}
	model_free(m);
	free(m);
}

/* Which entries the walk reads at the moment, of which m is the model. */
static void find_entries(struct watch *w, struct model *m)
{
	const struct frame *f;

	w->pte_pa = pte_now(m, w->pgd, w->addr);
	if (w->pte_pa == NIL)
		w->pte_pa = pte_now(m, kernel_pgd(m, w->addr), w->addr);
	f = w->pte_pa == NIL ? NULL : model_frame(m, w->pte_pa >> 12);
	w->table_i = f && f->state == FRAME_USED ? f->since_i : 0;
}

struct answer {
	u32 pgd, pde, pte, phys;
	bool mapped, unknown;
	bool lazy; /* the reference maps it, this directory does not yet */
	u32 reference_pde;
};

static void walk(struct model *m, u32 pgd, u32 addr, struct answer *a)
{
	const struct table *reference = model_reference(m);
	u32 pde, pte, phys;
	enum walk walk;

	*a = (struct answer){ .pgd = pgd };
	walk = model_walk(m, pgd, addr, &a->pde, &a->pte, &a->phys);
	a->mapped = walk == WALK_MAPPED;
	a->unknown = walk == WALK_UNKNOWN;
	if (!reference || reference->pfn == pgd >> 12 || addr < m->info.page_offset)
		return;
	a->lazy = walk == WALK_FAULTS &&
		  model_walk(m, m->info.swapper_pg_dir, addr, &pde, &pte, &phys) == WALK_MAPPED;
	a->reference_pde = pde;
}

static bool describe_frame(struct model *m, u32 pfn, struct symbols *symbols, char *buf,
			   size_t size)
{
	const struct frame *f = model_frame(m, pfn);
	unsigned order;
	u32 head;

	if (!f) {
		snprintf(buf, size, "no RAM: a device's memory");
		return false;
	}
	if (f->state == FRAME_RESERVED) {
		const char *who = ps_value_text("owner", f->owner);

		snprintf(buf, size, "kept from the allocator since boot (%s)", who ? who : "?");
	} else if (model_watched(m)) {
		snprintf(buf, size, "mapped by %u entries of 4 KiB pages%s", f->users,
			 f->tables ? "; it is a page table" : "");
	} else if (f->state == FRAME_UNKNOWN) {
		snprintf(buf, size, "%s; no event told when it was handed out",
			 owner_names[model_owner(m, pfn)]);
	} else if (f->state == FRAME_FREE) {
		head = model_free_block(m, pfn, &order);
		snprintf(buf, size, "free, in the order-%u block at 0x%x, since event %s",
			 head == NIL ? 0 : order, head == NIL ? pfn : head,
			 ps_thousands(f->since_i));
	} else {
		snprintf(buf, size,
			 "%s, zone %s, block of order %u, since event %s (tick %s), by %s",
			 owner_names[model_owner(m, pfn)], m->zone[f->zone].name, f->order,
			 ps_thousands(f->since_i), ps_thousands(f->since_t),
			 site_text(symbols, f->site, f->since_t));
	}
	return true;
}

/* Where the address lies, by the kernel's own names. */
static const char *region_of(const struct model *m, u32 addr)
{
	const char *name = model_region_name(m, addr);

	if (pgd_slot(addr) == m->info.recursive_slot)
		return "the page tables (recursive slot)";
	if (name)
		return name;
	if (model_watched(m))
		return "a guest that names no regions";
	return m->nr_regions ? "no region that the kernel names" : "an address";
}

static void print_text(struct model *m, const struct watch *w, const struct answer *a,
		       const struct event *last, struct symbols *symbols)
{
	const struct area *area = model_area(m, w->addr);
	char text[256];

	printf("address   0x%08x, in %s\n", w->addr, region_of(m, w->addr));
	printf("moment    after event %s, tick %s\n", ps_thousands(last->i), ps_thousands(last->t));
	if (a->pgd == NIL)
		puts("directory unknown: events are missing, and none since tells of a load of "
		     "CR3; --pgd names one");
	else
		printf("directory 0x%08x%s, slot %u: PDE 0x%08x [%s]\n", a->pgd,
		       model_reference(m) && a->pgd == m->info.swapper_pg_dir ? " (the reference)"
									      : "",
		       w->addr >> 22, a->pde, entry_flags(a->pde));
	if (is_table(m, a->pde))
		printf("table     0x%08x, entry %u: PTE 0x%08x [%s]\n", a->pde & ~0xfffu,
		       w->addr >> 12 & 1023, a->pte, entry_flags(a->pte));
	if (a->lazy)
		printf("          the reference directory has PDE 0x%08x: "
		       "the first access faults and copies it\n",
		       a->reference_pde);
	if (a->mapped) {
		printf("physical  0x%08x, frame 0x%x\n", a->phys, a->phys >> 12);
		describe_frame(m, a->phys >> 12, symbols, text, sizeof(text));
		printf("frame     %s\n", text);
	} else if (a->unknown) {
		printf("physical  unknown: no event has told this entry\n");
	} else {
		printf("physical  none: an access faults\n");
	}
	if (area)
		printf("area      0x%08x-0x%08x (%s%s), since event %s, by %s\n", area->addr,
		       area->addr + area->size, area->flags & PS_VM_IOREMAP ? "ioremap" : "vmalloc",
		       w->addr - area->addr >= area->size - 4096 ? ", this is its guard page" : "",
		       ps_thousands(area->since_i), site_text(symbols, area->site, area->since_t));
	if (w->has_pte && !is_large(m, a->pde))
		printf("%s     event %s, tick %s\n", a->pte ? "since" : "until",
		       ps_thousands(w->pte_i), ps_thousands(w->pte_t));
	else if (w->has_pde)
		printf("since     event %s, tick %s\n", ps_thousands(w->pde_i),
		       ps_thousands(w->pde_t));
	puts("history");
	for (size_t n = 0; n < w->nr; n++)
		printf("  %s event %s, tick %s: %s\n", w->change[n].later ? "later " : "before",
		       ps_thousands(w->change[n].i), ps_thousands(w->change[n].t),
		       w->change[n].text);
}

static void print_json(struct model *m, const struct watch *w, const struct answer *a,
		       const struct event *last)
{
	const struct area *area = model_area(m, w->addr);
	json_t *j = json_object(), *history = json_array();

	json_object_set_new(j, "address", json_hex(w->addr));
	json_object_set_new(j, "region", json_string(region_of(m, w->addr)));
	json_object_set_new(j, "i", json_integer((json_int_t)last->i));
	json_object_set_new(j, "t", json_integer((json_int_t)last->t));
	json_object_set_new(j, "directory", a->pgd == NIL ? json_null() : json_hex(a->pgd));
	json_object_set_new(j, "pde", json_hex(a->pde));
	json_object_set_new(j, "pte", json_hex(a->pte));
	json_object_set_new(j, "mapped", json_boolean(a->mapped));
	json_object_set_new(j, "unknown", json_boolean(a->unknown));
	json_object_set_new(j, "lazy", json_boolean(a->lazy));
	json_object_set_new(j, "physical", a->mapped ? json_hex(a->phys) : json_null());
	json_object_set_new(j, "pfn", a->mapped ? json_integer(a->phys >> 12) : json_null());
	json_object_set_new(j, "owner",
			    a->mapped ? json_string(owner_names[model_owner(m, a->phys >> 12)])
				      : json_null());
	json_object_set_new(j, "since",
			    w->has_pte && !is_large(m, a->pde) ? json_integer((json_int_t)w->pte_i)
			    : w->has_pde                       ? json_integer((json_int_t)w->pde_i)
							       : json_null());
	json_object_set_new(j, "area",
			    area ? json_pack("{s:o,s:I,s:b}", "addr", json_hex(area->addr), "size",
					     (json_int_t)area->size, "guard",
					     w->addr - area->addr >= area->size - 4096)
				 : json_null());
	for (size_t n = 0; n < w->nr; n++)
		json_array_append_new(history, json_pack("{s:I,s:I,s:b,s:o}", "i",
							 (json_int_t)w->change[n].i, "t",
							 (json_int_t)w->change[n].t, "later",
							 w->change[n].later, "event",
							 json_text(w->change[n].text)));
	json_object_set_new(j, "history", history);
	json_print(j);
}

void translate_address(const struct query *q, u32 addr)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct watch w = { .addr = addr };
	struct symbols *symbols = NULL;
	struct event last;
	struct answer a;
	struct facts f;

	moment_check(&q->at, q->c, q->session);
	facts_collect(&f, q->c, q->session);
	w.symbols = symbols = symbols_of(q->symbols, q->modules, q->c->in.name, &f);
	replay_to(m, q->c, q->session, &q->at, &last);
	if (model_watched(m) && !q->has_pgd && (!m->paging.on || m->paging.pae))
		ps_die(PS_EXIT_DATA,
		       m->paging.on ? "PAE paging is on at that moment: entries of 8 bytes are "
				      "not followed"
				    : "paging is off at that moment: 0x%08x is the physical "
				      "address too",
		       addr);
	w.pgd = q->has_pgd ? q->pgd & ~0xfffu : m->cr3;
	find_entries(&w, m);
	watch(&w, q);
	walk(m, w.pgd, addr, &a);
	if (q->json)
		print_json(m, &w, &a, &last);
	else
		print_text(m, &w, &a, &last, symbols);
	for (size_t n = 0; n < w.nr; n++)
		free(w.change[n].text);
	free(w.change);
	symbols_close(symbols);
	facts_free(&f);
	model_free(m);
	free(m);
}

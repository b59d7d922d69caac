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

enum touch { TOUCHES_NOTHING, TOUCHES_PTE, TOUCHES_PDE, TOUCHES_HISTORY };

/* An event that may belong to the address's history. */
struct change {
	u64 i, t;
	enum touch what;
	u32 space; /* the directory by which the address is meant; NIL: by none, then */
	u32 table; /* the table that has the PTE, of TOUCHES_PTE */
	char *text;
};

/*
 * What is collected on the way.  Which address space is asked about is known at the moment only:
 * it is the one in use then.  So up to the moment the changes of every space are collected, and
 * what is not of this one is left out in the end.  They are few: of a thousand stores one is into
 * the slot of this address.
 */
struct watch {
	u32 addr;
	struct change *change;
	size_t nr, cap;
	struct symbols *symbols;
	u32 pgd; /* the directory that is asked about; NIL: none, or not known */
	const struct change *pte, *pde; /* the last that set those in force */
};

static void add(struct watch *w, const struct event *ev, enum touch what, u32 space, u32 table)
{
	char text[512];

	if (w->nr == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->change = ps_realloc(w->change, w->cap * sizeof(*w->change));
	}
	event_text_named(ev, w->symbols, text, sizeof(text));
	w->change[w->nr++] = (struct change){ ev->i, ev->t, what, space, table, ps_strdup(text) };
}

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

/* Collects a store into an entry by which a directory reaches the address, or may once it hooks
 * in the table.  m is the model after the event. */
static void collect_store(struct watch *w, struct model *m, const struct event *ev, u32 entry_pa,
			  u32 bytes)
{
	u32 frame = entry_pa & ~0xfffu;
	u32 pde = frame + 4 * pgd_slot(w->addr), pte = frame + 4 * table_index(w->addr);
	const struct table *t = model_table(m, frame >> 12);
	bool hooked = false;

	if (pde - entry_pa < bytes && (!t || t->is_pgd))
		add(w, ev, TOUCHES_PDE, frame, NIL);
	if (pte - entry_pa >= bytes)
		return;
	for (unsigned n = 0; n < m->nr_tables; n++) {
		u32 pgd = m->table[n]->pfn << 12;

		if (!m->table[n]->is_pgd || pte_now(m, pgd, w->addr) != pte)
			continue;
		add(w, ev, TOUCHES_PTE, pgd, frame);
		hooked = true;
	}
	if (!hooked && (!t || !t->is_pgd))
		add(w, ev, TOUCHES_PTE, NIL, frame);
}

/* Forgets what was collected of one address space: its directory is another's from now on. */
static void forget_space(struct watch *w, u32 space)
{
	size_t kept = 0;

	for (size_t n = 0; n < w->nr; n++)
		if (w->change[n].space == space)
			free(w->change[n].text);
		else
			w->change[kept++] = w->change[n];
	w->nr = kept;
}

/* The directory that an event makes or ends, or NIL. */
static u32 pgd_begins_or_ends(const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_pgd_alloc: return ((const struct ps_ev_pgd_alloc *)ev->p)->pgd;
	case PS_ID_pgd_free: return ((const struct ps_ev_pgd_free *)ev->p)->pgd;
	default: return NIL;
	}
}

/* The address space in which an event of TOUCHES_HISTORY happened. */
static u32 space_of(const struct model *m, const struct event *ev)
{
	return ev->id == PS_ID_mmu_probe ? ((const struct ps_ev_mmu_probe *)ev->p)->cr3 & ~0xfffu
					 : m->cr3;
}

static void collect(struct watch *w, struct model *m, const struct event *ev)
{
	u32 addr, entry_pa, entry_bytes;
	u64 bytes;

	/* addresses of the kernel have the same history in all spaces */
	if (pgd_begins_or_ends(ev) != NIL && w->addr < m->info.page_offset)
		forget_space(w, pgd_begins_or_ends(ev));
	if (span_of_entries(ev, &entry_pa, &entry_bytes))
		collect_store(w, m, ev, entry_pa, entry_bytes);
	else if (span_of(ev, &addr, &bytes) && w->addr - addr < bytes)
		add(w, ev, TOUCHES_HISTORY, space_of(m, ev), NIL);
}

/* Is it in the address space that is asked about?  The kernel's is in all of them. */
static bool in_space(const struct watch *w, struct model *m, const struct change *c)
{
	if (c->what == TOUCHES_HISTORY)
		return w->addr >= m->info.page_offset || c->space == w->pgd;
	return c->space != NIL && (c->space == w->pgd || c->space == kernel_pgd(m, w->addr));
}

/*
 * Leaves what belongs to the address in the space that is asked about, of which m is the model at
 * the moment: each event once, the last that set the entries in force, and what filled the table
 * before it was hooked in.
 */
static void choose(struct watch *w, struct model *m)
{
	u32 pte = pte_now(m, w->pgd, w->addr);
	const struct frame *f;
	size_t kept = 0;
	u64 table_i;

	if (pte == NIL)
		pte = pte_now(m, kernel_pgd(m, w->addr), w->addr);
	f = pte == NIL ? NULL : model_frame(m, pte >> 12);
	table_i = f && f->state == FRAME_USED ? f->since_i : 0;
	for (size_t n = 0; n < w->nr; n++) {
		struct change c = w->change[n];
		bool filled = c.what == TOUCHES_PTE && pte != NIL && c.table == (pte & ~0xfffu) &&
			      c.i >= table_i;

		if ((filled || in_space(w, m, &c)) && (!kept || w->change[kept - 1].i != c.i))
			w->change[kept++] = c;
		else
			free(c.text);
	}
	w->nr = kept;
	for (size_t n = 0; n < w->nr; n++)
		if (w->change[n].what == TOUCHES_PTE)
			w->pte = &w->change[n];
		else if (w->change[n].what == TOUCHES_PDE)
			w->pde = &w->change[n];
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
		snprintf(buf, size, "mapped by %s of 4 KiB pages%s", ps_count(f->users, "entry"),
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
	if (w->pte && !is_large(m, a->pde))
		printf("%s     event %s, tick %s\n", a->pte ? "since" : "until",
		       ps_thousands(w->pte->i), ps_thousands(w->pte->t));
	else if (w->pde)
		printf("since     event %s, tick %s\n", ps_thousands(w->pde->i),
		       ps_thousands(w->pde->t));
	puts("history");
}

static json_t *answer_json(struct model *m, const struct watch *w, const struct answer *a,
			   const struct event *last)
{
	const struct area *area = model_area(m, w->addr);
	json_t *j = json_object();

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
			    w->pte && !is_large(m, a->pde) ? json_integer((json_int_t)w->pte->i)
			    : w->pde                       ? json_integer((json_int_t)w->pde->i)
							   : json_null());
	json_object_set_new(j, "area",
			    area ? json_pack("{s:o,s:I,s:b}", "addr", json_hex(area->addr), "size",
					     (json_int_t)area->size, "guard",
					     w->addr - area->addr >= area->size - 4096)
				 : json_null());
	json_object_set_new(j, "history", json_array());
	return j;
}

/* One change of the history: a line, or a member of j. */
static void tell(json_t *j, const struct change *c, bool later)
{
	if (j)
		json_array_append_new(json_object_get(j, "history"),
				      json_pack("{s:I,s:I,s:b,s:o}", "i", (json_int_t)c->i, "t",
						(json_int_t)c->t, "later", later, "event",
						json_text(c->text)));
	else
		printf("  %s event %s, tick %s: %s\n", later ? "later " : "before",
		       ps_thousands(c->i), ps_thousands(c->t), c->text);
}

static void drop_changes(struct watch *w)
{
	while (w->nr)
		free(w->change[--w->nr].text);
}

/* What happens to the address after the moment, as long as its space lives; the first event is
 * in *ev already, if there is `more`. */
static void tell_later(struct watch *w, struct model *m, struct events *e, struct event *ev,
		       bool more, json_t *j)
{
	for (; more; more = events_next(e, ev)) {
		replay_event(m, ev);
		if (w->addr < m->info.page_offset && w->pgd != NIL &&
		    pgd_begins_or_ends(ev) == w->pgd)
			return;
		collect(w, m, ev);
		for (size_t n = 0; n < w->nr; n++)
			if (in_space(w, m, &w->change[n])) {
				tell(j, &w->change[n], true);
				break;
			}
		drop_changes(w);
	}
}

/* A guest that is watched tells of no mode of paging but 4-byte entries. */
static void refuse_mode(const struct model *m, u32 addr)
{
	if (m->paging.on && !m->paging.pae)
		return;
	ps_die(PS_EXIT_DATA,
	       m->paging.on ? "PAE paging is on at that moment: entries of 8 bytes are not followed"
			    : "paging is off at that moment: 0x%08x is the physical address too",
	       addr);
}

void translate_address(const struct query *q, u32 addr)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct watch w = { .addr = addr };
	struct event ev, last = { 0 };
	struct events e;
	struct answer a;
	struct facts f;
	json_t *j = NULL;
	bool more;

	moment_check(&q->at, q->c, q->session);
	facts_collect(&f, q->c, q->session);
	w.symbols = symbols_of(q->symbols, q->modules, q->c->in.name, &f);
	model_init(m, NULL, NULL);
	events_begin(&e, q->c, q->session);
	while ((more = events_next(&e, &ev)) && !moment_passed(&q->at, &ev)) {
		replay_event(m, &ev);
		collect(&w, m, &ev);
		last = ev;
	}
	replay_vouch(m, q->c);
	if (model_watched(m) && !q->has_pgd)
		refuse_mode(m, addr);
	w.pgd = q->has_pgd ? q->pgd & ~0xfffu : m->cr3;
	choose(&w, m);
	walk(m, w.pgd, addr, &a);
	if (q->json)
		j = answer_json(m, &w, &a, &last);
	else
		print_text(m, &w, &a, &last, w.symbols);
	for (size_t n = 0; n < w.nr; n++)
		tell(j, &w.change[n], false);
	drop_changes(&w);
	tell_later(&w, m, &e, &ev, more, j);
	if (j)
		json_print(j);
	free(w.change);
	symbols_close(w.symbols);
	facts_free(&f);
	model_free(m);
	free(m);
}

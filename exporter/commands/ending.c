/* SPDX-License-Identifier: MIT */
/* ending.c - how a guest ended; see ending.h. */
#include "commands/ending.h"
#include "commands/operand.h"
#include "formats/text.h"
#include "model/watched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERAND_BYTES 16u   /* no operand of the integer core is longer */
#define STUCK_AFTER   1000u /* the same exception so often in a row */
#define EFLAGS_IF     0x200u
#define JUST_NOW      100000u /* ticks: an interrupt may come between */

/* ---- what the trace tells ---- */

/* What is told at the end: the exceptions and how the processor stood. */
static void collect_end(struct ending *w)
{
	struct events e;
	struct event ev;

	events_begin(&e, w->q->c, w->q->session);
	while (events_next(&e, &ev)) {
		w->t = ev.t;
		switch (ev.id) {
		case PS_ID_guest_exception:
			if (w->nr_exceptions < sizeof(w->exception) / sizeof(w->exception[0]))
				memcpy(&w->exception[w->nr_exceptions++], ev.p,
				       sizeof(w->exception[0]));
			break;
		case PS_ID_guest_tss: memcpy(&w->tss, ev.p, sizeof(w->tss)); break;
		case PS_ID_guest_end:
			snprintf(w->hex, sizeof(w->hex), "%s",
				 ps_field_string(&ps_kinds[ev.id], ev.p, 1));
			break;
		}
	}
}

/* Notes the loads of CR3, and when paging was switched on. */
static void note_loads(struct ending *w, const struct event *ev)
{
	switch (ev->id) {
	case PS_ID_cr3_load:
		w->previous_cr3 = w->load_t ? w->m->cr3 : NIL;
		w->load_t = ev->t;
		w->load_site = ((const struct ps_ev_cr3_load *)ev->p)->call_site;
		break;
	case PS_ID_switch_mm:
		w->previous_cr3 = w->m->cr3;
		w->load_t = ev->t;
		break;
	case PS_ID_paging_mode:
		if (((const struct ps_ev_paging_mode *)ev->p)->on && !w->m->paging.on)
			w->on_t = ev->t;
		break;
	}
}

/* Replays up to the moment of the fault. */
static void replay_to_fault(struct ending *w)
{
	struct events e;
	struct event ev;

	w->previous_cr3 = NIL;
	model_init(w->m, NULL, NULL);
	events_begin(&e, w->q->c, w->q->session);
	while (events_next(&e, &ev) && ev.t <= w->at) {
		note_loads(w, &ev);
		replay_event(w->m, &ev);
		w->at_event = ev.i;
	}
	if (!model_watched(w->m))
		w->m->cr3 = w->e->cr3 & ~0xfffu;
}

static struct origin origin_of(const struct ending *w, u32 pa)
{
	struct origin o = { 0 };
	struct events e;
	struct event ev;
	u32 from, bytes;

	events_begin(&e, w->q->c, w->q->session);
	while (events_next(&e, &ev) && ev.t <= w->at) {
		if (!span_of_entries(&ev, &from, &bytes) || pa - from >= bytes)
			continue;
		o.event[o.nr_events++ % MOST_EVENTS] = ev.i;
		o.known = true;
		o.stored = false;
		o.i = ev.i;
		o.t = o.from = ev.t;
		o.site = o.old = 0;
		if (ev.id == PS_ID_table_store || ev.id == PS_ID_table_late) {
			const struct ps_ev_table_store *s = (const void *)ev.p;

			o.stored = true;
			o.site = s->call_site;
			/* a directory that is not loaded may be another's frame still */
			o.old = ev.id == PS_ID_table_store ? s->old : 0;
		} else if (ev.id == PS_ID_table_built) {
			const struct ps_ev_table_built *b = (const void *)ev.p;

			o.stored = true;
			o.site = b->call_site;
			o.from = b->first;
			o.t = b->last;
		} else if (ev.id != PS_ID_table_run && ev.id != PS_ID_table_seen) {
			o.stored = true; /* the kernel's own word; it names no instruction */
		}
	}
	return o;
}

/* ---- walks ---- */

bool ending_is_user(const struct ending *w)
{
	return ((w->first ? w->first->cs : w->e->cs) & 3) == 3;
}

bool ending_allows(const struct ending *w, const struct access *a, u32 entry)
{
	if (a->user && !(entry & PTE_USER))
		return false;
	return !a->write || (entry & PTE_WRITE) || (!a->user && !(w->e->cr0 & CR0_WP));
}

/* Fills in the walk of a->addr. */
static void walk(const struct ending *w, struct access *a)
{
	u32 phys;
	enum walk result = model_walk(w->m, w->m->cr3, a->addr, &a->pde, &a->pte, &phys);

	a->pde_pa = w->m->cr3 + 4 * pgd_slot(a->addr);
	a->pte_pa = (a->pde & ~0xfffu) + 4 * table_index(a->addr);
	a->has_pte = is_table(w->m, a->pde) && result != WALK_UNKNOWN;
	if (!model_pgd(w->m, w->m->cr3))
		a->fails = NO_DIRECTORY;
	else if (!(a->pde & PTE_PRESENT))
		a->fails = NO_PDE;
	else if (result == WALK_UNKNOWN)
		a->fails = NO_TABLE;
	else if (result == WALK_FAULTS)
		a->fails = NO_PTE;
	else if (!ending_allows(w, a, a->pde) || (a->has_pte && !ending_allows(w, a, a->pte)))
		a->fails = NO_RIGHT;
	else
		a->fails = MAPPED;
}

bool ending_unmapped(const struct ending *w, u32 addr)
{
	struct access a = { .what = UNKNOWN, .addr = addr };

	walk(w, &a);
	return a.fails != MAPPED;
}

/* ---- which access was the first to fail ---- */

static bool fails_at(const struct ending *w, struct access *a)
{
	walk(w, a);
	return a->fails != MAPPED;
}

/* Could the fault at `addr` have left this CR2?  A page fault stores it; those that follow
 * while the first one is delivered store what they missed: the IDT, the handler's TSS or
 * stack. */
static bool explains_cr2(const struct ending *w, u32 addr)
{
	const struct ps_ev_guest_end *e = w->e;

	if (e->cr2 - addr < OPERAND_BYTES)
		return true;
	if (e->cr2 - e->idt_base <= e->idt_limit && ending_unmapped(w, e->cr2))
		return true;
	if (e->esp - e->cr2 <= OPERAND_BYTES && ending_unmapped(w, e->cr2))
		return true;
	return (e->cs & 3) == 3 && (e->cr2 - w->tss.tr_base < OPERAND_BYTES ||
				    w->tss.esp0 - e->cr2 <= 8 * OPERAND_BYTES);
}

/* Without the exception itself: the instruction at EIP, one of whose accesses fails. */
static struct access guess(const struct ending *w)
{
	const u32 registers[8] = { w->e->eax, w->e->ecx, w->e->edx, w->e->ebx,
				   w->e->esp, w->e->ebp, w->e->esi, w->e->edi };
	bool user = ending_is_user(w);
	struct access a = {
		.what = FETCH, .addr = w->e->eip, .ip = w->e->eip, .user = user, .addr_known = true
	};
	struct operand operand[2];
	unsigned nr;

	if (fails_at(w, &a) && explains_cr2(w, a.addr))
		return a;
	nr = operands_of(w->hex, registers, operand);
	for (unsigned n = 0; n < nr; n++) {
		a = (struct access){ .what = operand[n].stack ? STACK : DATA,
				     .addr = operand[n].addr,
				     .write = operand[n].write,
				     .ip = w->e->eip,
				     .user = user,
				     .addr_known = true };
		if (fails_at(w, &a) && explains_cr2(w, a.addr))
			return a;
	}
	return (struct access){
		.what = UNKNOWN, .addr = w->e->cr2, .ip = w->e->eip, .user = user, .fails = MAPPED
	};
}

/* Of a page fault that was seen: CR2 and EIP are exact, what kind of access it was follows
 * from the instruction, if that is the one at the end. */
static struct access of_exception(const struct ending *w, const struct ps_ev_guest_exception *x)
{
	const u32 registers[8] = { w->e->eax, w->e->ecx, w->e->edx, w->e->ebx,
				   w->e->esp, w->e->ebp, w->e->esi, w->e->edi };
	struct access a = { .what = UNKNOWN,
			    .addr = x->cr2,
			    .ip = x->ip,
			    .user = (x->cs & 3) == 3,
			    .addr_known = true };
	struct operand operand[2];
	unsigned nr = x->ip == w->e->eip ? operands_of(w->hex, registers, operand) : 0;

	if (x->cr2 - x->ip < OPERAND_BYTES)
		a.what = FETCH;
	for (unsigned n = 0; n < nr && a.what == UNKNOWN; n++)
		if (x->cr2 - operand[n].addr < OPERAND_BYTES) {
			a.what = operand[n].stack ? STACK : DATA;
			a.write = operand[n].write;
		}
	walk(w, &a);
	return a;
}

static void find_origins(const struct ending *w, struct access *a)
{
	a->pde_by = origin_of(w, a->pde_pa);
	if (a->has_pte)
		a->pte_by = origin_of(w, a->pte_pa);
}

/* Where the tables lead to no RAM, Bochs reads ones and takes them for present entries: the
 * CPU goes on with whatever it finds there, and dies of that later.  So did it fetch from
 * `addr`? */
static bool runs_ones(const struct ending *w, u32 addr, struct access *a)
{
	struct access fetch = { .what = FETCH, .addr = addr, .ip = addr, .addr_known = true };

	walk(w, &fetch);
	if (!addr || (fetch.fails != NO_TABLE && fetch.fails != NO_DIRECTORY))
		return false;
	*a = fetch;
	return true;
}

static void find_access(struct ending *w)
{
	struct access *a = &w->access;
	u32 ip = w->first ? w->first->ip : w->e->eip;

	*a = (struct access){ .what = UNKNOWN, .ip = w->e->eip, .fails = MAPPED };
	if (w->how == DIED && (runs_ones(w, w->load_site, a) || runs_ones(w, ip, a)))
		w->first = NULL;
	else if (w->first && w->first->vector == PAGE_FAULT)
		*a = of_exception(w, w->first);
	else if (!w->first && w->how == DIED)
		*a = guess(w);
	if (a->addr_known && a->fails != MAPPED)
		find_origins(w, a);
	w->code = (struct access){ .what = FETCH, .addr = ip };
	walk(w, &w->code);
	find_origins(w, &w->code);
}

/* ---- how it ended ---- */

static bool contains(const char *text, const char *words)
{
	return text && strstr(text, words);
}

static enum how how_it_ended(const struct ending *w)
{
	const struct ps_ev_guest_exception *last = w->nr_exceptions
							   ? &w->exception[w->nr_exceptions - 1]
							   : NULL;

	if (w->f.closed_by == PS_END_RESET)
		return RESETS;
	if (facts_triple_fault(&w->f))
		return DIED;
	if (contains(w->f.exceptions, "HLT instruction with IF=0"))
		return HALTED;
	if (last && last->nr >= STUCK_AFTER && w->t - last->last < JUST_NOW)
		return STUCK;
	return LIVES;
}

/* The kernel faulted, no exception came after that, and interrupts are off at the end: it may
 * well be in the handler still, or in a panic that spins. */
static bool may_spin(const struct ending *w, const struct ps_ev_guest_exception *last)
{
	return w->how == LIVES && last->vector == PAGE_FAULT && !(last->cs & 3) &&
	       !(w->e->eflags & EFLAGS_IF);
}

/* At a death: the first of the last tick, or of a fault that repeats until the stack is
 * used up, the one before it.  Else the last one. */
static const struct ps_ev_guest_exception *first_exception(const struct ending *w)
{
	unsigned n = w->nr_exceptions;

	if (!n || w->how == RESETS)
		return NULL;
	if (w->how == LIVES && !may_spin(w, &w->exception[n - 1]))
		return NULL;
	if (w->how != DIED)
		return &w->exception[n - 1];
	if (w->exception[n - 1].last + 1 < w->t)
		return NULL;
	while (n > 1 && (w->exception[n - 2].last + 1 >= w->exception[n - 1].first))
		n--;
	return &w->exception[n - 1];
}

/* The tick at which the tables are looked at.  A guest that dies of a fault may go on for a
 * while: exceptions within their handler push onto the stack until it is used up, and what it
 * runs over may be a table. */
static u64 tick_of_fault(const struct ending *w)
{
	return w->how == DIED && w->first ? w->first->first : w->t;
}

bool ending_is_told(const struct query *q)
{
	struct facts f;
	bool told;

	facts_collect(&f, q->c, q->session);
	told = f.has_guest_end;
	facts_free(&f);
	return told;
}

void ending_find(struct ending *w, const struct query *q)
{
	*w = (struct ending){ .q = q, .m = ps_alloc(sizeof(*w->m)) };
	facts_collect(&w->f, q->c, q->session);
	if (!w->f.has_guest_end)
		ps_die(PS_EXIT_DATA,
		       "%s: it does not tell how the processor stood at the end; make watch "
		       "records that of any guest",
		       q->c->in.name);
	w->e = &w->f.guest_end;
	if (q->symbols)
		w->symbols = symbols_open(q->symbols, q->modules, &w->f);
	collect_end(w);
	w->how = how_it_ended(w);
	w->first = first_exception(w);
	w->at = tick_of_fault(w);
	replay_to_fault(w);
	find_access(w);
}

void ending_free(struct ending *w)
{
	symbols_close(w->symbols);
	facts_free(&w->f);
	model_free(w->m);
	free(w->m);
}

/* ---- why the fault had no handler ---- */

u32 ending_no_stack(const struct ending *w)
{
	u32 frame = w->e->esp - 16; /* EFLAGS, CS, EIP and an error code */

	if (ending_unmapped(w, w->e->esp - 4))
		return w->e->esp - 4;
	return ending_unmapped(w, frame) ? frame : NIL;
}

bool ending_tss(const struct ending *w, char *text, size_t bytes)
{
	const struct ps_ev_guest_end *e = w->e;

	if (w->how != DIED || !ending_is_user(w))
		return false;
	if (!e->tr)
		snprintf(text, bytes,
			 "no TSS was ever loaded (TR is 0), so the CPU finds no stack for the "
			 "handler");
	else if (ending_unmapped(w, w->tss.tr_base + 4))
		snprintf(text, bytes, "the TSS at 0x%08x is not mapped", w->tss.tr_base);
	else if (!(w->tss.ss0 & ~3u))
		snprintf(text, bytes, "the TSS at 0x%08x has SS0 = 0x%x, which is no stack segment",
			 w->tss.tr_base, w->tss.ss0);
	else if (ending_unmapped(w, w->tss.esp0 - 4))
		snprintf(text, bytes, "the kernel's stack of the TSS, ESP0 = 0x%08x, is not mapped",
			 w->tss.esp0);
	else
		return false;
	return true;
}

static void gate_story(const struct ending *w, const struct ps_ev_guest_exception *x, char *text,
		       size_t bytes)
{
	if (x->gate_at)
		snprintf(text, bytes,
			 "the gate of vector %u was overwritten at tick %llu by %s and is not "
			 "present any more",
			 x->vector, (unsigned long long)x->gate_at,
			 site_text(w->symbols, x->gate_site, x->gate_at));
	else
		snprintf(text, bytes, "the IDT at 0x%08x has no present gate for vector %u",
			 w->e->idt_base, x->vector);
}

void ending_chain(const struct ending *w, char *text, size_t bytes)
{
	const struct ps_ev_guest_end *e = w->e;
	unsigned vector = w->first ? w->first->vector : PAGE_FAULT;
	u64 gate = w->first ? w->first->gate : e->page_fault_gate;

	if (!w->first && !w->access.addr_known && e->idt_limit < 7)
		snprintf(text, bytes, "the IDT is empty (its limit is 0x%x)", e->idt_limit);
	else if (e->idt_limit < 8 * vector + 7)
		snprintf(text, bytes, "the IDT has no gate for vector %u (its limit is 0x%x)",
			 vector, e->idt_limit);
	else if (ending_unmapped(w, e->idt_base + 8 * vector))
		snprintf(text, bytes, "the IDT at 0x%08x is not mapped either", e->idt_base);
	else if (!(gate & GATE_P) && w->first)
		gate_story(w, w->first, text, bytes);
	else if (!(gate & GATE_P))
		snprintf(text, bytes, "the IDT at 0x%08x has no present gate for vector %u",
			 e->idt_base, vector);
	else if (ending_tss(w, text, bytes))
		return;
	else if (ending_unmapped(w, (u32)gate))
		snprintf(text, bytes, "the handler of vector %u at 0x%08x is not mapped either",
			 vector, (u32)gate);
	else if (!ending_is_user(w) && ending_no_stack(w) != NIL)
		snprintf(text, bytes,
			 "the fault could not be pushed: the stack at 0x%08x is not mapped",
			 ending_no_stack(w));
	else
		snprintf(text, bytes,
			 "vector %u has a gate, its handler 0x%08x and the stack are mapped",
			 vector, (u32)gate);
}

/* SPDX-License-Identifier: MIT */
/*
 * why.c - how a watched guest ended.
 *
 * Bochs tells the registers at the end and that a fault had no handler.  What the first
 * fault was follows from them and the tables: an instruction that cannot be fetched, an
 * operand or a stack that is not mapped.  CR2 is of the last fault: often the IDT's
 * address, because the first fault's handler could not be looked up.
 */
#include "commands/why.h"
#include "capture/facts.h"
#include "commands/operand.h"
#include "formats/text.h"
#include "model/watched.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CR0_PG      0x80000000u
#define CR0_WP      0x00010000u
#define CR4_PSE     0x10u
#define GATE_P      0x100000000ull
#define PAGE_FAULT  14u
#define SLOT_BYTES  0x400000u
#define JUST_BEFORE 16u /* ticks: an instruction is one */

/* The last event that told of an entry. */
struct origin {
	bool known, stored;
	u64 i, t;
	u32 site, old;
};

struct access {
	enum { FETCH, STACK, DATA, UNKNOWN } what;
	bool write;
	u32 addr;
	/* its walk */
	enum { NO_DIRECTORY, NO_PDE, NO_TABLE, NO_PTE, NO_RIGHT, MAPPED } fails;
	u32 pde_pa, pde, pte_pa, pte;
	struct origin pde_by, pte_by;
};

struct why {
	const struct query *q;
	struct model *m;
	struct facts f;
	struct symbols *symbols;
	const struct ps_ev_guest_end *e;
	struct event last;
	u32 previous_cr3; /* before the last load; NIL: none */
	u64 load_t, on_t; /* ticks of the last load of CR3, and of paging switched on */
	u32 load_site;
	char code[40];
};

/* ---- what the trace tells ---- */

static void replay_all(struct why *w)
{
	struct events e;
	struct event ev;

	w->previous_cr3 = NIL;
	model_init(w->m, NULL, NULL);
	events_begin(&e, w->q->c, w->q->session);
	while (events_next(&e, &ev)) {
		if (ev.id == PS_ID_cr3_load) {
			w->previous_cr3 = w->load_t ? w->m->cr3 : NIL;
			w->load_t = ev.t;
			w->load_site = ((const struct ps_ev_cr3_load *)ev.p)->call_site;
		}
		if (ev.id == PS_ID_paging_mode && ((const struct ps_ev_paging_mode *)ev.p)->on &&
		    !w->m->paging.on)
			w->on_t = ev.t;
		if (ev.id == PS_ID_guest_end)
			snprintf(w->code, sizeof(w->code), "%s",
				 ps_field_string(&ps_kinds[ev.id], ev.p, 1));
		replay_event(w->m, &ev);
		w->last = ev;
	}
}

static struct origin origin_of(const struct why *w, u32 pa)
{
	struct origin o = { 0 };
	struct events e;
	struct event ev;
	u32 from, bytes;

	events_begin(&e, w->q->c, w->q->session);
	while (events_next(&e, &ev)) {
		if (!watched_entries(&ev, &from, &bytes) || pa - from >= bytes)
			continue;
		o = (struct origin){ .known = true, .i = ev.i, .t = ev.t };
		if (ev.id == PS_ID_table_store || ev.id == PS_ID_table_late) {
			const struct ps_ev_table_store *s = (const void *)ev.p;

			o.stored = true;
			o.site = s->call_site;
			o.old = s->old;
		}
	}
	return o;
}

static bool is_user(const struct why *w)
{
	return (w->e->cs & 3) == 3;
}

static bool has_right(const struct why *w, const struct access *a, u32 entry)
{
	if (is_user(w) && !(entry & PTE_USER))
		return false;
	return !a->write || (entry & PTE_WRITE) || (!is_user(w) && !(w->e->cr0 & CR0_WP));
}

/* Fills in the walk of a->addr. */
static void walk(const struct why *w, struct access *a)
{
	u32 phys;
	enum walk result = model_walk(w->m, w->m->cr3, a->addr, &a->pde, &a->pte, &phys);

	a->pde_pa = w->m->cr3 + 4 * pgd_slot(a->addr);
	a->pte_pa = (a->pde & ~0xfffu) + 4 * table_index(a->addr);
	if (!model_pgd(w->m, w->m->cr3))
		a->fails = NO_DIRECTORY;
	else if (!(a->pde & PTE_PRESENT))
		a->fails = NO_PDE;
	else if (result == WALK_UNKNOWN)
		a->fails = NO_TABLE;
	else if (result == WALK_FAULTS)
		a->fails = NO_PTE;
	else if (!has_right(w, a, a->pde) || (is_table(w->m, a->pde) && !has_right(w, a, a->pte)))
		a->fails = NO_RIGHT;
	else
		a->fails = MAPPED;
	a->pde_by = origin_of(w, a->pde_pa);
	if (is_table(w->m, a->pde))
		a->pte_by = origin_of(w, a->pte_pa);
}

/* ---- which access was the first to fail ---- */

static bool fails_at(const struct why *w, struct access *a, int what, u32 addr, bool write)
{
	*a = (struct access){ .what = what, .addr = addr, .write = write };
	walk(w, a);
	return a->fails != MAPPED;
}

static struct access first_fault(const struct why *w)
{
	const u32 registers[8] = { w->e->eax, w->e->ecx, w->e->edx, w->e->ebx,
				   w->e->esp, w->e->ebp, w->e->esi, w->e->edi };
	struct operand operand[2];
	struct access a;
	unsigned nr;

	if (fails_at(w, &a, FETCH, w->e->eip, false))
		return a;
	nr = operands_of(w->code, registers, operand);
	for (unsigned n = 0; n < nr; n++)
		if (fails_at(w, &a, operand[n].stack ? STACK : DATA, operand[n].addr,
			     operand[n].write))
			return a;
	a = (struct access){ .what = UNKNOWN, .addr = w->e->cr2 };
	walk(w, &a);
	return a;
}

/* ---- in words ---- */

static const char *place(const struct why *w, u32 ip)
{
	const char *name = site_text(w->symbols, ip + 1, w->last.t);

	return strncmp(name, "0x", 2) ? name : "";
}

static void print_access(const struct why *w, const struct access *a)
{
	const char *at = place(w, w->e->eip);
	const char *fails = a->fails == NO_RIGHT ? "the tables forbid it"
			    : a->fails == NO_DIRECTORY || a->fails == NO_TABLE
				    ? "the tables for it would lie where no RAM is"
				    : "it is not mapped";

	if (a->what == UNKNOWN) {
		printf("died      at 0x%08x%s%s%s: which access failed first is not known "
		       "(CR2 holds 0x%08x)\n",
		       w->e->eip, *at ? " (" : "", at, *at ? ")" : "", w->e->cr2);
		return;
	}
	if (a->what == FETCH)
		printf("died      fetching the instruction at 0x%08x%s%s%s: %s\n", a->addr,
		       *at ? " (" : "", at, *at ? ")" : "", fails);
	else
		printf("died      %s at 0x%08x, in the instruction at 0x%08x%s%s%s: %s\n",
		       a->what == STACK ? (a->write ? "pushing" : "popping")
		       : a->write       ? "writing data"
					: "reading data",
		       a->addr, w->e->eip, *at ? " (" : "", at, *at ? ")" : "", fails);
}

static void print_origin(const struct why *w, const struct origin *o)
{
	if (!o->known)
		printf("; no event told it\n");
	else if (o->stored)
		printf("; stored at event %s, tick %" PRIu64 ", by %s\n", ps_thousands(o->i), o->t,
		       o->site ? site_text(w->symbols, o->site, o->t) : "an unseen instruction");
	else
		printf("; so when its directory was first loaded (event %s)\n", ps_thousands(o->i));
}

static void print_walk(const struct why *w, const struct access *a)
{
	printf("walk      CR3 0x%08x", w->e->cr3);
	if (a->fails == NO_DIRECTORY) {
		printf(": no RAM is there\n");
		return;
	}
	printf(", slot %u: PDE 0x%08x [%s]", pgd_slot(a->addr), a->pde, entry_flags(a->pde));
	print_origin(w, &a->pde_by);
	if (a->fails == NO_TABLE)
		printf("          its table would be at 0x%08x, which is no RAM\n",
		       a->pde & ~0xfffu);
	else if (is_table(w->m, a->pde)) {
		printf("          entry %u: PTE 0x%08x [%s]", table_index(a->addr), a->pte,
		       entry_flags(a->pte));
		print_origin(w, &a->pte_by);
	}
}

static bool unmapped(const struct why *w, u32 addr)
{
	struct access a = { .what = UNKNOWN, .addr = addr };

	walk(w, &a);
	return a.fails != MAPPED;
}

/* Why the fault had no handler. */
static void print_chain(const struct why *w)
{
	u64 gate = w->e->page_fault_gate;
	u32 handler = (u32)gate;

	printf("chain     ");
	if (w->e->idt_limit < 8 * PAGE_FAULT + 7)
		printf("the IDT has no gate for vector 14 (its limit is 0x%x)", w->e->idt_limit);
	else if (unmapped(w, w->e->idt_base + 8 * PAGE_FAULT))
		printf("the IDT at 0x%08x is not mapped either", w->e->idt_base);
	else if (!(gate & GATE_P))
		printf("the IDT at 0x%08x has no present gate for vector 14", w->e->idt_base);
	else if (unmapped(w, handler))
		printf("the handler of vector 14 at 0x%08x is not mapped either", handler);
	else if (unmapped(w, w->e->esp - 4))
		printf("the fault could not be pushed: the stack at 0x%08x is not mapped",
		       w->e->esp - 4);
	else
		printf("vector 14 has a gate, its handler 0x%08x and the stack are mapped",
		       handler);
	printf("; Bochs: %.*s\n", (int)strcspn(w->f.exceptions, ";"), w->f.exceptions);
}

/* ---- the usual causes ---- */

static u32 ram_bytes(const struct why *w)
{
	return w->m->nr_frames << 12;
}

/* The address without a kernel's usual offset, if that is in RAM; or NIL. */
static u32 without_offset(const struct why *w, u32 addr)
{
	static const u32 offsets[] = { 0xc0000000u, 0x80000000u, 0xf0000000u, 0xe0000000u };

	for (unsigned n = 0; n < sizeof(offsets) / sizeof(offsets[0]); n++)
		if (addr >= offsets[n] && addr - offsets[n] < ram_bytes(w))
			return addr - offsets[n];
	return NIL;
}

static void likely(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void likely(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	printf("likely    ");
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
}

static u32 word_at(const struct table *t, unsigned byte)
{
	u32 v;

	memcpy(&v, (const u8 *)t->entry + byte, sizeof(v));
	return v;
}

/* Entries that follow one another, but not 4 bytes apart; 0: they do not. */
static unsigned stride(const struct table *t)
{
	for (unsigned bytes = 5; t && bytes <= 8; bytes += 3)
		for (unsigned start = 0; start < 64; start += 4) {
			u32 first = word_at(t, start);

			if ((first & PTE_PRESENT) && word_at(t, start + bytes) == first + 4096 &&
			    word_at(t, start + 2 * bytes) == first + 8192 &&
			    word_at(t, start + 4) != first + 4096)
				return bytes;
		}
	return 0;
}

/* The stride of the directory's entries or of a table's that it leads to; *of: which. */
static unsigned wrong_stride(const struct why *w, const char **of)
{
	const struct table *d = model_pgd(w->m, w->m->cr3);
	unsigned bytes = stride(d);

	*of = "directory";
	for (unsigned slot = 0; d && !bytes && slot < PGDIR_SLOTS; slot++)
		if (is_table(w->m, d->entry[slot]) && d->entry[slot] >> 12 != d->pfn) {
			*of = "table";
			bytes = stride(model_table(w->m, d->entry[slot] >> 12));
		}
	return bytes;
}

static u32 self_slot(const struct why *w)
{
	const struct table *d = model_pgd(w->m, w->m->cr3);

	for (u32 slot = 0; d && slot < PGDIR_SLOTS; slot++)
		if (is_table(w->m, d->entry[slot]) && d->entry[slot] >> 12 == d->pfn)
			return slot;
	return NIL;
}

static bool cause_of_cr3(const struct why *w, const struct access *a)
{
	u32 pa = w->e->cr3 & ~0xfffu, physical = without_offset(w, pa);

	if (a->fails == NO_DIRECTORY && physical != NIL)
		likely("CR3 holds a linear address; the directory's physical address is 0x%08x "
		       "if the kernel is mapped 0x%08x above it",
		       physical, pa - physical);
	else if (a->fails == NO_DIRECTORY)
		likely("CR3 holds an address beyond the %u MiB of RAM", ram_bytes(w) >> 20);
	else if (w->e->cr3 & 0xfe7)
		likely("the directory is not aligned to 4096: the CPU drops CR3's low bits and "
		       "reads it at 0x%08x; align it",
		       pa);
	else
		return false;
	return true;
}

static bool cause_of_entry(const struct why *w, const struct access *a)
{
	const char *of;
	unsigned bytes = wrong_stride(w, &of);
	u32 physical = without_offset(w, a->pde & ~0xfffu);

	if ((a->pde & PTE_PRESENT) && (a->pde & PTE_LARGE) && !(w->e->cr4 & CR4_PSE))
		likely("the PDE is meant to map 4 MiB, but CR4.PSE is off: bit 7 is ignored and "
		       "0x%08x read as a table; set CR4.PSE first",
		       a->pde & ~0xfffu);
	else if (a->fails == NO_TABLE && physical != NIL)
		likely("the PDE holds a table's linear address; store its physical one, 0x%08x",
		       physical);
	else if (bytes)
		likely("the entries of the %s are %u bytes apart; they must be 4: is the "
		       "struct of an entry larger than 32 bits?",
		       of, bytes);
	else if (a->fails == NO_RIGHT && !has_right(w, a, a->pde))
		likely("the PDE lacks the %s bit; the CPU takes what both entries allow",
		       is_user(w) && !(a->pde & PTE_USER) ? "user" : "write");
	else if (a->fails == NO_RIGHT)
		likely("the PTE lacks the %s bit",
		       is_user(w) && !(a->pte & PTE_USER) ? "user" : "write");
	else if (a->fails == NO_PDE && (a->pde & ~0xfffu) && (a->pde & ~0xfffu) < ram_bytes(w))
		likely("the PDE leads to a table at 0x%08x but lacks the present bit",
		       a->pde & ~0xfffu);
	else
		return false;
	return true;
}

static bool cause_of_history(const struct why *w, const struct access *a)
{
	const struct origin *o = a->fails == NO_PDE ? &a->pde_by : &a->pte_by;
	u32 now = a->fails == NO_PDE ? a->pde : a->pte, slot = self_slot(w);
	u32 previous_pde, previous_pte, phys;

	if (w->previous_cr3 != NIL && w->previous_cr3 != w->m->cr3 &&
	    model_walk(w->m, w->previous_cr3, a->addr, &previous_pde, &previous_pte, &phys) ==
		    WALK_MAPPED &&
	    w->last.t - w->load_t < JUST_BEFORE)
		likely("the directory 0x%08x was just loaded and lacks what 0x%08x maps here: "
		       "copy the kernel's slots into each new directory",
		       w->m->cr3, w->previous_cr3);
	else if (o->stored && (o->old & PTE_PRESENT) && o->old != now)
		likely("the entry was 0x%08x until the store above overwrote it with 0x%08x%s",
		       o->old, now,
		       now & PTE_PRESENT ? ": was the table's frame used for data?" : "");
	else if (slot != NIL && pgd_slot(a->addr) != slot && pgd_slot(a->addr) + 1 >= slot &&
		 pgd_slot(a->addr) <= slot + 1)
		likely("the directory maps itself in slot %u, the access is to slot %u: the "
		       "recursive slot is one off",
		       slot, pgd_slot(a->addr));
	else if (a->what == FETCH && w->on_t && w->last.t - w->on_t < JUST_BEFORE)
		likely("paging was just switched on, and the code that does it is not mapped "
		       "where it runs: map 0x%08x to itself until the jump",
		       a->addr & ~0xfffu);
	else
		return false;
	return true;
}

/* Is this just behind what is mapped? */
static bool cause_of_reach(const struct why *w, const struct access *a)
{
	u32 pde, pte, phys, edge = a->addr & ~(SLOT_BYTES - 1);

	if (a->fails == NO_PTE) {
		edge = a->addr & ~0xfffu;
		while (edge & (SLOT_BYTES - 1) &&
		       model_walk(w->m, w->m->cr3, edge - 4096, &pde, &pte, &phys) != WALK_MAPPED)
			edge -= 4096;
	}
	if (!edge || model_walk(w->m, w->m->cr3, edge - 1, &pde, &pte, &phys) != WALK_MAPPED)
		return false;
	likely("what is mapped ends at 0x%08x, and this lies behind it: does the kernel's image, "
	       "stack or boot data reach further than the tables made for it?",
	       edge);
	return true;
}

static void print_cause(const struct why *w, const struct access *a)
{
	if (a->what == UNKNOWN)
		likely("not known: the access may be right, and the fault none of paging");
	else if (!cause_of_cr3(w, a) && !cause_of_entry(w, a) && !cause_of_history(w, a) &&
		 !cause_of_reach(w, a))
		likely("not known: nothing was ever mapped there, as far as the trace tells");
}

static void print_death(const struct why *w)
{
	struct access a;

	if (!(w->e->cr0 & CR0_PG)) {
		printf("died      at 0x%08x with paging off: page tables had no part in it\n",
		       w->e->eip);
		printf("chain     Bochs: %.*s\n", (int)strcspn(w->f.exceptions, ";"),
		       w->f.exceptions);
		return;
	}
	a = first_fault(w);
	print_access(w, &a);
	if (a.what != UNKNOWN)
		print_walk(w, &a);
	print_chain(w);
	print_cause(w, &a);
	printf("bochs     sba %" PRIu64 ", c; then: page 0x%08x, u /5, info idt\n",
	       w->last.t > 1 ? w->last.t - 1 : w->last.t, a.addr);
}

void why_ended(const struct query *q)
{
	struct why w = { .q = q, .m = ps_alloc(sizeof(*w.m)) };

	facts_collect(&w.f, q->c, q->session);
	if (!w.f.has_guest_end)
		ps_die(PS_EXIT_DATA,
		       "%s: it does not tell how the processor stood at the end; make watch "
		       "records that of any guest",
		       q->c->in.name);
	w.e = &w.f.guest_end;
	if (q->symbols)
		w.symbols = symbols_open(q->symbols, q->modules, &w.f);
	replay_all(&w);
	if (w.f.closed_by == PS_END_RESET)
		printf("reset     the guest reset the machine at tick %" PRIu64
		       ": what the processor held is not known\n",
		       w.last.t);
	else if (facts_triple_fault(&w.f))
		print_death(&w);
	else if (w.f.exceptions && strstr(w.f.exceptions, "HLT instruction with IF=0"))
		printf("halted    at 0x%08x, interrupts off: nothing can wake it\n", w.e->eip);
	else
		printf("ended     it did not die: it was at 0x%08x when the emulator was closed\n",
		       w.e->eip);
	symbols_close(w.symbols);
	facts_free(&w.f);
	model_free(w.m);
	free(w.m);
}

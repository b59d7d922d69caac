/* SPDX-License-Identifier: MIT */
/* ending_cause.c - the usual causes of a death; see ending.h.  Each function knows some, the
 * surest first, and gives a word for the one that fits, or NULL. */
#include "commands/ending.h"
#include "formats/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define JUST_BEFORE 16u   /* ticks: an instruction is one */
#define HANDLER     1000u /* ticks: more than a handler's first instructions take */
#define NESTED      16u   /* so often the same exception within its own handler */

static u32 ram_bytes(const struct ending *w)
{
	return w->m->nr_frames << 12;
}

/* The address without a kernel's usual offset, if that is in RAM; or NIL. */
static u32 without_offset(const struct ending *w, u32 addr)
{
	static const u32 offsets[] = { 0xc0000000u, 0x80000000u, 0xf0000000u, 0xe0000000u };

	for (unsigned n = 0; n < sizeof(offsets) / sizeof(offsets[0]); n++)
		if (addr >= offsets[n] && addr - offsets[n] < ram_bytes(w))
			return addr - offsets[n];
	return NIL;
}

/* What is found is written here. */
struct likely {
	char *text;
	size_t bytes;
};

static void likely(struct likely *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void likely(struct likely *to, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(to->text, to->bytes, format, ap);
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
static unsigned wrong_stride(const struct ending *w, const char **of)
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

static u32 self_slot(const struct ending *w)
{
	const struct table *d = model_pgd(w->m, w->m->cr3);

	for (u32 slot = 0; d && slot < PGDIR_SLOTS; slot++)
		if (is_table(w->m, d->entry[slot]) && d->entry[slot] >> 12 == d->pfn)
			return slot;
	return NIL;
}

static const char *cause_of_cr3(const struct ending *w, const struct access *a, struct likely *to)
{
	u32 pa = w->e->cr3 & ~0xfffu, physical = without_offset(w, pa);

	if (a->fails == NO_DIRECTORY && physical != NIL) {
		likely(to,
		       "CR3 holds a linear address; the directory's physical address is 0x%08x "
		       "if the kernel is mapped 0x%08x above it",
		       physical, pa - physical);
		return "cr3-linear";
	}
	if (a->fails == NO_DIRECTORY) {
		likely(to, "CR3 holds an address beyond the %u MiB of RAM", ram_bytes(w) >> 20);
		return "cr3-beyond-ram";
	}
	if (w->e->cr3 & 0xfe7) {
		likely(to,
		       "the directory is not aligned to 4096: the CPU drops CR3's low bits and "
		       "reads it at 0x%08x; align it",
		       pa);
		return "cr3-unaligned";
	}
	return NULL;
}

static const char *missing_right(const struct access *a, u32 entry)
{
	return a->user && !(entry & PTE_USER) ? "user" : "write";
}

static const char *cause_of_right(const struct ending *w, const struct access *a, struct likely *to)
{
	if (a->fails != NO_RIGHT)
		return NULL;
	if (!ending_allows(w, a, a->pde)) {
		likely(to, "the PDE lacks the %s bit; the CPU takes what both entries allow",
		       missing_right(a, a->pde));
		return "pde-right";
	}
	likely(to, "the PTE lacks the %s bit", missing_right(a, a->pte));
	return "pte-right";
}

static const char *cause_of_entry(const struct ending *w, const struct access *a, struct likely *to)
{
	const char *of;
	u32 table = a->pde & ~0xfffu, physical = without_offset(w, table);
	unsigned bytes;

	if ((a->pde & PTE_PRESENT) && (a->pde & PTE_LARGE) && !(w->e->cr4 & CR4_PSE)) {
		likely(to,
		       "the PDE is meant to map 4 MiB, but CR4.PSE is off: bit 7 is ignored and "
		       "0x%08x read as a table; set CR4.PSE first",
		       table);
		return "no-pse";
	}
	if (a->fails == NO_TABLE && physical != NIL) {
		likely(to, "the PDE holds a table's linear address; store its physical one, 0x%08x",
		       physical);
		return "table-linear";
	}
	if (a->fails == NO_TABLE && table >= ram_bytes(w)) {
		likely(to, "the PDE leads to 0x%08x, beyond the %u MiB of RAM", table,
		       ram_bytes(w) >> 20);
		return "table-beyond-ram";
	}
	bytes = wrong_stride(w, &of);
	if (bytes) {
		likely(to,
		       "the entries of the %s are %u bytes apart; they must be 4: is the "
		       "struct of an entry larger than 32 bits?",
		       of, bytes);
		return "stride";
	}
	if (a->fails == NO_PDE && table && table < ram_bytes(w)) {
		likely(to, "the PDE leads to a table at 0x%08x but lacks the present bit", table);
		return "pde-not-present";
	}
	return cause_of_right(w, a, to);
}

/* The directory that was loaded before maps the address. */
static bool was_mapped(const struct ending *w, u32 addr)
{
	u32 pde, pte, phys;

	return w->previous_cr3 != NIL && w->previous_cr3 != w->m->cr3 &&
	       model_walk(w->m, w->previous_cr3, addr, &pde, &pte, &phys) == WALK_MAPPED;
}

/* The directory maps itself in the slot beside the one of the access. */
static bool beside_self(const struct ending *w, u32 addr, u32 *slot)
{
	*slot = self_slot(w);
	return *slot != NIL && pgd_slot(addr) != *slot && pgd_slot(addr) + 1 >= *slot &&
	       pgd_slot(addr) <= *slot + 1;
}

static bool is_empty(const struct table *d)
{
	for (u32 slot = 0; d && slot < PGDIR_SLOTS; slot++)
		if (d->entry[slot] & PTE_PRESENT)
			return false;
	return true;
}

/* Nothing is mapped at the address that a null pointer leads to; mostly that is meant so. */
static const char *cause_of_null(const struct access *a, struct likely *to)
{
	const struct origin *o = a->fails == NO_PDE ? &a->pde_by : &a->pte_by;
	char meant[96] = "";

	if (a->addr >= 4096 || (a->fails != NO_PDE && a->fails != NO_PTE))
		return NULL;
	if (o->stored && (o->old & PTE_PRESENT))
		snprintf(meant, sizeof(meant),
			 "; if page 0 is to be used: the entry was 0x%08x until the store above",
			 o->old);
	if (a->what == FETCH)
		likely(to, "a null pointer was called, or a return address was overwritten%s",
		       meant);
	else
		likely(to, "a null pointer was used, for what lies 0x%x bytes behind it%s", a->addr,
		       meant);
	return "null-pointer";
}

/* The slot beside that of the address, if it is filled and that is not; or NIL. */
static u32 filled_beside(const struct ending *w, u32 addr)
{
	const struct table *d = model_pgd(w->m, w->m->cr3);
	u32 slot = pgd_slot(addr);

	if (!d || (d->entry[slot] & PTE_PRESENT))
		return NIL;
	if (slot && (d->entry[slot - 1] & PTE_PRESENT))
		return slot - 1;
	return slot + 1 < PGDIR_SLOTS && (d->entry[slot + 1] & PTE_PRESENT) ? slot + 1 : NIL;
}

/* Paging was just switched on: is the code that did it missing, or what it jumped to? */
static const char *cause_of_start(const struct ending *w, const struct access *a, struct likely *to)
{
	u32 beside = filled_beside(w, a->addr);

	if (!w->load_site || a->addr + 4096 - w->load_site < 8192) {
		likely(to,
		       "paging was just switched on, and the code that does it is not mapped "
		       "where it runs: map 0x%08x to itself until the jump",
		       a->addr & ~0xfffu);
		return "not-mapped-here";
	}
	if (beside != NIL)
		likely(to,
		       "the first jump after paging was switched on leads to slot %u, which is "
		       "empty; slot %u is filled: is the index one off?",
		       pgd_slot(a->addr), beside);
	else
		likely(to,
		       "the first jump after paging was switched on leads to 0x%08x, where "
		       "nothing is mapped: map the kernel there, too, before",
		       a->addr);
	return "jump-not-mapped";
}

static const char *cause_of_history(const struct ending *w, const struct access *a,
				    struct likely *to)
{
	const struct origin *o = a->fails == NO_PDE ? &a->pde_by : &a->pte_by;
	u32 now = a->fails == NO_PDE ? a->pde : a->pte, slot;

	if (w->at - w->load_t < JUST_BEFORE && was_mapped(w, a->addr) &&
	    is_empty(model_pgd(w->m, w->m->cr3))) {
		likely(to,
		       "the directory 0x%08x was just loaded and maps nothing at all: was it "
		       "filled in, or does CR3 hold the address of another frame?",
		       w->m->cr3);
		return "empty-directory";
	}
	if (w->at - w->load_t < JUST_BEFORE && was_mapped(w, a->addr)) {
		likely(to,
		       "the directory 0x%08x was just loaded and lacks what 0x%08x maps here: "
		       "copy the kernel's slots into each new directory",
		       w->m->cr3, w->previous_cr3);
		return "no-kernel-half";
	}
	if (o->stored && (o->old & PTE_PRESENT) && o->old != now) {
		likely(to, "the entry was 0x%08x until the store above overwrote it with 0x%08x%s",
		       o->old, now, now & ~0xfffu ? ": was the table's frame used for data?" : "");
		return "overwritten";
	}
	if (beside_self(w, a->addr, &slot)) {
		likely(to,
		       "the directory maps itself in slot %u, the access is to slot %u: the "
		       "recursive slot is one off",
		       slot, pgd_slot(a->addr));
		return "recursive-slot";
	}
	if (a->what == FETCH && w->on_t && w->at - w->on_t < JUST_BEFORE)
		return cause_of_start(w, a, to);
	return NULL;
}

/* The fault may be a usual one, as of a page that is not there yet, but nothing could handle
 * it. */
static const char *cause_of_handler(const struct ending *w, struct likely *to)
{
	const struct ps_ev_guest_exception *x = w->first;
	char tss[160];

	if (w->how != DIED || !x)
		return NULL;
	if (!(x->gate & GATE_P) && x->gate_at) {
		likely(to, "the IDT was overwritten at tick %" PRIu64 " by %s", x->gate_at,
		       site_text(w->symbols, x->gate_site, x->gate_at));
		return "gate-overwritten";
	}
	if (ending_tss(w, tss, sizeof(tss))) {
		likely(to, "a fault in user mode needs a TSS: set its SS0 and ESP0, map it and "
			   "that stack in each directory, and load TR");
		return "tss";
	}
	if ((x->gate & GATE_P) && ending_unmapped(w, (u32)x->gate)) {
		likely(to, "the gate of vector %u holds 0x%08x, where nothing is mapped", x->vector,
		       (u32)x->gate);
		return "handler";
	}
	return NULL;
}

/* The exception `x` came within its own handler again and again, until the stack was used
 * up. */
static const char *cause_of_nesting(const struct ending *w, const struct ps_ev_guest_exception *x,
				    struct likely *to)
{
	bool at_stack = w->access.addr_known && w->access.addr + 4096 - w->e->esp <= 8192;

	if (w->how != DIED || !w->first || x < w->exception || x->nr < NESTED ||
	    (x < w->first && w->first->first - x->last > HANDLER) ||
	    (x >= w->first && ending_unmapped(w, (u32)x->gate)) ||
	    !(at_stack || ending_no_stack(w) != NIL))
		return NULL;
	likely(to,
	       "the stack was used up: vector %u came %s times within its own handler, first at "
	       "tick %" PRIu64 ", from 0x%08x; what the stack ran over is lost, so look there",
	       x->vector, ps_thousands(x->nr), x->first, x->ip);
	return "stack-used-up";
}

static u32 frame_of(const struct ending *w, u32 addr)
{
	u32 pde, pte, phys;

	return model_walk(w->m, w->m->cr3, addr, &pde, &pte, &phys) == WALK_MAPPED ? phys >> 12
										   : NIL;
}

/* The pages from `edge` down to the next gap hold the code that runs, or, if that is not
 * mapped, its stack: so they are the kernel's, or the program's that has this need. */
static bool is_its_own(const struct ending *w, const struct access *a, u32 edge)
{
	u32 own = frame_of(w, a->ip), frame;

	if (own == NIL)
		own = frame_of(w, w->e->esp);
	for (u32 page = edge - 4096; own != NIL; page -= 4096) {
		frame = frame_of(w, page);
		if (frame == own || frame == NIL || !page)
			return frame == own;
	}
	return false;
}

/* Is this just behind what is mapped? */
static const char *cause_of_reach(const struct ending *w, const struct access *a, struct likely *to)
{
	u32 edge = a->addr & ~(SLOT_BYTES - 1);

	if (a->fails == NO_PTE) {
		edge = a->addr & ~0xfffu;
		while ((edge & (SLOT_BYTES - 1)) && ending_unmapped(w, edge - 4096))
			edge -= 4096;
	}
	if (!edge || !is_its_own(w, a, edge))
		return NULL;
	likely(to,
	       "what is mapped ends at 0x%08x, and this lies behind it: does the kernel's image, "
	       "stack or boot data reach further than the tables made for it?",
	       edge);
	return "behind-the-end";
}

static bool moved(const struct origin *o, u32 now)
{
	return o->stored && (o->old & PTE_PRESENT) && (now & PTE_PRESENT) &&
	       ((o->old ^ now) & ~0xfffu);
}

/* What runs there may not be the code that was meant. */
static const char *cause_of_code(const struct ending *w, struct likely *to)
{
	const struct access *c = &w->code;
	bool pde = moved(&c->pde_by, c->pde);

	if (!pde && !(c->has_pte && moved(&c->pte_by, c->pte)))
		return NULL;
	likely(to,
	       "the %s of the instruction itself was 0x%08x until tick %" PRIu64
	       ", and 0x%08x since: what runs there may not be the code that is meant",
	       pde ? "PDE" : "PTE", pde ? c->pde_by.old : c->pte_by.old,
	       pde ? c->pde_by.t : c->pte_by.t, pde ? c->pde : c->pte);
	return "code-moved";
}

static const char *cause_of_access(const struct ending *w, struct likely *to)
{
	const struct access *a = &w->access;
	const char *word;

	if (!a->addr_known)
		return NULL;
	if (a->fails == MAPPED) {
		likely(to, "the tables map the address at the end: was an entry changed and the "
			   "TLB not flushed (invlpg, reload of CR3)?");
		return w->how == STUCK ? "stale" : NULL;
	}
	if (!(word = cause_of_cr3(w, a, to)) && !(word = cause_of_entry(w, a, to)))
		word = cause_of_null(a, to);
	if (!word)
		word = cause_of_history(w, a, to);
	return word;
}

const char *ending_cause(const struct ending *w, char *text, size_t bytes)
{
	struct likely to = { text, bytes };
	/* what the stack ran over is no cause */
	const char *word = w->first ? cause_of_nesting(w, w->first - 1, &to) : NULL;

	if (!word)
		word = cause_of_access(w, &to);
	if (!word)
		word = cause_of_code(w, &to);
	if (!word)
		word = cause_of_handler(w, &to);
	for (const struct ps_ev_guest_exception *x = w->first;
	     !word && x && x < w->exception + w->nr_exceptions; x++)
		word = cause_of_nesting(w, x, &to);
	if (!word && w->how == STUCK) {
		likely(&to,
		       "the handler of vector %u returns and has changed nothing: the "
		       "instruction is done again, and faults again",
		       w->first->vector);
		word = "handler-returns";
	}
	if (!word && w->access.addr_known && w->access.fails != MAPPED)
		word = cause_of_reach(w, &w->access, &to);
	if (word)
		return word;
	if (w->access.addr_known && w->access.fails != MAPPED)
		likely(&to, "not known: nothing was ever mapped there, as far as the trace tells");
	else
		likely(&to, "not known: the fault may be none of paging");
	return "unknown";
}

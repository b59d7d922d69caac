/* SPDX-License-Identifier: MIT */
/* why.c - how a guest ended, in at most twelve lines or as JSON; see ending.h. */
#include "commands/why.h"
#include "base/json.h"
#include "commands/ending.h"
#include "formats/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 512

/* ---- the answer, line by line ---- */

struct answer {
	unsigned nr;
	struct {
		const char *label; /* "" continues the line before */
		char text[TEXT];
	} line[12];
	char likely[TEXT];
	const char *cause;
};

static void say(struct answer *to, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void say(struct answer *to, const char *label, const char *format, ...)
{
	va_list ap;

	if (to->nr == sizeof(to->line) / sizeof(to->line[0]))
		return;
	to->line[to->nr].label = label;
	va_start(ap, format);
	vsnprintf(to->line[to->nr].text, TEXT, format, ap);
	va_end(ap);
	to->nr++;
}

/* The function that the instruction is in, "" if no symbols tell. */
static const char *function_at(const struct ending *w, u32 ip)
{
	const char *name = site_text(w->symbols, ip + 1, w->t);

	return strncmp(name, "0x", 2) ? name : "";
}

/* "0x00101171 (guest)" */
static const char *place(const struct ending *w, u32 ip)
{
	static char text[TEXT];
	const char *name = function_at(w, ip);

	snprintf(text, sizeof(text), "0x%08x%s%s%s", ip, *name ? " (" : "", name, *name ? ")" : "");
	return text;
}

static const char *exception_name(unsigned vector)
{
	static const char *const names[] = {
		[0] = "a division error",
		[1] = "a debug exception",
		[3] = "a breakpoint",
		[4] = "an overflow",
		[5] = "a bound exception",
		[6] = "an undefined instruction",
		[7] = "an FPU that is not there",
		[8] = "a double fault",
		[10] = "an invalid TSS",
		[11] = "a segment that is not present",
		[12] = "a stack fault",
		[13] = "a general protection fault",
		[14] = "a page fault",
		[16] = "an FPU error",
		[17] = "an unaligned access",
		[19] = "a SIMD exception",
	};

	return vector < sizeof(names) / sizeof(names[0]) && names[vector] ? names[vector]
									  : "an exception";
}

static const char *doing(const struct access *a)
{
	switch (a->what) {
	case FETCH: return "fetching the instruction";
	case STACK: return a->write ? "pushing" : "popping";
	case DATA: return a->write ? "writing data" : "reading data";
	default: return a->write ? "writing memory" : "accessing memory";
	}
}

static const char *failing(const struct access *a)
{
	switch (a->fails) {
	case NO_RIGHT: return "the tables forbid it";
	case NO_DIRECTORY:
	case NO_TABLE: return "the tables for it would lie where no RAM is";
	case MAPPED: return "a page fault, though the tables map it at the end";
	default: return "it is not mapped";
	}
}

/* What the processor was doing when it took the fault. */
static void say_access(struct answer *to, const struct ending *w, const char *label)
{
	const struct access *a = &w->access;
	char again[80] = "";

	if (w->how == STUCK)
		snprintf(again, sizeof(again), "; the same %s since tick %" PRIu64,
			 ps_count(w->first->nr, "time"), w->first->first);
	if (a->addr_known && a->what == FETCH)
		say(to, label, "fetching the instruction at %s: %s%s", place(w, a->addr),
		    failing(a), again);
	else if (a->addr_known)
		say(to, label, "%s at 0x%08x, in the instruction at %s: %s%s", doing(a), a->addr,
		    place(w, a->ip), failing(a), again);
	else if (w->first)
		say(to, label, "of %s (vector %u), in the instruction at %s%s",
		    exception_name(w->first->vector), w->first->vector, place(w, w->first->ip),
		    again);
	else
		say(to, label, "at %s: which access failed first is not known (CR2 holds 0x%08x)",
		    place(w, w->e->eip), w->e->cr2);
}

static const char *origin_text(const struct ending *w, const struct origin *o)
{
	static char text[TEXT];

	if (!o->known)
		return "; no event told it";
	if (!o->stored)
		snprintf(text, sizeof(text), "; so when its directory was first loaded (event %s)",
			 ps_thousands(o->i));
	else if (o->from < o->t)
		snprintf(text, sizeof(text),
			 "; stored between ticks %" PRIu64 " and %" PRIu64 ", by %s", o->from, o->t,
			 site_text(w->symbols, o->site, o->t));
	else
		snprintf(text, sizeof(text), "; stored at event %s, tick %" PRIu64 ", by %s",
			 ps_thousands(o->i), o->t,
			 o->site ? site_text(w->symbols, o->site, o->t)
				 : "an instruction that is not known");
	return text;
}

static void say_walk(struct answer *to, const struct ending *w)
{
	const struct access *a = &w->access;

	if (!a->addr_known || a->fails == MAPPED)
		return;
	if (a->fails == NO_DIRECTORY) {
		say(to, "walk", "CR3 0x%08x: no RAM is there", w->e->cr3);
		return;
	}
	say(to, "walk", "CR3 0x%08x, slot %u: PDE 0x%08x [%s]%s", w->e->cr3, pgd_slot(a->addr),
	    a->pde, entry_flags(a->pde), origin_text(w, &a->pde_by));
	if (a->fails == NO_TABLE)
		say(to, "", "its table would be at 0x%08x, which is no RAM", a->pde & ~0xfffu);
	else if (a->has_pte)
		say(to, "", "entry %u: PTE 0x%08x [%s]%s", table_index(a->addr), a->pte,
		    entry_flags(a->pte), origin_text(w, &a->pte_by));
}

static void say_chain(struct answer *to, const struct ending *w)
{
	char text[TEXT];

	ending_chain(w, text, sizeof(text));
	say(to, "chain", "%s; Bochs: %.*s", text,
	    (int)strcspn(w->f.exceptions ? w->f.exceptions : "", ";"),
	    w->f.exceptions ? w->f.exceptions : "");
}

static void say_likely(struct answer *to, const struct ending *w)
{
	to->cause = ending_cause(w, to->likely, sizeof(to->likely));
	say(to, "likely", "%s", to->likely);
}

static void say_bochs(struct answer *to, const struct ending *w)
{
	u64 tick = w->first ? w->first->first : w->t;

	char page[32] = "";

	if (w->access.addr_known)
		snprintf(page, sizeof(page), "page 0x%08x, ", w->access.addr);
	say(to, "bochs", "sba %" PRIu64 ", c; then: %su /5, info idt", tick > 1 ? tick - 1 : tick,
	    page);
}

static void say_death(struct answer *to, const struct ending *w)
{
	if (!(w->e->cr0 & CR0_PG)) {
		say(to, "died", "at %s with paging off: page tables had no part in it",
		    place(w, w->e->eip));
		say(to, "chain", "Bochs: %.*s", (int)strcspn(w->f.exceptions, ";"),
		    w->f.exceptions);
		to->cause = "paging-off";
		return;
	}
	say_access(to, w, "died");
	if (w->at < w->t)
		say(to, "",
		    "that was tick %" PRIu64 "; faults within faults followed until tick %" PRIu64,
		    w->at, w->t);
	say_walk(to, w);
	say_chain(to, w);
	say_likely(to, w);
	say_bochs(to, w);
}

/* The fault that came last, with nothing after it. */
static void say_last(struct answer *to, const struct ending *w)
{
	say_access(to, w, "after");
	say_walk(to, w);
	say(to, "chain",
	    "the handler of vector %u at 0x%08x was called at tick %" PRIu64
	    ", and no other exception came after it",
	    w->first->vector, (u32)w->first->gate, w->first->last);
	say_likely(to, w);
	say_bochs(to, w);
}

/* A fault that is not mapped by then was not handled, or not by mapping it. */
static void say_lives(struct answer *to, const struct ending *w)
{
	bool unhandled = w->first && w->access.addr_known && w->access.fails != MAPPED;

	say(to, "ended", "it did not die: it was at %s%s when the emulator was closed",
	    place(w, w->e->eip), unhandled ? ", interrupts off," : "");
	if (unhandled)
		say_last(to, w);
}

static void say_halt(struct answer *to, const struct ending *w)
{
	say(to, "halted", "at %s, interrupts off: nothing can wake it", place(w, w->e->eip - 1));
	to->cause = "unknown";
	if (w->first)
		say_last(to, w);
}

static void say_stuck(struct answer *to, const struct ending *w)
{
	say_access(to, w, "stuck");
	say_walk(to, w);
	say(to, "chain", "its handler at 0x%08x runs each time, and returns", (u32)w->first->gate);
	say_likely(to, w);
	say_bochs(to, w);
}

static void answer(struct answer *to, const struct ending *w)
{
	*to = (struct answer){ .cause = "none" };
	switch (w->how) {
	case DIED: say_death(to, w); break;
	case HALTED: say_halt(to, w); break;
	case STUCK: say_stuck(to, w); break;
	case RESETS:
		say(to, "reset",
		    "the guest reset the machine at tick %" PRIu64
		    ": what the processor held is not known",
		    w->t);
		break;
	case LIVES: say_lives(to, w); break;
	}
}

/* ---- as JSON ---- */

static json_t *json_events(const struct origin *o)
{
	json_t *j = json_array();
	u64 n = o->nr_events > MOST_EVENTS ? o->nr_events - MOST_EVENTS : 0;

	for (; n < o->nr_events; n++)
		json_array_append_new(j, json_integer((json_int_t)o->event[n % MOST_EVENTS]));
	return j;
}

static json_t *json_entry(const struct ending *w, unsigned level, unsigned index, u32 pa, u32 entry,
			  const struct origin *o)
{
	json_t *j = json_object();

	json_object_set_new(j, "level", json_integer(level));
	json_object_set_new(j, "index", json_integer(index));
	json_object_set_new(j, "entry_pa", json_hex(pa));
	json_object_set_new(j, "entry", json_hex(entry));
	json_object_set_new(j, "flags", json_text(entry_flags(entry)));
	json_object_set_new(j, "told", json_boolean(o->known));
	json_object_set_new(j, "stored", json_boolean(o->stored));
	json_object_set_new(j, "events", json_events(o));
	json_object_set_new(j, "event", o->known ? json_integer((json_int_t)o->i) : json_null());
	json_object_set_new(j, "from", o->stored ? json_integer((json_int_t)o->from) : json_null());
	json_object_set_new(j, "tick", o->known ? json_integer((json_int_t)o->t) : json_null());
	json_object_set_new(j, "site", o->site ? json_hex(o->site) : json_null());
	json_object_set_new(
		j, "by", o->site ? json_text(site_text(w->symbols, o->site, o->t)) : json_null());
	return j;
}

static json_t *json_walk(const struct ending *w, const struct access *a)
{
	json_t *j = json_array();

	if (a->fails == NO_DIRECTORY)
		return j;
	json_array_append_new(j,
			      json_entry(w, 2, pgd_slot(a->addr), a->pde_pa, a->pde, &a->pde_by));
	if (a->has_pte)
		json_array_append_new(
			j, json_entry(w, 1, table_index(a->addr), a->pte_pa, a->pte, &a->pte_by));
	return j;
}

static json_t *json_exceptions(const struct ending *w)
{
	json_t *j = json_array();

	for (unsigned n = 0; n < w->nr_exceptions; n++) {
		const struct ps_ev_guest_exception *x = &w->exception[n];
		json_t *one = json_object();

		json_object_set_new(one, "vector", json_integer(x->vector));
		json_object_set_new(one, "name", json_text(exception_name(x->vector)));
		json_object_set_new(one, "ip", json_hex(x->ip));
		json_object_set_new(one, "function", json_text(function_at(w, x->ip)));
		json_object_set_new(one, "cr2",
				    x->vector == PAGE_FAULT ? json_hex(x->cr2) : json_null());
		json_object_set_new(one, "first", json_integer((json_int_t)x->first));
		json_object_set_new(one, "last", json_integer((json_int_t)x->last));
		json_object_set_new(one, "nr", json_integer(x->nr));
		json_array_append_new(j, one);
	}
	return j;
}

static const char *fails_word(const struct access *a)
{
	static const char *const words[] = {
		[NO_DIRECTORY] = "directory", [NO_PDE] = "pde",
		[NO_TABLE] = "table",         [NO_PTE] = "pte",
		[NO_RIGHT] = "right",         [MAPPED] = "none",
	};

	return words[a->fails];
}

/* An entry of the walk stood there before anyone knew that it is one. */
static bool lacks_history(const struct access *a)
{
	return a->addr_known && a->fails != MAPPED &&
	       ((a->pde_by.known && !a->pde_by.stored) || (a->pte_by.known && !a->pte_by.stored));
}

static json_t *json_answer(const struct answer *s, const struct ending *w)
{
	static const char *const how[] = {
		[LIVES] = "lives", [DIED] = "died",    [HALTED] = "halted",
		[STUCK] = "stuck", [RESETS] = "reset",
	};
	const struct access *a = &w->access;
	json_t *j = json_object(), *text = json_array();

	for (unsigned n = 0; n < s->nr; n++) {
		char line[TEXT + 16];

		snprintf(line, sizeof(line), "%-10s%s", s->line[n].label, s->line[n].text);
		json_array_append_new(text, json_text(line));
	}
	json_object_set_new(j, "how", json_string(how[w->how]));
	json_object_set_new(j, "tick", json_integer((json_int_t)w->t));
	json_object_set_new(j, "fault_tick", json_integer((json_int_t)w->at));
	json_object_set_new(j, "fault_event", json_integer((json_int_t)w->at_event));
	json_object_set_new(j, "cause", json_string(s->cause));
	json_object_set_new(j, "text", text);
	json_object_set_new(j, "eip", json_hex(w->e->eip));
	json_object_set_new(j, "cr2", json_hex(w->e->cr2));
	json_object_set_new(j, "cr3", json_hex(w->e->cr3));
	json_object_set_new(j, "doing", a->addr_known ? json_string(doing(a)) : json_null());
	json_object_set_new(j, "addr", a->addr_known ? json_hex(a->addr) : json_null());
	json_object_set_new(j, "ip", json_hex(a->ip));
	json_object_set_new(j, "function", json_text(function_at(w, a->ip)));
	json_object_set_new(j, "fails", json_string(fails_word(a)));
	json_object_set_new(j, "walk",
			    a->addr_known && a->fails != MAPPED ? json_walk(w, a) : json_array());
	json_object_set_new(j, "code", json_walk(w, &w->code));
	json_object_set_new(j, "exceptions", json_exceptions(w));
	json_object_set_new(j, "lacks_history", json_boolean(lacks_history(a)));
	return j;
}

static json_t *json_of(struct ending *w)
{
	struct answer s;

	answer(&s, w);
	return json_answer(&s, w);
}

void why_ended(const struct query *q)
{
	struct answer s;
	struct ending w;

	ending_find(&w, q);
	if (q->json) {
		json_print(json_of(&w));
	} else {
		answer(&s, &w);
		for (unsigned n = 0; n < s.nr; n++)
			printf("%-10s%s\n", s.line[n].label, s.line[n].text);
	}
	ending_free(&w);
}

json_t *why_record(const struct query *q)
{
	struct ending w;
	json_t *j, *answer;

	if (!ending_is_told(q))
		return NULL;
	ending_find(&w, q);
	answer = json_of(&w);
	j = json_pack("{s:s}", "rec", "ended"); /* a record begins with its kind */
	json_object_update(j, answer);
	json_decref(answer);
	ending_free(&w);
	return j;
}

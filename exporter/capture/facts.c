/* SPDX-License-Identifier: MIT */
/* facts.c - machine, zones, story and verdict of a session; see facts.h. */
#include "capture/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *string_of(u8 id, const u8 *p, unsigned n)
{
	return ps_field_string(&ps_kinds[id], p, n);
}

static void keep(char **slot, const char *s)
{
	if (!*slot)
		*slot = ps_strdup(s);
}

/* run_files comes once for each file: a string is too short for three hashes. */
static void add_word(char **words, const char *word)
{
	size_t n = *words ? strlen(*words) : 0, more = strlen(word);
	char *all;

	if (!more || n > 4096)
		return;
	all = ps_alloc(n + more + 2);
	if (n)
		snprintf(all, n + 2, "%s ", *words);
	memcpy(all + n + (n != 0), word, more + 1);
	free(*words);
	*words = all;
}

/* The module that is at addr now, or NULL. */
static struct loaded_module *module_at(struct facts *f, u32 addr)
{
	for (unsigned n = f->nr_modules; n-- > 0;)
		if (f->module[n].addr == addr && f->module[n].to == UINT64_MAX)
			return &f->module[n];
	return NULL;
}

static void take_module(struct facts *f, const struct event *ev)
{
	const struct ps_ev_module_load *e = (const void *)ev->p;
	struct loaded_module *m;

	switch (ev->id) {
	case PS_ID_module_load:
		if (e->phase != PS_MODULE_CREATE || !e->addr)
			break;
		f->module = ps_realloc(f->module, (f->nr_modules + 1) * sizeof(*f->module));
		f->module[f->nr_modules++] = (struct loaded_module){
			e->addr, e->size, ev->t, UINT64_MAX, ps_strdup(string_of(ev->id, ev->p, 0)),
			NULL
		};
		break;
	case PS_ID_module_build_id:
		m = module_at(f, ((const struct ps_ev_module_build_id *)ev->p)->addr);
		if (m)
			keep(&m->build_id, string_of(ev->id, ev->p, 1));
		break;
	case PS_ID_module_free:
		m = module_at(f, ((const struct ps_ev_module_free *)ev->p)->addr);
		if (m)
			m->to = ev->t;
		break;
	}
}

/* The regions are told again when the machine boots again: count each once. */
static void take_region(struct facts *f, const struct ps_ev_region *e, const char *name)
{
	for (unsigned n = 0; n < f->nr_regions; n++)
		if (f->region[n].start == e->start && f->region[n].end == e->end)
			return;
	if (f->nr_regions < FACTS_REGIONS_MAX)
		f->region[f->nr_regions++] = (struct region){ e->start, e->end, e->kind,
							      ps_strdup(name) };
}

bool facts_readable(const struct ps_ev_trace_info *i, char why[128])
{
	*why = '\0';
	if (i->version != 2)
		snprintf(why, 128, "trace_info is of version %u; this pagescope reads 2",
			 i->version);
	else if (i->entry_bytes != 4 || i->levels != 2)
		snprintf(why, 128,
			 "page-table entries have %u bytes in %u levels; this pagescope reads "
			 "those of 4 bytes in 2 levels",
			 i->entry_bytes, i->levels);
	else if (!i->max_order || i->max_order > PS_MAX_ORDERS)
		snprintf(why, 128, "trace_info has %u orders; this pagescope reads 1 to %u",
			 i->max_order, PS_MAX_ORDERS);
	return !*why;
}

void facts_require(const struct ps_ev_trace_info *i, const char *name)
{
	char why[128];

	if (!facts_readable(i, why))
		ps_die(PS_EXIT_DATA, "%s: %s", name, why);
}

static void take(struct facts *f, const struct event *ev)
{
	const u8 *p = ev->p;
	u8 id = ev->id;

	switch (id) {
	case PS_ID_trace_info:
		if (f->has_info)
			break;
		f->has_info = true;
		memcpy(&f->info, p, sizeof(f->info));
		keep(&f->build_id, string_of(id, p, 0));
		keep(&f->cmdline, string_of(id, p, 1));
		break;
	case PS_ID_mm_setup_per_zone_wmarks: {
		const struct ps_ev_mm_setup_per_zone_wmarks *z = (const void *)p;

		if (z->zone < PS_MAX_ZONES) {
			memcpy(&f->zone[z->zone], z, sizeof(*z));
			f->has_zone[z->zone] = true;
			keep(&f->zone_name[z->zone], string_of(id, p, 0));
		}
		break;
	}
	case PS_ID_region: take_region(f, (const void *)p, string_of(id, p, 0)); break;
	case PS_ID_e820_entry:
		if (f->nr_e820 < FACTS_E820_MAX)
			memcpy(&f->e820[f->nr_e820++], p, sizeof(f->e820[0]));
		break;
	case PS_ID_mark:
		f->marks++;
		f->chapters += p[0] == 1;
		break;
	case PS_ID_expect:
		f->expects++;
		if (!p[0]) {
			f->expects_failed++;
			keep(&f->first_failed, string_of(id, p, 0));
		}
		break;
	case PS_ID_oops: f->oopses++; break;
	case PS_ID_mm_report: f->reports++; break;
	case PS_ID_panic:
		f->panicked = true;
		keep(&f->panic_msg, string_of(id, p, 0));
		break;
	case PS_ID_trace_end:
		f->ended = true;
		memcpy(&f->end, p, sizeof(f->end));
		free(f->end_msg);
		f->end_msg = ps_strdup(string_of(id, p, 0));
		break;
	case PS_ID_blackbox:
		f->has_blackbox = true;
		f->closed_by = ((const struct ps_ev_blackbox *)p)->reason;
		break;
	case PS_ID_guest_end:
		f->has_guest_end = true;
		memcpy(&f->guest_end, p, sizeof(f->guest_end));
		keep(&f->exceptions, string_of(id, p, 0));
		break;
	case PS_ID_module_load:
	case PS_ID_module_build_id:
	case PS_ID_module_free: take_module(f, ev); break;
	case PS_ID_run_files:
		keep(&f->emulator, string_of(id, p, 0));
		add_word(&f->hashes, string_of(id, p, 1));
		break;
	}
}

#define PHYSICAL_END (1ull << 52) /* no x86 has more addresses */

/* Is the byte at `at` RAM and nothing else? */
static bool is_ram(const struct facts *f, u64 at)
{
	bool ram = false;

	for (unsigned i = 0; i < f->nr_e820; i++) {
		const struct ps_ev_e820_entry *e = &f->e820[i];

		if (at < e->base || at - e->base >= e->length)
			continue;
		if (e->type != 1)
			return false;
		ram = true;
	}
	return ram;
}

/* The least boundary of an entry above `at`. */
static u64 next_boundary(const struct facts *f, u64 at)
{
	u64 next = PHYSICAL_END;

	for (unsigned i = 0; i < f->nr_e820; i++) {
		u64 start = f->e820[i].base, end = start + f->e820[i].length;

		if (start > at && start < next)
			next = start;
		if (end >= start && end > at && end < next)
			next = end;
	}
	return next;
}

/* What the firmware calls RAM, less what it calls something else as well.  Entries may
 * overlap, wrap, and be told again with the preamble. */
static u64 ram_of(const struct facts *f)
{
	u64 sum = 0;

	for (u64 at = 0, next; at < PHYSICAL_END; at = next) {
		next = next_boundary(f, at);
		if (is_ram(f, at))
			sum += next - at;
	}
	return sum ? sum : f->has_info ? (u64)f->info.nr_pages * 4096 : 0;
}

/* The first and last event's ticks: decodes two packets of each stream. */
static void find_span(struct facts *f, struct capture *c, const struct session *s)
{
	bool any = false;

	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		const struct stream *st = &s->stream[k];
		size_t first = 0, last = st->nr;

		while (first < st->nr && !st->packet[first].events)
			first++;
		if (first == st->nr)
			continue;
		do
			last--;
		while (!st->packet[last].events);
		for (unsigned which = 0; which < 2; which++) {
			size_t n = which ? last : first;
			struct events e;
			struct event ev;

			events_of_packet(&e, c, &st->packet[n]);
			while (events_next(&e, &ev)) {
				if (!any || ev.t < f->t0)
					f->t0 = ev.t;
				if (!any || ev.t > f->t1)
					f->t1 = ev.t;
				any = true;
			}
		}
	}
}

void facts_collect(struct facts *f, struct capture *c, unsigned session)
{
	const struct session *s = &c->session[session];

	memset(f, 0, sizeof(*f));
	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		input_rewind(&c->in);
		for (size_t i = 0; i < s->stream[k].nr; i++) {
			const struct packet *p = &s->stream[k].packet[i];
			struct events e;
			struct event ev;

			if (!p->story)
				continue;
			events_of_packet(&e, c, p);
			while (events_next(&e, &ev))
				take(f, &ev);
			input_done_before(&c->in, p->offset);
		}
	}
	input_rewind(&c->in);
	if (f->has_info)
		facts_require(&f->info, c->in.name);
	find_span(f, c, s);
	f->ram_bytes = ram_of(f);
}

void facts_free(struct facts *f)
{
	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		free(f->zone_name[z]);
	for (unsigned n = 0; n < f->nr_regions; n++)
		free(f->region[n].name);
	free(f->build_id);
	free(f->cmdline);
	free(f->first_failed);
	free(f->panic_msg);
	free(f->end_msg);
	free(f->emulator);
	free(f->hashes);
	free(f->exceptions);
	for (unsigned n = 0; n < f->nr_modules; n++) {
		free(f->module[n].name);
		free(f->module[n].build_id);
	}
	free(f->module);
}

const char *facts_verdict(const struct facts *f, const struct capture *c, unsigned session,
			  const char **why)
{
	const struct session *s = &c->session[session];

	if (session_lost(s)) {
		*why = "part of the trace is missing";
		return "lost";
	}
	if (f->panicked || (f->ended && f->end.reason == PS_END_PANIC)) {
		*why = "the kernel panicked";
		return "panic";
	}
	if (f->expects_failed || (f->ended && f->end.verdict)) {
		*why = "a claim or a step failed";
		return "failed";
	}
	if (c->bad_packets || c->malformed || c->foreign || (c->truncated && f->ended)) {
		*why = "the capture is damaged";
		return "damaged";
	}
	if (facts_triple_fault(f)) {
		*why = "the guest died of a triple fault";
		return "failed";
	}
	if (facts_watched(f) && f->has_blackbox) {
		*why = "the guest was watched to its end";
		return "ok";
	}
	if (facts_dumped(f)) {
		*why = "the memory dumps were read whole";
		return "ok";
	}
	if (!f->ended) {
		*why = c->truncated ? "the trace ends within a packet: the run was cut off"
				    : "the trace has no end record: the run was cut off";
		return "unfinished";
	}
	*why = "the run is complete";
	return "ok";
}

bool facts_triple_fault(const struct facts *f)
{
	return f->closed_by != PS_END_RESET && f->exceptions && !strncmp(f->exceptions, "3rd ", 4);
}

bool facts_sba(const struct facts *f)
{
	return f->has_info && f->info.machine & PS_MACHINE_TICKS;
}

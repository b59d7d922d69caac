/* SPDX-License-Identifier: MIT */
/*
 * perfetto.c - Chrome trace events (JSON) for ui.perfetto.dev.
 *
 * Memory as counters (free pages of each zone and order, unusable index, pages
 * in vmalloc areas), areas and faults as slices, chapters and losses as
 * instants.  Counters are written when they have changed, at most once in
 * 1/2000 of the trace; single page events only in a window chosen with --from
 * or --to, because a large JSON is more than the page can open.
 *
 * Times are microseconds; a simulator's ticks count as nanoseconds.
 */
#include "capture/facts.h"
#include "base/json.h"
#include "formats/export.h"
#include "model/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Process ids: the zones are 1..3. */
enum { PID_VMALLOC = 10, PID_RUN = 11, PID_EVENTS = 12 };

struct perfetto {
	const struct export *x;
	struct out *o;
	struct model *model;
	double us_per_tick;
	u64 t0, next_counters, interval;
	bool first, changed, begun;
	u64 fault_t;
	u32 fault_addr;
	bool in_fault;
	u64 last[64]; /* counters as last written, + 1 */
	unsigned slot;
};

static double us(const struct perfetto *p, u64 t)
{
	return (double)(t - p->t0) * p->us_per_tick;
}

/* Begins a record; the caller adds ,"key":value pairs and calls end(). */
static void begin(struct perfetto *p, const char *ph, unsigned pid, u64 t)
{
	out_printf(p->o, "%s{\"ph\":\"%s\",\"pid\":%u,\"ts\":%.3f", p->first ? "" : ",\n", ph, pid,
		   us(p, t));
	p->first = false;
}

static void end(struct perfetto *p)
{
	out_write(p->o, "}", 1);
}

static void name(struct perfetto *p, const char *s)
{
	out_puts(p->o, ",\"name\":");
	json_quote(p->o, s);
}

static void process(struct perfetto *p, unsigned pid, const char *s)
{
	out_printf(p->o, "%s{\"ph\":\"M\",\"pid\":%u,\"name\":\"process_name\",\"args\":{\"name\":",
		   p->first ? "" : ",\n", pid);
	json_quote(p->o, s);
	out_puts(p->o, "}}");
	p->first = false;
}

/* ---- counters ---- */

/* Counters are written in the same order each time, and only if they changed. */
static void counter(struct perfetto *p, unsigned pid, u64 t, const char *what, const char *key,
		    u64 v)
{
	unsigned slot = p->slot++;

	if (p->last[slot] == v + 1)
		return;
	p->last[slot] = v + 1;
	begin(p, "C", pid, t);
	out_printf(p->o, ",\"tid\":0,\"name\":\"%s\",\"args\":{\"%s\":%" PRIu64 "}", what, key, v);
	end(p);
}

static void counters(struct perfetto *p, u64 t)
{
	const struct model *m = p->model;
	u64 pages = 0;
	char key[8];

	p->slot = 0;
	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		const struct zone *z = &m->zone[n];

		if (!z->present)
			continue;
		counter(p, n + 1, t, "free pages", "pages", z->free_pages);
		for (unsigned k = 0; k < model_orders(m); k++) {
			snprintf(key, sizeof(key), "%02u", k);
			counter(p, n + 1, t, "free blocks of order", key, z->nr_free[k]);
		}
		counter(p, n + 1, t, "unusable index, order 3", "permille", model_unusable(z, 3));
		counter(p, n + 1, t, "unusable index, order 9", "permille", model_unusable(z, 9));
	}
	for (unsigned n = 0; n < m->nr_areas; n++)
		pages += m->area[n].pages;
	counter(p, PID_VMALLOC, t, "vmalloc pages", "pages", pages);
	counter(p, PID_VMALLOC, t, "vmalloc areas", "areas", m->nr_areas);
	p->next_counters = t + p->interval;
	p->changed = false;
}

/* ---- slices and instants ---- */

static void area_slice(struct perfetto *p, const char *ph, u64 t, u32 addr, u32 size)
{
	char text[64];

	begin(p, ph, PID_VMALLOC, t);
	snprintf(text, sizeof(text), "0x%08x, %u KiB", addr, size >> 10);
	out_printf(p->o, ",\"cat\":\"vmalloc\",\"id\":\"0x%08x\"", addr);
	name(p, text);
	end(p);
}

static void instant(struct perfetto *p, unsigned pid, u64 t, const char *text)
{
	begin(p, "i", pid, t);
	out_puts(p->o, ",\"tid\":1,\"s\":\"p\"");
	name(p, text);
	end(p);
}

static void fault_slice(struct perfetto *p, u64 t, const char *how)
{
	char text[96];

	begin(p, "X", PID_RUN, p->fault_t);
	snprintf(text, sizeof(text), "page fault 0x%08x: %s", p->fault_addr, how);
	out_printf(p->o, ",\"tid\":2,\"dur\":%.3f", us(p, t) - us(p, p->fault_t));
	name(p, text);
	end(p);
	p->in_fault = false;
}

static void page_instant(struct perfetto *p, const struct event *ev)
{
	const struct ps_kind *k = &ps_kinds[ev->id];

	begin(p, "i", PID_EVENTS, ev->t);
	out_printf(p->o, ",\"tid\":%u,\"s\":\"t\",\"name\":\"%s\",\"args\":{\"i\":%" PRIu64,
		   k->group_id + 1, k->name, ev->i);
	for (unsigned i = 0; i < k->nr_fields; i++)
		if (k->fields[i].size && k->fields[i].form != FIELD_SEQUENCE)
			out_printf(p->o, ",\"%s\":%" PRIu64, k->fields[i].name,
				   ps_field_get(&k->fields[i], ev->p, 0));
	out_puts(p->o, "}");
	end(p);
}

static void story(struct perfetto *p, const struct event *ev)
{
	const char *text = "";

	switch (ev->id) {
	case PS_ID_mark:
		text = ps_field_string(&ps_kinds[ev->id], ev->p, 0);
		if (*text)
			instant(p, PID_RUN, ev->t, text);
		break;
	case PS_ID_mm_report:
	case PS_ID_panic:
	case PS_ID_trace_end:
		instant(p, PID_RUN, ev->t, ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	case PS_ID_tlb_flush:
		text = ps_value_text("flush_reason",
				     ((const struct ps_ev_tlb_flush *)ev->p)->reason);
		begin(p, "i", PID_RUN, ev->t);
		out_puts(p->o, ",\"tid\":3,\"s\":\"t\"");
		name(p, text ? text : "TLB flush");
		end(p);
		break;
	case PS_ID_page_fault_kernel:
	case PS_ID_page_fault_user:
		p->in_fault = true;
		p->fault_t = ev->t;
		p->fault_addr = ((const struct ps_ev_page_fault_kernel *)ev->p)->address;
		break;
	case PS_ID_vmalloc_fault:
		if (p->in_fault) {
			text = ps_value_text("fault_outcome",
					     ((const struct ps_ev_vmalloc_fault *)ev->p)->outcome);
			fault_slice(p, ev->t, text ? text : "?");
		}
		break;
	case PS_ID_oops:
		if (p->in_fault)
			fault_slice(p, ev->t, "oops");
		instant(p, PID_RUN, ev->t, ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	}
}

static void areas(struct perfetto *p, const struct event *ev)
{
	if (ev->id == PS_ID_alloc_vmap_area) {
		const struct ps_ev_alloc_vmap_area *e = (const void *)ev->p;

		if (!e->failed)
			area_slice(p, "b", ev->t, e->addr, e->size);
	} else if (ev->id == PS_ID_free_vmap_area) {
		const struct ps_ev_free_vmap_area *e = (const void *)ev->p;

		area_slice(p, "e", ev->t, e->va_start, e->size);
	}
}

/* At the start of a window: what is there already. */
static void open_window(struct perfetto *p, u64 t)
{
	static const unsigned pids[] = { PID_VMALLOC, PID_RUN, PID_EVENTS };
	static const char *const names[] = { "vmalloc", "run", "events" };

	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		char text[32];

		if (!p->model->zone[n].present)
			continue;
		snprintf(text, sizeof(text), "zone %s", p->model->zone[n].name);
		process(p, n + 1, text);
	}
	for (unsigned n = 0; n < 3; n++)
		process(p, pids[n], names[n]);
	for (unsigned n = 0; n < p->model->nr_areas; n++)
		area_slice(p, "b", t, p->model->area[n].addr, p->model->area[n].size);
	p->begun = true;
}

static void one_event(struct perfetto *p, const struct event *ev)
{
	if (ev->gap) {
		char text[64];

		snprintf(text, sizeof(text), "packets or events lost: %s", ps_thousands(ev->gap));
		instant(p, PID_RUN, ev->t, text);
	}
	story(p, ev);
	areas(p, ev);
	if (p->x->sliced && p->x->wanted[ev->id] && ps_kinds[ev->id].class == PS_CLASS_ev)
		page_instant(p, ev);
	p->changed |= ps_kinds[ev->id].group_id == PS_GROUP_buddy ||
		      ps_kinds[ev->id].group_id == PS_GROUP_vmalloc;
	if (p->changed && ev->t >= p->next_counters)
		counters(p, ev->t);
}

void export_perfetto(const struct export *x)
{
	struct perfetto p = { .x = x, .first = true };
	struct events e;
	struct event ev;
	struct facts f;
	u64 from, to, last = 0;

	facts_collect(&f, x->c, x->session);
	from = x->from > f.t0 ? x->from : f.t0;
	to = x->to < f.t1 ? x->to : f.t1;
	p.t0 = f.t0;
	p.us_per_tick = facts_hz(&f) ? 1e6 / facts_hz(&f) : 0.001;
	p.interval = to > from ? (to - from) / 2000 : 0;
	p.model = ps_alloc(sizeof(*p.model));
	model_init(p.model, NULL, NULL);
	p.o = out_open(x->out, false);
	out_puts(p.o, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	events_begin(&e, x->c, x->session);
	while (events_next(&e, &ev) && ev.t <= x->to) {
		if (ev.t >= x->from && !p.begun)
			open_window(&p, ev.t);
		replay_event(p.model, &ev);
		if (ev.t < x->from)
			continue;
		one_event(&p, &ev);
		last = ev.t;
	}
	if (p.begun && p.model->ready)
		counters(&p, last);
	out_puts(p.o, "\n]}\n");
	out_close(p.o);
	model_free(p.model);
	free(p.model);
	facts_free(&f);
}

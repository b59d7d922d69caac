/* SPDX-License-Identifier: MIT */
/*
 * diff.c - where two runs part, and what it changed.
 *
 * Compared are the kernel's own events without what must differ between any two
 * runs: ticks, code addresses, the repeated preamble and the snapshots, whose
 * places depend on packet sizes.  Two machines of different size never agree on
 * frame numbers, so a second comparison looks at the shape alone: kinds, orders
 * and sizes from the first scenario step on.
 */
#include "commands/diff.h"
#include "base/map.h"
#include "capture/facts.h"
#include "formats/text.h"
#include "base/json.h"
#include "model/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAG_ORDER 3

/* ---- the two streams in step ---- */

/* True for events that must match between runs: what the kernel did, not what the
 * trace says about itself. */
static bool is_compared(const struct event *ev)
{
	const struct ps_kind *k = &ps_kinds[ev->id];

	return ev->stream == PS_STREAM_KERNEL && k->class != PS_CLASS_check &&
	       ev->id != PS_ID_trace_info && ev->id != PS_ID_mm_setup_per_zone_wmarks &&
	       ev->id != PS_ID_region && ev->id != PS_ID_e820_entry && ev->id != PS_ID_trace_end;
}

static bool next_compared(struct events *e, struct event *ev)
{
	while (events_next(e, ev))
		if (is_compared(ev))
			return true;
	return false;
}

/* Meanings that differ between runs whatever they do, and those that depend on
 * where in memory something lies. */
static bool is_code(const char *meaning)
{
	return !strcmp(meaning, "site") || !strcmp(meaning, "ip");
}

static bool is_place(const char *meaning)
{
	static const char *const places[] = { "pfn", "pa", "addr", "entry", "pages", "hash", "id" };

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!strcmp(meaning, places[i]))
			return true;
	return false;
}

/* The first field in which two events of one kind differ; NULL: none. */
static const struct ps_field *differing_field(const struct event *a, const struct event *b,
					      bool shape)
{
	const struct ps_kind *k = &ps_kinds[a->id];

	if (shape && k->class != PS_CLASS_ev)
		return NULL;
	for (unsigned i = 0; i < k->nr_fields; i++) {
		const struct ps_field *f = &k->fields[i];

		if (is_code(f->meaning) || (shape && is_place(f->meaning)))
			continue;
		if (!f->size) {
			if (!shape && strcmp(ps_field_string(k, a->p, f->offset),
					     ps_field_string(k, b->p, f->offset)))
				return f;
			continue;
		}
		/* the u8 that counts a sequence comes before it, and was compared */
		for (unsigned n = 0; n < ps_field_count(f, a->p); n++)
			if (ps_field_get(f, a->p, n) != ps_field_get(f, b->p, n))
				return f;
	}
	return NULL;
}

struct parting {
	bool parted;
	u64 equal;   /* events before it that agree */
	bool has[2]; /* is there an event left on each side */
	u64 i[2], t[2];
	char text[2][512];
	const char *field; /* NULL: another kind of event */
	char step[256];    /* the last scenario step both took */
};

static void skip_to_first_step(struct events *e, struct event *ev, bool *live)
{
	while (*live && ev->id != PS_ID_scenario_step && ev->id != PS_ID_mark)
		*live = next_compared(e, ev);
}

/* Keeps the event each side has come to, if it has one. */
static void note_parting(struct parting *p, const bool live[2], const struct event ev[2])
{
	p->parted = live[0] || live[1];
	for (unsigned n = 0; n < 2; n++) {
		p->has[n] = live[n];
		if (!live[n])
			continue;
		p->i[n] = ev[n].i;
		p->t[n] = ev[n].t;
		event_text(&ev[n], p->text[n], sizeof(p->text[n]));
	}
}

static void find_parting(const struct diff_side side[2], bool shape, struct parting *p)
{
	struct events e[2];
	struct event ev[2];
	bool live[2];

	memset(p, 0, sizeof(*p));
	for (unsigned n = 0; n < 2; n++) {
		events_begin(&e[n], side[n].c, side[n].session);
		live[n] = next_compared(&e[n], &ev[n]);
		if (shape)
			skip_to_first_step(&e[n], &ev[n], &live[n]);
	}
	while (live[0] && live[1]) {
		const struct ps_field *f = NULL;

		if (ev[0].id != ev[1].id || (f = differing_field(&ev[0], &ev[1], shape))) {
			p->field = f ? f->name : NULL;
			break;
		}
		if (ev[0].id == PS_ID_scenario_step)
			snprintf(p->step, sizeof(p->step), "%s",
				 ps_field_string(&ps_kinds[ev[0].id], ev[0].p, 0));
		p->equal++;
		for (unsigned n = 0; n < 2; n++)
			live[n] = next_compared(&e[n], &ev[n]);
	}
	note_parting(p, live, ev);
}

/* ---- what a run came to ---- */

struct site_use {
	u32 site;
	u64 t, allocs, pages;
}; /* t: the first time */

struct step {
	u32 line;
	char *text;
	u64 t, events, ticks;
};

struct result {
	struct facts facts;
	u64 events, by_id[256];
	u64 alloc_failed, vmalloc_failed, vmalloc_ticks, vmallocs, vfree_ticks, vfrees;
	u64 peak_areas, peak_used, end_areas, end_free;
	u32 worst_unusable, end_unusable; /* per mille, of all zones together */
	int end_largest;                  /* largest free order */
	struct step *step;
	size_t nr_steps;
	struct site_use *site;
	size_t nr_sites;
	struct ps_map site_of;
	struct symbols *symbols;
};

static u32 unusable(const struct model *m)
{
	u64 all = 0, small = 0;

	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		for (unsigned k = 0; m->zone[z].present && k < model_orders(m); k++) {
			u64 pages = (u64)m->zone[z].nr_free[k] << k;

			all += pages;
			small += k < FRAG_ORDER ? pages : 0;
		}
	return all ? (u32)(small * 1000 / all) : 1000;
}

static u64 free_pages(const struct model *m)
{
	u64 n = 0;

	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		n += m->zone[z].present ? m->zone[z].free_pages : 0;
	return n;
}

static int largest_free(const struct model *m)
{
	for (int k = PS_MAX_ORDERS - 1; k >= 0; k--)
		for (unsigned z = 0; z < PS_MAX_ZONES; z++)
			if (m->zone[z].present && m->zone[z].nr_free[k])
				return k;
	return -1;
}

static void count_site(struct result *r, u32 site, u64 t, unsigned order)
{
	u32 i;

	if (!ps_map_get(&r->site_of, site, &i)) {
		i = (u32)r->nr_sites++;
		r->site = ps_realloc(r->site, r->nr_sites * sizeof(*r->site));
		r->site[i] = (struct site_use){ .site = site, .t = t };
		ps_map_set(&r->site_of, site, i);
	}
	r->site[i].allocs++;
	r->site[i].pages += 1u << order;
}

static void count_step(struct result *r, const struct event *ev)
{
	const struct ps_ev_scenario_step *e = (const void *)ev->p;

	if (r->nr_steps % 64 == 0)
		r->step = ps_realloc(r->step, (r->nr_steps + 64) * sizeof(*r->step));
	r->step[r->nr_steps++] =
		(struct step){ .line = e->line,
			       .t = ev->t,
			       .text = ps_strdup(ps_field_string(&ps_kinds[ev->id], ev->p, 0)) };
}

static void count_unusable(struct result *r, u32 now)
{
	if (now > r->worst_unusable)
		r->worst_unusable = now;
}

/* The figures of one event, the model being at it. */
static void count_event(struct result *r, const struct model *m, const struct event *ev,
			u64 enter[2])
{
	switch (ev->id) {
	case PS_ID_mm_page_alloc: {
		const struct ps_ev_mm_page_alloc *e = (const void *)ev->p;

		if (e->pfn == PS_PFN_NONE)
			r->alloc_failed++;
		else if (e->order < PS_MAX_ORDERS)
			count_site(r, e->call_site, ev->t, e->order);
		break;
	}
	case PS_ID_vmalloc_enter: enter[0] = ev->t; break;
	case PS_ID_vmalloc_exit:
		r->vmallocs++;
		r->vmalloc_ticks += ev->t - enter[0];
		r->vmalloc_failed += ((const struct ps_ev_vmalloc_exit *)ev->p)->addr == 0;
		break;
	case PS_ID_vfree_enter: enter[1] = ev->t; break;
	case PS_ID_vfree_exit:
		r->vfrees++;
		r->vfree_ticks += ev->t - enter[1];
		break;
	case PS_ID_scenario_step:
		if (r->nr_steps)
			r->step[r->nr_steps - 1].ticks = ev->t - r->step[r->nr_steps - 1].t;
		count_step(r, ev);
		break;
	}
	if (r->nr_steps)
		r->step[r->nr_steps - 1].events++;
	if (m->nr_areas > r->peak_areas)
		r->peak_areas = m->nr_areas;
	/* boot hands memory over page by page, all of it before anyone may ask for a block */
	if (ev->id == PS_ID_mm_page_alloc)
		count_unusable(r, unusable(m));
}

static void run(struct result *r, const struct diff_side *side)
{
	struct model *m = ps_alloc(sizeof(*m));
	u64 enter[2] = { 0 };
	struct events e;
	struct event ev;

	memset(r, 0, sizeof(*r));
	facts_collect(&r->facts, side->c, side->session);
	r->symbols = symbols_of(side->symbols, side->modules, side->c->in.name, &r->facts);
	model_init(m, NULL, NULL);
	events_begin(&e, side->c, side->session);
	while (events_next(&e, &ev)) {
		replay_event(m, &ev);
		if (!is_compared(&ev))
			continue;
		r->events++;
		r->by_id[ev.id]++;
		count_event(r, m, &ev, enter);
	}
	r->end_areas = m->nr_areas;
	r->end_free = free_pages(m);
	r->end_unusable = unusable(m);
	count_unusable(r, r->end_unusable);
	r->end_largest = largest_free(m);
	model_free(m);
	free(m);
}

static void free_result(struct result *r)
{
	for (size_t n = 0; n < r->nr_steps; n++)
		free(r->step[n].text);
	free(r->step);
	free(r->site);
	ps_map_free(&r->site_of);
	symbols_close(r->symbols);
	facts_free(&r->facts);
}

/* ---- the figures that matter, as a table ---- */

struct figure {
	const char *name;
	u64 a, b;
};
#define MAX_FIGURES 32

static u64 mean(u64 sum, u64 n)
{
	return n ? sum / n : 0;
}

static unsigned figures(const struct result *a, const struct result *b,
			struct figure f[MAX_FIGURES])
{
	const struct figure rows[] = {
		{ "frames of RAM", a->facts.info.nr_pages, b->facts.info.nr_pages },
		{ "events of the kernel", a->events, b->events },
		{ "blocks handed out", a->by_id[PS_ID_mm_page_alloc] - a->alloc_failed,
		  b->by_id[PS_ID_mm_page_alloc] - b->alloc_failed },
		{ "requests for blocks that failed", a->alloc_failed, b->alloc_failed },
		{ "splits", a->by_id[PS_ID_buddy_split], b->by_id[PS_ID_buddy_split] },
		{ "merges", a->by_id[PS_ID_buddy_merge], b->by_id[PS_ID_buddy_merge] },
		{ "zones refused for their watermark", a->by_id[PS_ID_zone_skip],
		  b->by_id[PS_ID_zone_skip] },
		{ "areas made", a->vmallocs - a->vmalloc_failed, b->vmallocs - b->vmalloc_failed },
		{ "areas that failed", a->vmalloc_failed, b->vmalloc_failed },
		{ "areas at once, at most", a->peak_areas, b->peak_areas },
		{ "areas at the end", a->end_areas, b->end_areas },
		{ "free pages at the end", a->end_free, b->end_free },
		{ "largest free order at the end", (u64)(a->end_largest + 1),
		  (u64)(b->end_largest + 1) },
		{ "unusable for order 3 at worst, per mille", a->worst_unusable,
		  b->worst_unusable },
		{ "unusable for order 3 at the end", a->end_unusable, b->end_unusable },
		{ "ticks of a vmalloc, mean", mean(a->vmalloc_ticks, a->vmallocs),
		  mean(b->vmalloc_ticks, b->vmallocs) },
		{ "ticks of a vfree, mean", mean(a->vfree_ticks, a->vfrees),
		  mean(b->vfree_ticks, b->vfrees) },
		{ "ticks of the run", a->facts.t1 - a->facts.t0, b->facts.t1 - b->facts.t0 },
		{ "misuses reported", a->facts.reports, b->facts.reports },
		{ "oopses", a->facts.oopses, b->facts.oopses },
		{ "claims failed", a->facts.expects_failed, b->facts.expects_failed },
	};
	unsigned nr = sizeof(rows) / sizeof(rows[0]);

	memcpy(f, rows, sizeof(rows));
	for (unsigned n = 0; n < nr; n++)
		if (!strcmp(f[n].name, "largest free order at the end")) {
			f[n].a -= f[n].a != 0;
			f[n].b -= f[n].b != 0;
		}
	return nr;
}

/* ---- output ---- */

static void print_parting(const struct parting *p, const char *what)
{
	if (!p->parted) {
		printf("%-10s the same: %s\n", what, ps_count(p->equal, "event"));
		return;
	}
	printf("%-10s %s agree%s, then they part%s%s%s%s%s\n", what, ps_count(p->equal, "event"),
	       p->equal == 1 ? "s" : "", p->field ? " in " : "", p->field ? p->field : "",
	       *p->step ? ", after the step `" : "", p->step, *p->step ? "`" : "");
	for (unsigned n = 0; n < 2; n++) {
		char side = (char)('A' + n);

		if (p->has[n])
			printf("  %c event %s, tick %s: %s\n", side, ps_thousands(p->i[n]),
			       ps_thousands(p->t[n]), p->text[n]);
		else
			printf("  %c has ended\n", side);
	}
}

/* In per cent; as a number where per cent would say nothing: from 0, or less than 0.1 %. */
static void put_change(char *to, size_t size, double a, double b)
{
	double percent = a ? (b - a) * 100 / a : 0;

	if (a == b)
		*to = 0;
	else if (percent < .05 && percent > -.05)
		snprintf(to, size, "%+.0f", b - a);
	else
		snprintf(to, size, "%+.1f %%", percent);
}

static void print_figures(const struct figure *f, unsigned nr)
{
	printf("%-42s %14s %14s %10s\n", "", "A", "B", "change");
	for (unsigned n = 0; n < nr; n++) {
		char change[32];

		put_change(change, sizeof(change), (double)f[n].a, (double)f[n].b);
		printf("%-42s %14s %14s %10s\n", f[n].name, ps_thousands(f[n].a),
		       ps_thousands(f[n].b), change);
	}
}

static void print_kinds(const struct result *a, const struct result *b)
{
	bool any = false;

	for (unsigned id = 1; id < 255; id++) {
		if (a->by_id[id] == b->by_id[id])
			continue;
		if (!any)
			puts("events whose number differs");
		any = true;
		printf("  %-28s %14s %14s\n", ps_kinds[id].name, ps_thousands(a->by_id[id]),
		       ps_thousands(b->by_id[id]));
	}
}

/* Steps with the same text at the same place that cost another number of events. */
static void print_steps(const struct result *a, const struct result *b)
{
	unsigned shown = 0;

	for (size_t n = 0; n < a->nr_steps && n < b->nr_steps; n++) {
		const struct step *x = &a->step[n], *y = &b->step[n];

		if (strcmp(x->text, y->text))
			break;
		if (x->events == y->events)
			continue;
		if (!shown)
			puts("steps that took another number of events");
		if (shown++ < 10)
			printf("  line %-4u %-40.40s %10s %10s\n", x->line, x->text,
			       ps_thousands(x->events), ps_thousands(y->events));
	}
	if (shown > 10)
		printf("  ... %u such steps in all\n", shown);
}

struct site_row {
	char *name;
	u64 pages[2];
};

static struct site_row *find_row(struct site_row **rows, size_t *nr, const char *name)
{
	for (size_t n = 0; n < *nr; n++)
		if (!strcmp((*rows)[n].name, name))
			return &(*rows)[n];
	*rows = ps_realloc(*rows, (*nr + 1) * sizeof(**rows));
	(*rows)[*nr] = (struct site_row){ .name = ps_strdup(name) };
	return &(*rows)[(*nr)++];
}

static int by_change(const void *x, const void *y)
{
	const struct site_row *a = x, *b = y;
	u64 p = a->pages[0] > a->pages[1] ? a->pages[0] - a->pages[1] : a->pages[1] - a->pages[0];
	u64 q = b->pages[0] > b->pages[1] ? b->pages[0] - b->pages[1] : b->pages[1] - b->pages[0];

	return p != q ? (p < q ? 1 : -1) : strcmp(a->name, b->name);
}

struct site_rows {
	struct site_row *row;
	size_t nr;
};

/* Pages handed out by caller, what differs most first.  Call sites can be told apart
 * only by name, or if both runs had one build: else there are no rows. */
static void collect_sites(struct site_rows *s, const struct result *r[2])
{
	bool same_build = r[0]->facts.build_id && r[1]->facts.build_id && *r[0]->facts.build_id &&
			  !strcmp(r[0]->facts.build_id, r[1]->facts.build_id);

	*s = (struct site_rows){ 0 };
	if (!same_build && !(r[0]->symbols && r[1]->symbols))
		return;
	for (unsigned side = 0; side < 2; side++)
		for (size_t n = 0; n < r[side]->nr_sites; n++)
			find_row(&s->row, &s->nr,
				 site_text(r[side]->symbols, r[side]->site[n].site,
					   r[side]->site[n].t))
				->pages[side] += r[side]->site[n].pages;
	if (s->nr)
		qsort(s->row, s->nr, sizeof(*s->row), by_change);
}

static void free_sites(struct site_rows *s)
{
	for (size_t n = 0; n < s->nr; n++)
		free(s->row[n].name);
	free(s->row);
}

static void print_sites(const struct result *r[2])
{
	struct site_rows s;

	collect_sites(&s, r);
	for (size_t n = 0; n < s.nr && n < 10; n++) {
		const struct site_row *row = &s.row[n];

		if (row->pages[0] == row->pages[1])
			break;
		if (!n)
			puts("pages handed out, by caller");
		printf("  %-40s %14s %14s\n", row->name, ps_thousands(row->pages[0]),
		       ps_thousands(row->pages[1]));
	}
	free_sites(&s);
}

/* ---- as JSON: the same tables, whole ---- */

static json_t *pair(u64 a, u64 b)
{
	return json_pack("[I,I]", (json_int_t)a, (json_int_t)b);
}

static json_t *kinds_json(const struct result *a, const struct result *b)
{
	json_t *kinds = json_object();

	for (unsigned id = 1; id < 255; id++)
		if (a->by_id[id] != b->by_id[id])
			json_object_set_new(kinds, ps_kinds[id].name,
					    pair(a->by_id[id], b->by_id[id]));
	return kinds;
}

static json_t *steps_json(const struct result *a, const struct result *b)
{
	json_t *steps = json_array();

	for (size_t n = 0; n < a->nr_steps && n < b->nr_steps; n++) {
		const struct step *x = &a->step[n], *y = &b->step[n];

		if (strcmp(x->text, y->text))
			break;
		if (x->events != y->events)
			json_array_append_new(steps, json_pack("{s:I,s:o,s:o}", "line",
							       (json_int_t)x->line, "step",
							       json_text(x->text), "events",
							       pair(x->events, y->events)));
	}
	return steps;
}

static json_t *sites_json(const struct result *r[2])
{
	json_t *callers = json_array();
	struct site_rows s;

	collect_sites(&s, r);
	for (size_t n = 0; n < s.nr; n++) {
		const struct site_row *row = &s.row[n];

		if (row->pages[0] != row->pages[1])
			json_array_append_new(
				callers, json_pack("{s:o,s:o}", "caller", json_text(row->name),
						   "pages", pair(row->pages[0], row->pages[1])));
	}
	free_sites(&s);
	return callers;
}

static json_t *parting_json(const struct parting *p)
{
	json_t *j = json_pack("{s:b,s:I,s:s?,s:o}", "parted", p->parted, "equal",
			      (json_int_t)p->equal, "field", p->field, "step", json_text(p->step));

	for (unsigned n = 0; n < 2; n++)
		json_object_set_new(j, n ? "b" : "a",
				    p->has[n] ? json_pack("{s:I,s:I,s:o}", "i", (json_int_t)p->i[n],
							  "t", (json_int_t)p->t[n], "event",
							  json_text(p->text[n]))
					      : json_null());
	return j;
}

static void print_json(const struct parting *exact, const struct parting *shape,
		       const struct figure *f, unsigned nr, const struct result *r[2])
{
	json_t *j = json_object(), *table = json_object();

	json_object_set_new(j, "same", json_boolean(!exact->parted));
	json_object_set_new(j, "same_shape", json_boolean(!shape->parted));
	json_object_set_new(j, "events", parting_json(exact));
	json_object_set_new(j, "shape", parting_json(shape));
	for (unsigned n = 0; n < nr; n++)
		json_object_set_new(table, f[n].name, pair(f[n].a, f[n].b));
	json_object_set_new(j, "figures", table);
	json_object_set_new(j, "by_kind", kinds_json(r[0], r[1]));
	json_object_set_new(j, "steps", steps_json(r[0], r[1]));
	json_object_set_new(j, "callers", sites_json(r));
	json_print(j);
}

bool diff_runs(const struct diff_side *a, const struct diff_side *b, bool json)
{
	const struct diff_side side[2] = { *a, *b };
	struct figure f[MAX_FIGURES];
	struct parting exact, shape;
	struct result r[2];
	const struct result *both[2] = { &r[0], &r[1] };
	unsigned nr;

	find_parting(side, false, &exact);
	find_parting(side, true, &shape);
	for (unsigned n = 0; n < 2; n++)
		run(&r[n], &side[n]);
	nr = figures(&r[0], &r[1], f);
	if (json) {
		print_json(&exact, &shape, f, nr, both);
	} else {
		printf("A         %s\nB         %s\n", side[0].c->in.name, side[1].c->in.name);
		print_parting(&exact, "events");
		if (exact.parted)
			print_parting(&shape, "shape");
		print_figures(f, nr);
		if (exact.parted) {
			print_kinds(&r[0], &r[1]);
			print_steps(&r[0], &r[1]);
			print_sites(both);
		}
	}
	free_result(&r[0]);
	free_result(&r[1]);
	return !exact.parted;
}

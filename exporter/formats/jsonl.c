/* SPDX-License-Identifier: MIT */
/*
 * jsonl.c - the columnar export.
 *
 * A chunk of 65,536 events is gathered in plain arrays, one a column, and then
 * printed; integers by hand, which is ten times faster than building JSON
 * values of them.  Everything with structure goes through libjansson.
 */
#include "formats/jsonl.h"
#include "base/map.h"
#include "formats/header.h"
#include "formats/slice.h"
#include "formats/symbols.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 65536
/* Events of the first line: a reader can show them while the second is on its way. */
#define FIRST 16

/* columns in the order they are printed; `dt` apart, as it may exceed 32 bits */
enum column { COL_k, COL_z, COL_o, COL_a, COL_b, COL_c, COL_d, COL_e, COL_f, COL_s, NR_COLUMNS };
static const char column_letter[NR_COLUMNS] = { 'k', 'z', 'o', 'a', 'b', 'c', 'd', 'e', 'f', 's' };

/* One integer of an `ev` event on its way into a column. */
struct move {
	u8 offset, size, column;
	u32 mask; /* of what is shown: all, or the page of a physical address */
};
struct plan {
	u8 nr;
	struct move move[10];
};

struct site {
	u32 addr;
	u64 t;
};

struct writer {
	const struct export *x;
	struct jsonl_sink *sink;
	struct symbols *symbols;
	struct plan plan[256];
	struct ps_map sites; /* call site -> index */
	struct site *site;   /* index -> call site and when first seen, from 1 */
	u32 nr_sites, sites_told, cap_sites;
	u64 first_row; /* of the chunk */
	u64 t0, last_t;
	u64 lost; /* packets or events missing before the next row */
	u32 n;
	u64 dt[CHUNK];
	u32 col[NR_COLUMNS][CHUNK];
};

static void make_plans(struct writer *w)
{
	for (unsigned id = 1; id < 255; id++) {
		const struct ps_kind *k = &ps_kinds[id];
		struct plan *plan = &w->plan[id];

		for (unsigned i = 0; k->id && i < k->nr_fields; i++) {
			const struct ps_field *f = &k->fields[i];
			struct move *m = &plan->move[plan->nr];

			if (!f->col)
				continue;
			m->offset = (u8)f->offset;
			m->size = f->size;
			m->mask = f->form == FIELD_PAGE ? 0xfffff000u : 0xffffffffu;
			for (unsigned c = 0; c < NR_COLUMNS; c++)
				if (column_letter[c] == f->col)
					m->column = (u8)c;
			plan->nr++;
		}
	}
}

static void line_end(struct writer *w)
{
	out_write(w->sink->o, "\n", 1);
	if (w->sink->line_done)
		w->sink->line_done(w->sink);
}

static void write_record(struct writer *w, json_t *record)
{
	json_write(w->sink->o, record);
	json_decref(record);
	line_end(w);
}

/* ---- call sites ---- */

static u32 site_index(struct writer *w, u32 addr, u64 t)
{
	u32 index;

	if (!addr)
		return 0;
	if (ps_map_get(&w->sites, addr, &index))
		return index;
	index = ++w->nr_sites;
	if (index >= w->cap_sites) {
		w->cap_sites = w->cap_sites ? w->cap_sites * 2 : 256;
		w->site = ps_realloc(w->site, w->cap_sites * sizeof(*w->site));
	}
	w->site[index] = (struct site){ addr, t };
	ps_map_set(&w->sites, addr, index);
	return index;
}

/* Where a module is put, another one may have been: its call sites are others. */
static void forget_sites(struct writer *w, const struct ps_ev_module_load *e)
{
	if (e->phase != PS_MODULE_CREATE)
		return;
	for (u32 i = 1; i <= w->nr_sites; i++)
		if (w->site[i].addr - e->addr < e->size)
			ps_map_delete(&w->sites, w->site[i].addr);
}

/* Writes the `sites` line for those first seen since the last one. */
static void tell_sites(struct writer *w)
{
	json_t *addr, *func, *file, *line, *inlined;
	bool any_inlined = false;
	json_t *rec;

	if (w->sites_told == w->nr_sites)
		return;
	addr = json_array();
	func = json_array();
	file = json_array();
	line = json_array();
	inlined = json_array();
	for (u32 i = w->sites_told + 1; i <= w->nr_sites; i++) {
		struct symbol s = symbols_site(w->symbols, w->site[i].addr, w->site[i].t);

		json_array_append_new(addr, json_integer(w->site[i].addr));
		json_array_append_new(func, json_text(s.func));
		json_array_append_new(file, json_text(s.file));
		json_array_append_new(line, json_integer(s.line));
		json_array_append_new(inlined, json_text(s.inlined));
		any_inlined |= s.inlined[0] != '\0';
	}
	rec = json_pack("{s:s,s:I,s:o,s:o,s:o,s:o}", "rec", "sites", "from",
			(json_int_t)(w->sites_told + 1), "addr", addr, "func", func, "file", file,
			"line", line);
	if (any_inlined)
		json_object_set(rec, "inlined", inlined);
	json_decref(inlined);
	w->sites_told = w->nr_sites;
	write_record(w, rec);
}

/* Writes all of the kernel's functions and objects: a reader may ask for a name that
 * no event calls from. */
static void tell_symbols(struct writer *w, const struct facts *f)
{
	json_t *addr = json_array(), *size = json_array(), *name = json_array();
	struct named *all;
	u32 nr;

	all = symbols_table(w->symbols, f->info.page_offset, f->info.high_memory, &nr);
	for (u32 i = 0; i < nr; i++) {
		json_array_append_new(addr, json_integer(all[i].addr));
		json_array_append_new(size, json_integer(all[i].size));
		json_array_append_new(name, json_text(all[i].name));
	}
	free(all);
	if (nr)
		write_record(w, json_pack("{s:s,s:O,s:O,s:O}", "rec", "symbols", "addr", addr,
					  "size", size, "name", name));
	json_decref(addr);
	json_decref(size);
	json_decref(name);
}

/* ---- events that are records of their own ---- */

static json_t *field_json(struct writer *w, const struct ps_kind *k, const struct ps_field *f,
			  const u8 *p, u64 t)
{
	json_t *array;

	if (!f->size)
		return json_text(ps_field_string(k, p, f->offset));
	if (f->form != FIELD_SEQUENCE) {
		u64 v = ps_field_get(f, p, 0);

		return json_integer(
			(json_int_t)(strcmp(f->meaning, "site") ? v : site_index(w, (u32)v, t)));
	}
	array = json_array();
	for (unsigned i = 0; i < ps_field_count(f, p); i++)
		json_array_append_new(array, json_integer((json_int_t)ps_field_get(f, p, i)));
	return array;
}

/* A field may be called like a key of ours; then ours wins and it gets a "_". */
static const char *field_key(const char *name)
{
	if (!strcmp(name, "rec") || !strcmp(name, "i") || !strcmp(name, "t") || !strcmp(name, "k"))
		return "_";
	return name;
}

static void write_event_record(struct writer *w, const struct event *ev, u64 row)
{
	const struct ps_kind *k = &ps_kinds[ev->id];
	json_t *rec = json_object();

	json_object_set_new(rec, "rec", json_string(k->class_name));
	json_object_set_new(rec, "i", json_integer((json_int_t)row));
	json_object_set_new(rec, "t", json_integer((json_int_t)ev->t));
	json_object_set_new(rec, "k", json_integer(ev->id));
	for (unsigned i = 0; i < k->nr_fields; i++)
		json_object_set_new(rec, field_key(k->fields[i].name),
				    field_json(w, k, &k->fields[i], ev->p, ev->t));
	tell_sites(w);
	write_record(w, rec);
}

/* What is missing before the row that comes next. */
static void write_gap(struct writer *w)
{
	write_record(w, json_pack("{s:s,s:I,s:I}", "rec", "gap", "i",
				  (json_int_t)(w->first_row + w->n), "lost", (json_int_t)w->lost));
	w->lost = 0;
}

/* ---- columns ---- */

static void print_u64s(struct out *o, const u64 *v, u32 n)
{
	char buf[4096], *p = buf;

	for (u32 i = 0; i < n; i++) {
		if (p > buf + sizeof(buf) - 24) {
			out_write(o, buf, (size_t)(p - buf));
			p = buf;
		}
		*p++ = i ? ',' : '[';
		p = ps_decimal(p, v[i]);
	}
	*p++ = ']';
	out_write(o, buf, (size_t)(p - buf));
}

static void print_u32s(struct out *o, const u32 *v, u32 n)
{
	char buf[4096], *p = buf;

	for (u32 i = 0; i < n; i++) {
		if (p > buf + sizeof(buf) - 16) {
			out_write(o, buf, (size_t)(p - buf));
			p = buf;
		}
		*p++ = i ? ',' : '[';
		if (v[i] < 10)
			*p++ = (char)('0' + v[i]);
		else
			p = ps_decimal(p, v[i]);
	}
	*p++ = ']';
	out_write(o, buf, (size_t)(p - buf));
}

/* An array, one integer if all rows agree, nothing if that is 0. */
static void print_column(struct out *o, char letter, const u32 *v, u32 n)
{
	char buf[16];
	u32 i = 1;

	while (i < n && v[i] == v[0])
		i++;
	if (i == n && v[0] == 0)
		return;
	out_printf(o, ",\"%c\":", letter);
	if (i == n)
		out_write(o, buf, (size_t)(ps_decimal(buf, v[0]) - buf));
	else
		print_u32s(o, v, n);
}

static void end_chunk(struct writer *w)
{
	struct out *o;

	if (!w->n)
		return;
	tell_sites(w);
	o = w->sink->o;
	out_printf(o, "{\"rec\":\"ev\",\"i\":%llu,\"n\":%u,\"t0\":%llu,\"dt\":",
		   (unsigned long long)w->first_row, w->n, (unsigned long long)w->t0);
	print_u64s(o, w->dt, w->n);
	for (unsigned c = 0; c < NR_COLUMNS; c++)
		print_column(o, column_letter[c], w->col[c], w->n);
	out_write(o, "}", 1);
	line_end(w);
	for (unsigned c = 0; c < NR_COLUMNS; c++)
		memset(w->col[c], 0, w->n * sizeof(w->col[c][0]));
	w->first_row += w->n;
	w->n = 0;
}

static inline u32 load(const u8 *p, unsigned size)
{
	u32 v;
	u16 h;

	switch (size) {
	case 1: return *p;
	case 2: memcpy(&h, p, 2); return h;
	default: memcpy(&v, p, 4); return v;
	}
}

static void add_row(struct writer *w, const struct event *ev)
{
	const struct plan *plan = &w->plan[ev->id];
	u32 n = w->n;

	if (n == 0)
		w->t0 = w->last_t = ev->t;
	w->dt[n] = ev->t - w->last_t;
	w->last_t = ev->t;
	w->col[COL_k][n] = ev->id;
	for (unsigned i = 0; i < plan->nr; i++) {
		const struct move *m = &plan->move[i];
		u32 v = load(ev->p + m->offset, m->size) & m->mask;

		w->col[m->column][n] = m->column == COL_s ? site_index(w, v, ev->t) : v;
	}
	if (ev->id == PS_ID_module_load)
		forget_sites(w, (const void *)ev->p);
	if (ps_kinds[ev->id].class != PS_CLASS_ev)
		write_event_record(w, ev, w->first_row + n);
	w->n++;
	/* the others end where a block of the viewer's does */
	if (w->first_row + w->n == FIRST || (w->first_row + w->n) % CHUNK == 0)
		end_chunk(w);
}

void jsonl_write(const struct export *wanted, struct jsonl_sink *sink)
{
	struct export moved = *wanted;
	const struct export *x = &moved;
	struct writer *w = ps_alloc(sizeof(*w));
	const struct session *s = &x->c->session[x->session];
	struct facts f;
	struct events e;
	struct event ev;
	u64 rows = s->events, t0, t1;
	struct slice slice;
	json_t *ended;

	if (x->sliced)
		moved.from = slice_start(wanted);
	w->x = x;
	w->sink = sink;
	make_plans(w);
	facts_collect(&f, x->c, x->session);
	t0 = f.t0;
	t1 = f.t1;
	w->symbols = symbols_of(x->symbols, x->modules, x->c->in.name, &f);
	if (x->sliced || !x->all)
		slice_measure(x, &rows, &t0, &t1);
	write_record(w, header_json(&f, rows, t0, t1, x->rerun));
	tell_symbols(w, &f);
	slice_begin(&slice, x);
	events_begin(&e, x->c, x->session);
	if (!x->sliced)
		write_record(w, slice_initial_key(t0));
	while (events_next(&e, &ev)) {
		json_t *extra = slice_before(&slice, &ev, w->first_row + w->n);

		if (extra)
			write_record(w, extra);
		if (ev.t > x->to)
			break;
		w->lost += ev.t >= x->from ? ev.gap : 0;
		if (ev.t >= x->from && x->wanted[ev.id]) {
			if (w->lost)
				write_gap(w);
			add_row(w, &ev);
		}
		while ((extra = slice_after(&slice, &ev)))
			write_record(w, extra);
	}
	end_chunk(w);
	/* it counts events as the whole trace does */
	if (x->ended && !x->sliced && x->all && (ended = x->ended(x)))
		write_record(w, ended);
	write_record(w, end_json(x->c, x->session, &f, rows, t1));
	slice_end(&slice);
	symbols_close(w->symbols);
	facts_free(&f);
	ps_map_free(&w->sites);
	free(w->site);
	free(w);
}

void export_jsonl(const struct export *x)
{
	struct jsonl_sink sink = { .o = out_open(x->out, false) };

	jsonl_write(x, &sink);
	out_close(sink.o);
}

/* SPDX-License-Identifier: MIT */
/* slice.c - keys and violations for the exports; see slice.h. */
#include "formats/slice.h"
#include "model/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A block that is being split is in no list and in no hand: a slice that began
 * there would lack it. */
u64 slice_start(const struct export *x)
{
	bool under_way[256] = { false };
	unsigned nr = 0;
	struct events e;
	struct event ev;

	events_begin(&e, x->c, x->session);
	while (events_next(&e, &ev)) {
		if (ev.t >= x->from && nr == 0)
			return ev.t;
		if (ev.id == PS_ID_buddy_split || ev.id == PS_ID_buddy_split_low) {
			u8 zone = ((const struct ps_ev_buddy_split *)ev.p)->zone;

			nr += !under_way[zone];
			under_way[zone] = true;
		} else if (ev.id == PS_ID_mm_page_alloc) {
			u8 zone = ((const struct ps_ev_mm_page_alloc *)ev.p)->zone;

			nr -= under_way[zone];
			under_way[zone] = false;
		}
	}
	return x->from;
}

void slice_measure(const struct export *x, u64 *rows, u64 *t0, u64 *t1)
{
	struct events e;
	struct event ev;

	*rows = 0;
	events_begin(&e, x->c, x->session);
	while (events_next(&e, &ev) && ev.t <= x->to) {
		if (ev.t < x->from || !x->wanted[ev.id])
			continue;
		if (!(*rows)++)
			*t0 = ev.t;
		*t1 = ev.t;
	}
	if (!*rows)
		*t0 = *t1 = x->from;
}

/* ---- the key: the model's state as runs ---- */

/* An object of empty columns, named in `names` with spaces between. */
static json_t *columns_named(const char *names)
{
	json_t *columns = json_object();

	while (*names) {
		size_t n = strcspn(names, " ");
		char name[16];

		snprintf(name, sizeof(name), "%.*s", (int)n, names);
		json_object_set_new(columns, name, json_array());
		names += n + (names[n] == ' ');
	}
	return columns;
}

static void put(json_t *columns, const char *name, u64 value)
{
	json_array_append_new(json_object_get(columns, name), json_integer((json_int_t)value));
}

/* Frames with the same owner and order, as runs; blocks in use keep their order. */
static json_t *key_frames(const struct model *m)
{
	json_t *j = columns_named("pfn n owner order"), *owners = json_object_get(j, "owner");
	u32 pfn = 0;

	while (pfn < m->nr_frames) {
		enum owner_class owner = model_owner(m, pfn);
		unsigned order = owner == OWNER_RESERVED || owner == OWNER_FREE
					 ? 0
					 : m->frame[pfn].order;
		u32 end = pfn + 1;

		while (end < m->nr_frames && model_owner(m, end) == owner &&
		       (owner == OWNER_RESERVED || owner == OWNER_FREE ||
			(m->frame[end].order == order)))
			end++;
		put(j, "pfn", pfn);
		put(j, "n", end - pfn);
		json_array_append_new(owners, json_string(owner_names[owner]));
		put(j, "order", order);
		pfn = end;
	}
	return j;
}

static json_t *key_free(const struct model *m)
{
	json_t *j = columns_named("z o pfn");

	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		for (unsigned k = 0; m->zone[z].present && k < model_orders(m); k++)
			for (u32 pfn = m->zone[z].head[k]; pfn != NIL; pfn = m->frame[pfn].next) {
				put(j, "z", z);
				put(j, "o", k);
				put(j, "pfn", pfn);
			}
	return j;
}

static json_t *key_pdes(const struct model *m)
{
	json_t *j = columns_named("pgd slot entry");

	for (unsigned d = 0; d < m->nr_tables; d++)
		for (u32 slot = 0; m->table[d]->is_pgd && slot < PGDIR_SLOTS; slot++)
			if (m->table[d]->entry[slot]) {
				put(j, "pgd", m->table[d]->pfn << 12);
				put(j, "slot", slot);
				put(j, "entry", m->table[d]->entry[slot]);
			}
	return j;
}

/* Entries of one table as runs in which each next page maps the next frame. */
static void put_table(json_t *j, u32 pgd, u32 slot, const struct table *t)
{
	for (u32 i = 0, n; i < PGDIR_SLOTS; i += n) {
		n = 1;
		if (!t->entry[i])
			continue;
		while (i + n < PGDIR_SLOTS && t->entry[i + n] == t->entry[i] + (n << 12))
			n++;
		put(j, "pgd", pgd);
		put(j, "addr", slot << 22 | i << 12);
		put(j, "n", n);
		put(j, "entry", t->entry[i]);
	}
}

/* The reference directory's tables once; of other directories those that are theirs. */
static json_t *key_ptes(struct model *m)
{
	json_t *j = columns_named("pgd addr n entry");
	const struct table *reference = model_reference(m);

	for (unsigned n = 0; n < m->nr_tables; n++) {
		const struct table *d = m->table[n];

		for (u32 slot = 0; d->is_pgd && slot < PGDIR_SLOTS; slot++) {
			u32 pde = d->entry[slot];
			struct table *t = is_table(m, pde) ? model_table(m, pde >> 12) : NULL;

			if (t && (d == reference || !reference || slot < m->info.page_offset >> 22))
				put_table(j, d->pfn << 12, slot, t);
		}
	}
	return j;
}

/* Runs of entries that no event has told: n from `slot` on of the table at `table`. */
static void put_unknown(json_t *j, u32 pfn, const struct table *t)
{
	for (u32 i = 0, n; i < PGDIR_SLOTS; i += n) {
		bool known = t && entry_known(t, i);

		n = 1;
		while (i + n < PGDIR_SLOTS && (t && entry_known(t, i + n)) == known)
			n++;
		if (known)
			continue;
		put(j, "table", pfn << 12);
		put(j, "slot", i);
		put(j, "n", n);
	}
}

/* Of the tables there are, and of those that a directory or CR3 names and nobody has told of. */
static json_t *key_unknown(struct model *m)
{
	json_t *j = columns_named("table slot n");

	for (unsigned n = 0; n < m->nr_tables; n++) {
		const struct table *d = m->table[n];

		put_unknown(j, d->pfn, d);
		for (u32 slot = 0; d->is_pgd && slot < PGDIR_SLOTS; slot++)
			if (is_table(m, d->entry[slot]) && !model_table(m, d->entry[slot] >> 12))
				put_unknown(j, d->entry[slot] >> 12, NULL);
	}
	if (m->cr3 != NIL && !model_table(m, m->cr3 >> 12))
		put_unknown(j, m->cr3 >> 12, NULL);
	return j;
}

static json_t *key_areas(const struct model *m)
{
	json_t *j = columns_named("addr size flags");

	for (unsigned n = 0; n < m->nr_areas; n++) {
		put(j, "addr", m->area[n].addr);
		put(j, "size", m->area[n].size);
		put(j, "flags", m->area[n].flags);
	}
	return j;
}

/* Use counts that are not the ordinary ones: 1 for the head of a block in use. */
static json_t *key_refs(const struct model *m)
{
	json_t *j = columns_named("pfn count");

	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		const struct frame *f = &m->frame[pfn];

		if (f->count == (f->state == FRAME_USED && f->head))
			continue;
		put(j, "pfn", pfn);
		put(j, "count", (u32)f->count);
	}
	return j;
}

static json_t *key_json(struct model *m, u64 t)
{
	return json_pack("{s:s,s:i,s:I,s:s,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "rec", "key", "i", 0,
			 "t", (json_int_t)t, "src", "initial", "cr3", (json_int_t)m->cr3, "frames",
			 key_frames(m), "free", key_free(m), "pde", key_pdes(m), "pte", key_ptes(m),
			 "unknown", key_unknown(m), "areas", key_areas(m), "refs", key_refs(m));
}

json_t *slice_initial_key(u64 t)
{
	return json_pack("{s:s,s:i,s:I,s:s}", "rec", "key", "i", 0, "t", (json_int_t)t, "src",
			 "initial");
}

/* ---- violations ---- */

static void queue(void *ctx, enum rule rule, u64 i, u64 t, const char *text)
{
	struct slice *s = ctx;
	struct queued *q;

	(void)i;
	if (!s->x->check || ps_rules[rule].severity == NOTE)
		return;
	q = ps_alloc(sizeof(*q));
	q->record = json_pack("{s:s,s:I,s:I,s:s,s:s,s:o}", "rec", "violation", "i",
			      (json_int_t)s->row, "t", (json_int_t)t, "rule", ps_rules[rule].name,
			      "severity", severity_names[ps_rules[rule].severity], "text",
			      json_text(text));
	*s->last = q;
	s->last = &q->next;
}

void slice_begin(struct slice *s, const struct export *x)
{
	memset(s, 0, sizeof(*s));
	s->x = x;
	s->last = &s->first;
	if (!x->sliced && !x->check)
		return;
	s->model = ps_alloc(sizeof(*s->model));
	model_init(s->model, queue, s);
}

json_t *slice_before(struct slice *s, const struct event *ev, u64 row)
{
	json_t *key = NULL;

	if (!s->model)
		return NULL;
	if (s->x->sliced && !s->begun && ev->t >= s->x->from) {
		s->begun = true;
		key = key_json(s->model, ev->t);
	}
	s->row = row;
	replay_event(s->model, ev);
	return key;
}

/* Violations found before the slice begins are dropped. */
json_t *slice_after(struct slice *s, const struct event *ev)
{
	struct queued *q;
	json_t *record;

	while ((q = s->first)) {
		record = q->record;
		s->first = q->next;
		if (!s->first)
			s->last = &s->first;
		free(q);
		if (ev->t >= s->x->from)
			return record;
		json_decref(record);
	}
	return NULL;
}

void slice_end(struct slice *s)
{
	if (!s->model)
		return;
	model_free(s->model);
	free(s->model);
}

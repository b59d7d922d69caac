/* SPDX-License-Identifier: MIT */
/* kinds.c - the tables generated from events.def; see kinds.h. */
#include "capture/kinds.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define F(t, n, m, s) { .name = #n, .meaning = #m, .text = s, .size = sizeof(ps_##t) },
#define Q(t, n, c, m, s) \
	{ .name = #n, \
	  .meaning = #m, \
	  .text = s, \
	  .size = sizeof(ps_##t), \
	  .form = FIELD_SEQUENCE, \
	  .of = #c },
/* A field that is not in the packet: it shows the page of another. */
#define P(n, f, s) { .name = #n, .meaning = "pa", .text = s, .form = FIELD_PAGE, .of = #f },

#define S(n, s)                 { .name = #n, .meaning = "string", .text = s },
#define EVENT(i, n, g, c, s, f) static struct ps_field fields_##n[] = { f };
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S

struct ps_kind ps_kinds[256] = {
#define EVENT(i, n, g, c, s, f) \
	[i] = { .name = #n, \
		.group = #g, \
		.class_name = #c, \
		.text = s, \
		.fields = fields_##n, \
		.nr_fields = sizeof(fields_##n) / sizeof(fields_##n[0]), \
		.id = i, \
		.class = PS_CLASS_##c, \
		.group_id = PS_GROUP_##g },
#include <pagescope/events.def>
#undef EVENT
};

/* The structs of event.h and these tables must describe the same bytes. */
static const u16 struct_sizes[256] = {
#define EVENT(id, name, group, class, text, fields) [id] = sizeof(struct ps_ev_##name),
#include <pagescope/events.def>
#undef EVENT
};

const char *const ps_group_names[PS_NR_GROUPS] = { "run",  "buddy",   "vmalloc", "paging",
						   "slab", "highmem", "user",    "hw" };

u32 ps_schema_id;

struct value_row {
	const char *meaning;
	u32 value;
	const char *text;
};

#define ROW(value, name, text) { NULL, value, text },
#define TABLE(meaning, LIST)   static const struct value_row values_##meaning[] = { LIST(ROW) };
PS_VALUE_TABLES(TABLE)
#undef TABLE

static const struct {
	const char *meaning;
	const struct value_row *rows;
	unsigned nr;
} value_tables[] = {
#define TABLE(meaning, LIST) \
	{ #meaning, values_##meaning, sizeof(values_##meaning) / sizeof(values_##meaning[0]) },
	PS_VALUE_TABLES(TABLE)
#undef TABLE
};

/* The column of a field of an `ev` event: by meaning, else the next of a..f. */
static char column_of(const struct ps_field *f, char *next)
{
	if (!strcmp(f->meaning, "zone"))
		return 'z';
	if (!strcmp(f->meaning, "order"))
		return 'o';
	if (!strcmp(f->meaning, "site"))
		return 's';
	return (*next)++;
}

static const struct ps_field *field_named(const struct ps_kind *k, const char *name)
{
	for (unsigned i = 0; i < k->nr_fields; i++)
		if (!strcmp(k->fields[i].name, name))
			return &k->fields[i];
	ps_die(PS_EXIT_DATA, "event %s has no field %s; see events.def", k->name, name);
}

/* Where the field lies in a payload. */
static void place_field(struct ps_kind *k, struct ps_field *f)
{
	const struct ps_field *of = f->of ? field_named(k, f->of) : NULL;

	switch (f->form) {
	case FIELD_PAGE:
		f->offset = of->offset;
		f->size = of->size;
		break;
	case FIELD_SEQUENCE:
		f->offset = k->fixed;
		f->arg = of->offset; /* the byte before it: other readers rely on that */
		k->sequence = f;
		break;
	default:
		if (f->size == 0) {
			f->offset = k->nr_strings++;
			break;
		}
		f->offset = k->fixed;
		k->fixed = (u16)(k->fixed + f->size);
	}
}

static void init_kind(struct ps_kind *k)
{
	char next = 'a';

	for (unsigned i = 0; i < k->nr_fields; i++) {
		struct ps_field *f = &k->fields[i];

		place_field(k, f);
		if (k->class == PS_CLASS_ev)
			f->col = column_of(f, &next);
	}
	if (k->fixed != struct_sizes[k->id] || next > 'g' ||
	    (k->class == PS_CLASS_ev && (k->nr_strings || k->sequence))) {
		/* events.def was extended in a way the JSON columns cannot carry */
		ps_die(PS_EXIT_DATA, "event %s does not fit its class; see events.def", k->name);
	}
}

/* Event tables of earlier releases.  A release that only adds events to a table reads
 * that table's captures: it lists its schema id here as readable. */
static const struct ps_schema schemas[] = {
	{ 0x621755e2, "1.0.0", 1, false },
};

const struct ps_schema *ps_schema_known(u32 id)
{
	for (unsigned i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (schemas[i].id == id)
			return &schemas[i];
	return NULL;
}

bool ps_schema_readable(u32 id)
{
	const struct ps_schema *s = ps_schema_known(id);

	return id == ps_schema_id || (s && s->readable);
}

void ps_kinds_init(void)
{
	if (ps_schema_id)
		return;
	ps_schema_id = (u32)crc32(0, (const Bytef *)ps_schema_text, sizeof(ps_schema_text) - 1);
	for (unsigned id = 1; id < 255; id++)
		if (ps_kinds[id].id)
			init_kind(&ps_kinds[id]);
}

const struct ps_kind *ps_kind_by_name(const char *name)
{
	for (unsigned id = 1; id < 255; id++)
		if (ps_kinds[id].id && !strcmp(ps_kinds[id].name, name))
			return &ps_kinds[id];
	return NULL;
}

const char *ps_value_text(const char *meaning, u32 value)
{
	for (unsigned t = 0; t < sizeof(value_tables) / sizeof(value_tables[0]); t++) {
		if (strcmp(value_tables[t].meaning, meaning))
			continue;
		for (unsigned i = 0; i < value_tables[t].nr; i++)
			if (value_tables[t].rows[i].value == value)
				return value_tables[t].rows[i].text;
	}
	return NULL;
}

void ps_values_each(void (*fn)(void *ctx, const char *meaning, u32 value, const char *text),
		    void *ctx)
{
	for (unsigned t = 0; t < sizeof(value_tables) / sizeof(value_tables[0]); t++)
		for (unsigned i = 0; i < value_tables[t].nr; i++)
			fn(ctx, value_tables[t].meaning, value_tables[t].rows[i].value,
			   value_tables[t].rows[i].text);
}

const char *ps_field_string(const struct ps_kind *k, const u8 *p, unsigned n)
{
	const char *s = (const char *)p + ps_kind_bytes(k, p);

	while (n--)
		s += strlen(s) + 1;
	return s;
}

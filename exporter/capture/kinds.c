/* SPDX-License-Identifier: MIT */
/* kinds.c - the tables generated from events.def; see kinds.h. */
#include "capture/kinds.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define F(type, name, meaning, text)    { #name, #meaning, text, sizeof(ps_##type), 0, 0, 0 },
#define A(type, name, n, meaning, text) { #name, #meaning, text, sizeof(ps_##type), n, 0, 0 },
#define S(name, text)                   { #name, "string", text, 0, 0, 0, 0 },
#define EVENT(id, name, group, class, text, fields) \
	static struct ps_field fields_##name[] = { fields };
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef A
#undef S

struct ps_kind ps_kinds[256] = {
#define EVENT(id, name, group, class, text, fields) \
	[id] = { #name, \
		 #group, \
		 #class, \
		 text, \
		 fields_##name, \
		 sizeof(fields_##name) / sizeof(fields_##name[0]), \
		 0, \
		 0, \
		 id, \
		 PS_CLASS_##class, \
		 PS_GROUP_##group },
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

static void init_kind(struct ps_kind *k)
{
	char next = 'a';

	for (unsigned i = 0; i < k->nr_fields; i++) {
		struct ps_field *f = &k->fields[i];

		if (f->size == 0) {
			f->offset = k->nr_strings++;
			continue;
		}
		f->offset = k->fixed;
		k->fixed = (u16)(k->fixed + f->size * (f->count ? f->count : 1));
		if (k->class == PS_CLASS_ev)
			f->col = column_of(f, &next);
	}
	if (k->fixed != struct_sizes[k->id] || next > 'g' ||
	    (k->class == PS_CLASS_ev && k->nr_strings)) {
		/* events.def was extended in a way the JSON columns cannot carry */
		ps_die(PS_EXIT_DATA, "event %s does not fit its class; see events.def", k->name);
	}
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
	const char *s = (const char *)p + k->fixed;

	while (n--)
		s += strlen(s) + 1;
	return s;
}

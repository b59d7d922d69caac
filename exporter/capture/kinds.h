/* SPDX-License-Identifier: MIT */
/*
 * kinds.h - events.def as tables: what each event is called, how it lies in a
 * packet, and which JSON column each of its integers goes to.
 */
#ifndef EXPORTER_KINDS_H
#define EXPORTER_KINDS_H

#include "base/util.h"

#include <pagescope/ctf.h>
#include <pagescope/event.h>

enum ps_class { PS_CLASS_ev, PS_CLASS_obj, PS_CLASS_mark, PS_CLASS_check };
enum ps_group {
	PS_GROUP_run,
	PS_GROUP_buddy,
	PS_GROUP_vmalloc,
	PS_GROUP_paging,
	PS_GROUP_slab,
	PS_GROUP_highmem,
	PS_GROUP_user,
	PS_GROUP_hw,
	PS_NR_GROUPS
};

struct ps_field {
	const char *name, *meaning, *text;
	u8 size;    /* bytes of one element; 0: a string */
	u16 offset; /* from the payload's start; strings: their number */
	/* PLAIN: one integer or a string.  SEQUENCE: as many integers as the u8 at the
	 * payload's offset `arg` says.  PAGE: not in the packet, the page of the
	 * physical address at `offset`. */
	enum { FIELD_PLAIN, FIELD_SEQUENCE, FIELD_PAGE } form;
	const char *of; /* the field that a SEQUENCE or a PAGE refers to */
	u16 arg;
	char col; /* JSON column 'a'..'f', 'z', 'o', 's'; 0: a record of its own */
};

struct ps_kind {
	const char *name, *group, *class_name, *text;
	struct ps_field *fields;
	u16 nr_fields;
	u16 fixed;                       /* bytes of the payload before the strings */
	const struct ps_field *sequence; /* or NULL */
	u8 nr_strings;
	u8 id; /* 0: no such event */
	enum ps_class class;
	enum ps_group group_id;
};

extern struct ps_kind ps_kinds[256];
extern const char *const ps_group_names[PS_NR_GROUPS];
extern u32 ps_schema_id; /* CRC-32 of ps_schema_text */

/* The event table of an earlier release, by the CRC-32 of its text. */
struct ps_schema {
	u32 id;
	const char *release;
	unsigned version; /* of the trace */
	bool readable;    /* this release's table only adds to it */
};
/* The earlier release whose event table has this id, or NULL. */
const struct ps_schema *ps_schema_known(u32 id);
/* True of this release's table and of those it only adds to. */
bool ps_schema_readable(u32 id);

/* Fills the tables; call once before anything else. */
void ps_kinds_init(void);
/* The event called `name`, or NULL. */
const struct ps_kind *ps_kind_by_name(const char *name);
/* The text of `value` for fields of this meaning ("slot copied"), or NULL. */
const char *ps_value_text(const char *meaning, u32 value);
/* Calls fn for each row of each value table. */
void ps_values_each(void (*fn)(void *ctx, const char *meaning, u32 value, const char *text),
		    void *ctx);

/* Integer field at payload p; element i of a sequence. */
static inline u64 ps_field_get(const struct ps_field *f, const u8 *p, unsigned i)
{
	p += f->offset + i * f->size;
	switch (f->size) {
	case 1: return p[0];
	case 2: return (u64)(p[0] | p[1] << 8);
	case 4: {
		u64 v = (u64)p[0] | (u64)p[1] << 8 | (u64)p[2] << 16 | (u64)p[3] << 24;

		return f->form == FIELD_PAGE ? v & ~0xfffull : v;
	}
	default: {
		u64 v = 0;

		for (int b = 7; b >= 0; b--)
			v = v << 8 | p[b];
		return v;
	}
	}
}

/* How many elements a sequence has in the payload p; 1 of other fields. */
static inline unsigned ps_field_count(const struct ps_field *f, const u8 *p)
{
	return f->form == FIELD_SEQUENCE ? p[f->arg] : 1;
}
/* Bytes of the payload p before its strings. */
static inline unsigned ps_kind_bytes(const struct ps_kind *k, const u8 *p)
{
	return k->sequence ? k->fixed + p[k->sequence->arg] * k->sequence->size : k->fixed;
}

/* String number n of the event of this kind whose payload is p. */
const char *ps_field_string(const struct ps_kind *k, const u8 *p, unsigned n);

#endif

/* SPDX-License-Identifier: MIT */
/* header.c - what the machine was and how the trace ended, as JSON; see header.h. */
#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

/* The bits set in a field of this meaning, by their names. */
struct flag_names {
	json_t *array;
	const char *meaning;
	u32 flags;
};

static void add_flag(void *ctx, const char *meaning, u32 value, const char *text)
{
	struct flag_names *n = ctx;

	if (!strcmp(meaning, n->meaning) && (n->flags & value))
		json_array_append_new(n->array, json_text(text));
}

static json_t *flags_json(const char *meaning, u32 flags)
{
	struct flag_names names = { json_array(), meaning, flags };

	ps_values_each(add_flag, &names);
	return names.array;
}

/* The ranges of addresses that the kernel named. */
static json_t *regions_json(const struct facts *f)
{
	json_t *regions = json_array();

	for (unsigned n = 0; n < f->nr_regions; n++) {
		const struct region *r = &f->region[n];

		json_array_append_new(
			regions, json_pack("{s:o,s:I,s:I,s:s}", "name", json_text(r->name), "start",
					   (json_int_t)r->start, "end", (json_int_t)r->end, "kind",
					   ps_value_text("region_kind", r->kind)));
	}
	return regions;
}

json_t *machine_json(const struct facts *f)
{
	const struct ps_ev_trace_info *i = &f->info;
	json_t *m = json_object(), *levels = json_array();

	for (unsigned n = 0; n < i->levels; n++)
		json_array_append_new(levels, json_integer(10));
	json_object_set_new(m, "arch", json_string("i386"));
	json_object_set_new(m, "page_size", json_integer(4096));
	json_object_set_new(m, "levels", levels);
	json_object_set_new(m, "frames", json_integer(i->nr_pages));
	json_object_set_new(m, "max_low_pfn", json_integer(i->max_low_pfn));
	json_object_set_new(m, "ram_bytes", json_integer((json_int_t)f->ram_bytes));
	json_object_set_new(m, "build_id", json_text(f->build_id ? f->build_id : ""));
	json_object_set_new(m, "cmdline", json_text(f->cmdline ? f->cmdline : ""));
	json_object_set_new(m, "flags", flags_json("run_flags", i->flags));
	json_object_set_new(m, "kind", flags_json("machine", i->machine));
	json_object_set_new(m, "entry_bytes", json_integer(i->entry_bytes));
	json_object_set_new(m, "orders", json_integer(i->max_order));
	json_object_set_new(m, "recursive_slot",
			    i->recursive_slot < 1024 ? json_integer(i->recursive_slot)
						     : json_null());
	json_object_set_new(m, "regions", regions_json(f));
	json_object_set_new(m, "seed", json_integer(i->seed));
	return m;
}

json_t *layout_json(const struct facts *f, bool hex)
{
	const struct ps_ev_trace_info *i = &f->info;
	const struct {
		const char *name;
		u32 value;
	} rows[] = {
		{ "page_offset", i->page_offset },
		{ "high_memory", i->high_memory },
		{ "vmalloc_start", i->vmalloc_start },
		{ "vmalloc_end", i->vmalloc_end },
		{ "pkmap_base", i->pkmap_base },
		{ "fixaddr_start", i->fixaddr_start },
		{ "fixaddr_top", i->fixaddr_top },
		{ "swapper_pg_dir", i->swapper_pg_dir },
		{ "mem_map", i->mem_map },
		{ "kernel_start", i->kernel_start },
		{ "kernel_end", i->kernel_end },
	};
	json_t *l = json_object();

	for (unsigned n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		json_object_set_new(l, rows[n].name,
				    hex ? json_hex(rows[n].value) : json_integer(rows[n].value));
	return l;
}

static json_t *zones_json(const struct facts *f)
{
	json_t *zones = json_array();

	for (unsigned z = 0; z < PS_MAX_ZONES; z++) {
		const struct ps_ev_mm_setup_per_zone_wmarks *w = &f->zone[z];

		if (!f->has_zone[z])
			continue;
		json_array_append_new(
			zones,
			json_pack("{s:i,s:o,s:I,s:I,s:I,s:I,s:I}", "id", z, "name",
				  json_text(f->zone_name[z]), "start_pfn", (json_int_t)w->start_pfn,
				  "spanned_pages", (json_int_t)w->spanned_pages, "min",
				  (json_int_t)w->watermark_min, "low", (json_int_t)w->watermark_low,
				  "high", (json_int_t)w->watermark_high));
	}
	return zones;
}

static json_t *kinds_json(void)
{
	json_t *kinds = json_array();

	for (unsigned id = 1; id < 255; id++) {
		const struct ps_kind *k = &ps_kinds[id];
		json_t *fields;

		if (!k->id)
			continue;
		fields = json_array();
		for (unsigned n = 0; n < k->nr_fields; n++) {
			const struct ps_field *fi = &k->fields[n];
			json_t *o = json_pack("{s:s,s:s,s:s}", "name", fi->name, "meaning",
					      fi->meaning, "text", fi->text);

			if (fi->col)
				json_object_set_new(o, "col", json_stringn(&fi->col, 1));
			if (fi->form == FIELD_SEQUENCE)
				json_object_set_new(o, "count", json_string(fi->of));
			json_array_append_new(fields, o);
		}
		json_array_append_new(kinds,
				      json_pack("{s:i,s:s,s:s,s:s,s:s,s:o}", "id", id, "name",
						k->name, "group", k->group, "class", k->class_name,
						"text", k->text, "fields", fields));
	}
	return kinds;
}

static void add_value(void *ctx, const char *meaning, u32 value, const char *text)
{
	json_t *values = ctx, *table = json_object_get(values, meaning);
	char key[16];

	if (!table) {
		table = json_object();
		json_object_set_new(values, meaning, table);
	}
	*ps_decimal(key, value) = '\0';
	json_object_set_new(table, key, json_text(text));
}

/* How to run the same thing again: the emulator's command, the hashes, and what to tell
 * `make at`. */
static json_t *replay_json(const struct facts *f, const char *rerun)
{
	json_t *replay = json_object(), *files = json_object(), *cmd = json_array();
	static const char *const bochs[] = { "bochs", "-q", "-f", "bochsrc", "-rc", "stop.rc" };
	char *copy = ps_strdup(f->hashes ? f->hashes : ""), *save = NULL;

	for (unsigned i = 0; facts_sba(f) && i < sizeof(bochs) / sizeof(bochs[0]); i++)
		json_array_append_new(cmd, json_string(bochs[i]));
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(w, '=');

		if (!eq)
			continue;
		*eq = '\0';
		json_object_set_new(files, w, json_text(eq + 1));
	}
	free(copy);
	json_object_set_new(replay, "cmd", cmd);
	if (f->emulator)
		json_object_set_new(replay, "emulator", json_text(f->emulator));
	json_object_set_new(replay, "files", files);
	if (rerun)
		json_object_set_new(replay, "rerun", json_text(rerun));
	return replay;
}

json_t *header_json(const struct facts *f, u64 rows, u64 t0, u64 t1, const char *rerun)
{
	json_t *h = json_object(), *values = json_object();

	ps_values_each(add_value, values);
	json_object_set_new(h, "rec", json_string("header"));
	json_object_set_new(h, "format", json_string("pagescope"));
	json_object_set_new(h, "version", json_integer(2));
	json_object_set_new(h, "schema", json_hex(ps_schema_id));
	json_object_set_new(h, "machine", machine_json(f));
	json_object_set_new(h, "layout", layout_json(f, false));
	json_object_set_new(h, "clock",
			    json_pack("{s:s,s:I,s:b}", "unit", "tick", "hz",
				      (json_int_t)facts_hz(f), "sba", facts_sba(f)));
	json_object_set_new(h, "zones", zones_json(f));
	json_object_set_new(h, "kinds", kinds_json());
	json_object_set_new(h, "values", values);
	json_object_set_new(h, "replay", replay_json(f, rerun));
	json_object_set_new(h, "events", json_integer((json_int_t)rows));
	json_object_set_new(h, "t0", json_integer((json_int_t)t0));
	json_object_set_new(h, "t1", json_integer((json_int_t)t1));
	return h;
}

json_t *end_json(const struct capture *c, unsigned session, const struct facts *f, u64 rows, u64 t1)
{
	const struct session *s = &c->session[session];
	json_t *e = json_object(), *skipped = json_array();
	const char *why, *verdict = facts_verdict(f, c, session, &why);

	for (u64 i = 0; i < c->nr_skipped && i < 1000; i++)
		json_array_append_new(skipped, json_pack("[I,I]", (json_int_t)c->skipped[i].from,
							 (json_int_t)c->skipped[i].to));
	json_object_set_new(e, "rec", json_string("end"));
	json_object_set_new(e, "n", json_integer((json_int_t)rows));
	json_object_set_new(e, "t", json_integer((json_int_t)t1));
	json_object_set_new(e, "lost", json_integer((json_int_t)session_lost(s)));
	json_object_set_new(e, "lost_packets", json_integer((json_int_t)s->lost_packets));
	json_object_set_new(e, "clean", json_boolean(capture_complete(c)));
	json_object_set_new(e, "bytes_in", json_integer((json_int_t)c->in.size));
	json_object_set_new(e, "bytes_good", json_integer((json_int_t)c->bytes_good));
	json_object_set_new(e, "bytes_skipped", json_integer((json_int_t)c->bytes_skipped));
	json_object_set_new(e, "skipped", skipped);
	json_object_set_new(e, "packets", json_integer((json_int_t)c->packets));
	json_object_set_new(e, "bad_packets",
			    json_integer((json_int_t)(c->bad_packets + c->malformed + c->foreign)));
	json_object_set_new(e, "duplicates", json_integer((json_int_t)c->duplicates));
	json_object_set_new(e, "truncated", json_boolean(c->truncated));
	json_object_set_new(e, "sessions", json_integer(c->nr_sessions));
	json_object_set_new(e, "session", json_integer(session + 1));
	json_object_set_new(e, "verdict", json_string(verdict));
	json_object_set_new(e, "why", json_string(why));
	return e;
}

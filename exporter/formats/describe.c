/* SPDX-License-Identifier: MIT */
/* describe.c - schema and documentation generated from events.def; see describe.h. */
#include "formats/describe.h"
#include "base/json.h"
#include "capture/kinds.h"
#include "model/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the schema ---- */

static json_t *ref(const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

static json_t *array_of(json_t *items)
{
	return json_pack("{s:s,s:o}", "type", "array", "items", items);
}

/* An object that must have the properties named in `required`, space separated. */
static json_t *object(json_t *properties, const char *required)
{
	json_t *o = json_pack("{s:s,s:o}", "type", "object", "properties", properties);
	json_t *list = json_array();
	const char *p = required;

	while (*p) {
		size_t n = strcspn(p, " ");

		json_array_append_new(list, json_stringn(p, n));
		p += n + (p[n] == ' ');
	}
	json_object_set_new(o, "required", list);
	return o;
}

static json_t *constant(const char *value)
{
	return json_pack("{s:s}", "const", value);
}

/* {"name":ref,...} from "name:def name:def ..."; "[]def" is an array. */
static json_t *properties(const char *spec)
{
	json_t *o = json_object();
	const char *p = spec;

	while (*p) {
		size_t name = strcspn(p, ":"), def = strcspn(p + name + 1, " ");
		char key[64], type[64];
		bool array;

		snprintf(key, sizeof(key), "%.*s", (int)name, p);
		array = p[name + 1] == '[';
		snprintf(type, sizeof(type), "%.*s", (int)(def - 2 * array),
			 p + name + 1 + 2 * array);
		json_object_set_new(o, key, array ? array_of(ref(type)) : ref(type));
		p += name + 1 + def;
		p += *p == ' ';
	}
	return o;
}

static json_t *record(const char *name, const char *spec, const char *required)
{
	json_t *p = properties(spec);

	json_object_set_new(p, "rec", constant(name));
	return object(p, required);
}

static json_t *field_schema(const struct ps_field *f)
{
	const char *type = f->size == 1   ? "u8"
			   : f->size == 2 ? "u16"
			   : f->size == 4 ? "u32"
					  : "uint";

	if (!f->size)
		return ref("string");
	if (f->form == FIELD_SEQUENCE)
		return json_pack("{s:s,s:o}", "type", "array", "items", ref(type));
	return ref(type);
}

/* If k is this kind's id, its fields must be there. */
static json_t *kind_rule(const struct ps_kind *k)
{
	json_t *p = json_object(), *required = json_array(), *then;

	for (unsigned i = 0; i < k->nr_fields; i++) {
		json_object_set_new(p, k->fields[i].name, field_schema(&k->fields[i]));
		json_array_append_new(required, json_string(k->fields[i].name));
	}
	json_object_set_new(p, "rec", constant(k->class_name));
	then = json_pack("{s:o,s:o}", "properties", p, "required", required);
	return json_pack("{s:s,s:{s:{s:{s:i}}},s:o}", "title", k->name, "if", "properties", "k",
			 "const", k->id, "then", then);
}

static json_t *event_record(void)
{
	json_t *o = object(properties("i:uint t:uint k:u8"), "rec i t k"), *rules = json_array();

	for (unsigned id = 1; id < 255; id++)
		if (ps_kinds[id].id && ps_kinds[id].class != PS_CLASS_ev)
			json_array_append_new(rules, kind_rule(&ps_kinds[id]));
	json_object_set_new(o, "allOf", rules);
	return o;
}

static json_t *header_record(void)
{
	json_t *h = record(
		"header",
		"format:string version:uint schema:hex machine:machine layout:layout "
		"clock:clock zones:[]zone kinds:[]kind values:values replay:replay "
		"events:uint t0:uint t1:uint",
		"rec format version schema machine layout clock zones kinds values replay events "
		"t0 t1");

	json_object_set_new(json_object_get(h, "properties"), "format", constant("pagescope"));
	return h;
}

static json_t *integer(json_int_t maximum)
{
	return json_pack("{s:s,s:i,s:I}", "type", "integer", "minimum", 0, "maximum", maximum);
}

static json_t *strings_by_name(void)
{
	return json_pack("{s:s,s:o}", "type", "object", "additionalProperties", ref("string"));
}

static void add_basic_defs(json_t *d)
{
	json_object_set_new(d, "uint", integer((1ll << 53) - 1));
	json_object_set_new(d, "u32", integer(0xffffffffll));
	json_object_set_new(d, "u16", integer(0xffff));
	json_object_set_new(d, "u8", integer(0xff));
	json_object_set_new(d, "string", json_pack("{s:s}", "type", "string"));
	json_object_set_new(d, "bool", json_pack("{s:s}", "type", "boolean"));
	json_object_set_new(d, "hex",
			    json_pack("{s:s,s:s}", "type", "string", "pattern", "^0x[0-9a-f]{8}$"));
	json_object_set_new(d, "column",
			    json_pack("{s:[o,o],s:s}", "anyOf", ref("u32"), array_of(ref("u32")),
				      "description",
				      "one integer for all rows, or one a row; absent: 0"));
	json_object_set_new(d, "range",
			    json_pack("{s:s,s:o,s:i,s:i}", "type", "array", "items", ref("uint"),
				      "minItems", 2, "maxItems", 2));
	json_object_set_new(d, "columns",
			    json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
				      json_pack("{s:s}", "type", "array")));
}

static json_t *or_null(const char *name)
{
	return json_pack("{s:[o,{s:s}]}", "anyOf", ref(name), "type", "null");
}

/* What the record "ended" is made of; exporter/commands/why.c. */
static void add_ending_defs(json_t *d)
{
	json_object_set_new(d, "hex_or_null", or_null("hex"));
	json_object_set_new(d, "uint_or_null", or_null("uint"));
	json_object_set_new(d, "string_or_null", or_null("string"));
	json_object_set_new(d, "walk_entry",
			    object(properties("level:u8 index:u16 entry_pa:hex entry:hex "
					      "flags:string told:bool stored:bool events:[]uint "
					      "event:uint_or_null from:uint_or_null "
					      "tick:uint_or_null site:hex_or_null "
					      "by:string_or_null"),
				   "level index entry_pa entry flags told stored events event from "
				   "tick site by"));
	json_object_set_new(d, "exception",
			    object(properties("vector:u8 name:string ip:hex function:string "
					      "cr2:hex_or_null first:uint last:uint nr:uint"),
				   "vector name ip function cr2 first last nr"));
}

static json_t *ended_record(void)
{
	return record("ended",
		      "how:string tick:uint fault_tick:uint fault_event:uint cause:string "
		      "text:[]string eip:hex cr2:hex cr3:hex "
		      "doing:string_or_null addr:hex_or_null ip:hex function:string fails:string "
		      "walk:[]walk_entry code:[]walk_entry exceptions:[]exception "
		      "lacks_history:bool",
		      "rec how tick fault_tick fault_event cause text eip cr2 cr3 doing addr ip "
		      "function fails walk code exceptions lacks_history");
}

static void add_header_defs(json_t *d)
{
	json_object_set_new(d, "machine",
			    object(properties("arch:string page_size:uint levels:[]uint "
					      "frames:uint max_low_pfn:uint ram_bytes:uint "
					      "build_id:string cmdline:string "
					      "flags:[]string seed:u32 kind:[]string "
					      "entry_bytes:u8 orders:u8 regions:[]region"),
				   "arch page_size levels frames max_low_pfn ram_bytes build_id "
				   "cmdline flags seed kind entry_bytes orders regions"));
	json_object_set_new(d, "region",
			    object(properties("name:string start:uint end:uint kind:string"),
				   "name start end kind"));
	json_object_set_new(
		d, "layout",
		object(properties("page_offset:u32 high_memory:u32 "
				  "vmalloc_start:u32 vmalloc_end:u32 pkmap_base:u32 "
				  "fixaddr_start:u32 fixaddr_top:u32 "
				  "swapper_pg_dir:u32 mem_map:u32 kernel_start:u32 kernel_end:u32"),
		       "page_offset "
		       "high_memory vmalloc_start vmalloc_end pkmap_base fixaddr_start fixaddr_top "
		       "swapper_pg_dir mem_map kernel_start kernel_end"));
	json_object_set_new(d, "clock",
			    object(properties("unit:string hz:uint sba:bool"), "unit hz sba"));
	json_object_set_new(d, "zone",
			    object(properties("id:u8 name:string start_pfn:u32 "
					      "spanned_pages:u32 min:u32 low:u32 high:u32"),
				   "id name start_pfn spanned_pages min low high"));
	json_object_set_new(d, "field",
			    object(properties("name:string meaning:string text:string "
					      "col:string count:string"),
				   "name meaning text"));
	json_object_set_new(d, "kind",
			    object(properties("id:u8 name:string group:string class:string "
					      "text:string fields:[]field"),
				   "id name group class text fields"));
	json_object_set_new(d, "values",
			    json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
				      strings_by_name()));
	json_object_set_new(d, "strings", strings_by_name());
	json_object_set_new(
		d, "replay",
		object(properties("cmd:[]string emulator:string files:strings rerun:string"),
		       "cmd files"));
}

static json_t *ev_record(void)
{
	return record(
		"ev",
		"i:uint n:uint t0:uint dt:[]uint k:column z:column o:column a:column b:column "
		"c:column d:column e:column f:column s:column",
		"rec i n t0 dt k");
}

void describe_schema(struct out *o)
{
	static const char *const event_classes[] = { "obj", "mark", "check" };
	json_t *d = json_object(), *rules = json_array(), *all;
	char *text;
	const struct {
		const char *name;
		json_t *schema;
	} records[] = {
		{ "header", header_record() },
		{ "sites", record("sites",
				  "from:uint addr:[]u32 func:[]string file:[]string line:[]u32 "
				  "inlined:[]string",
				  "rec from addr func file line") },
		{ "symbols",
		  record("symbols", "addr:[]u32 size:[]u32 name:[]string", "rec addr size name") },
		{ "key",
		  record("key",
			 "i:uint t:uint src:string cr3:u32 frames:columns free:columns "
			 "pde:columns pte:columns unknown:columns areas:columns refs:columns",
			 "rec i t src") },
		{ "ev", ev_record() },
		{ "gap", record("gap", "i:uint lost:uint", "rec i lost") },
		{ "violation",
		  record("violation", "i:uint t:uint rule:string severity:string text:string",
			 "rec i t rule severity text") },
		{ "ended", ended_record() },
		{ "end",
		  record("end",
			 "n:uint t:uint lost:uint lost_packets:uint clean:bool bytes_in:uint "
			 "bytes_good:uint bytes_skipped:uint skipped:[]range packets:uint "
			 "bad_packets:uint duplicates:uint truncated:bool "
			 "sessions:uint session:uint "
			 "verdict:string why:string",
			 "rec n t lost clean bytes_in bytes_skipped "
			 "packets bad_packets verdict") },
		{ "event", event_record() },
	};

	add_basic_defs(d);
	add_header_defs(d);
	add_ending_defs(d);
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		json_object_set_new(d, records[i].name, records[i].schema);
		if (strcmp(records[i].name, "event"))
			json_array_append_new(rules,
					      json_pack("{s:{s:{s:o}},s:o}", "if", "properties",
							"rec", constant(records[i].name), "then",
							ref(records[i].name)));
	}
	for (unsigned i = 0; i < 3; i++)
		json_array_append_new(rules,
				      json_pack("{s:{s:{s:o}},s:o}", "if", "properties", "rec",
						constant(event_classes[i]), "then", ref("event")));
	all = json_pack("{s:s,s:s,s:s,s:s,s:s,s:[s],s:{s:o},s:o,s:o}", "$schema",
			"https://json-schema.org/draft/2020-12/schema", "$id",
			"pagescope.schema.json", "title",
			"one line of a pagescope trace, version 1", "description",
			"Made from include/pagescope/events.def by `pagescope metadata "
			"--format=schema`. Ignore unknown kinds of records and columns.",
			"type", "object", "required", "rec", "properties", "rec", ref("string"),
			"allOf", rules, "$defs", d);
	text = json_dumps(all, JSON_INDENT(1));
	if (!text)
		ps_die(PS_EXIT_DATA, "out of memory");
	out_puts(o, text);
	out_write(o, "\n", 1);
	free(text);
	json_decref(all);
}

/* ---- the documentation ---- */

static void put_event_row(struct out *o, const struct ps_kind *k)
{
	unsigned bytes = PS_EVENT_HEADER + k->fixed;

	out_printf(o, "| %u | `%s` | %s | ", k->id, k->name, k->class_name);
	for (unsigned i = 0; i < k->nr_fields; i++) {
		const struct ps_field *f = &k->fields[i];

		out_printf(o, "%s%s", i ? ", " : "", f->name);
		if (!f->size)
			out_puts(o, " string");
		else if (f->form == FIELD_PAGE)
			out_printf(o, " = page of %s", f->of);
		else if (f->form == FIELD_SEQUENCE)
			out_printf(o, " u%u[%s]", f->size * 8, f->of);
		else
			out_printf(o, " u%u", f->size * 8);
		if (f->col)
			out_printf(o, " (%c)", f->col);
	}
	out_printf(o, " | %u%s | %s |\n", bytes, k->nr_strings || k->sequence ? "+" : "", k->text);
}

void describe_markdown(struct out *o)
{
	for (unsigned g = 0; g < PS_NR_GROUPS; g++) {
		out_printf(
			o,
			"### %s\n\n"
			"| id | event | class | fields (column of the JSON) | bytes | in words |\n"
			"|---|---|---|---|---|---|\n",
			ps_group_names[g]);
		for (unsigned id = 1; id < 255; id++)
			if (ps_kinds[id].id && ps_kinds[id].group_id == g)
				put_event_row(o, &ps_kinds[id]);
		out_puts(o, "\n");
	}
	out_puts(
		o,
		"### rules of `pagescope check`\n\n| rule | severity | meaning |\n|---|---|---|\n");
	for (unsigned r = 0; r < NR_RULES; r++)
		out_printf(o, "| `%s` | %s | %s |\n", ps_rules[r].name,
			   severity_names[ps_rules[r].severity], ps_rules[r].text);
}

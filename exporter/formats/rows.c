/* SPDX-License-Identifier: MIT */
/* rows.c - one JSON object an event: for jq, grep and other line tools. */
#include "capture/facts.h"
#include "base/json.h"
#include "formats/export.h"
#include "formats/symbols.h"

#include <stdlib.h>
#include <string.h>

/* Everything of a line that does not change, ready to copy. */
struct row_text {
	char *name;
	char **key;
};

static struct row_text *make_texts(void)
{
	struct row_text *t = ps_alloc(256 * sizeof(*t));

	for (unsigned id = 1; id < 255; id++) {
		const struct ps_kind *k = &ps_kinds[id];

		if (!k->id)
			continue;
		t[id].name = ps_format(",\"event\":\"%s\"", k->name);
		t[id].key = ps_alloc(k->nr_fields * sizeof(char *));
		for (unsigned i = 0; i < k->nr_fields; i++)
			t[id].key[i] = ps_format(",\"%s\":", k->fields[i].name);
	}
	return t;
}

static void free_texts(struct row_text *t)
{
	for (unsigned id = 1; id < 255; id++) {
		for (unsigned i = 0; t[id].key && i < ps_kinds[id].nr_fields; i++)
			free(t[id].key[i]);
		free(t[id].key);
		free(t[id].name);
	}
	free(t);
}

static void put_u64(struct out *o, u64 n)
{
	char buf[24];

	out_write(o, buf, (size_t)(ps_decimal(buf, n) - buf));
}

static void put_field(struct out *o, const struct ps_kind *k, const struct ps_field *f, const u8 *p)
{
	if (!f->size) {
		json_quote(o, ps_field_string(k, p, f->offset));
		return;
	}
	if (f->form != FIELD_SEQUENCE) {
		put_u64(o, ps_field_get(f, p, 0));
		return;
	}
	out_write(o, "[", 1);
	for (unsigned i = 0; i < ps_field_count(f, p); i++) {
		if (i)
			out_write(o, ",", 1);
		put_u64(o, ps_field_get(f, p, i));
	}
	out_write(o, "]", 1);
}

/* The site's symbol, if known: "func" and, with a line, "at". */
static void put_symbol(struct out *o, struct symbols *symbols, u32 site, u64 t)
{
	struct symbol s = symbols_site(symbols, site, t);

	if (!s.func[0])
		return;
	out_puts(o, ",\"func\":");
	json_quote(o, s.func);
	if (s.file[0]) {
		char *at = ps_format("%s:%u", s.file, s.line);

		out_puts(o, ",\"at\":");
		json_quote(o, at);
		free(at);
	}
}

static void put_event(struct out *o, const struct row_text *text, const struct event *ev,
		      struct symbols *symbols)
{
	const struct ps_kind *k = &ps_kinds[ev->id];

	out_write(o, "{\"i\":", 5);
	put_u64(o, ev->i);
	out_write(o, ",\"t\":", 5);
	put_u64(o, ev->t);
	out_puts(o, text[ev->id].name);
	for (unsigned i = 0; i < k->nr_fields; i++) {
		out_puts(o, text[ev->id].key[i]);
		put_field(o, k, &k->fields[i], ev->p);
		if (symbols && !strcmp(k->fields[i].meaning, "site"))
			put_symbol(o, symbols, (u32)ps_field_get(&k->fields[i], ev->p, 0), ev->t);
	}
	out_write(o, "}\n", 2);
}

void export_events(const struct export *x)
{
	struct row_text *text = make_texts();
	struct out *o = out_open(x->out, false);
	struct symbols *symbols = NULL;
	struct events e;
	struct event ev;
	struct facts f;

	facts_collect(&f, x->c, x->session);
	symbols = symbols_of(x->symbols, x->modules, x->c->in.name, &f);
	events_begin(&e, x->c, x->session);
	while (events_next(&e, &ev) && ev.t <= x->to)
		if (ev.t >= x->from && x->wanted[ev.id])
			put_event(o, text, &ev, symbols);
	out_close(o);
	symbols_close(symbols);
	facts_free(&f);
	free_texts(text);
}

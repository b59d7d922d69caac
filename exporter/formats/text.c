/* SPDX-License-Identifier: MIT */
/* text.c - see text.h. */
#include "formats/text.h"
#include "model/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool shown_in_hex(const char *meaning)
{
	static const char *const hex[] = { "pfn",  "addr", "pa",   "entry",   "ip",
					   "site", "gfp",  "hash", "errcode", "run_flags" };

	for (unsigned i = 0; i < sizeof(hex) / sizeof(hex[0]); i++)
		if (!strcmp(meaning, hex[i]))
			return true;
	return false;
}

/* snprintf at a moving end that never overruns. */
#define ADD(...) \
	do { \
		if (at < size) \
			at += (unsigned)snprintf(buf + at, size - at, __VA_ARGS__); \
	} while (0)

void event_text(const struct event *ev, char *buf, unsigned size)
{
	event_text_named(ev, NULL, buf, size);
}

void event_text_named(const struct event *ev, struct symbols *symbols, char *buf, unsigned size)
{
	const struct ps_kind *k = &ps_kinds[ev->id];
	unsigned at = 0;

	ADD("%s", k->name);
	for (unsigned i = 0; i < k->nr_fields; i++) {
		const struct ps_field *f = &k->fields[i];
		const char *text;

		ADD(" %s=", f->name);
		if (!f->size) {
			ADD("\"%s\"", ps_field_string(k, ev->p, f->offset));
			continue;
		}
		for (unsigned n = 0; n < ps_field_count(f, ev->p); n++) {
			u64 v = ps_field_get(f, ev->p, n);

			ADD(n ? "," : "");
			if (shown_in_hex(f->meaning))
				ADD("0x%" PRIx64, v);
			else
				ADD("%" PRIu64, v);
			if (!strcmp(f->meaning, "site") &&
			    *symbols_site(symbols, (u32)v, ev->t).func)
				ADD(" in %s", site_text(symbols, (u32)v, ev->t));
			if (f->form != FIELD_SEQUENCE && (text = ps_value_text(f->meaning, (u32)v)))
				ADD("(%s)", text);
		}
	}
}

const char *site_text(struct symbols *symbols, u32 site, u64 t)
{
	static char ring[4][256];
	static unsigned next;
	char *buf = ring[next++ % 4];
	struct symbol s = symbols_site(symbols, site, t);

	if (s.func[0] && s.file[0])
		snprintf(buf, sizeof(ring[0]), "%s (%s:%u)%s%s", s.func, s.file, s.line,
			 s.inlined[0] ? ", inlined into " : "", s.inlined);
	else if (s.func[0])
		snprintf(buf, sizeof(ring[0]), "%s", s.func);
	else
		snprintf(buf, sizeof(ring[0]), "0x%08x", site);
	return buf;
}

const char *entry_flags(u32 entry)
{
	static char ring[4][64];
	static unsigned next;
	char *buf = ring[next++ % 4];

	snprintf(buf, sizeof(ring[0]), "%s %s %s%s%s%s%s%s%s", entry & PTE_PRESENT ? "P" : "-",
		 entry & 2 ? "RW" : "RO", entry & 4 ? "US" : "SU", entry & 8 ? " PWT" : "",
		 entry & 0x10 ? " PCD" : "", entry & 0x20 ? " A" : "", entry & 0x40 ? " D" : "",
		 entry & PTE_LARGE ? " PSE" : "", entry & 0x100 ? " G" : "");
	return buf;
}

/* SPDX-License-Identifier: MIT */
/* json.h - the exports that are JSON: columnar lines, an object an event, HTML. */
#ifndef EXPORTER_JSON_H
#define EXPORTER_JSON_H

#include "capture/capture.h"
#include "base/out.h"
#include "formats/symbols.h"

#include <jansson.h>

struct export
{
	struct capture *c;
	unsigned session;
	const char *out;     /* path or "-" */
	const char *symbols; /* ELF or NULL */
	const char *modules; /* where modules' objects are, or NULL */
	const char *viewer;  /* viewer.html, for html */
	bool wanted[256];    /* events asked for; all true without -e */
	bool all;            /* no -e was given */
	bool sliced;         /* --from or --to was given */
	u64 from, to;        /* ticks, inclusive */
	bool check;          /* add violation records */
};

/* columnar JSON Lines, docs/json.md */
void export_jsonl(const struct export *x);
/* one JSON object an event */
void export_events(const struct export *x);
/* the viewer carrying the trace */
void export_html(const struct export *x);
/* Chrome trace events, for Perfetto */
void export_perfetto(const struct export *x);

/* A json_t string; bytes that are not UTF-8 become U+FFFD. */
json_t *json_text(const char *s);
/* Writes a value compactly. */
void json_write(struct out *o, const json_t *value);
/* Writes s quoted and escaped. */
void json_quote(struct out *o, const char *s);

#endif

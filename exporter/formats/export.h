/* SPDX-License-Identifier: MIT */
/* export.h - what an export is of, and the formats it can have. */
#ifndef EXPORTER_EXPORT_H
#define EXPORTER_EXPORT_H

#include "base/json.h"
#include "capture/capture.h"

struct export
{
	struct capture *c;
	unsigned session;
	const char *out;     /* path or "-" */
	const char *symbols; /* ELF or NULL */
	const char *modules; /* where modules' objects are, or NULL */
	const char *rerun;   /* variables by which `make at` finds the run again, or NULL */
	const char *viewer;  /* viewer.html, for html; NULL: this program's own */
	bool wanted[256];    /* events asked for; all true without -e */
	bool all;            /* no -e was given */
	bool sliced;         /* --from or --to was given */
	u64 from, to;        /* ticks, inclusive */
	bool check;          /* add violation records */
	json_t *(*ended)(const struct export *x); /* the record "ended", or NULL */
};

/* Columnar JSON Lines, docs/json.md. */
void export_jsonl(const struct export *x);
/* One JSON object an event. */
void export_events(const struct export *x);
/* The viewer carrying the trace. */
void export_html(const struct export *x);
/* Chrome trace events, for Perfetto. */
void export_perfetto(const struct export *x);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * slice.h - what an export needs the replay for: the state at the start of a
 * slice (`key` records) and, with --check, the violations found on the way.
 */
#ifndef EXPORTER_SLICE_H
#define EXPORTER_SLICE_H

#include "capture/facts.h"
#include "base/json.h"
#include "formats/export.h"

struct model;

struct queued {
	json_t *record;
	struct queued *next;
};

struct slice {
	const struct export *x;
	struct model *model;          /* NULL if no replay is needed */
	bool begun;                   /* the slice's first event was reached */
	struct queued *first, **last; /* violations to be written */
	u64 row;
};

/* The tick at which a slice can begin: --from, or just after the split under way. */
u64 slice_start(const struct export *x);
/* Counts the rows an export with --from, --to or -e will have, and their span. */
void slice_measure(const struct export *x, u64 *rows, u64 *t0, u64 *t1);
void slice_begin(struct slice *s, const struct export *x);
/* A record to write before event ev, which would be row `row`; NULL: none. */
json_t *slice_before(struct slice *s, const struct event *ev, u64 row);
/* Records to write after it, until NULL. */
json_t *slice_after(struct slice *s, const struct event *ev);
void slice_end(struct slice *s);
/* The key of an empty machine. */
json_t *slice_initial_key(u64 t);

#endif

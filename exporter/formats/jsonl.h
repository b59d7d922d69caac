/* SPDX-License-Identifier: MIT */
/*
 * jsonl.h - writing the columnar lines of docs/json.md, wherever they go.
 *
 * html.c wants the same lines in pieces, so the writer tells after each line;
 * the receiver may then replace `o`.
 */
#ifndef EXPORTER_JSONL_H
#define EXPORTER_JSONL_H

#include "capture/facts.h"
#include "formats/export.h"
#include "base/out.h"

struct jsonl_sink {
	struct out *o;
	void (*line_done)(struct jsonl_sink *sink); /* or NULL */
};

/* The whole document: header, sites, key, ev, records, end. */
void jsonl_write(const struct export *x, struct jsonl_sink *sink);

#endif

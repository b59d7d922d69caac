/* SPDX-License-Identifier: MIT */
/* query.h - what `show` and `translate` are asked: of what, and at which moment; and the
 * state that answers `show`. */
#ifndef EXPORTER_QUERY_H
#define EXPORTER_QUERY_H

#include "formats/symbols.h"
#include "model/replay.h"

struct query {
	struct capture *c;
	unsigned session;
	struct moment at;
	const char *symbols; /* ELF or NULL */
	const char *modules; /* where modules' objects are, or NULL */
	bool json;           /* JSON instead of text */
	bool has_pgd;        /* in the directory `pgd`; else in the one of CR3 */
	u32 pgd;
};

/* The state at the moment asked for. */
struct state {
	struct model *model;
	struct symbols *symbols; /* NULL: call sites stay numbers */
	const struct table *pgd; /* the directory asked for; NULL: there is none */
};

#endif

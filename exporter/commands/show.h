/* SPDX-License-Identifier: MIT */
/* show.h - the state at a moment, as text in shapes known from Linux. */
#ifndef EXPORTER_SHOW_H
#define EXPORTER_SHOW_H

#include "commands/query.h"
#include "formats/symbols.h"

/* One thing that can be shown. */
struct view {
	const char *name, *text; /* text: what it is, for help */
	void (*print)(struct model *m, const struct query *q, struct symbols *symbols);
};
/* All of them; a row without a name ends. */
extern const struct view show_views[];

/* The view called so, or NULL. */
const struct view *show_find(const char *name);
/* Replays up to the moment and prints the view. */
void show_state(const struct view *v, const struct query *q);

#endif

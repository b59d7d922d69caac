/* SPDX-License-Identifier: MIT */
/* show.h - the state at a moment, as text in shapes known from Linux or as JSON. */
#ifndef EXPORTER_SHOW_H
#define EXPORTER_SHOW_H

#include "base/json.h"
#include "commands/query.h"

/* One thing that can be shown. */
struct view {
	const char *name, *text; /* text: what it is, for help */
	void (*print)(const struct state *s);
	json_t *(*json)(const struct state *s); /* a new object */
	bool of_pgd;                            /* needs a page directory */
	bool of_tables; /* page tables are all it needs: there are some of a watched guest */
};
/* All of them; a row without a name ends. */
extern const struct view show_views[];

/* The view called so, or NULL. */
const struct view *show_find(const char *name);
/* Replays up to the moment and prints the view, as JSON if q->json. */
void show_state(const struct view *v, const struct query *q);

#endif

/* SPDX-License-Identifier: MIT */
/* show.c - the table of views, and the replay up to the moment; see show.h. */
#include "commands/show.h"
#include "commands/show_json.h"
#include "commands/show_text.h"
#include "capture/facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct view show_views[] = {
	{ .name = "buddyinfo",
	  .text = "free blocks of each order",
	  .print = text_buddyinfo,
	  .json = json_buddyinfo },
	{ .name = "zoneinfo",
	  .text = "pages and watermarks of each zone",
	  .print = text_zoneinfo,
	  .json = json_zoneinfo },
	{ .name = "vmallocinfo",
	  .text = "areas, their callers, and what is left",
	  .print = text_vmallocinfo,
	  .json = json_vmallocinfo },
	{ .name = "layout",
	  .text = "ranges of the kernel's addresses",
	  .print = text_layout,
	  .json = json_layout,
	  .of_tables = true },
	{ .name = "pagetables",
	  .text = "runs of equal entries in a directory",
	  .print = text_pagetables,
	  .json = json_pagetables,
	  .of_tables = true,
	  .of_pgd = true },
	{ .name = "extfrag",
	  .text = "how much of the free memory is of use for each order",
	  .print = text_extfrag,
	  .json = json_extfrag },
	{ .name = "leaks", .text = "who holds memory", .print = text_leaks, .json = json_leaks },
	{ .name = "slabinfo",
	  .text = "objects and slabs of each cache",
	  .print = text_slabinfo,
	  .json = json_slabinfo },
	{ 0 }
};

const struct view *show_find(const char *name)
{
	for (const struct view *v = show_views; v->name; v++)
		if (!strcmp(name, v->name))
			return v;
	return NULL;
}

static void print_view(const struct view *v, const struct state *s, const struct event *last,
		       bool json)
{
	json_t *whole, *j;

	if (!json) {
		v->print(s);
		return;
	}
	whole = json_pack("{s:I,s:I}", "i", (json_int_t)last->i, "t", (json_int_t)last->t);
	j = v->json(s);
	json_object_update(whole, j);
	json_decref(j);
	json_print(whole);
}

void show_state(const struct view *v, const struct query *q)
{
	struct state s = { .model = ps_alloc(sizeof(*s.model)) };
	struct event last;
	struct facts f;
	u32 pgd;

	moment_check(&q->at, q->c, q->session);
	facts_collect(&f, q->c, q->session);
	s.symbols = symbols_of(q->symbols, q->modules, q->c->in.name, &f);
	if (facts_watched(&f) && !v->of_tables)
		ps_die(PS_EXIT_DATA,
		       "%s: of a guest that is watched only page tables are known; "
		       "use show pagetables or show layout",
		       q->c->in.name);
	replay_to(s.model, q->c, q->session, &q->at, &last);
	ps_note("state after event %s, tick %s", ps_thousands(last.i), ps_thousands(last.t));
	pgd = q->has_pgd ? q->pgd : s.model->cr3;
	s.pgd = model_pgd(s.model, pgd);
	if (v->of_tables && model_watched(s.model) && !q->has_pgd && !s.model->paging.on)
		ps_die(PS_EXIT_DATA, "paging is off at that moment: there are no page tables");
	if ((v->of_pgd || model_watched(s.model)) && !s.pgd)
		ps_die(PS_EXIT_DATA, "no page directory at 0x%x at that moment", pgd);
	print_view(v, &s, &last, q->json);
	symbols_close(s.symbols);
	facts_free(&f);
	model_free(s.model);
	free(s.model);
}

/* SPDX-License-Identifier: MIT */
/*
 * check.c - the report of a replay: violations, hazards, notes, the first
 * divergence.
 */
#include "commands/check.h"
#include "capture/facts.h"
#include "formats/text.h"
#include "base/json.h"
#include "model/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding {
	enum rule rule;
	u64 i, t;
	char *text, *event;
};

struct report {
	struct finding *finding;
	size_t nr, cap;
	u64 count[NR_RULES];
	u64 max;                                       /* findings kept of each rule */
	const struct event *ev;                        /* being applied; NULL at the end */
	struct symbols *symbols;                       /* or NULL */
	u64 probes[NR_MMU_AREAS], agree[NR_MMU_AREAS]; /* as the model counted them */
};

/* The rules' text, with the name of the call site that it ends with or tells by "at". */
static char *named(const struct report *r, enum rule rule, u64 t, const char *text)
{
	const char *at = rule == RULE_LEAK ? strstr(text, " at 0x") : NULL;
	u32 site = at ? (u32)strtoul(at + 4, NULL, 16) : 0;

	if (!site || !*symbols_site(r->symbols, site, t).func)
		return ps_strdup(text);
	return ps_format("%.*s in %s%s", (int)(at + 14 - text), text,
			 site_text(r->symbols, site, t), at + 14);
}

static void keep(void *ctx, enum rule rule, u64 i, u64 t, const char *text)
{
	struct report *r = ctx;
	char event[512] = "";

	if (r->count[rule]++ >= r->max)
		return;
	if (r->nr == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->finding = ps_realloc(r->finding, r->cap * sizeof(*r->finding));
	}
	if (r->ev && r->ev->i == i)
		event_text_named(r->ev, r->symbols, event, sizeof(event));
	r->finding[r->nr++] = (struct finding){ rule, i, t, named(r, rule, t, text),
						ps_strdup(event) };
}

static u64 count_of(const struct report *r, enum severity severity)
{
	u64 n = 0;

	for (unsigned rule = 0; rule < NR_RULES; rule++)
		if (ps_rules[rule].severity == severity)
			n += r->count[rule];
	return n;
}

/* The violation with the lowest event number. */
static const struct finding *first_violation(const struct report *r)
{
	const struct finding *best = NULL;

	for (size_t n = 0; n < r->nr; n++)
		if (ps_rules[r->finding[n].rule].severity == VIOLATION &&
		    (!best || r->finding[n].i < best->i))
			best = &r->finding[n];
	return best;
}

/* Snapshots in the trace, which all were compared. */
static u64 snapshots(const struct session *s)
{
	u64 n = 0;

	for (unsigned id = 1; id < 240; id++)
		if (ps_kinds[id].id && ps_kinds[id].class == PS_CLASS_check)
			n += s->by_id[id];
	return n;
}

static void print_agreement(const struct report *r)
{
	u64 probes = 0, agree = 0;
	const char *before = ":";

	for (unsigned a = 0; a < NR_MMU_AREAS; a++) {
		probes += r->probes[a];
		agree += r->agree[a];
	}
	if (!probes)
		return;
	printf("mmu       %s of %s probes agree", ps_thousands(agree), ps_thousands(probes));
	for (unsigned a = 0; a < NR_MMU_AREAS; a++) {
		if (!r->probes[a])
			continue;
		printf("%s %s %s of %s", before, mmu_area_names[a], ps_thousands(r->agree[a]),
		       ps_thousands(r->probes[a]));
		before = ",";
	}
	printf("\n");
}

static json_t *agreement_json(const struct report *r)
{
	json_t *areas = json_object();

	for (unsigned a = 0; a < NR_MMU_AREAS; a++)
		if (r->probes[a])
			json_object_set_new(areas, mmu_area_names[a],
					    json_pack("{s:I,s:I}", "probes",
						      (json_int_t)r->probes[a], "agree",
						      (json_int_t)r->agree[a]));
	return areas;
}

static void print_text(const struct report *r, const struct session *s)
{
	const struct finding *first = first_violation(r);
	u64 shown[NR_RULES] = { 0 };

	for (size_t n = 0; n < r->nr; n++) {
		const struct finding *f = &r->finding[n];
		const struct rule_info *rule = &ps_rules[f->rule];

		/* three of a kind are enough of what is no fault */
		if (rule->severity != VIOLATION && shown[f->rule]++ >= 3)
			continue;
		printf("%-9s %-18s event %s, tick %s: %s\n", severity_names[rule->severity],
		       rule->name, ps_thousands(f->i), ps_thousands(f->t), f->text);
		if (rule->severity == VIOLATION && *f->event)
			printf("          %s\n", f->event);
	}
	for (unsigned n = 0; n < NR_RULES; n++) {
		u64 most = ps_rules[n].severity == VIOLATION ? r->max : 3;

		if (r->count[n] > most)
			printf("%-9s %-18s %s in all: %s\n", severity_names[ps_rules[n].severity],
			       ps_rules[n].name, ps_thousands(r->count[n]), ps_rules[n].text);
	}
	if (first)
		printf("first     event %s, tick %s: %s: %s\n", ps_thousands(first->i),
		       ps_thousands(first->t), ps_rules[first->rule].name, first->text);
	printf("replayed  %s; %s of the kernel compared, %s of the MMU\n",
	       ps_count(s->events, "event"), ps_count(snapshots(s), "snapshot"),
	       ps_count(s->by_id[PS_ID_mmu_probe] + s->by_id[PS_ID_audit_state], "answer"));
	print_agreement(r);
	printf("found     %s, %s, %s\n", ps_count(count_of(r, VIOLATION), "violation"),
	       ps_count(count_of(r, HAZARD), "hazard"), ps_count(count_of(r, NOTE), "note"));
}

static json_t *to_json(const struct report *r, const struct session *s)
{
	json_t *j = json_object(), *list = json_array(), *counts = json_object();
	const struct finding *first = first_violation(r);

	for (size_t n = 0; n < r->nr; n++) {
		const struct finding *f = &r->finding[n];

		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:I,s:I,s:o,s:o}", "severity",
						severity_names[ps_rules[f->rule].severity], "rule",
						ps_rules[f->rule].name, "i", (json_int_t)f->i, "t",
						(json_int_t)f->t, "text", json_text(f->text),
						"event", json_text(f->event)));
	}
	for (unsigned n = 0; n < NR_RULES; n++)
		if (r->count[n])
			json_object_set_new(counts, ps_rules[n].name,
					    json_integer((json_int_t)r->count[n]));
	json_object_set_new(j, "events", json_integer((json_int_t)s->events));
	json_object_set_new(j, "snapshots", json_integer((json_int_t)snapshots(s)));
	json_object_set_new(j, "mmu_answers",
			    json_integer((json_int_t)(s->by_id[PS_ID_mmu_probe] +
						      s->by_id[PS_ID_audit_state])));
	json_object_set_new(j, "mmu", agreement_json(r));
	json_object_set_new(j, "violations", json_integer((json_int_t)count_of(r, VIOLATION)));
	json_object_set_new(j, "hazards", json_integer((json_int_t)count_of(r, HAZARD)));
	json_object_set_new(j, "notes", json_integer((json_int_t)count_of(r, NOTE)));
	json_object_set_new(j, "first",
			    first ? json_pack("{s:s,s:I,s:I}", "rule", ps_rules[first->rule].name,
					      "i", (json_int_t)first->i, "t", (json_int_t)first->t)
				  : json_null());
	json_object_set_new(j, "by_rule", counts);
	json_object_set_new(j, "findings", list);
	return j;
}

static void replay(struct capture *c, unsigned session, struct report *r)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct events e;
	struct event ev;

	model_init(m, keep, r);
	events_begin(&e, c, session);
	while (events_next(&e, &ev)) {
		r->ev = &ev;
		if (ev.id == PS_ID_trace_info)
			facts_require((const void *)ev.p, c->in.name);
		replay_event(m, &ev);
	}
	r->ev = NULL;
	if (!m->ready)
		ps_warn("%s: no trace_info event: nothing can be replayed", c->in.name);
	replay_finish(m);
	for (unsigned a = 0; a < NR_MMU_AREAS; a++) {
		r->probes[a] = m->mmu[a].probes;
		r->agree[a] = m->mmu[a].agree;
	}
	model_free(m);
	free(m);
}

static void free_report(struct report *r)
{
	for (size_t n = 0; n < r->nr; n++) {
		free(r->finding[n].text);
		free(r->finding[n].event);
	}
	free(r->finding);
}

u64 check_capture(struct capture *c, const struct check_options *o)
{
	json_t *all = json_array();
	u64 violations = 0;

	for (unsigned i = 0; i < c->nr_sessions; i++) {
		struct report r = { .max = o->max };
		struct facts f;

		facts_collect(&f, c, i);
		r.symbols = symbols_of(o->symbols, o->modules, c->in.name, &f);
		replay(c, i, &r);
		violations += count_of(&r, VIOLATION);
		if (o->json) {
			json_array_append_new(all, to_json(&r, &c->session[i]));
		} else {
			if (c->nr_sessions > 1)
				printf("%ssession   %u of %u\n", i ? "\n" : "", i + 1,
				       c->nr_sessions);
			print_text(&r, &c->session[i]);
		}
		free_report(&r);
		symbols_close(r.symbols);
		facts_free(&f);
	}
	if (o->json)
		json_print(c->nr_sessions == 1 ? json_incref(json_array_get(all, 0))
					       : json_incref(all));
	json_decref(all);
	return violations;
}

/* SPDX-License-Identifier: MIT */
/* replay.c - a model brought to a moment of a session; see replay.h. */
#include "model/replay.h"

#include <string.h>

void replay_to(struct model *m, struct capture *c, unsigned session, const struct moment *at,
	       struct event *last)
{
	struct events e;
	struct event ev;

	model_init(m, NULL, NULL);
	memset(last, 0, sizeof(*last));
	events_begin(&e, c, session);
	while (events_next(&e, &ev) && !moment_passed(at, &ev)) {
		model_apply(m, &ev);
		*last = ev;
	}
	replay_vouch(m, c);
}

void replay_vouch(const struct model *m, const struct capture *c)
{
	if (!m->ready)
		ps_die(PS_EXIT_DATA,
		       "%s: nothing is known at that moment: the first trace_info event "
		       "comes later, or is lost",
		       c->in.name);
	if (m->blind)
		ps_warn("%s: events are missing before that moment: the state is that of event %llu",
			c->in.name, (unsigned long long)m->i);
}

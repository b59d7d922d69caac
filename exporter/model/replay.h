/* SPDX-License-Identifier: MIT */
/*
 * replay.h - a model, changed event by event, up to the end or to a moment.
 *
 * Feed every event of a session in order.  Each is checked against the rules
 * (rules.h), breaches go to the model's `found`, and then it is applied all the
 * same, so that one fault is told once as far as possible.
 *
 * What an event changes (which block a split takes, where a merged block is
 * listed) is 2.4.22's way; docs/trace-format.md states it.
 */
#ifndef EXPORTER_REPLAY_H
#define EXPORTER_REPLAY_H

#include "capture/capture.h"
#include "model/model.h"

/* Checks and applies one event. */
void replay_event(struct model *m, const struct event *ev);
/* Reports what is left over at the end of a session. */
void replay_finish(struct model *m);

struct moment {
	bool by_event;   /* `event` counts, else `tick` */
	u64 tick, event; /* everything up to and including it has happened */
};

/* Replays up to the moment; *last is the last event applied (i, t only). */
void replay_to(struct model *m, struct capture *c, unsigned session, const struct moment *at,
	       struct event *last);
/* Dies if there is no such event; says when a tick is past the end. */
void moment_check(const struct moment *at, const struct capture *c, unsigned session);
/* Says when a tick is past the end. */
void moment_note_past(u64 tick, const struct capture *c, unsigned session);
/* Dies if nothing is known at the model's moment, warns if not all is. */
void replay_vouch(const struct model *m, const struct capture *c);
static inline bool moment_passed(const struct moment *at, const struct event *ev)
{
	return at->by_event ? ev->i > at->event : ev->t > at->tick;
}

#endif

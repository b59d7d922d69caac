/* SPDX-License-Identifier: MIT */
/* replay.h - a model brought to a moment of a session. */
#ifndef EXPORTER_REPLAY_H
#define EXPORTER_REPLAY_H

#include "capture/facts.h"
#include "model/model.h"

struct moment {
	bool by_event;   /* `event` counts, else `tick` */
	u64 tick, event; /* everything up to and including it has happened */
};

/* Replays up to the moment; *last is the last event applied (i, t only). */
void replay_to(struct model *m, struct capture *c, unsigned session, const struct moment *at,
	       struct event *last);
/* Dies if nothing is known at the model's moment, warns if not all is. */
void replay_vouch(const struct model *m, const struct capture *c);
static inline bool moment_passed(const struct moment *at, const struct event *ev)
{
	return at->by_event ? ev->i > at->event : ev->t > at->tick;
}

#endif

/* replay.h - a model brought to a moment of a session. */
#ifndef EXPORTER_REPLAY_H
#define EXPORTER_REPLAY_H

#include "facts.h"
#include "model.h"

struct moment {
	bool by_event;		/* `event` counts, else `tick` */
	u64 tick, event;	/* everything up to and including it has happened */
};

/* Called for each event before the moment, after the model took it. */
typedef void (*replay_step)(void *ctx, struct model *m, const struct event *ev);

/* Replays up to the moment; *last is the last event applied (i, t only). */
void replay_to(struct model *m, struct capture *c, unsigned session, const struct moment *at,
	       replay_step step, void *ctx, struct event *last);
static inline bool moment_passed(const struct moment *at, const struct event *ev)
{
	return at->by_event ? ev->i > at->event : ev->t > at->tick;
}

#endif

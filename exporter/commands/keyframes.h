/* SPDX-License-Identifier: MIT */
/*
 * keyframes.h - an index beside a large capture: where its packets are, the
 * model every half million events, so that any moment is quickly reached, and
 * for each packet which addresses it speaks of, so that their history is.
 *
 * CAPTURE.psindex is written by the first `show` of a capture of a million
 * events or more, is valid for exactly that file (size, time of change, event
 * table) and may be deleted at any time.
 */
#ifndef EXPORTER_KEYFRAMES_H
#define EXPORTER_KEYFRAMES_H

#include "model/replay.h"

/* Opens the capture through its index.  False: there is none that fits. */
bool keyframes_open(struct capture *c, const char *path);
/* Writes the index of an open capture, if it is large enough to need one and
 * its directory can be written.  True if there is one now. */
bool keyframes_write(struct capture *c, const char *path);
/* As replay_to, from the nearest keyframe before the moment. */
void keyframes_replay(struct model *m, struct capture *c, unsigned session, const struct moment *at,
		      struct event *last);
/* Calls fn for each event of the session that speaks of addr (event_span), in
 * order; with an index only the packets that may hold one are decoded.  fn may
 * be given others too. */
void keyframes_history(struct capture *c, unsigned session, u32 addr,
		       void (*fn)(void *ctx, const struct event *ev), void *ctx);

#endif

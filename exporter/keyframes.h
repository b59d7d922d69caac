/*
 * keyframes.h - an index beside a large capture: where its packets are, and the
 * model every half million events, so that any moment is quickly reached.
 *
 * CAPTURE.psindex is written by the first `show` of a capture of a million
 * events or more, is valid for exactly that file (size, time of change, event
 * table) and may be deleted at any time.
 */
#ifndef EXPORTER_KEYFRAMES_H
#define EXPORTER_KEYFRAMES_H

#include "replay.h"

/* Opens the capture through its index.  False: there is none that fits. */
bool keyframes_open(struct capture *c, const char *path);
/* Writes the index of an open capture, if it is large enough to need one and
 * its directory can be written.  True if there is one now. */
bool keyframes_write(struct capture *c, const char *path);
/* As replay_to without steps, from the nearest keyframe before the moment. */
void keyframes_replay(struct model *m, struct capture *c, unsigned session,
		      const struct moment *at, struct event *last);

#endif

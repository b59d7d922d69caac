/* SPDX-License-Identifier: MIT */
/* watched.h - the replay of stores that the Bochs plugin saw a guest make. */
#ifndef EXPORTER_WATCHED_H
#define EXPORTER_WATCHED_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group hw that tells of a guest's tables. */
void watched_event(struct model *m, const struct event *ev);
/* The entries of tables and directories that the event tells of, a guest's that is watched
 * or a kernel's that traces: *bytes of them from *entry_pa.  False: it tells of none. */
bool span_of_entries(const struct event *ev, u32 *entry_pa, u32 *bytes);

#endif

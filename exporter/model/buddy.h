/* SPDX-License-Identifier: MIT */
/* buddy.h - the replay of the buddy allocator. */
#ifndef EXPORTER_BUDDY_H
#define EXPORTER_BUDDY_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group buddy. */
void buddy_event(struct model *m, const struct event *ev);
/* A zone is set up, or gets other watermarks. */
void buddy_zone(struct model *m, const struct ps_ev_mm_setup_per_zone_wmarks *w);

#endif

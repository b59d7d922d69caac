/* SPDX-License-Identifier: MIT */
/* buddy.h - the replay of the buddy allocator. */
#ifndef EXPORTER_BUDDY_H
#define EXPORTER_BUDDY_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group buddy. */
void buddy_event(struct model *m, const struct event *ev);
/* A zone is set up, or gets other watermarks. */
void buddy_zone(struct model *m, const struct event *ev);
/* Frames are kept from the allocator. */
void buddy_reserve(struct model *m, const struct ps_ev_reserve_bootmem *e);
/* Events were lost: which blocks are free and in use is unknown. */
void buddy_forget(struct model *m);
/* The session ends: tells what was waited for. */
void buddy_finish(struct model *m);

#endif

/* SPDX-License-Identifier: MIT */
/* slabs.h - the replay of the slab allocator. */
#ifndef EXPORTER_SLABS_H
#define EXPORTER_SLABS_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group slab. */
void slab_event(struct model *m, const struct event *ev);
/* The block goes back to the page allocator: a violation for each of its frames that
 * is a slab still, because no slab_destroy gave it up. */
void slab_frames_freed(struct model *m, u32 pfn, unsigned order);

/* Events were lost: which objects and slabs there are is unknown. */
void slabs_forget(struct model *m);

#endif

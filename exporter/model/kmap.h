/* SPDX-License-Identifier: MIT */
/* kmap.h - the replay of the window kmap uses. */
#ifndef EXPORTER_KMAP_H
#define EXPORTER_KMAP_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group highmem. */
void kmap_event(struct model *m, const struct event *ev);

#endif

/* SPDX-License-Identifier: MIT */
/* areas.h - the replay of vmlist, and what vmalloc and vfree promise. */
#ifndef EXPORTER_AREAS_H
#define EXPORTER_AREAS_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group vmalloc. */
void area_event(struct model *m, const struct event *ev);

#endif

/* SPDX-License-Identifier: MIT */
/* paging.h - the replay of page directories and tables. */
#ifndef EXPORTER_PAGING_H
#define EXPORTER_PAGING_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group paging. */
void paging_event(struct model *m, const struct event *ev);

#endif

/* SPDX-License-Identifier: MIT */
/* paging.h - the replay of page directories and tables. */
#ifndef EXPORTER_PAGING_H
#define EXPORTER_PAGING_H

#include "capture/capture.h"
#include "model/model.h"

/* Applies an event of the group paging. */
void paging_event(struct model *m, const struct event *ev);
/* The directory in use as the run begins. */
void paging_start(struct model *m, u32 pgd);
/* A freed frame holds no page-table entries any more. */
void paging_frame_freed(struct model *m, u32 pfn);
/* Tells that the frame was freed while an entry mapped it, which still does. */
void paging_freed_mapped(struct model *m, u32 pfn);
/* Events were lost: every entry is unknown. */
void paging_forget(struct model *m);

#endif

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
/* Tells that the frame was freed while a slot of a directory referred to it as a table. */
void paging_freed_table(struct model *m, u32 pfn);
/* Does a slot of the directory in use refer to the frame as a table? */
bool paging_in_use(struct model *m, u32 pfn);
/* The trace ends: which freed frames an entry still leads to. */
void paging_finish(struct model *m);
/* Events were lost: every entry is unknown. */
void paging_forget(struct model *m);

/* ---- a guest that is watched: watched.c ---- */

/* The frame holds a table, or a directory, all of whose entries are 0; it may have been one
 * before. */
void paging_told_empty(struct model *m, u32 pfn, bool is_pgd);
/* The entry at this physical address gets a value. */
void paging_store(struct model *m, u32 entry_pa, u32 now);
/* What the frame's entries are is unknown from now on. */
void paging_unknown(struct model *m, u32 pfn);
/* Bit 7 of a directory's entries begins to mean 4 MiB, or ceases to. */
void paging_pse(struct model *m, bool on);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * tlb.h - what the TLB may still know: entries that were cleared and not flushed.
 */
#ifndef EXPORTER_TLB_H
#define EXPORTER_TLB_H

#include "model/model.h"

/* The entry `pte` of addr was cleared; the TLB may still map addr to its frame. */
void tlb_remember(struct model *m, u32 addr, u32 pte);
/* CR3 was loaded: all but global translations are dropped. */
void tlb_switched(struct model *m);
/* The kernel flushed an address, a range or everything. */
void tlb_flushed(struct model *m, const struct ps_ev_tlb_flush *e);
/* The frame is handed out: a hazard if the TLB may still know it. */
void tlb_frame_reused(struct model *m, u32 pfn);

#endif

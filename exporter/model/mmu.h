/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - the hardware's word, recorded by the Bochs plugin: what the CPU's own walk
 * gives, and entries that changed in memory.  Both must agree with the tables told.
 */
#ifndef EXPORTER_MMU_H
#define EXPORTER_MMU_H

#include "capture/capture.h"
#include "model/model.h"

/* Judges an event of the group hw. */
void mmu_event(struct model *m, const struct event *ev);
/* An event of the kernel was applied: it may explain what waits. */
void mmu_audits_due(struct model *m);
/* The session ends: nothing more will explain what waits. */
void mmu_audits_end(struct model *m);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * audit.h - page tables compared with what they were at the audit before.
 */
#ifndef PLUGIN_AUDIT_H
#define PLUGIN_AUDIT_H

#include <stdint.h>

/* Begins with the reference directory at physical `swapper` (0: no audits).
 * What it holds now is taken as known. */
void audit_start(uint32_t swapper, uint32_t page_offset);

/* Walks the reference directory and the current one, and records every entry
 * that differs from the audit before (accessed and dirty bits apart) as
 * mmu_audit, then audit_state. */
void audit_run(uint64_t tick);

/* From now on without malloc and free, for a signal handler: tables not seen
 * before are passed over. */
void audit_without_heap(void);

uint64_t audit_differences(void);

#endif

/* SPDX-License-Identifier: MIT */
/* segments.h - descriptor tables. */
#ifndef I386_SEGMENTS_H
#define I386_SEGMENTS_H

/* Loads GDT, IDT and TSS; from here on faults are caught, double ones too. */
void traps_init(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * highmem.h - mappings of pages that have no permanent address, beyond mm.h's
 * kmap and kmap_atomic; and the fixmap.
 */
#ifndef MM_HIGHMEM_H
#define MM_HIGHMEM_H

#include "mm/mm.h"

/* kmap that gives up instead of waiting for a slot: 0 if none is free. */
vaddr_t kmap_nonblock(struct page *page);
/* pkmap_count of a slot: 0 free and flushed, 1 unused but perhaps still in a
 * TLB, n in use n - 1 times. */
unsigned pkmap_slot_count(unsigned slot);

/* Points a fixmap slot at a physical page; `prot` are the low bits of the PTE.
 * False, with a report: this configuration has no such slot. */
bool set_fixmap(unsigned slot, phys_t phys, u32 prot);
/* The slot's address, decided when the kernel was compiled. */
vaddr_t fix_to_virt(unsigned slot);

/* Sends pkmap_state into the trace. */
void pkmap_snapshot(void);
/* Checks counts, PTEs and page descriptors against each other; returns the
 * violations, each printed. */
unsigned pkmap_check(void);

#endif

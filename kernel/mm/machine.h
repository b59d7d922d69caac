/* SPDX-License-Identifier: MIT */
/*
 * machine.h - all that the memory manager asks of the machine.
 *
 * The allocators are pure C on this header.  kernel/i386/machine_arch.h
 * completes it for the real machine, sim/machine_arch.h for the simulator;
 * the include path chooses one, never an #ifdef.
 *
 * machine_arch.h defines, as static inline where a call would cost:
 *
 *   void *phys_to_virt(phys_t pa)        pointer through the linear map
 *   phys_t virt_to_phys(const void *p)   its inverse
 *   unsigned long local_irq_save(void)   interrupts off, state returned
 *   void local_irq_restore(unsigned long flags)
 *   void machine_load_cr3(phys_t pgd)    load CR3 (flushes non-global entries)
 *   phys_t machine_read_cr3(void)
 *   void machine_flush_tlb_all(void)     global entries too: CR4.PGE off and on
 *   void machine_flush_tlb_one(vaddr_t)  invlpg
 *   void machine_probe(vaddr_t)          ask the MMU what it sees (trace only)
 *   void machine_probe_in(phys_t, vaddr_t)   the same from that directory, not CR3's
 *   void machine_change_bit(u32 nr, u32 *map)            toggle bit nr of a bit array
 *   bool machine_test_and_change_bit(u32 nr, u32 *map)   the same, returns what it was
 *   void *machine_linear(vaddr_t addr, bool write)   pointer to the mapped page at
 *                          addr, for vread and vwrite; NULL: cannot be reached
 */
#ifndef MM_MACHINE_H
#define MM_MACHINE_H

#include "lib/types.h"
#include "machine_arch.h"

/* What the CPU can do: 4 MiB pages, global pages. */
bool machine_has_pse(void), machine_has_pge(void);
/* Switches both on (CR4.PSE, CR4.PGE), if present. */
void machine_enable_paging_features(void);

/* Ticks of the trace's clock a second; 0 unknown. */
u32 machine_tsc_hz(void);

/* Ends the run: the message goes to the console and into the trace, and the last
 * events leave the machine. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

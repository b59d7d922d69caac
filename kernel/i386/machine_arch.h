/* SPDX-License-Identifier: MIT */
/*
 * machine_arch.h - mm/machine.h for the i386: what is one instruction is inline
 * here; cpu.c, clock.c and panic.c have the rest.
 */
#ifndef I386_MACHINE_ARCH_H
#define I386_MACHINE_ARCH_H

#include <pagescope/trace.h>

#include "x86.h"

#define MACHINE_PAGE_OFFSET 0xC0000000u

/* Pointer through the linear map; valid for low memory only. */
static inline void *phys_to_virt(phys_t pa)
{
	return (void *)(pa + MACHINE_PAGE_OFFSET);
}

static inline phys_t virt_to_phys(const void *p)
{
	return (phys_t)p - MACHINE_PAGE_OFFSET;
}

/* Memory at a linear address that is mapped in the current directory. */
static inline void *machine_linear(vaddr_t addr, bool write)
{
	(void)write;
	return (void *)addr;
}

static inline void machine_change_bit(u32 nr, u32 *map)
{
	btc(nr, map);
}

static inline bool machine_test_and_change_bit(u32 nr, u32 *map)
{
	return btc_carry(nr, map);
}

static inline unsigned long local_irq_save(void)
{
	u32 flags = read_eflags();

	cli();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	write_eflags((u32)flags);
}

static inline void machine_load_cr3(phys_t pgd)
{
	write_cr3(pgd);
}

static inline phys_t machine_read_cr3(void)
{
	return read_cr3();
}

static inline void machine_flush_tlb_one(vaddr_t addr)
{
	invlpg(addr);
}

/* Global entries survive a load of CR3; switching CR4.PGE off drops them. */
static inline void machine_flush_tlb_all(void)
{
	u32 cr4 = read_cr4();

	if (cr4 & X86_CR4_PGE) {
		write_cr4(cr4 & ~X86_CR4_PGE);
		write_cr4(cr4);
	} else {
		write_cr3(read_cr3());
	}
}

static inline void machine_probe(vaddr_t addr)
{
	ps_trace_probe(addr);
}

static inline void machine_probe_in(phys_t pgd, vaddr_t addr)
{
	ps_trace_probe_in(pgd, addr);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * machine_arch.h - mm/machine.h for the simulator: RAM is a piece of this
 * process, CR3 a variable, and a flush counts itself.
 *
 * Linear addresses stay numbers; what lies behind one is found through the
 * page tables in the simulated RAM, as the MMU would.
 */
#ifndef SIM_MACHINE_ARCH_H
#define SIM_MACHINE_ARCH_H

#include "lib/types.h"

extern u8 *sim_ram; /* the machine's frame 0 */
extern phys_t sim_cr3;

static inline void *phys_to_virt(phys_t pa)
{
	return sim_ram + pa;
}

static inline phys_t virt_to_phys(const void *p)
{
	return (phys_t)((const u8 *)p - sim_ram);
}

#if defined(__i386__) || defined(__x86_64__)
struct bit_array {
	u32 word[1u << 17];
};

static inline void machine_change_bit(u32 nr, u32 *map)
{
	__asm__ volatile("btcl %1, %0" : "+m"(*(struct bit_array *)map) : "r"(nr) : "cc");
}

static inline bool machine_test_and_change_bit(u32 nr, u32 *map)
{
	bool carry;

	__asm__ volatile("btcl %2, %0" : "+m"(*(struct bit_array *)map), "=@ccc"(carry) : "r"(nr));
	return carry;
}
#else
static inline void machine_change_bit(u32 nr, u32 *map)
{
	map[nr >> 5] ^= 1u << (nr & 31);
}

static inline bool machine_test_and_change_bit(u32 nr, u32 *map)
{
	machine_change_bit(nr, map);
	return !(map[nr >> 5] >> (nr & 31) & 1);
}
#endif

/* One task and no interrupts. */
static inline unsigned long local_irq_save(void)
{
	return 0;
}
static inline void local_irq_restore(unsigned long flags)
{
	(void)flags;
}

static inline void machine_load_cr3(phys_t pgd)
{
	sim_cr3 = pgd;
}
static inline phys_t machine_read_cr3(void)
{
	return sim_cr3;
}
static inline void machine_probe(vaddr_t addr)
{
	(void)addr;
}
static inline void machine_probe_in(phys_t pgd, vaddr_t addr)
{
	(void)pgd, (void)addr;
}

void machine_flush_tlb_all(void);
void machine_flush_tlb_one(vaddr_t addr);
void *machine_linear(vaddr_t addr, bool write);

#endif

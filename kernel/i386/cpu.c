/* SPDX-License-Identifier: MIT */
/* cpu.c - what this CPU can do for paging; see mm/machine.h. */
#include "mm/machine.h"

static u32 features(void)
{
	u32 a, b, c, d;

	cpuid(1, &a, &b, &c, &d);
	return d;
}

bool machine_has_pse(void)
{
	return features() & CPUID_PSE;
}

bool machine_has_pge(void)
{
	return features() & CPUID_PGE;
}

void machine_enable_paging_features(void)
{
	u32 cr4 = read_cr4();

	if (machine_has_pse())
		cr4 |= X86_CR4_PSE;
	if (machine_has_pge())
		cr4 |= X86_CR4_PGE;
	write_cr4(cr4);
}

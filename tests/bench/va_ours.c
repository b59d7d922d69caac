/* SPDX-License-Identifier: MIT */
/* va_ours.c - the bench interface of tests/golden/placement/va.h: places areas
 * in this project's vmalloc window; descriptors come from its slabs. */
#include <stdlib.h>

#include "mm/mm_priv.h"
#include "sim.h"
#include "../golden/placement/va.h"

const char va_name[] = "pagescope";

void va_init(void)
{
	struct sim_machine machine = sim_default(64 << 20);

	sim_console = NULL;
	if (!sim_boot(&machine))
		exit(1);
	sim_fill_slab_pool();
	nr_fixmap_slots = 16; /* VA_END */
}

uint32_t va_alloc(uint32_t bytes)
{
	struct vm_struct *area = get_vm_area(bytes, VM_ALLOC);

	return area ? area->addr : 0;
}

void va_free(uint32_t addr)
{
	vfree(addr);
}

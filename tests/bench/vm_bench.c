/* SPDX-License-Identifier: MIT */
/* vm_bench.c PAGES - whole vmalloc and vfree of so many pages, 1,000 times, page
 * tables present, TLB flush left out; prints the number of times. */
#include <stdio.h>
#include <stdlib.h>

#include "mm/mm.h"
#include "sim.h"

__attribute__((noinline)) vaddr_t bench_vmalloc(u32 size);
__attribute__((noinline)) void bench_vfree(vaddr_t addr);

vaddr_t bench_vmalloc(u32 size)
{
	return vmalloc(size);
}
void bench_vfree(vaddr_t addr)
{
	vfree(addr);
}

int main(int argc, char **argv)
{
	struct sim_machine machine = sim_default(64 << 20);
	u32 size = argc > 1 ? (u32)atoi(argv[1]) << PAGE_SHIFT : 0;

	sim_console = NULL;
	if (!sim_boot(&machine))
		return 1;
	sim_fill_slab_pool();
	vfree(vmalloc(size));
	for (int i = 0; i < 1000; i++)
		bench_vfree(bench_vmalloc(size));
	puts("1000");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* fault.c - a module whose loading fails: it writes to its own guard page. */
#include "modules/modules.h"

MODULE(fault);

int init_module(void)
{
	vaddr_t area = vmalloc(PAGE_SIZE);

	if (!area)
		return -1;
	printk("fault: writing past the end of the area at %08x\n", area);
	poke(area + PAGE_SIZE, 1);
	vfree(area);
	return 0;
}

void cleanup_module(void) {}

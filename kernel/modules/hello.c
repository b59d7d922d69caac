/* SPDX-License-Identifier: MIT */
/* hello.c - the smallest module: it says so when it comes and when it goes. */
#include "modules/modules.h"

MODULE(hello);

static const char greeting[] = "hello";
static unsigned times; /* .bss, so that the loader must clear it */

int init_module(void)
{
	times++;
	printk("%s: loaded, greeted %u time\n", greeting, times);
	return 0;
}

void cleanup_module(void)
{
	times++;
	printk("%s: unloading, greeted %u times\n", greeting, times);
}

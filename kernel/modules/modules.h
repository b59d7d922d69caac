/* SPDX-License-Identifier: MIT */
/*
 * modules.h - what the sample modules use of the kernel.
 *
 * They are compiled twice: as i386 objects, which the kernel loads, and into
 * the simulator, which cannot run i386 code and calls these twins instead; so
 * they reach vmalloc memory through vread and vwrite.  MODULE(name) marks an
 * object, so that its twin is found whatever name it is loaded under.
 */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "lib/printk.h"
#include "lib/string.h"
#include "mm/mm.h"

#ifdef MODULE_TWIN
#define MODULE_ENTRY_(twin, entry) twin##_##entry
#define MODULE_ENTRY(twin, entry)  MODULE_ENTRY_(twin, entry)
#define init_module                MODULE_ENTRY(MODULE_TWIN, init)
#define cleanup_module             MODULE_ENTRY(MODULE_TWIN, cleanup)
/* A store that may fault; the twin then never comes back from it either. */
void poke(vaddr_t addr, u32 value);
#else
static inline void poke(vaddr_t addr, u32 value)
{
	*(volatile u32 *)(uintptr_t)addr = value;
}
#endif
#define MODULE(name) \
	extern const char module_##name[]; \
	const char module_##name[] = #name

/* 0, or a negative error number, and the module is not loaded. */
int init_module(void);
void cleanup_module(void);

#endif

/*
 * modules.h - what the sample modules use of the kernel.
 *
 * They are compiled twice: as i386 objects, which the kernel loads, and into
 * the simulator, which cannot run i386 code and calls these twins instead; so
 * they reach vmalloc memory through vread and vwrite.  MODULE_ENTRY gives the
 * twins names of their own.
 */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "lib/printk.h"
#include "lib/string.h"
#include "mm/mm.h"

#ifdef MODULE_TWIN
#define MODULE_ENTRY_(twin, name) twin##_##name
#define MODULE_ENTRY__(twin, name) MODULE_ENTRY_(twin, name)
#define init_module    MODULE_ENTRY__(MODULE_TWIN, init)
#define cleanup_module MODULE_ENTRY__(MODULE_TWIN, cleanup)
#endif

/* 0, or a negative error number, and the module is not loaded. */
int init_module(void);
void cleanup_module(void);

#endif

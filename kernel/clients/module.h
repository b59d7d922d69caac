/* SPDX-License-Identifier: MIT */
/*
 * module.h - loadable modules, the second user of vmalloc the chapter names.
 *
 * A module is an ELF32 relocatable object for the i386 (gcc -c, or ld -r of
 * several).  It is placed at a page-aligned address of vmalloc memory, linked
 * against the symbols of ksyms.c and of the modules loaded before, and its
 * init_module() is called; unloading calls cleanup_module().
 */
#ifndef CLIENTS_MODULE_H
#define CLIENTS_MODULE_H

#include "lib/types.h"

#define MODULE_NAME_MAX 60 /* with the NUL */
#define MODULES_MAX     32
#define MODULE_HEADER   96u /* sizeof(struct module) on i386; the name follows */

/* Loads a module from an object file in memory, which must stay there until
 * rmmod.  0, or: -ENOEXEC the file cannot be a module; -ENOENT it uses a symbol
 * nobody has; -EINVAL bad name; -EEXIST the name is loaded; -EPERM no slot;
 * -ENOMEM; or what its init_module returned.  A message says what and where;
 * nothing is left behind. */
int insmod(const char *name, const void *image, size_t size);
/* Unloads.  0, -ENOENT: not loaded, -EBUSY: in use or needed by another. */
int rmmod(const char *name);

/* The system calls behind them, for modules without a file: memory of `size`
 * bytes with a header, at the address stored in *addr; -EINVAL: smaller than
 * header and name; else as insmod. */
int create_module(const char *name, u32 size, vaddr_t *addr);
int delete_module(const char *name);

/* The message of the last failure. */
const char *module_message(void);

struct module_info {
	char name[MODULE_NAME_MAX];
	vaddr_t addr;
	u32 size;
	vaddr_t init, cleanup; /* 0: none */
	bool running;          /* init_module has returned 0 */
	u32 users;             /* __this_module's use count, and modules that need it */
};
/* The nth loaded module, the newest first; false: there are not so many. */
bool module_info(unsigned n, struct module_info *info);
/* Address of a symbol a loaded module defines, 0 if there is none. */
vaddr_t module_symbol(const char *module, const char *symbol);
/* What an offset of a section of the object file became: for symbols. */
vaddr_t module_section(const char *module, const char *section);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * module_call.h - all that the module loader asks of the machine.
 *
 * kernel/i386/module_call.c calls the module's code; sim/sim_module.c cannot run
 * i386 code and calls the same source compiled for the host.
 */
#ifndef CLIENTS_MODULE_CALL_H
#define CLIENTS_MODULE_CALL_H

#include "lib/types.h"

enum module_entry { MODULE_INIT, MODULE_CLEANUP };

/* Runs the function at the address `function`, init_module or cleanup_module, of the
 * loaded module `name`.  Returns init_module's result, 0 for cleanup_module, or
 * -EFAULT if the function made the kernel oops. */
int module_call(const char *name, enum module_entry which, vaddr_t function);

#endif

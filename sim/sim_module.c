/* SPDX-License-Identifier: MIT */
/*
 * sim_module.c - clients/module_call.h for the simulator.
 *
 * The simulator places, links and relocates a module as the kernel does, but
 * cannot run its i386 code: it calls the twin, the same source compiled for the
 * host.  An object without a twin is loaded and not run.
 */
#include <setjmp.h>

#include "clients/module.h"
#include "clients/module_call.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "scenario/scn_machine.h"

int hello_init(void), vmtest_init(void), fault_init(void);
void hello_cleanup(void), vmtest_cleanup(void), fault_cleanup(void);
void poke(vaddr_t addr, u32 value);

static jmp_buf faulted;

static const struct twin {
	const char *symbol; /* what MODULE() defines in the object */
	int (*init)(void);
	void (*cleanup)(void);
} twins[] = {
	{ "module_hello", hello_init, hello_cleanup },
	{ "module_vmtest", vmtest_init, vmtest_cleanup },
	{ "module_fault", fault_init, fault_cleanup },
};

/* A twin's store to a linear address; a bad one ends the twin, as the fault
 * handler ends the module. */
void poke(vaddr_t addr, u32 value)
{
	if (!scn_machine_access(addr, 4, true, false, &value))
		longjmp(faulted, 1);
}

int module_call(const char *name, enum module_entry which, vaddr_t function)
{
	for (unsigned i = 0; i < sizeof twins / sizeof *twins; i++) {
		const struct twin *t = twins + i;

		if (!module_symbol(name, t->symbol))
			continue;
		if (setjmp(faulted))
			return -EFAULT;
		if (which == MODULE_INIT)
			return t->init();
		t->cleanup();
		return 0;
	}
	printk("module %s: %s at %08x not run, it has no twin in the simulator\n", name,
	       which == MODULE_INIT ? "init_module" : "cleanup_module", function);
	return 0;
}

/*
 * sim_module.c - module_call() of user/module.h, in the simulator.
 *
 * The simulator places, links and relocates a module as the kernel does, but
 * cannot run its i386 code: it calls the twin, the same source compiled for the
 * host.  An object without a twin is loaded and not run.
 */
#include "lib/printk.h"
#include "user/module.h"

int hello_init(void), vmtest_init(void);
void hello_cleanup(void), vmtest_cleanup(void);

static const struct twin {
	const char *symbol;		/* what MODULE() defines in the object */
	int (*init)(void);
	void (*cleanup)(void);
} twins[] = {
	{ "module_hello", hello_init, hello_cleanup },
	{ "module_vmtest", vmtest_init, vmtest_cleanup },
};

int module_call(const char *name, enum module_entry which, vaddr_t function)
{
	for (const struct twin *t = twins; t < twins + sizeof twins / sizeof *twins; t++) {
		if (!module_symbol(name, t->symbol))
			continue;
		if (which == MODULE_INIT)
			return t->init();
		t->cleanup();
		return 0;
	}
	printk("module %s: %s at %08x not run, it has no twin in the simulator\n", name,
	       which == MODULE_INIT ? "init_module" : "cleanup_module", function);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* module_call.c - runs a module's functions; see clients/module_call.h. */
#include "clients/module_call.h"
#include "exception.h"
#include "lib/errno.h"

/* module_call.S */
int guarded_call(vaddr_t function);
_Noreturn void guarded_abort(int result);
extern u32 guarded_esp; /* 0: no module is being called */

int module_call(const char *name, enum module_entry which, vaddr_t function)
{
	int result = guarded_call(function);

	(void)name;
	/* cleanup_module returns nothing: only a fault counts. */
	return which == MODULE_INIT || result == -EFAULT ? result : 0;
}

void module_call_fault(void)
{
	if (guarded_esp)
		guarded_abort(-EFAULT);
}

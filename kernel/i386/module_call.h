/* SPDX-License-Identifier: MIT */
/* module_call.h - a module's fault is the end of its call, not of the kernel. */
#ifndef I386_MODULE_CALL_H
#define I386_MODULE_CALL_H

/* For the trap handler, when nothing else can be done about a fault of the
 * kernel: if a module is being called, that call ends with -EFAULT, and this
 * does not return. */
void module_call_fault(void);

#endif

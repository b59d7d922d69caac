/* SPDX-License-Identifier: MIT */
/* ksyms.h - the kernel's functions a module may use. */
#ifndef CLIENTS_KSYMS_H
#define CLIENTS_KSYMS_H

#include "lib/types.h"

/* The address of an exported symbol; 0: not exported. */
vaddr_t ksym_lookup(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* exception.c - the exception table; exception.S has the instructions it lists. */
#include "exception.h"

extern const struct exception_entry __start___ex_table[], __stop___ex_table[];

const struct exception_entry *exception_find(u32 ip)
{
	const struct exception_entry *e;

	/* cppcheck-suppress comparePointers ; two ends of one section, by the linker */
	for (e = __start___ex_table; e < __stop___ex_table; e++)
		if (e->insn == ip)
			return e;
	return NULL;
}

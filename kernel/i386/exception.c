/* SPDX-License-Identifier: MIT */
/* exception.c - the exception table, and the scenarios' accesses made with it. */
#include "exception.h"

extern const struct exception_entry __start___ex_table[], __stop___ex_table[];

const struct exception_entry *exception_find(u32 ip)
{
	const struct exception_entry *e;

	for (e = __start___ex_table; e < __stop___ex_table; e++)
		if (e->insn == ip)
			return e;
	return NULL;
}

/* Instruction 1 in the table; `ok` stays 0 if it faults, as 2 is where to go on. */
#define GUARDED(insn) \
	"1:	" insn "\n" \
	"	movl $1, %[ok]\n" \
	"2:\n" \
	"	.pushsection __ex_table, \"a\"\n" \
	"	.long 1b, 2b\n" \
	"	.popsection"

bool try_load(vaddr_t addr, unsigned bytes, u32 *value)
{
	u32 ok = 0, v = 0;

	if (bytes == 1)
		asm volatile(GUARDED("movzbl (%[addr]), %[v]")
			     : [ok] "+r"(ok), [v] "+r"(v)
			     : [addr] "r"(addr)
			     : "memory");
	else
		asm volatile(GUARDED("movl (%[addr]), %[v]")
			     : [ok] "+r"(ok), [v] "+r"(v)
			     : [addr] "r"(addr)
			     : "memory");
	*value = v;
	return ok;
}

bool try_store(vaddr_t addr, unsigned bytes, u32 value)
{
	u32 ok = 0;

	if (bytes == 1)
		asm volatile(GUARDED("movb %b[v], (%[addr])")
			     : [ok] "+r"(ok)
			     : [addr] "r"(addr), [v] "q"(value)
			     : "memory");
	else
		asm volatile(GUARDED("movl %[v], (%[addr])")
			     : [ok] "+r"(ok)
			     : [addr] "r"(addr), [v] "r"(value)
			     : "memory");
	return ok;
}

/* SPDX-License-Identifier: MIT */
/*
 * exception.S - the accesses of exception.h, each with its entry in the exception
 * table.
 *
 * eax, the result, is still 0 if the instruction at 1 faults: the handler then goes
 * on at 2.
 */
	.text
	.macro	TABLE_ENTRY
	.pushsection __ex_table, "a"
	.long	1b, 2b
	.popsection
	.endm

/* bool NAME(vaddr_t addr, u32 *value) */
	.macro	LOAD name, insn
	.globl	\name
	.type	\name, @function
\name:
	movl	4(%esp), %ecx
	xorl	%edx, %edx
	xorl	%eax, %eax
1:	\insn	(%ecx), %edx
	incl	%eax
2:	movl	8(%esp), %ecx
	movl	%edx, (%ecx)
	ret
	TABLE_ENTRY
	.size	\name, . - \name
	.endm

/* bool NAME(vaddr_t addr, u32 value) */
	.macro	STORE name, insn, register
	.globl	\name
	.type	\name, @function
\name:
	movl	4(%esp), %ecx
	movl	8(%esp), %edx
	xorl	%eax, %eax
1:	\insn	\register, (%ecx)
	incl	%eax
2:	ret
	TABLE_ENTRY
	.size	\name, . - \name
	.endm

	LOAD	try_load8, movzbl
	LOAD	try_load32, movl
	STORE	try_store8, movb, %dl
	STORE	try_store32, movl, %edx

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* ring3_entry.S - the way into user mode and back, and what runs there: see ring3.h. */
	.text

/*
 * int enter_user(u32 eip, u32 addr, u32 value): runs user code at CPL 3, with
 * ebx and eax loaded, until it traps and the handler calls leave_user(result);
 * returns that result.  The kernel stack of the traps from user mode begins
 * just below this function's own frame.
 */
#define USER_CS 0x23
#define USER_DS 0x2B
#define EFLAGS_RESERVED 0x2

	.globl	enter_user
enter_user:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %edx
	movl	24(%esp), %ebx
	movl	28(%esp), %eax
	movl	%esp, user_kernel_esp
	movl	%esp, kernel_tss + 4	/* esp0 */
	movl	$USER_DS, %ecx
	pushl	%ecx			/* ss, esp, eflags, cs, eip */
	pushl	$0			/* user code uses no stack */
	pushl	$EFLAGS_RESERVED
	pushl	$USER_CS
	pushl	%edx
	movl	%ecx, %ds
	movl	%ecx, %es
	iret

	/* the user's page of code: one access, and back */
	.balign	4096
	.globl	user_code, user_load8, user_load32, user_store8, user_store32
user_code:
user_load8:
	movzbl	(%ebx), %eax
	int	$0x80
user_load32:
	movl	(%ebx), %eax
	int	$0x80
user_store8:
	movb	%al, (%ebx)
	int	$0x80
user_store32:
	movl	%eax, (%ebx)
	int	$0x80
	.balign	4096

	.globl	leave_user
leave_user:
	movl	4(%esp), %eax
	movl	user_kernel_esp, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.balign	4
user_kernel_esp:
	.skip	4

	.section .note.GNU-stack, "", @progbits

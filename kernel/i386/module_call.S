/* SPDX-License-Identifier: MIT */
/*
 * module_call.S - calls into a module, which may fault.
 *
 * int guarded_call(u32 function): the function's result, or what
 * guarded_abort() was given.  Saved on the stack: the registers a function
 * keeps, the flags, and the frame of an outer guarded_call.
 */
	.text
	.globl	guarded_call
guarded_call:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushfl
	pushl	guarded_esp
	movl	%esp, guarded_esp
	call	*28(%esp)
guarded_return:
	popl	guarded_esp
	popfl
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* _Noreturn void guarded_abort(int result): for the trap handler, which it
 * leaves behind on the stack. */
	.globl	guarded_abort
guarded_abort:
	movl	4(%esp), %eax
	movl	guarded_esp, %esp
	jmp	guarded_return

	.bss
	.balign	4
	.globl	guarded_esp
guarded_esp:
	.skip	4

	.section .note.GNU-stack, "", @progbits

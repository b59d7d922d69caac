/* SPDX-License-Identifier: MIT */
/*
 * entry.S - the way into the kernel by trap and interrupt, into user mode and back.
 *
 * Every stub leaves the same frame, struct trap_frame of trap.h.
 */
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18

	.altmacro

	.text
	.macro	STUB vector, has_error=0
	.balign 16
	.if	!\has_error
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_common
	.endm

	/* 16 bytes a stub, so that the IDT is filled by a loop */
	.globl	trap_stubs
	.balign 16
trap_stubs:
	.set	vector, 0
	.rept	49
	.if	vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
	STUB	%vector, 1
	.else
	STUB	%vector
	.endif
	.set	vector, vector + 1
	.endr

trap_common:
	cld
	pushl	%es
	pushl	%ds
	pushal
	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	pushl	%esp
	call	trap_dispatch
	addl	$4, %esp
	popal
	popl	%ds
	popl	%es
	addl	$8, %esp		/* vector, error code */
	iret

/* void load_segments(void) */
	.globl	load_segments
load_segments:
	ljmp	$KERNEL_CS, $1f
1:	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	ret

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

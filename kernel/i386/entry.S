/* SPDX-License-Identifier: MIT */
/*
 * entry.S - the way into the kernel by trap and interrupt.
 *
 * Every stub leaves the same frame, struct trap_frame of trap_frame.h.
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

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
# entry.S - where the kernel is entered: from the boot loader, by a trap, by a switch.

#define KERNBASE 0x80000000

	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002, 0, -0x1BADB002

# From the boot loader: one 4 MiB page maps the image at 0 and at KERNBASE.
	.section .boot, "ax"
	.global _start
_start:
	movl	%cr4, %eax
	orl	$0x10, %eax		# PSE
	movl	%eax, %cr4
	movl	$(boot_directory - KERNBASE), %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	orl	$0x80010000, %eax	# PG, WP
	movl	%eax, %cr0
	movl	$high, %eax
	jmp	*%eax

	.text
high:
	movl	$stack_top, %esp
	pushl	%ebx
	call	kmain

	.data
	.global boot_directory
	.balign 4096
boot_directory:
	.long	0x83
	.fill	511, 4, 0
	.long	0x83
	.fill	511, 4, 0

# The kernel's own segments, after lgdt.
	.text
	.global load_segments
load_segments:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	ljmp	$0x08, $1f
1:	ret

# A trap: struct frame on the stack, then trap(frame).  The processor pushes an error
# code for 8, 10 to 14 and 17, which is a zero elsewhere.
	.macro	entry number
entry_\number:
	.if	(\number != 8) && (\number < 10 || \number > 14) && (\number != 17)
	pushl	$0
	.endif
	pushl	$\number
	jmp	all_traps
	.endm

	.altmacro
	.set	n, 0
	.rept	32
	entry	%n
	.set	n, n + 1
	.endr
	entry	64

all_traps:
	pushal
	pushl	%ds
	pushl	%es
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	pushl	%esp
	call	trap
	addl	$4, %esp
	.global return_to_user
return_to_user:
	popl	%es
	popl	%ds
	popal
	addl	$8, %esp
	iret

	.section .rodata
	.macro	address number
	.long	entry_\number
	.endm
	.global trap_entries
	.balign 4
trap_entries:
	.set	n, 0
	.rept	32
	address	%n
	.set	n, n + 1
	.endr
	address	64

# switch_context(from, to): the stack of one is put aside, that of the other goes on.
	.text
	.global switch_context
switch_context:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	%edx, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .note.GNU-stack, "", @progbits

	.bss
	.balign 16
	.skip	8192
stack_top:

/* SPDX-License-Identifier: MIT */
# boot.S - Multiboot entry of the drop-in kernel: paging on, C in the higher half.
#
# One 4 MiB page maps the image at 0 and at 0xC0000000, as small teaching
# kernels do it.  kmain(physical address of the Multiboot information).

#define KERNBASE 0xC0000000

	.section .multiboot, "a"
	.align 4
	.long 0x1BADB002, 0, -0x1BADB002

	.section .boot, "ax"
	.global _start
_start:
	movl	%cr4, %eax
	orl	$0x10, %eax		# PSE
	movl	%eax, %cr4
	movl	$(page_directory - KERNBASE), %eax
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
1:	hlt
	jmp	1b

	.data
	.global page_directory
	.balign 4096
page_directory:
	.long	0x83
	.fill	767, 4, 0
	.long	0x83
	.fill	255, 4, 0

	.section .note.GNU-stack, "", @progbits

	.bss
	.balign 16
	.skip	16384
stack_top:

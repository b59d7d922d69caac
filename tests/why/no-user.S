/* SPDX-License-Identifier: MIT */
/* The table lets user mode in, the slot of the directory does not. */
#include "guest.inc"
	IDENTITY TABLE, PRESENT + WRITE + USER
	SLOT	0, TABLE + PRESENT + WRITE
	lgdt	gdtr
	PAGING
	pushl	$0x23
	pushl	$stack
	pushl	$2
	pushl	$0x1b
	pushl	$user
	iret
user:	nop
	jmp	user
	.align	8
gdt:	.quad	0, 0x00cf9a000000ffff, 0x00cf92000000ffff
	.quad	0x00cffa000000ffff, 0x00cff2000000ffff
gdtr:	.word	. - gdt - 1
	.long	gdt

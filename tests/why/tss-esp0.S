/* SPDX-License-Identifier: MIT */
/* The stack that the TSS has for the kernel is not mapped. */
#include "guest.inc"
	IDENTITY TABLE, PRESENT + WRITE + USER
	SLOT	0, TABLE + PRESENT + WRITE + USER
	SEGMENTS
	GATES	panic
	PAGING
	movl	$0x500000, TSS + 4
	movl	$0x10, TSS + 8
	mov	$0x28, %eax
	ltr	%ax
	USER_MODE
user:	mov	0x40000000, %eax
panic:	jmp	panic

/* SPDX-License-Identifier: MIT */
/* The TSS has no stack segment for the kernel. */
#include "guest.inc"
	IDENTITY TABLE, PRESENT + WRITE + USER
	SLOT	0, TABLE + PRESENT + WRITE + USER
	SEGMENTS
	GATES	panic
	PAGING
	mov	$0x28, %eax
	ltr	%ax
	USER_MODE
user:	mov	0x40000000, %eax
panic:	jmp	panic

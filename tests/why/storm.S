/* SPDX-License-Identifier: MIT */
/* As no-handler.S, and the stack that the faults use up runs over the directory. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	GATES	panic + HIGH
	PAGING
	mov	$TABLE, %esp
	mov	0x40000000, %eax
	hlt
panic:	jmp	panic

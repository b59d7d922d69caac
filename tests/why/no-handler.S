/* SPDX-License-Identifier: MIT */
/* The gate of the page fault leads to the linear address of a handler that is not mapped. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	GATES	panic + HIGH
	PAGING
	mov	0x40000000, %eax
	hlt
panic:	jmp	panic

/* SPDX-License-Identifier: MIT */
/* The handler of the page fault spins. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	GATES	panic
	PAGING
	mov	0x40000000, %eax
	hlt
panic:	jmp	panic

/* SPDX-License-Identifier: MIT */
/* User mode without a TSS: no fault can reach the kernel. */
#include "guest.inc"
	IDENTITY TABLE, PRESENT + WRITE + USER
	SLOT	0, TABLE + PRESENT + WRITE + USER
	SEGMENTS
	GATES	panic
	PAGING
	USER_MODE
user:	mov	0x40000000, %eax
panic:	jmp	panic

/* SPDX-License-Identifier: MIT */
/* A page fault, and no IDT to handle it. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	mov	0x40000000, %eax
	hlt

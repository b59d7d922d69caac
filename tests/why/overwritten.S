/* SPDX-License-Identifier: MIT */
/* The frame of a table is used for data: its entry is overwritten. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	mov	0x300000, %eax
	movl	$0x12345678, TABLE + 4 * 0x300
	mov	%cr3, %eax
	mov	%eax, %cr3
	mov	0x300000, %eax
	hlt

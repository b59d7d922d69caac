/* SPDX-License-Identifier: MIT */
/* A wild pointer into a slot that maps three pages of a program's: nothing tells more. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	256, SECOND + PRESENT + WRITE + USER
	movl	$0x300000 + PRESENT + WRITE + USER, SECOND
	movl	$0x301000 + PRESENT + WRITE + USER, SECOND + 4
	movl	$0x302000 + PRESENT + WRITE + USER, SECOND + 8
	PAGING
	mov	0x40123000, %eax
	hlt

/* SPDX-License-Identifier: MIT */
/* The handler of every exception begins with an undefined instruction: the stack is used up. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	movl	$0, TABLE + 4 * 0x2fe
	GATES	worse
	PAGING
	mov	$0x300000, %esp
	ud2
worse:	ud2

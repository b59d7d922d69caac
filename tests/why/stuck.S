/* SPDX-License-Identifier: MIT */
/* The handler of the page fault maps nothing and returns: the same fault without end. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	GATES	ignore
	PAGING
	mov	0x40000000, %eax
	hlt
ignore:	add	$4, %esp
	iret

/* SPDX-License-Identifier: MIT */
/* Page 0 is unmapped when paging runs, to catch null pointers, and one is used. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	movl	$0, TABLE
	invlpg	0
	xor	%ebx, %ebx
	mov	16(%ebx), %eax
	hlt

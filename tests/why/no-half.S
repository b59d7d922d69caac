/* SPDX-License-Identifier: MIT */
/* A new directory has no slot for the kernel, which runs high. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	768, TABLE + PRESENT + WRITE
	movl	$TABLE + PRESENT + WRITE, SECOND
	PAGING
	mov	$high + HIGH, %eax
	jmp	*%eax
high:	mov	$SECOND, %eax
	mov	%eax, %cr3
	nop
	hlt

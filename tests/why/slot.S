/* SPDX-License-Identifier: MIT */
/* The kernel is to be mapped from 0xc0000000 on, but the slot is one off. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	767, TABLE + PRESENT + WRITE
	PAGING
	mov	$high + HIGH, %eax
	jmp	*%eax
high:	hlt

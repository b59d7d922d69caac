/* SPDX-License-Identifier: MIT */
/* The slot of the high half holds its table's linear address: the jump there finds ones. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	768, TABLE + HIGH + PRESENT + WRITE
	PAGING
	mov	$high + HIGH, %eax
	jmp	*%eax
high:	hlt

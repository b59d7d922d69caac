/* SPDX-License-Identifier: MIT */
/* CR3 gets the address of a frame that is no directory: it is empty. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	mov	$SECOND, %eax
	mov	%eax, %cr3
	nop
	hlt

/* SPDX-License-Identifier: MIT */
/* The stack lies behind the 4 MiB that are mapped. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	mov	$0x500000, %esp
	PAGING
	push	%eax
	hlt

/* SPDX-License-Identifier: MIT */
/* The table lets writes through, the slot of the directory does not. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT
	PAGING
	movl	$1, 0x300000
	hlt

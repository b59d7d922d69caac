/* SPDX-License-Identifier: MIT */
/* The directory lies in the middle of a page. */
#include "guest.inc"
	IDENTITY TABLE
	movl	$TABLE + PRESENT + WRITE, DIRECTORY + 0x800
	PAGING	DIRECTORY + 0x800
	hlt

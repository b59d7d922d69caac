/* SPDX-License-Identifier: MIT */
/* The slot leads to a good table, but is not present. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + WRITE
	PAGING
	hlt

/* SPDX-License-Identifier: MIT */
/* Entries of 64 bits, as of a struct with a field too many. */
#include "guest.inc"
	IDENTITY TABLE, stride=8
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	hlt

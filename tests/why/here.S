/* SPDX-License-Identifier: MIT */
/* The code that switches paging on runs low, and only high addresses are mapped. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	768, TABLE + PRESENT + WRITE
	PAGING
	hlt

/* SPDX-License-Identifier: MIT */
/* A slot of the directory holds the linear address of its table. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + HIGH + PRESENT + WRITE
	PAGING
	hlt

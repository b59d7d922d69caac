/* SPDX-License-Identifier: MIT */
/* CR3 gets the linear address of the directory. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING	DIRECTORY + HIGH
	hlt

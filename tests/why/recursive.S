/* SPDX-License-Identifier: MIT */
/* The directory maps itself in slot 1022, and is looked for in 1023. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	1022, DIRECTORY + PRESENT + WRITE
	PAGING
	mov	0xfffff000, %eax
	hlt

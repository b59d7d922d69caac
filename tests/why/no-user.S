/* SPDX-License-Identifier: MIT */
/* The table lets user mode in, the slot of the directory does not. */
#include "guest.inc"
	IDENTITY TABLE, PRESENT + WRITE + USER
	SLOT	0, TABLE + PRESENT + WRITE
	SEGMENTS
	PAGING
	USER_MODE
user:	nop
	jmp	user

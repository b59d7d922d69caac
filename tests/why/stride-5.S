/* SPDX-License-Identifier: MIT */
/* Entries of 39 bits: a struct that the compiler packs into 5 bytes. */
#include "guest.inc"
	IDENTITY TABLE, stride=5
	SLOT	0, TABLE + PRESENT + WRITE
	PAGING
	hlt

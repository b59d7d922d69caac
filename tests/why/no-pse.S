/* SPDX-License-Identifier: MIT */
/* A slot of 4 MiB, and CR4.PSE is off. */
#include "guest.inc"
	SLOT	0, 0x80 + PRESENT + WRITE
	PAGING
	hlt

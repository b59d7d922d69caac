/* SPDX-License-Identifier: MIT */
/* A buffer is cleared too far: the IDT that lies behind it loses its gates. */
#include "guest.inc"
	IDENTITY TABLE
	SLOT	0, TABLE + PRESENT + WRITE
	GATES	panic
	PAGING
	mov	$IDT - 256, %edi
	xor	%eax, %eax
	mov	$128, %ecx
	rep stosl
	mov	0x40000000, %eax
	hlt
panic:	jmp	panic

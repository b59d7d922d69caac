/* SPDX-License-Identifier: MIT */
/*
 * A guest with 8 MiB mapped that stores VALUE at the physical address ENTRY and then visits
 * every page.  Its command line ends with "ENTRY VALUE GATES": eight hexadecimal digits, eight
 * more, and 1 for an IDT whose handler stops the machine, or 0 for none.
 */
#include "guest.inc"
	mov	16(%ebx), %esi
1:	lodsb
	test	%al, %al
	jnz	1b
	sub	$20, %esi
	call	number
	mov	%eax, entry
	inc	%esi
	call	number
	mov	%eax, value
	inc	%esi
	mov	(%esi), %dl

	IDENTITY TABLE
	mov	$SECOND, %edi
	mov	$0x400000 + PRESENT + WRITE, %eax
1:	stosl
	add	$4096, %eax
	cmp	$0x800000, %eax
	jb	1b
	SLOT	0, TABLE + PRESENT + WRITE
	SLOT	1, SECOND + PRESENT + WRITE
	cmp	$'1', %dl
	jne	no_gates
	GATES	panic
no_gates:
	PAGING
	mov	entry, %edi
	mov	value, %eax
	mov	%eax, (%edi)
	mov	%cr3, %eax
	mov	%eax, %cr3
	xor	%esi, %esi
1:	mov	(%esi), %eax
	cmp	$0x300000, %esi
	jb	2f
	mov	%eax, (%esi)
2:	add	$4096, %esi
	cmp	$0x800000, %esi
	jb	1b
panic:	cli
	hlt
	jmp	panic

/* Eight hexadecimal digits at ESI, which moves behind them, as a number in EAX. */
number:	xor	%edx, %edx
	mov	$8, %ecx
1:	xor	%eax, %eax
	lodsb
	sub	$'0', %al
	cmp	$10, %al
	jb	2f
	sub	$'a' - '0' - 10, %al
2:	shl	$4, %edx
	or	%eax, %edx
	loop	1b
	mov	%edx, %eax
	ret
entry:	.long	0
value:	.long	0

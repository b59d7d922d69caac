/* SPDX-License-Identifier: MIT */
# user.S - the programs.  Each is copied to address 0 of its process and begins there.
#
# A system call: its number in eax, its argument in ebx; the result is in eax.

#define FORK	0
#define EXEC	1
#define EXIT	2
#define WAIT	3
#define SBRK	4
#define MISTAKE	5

	.macro	call number argument=0
	movl	$\number, %eax
	movl	$\argument, %ebx
	int	$0x40
	.endm

	.section .rodata
	.global init_start, init_end, worker_start, worker_end, stray_start, stray_end

# init: two workers at once, then one that strays.
init_start:
	movl	$2, %esi
1:	call	FORK
	testl	%eax, %eax
	jnz	2f
	call	EXEC, 1
2:	decl	%esi
	jnz	1b
	call	WAIT
	call	WAIT
	call	FORK
	testl	%eax, %eax
	jnz	3f
	call	EXEC, 2
3:	call	WAIT
	call	MISTAKE			# none without the option bug=
	call	EXIT
init_end:

# worker: takes four pages, writes to each, gives two back, and ends.
worker_start:
	call	SBRK, 0x4000
	movl	$4, %ecx
1:	movl	%eax, (%eax)
	addl	$4096, %eax
	loop	1b
	call	SBRK, -0x2000
	call	EXIT
worker_end:

# stray: reads where nothing is mapped, for which the kernel ends it.
stray_start:
	movl	0x10000000, %eax
	call	EXIT
stray_end:

	.section .note.GNU-stack, "", @progbits

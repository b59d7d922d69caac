/* SPDX-License-Identifier: MIT */
/*
 * boot_tables.S - the page tables and the stack that boot.S runs on.
 *
 * The tables lie where 2.4.22 has them.
 */
	.section .pagetables, "aw"
	.globl	swapper_pg_dir
	.globl	pg0
	.globl	pg1
	.globl	empty_zero_page
swapper_pg_dir:		.fill 4096, 1, 0	/* physical 0x101000 */
pg0:			.fill 4096, 1, 0	/* 0x102000 */
pg1:			.fill 4096, 1, 0	/* 0x103000 */
empty_zero_page:	.fill 4096, 1, 0	/* 0x104000 */

	.bss
	.balign	4096
	.globl	boot_stack
	.globl	boot_stack_top
boot_stack:
	.skip	16384
boot_stack_top:

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/*
 * boot.S - from GRUB's hand-over to C in the higher half.
 *
 * GRUB leaves flat 32-bit segments, paging off, the magic in eax and the
 * physical address of its information in ebx.  The first 8 MiB are mapped
 * twice, at 0 and at PAGE_OFFSET, with pg0 and pg1, as 2.4.22's head.S does;
 * the rest of the linear map is made by paging_init.
 */
#define PAGE_OFFSET 0xC0000000
#define PHYS(symbol) ((symbol) - PAGE_OFFSET)

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003	/* modules page aligned; memory map wanted */

#define CR0_PG_WP_AM_NE_MP 0x80050022
#define CPUID_CMOV (1 << 15)
#define EFLAGS_ID  (1 << 21)

	.section .boot.header, "a"
	.balign 4
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.section .boot, "ax"
	.globl	_start
_start:
	cli
	cld
	movl	$PHYS(boot_stack_top), %esp
	movl	%eax, %ebp
	movl	%ebx, %esi

	/* an i686 is one with cmov: gcc uses it everywhere */
	pushfl
	popl	%eax
	movl	%eax, %ecx
	xorl	$EFLAGS_ID, %eax
	pushl	%eax
	popfl
	pushfl
	popl	%eax
	cmpl	%eax, %ecx
	je	no_i686
	movl	$1, %eax
	cpuid
	testl	$CPUID_CMOV, %edx
	jz	no_i686

	/* pg0 and pg1 lie side by side: 2048 entries for 8 MiB, flags 007 */
	movl	$PHYS(pg0), %edi
	movl	$7, %eax
	movl	$2048, %ecx
1:	stosl
	addl	$0x1000, %eax
	loop	1b
	movl	$PHYS(pg0) + 7, %eax
	movl	$PHYS(pg1) + 7, %edx
	movl	%eax, PHYS(swapper_pg_dir)
	movl	%edx, PHYS(swapper_pg_dir) + 4
	movl	%eax, PHYS(swapper_pg_dir) + 768 * 4
	movl	%edx, PHYS(swapper_pg_dir) + 769 * 4
	movl	$PHYS(swapper_pg_dir), %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	orl	$CR0_PG_WP_AM_NE_MP, %eax
	movl	%eax, %cr0
	movl	$higher_half, %eax
	jmp	*%eax

no_i686:
	movl	$PHYS(no_i686_text), %esi
	movl	$0xB8000, %edi
	movb	$0x4F, %ah
1:	lodsb
	testb	%al, %al
	jz	2f
	stosw
	jmp	1b
2:	hlt
	jmp	2b
no_i686_text:
	.asciz	"pagescope: this kernel needs an i686 (a CPU with cmov)"

	.text
higher_half:
	movl	$boot_stack_top, %esp
	movl	%esi, %ebx		/* edi, ecx and eax are needed for the clearing */
	movl	$__bss_start, %edi
	movl	$__bss_stop, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
	pushl	$0			/* a back trace ends here */
	pushl	$0
	movl	%ebp, %eax
	xorl	%ebp, %ebp
	pushl	%ebx			/* kernel_main(magic, information) */
	pushl	%eax
	call	kernel_main
1:	cli
	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/*
 * memcpy.S - memcpy and memset of string.h.
 *
 * `rep movsl` and not a loop: under an emulator one iteration of either is one tick,
 * but moves four bytes.
 */
	.text

/* void *memcpy(void *dst, const void *src, size_t n) */
	.globl	memcpy
	.type	memcpy, @function
memcpy:
	pushl	%edi
	pushl	%esi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	shrl	$2, %ecx
	rep movsl
	movl	20(%esp), %ecx
	andl	$3, %ecx
	rep movsb
	movl	12(%esp), %eax
	popl	%esi
	popl	%edi
	ret
	.size	memcpy, . - memcpy

/* void *memset(void *dst, int c, size_t n) */
	.globl	memset
	.type	memset, @function
memset:
	pushl	%edi
	movl	8(%esp), %edi
	movzbl	12(%esp), %eax
	imull	$0x01010101, %eax, %eax
	movl	16(%esp), %ecx
	shrl	$2, %ecx
	rep stosl
	movl	16(%esp), %ecx
	andl	$3, %ecx
	rep stosb
	movl	8(%esp), %eax
	popl	%edi
	ret
	.size	memset, . - memset

	.section .note.GNU-stack, "", @progbits

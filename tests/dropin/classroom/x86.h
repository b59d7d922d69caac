/* SPDX-License-Identifier: MIT */
/* x86.h - the instructions that C has no word for, a function each. */
#ifndef CLASSROOM_X86_H
#define CLASSROOM_X86_H

#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t rcr2(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr2, %0" : "=r"(value));
	return value;
}

static inline uint32_t rcr3(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr3, %0" : "=r"(value));
	return value;
}

static inline void lcr3(uint32_t value)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory");
}

static inline void invlpg(uint32_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline void hlt(void)
{
	__asm__ volatile("hlt");
}

/* what: the six bytes of limit and base */
static inline void lgdt(const void *what)
{
	__asm__ volatile("lgdt (%0)" : : "r"(what) : "memory");
}

static inline void lidt(const void *what)
{
	__asm__ volatile("lidt (%0)" : : "r"(what) : "memory");
}

static inline void ltr(uint16_t selector)
{
	__asm__ volatile("ltr %0" : : "r"(selector));
}

#endif

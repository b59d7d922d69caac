/* SPDX-License-Identifier: MIT */
/*
 * x86.h - the instructions C cannot write, one per function, named after it.
 *
 * This is the kernel's only inline assembly; what needs more than one instruction
 * is in a .S file.  The exceptions are pairs that cannot be taken apart: EFLAGS
 * moves through the stack only, and sti takes effect after the next instruction.
 */
#ifndef I386_X86_H
#define I386_X86_H

#include "lib/types.h"

static inline void outb(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(u16 port, u16 value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u64 rdtsc(void)
{
	u64 ticks;

	asm volatile("rdtsc" : "=A"(ticks));
	return ticks;
}

static inline void cpuid(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(0));
}

static inline u32 read_eflags(void)
{
	u32 flags;

	asm volatile("pushfl; popl %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void write_eflags(u32 flags)
{
	asm volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc");
}

static inline void cli(void)
{
	asm volatile("cli" : : : "memory");
}

/* sti's one-instruction shadow makes the pair atomic: no wake-up is lost. */
static inline void sti_hlt(void)
{
	asm volatile("sti; hlt" : : : "memory");
}

static inline void hlt(void)
{
	asm volatile("hlt" : : : "memory");
}

static inline void int3(void)
{
	asm volatile("int3");
}

static inline void xchgw_bx_bx(void)
{
	asm volatile("xchgw %bx, %bx");
}

static inline u32 read_cr2(void)
{
	u32 v;

	asm volatile("movl %%cr2, %0" : "=r"(v) : : "memory");
	return v;
}

static inline u32 read_cr3(void)
{
	u32 v;

	asm volatile("movl %%cr3, %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_cr3(u32 v)
{
	asm volatile("movl %0, %%cr3" : : "r"(v) : "memory");
}

static inline u32 read_cr4(void)
{
	u32 v;

	asm volatile("movl %%cr4, %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_cr4(u32 v)
{
	asm volatile("movl %0, %%cr4" : : "r"(v) : "memory");
}

/* Bit `nr` of an array of any length, counted from `map` on: toggled; the carry
 * is what it was. */
struct bit_array {
	u32 word[1u << 17];
};

static inline void btc(u32 nr, u32 *map)
{
	asm volatile("btcl %1, %0" : "+m"(*(struct bit_array *)map) : "r"(nr) : "cc");
}

static inline bool btc_carry(u32 nr, u32 *map)
{
	bool carry;

	asm volatile("btcl %2, %0" : "+m"(*(struct bit_array *)map), "=@ccc"(carry) : "r"(nr));
	return carry;
}

static inline void invlpg(u32 addr)
{
	asm volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

struct descriptor_table {
	u16 limit;
	u32 base;
} __attribute__((packed));

static inline void lgdt(const struct descriptor_table *t)
{
	asm volatile("lgdt %0" : : "m"(*t));
}

static inline void lidt(const struct descriptor_table *t)
{
	asm volatile("lidt %0" : : "m"(*t));
}

static inline void ltr(u16 selector)
{
	asm volatile("ltr %0" : : "r"(selector));
}

#define X86_CR4_PSE 0x00000010u
#define X86_CR4_PGE 0x00000080u

#define CPUID_PSE (1u << 3) /* cpuid(1).edx */
#define CPUID_PGE (1u << 13)

#endif

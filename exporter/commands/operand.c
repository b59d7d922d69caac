/* SPDX-License-Identifier: MIT */
/* operand.c - see operand.h. */
#include "commands/operand.h"

#include <stdio.h>
#include <string.h>

enum { ESP = 4, EBP = 5, ESI = 6, EDI = 7 };

struct code {
	u8 byte[16];
	unsigned nr, at;
};

static u8 next(struct code *c)
{
	return c->at < c->nr ? c->byte[c->at++] : 0;
}

static u32 next_word(struct code *c)
{
	u32 v = 0;

	for (unsigned n = 0; n < 4; n++)
		v |= (u32)next(c) << 8 * n;
	return v;
}

static void read_hex(struct code *c, const char *hex)
{
	unsigned byte;

	*c = (struct code){ 0 };
	while (c->nr < sizeof(c->byte) && sscanf(hex + 2 * c->nr, "%2x", &byte) == 1 &&
	       hex[2 * c->nr + 1])
		c->byte[c->nr++] = (u8)byte;
}

/* The address that a ModRM byte names; false: it names a register. */
static bool modrm(struct code *c, const u32 r[8], u8 m, u32 *addr)
{
	unsigned mod = m >> 6, rm = m & 7;

	if (mod == 3)
		return false;
	*addr = 0;
	if (rm == ESP) {
		u8 sib = next(c);

		rm = sib & 7;
		if ((sib >> 3 & 7) != ESP)
			*addr = r[sib >> 3 & 7] << (sib >> 6);
	}
	if (mod == 0 && rm == EBP)
		*addr += next_word(c);
	else
		*addr += r[rm];
	if (mod == 1)
		*addr += (u32)(int32_t)(int8_t)next(c);
	else if (mod == 2)
		*addr += next_word(c);
	return true;
}

static bool is_prefix(u8 op)
{
	return memchr("\x66\xf0\xf2\xf3\x2e\x36\x3e\x26", op, 8);
}

/* One-byte opcodes with a ModRM byte. */
static bool has_modrm(u8 op)
{
	if (op < 0x40)
		return (op & 7) < 4;
	return (op >= 0x80 && op <= 0x8f) || op == 0x69 || op == 0x6b || op == 0xc0 || op == 0xc1 ||
	       op == 0xc6 || op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || op == 0xf6 || op == 0xf7 ||
	       op == 0xfe || op == 0xff;
}

static bool writes(u8 op, u8 m)
{
	if (op < 0x40) /* arithmetic of memory and a register; 0x38: cmp */
		return (op & 7) < 2 && op < 0x38;
	return op == 0x88 || op == 0x89 || op == 0xc6 || op == 0xc7 || op == 0x8f || op == 0x86 ||
	       op == 0x87 || (op >= 0x80 && op <= 0x83 && (m >> 3 & 7) != 7) || op == 0xfe ||
	       (op == 0xff && (m >> 3 & 7) < 2);
}

static bool pushes(u8 op, u8 m)
{
	return (op >= 0x50 && op <= 0x57) || op == 0x68 || op == 0x6a || op == 0xe8 || op == 0x9c ||
	       op == 0x60 || (op == 0xff && ((m >> 3 & 7) == 6 || (m >> 3 & 7) == 2));
}

static bool pops(u8 op)
{
	return (op >= 0x58 && op <= 0x5f) || op == 0xc3 || op == 0xc2 || op == 0xc9 || op == 0xcf ||
	       op == 0x9d || op == 0x61;
}

unsigned operands_of(const char *hex, const u32 registers[8], struct operand operand[2])
{
	struct code c;
	unsigned nr = 0;
	u32 addr;
	u8 op, m = 0;

	read_hex(&c, hex);
	if (!c.nr)
		return 0;
	do
		op = next(&c);
	while (is_prefix(op) && c.at < c.nr);
	if (op >= 0xa0 && op <= 0xa3) {
		operand[nr++] = (struct operand){ .addr = next_word(&c), .write = op >= 0xa2 };
		return nr;
	}
	if (op == 0xa4 || op == 0xa5 || op == 0xac || op == 0xad)
		operand[nr++] = (struct operand){ .addr = registers[ESI] };
	if (op == 0xa4 || op == 0xa5 || op == 0xaa || op == 0xab)
		operand[nr++] = (struct operand){ .addr = registers[EDI], .write = true };
	if (has_modrm(op)) {
		m = next(&c);
		if (modrm(&c, registers, m, &addr))
			operand[nr++] = (struct operand){ .addr = addr, .write = writes(op, m) };
	} else if (op == 0x0f) {
		op = next(&c);
		if ((op & 0xf6) == 0xb6 || op == 0xaf || op == 0xc1 || op == 0xb0 || op == 0xb1) {
			if (modrm(&c, registers, next(&c), &addr))
				operand[nr++] = (struct operand){ .addr = addr };
		}
		return nr;
	}
	if (nr < 2 && pushes(op, m))
		operand[nr++] = (struct operand){ registers[ESP] - 4, true, true };
	else if (nr < 2 && pops(op))
		operand[nr++] = (struct operand){ registers[ESP], false, true };
	return nr;
}

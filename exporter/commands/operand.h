/* SPDX-License-Identifier: MIT */
/* operand.h - which memory an i386 instruction accesses. */
#ifndef EXPORTER_OPERAND_H
#define EXPORTER_OPERAND_H

#include "base/types.h"

#include <stdbool.h>

struct operand {
	u32 addr;
	bool write, stack;
};

/* The operands in memory of the 32-bit instruction whose bytes `hex` has, with segments
 * from 0 on; registers are EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.  Returns how many, at
 * most 2; 0 also if it does not know the instruction.  Intel SDM volume 2, chapter 2. */
unsigned operands_of(const char *hex, const u32 registers[8], struct operand operand[2]);

#endif

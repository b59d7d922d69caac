/* SPDX-License-Identifier: MIT */
/*
 * number.h - numbers as a person writes them, for the kernel and the simulator.
 *
 * Decimal, or hexadecimal with 0x; a leading zero means nothing.  Where a size is meant K,
 * M or G may follow the digits.  No sign, no blank, nothing that does not fit 64 bits.
 * tests/lib/numbers.txt is the table of what is a number and what is none.
 */
#ifndef LIB_NUMBER_H
#define LIB_NUMBER_H

#include "lib/types.h"

/* The value of a digit in `base`, or -1. */
int digit_value(int c, unsigned base);
/* How far K, M or G shifts; 0: neither. */
unsigned unit_shift(int c);

/* The number at the start of `s`; the place after it, or NULL if there is none. */
const char *number_at(const char *s, u64 *value);
/* The same, with K, M or G after it or without. */
const char *size_at(const char *s, u64 *bytes);
/* Is all of `s` a number, a size, of at most `max`? */
bool number_parse(const char *s, u64 max, u64 *value);
bool size_parse(const char *s, u64 max, u64 *bytes);
/* Is all of `s` hexadecimal digits, with 0x before them or without? */
bool hex_parse(const char *s, u64 max, u64 *value);

#endif

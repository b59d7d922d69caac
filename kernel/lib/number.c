/* SPDX-License-Identifier: MIT */
/* number.c - reading numbers; see number.h. */
#include "lib/number.h"

int digit_value(int c, unsigned base)
{
	int v = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : 99;

	return v < (int)base ? v : -1;
}

unsigned unit_shift(int c)
{
	switch (c) {
	case 'K':
	case 'k': return 10;
	case 'M':
	case 'm': return 20;
	case 'G':
	case 'g': return 30;
	}
	return 0;
}

static bool has_0x(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

static const char *digits_at(const char *s, unsigned base, u64 *value)
{
	u64 v = 0, largest = ~0ull / base; /* what times the base still fits */
	const char *first;
	int d;

	for (first = s; (d = digit_value(*s, base)) >= 0; s++) {
		u64 next = v * base + (unsigned)d;

		if (v > largest || next < (unsigned)d)
			return NULL;
		v = next;
	}
	*value = v;
	return s > first ? s : NULL;
}

const char *number_at(const char *s, u64 *value)
{
	return has_0x(s) ? digits_at(s + 2, 16, value) : digits_at(s, 10, value);
}

const char *size_at(const char *s, u64 *bytes)
{
	unsigned shift;

	s = number_at(s, bytes);
	shift = s ? unit_shift(*s) : 0;
	if (!shift)
		return s;
	if (*bytes >> (64 - shift))
		return NULL;
	*bytes <<= shift;
	return s + 1;
}

bool number_parse(const char *s, u64 max, u64 *value)
{
	s = number_at(s, value);
	return s && !*s && *value <= max;
}

bool size_parse(const char *s, u64 max, u64 *bytes)
{
	s = size_at(s, bytes);
	return s && !*s && *bytes <= max;
}

bool hex_parse(const char *s, u64 max, u64 *value)
{
	s = digits_at(has_0x(s) ? s + 2 : s, 16, value);
	return s && !*s && *value <= max;
}

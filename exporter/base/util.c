/* SPDX-License-Identifier: MIT */
/* util.c - memory, text and numbers; see util.h. */
#include "base/util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *ps_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		ps_die(PS_EXIT_DATA, "out of memory (%zu bytes wanted)", size);
	return p;
}

void *ps_realloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		ps_die(PS_EXIT_DATA, "out of memory (%zu bytes wanted)", size);
	return p;
}

char *ps_strdup(const char *s)
{
	return strcpy(ps_alloc(strlen(s) + 1), s);
}

char *ps_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = ps_alloc((size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

bool ps_parse_number(const char *s, u64 *value)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	unsigned base = hex ? 16 : 10;
	u64 n = 0;

	if (hex)
		s += 2;
	if (!isxdigit((unsigned char)*s))
		return false;
	for (; isxdigit((unsigned char)*s); s++) {
		unsigned digit = isdigit((unsigned char)*s)
					 ? (unsigned)(*s - '0')
					 : (unsigned)(tolower((unsigned char)*s) - 'a' + 10);

		if (digit >= base || n > (UINT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	*value = n;
	return *s == '\0';
}

bool ps_parse_count(const char *s, u64 *value)
{
	size_t first = strcspn(s, ","), len = strlen(s), used = 0;
	char plain[32];

	if (first == len)
		return ps_parse_number(s, value);
	/* 1 to 3 digits, then groups of a comma and three */
	if (first < 1 || first > 3 || (len - first) % 4 || len >= sizeof(plain))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool comma = i >= first && (i - first) % 4 == 0;

		if (comma ? s[i] != ',' : !isdigit((unsigned char)s[i]))
			return false;
		if (!comma)
			plain[used++] = s[i];
	}
	plain[used] = '\0';
	return ps_parse_number(plain, value);
}

char *ps_decimal(char *buf, u64 n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char tmp[20], *p = tmp + sizeof(tmp);
	size_t len;

	while (n >= 100) {
		unsigned two = (unsigned)(n % 100) * 2;

		n /= 100;
		p -= 2;
		memcpy(p, pairs + two, 2);
	}
	if (n >= 10) {
		p -= 2;
		memcpy(p, pairs + n * 2, 2);
	} else {
		*--p = (char)('0' + n);
	}
	len = (size_t)(tmp + sizeof(tmp) - p);
	memcpy(buf, p, len);
	return buf + len;
}

const char *ps_thousands(u64 n)
{
	static char ring[8][32];
	static unsigned next;
	char digits[24], *s = ring[next++ % 8], *out = s;
	size_t len = (size_t)(ps_decimal(digits, n) - digits);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return s;
}

const char *ps_count(u64 n, const char *one)
{
	static char ring[8][64];
	static unsigned next;
	char *s = ring[next++ % 8];
	size_t len = strlen(one);
	char last = one[len - 1], before = one[len - 2];

	if (n == 1)
		snprintf(s, sizeof(ring[0]), "1 %s", one);
	else if (last == 'y' && !strchr("aeiou", before))
		snprintf(s, sizeof(ring[0]), "%s %.*sies", ps_thousands(n), (int)len - 1, one);
	else
		snprintf(s, sizeof(ring[0]), "%s %s%s", ps_thousands(n), one,
			 last == 's' || last == 'h' ? "es" : "s");
	return s;
}

/* Letters to change, add, leave out or swap to make b of a; at most 31 of each count. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][33], la = (unsigned)strnlen(a, 31), lb = (unsigned)strnlen(b, 31);

	for (unsigned j = 0; j <= lb; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned n = up[j - 1] + (a[i - 1] != b[j - 1]);

			n = up[j] + 1 < n ? up[j] + 1 : n;
			n = now[j - 1] + 1 < n ? now[j - 1] + 1 : n;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upper[j - 2] + 1 < n)
				n = upper[j - 2] + 1;
			now[j] = n;
		}
	}
	return row[la % 3][lb];
}

const char *ps_nearest(const char *word, const char *const *first, size_t nr, size_t stride)
{
	size_t len = strlen(word);
	unsigned best = len < 5 ? 2 : len < 9 ? 3 : 4;
	static char text[80];

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++) {
		const char *known = *(const char *const *)((const char *)first + i * stride);
		unsigned n = known ? distance(word, known) : best;

		if (n >= best)
			continue;
		best = n;
		snprintf(text, sizeof(text), "; did you mean %s?", known);
	}
	return text;
}

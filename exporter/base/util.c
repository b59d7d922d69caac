/* SPDX-License-Identifier: MIT */
/* util.c - messages, memory, numbers and a small hash map; see util.h. */
#include "base/util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ps_quiet;
const char *ps_input_name;

static void message(const char *kind, const char *fmt, va_list ap)
{
	ps_progress_clear();
	fflush(stdout);
	fprintf(stderr, "pagescope: %s", kind);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void ps_die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	exit(code);
}

void ps_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'pagescope %s%s--help'.\n", command ? command : "",
		command ? " " : "");
	exit(PS_EXIT_USAGE);
}

void ps_warn(const char *fmt, ...)
{
	va_list ap;

	if (ps_quiet)
		return;
	va_start(ap, fmt);
	message("warning: ", fmt, ap);
	va_end(ap);
}

void ps_note(const char *fmt, ...)
{
	va_list ap;

	if (ps_quiet)
		return;
	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
}

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

bool ps_parse_u64(const char *s, u64 *value)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	unsigned base = hex ? 16 : 10, shift = 0;
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
	switch (toupper((unsigned char)*s)) {
	case 'K': shift = 10; break;
	case 'M': shift = 20; break;
	case 'G': shift = 30; break;
	}
	if (shift && n > UINT64_MAX >> shift)
		return false;
	*value = n << shift;
	return s[shift != 0] == '\0';
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

/* ---- the map: linear probing, deleted slots keep key TOMB ---- */

#define EMPTY 0xffffffffu
#define TOMB  0xfffffffeu

static u32 slot_of(const struct ps_map *m, u32 key)
{
	return (key * 0x9e3779b1u >> 7) & m->mask;
}

/* Keys EMPTY and TOMB cannot be stored; no frame number, aligned address or call
 * site of ours has such a value. */
bool ps_map_get(const struct ps_map *m, u32 key, u32 *value)
{
	if (!m->key)
		return false;
	for (u32 i = slot_of(m, key); m->key[i] != EMPTY; i = (i + 1) & m->mask) {
		if (m->key[i] == key) {
			if (value)
				*value = m->value[i];
			return true;
		}
	}
	return false;
}

static void map_resize(struct ps_map *m, u32 size)
{
	struct ps_map old = *m;

	m->key = ps_realloc(NULL, size * sizeof(u32));
	memset(m->key, 0xff, size * sizeof(u32));
	m->value = ps_realloc(NULL, size * sizeof(u32));
	m->mask = size - 1;
	m->used = m->dead = 0;
	for (u32 i = 0; old.key && i <= old.mask; i++)
		if (old.key[i] != EMPTY && old.key[i] != TOMB)
			ps_map_set(m, old.key[i], old.value[i]);
	free(old.key);
	free(old.value);
}

void ps_map_set(struct ps_map *m, u32 key, u32 value)
{
	u32 i, tomb = EMPTY;

	if (key >= TOMB)
		return;
	if (!m->key)
		map_resize(m, 64);
	else if ((m->used + m->dead) * 2 > m->mask)
		map_resize(m, (m->used * 4 > m->mask ? 2 : 1) * (m->mask + 1));
	for (i = slot_of(m, key); m->key[i] != EMPTY; i = (i + 1) & m->mask) {
		if (m->key[i] == key) {
			m->value[i] = value;
			return;
		}
		if (m->key[i] == TOMB && tomb == EMPTY)
			tomb = i;
	}
	if (tomb != EMPTY) {
		i = tomb;
		m->dead--;
	}
	m->key[i] = key;
	m->value[i] = value;
	m->used++;
}

bool ps_map_delete(struct ps_map *m, u32 key)
{
	if (!m->key || key >= TOMB)
		return false;
	for (u32 i = slot_of(m, key); m->key[i] != EMPTY; i = (i + 1) & m->mask) {
		if (m->key[i] == key) {
			m->key[i] = TOMB;
			m->used--;
			m->dead++;
			return true;
		}
	}
	return false;
}

void ps_map_free(struct ps_map *m)
{
	free(m->key);
	free(m->value);
	memset(m, 0, sizeof(*m));
}

/* SPDX-License-Identifier: MIT */
/*
 * vsnprintf.c - the part of C's formatted output that the kernel uses.
 *
 * %[-0][width][.precision][l|ll|z]{c s d i u x X p %}.  The simulator uses libc's.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "lib/types.h"

/* Where the text goes: what does not fit is counted, not stored. */
struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero;
	unsigned width, size; /* size: number of l's; z is the same as l */
	int precision;        /* -1: not given */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, unsigned n)
{
	while (n--)
		put(o, c);
}

/* `text` of `n` characters in its field; a sign or 0x in front of padding zeros. */
static void field(struct out *o, const struct spec *s, const char *prefix, const char *text,
		  size_t n)
{
	size_t before = strlen(prefix);
	unsigned fill = s->width > n + before ? s->width - (unsigned)(n + before) : 0;

	if (!s->left && !s->zero)
		pad(o, ' ', fill);
	while (*prefix)
		put(o, *prefix++);
	if (!s->left && s->zero)
		pad(o, '0', fill);
	while (n--)
		put(o, *text++);
	if (s->left)
		pad(o, ' ', fill);
}

static void number(struct out *o, const struct spec *spec, u64 n, unsigned base, const char *prefix,
		   const char *digits)
{
	char text[24];
	struct spec s = *spec;
	int i = sizeof text, least = s.precision < 0 ? 1 : s.precision;

	while (n || (int)sizeof text - i < least) {
		if (!i)
			break;
		/* cppcheck-suppress zerodivcond ; base is 10 or 16 */
		text[--i] = digits[n % base];
		n /= base;
	}
	if (s.precision >= 0)
		s.zero = false;
	field(o, &s, prefix, text + i, sizeof text - (size_t)i);
}

static u64 unsigned_arg(const struct spec *s, va_list *ap)
{
	return s->size >= 2 ? va_arg(*ap, u64) : va_arg(*ap, unsigned long);
}

static void signed_number(struct out *o, const struct spec *s, va_list *ap)
{
	long long n = s->size >= 2 ? va_arg(*ap, long long) : va_arg(*ap, long);

	number(o, s, n < 0 ? -(u64)n : (u64)n, 10, n < 0 ? "-" : "", "0123456789");
}

static void string(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	s->zero = false;
	field(o, s, "", text, strnlen(text, s->precision < 0 ? SIZE_MAX : (size_t)s->precision));
}

static unsigned digits_of(const char **fmt)
{
	unsigned n = 0;

	while (**fmt >= '0' && **fmt <= '9')
		n = n * 10 + (unsigned)(*(*fmt)++ - '0');
	return n;
}

/* Flags, width and so on after a %; returns the conversion character's place. */
static const char *parse(const char *fmt, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .precision = -1 };
	for (;; fmt++) {
		if (*fmt == '-')
			s->left = true;
		else if (*fmt == '0')
			s->zero = true;
		else
			break;
	}
	if (*fmt == '*') {
		s->width = va_arg(*ap, unsigned);
		fmt++;
	} else {
		s->width = digits_of(&fmt);
	}
	if (*fmt == '.') {
		fmt++;
		if (*fmt == '*') {
			s->precision = va_arg(*ap, int);
			fmt++;
		} else {
			s->precision = (int)digits_of(&fmt);
		}
	}
	for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
		s->size += *fmt == 'l';
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	va_list ap;
	char c;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse(fmt + 1, &s, &ap);
		switch (*fmt) {
		case 'c':
			c = (char)va_arg(ap, int);
			field(&o, &s, "", &c, 1);
			break;
		case 's': string(&o, &s, va_arg(ap, const char *)); break;
		case 'd':
		case 'i': signed_number(&o, &s, &ap); break;
		case 'u': number(&o, &s, unsigned_arg(&s, &ap), 10, "", "0123456789"); break;
		case 'x': number(&o, &s, unsigned_arg(&s, &ap), 16, "", "0123456789abcdef"); break;
		case 'X': number(&o, &s, unsigned_arg(&s, &ap), 16, "", "0123456789ABCDEF"); break;
		case 'p':
			number(&o, &s, va_arg(ap, uintptr_t), 16, "0x", "0123456789abcdef");
			break;
		case '%': put(&o, '%'); break;
		default: /* a conversion we lack: shown as it stands, and its end found */
			put(&o, '%');
			if (!*fmt)
				fmt--;
			else
				put(&o, *fmt);
		}
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

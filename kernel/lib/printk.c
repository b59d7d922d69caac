/* SPDX-License-Identifier: MIT */
/*
 * printk.c - formatted text for the console.
 *
 * Built for the kernel and for the simulator; machine.h says where text goes
 * and what a panic does.
 */
#include "lib/printk.h"
#include "mm/machine.h"

#define LINE_MAX 512 /* a longer message is cut, and ends in "..." */

/* Formats into buf; returns the characters to print. */
static size_t format(char *buf, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, LINE_MAX, fmt, ap);

	if (n < LINE_MAX)
		return n < 0 ? 0 : (size_t)n;
	buf[LINE_MAX - 4] = buf[LINE_MAX - 3] = '.';
	buf[LINE_MAX - 2] = '\n';
	return LINE_MAX - 1;
}

void printk(const char *fmt, ...)
{
	char buf[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	machine_console(buf, format(buf, fmt, ap));
	va_end(ap);
}

_Noreturn void panic(const char *fmt, ...)
{
	char buf[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	buf[format(buf, fmt, ap)] = 0;
	va_end(ap);
	machine_panic(buf);
}

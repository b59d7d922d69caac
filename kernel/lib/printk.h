/* SPDX-License-Identifier: MIT */
/* printk.h - formatted text to the console; never into the trace. */
#ifndef LIB_PRINTK_H
#define LIB_PRINTK_H

#include <stdarg.h>
#include <stddef.h>

/* %c %s %d %u %x %X %p %08x %lu %llu %llx %%, width, 0 and - flags.  Returns the
 * length the whole text would have, as C's snprintf does. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Prints to the console; a text of 512 characters or more is cut and ends in "...". */
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* printk's way out, which the machine provides (i386/console.c, sim/sim.c): puts n
 * characters on the console. */
void console_write(const char *text, size_t n);

/* What a word takes behind the number n: "1 page", "2 pages". */
static inline const char *plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

#endif

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
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#endif

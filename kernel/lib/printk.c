/* SPDX-License-Identifier: MIT */
/* printk.c - formatted text for the console, in the kernel and in the simulator. */
#include "lib/printk.h"
#include "lib/string.h"

#define LINE_MAX 512

void printk(const char *fmt, ...)
{
	char buf[LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n >= LINE_MAX) {
		memcpy(buf + LINE_MAX - 5, "...\n", 4);
		n = LINE_MAX - 1;
	}
	if (n > 0)
		console_write(buf, (size_t)n);
}

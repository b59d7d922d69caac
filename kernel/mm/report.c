/* SPDX-License-Identifier: MIT */
/*
 * report.c - what goes wrong: misuse by callers, said aloud, and failures made
 * on purpose, for tests.
 */
#include "mm/mm_priv.h"

#define REPORT_MAX 160

u32 mm_reports;

void mm_report(unsigned code, u32 value, u32 value2, u32 ip, const char *fmt, ...)
{
	char text[REPORT_MAX];
	va_list ap;

	mm_reports += code != PS_REPORT_NO_RECLAIM;
	(void)code, (void)value, (void)value2, (void)ip;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("%s\n", text);
	TRACE_STR(mm_report,
		  ({ .code = (u8)code, .value = value, .value2 = value2, .call_site = ip }), text);
}

_Noreturn void mm_bug(u32 value, u32 ip, const char *what)
{
	mm_report(PS_REPORT_BUG, value, 0, ip, "kernel BUG: %s (%08x)", what, value);
	panic("kernel BUG: %s (%08x)", what, value);
}

/* ---- failures made on purpose ---- */

static struct {
	unsigned left;
	bool from;
} fail[FAIL_KINDS];
bool fail_armed;

void fail_nth(enum fail_kind kind, unsigned nth, bool from)
{
	unsigned i;

	fail[kind].left = nth;
	fail[kind].from = from;
	fail_armed = false;
	for (i = 0; i < FAIL_KINDS; i++)
		fail_armed |= fail[i].left != 0;
}

/* Counts down to 1, which fails; with `from` it stays there. */
bool fail_now_slow(enum fail_kind kind)
{
	if (fail[kind].left == 0)
		return false;
	if (fail[kind].left > 1) {
		fail[kind].left--;
		return false;
	}
	if (!fail[kind].from)
		fail_nth(kind, 0, false);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - which steps have failed.
 *
 * Many scenarios are about a request that gets nothing or an access that faults,
 * so neither is wrong in itself.  The interpreter only remembers it, and the
 * scenario says that it was meant with `expect failed` or `expect fault` right
 * after it.  If another statement comes first, the step has failed: the scenario
 * goes on, and its verdict is not 0.
 */
#include "scenario/scn_priv.h"

static void fail_step(u16 line, const char *what, const char *got)
{
	scn.failed++;
	printk("%s:%u: FAILED: %s%s%s\n", scn.file, line, what, *got ? ": " : "", got);
	TRACE_STR(expect, ({ .ok = 0, .line = line }), what, got);
}

void scn_step_failed(const char *fmt, ...)
{
	char got[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(got, sizeof(got), fmt, ap);
	va_end(ap);
	fail_step(scn.line, "the step does what it says", got);
}

void scn_settle(void)
{
	if (scn.interactive) { /* whoever types has seen it */
		scn.pending_fault = scn.pending_failed = false;
		scn.reports_before = mm_reports;
		return;
	}
	if (scn.pending_fault)
		fail_step(scn.pending_line, "no fault (or: expect fault)", scn.pending_what);
	else if (scn.pending_failed)
		fail_step(scn.pending_line, "the step to succeed", scn.pending_what);
	if (mm_reports != scn.reports_before && !scn.reports_expected)
		fail_step(scn.line, "no misuse (or: expect reported)", "the kernel reported it");
	scn.reports_before = mm_reports;
	scn.reports_expected = false;
	scn.pending_fault = scn.pending_failed = false;
}

void scn_do_expect(const struct scn_stmt *st)
{
	char text[PS_STRING_MAX];
	u32 len = st->len < sizeof(text) - 1 ? st->len : sizeof(text) - 1;
	u32 skip = (u32)strlen(scn_statements[OP_EXPECT].word);
	s64 value;

	scn.got[0] = 0;
	scn.noting = true;
	value = scn_arg(st, 0);
	scn.noting = false;
	if (scn.error)
		return;
	while (skip < len && (scn.text[st->off + skip] == ' ' || scn.text[st->off + skip] == '\t'))
		skip++;
	memcpy(text, scn.text + st->off + skip, len - skip);
	text[len - skip] = 0;
	scn.expects++;
	if (!value) {
		fail_step(st->line, text, scn.got);
		return;
	}
	TRACE_STR(expect, ({ .ok = 1, .line = st->line }), text, scn.got);
	scn_say("holds: %s", scn.got);
}

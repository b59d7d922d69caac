/* SPDX-License-Identifier: MIT */
/*
 * run.c - runs a scenario: its statements one by one, blocks and repetitions.
 */
#include "scenario/scn_priv.h"
#include "mm/machine.h"

/* ---- small statements ---- */

static void do_let(const struct scn_stmt *st)
{
	struct scn_name *name = &scn.names[st->bind - 1];
	s64 value = scn_arg(st, 0);
	char text[24];

	if (scn.error)
		return;
	if (st->flags & STMT_APPEND && name->kind == KIND_NUMBER)
		value = (s64)((u64)value + (u64)name->number);
	if (value) /* NAME = 0 forgets on purpose */
		scn_warn_leak(name);
	scn_set_number(name, value);
	scn_format(text, sizeof(text), value);
	scn_say("%s = %s", name->name, text);
}

static void do_fail(const struct scn_stmt *st)
{
	static const enum fail_kind kinds[] = { FAIL_PAGE, FAIL_DESCRIPTOR, FAIL_TABLE };
	s64 nth;

	if (st->word == FAILW_OFF) {
		for (unsigned k = 0; k < FAIL_KINDS; k++)
			fail_nth((enum fail_kind)k, 0, false);
		return;
	}
	nth = scn_arg(st, 0);
	if (!scn.error && (nth < 1 || nth > 1000000000))
		scn_error(scn_where(st->args), "expected a number from 1: the next request is 1");
	if (!scn.error)
		fail_nth(kinds[st->word], (unsigned)nth, scn_option(st, OPT_ONWARDS, NULL));
}

static void do_panic(const struct scn_stmt *st)
{
	char text[120];

	if (!scn_string(st->args, text, sizeof(text)))
		snprintf(text, sizeof(text), "the scenario says so");
	mm_snapshot();
	panic("%s:%u: %s", scn.file, st->line, text);
}

static void do_break(void)
{
	if (!scn_machine_break())
		printk("%s:%u: break: no debugger here, going on\n", scn.file, scn.line);
}

/* ---- control ---- */

void scn_set_budget(unsigned steps)
{
	scn.budget = steps;
}

/* Counts a step; false: that was one too many. */
static bool spend(u32 off)
{
	scn.steps++;
	if (scn.budget && scn.steps > scn.budget)
		scn_error(off, "more than %u steps", scn.budget);
	return !scn.error;
}

#define REPEAT_MAX 100000000

static void do_repeat(const struct scn_stmt *st)
{
	struct scn_name *counter = &scn.names[st->bind - 1];
	u16 until = scn.nodes[st->args].next;
	s64 times = scn_arg(st, 0);

	if (!scn.error && (times < 0 || times > REPEAT_MAX))
		scn_error(scn_where(st->args), "expected a count from 0 to %d", REPEAT_MAX);
	for (s64 i = 0; i < times && !scn.error; i++) {
		if (scn.budget && !spend(st->off))
			break;
		scn_warn_leak(counter);
		scn_set_number(counter, i);
		if (until && scn_eval(until))
			break;
		scn_run_block(st->body);
	}
}

static void run_op(const struct scn_stmt *st)
{
	switch (st->op) {
	case OP_LET: do_let(st); break;
	case OP_REPEAT: do_repeat(st); break;
	case OP_IF: scn_run_block(scn_arg(st, 0) ? st->body : st->orelse); break;
	case OP_MARK: scn_do_mark(st); break;
	case OP_EXPECT: scn_do_expect(st); break;
	case OP_SHOW: scn_do_show(st); break;
	case OP_PRINT: scn_do_print(st); break;
	case OP_FAIL: do_fail(st); break;
	case OP_SNAPSHOT: mm_snapshot(); break;
	case OP_SHRINK: kmem_cache_shrink_all(GFP_KERNEL); break;
	case OP_BREAK: do_break(); break;
	case OP_PANIC: do_panic(st); break;
	case OP_RESET:
		mm_snapshot();
		scn_machine_reset();
		break;
	case OP_ALLOC:
	case OP_VMALLOC:
	case OP_VMALLOC_32:
	case OP_VMALLOC_DMA:
	case OP_VMAP:
	case OP_IOREMAP:
	case OP_KMALLOC:
	case OP_KMAP: scn_do_alloc(st); break;
	case OP_FREE:
	case OP_VFREE:
	case OP_IOUNMAP:
	case OP_KFREE:
	case OP_KUNMAP: scn_do_free(st); break;
	case OP_INSMOD:
	case OP_RMMOD: scn_do_module(st); break;
	case OP_SWAPON:
	case OP_SWAPOFF: scn_do_swap(st); break;
	case OP_TOUCH:
	case OP_POKE:
	case OP_PEEK: scn_do_access(st); break;
	case OP_MM: scn_do_mm(st); break;
	case OP_RANDOM: scn_do_random(st); break;
	case OP_REPLAY: scn_do_replay(st); break;
	}
}

/* Statements that may stand between a step and the claim about it. */
static bool only_looks(u8 op)
{
	return op == OP_EXPECT || op == OP_SHOW || op == OP_PRINT || op == OP_SNAPSHOT;
}

static void run_stmt(const struct scn_stmt *st)
{
	char text[PS_STRING_MAX];
	u32 len = st->len < sizeof(text) - 1 ? st->len : sizeof(text) - 1;

	if (!only_looks(st->op))
		scn_settle();
	scn.line = st->line;
	memcpy(text, scn.text + st->off, len);
	text[len] = 0;
	TRACE_STR(scenario_step, ({ .line = st->line }), text);
	if (spend(st->off))
		run_op(st);
}

void scn_run_block(u16 stmt)
{
	for (; stmt && !scn.error; stmt = scn.stmts[stmt].next)
		run_stmt(&scn.stmts[stmt]);
}

/* ---- from outside ---- */

void scn_reset(const char *file, const char *text, size_t size)
{
	scn.file = file;
	scn.text = text;
	scn.size = (u32)size;
	scn.lines_before = 0;
	scn.functions = scn_functions;
	scn.nr_stmts = scn.nr_nodes = 1; /* 0 is none */
	scn.error = false;
	scn.message[0] = 0;
}

void scn_start(const char *name, const char *text, size_t size)
{
	scn_forget_names();
	scn.mm = &init_mm;
	scn.failed = scn.expects = scn.steps = 0;
	scn.pending_failed = scn.pending_fault = scn.last_failed = scn.last_fault = false;
	scn.interactive = false;
	scn.reports_before = mm_reports;
	scn.reports_expected = false;
	memset(scn.mms, 0, sizeof(scn.mms));
	/* an editor's byte order mark */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		size -= 3;
	}
	scn_reset(name, text, size);
}

void scn_run_text(void)
{
	u16 first;

	if (scn.size > 4u << 20)
		scn_error(0, "the scenario is larger than 4 MiB");
	first = scn.error ? 0 : scn_parse();
	scn_run_block(first);
	if (!scn.error)
		scn_settle();
	else
		scn.failed++;
}

unsigned scn_finish(void)
{
	char message[sizeof(scn.message)];

	mm_snapshot();
	if (scn.error)
		snprintf(message, sizeof(message), "%s", scn.message);
	else if (!scn.steps && !scn.expects && !scn.failed)
		snprintf(message, sizeof(message), "nothing was run: no statement was given");
	else
		snprintf(message, sizeof(message), "%u step%s, %u claim%s checked, %u failed",
			 scn.steps, plural(scn.steps), scn.expects, plural(scn.expects),
			 scn.failed);
	printk("%s: %s\n", scn.file, scn.error ? "stopped by the error above" : message);
	TRACE_STR(trace_end,
		  ({ .reason = PS_END_DONE, .verdict = scn.failed != 0, .failed = scn.failed }),
		  message);
	return scn.failed;
}

unsigned scn_parse_only(const char *name, const char *text, size_t size)
{
	scn_start(name, text, size);
	scn_parse();
	return scn.error;
}

unsigned scn_main(const char *name, const char *text, size_t size)
{
	scn_start(name, text, size);
	scn_run_text();
	return scn_finish();
}

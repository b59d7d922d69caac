/* SPDX-License-Identifier: MIT */
/* insns.c - instructions executed inside a function, counted by QEMU's translator.
 *
 * A plugin for qemu-i386 (and qemu-x86_64) that stands in for callgrind where
 * valgrind cannot run the program:
 *
 *   qemu-i386 -plugin libinsns.so,of=ADDR[,inside=ADDR],out=FILE PROGRAM ARGS...
 *
 * FILE gets "INSTRUCTIONS CALLS": what runs from the entry of the function at `of`
 * to its return, all it calls included, while the function at `inside` runs (or
 * always), and how often it was entered.  These are callgrind's inclusive cost and
 * its calls; tests/bench/count.sh compares the two where both can be had.
 *
 * QEMU translates straight runs of instructions, blocks.  A call ends a block; a
 * function's entry and the place a call returns to begin one.  So it is enough to
 * look at each block as it is entered, and to keep a stack of the places that
 * calls will return to: a function runs until the stack is as low as at its entry.
 * An instruction that reaches into the next page is shown as the last of a block
 * and then put off to a block of its own (QEMU 7.2); it must not count twice.
 *
 * qemu-plugin.h is not packaged by Debian; the few declarations needed are here.
 * Interface version 1, https://www.qemu.org/docs/master/devel/tcg-plugins.html
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS }; /* what a callback may do to the CPU: nothing */

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned cpu, void *data), int flags,
					  void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

struct block {
	uint64_t start;
	unsigned insns;
	uint64_t return_to; /* after the call that ends it; 0: it ends otherwise */
	uint64_t doubtful;  /* its last instruction, if that may have been put off */
};

/* A function that is watched: it runs while `entered` is not 0. */
struct watch {
	uint64_t addr;
	unsigned entered; /* height of the stack at its entry, + 1 */
};

enum { DEEPEST = 1 << 16 };
static uint64_t stack[DEEPEST];
static unsigned height;
static const struct block *before; /* the block that ran last */
static bool counted;               /* into `instructions` */

static struct watch of, inside;
static uint64_t instructions, calls;
static const char *out;

static void fail(const char *why, const char *what)
{
	fprintf(stderr, "insns: %s %s\n", why, what);
	exit(1);
}

/* A return goes to the last place pushed; after a longjmp, to one further down. */
static void pop_to(uint64_t addr)
{
	for (unsigned h = height; h > 0 && height - h < 64; h--)
		if (stack[h - 1] == addr) {
			height = h - 1;
			return;
		}
}

static void leave_if_returned(struct watch *watch)
{
	if (watch->entered && height + 1 < watch->entered)
		watch->entered = 0;
}

static void run_block(unsigned cpu, void *data)
{
	const struct block *block = data;
	bool put_off = before && before->doubtful == block->start;

	(void)cpu;
	if (put_off) {
		instructions -= counted;
	} else if (before && before->return_to) {
		if (height == DEEPEST)
			fail("calls nest too deep", "");
		stack[height++] = before->return_to;
	} else {
		pop_to(block->start);
	}
	before = block;
	counted = false;
	leave_if_returned(&of);
	leave_if_returned(&inside);
	if (block->start == inside.addr && !inside.entered)
		inside.entered = height + 1;
	if (inside.addr && !inside.entered)
		return;
	if (block->start == of.addr) {
		calls++;
		if (!of.entered)
			of.entered = height + 1;
	}
	counted = of.entered;
	if (counted)
		instructions += block->insns;
}

/* E8 rel32, or FF with 2 in the middle of its second byte, after any prefixes. */
static bool is_call(const struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);

	while (size > 2 && (*code == 0x3e || *code == 0xf2 || (*code & 0xf0) == 0x40))
		code++, size--;
	return (size == 5 && code[0] == 0xe8) ||
	       (size >= 2 && code[0] == 0xff && (code[1] >> 3 & 7) == 2);
}

/* Near the end of a page, and not one that begins itself anew: rep and a string operation. */
static bool may_be_put_off(const struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	bool repeats = qemu_plugin_insn_size(insn) >= 2 && (code[0] & 0xfe) == 0xf2 &&
		       (code[1] == 0x48 || (code[1] >= 0xa4 && code[1] <= 0xaf));

	return (qemu_plugin_insn_vaddr(insn) & 4095) > 4096 - 15 && !repeats;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, n - 1);
	struct block *block = calloc(1, sizeof *block);

	(void)id;
	if (!block)
		fail("no memory", "");
	block->start = qemu_plugin_tb_vaddr(tb);
	block->insns = (unsigned)n;
	if (is_call(last))
		block->return_to = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
	if (n > 1 && may_be_put_off(last))
		block->doubtful = qemu_plugin_insn_vaddr(last);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block, NO_REGISTERS, block);
}

static void finish(plugin_id id, void *data)
{
	FILE *file = fopen(out, "w");

	(void)id, (void)data;
	if (!file ||
	    fprintf(file, "%llu %llu\n", (unsigned long long)instructions,
		    (unsigned long long)calls) < 0 ||
	    fclose(file))
		fail("cannot write", out);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "of=", 3))
			of.addr = strtoull(argv[i] + 3, NULL, 16);
		else if (!strncmp(argv[i], "inside=", 7))
			inside.addr = strtoull(argv[i] + 7, NULL, 16);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else
			fail("what is", argv[i]);
	}
	if (!of.addr || !out)
		fail("of=ADDR and out=FILE", "are needed");
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}

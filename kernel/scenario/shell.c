/* SPDX-License-Identifier: MIT */
/*
 * shell.c - the scenario language, typed.
 *
 * Every statement runs when its line is finished, a block when its brace is
 * closed; names live on.  What is typed is in the trace like any scenario.  A
 * mistake is only a message: the verdict counts claims and steps that failed.
 */
#include "scenario/scn_priv.h"
#include "scenario/complete.h"

#define INPUT_MAX 8192
static char input[INPUT_MAX];

/* Of the block that is typed, and of the session before it. */
static unsigned block_size, lines_before;

static bool completions(const char *line, unsigned start, unsigned typed, unsigned *next,
			struct edit_word *w)
{
	return scn_complete(line, start, typed, block_size != 0, next, w);
}

/* ---- help ---- */

static void help_all(void)
{
	printk("Statements (help WORD tells more; Tab completes):\n");
	for (unsigned op = OP_LET + 1; op < NR_OPS; op++)
		printk("  %-12s %s\n", scn_statements[op].word, scn_statements[op].help);
	printk("  %-12s %s\n", "help", "this; help WORD; help facts: what a claim can ask");
	printk("  %-12s %s\n", "exit, quit", "end the run, as Ctrl-D does");
	printk("An expression alone prints its value: free(all), v + 4096, pte(v).\n");
}

static void help_facts(void)
{
	for (unsigned f = 0; scn_functions[f].word; f++)
		printk("  %-14s %s\n", scn_functions[f].word, scn_functions[f].help);
}

static void help(const char *word)
{
	u32 len = (u32)strlen(word);
	int op = scn_find_statement(word, len), opt = scn_find_option(word, len);
	const struct scn_function *f;
	u8 index;

	f = scn_find_function(word, len, &index);
	if (!len) {
		help_all();
	} else if (scn_same("facts", word, len)) {
		help_facts();
	} else if (scn_same("exit", word, len) || scn_same("quit", word, len)) {
		printk("  exit\n  quit\n      end the run, as Ctrl-D does\n");
	} else if (op || f || opt) {
		if (op)
			printk("  %s\n      %s\n", scn_statements[op].usage,
			       scn_statements[op].help);
		for (unsigned o = 1; op && o < NR_OPTIONS; o++)
			if (scn_statements[op].options & 1u << o)
				printk("      %-10s %s\n", scn_options[o].word,
				       scn_options[o].help);
		if (f)
			printk("  %s\n", f->help);
		if (!op && opt)
			printk("  option %s: %s\n", word, scn_options[opt].help);
	} else {
		const char *likest = scn_nearest(word, len);

		printk("no word \"%s\"%s%s%s; help lists them\n", word,
		       likest ? "; did you mean " : "", likest ? likest : "", likest ? "?" : "");
	}
}

/* ---- the loop ---- */

static void run_input(u32 size)
{
	u16 first;

	scn_reset("shell", input, size);
	scn.lines_before = lines_before;
	first = scn_parse();
	if (!scn.error)
		scn_run_block(first);
	scn.error = false;
}

/* Blanks at both ends removed, in place. */
static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	for (n = strlen(s); n && (s[n - 1] == ' ' || s[n - 1] == '\t');)
		s[--n] = 0;
	return s;
}

/* The shell's own words; false: a statement. */
static bool own_command(const char *line, bool *done)
{
	static char copy[EDIT_LINE];
	char *word;

	memcpy(copy, line, strlen(line) + 1);
	word = trim(copy);

	if (!strcmp(word, "exit") || !strcmp(word, "quit"))
		*done = true;
	else if (!strcmp(word, "help") || !strcmp(word, "?"))
		help("");
	else if (!strncmp(word, "help ", 5))
		help(trim(word + 5));
	else
		return false;
	return true;
}

/* What cannot be run is said, and the run has failed. */
static void refuse(const char *why)
{
	printk("shell: %s: not run\n", why);
	scn.failed++;
}

static const char *why_no_line(int n)
{
	return n == EDIT_NUL ? "the line holds a NUL byte" : "the line is longer than 1023 bytes";
}

/* Its lines count in the numbers of those that follow. */
static void end_block(void)
{
	for (u32 i = 0; i < block_size; i++)
		lines_before += input[i] == '\n';
	block_size = 0;
}

/* One line more of the block; false: it ends the shell. */
static bool take_line(const char *line, u32 n)
{
	bool done = false;

	if (!block_size && own_command(line, &done)) {
		lines_before++;
		return !done;
	}
	if (block_size + n + 2 > INPUT_MAX) {
		refuse("the block is longer than the shell holds, and its rest cannot be told from "
		       "statements");
		block_size = 0;
		return false;
	}
	memcpy(input + block_size, line, n);
	block_size += n;
	input[block_size++] = '\n';
	if (scn_is_complete(input, block_size)) {
		run_input(block_size);
		end_block();
	}
	return true;
}

static void read_and_run(void)
{
	static char line[EDIT_LINE];
	bool first = true;

	block_size = lines_before = 0;
	scn.interactive = true;
	printk("pagescope shell: help lists what can be typed.\n");
	for (;; first = false) {
		int n = edit_line(block_size ? "... " : "mm> ", line, completions);
		u32 mark = first && n >= 3 && !memcmp(line, "\xef\xbb\xbf", 3) ? 3 : 0;

		if (n == EDIT_CANCELLED) { /* the block, too */
			end_block();
			lines_before++;
			continue;
		}
		if (n == EDIT_TOO_LONG || n == EDIT_NUL) {
			refuse(why_no_line(n));
			lines_before++;
			continue;
		}
		if (n < 0 || !take_line(line + mark, (u32)n - mark))
			break;
	}
	if (block_size)
		refuse("the input ended inside a block");
	scn.interactive = false;
}

unsigned scn_shell(const char *name, const char *text, size_t size)
{
	scn_start(name, text, size);
	if (text)
		scn_run_text();
	scn.error = false;
	read_and_run();
	scn.file = name;
	return scn_finish();
}

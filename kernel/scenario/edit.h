/* SPDX-License-Identifier: MIT */
/* edit.h - a line typed at the shell's terminal. */
#ifndef SCENARIO_EDIT_H
#define SCENARIO_EDIT_H

#include "lib/types.h"

#define EDIT_LINE      1024 /* bytes of a line with its NUL */
#define EDIT_CANCELLED (-2)
#define EDIT_TOO_LONG  (-3)
#define EDIT_NUL       (-4)

/* A word to complete to, and what stands after it: a blank, = or (, 0: nothing. */
struct edit_word {
	const char *word;
	char after;
};

/* The next word that begins as the `typed` characters at `start` of the line and fits
 * there; *next is 0 for the first and is counted up.  False: there are no more. */
typedef bool edit_words(const char *line, unsigned start, unsigned typed, unsigned *next,
			struct edit_word *w);

/* Reads one line into buf[EDIT_LINE], without its newline.  Returns its length,
 * EDIT_CANCELLED after Ctrl-C, -1 at the end of input.  A line that did not fit, or holds
 * a NUL byte, is no line: EDIT_TOO_LONG, EDIT_NUL. */
int edit_line(const char *prompt, char *buf, edit_words *words);

#endif

/* SPDX-License-Identifier: MIT */
/* complete.h - words the shell may complete. */
#ifndef SCENARIO_COMPLETE_H
#define SCENARIO_COMPLETE_H

#include "scenario/edit.h"

/*
 * The next word that fits the place `start` of the line and begins with the `typed`
 * characters that stand there; *next is 0 for the first and is counted up.  in_block: an
 * earlier line opened a block.  False: there are no more.
 */
bool scn_complete(const char *line, unsigned start, unsigned typed, bool in_block, unsigned *next,
		  struct edit_word *w);

#endif

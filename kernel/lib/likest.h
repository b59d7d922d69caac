/* SPDX-License-Identifier: MIT */
/* likest.h - the known word that is likest to one that is not known: "did you mean ...?" */
#ifndef LIB_LIKEST_H
#define LIB_LIKEST_H

#include "lib/types.h"

struct likest {
	const char *word, *found; /* found: NULL, none is like it */
	u32 len, best;
};

/* `word` of `len` letters stays where it is.  Words of one letter are like none. */
void likest_begin(struct likest *l, const char *word, u32 len);
/* Takes `known` for the likest if it is likelier than those before. */
void likest_consider(struct likest *l, const char *known);

#endif

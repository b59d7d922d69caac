/* SPDX-License-Identifier: MIT */
/* likest.c - see likest.h. */
#include "lib/likest.h"
#include "lib/string.h"

#define LONGEST 16

/* Letters to change, add, leave out or swap to make one of the other. */
static u32 distance(const char *a, u32 la, const char *b)
{
	u32 row[3][LONGEST + 1], lb = (u32)strnlen(b, LONGEST);

	for (u32 j = 0; j <= lb; j++)
		row[0][j] = j;
	for (u32 i = 1; i <= la; i++) {
		u32 *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];

		now[0] = i;
		for (u32 j = 1; j <= lb; j++) {
			u32 n = up[j - 1] + (a[i - 1] != b[j - 1]);

			n = up[j] + 1 < n ? up[j] + 1 : n;
			n = now[j - 1] + 1 < n ? now[j - 1] + 1 : n;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upper[j - 2] + 1 < n)
				n = upper[j - 2] + 1;
			now[j] = n;
		}
	}
	return row[la % 3][lb];
}

void likest_consider(struct likest *l, const char *known)
{
	u32 n;

	if (l->len < 2 || l->len > LONGEST)
		return;
	n = distance(l->word, l->len, known);
	if (n && n < l->best) {
		l->best = n;
		l->found = known;
	}
}

void likest_begin(struct likest *l, const char *word, u32 len)
{
	*l = (struct likest){ .word = word, .len = len, .best = len < 5 ? 2 : len < 9 ? 3 : 4 };
}

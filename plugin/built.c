/* SPDX-License-Identifier: MIT */
/* built.c - the history of tables before their directory is loaded; see built.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/event.h>

#include "bochs.h"
#include "built.h"
#include "capture_file.h"

#define MOST_FRAMES 4096u
#define ENTRIES     1024u

/* Who stored last into each entry of a frame. */
struct history {
	uint64_t at[ENTRIES]; /* 0: nobody */
	uint32_t site[ENTRIES];
};

static struct history *history[1u << 20]; /* by frame; null: not in the file */
static uint32_t frames[MOST_FRAMES];
static unsigned nr_frames;

bool built_open(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned pa;

	if (!f)
		return false;
	while (nr_frames < MOST_FRAMES && fscanf(f, "%u", &pa) == 1) {
		if (history[pa >> 12])
			continue;
		history[pa >> 12] = calloc(1, sizeof(struct history));
		if (history[pa >> 12])
			frames[nr_frames++] = pa >> 12;
	}
	fclose(f);
	return true;
}

bool built_knows(uint32_t pa)
{
	return history[pa >> 12] != NULL;
}

void built_note(uint32_t pa, unsigned bytes)
{
	struct history *h = history[pa >> 12];
	unsigned from = (pa & 4095) / 4, last = ((pa & 4095) + bytes - 1) / 4;

	for (unsigned i = from; i <= last && i < ENTRIES; i++) {
		h->at[i] = bochs_ticks();
		h->site[i] = bochs_ip();
	}
}

/* How many entries from `first` on one instruction stored, with equal steps between their
 * values, one after the other. */
static unsigned run_from(const struct history *h, const uint32_t *entry, unsigned first)
{
	uint32_t step = first + 1 < ENTRIES ? entry[first + 1] - entry[first] : 0;
	unsigned nr = 1;

	while (first + nr < ENTRIES && h->site[first + nr] == h->site[first] &&
	       h->at[first + nr] >= h->at[first + nr - 1] &&
	       entry[first + nr] - entry[first + nr - 1] == step)
		nr++;
	return nr;
}

void built_tell(uint32_t pa, const uint32_t *entry)
{
	struct history *h = history[pa >> 12];

	for (unsigned i = 0, nr; h && i < ENTRIES; i += nr) {
		nr = run_from(h, entry, i);
		if (h->at[i])
			HW(bochs_ticks(), table_built, .entry_pa = (pa & ~4095u) + 4 * i, .nr = nr,
			   .first = h->at[i], .last = h->at[i + nr - 1], .call_site = h->site[i]);
	}
	if (h)
		memset(h, 0, sizeof(*h));
}

void built_forget(void)
{
	for (unsigned n = 0; n < nr_frames; n++)
		memset(history[frames[n]], 0, sizeof(struct history));
}

/* SPDX-License-Identifier: MIT */
/*
 * random_buddy.c - random operations on random zones, every answer and every
 * list held against the model.
 *
 *	random_buddy [SEEDS [OPERATIONS]]	(default 32 seeds, 10 M operations)
 *
 * A failure prints the seed: random_buddy takes -s SEED to run just that one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/mm_priv.h"
#include "expected.h"

#define MAX_HELD 8192
#define SMALL    256  /* frames: compare after each operation */
#define EVERY    1024 /* otherwise after so many */

static struct {
	u32 pfn;
	unsigned order;
} held[MAX_HELD];
static u32 nr_held;

static bool reserved[MODEL_FRAMES];

/* A machine of one to three zones; holes; sizes that are not powers of two. */
static u32 random_machine(void)
{
	u32 sizes[3] = { 0, 0, 0 }, total, last = rnd(3);

	for (u32 i = 0; i < last; i++)
		sizes[i] = 512 * (1 + rnd(8));
	if (last == 2 && rnd(3) == 0)
		sizes[1] = 0;
	switch (rnd(4)) {
	case 0: sizes[last] = 1 + rnd(64); break;
	case 1: sizes[last] = 1 + rnd(1200); break;
	case 2: sizes[last] = 1 + rnd(16384); break;
	default: sizes[last] = 512 << rnd(6); break;
	}
	total = sizes[0] + sizes[1] + sizes[2];
	memset(reserved, 0, sizeof reserved);
	for (u32 holes = rnd(4); holes; holes--) {
		u32 at = rnd(total), n = 1 + rnd(1 + total / 8);

		for (; n && at < total; n--)
			reserved[at++] = true;
	}
	model_start(sizes, reserved);
	return total;
}

static unsigned random_order(u32 style)
{
	unsigned order = 0;

	if (style == 0)
		return rnd(20) ? 0 : rnd(10);
	if (style == 1)
		return rnd(10);
	if (style == 2 && rnd(50) == 0)
		return 9 + rnd(3);
	while (order < 9 && rnd(2))
		order++;
	return order;
}

static const char *alloc_one(u32 style)
{
	static const unsigned masks[] = { 0x1f0, 0x1f2, 0x20, 0x1d2, 0x01, 0x1f1, 0x30 };
	static char why[100];
	unsigned order = random_order(style), gfp = masks[rnd(7)];
	struct page *page = alloc_pages(gfp, order);
	u32 want = model_alloc(gfp, order), got = page ? page_pfn(page) : MODEL_NONE;

	if (got != want) {
		snprintf(why, sizeof why, "alloc order %u gfp %x: %d, the model has %d", order, gfp,
			 (int)got, (int)want);
		return why;
	}
	if (page) {
		held[nr_held].pfn = got;
		held[nr_held++].order = order;
	}
	return NULL;
}

static void free_one(void)
{
	u32 i = rnd(nr_held);

	__free_pages(pfn_page(held[i].pfn), held[i].order);
	model_free(held[i].pfn, held[i].order);
	held[i] = held[--nr_held];
}

/* A second reference, dropped again by a free that must not free. */
static void share_one(void)
{
	u32 i = rnd(nr_held);

	get_page(pfn_page(held[i].pfn));
	model.count[held[i].pfn]++;
	__free_pages(pfn_page(held[i].pfn), held[i].order);
	model_free(held[i].pfn, held[i].order);
}

static const char *step(u32 style, u32 bias)
{
	if (rnd(64) == 0) {
		model.pf_memalloc = rnd(2);
		set_pf_memalloc(model.pf_memalloc);
	}
	if (nr_held && rnd(50) == 0) {
		share_one();
		return NULL;
	}
	if (nr_held == MAX_HELD || (nr_held && rnd(100) >= bias)) {
		free_one();
		return NULL;
	}
	return alloc_one(style);
}

static const char *run(u32 operations)
{
	u32 total = random_machine(), style = rnd(4), bias = 50;
	const char *bad = same_as_model();

	nr_held = 0;
	for (u32 i = 0; i < operations && !bad; i++) {
		if (i % 4096 == 0)
			bias = 20 + rnd(61);
		bad = step(style, bias);
		if (!bad && (total <= SMALL || i % EVERY == EVERY - 1))
			bad = same_as_model();
	}
	while (nr_held && !bad)
		free_one();
	if (!bad && mm_check())
		bad = "mm_check finds violations";
	return bad ? bad : same_as_model();
}

static int one_seed(u64 seed, u32 operations)
{
	const char *bad;

	model_seed = seed * 0x9e3779b97f4a7c15ull + 1;
	bad = run(operations);
	if (bad)
		printf("not ok random_buddy -s %" PRIu64 ": %s\n", seed, bad);
	return bad != NULL;
}

int main(int argc, char **argv)
{
	u32 seeds = 32, operations = 10000000 / 32;
	int failed = 0;

	if (argc == 3 && !strcmp(argv[1], "-s"))
		return one_seed(strtoull(argv[2], NULL, 0), operations);
	if (argc > 1)
		seeds = (u32)atoi(argv[1]);
	if (argc > 2)
		operations = (u32)(strtoull(argv[2], NULL, 0) / seeds);
	for (u32 seed = 1; seed <= seeds; seed++)
		failed |= one_seed(seed, operations);
	if (!failed)
		printf("ok random operations on pages, %u seeds of %u\n", seeds, operations);
	return failed;
}

/* SPDX-License-Identifier: MIT */
/*
 * exhaustive.c - every sequence of operations on every small zone: 1 to 16
 * frames, with and without holes, all sequences to length 6 (7 for 8 frames).
 * After each operation frame, lists, bits and counts are the model's.
 *
 * The tree of sequences is walked with the state of both saved at each node and
 * put back, so that each prefix is played once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/mm_priv.h"
#include "expected.h"
#include "../lib/claim.h"

#define MAX_FRAMES 16
#define MAX_LENGTH 8

struct held {
	u32 pfn;
	unsigned order;
};

/* One node: everything an operation can change. */
struct state {
	struct page pages[MAX_FRAMES + 1];
	zone_t zone;
	u32 bits[32];
	struct model_zone model_zone;
	u32 next[MAX_FRAMES], prev[MAX_FRAMES];
	int8_t order[MAX_FRAMES];
	int16_t count[MAX_FRAMES];
	struct held held[MAX_LENGTH];
	unsigned nr_held;
};

static struct held held[MAX_LENGTH];
static unsigned nr_held;
static u32 frames;
static unsigned long nodes;
static char path[200];

static void save(struct state *s)
{
	memcpy(s->pages, mem_map, frames * sizeof *mem_map);
	s->zone = zones[0];
	memcpy(s->bits, zones[0].free_area[0].map, sizeof s->bits);
	s->model_zone = model.zone[0];
	memcpy(s->next, model.next, sizeof s->next);
	memcpy(s->prev, model.prev, sizeof s->prev);
	memcpy(s->order, model.order, sizeof s->order);
	memcpy(s->count, model.count, sizeof s->count);
	memcpy(s->held, held, sizeof held);
	s->nr_held = nr_held;
}

static void restore(const struct state *s)
{
	memcpy(mem_map, s->pages, frames * sizeof *mem_map);
	zones[0] = s->zone;
	memcpy(zones[0].free_area[0].map, s->bits, sizeof s->bits);
	model.zone[0] = s->model_zone;
	memcpy(model.next, s->next, sizeof s->next);
	memcpy(model.prev, s->prev, sizeof s->prev);
	memcpy(model.order, s->order, sizeof s->order);
	memcpy(model.count, s->count, sizeof s->count);
	memcpy(held, s->held, sizeof held);
	nr_held = s->nr_held;
}

static void check(void)
{
	const char *bad = same_as_model();

	nodes++;
	if (bad)
		FAIL_TEST("%u frames, %s: %s", frames, path, bad);
}

static void do_alloc(unsigned order)
{
	struct page *page = rmqueue(&zones[0], order);
	u32 got = page ? page_pfn(page) : MODEL_NONE, want;

	model.pf_memalloc = true; /* no watermark */
	want = model_alloc(0x1f0, order);
	if (got != want)
		FAIL_TEST("%u frames, %s: frame %d, the model has %d", frames, path, (int)got,
			  (int)want);
	if (page)
		held[nr_held++] = (struct held){ got, order };
}

static void do_free(unsigned i)
{
	struct held h = held[i];

	__free_pages(pfn_page(h.pfn), h.order);
	model_free(h.pfn, h.order);
	held[i] = held[--nr_held];
}

static void walk(unsigned left, unsigned orders)
{
	struct state here;
	size_t length = strlen(path);

	if (!left)
		return;
	save(&here);
	for (unsigned order = 0; order < orders; order++) {
		snprintf(path + length, sizeof path - length, "a%u ", order);
		do_alloc(order);
		check();
		walk(left - 1, orders);
		restore(&here);
	}
	for (unsigned i = 0; i < here.nr_held; i++) {
		snprintf(path + length, sizeof path - length, "f%u ", here.held[i].pfn);
		do_free(i);
		check();
		walk(left - 1, orders);
		restore(&here);
	}
	path[length] = 0;
}

static void all_sequences(u32 size, u32 holes, unsigned length)
{
	u32 sizes[3] = { size, 0, 0 };
	bool reserved[MAX_FRAMES];
	unsigned orders = 2;

	for (u32 i = 0; i < MAX_FRAMES; i++)
		reserved[i] = holes >> i & 1;
	while (1u << (orders - 1) <= size / 2)
		orders++;
	model_start(sizes, reserved);
	frames = size;
	nr_held = 0;
	path[0] = 0;
	check();
	walk(length, orders);
}

static void without_holes(void)
{
	for (u32 size = 1; size <= MAX_FRAMES; size++)
		all_sequences(size, 0, 6);
}

static void with_one_hole(void)
{
	for (u32 size = 2; size <= 8; size++)
		for (u32 at = 0; at < size; at++)
			all_sequences(size, 1u << at, 5);
}

static void with_any_holes(void)
{
	for (u32 holes = 0; holes < 256; holes++)
		all_sequences(8, holes, 4);
	for (u32 i = 0; i < 40; i++)
		all_sequences(9 + rnd(8), rnd(1 << 16), 4);
}

static void eight_frames_to_length_seven(void)
{
	all_sequences(8, 0, 7);
}

static const struct test tests[] = {
	TEST(without_holes),
	TEST(with_one_hole),
	TEST(with_any_holes),
	TEST(eight_frames_to_length_seven),
};

int main(void)
{
	int failed = run_tests(tests, COUNT(tests));

	printf("%lu states compared\n", nodes);
	return failed;
}

/* SPDX-License-Identifier: MIT */
/*
 * map_test.c - the map does what base/map.h says, for every key, those at the edges
 * above all: a million operations beside a plain list of what is stored.
 */
#include "base/map.h"

#include <stdio.h>

#define NR_KEYS 300 /* a third of them hash to few places, so that keys lie in rows */

static u32 keys[NR_KEYS], values[NR_KEYS];
static bool stored[NR_KEYS];

static u32 random_state = 7;

static u32 below(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static void choose_keys(void)
{
	static const u32 edges[] = { 0,          1,          0x7fffffff, 0x80000000,
				     0xfffffffd, 0xfffffffe, 0xffffffff };
	u32 nr_edges = sizeof(edges) / sizeof(edges[0]);

	for (u32 i = 0; i < NR_KEYS; i++)
		keys[i] = i < nr_edges ? edges[i] : i % 3 ? i << 12 : i << 25 | i;
}

/* True if the map has what the list has, for all keys. */
static bool same(const struct ps_map *m)
{
	u32 value, nr = 0;

	for (u32 i = 0; i < NR_KEYS; i++) {
		nr += stored[i];
		if (ps_map_get(m, keys[i], NULL) != stored[i])
			return false;
		if (stored[i] && (!ps_map_get(m, keys[i], &value) || value != values[i]))
			return false;
	}
	return m->nr == nr;
}

static const char *random_operations(void)
{
	struct ps_map m = { 0 };
	const char *wrong = NULL;

	for (u32 n = 0; n < 1000000 && !wrong; n++) {
		u32 i = below(NR_KEYS);

		/* the map fills and empties in turn */
		if (below(8) < (n / 5000 % 2 ? 2 : 6)) {
			values[i] = n;
			ps_map_set(&m, keys[i], n);
			stored[i] = true;
		} else {
			if (ps_map_delete(&m, keys[i]) != stored[i])
				wrong = "a delete answers wrongly";
			stored[i] = false;
		}
		if (n % 500 == 0 && !same(&m))
			wrong = "a key is lost, changed or invented";
	}
	ps_map_free(&m);
	if (!wrong && ps_map_get(&m, keys[0], NULL))
		wrong = "a map that was given back is not empty";
	return wrong;
}

static void report(const char *name, const char *wrong)
{
	if (wrong)
		printf("not ok map: %s: %s\n", name, wrong);
	else
		printf("ok map: %s\n", name);
}

int main(void)
{
	struct ps_map empty = { 0 };

	choose_keys();
	report("an empty map has no key and takes a delete",
	       ps_map_get(&empty, 0, NULL) || ps_map_delete(&empty, 0) ? "it has" : NULL);
	report("a million operations on keys of all kinds", random_operations());
	return 0;
}

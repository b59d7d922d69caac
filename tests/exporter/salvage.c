/*
 * salvage.c - damage of every kind to a small capture, in one process.
 *
 *   salvage CAPTURE
 *
 * Truncates it at every offset and flips every bit of its second packet, and
 * asks for the packets that are left: all those untouched, none else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"

static u8 *good;
static size_t size;
static char path[] = "/tmp/pagescope-salvage.XXXXXX";
static struct capture c;
static int fd;

static bool same_bytes(u64 offset)
{
	return offset + 4096 <= size && !memcmp(c.in.data + offset, good + offset, 4096);
}

/* Only packets that stand in the original, and `expected` of them. */
static bool intact(size_t len, u64 expected)
{
	bool right = true;
	u64 n = 0;

	capture_scan(&c, path);
	for (unsigned s = 0; s < c.nr_sessions; s++) {
		const struct stream *st = &c.session[s].stream[0];

		for (size_t i = 0; i < st->nr; i++, n++)
			right &= same_bytes(st->packet[i].offset);
	}
	right &= n == expected && c.bytes_good + c.bytes_skipped == len;
	capture_close(&c);
	return right;
}

static void report(const char *name, size_t wrong, size_t first)
{
	if (wrong)
		printf("not ok salvage: %s: wrong in %zu cases, first %zu\n", name, wrong, first);
	else
		printf("ok salvage: %s\n", name);
}

static void flips(void)
{
	size_t wrong = 0, first = 0;

	for (size_t bit = 4096 * 8; bit < 2 * 4096 * 8; bit++) {
		u8 flipped = (u8)(good[bit / 8] ^ 1 << bit % 8);

		if (pwrite(fd, &flipped, 1, (off_t)(bit / 8)) != 1)
			exit(2);
		if (!intact(size, size / 4096 - 1) && !wrong++)
			first = bit;
		if (pwrite(fd, &good[bit / 8], 1, (off_t)(bit / 8)) != 1)
			exit(2);
	}
	report("each of 32,768 bits flipped costs that packet and no other", wrong, first);
}

static void truncations(void)
{
	size_t wrong = 0, first = 0;

	for (size_t len = size; len-- > 0; ) {
		if (ftruncate(fd, (off_t)len) != 0)
			exit(2);
		if (!intact(len, len / 4096) && !wrong++)
			first = len;
	}
	report("cut at every offset, every whole packet comes out", wrong, first);
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;

	fd = mkstemp(path);
	if (!f || fd < 0)
		return 2;
	good = malloc(1 << 20);
	size = fread(good, 1, 1 << 20, f);
	fclose(f);
	if (write(fd, good, size) != (ssize_t)size)
		return 2;
	ps_quiet = true;
	flips();
	truncations();
	remove(path);
	free(good);
	return 0;
}

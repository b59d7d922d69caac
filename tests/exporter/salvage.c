/* SPDX-License-Identifier: MIT */
/*
 * salvage.c - damage of every kind to a small capture, in one process.
 *
 *   salvage CAPTURE DIR
 *
 * Truncates it at every offset, flips every bit of its second packet, and mixes
 * packets with text in thousands of ways, and asks for the packets that are left:
 * all those untouched, none else.
 *
 * What `salvage` makes of each goes to DIR/variant-N, and the number of events in it
 * to DIR/variant-N.count, for babeltrace2.  It depends on the packets found alone,
 * so that it is made only once for the same packets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/map.h"
#include "capture/capture.h"
#include "formats/ctf_dir.h"

static u8 *good;
static size_t size;
static char path[] = "/tmp/pagescope-salvage.XXXXXX";
static struct capture c;
static int fd;

/* ---- what salvage makes of it ---- */

static const char *dir;
static struct ps_map seen; /* packets found -> yes */
static unsigned nr_variants, nr_inputs;

static u32 key_of_packets(void)
{
	uLong key = 0;

	for (unsigned s = 0; s < c.nr_sessions; s++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++)
			for (size_t i = 0; i < c.session[s].stream[k].nr; i++) {
				const u8 *p = c.in.data + c.session[s].stream[k].packet[i].offset;
				u8 place[2] = { (u8)s, (u8)k };
				struct ps_packet h;

				memcpy(&h, p, sizeof(h));
				key = crc32(crc32(key, place, 2), p, h.packet_size / 8);
			}
	return (u32)key & 0x7fffffff;
}

static void keep_salvaged(void)
{
	u32 key = key_of_packets();
	u64 events = 0;
	char *name;
	FILE *f;

	if (!c.packets)
		return;
	nr_inputs++;
	if (ps_map_get(&seen, key, NULL))
		return;
	ps_map_set(&seen, key, 1);
	name = ps_format("%s/variant-%u", dir, nr_variants);
	ctf_write(&c, name);
	free(name);
	for (unsigned s = 0; s < c.nr_sessions; s++)
		events += c.session[s].events;
	name = ps_format("%s/variant-%u.count", dir, nr_variants++);
	f = fopen(name, "w");
	if (!f || fprintf(f, "%llu\n", (unsigned long long)events) < 0 || fclose(f) != 0)
		exit(2);
	free(name);
}

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
	keep_salvaged();
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

	for (size_t len = size; len-- > 0;) {
		if (ftruncate(fd, (off_t)len) != 0)
			exit(2);
		if (!intact(len, len / 4096) && !wrong++)
			first = len;
	}
	report("cut at every offset, every whole packet comes out", wrong, first);
}

/* ---- mixtures ---- */

static u32 random_state = 20261124;

static u32 below(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static size_t put_text(u8 *to)
{
	static const char *const texts[] = { "kernel: out of memory\n", "\301\037\374\301",
					     "[    0.000] x\r\n",
					     "\301\037\374\301\0\0\0\0 a header's beginning",
					     "\n" };
	const char *text = texts[below(5)];
	size_t len = text[0] == '\301' ? (size_t)below(24) + 1 : strlen(text);

	memset(to, 0, len);
	memcpy(to, text, len < strlen(text) ? len : strlen(text));
	return len;
}

/* Packets dropped, repeated, swapped with a neighbour, with text between and
 * inside; here and there the machine starts again from its first packet.  Every
 * packet left whole must come out, and no other. */
static bool mixture(u8 *mixed)
{
	unsigned nr = (unsigned)(size / 4096), left = 0;
	bool whole[64] = { false };
	bool found[64] = { false }, right;
	size_t len = 0;

	for (unsigned n = 0; n < nr; n++) {
		unsigned which = n, times = 1;

		switch (below(12)) {
		case 0: times = 0; break;
		case 1: times = 2; break;
		case 2: which = n + 1 < nr ? n + 1 : n; break;
		case 3: len += put_text(mixed + len); break;
		case 4:
			if (below(8) == 0)
				n = 0;
			break;
		}
		while (times--) {
			u8 *at = mixed + len;

			memcpy(at, good + which * 4096, 4096);
			len += 4096;
			if (below(8)) {
				whole[which] = true;
				continue;
			}
			/* text inside, or the end torn off */
			len -= 4096 - 1 - below(4000);
			if (below(2))
				len += put_text(mixed + len);
		}
		if (len > (1 << 20) - 3 * 4096)
			break;
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, mixed, len, 0) != (ssize_t)len)
		exit(2);
	capture_scan(&c, path);
	right = c.bytes_good + c.bytes_skipped == len;
	for (unsigned s = 0; s < c.nr_sessions; s++)
		for (size_t i = 0; i < c.session[s].stream[0].nr; i++) {
			u64 at = c.session[s].stream[0].packet[i].offset;
			unsigned n = 0;

			while (n < nr &&
			       (at + 4096 > len || memcmp(mixed + at, good + n * 4096, 4096)))
				n++;
			right &= n < nr;
			if (n < nr)
				found[n] = true;
		}
	for (unsigned n = 0; n < nr; n++) {
		right &= found[n] == whole[n];
		left += whole[n];
	}
	if (left)
		keep_salvaged();
	capture_close(&c);
	return right;
}

static void mixtures(unsigned nr)
{
	u8 *mixed = malloc(2 << 20);
	size_t wrong = 0, first = 0;

	for (unsigned n = 0; n < nr; n++)
		if (!mixture(mixed) && !wrong++)
			first = n;
	free(mixed);
	report("2,000 mixtures of packets and text: every whole packet comes out, and no other",
	       wrong, first);
}

int main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;

	fd = mkstemp(path);
	if (!f || fd < 0)
		return 2;
	good = malloc(1 << 20);
	size = fread(good, 1, 1 << 20, f);
	fclose(f);
	if (write(fd, good, size) != (ssize_t)size)
		return 2;
	dir = argv[2];
	ps_quiet = true;
	flips();
	truncations();
	mixtures(2000);
	printf("# %u inputs, %u different sets of packets\n", nr_inputs, nr_variants);
	ps_map_free(&seen);
	remove(path);
	free(good);
	return 0;
}

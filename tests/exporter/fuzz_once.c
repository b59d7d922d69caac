/* SPDX-License-Identifier: MIT */
/*
 * fuzz_once.c - the fuzzer's corpus without the fuzzer: runs each file once.
 *
 *   fuzz_once FILE...             runs each; dies as the fuzzer does
 *   fuzz_once --into DIR FILE...  copies them there, for libFuzzer to begin with
 *
 * The event table's id changes whenever an event is added, and with it every
 * packet would be refused: a packet whose checksum is right is first given the
 * id of today.  Layouts are only ever appended to, so it means what it meant.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "capture/kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* The mutator is not called here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	(void)data, (void)max;
	return size;
}

static void adopt(u8 *data, size_t size)
{
	for (size_t at = 0; at + sizeof(struct ps_packet) <= size;) {
		struct ps_packet h;
		u32 bytes;

		memcpy(&h, data + at, sizeof(h));
		bytes = h.packet_size / 8;
		if (h.magic != PS_CTF_MAGIC || bytes < sizeof(h) || bytes > size - at ||
		    crc32(0, data + at + 12, bytes - 12) != h.crc32) {
			at++;
			continue;
		}
		h.schema = ps_schema_id;
		memcpy(data + at, &h, sizeof(h));
		h.crc32 = (u32)crc32(0, data + at + 12, bytes - 12);
		memcpy(data + at, &h, sizeof(h));
		at += bytes;
	}
}

static void copy_into(const char *dir, const char *path, const u8 *data, size_t size)
{
	const char *base = strrchr(path, '/');
	char *to = ps_format("%s/%s", dir, base ? base + 1 : path);
	FILE *f = fopen(to, "wb");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
		ps_die(1, "%s: cannot be written", to);
	free(to);
}

int main(int argc, char **argv)
{
	static u8 data[1 << 20];
	const char *into = NULL;
	int i = 1;

	ps_kinds_init();
	if (argc > 2 && !strcmp(argv[1], "--into")) {
		into = argv[2];
		i = 3;
	}
	for (; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t size;

		if (!f)
			ps_die(1, "%s: cannot be opened", argv[i]);
		size = fread(data, 1, sizeof(data), f);
		fclose(f);
		adopt(data, size);
		if (into) {
			copy_into(into, argv[i], data, size);
		} else {
			u8 *exact = ps_alloc(size); /* so that a read past the end is seen */

			fprintf(stderr, "%s\n", argv[i]);
			memcpy(exact, data, size);
			LLVMFuzzerTestOneInput(exact, size);
			free(exact);
		}
	}
	return 0;
}

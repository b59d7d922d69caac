/*
 * fuzz.c - the reader on anything at all, for libFuzzer.
 *
 * The input is a capture.  A custom mutator repairs the checksum of a packet
 * now and then, so that what lies behind the checksum is reached too: salvage,
 * decoding, the replay with all its rules, and every exporter.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "capture.h"
#include "facts.h"
#include "info.h"
#include "json.h"
#include "model.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct capture c;

/* Makes the packet at p plausible where that is cheap, and its checksum right. */
static void repair(u8 *p, size_t left)
{
	struct ps_packet h;
	u32 size;

	memcpy(&h, p, sizeof(h));
	h.magic = PS_CTF_MAGIC;
	h.stream_id &= 1;
	h.schema = ps_schema_id;
	size = h.packet_size / 8;
	if (size < sizeof(h) || size > left)
		size = left < 4096 ? (u32)left : 4096;
	h.packet_size = size * 8;
	if (h.content_size / 8 < sizeof(h) || h.content_size > h.packet_size || h.content_size % 8)
		h.content_size = h.packet_size;
	if (h.timestamp_end < h.timestamp_begin)
		h.timestamp_end = h.timestamp_begin;
	memcpy(p, &h, sizeof(h));
	h.crc32 = (u32)crc32(0, p + 12, size - 12);
	memcpy(p, &h, sizeof(h));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t at = 0;

	ps_kinds_init();
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 8 == 0)
		return size;
	while (at + sizeof(struct ps_packet) <= size) {
		struct ps_packet h;

		repair(data + at, size - at);
		memcpy(&h, data + at, sizeof(h));
		at += h.packet_size / 8;
	}
	return size;
}

static void found(void *ctx, enum rule rule, u64 i, u64 t, const char *text)
{
	(void)ctx, (void)rule, (void)i, (void)t, (void)text;
}

static void replay(unsigned session)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct events e;
	struct event ev;
	char text[512];

	model_init(m, found, NULL);
	events_begin(&e, &c, session);
	while (events_next(&e, &ev)) {
		model_apply(m, &ev);
		event_text(&ev, text, sizeof(text));
	}
	model_finish(m);
	model_free(m);
	free(m);
}

static void export(unsigned session)
{
	struct export x = { .c = &c, .session = session, .out = "/dev/null", .all = true,
			    .to = UINT64_MAX, .check = true, .sliced = session & 1 };

	memset(x.wanted, 1, sizeof(x.wanted));
	export_jsonl(&x);
	export_events(&x);
	export_perfetto(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];

	ps_kinds_init();
	ps_quiet = true;
	if (fd < 0) {
		fd = memfd_create("capture", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	capture_scan(&c, path);
	if (c.bytes_good + c.bytes_skipped != size)
		abort();
	for (unsigned s = 0; s < c.nr_sessions; s++) {
		struct facts f;

		bool large;

		facts_collect(&f, &c, s);
		large = f.info.nr_pages > 1u << 15;	/* slow, and no different */
		facts_free(&f);
		if (large && size % 64)
			continue;
		replay(s);
		if (size % 16 == 0)
			export(s);
	}
	capture_close(&c);
	return 0;
}

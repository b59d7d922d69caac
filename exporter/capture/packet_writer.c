/* SPDX-License-Identifier: MIT */
/* packet_writer.c - see packet_writer.h; docs/trace-format.md has the packet. */
#include "capture/packet_writer.h"

#include <string.h>
#include <zlib.h>

static void close_packet(struct packet_writer *w, unsigned stream)
{
	struct open_packet *p = &w->stream[stream];
	struct ps_packet h = { .magic = PS_CTF_MAGIC,
			       .stream_id = stream,
			       .schema = ps_schema_id,
			       .packet_size = p->used * 8,
			       .content_size = p->used * 8,
			       .timestamp_begin = p->begin,
			       .timestamp_end = p->last,
			       .packet_seq_num = p->seq };

	if (!p->used)
		return;
	memcpy(p->bytes, &h, sizeof(h));
	h.crc32 = (u32)crc32(0, p->bytes + 12, p->used - 12);
	memcpy(p->bytes, &h, sizeof(h));
	out_write(w->out, p->bytes, p->used);
	p->used = 0;
	p->seq++;
}

static void put(struct open_packet *p, const void *from, u32 bytes)
{
	if (!bytes)
		return; /* an event of strings alone: `from` may be null */
	memcpy(p->bytes + p->used, from, bytes);
	p->used += bytes;
}

void packet_event(struct packet_writer *w, u64 tick, u8 id, const void *fields, const char *s1,
		  const char *s2)
{
	const struct ps_kind *k = &ps_kinds[id];
	unsigned stream = k->group_id == PS_GROUP_hw ? PS_STREAM_HW : PS_STREAM_KERNEL;
	struct open_packet *p = &w->stream[stream];
	const char *string[2] = { s1, s2 };
	u32 length[2] = { 0 }, all = PS_EVENT_HEADER + k->fixed, low = (u32)tick;

	for (unsigned n = 0; n < k->nr_strings; n++) {
		length[n] = (u32)strnlen(string[n], PS_STRING_MAX - 1);
		all += length[n] + 1;
	}
	if (p->used && (p->used + all > sizeof(p->bytes) || tick >> 32 != p->last >> 32))
		close_packet(w, stream);
	if (!p->used) {
		p->begin = tick;
		p->used = sizeof(struct ps_packet);
	}
	p->last = tick;
	put(p, &id, 1);
	put(p, &low, 4);
	put(p, fields, k->fixed);
	for (unsigned n = 0; n < k->nr_strings; n++) {
		put(p, string[n], length[n]);
		put(p, "", 1);
	}
}

void packet_flush(struct packet_writer *w)
{
	close_packet(w, PS_STREAM_KERNEL);
	close_packet(w, PS_STREAM_HW);
}

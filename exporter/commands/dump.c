/* SPDX-License-Identifier: MIT */
/* dump.c - packets and events as they lie in the file; see dump.h. */
#include "commands/dump.h"
#include "formats/text.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *in_hex(const u8 *p, unsigned n)
{
	char *hex = ps_alloc(2 * n + 1);

	for (unsigned i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", p[i]);
	return hex;
}

/* Writes the object on a line of its own, and gives it back. */
static void put_line(struct out *o, json_t *j)
{
	json_write(o, j);
	out_puts(o, "\n");
	json_decref(j);
}

static void dump_events(struct out *o, struct capture *c, const struct packet *p, bool json)
{
	char text[4096];
	struct events e;
	struct event ev;

	events_of_packet(&e, c, p);
	while (events_next(&e, &ev)) {
		unsigned size = PS_EVENT_HEADER + ps_kind_bytes(&ps_kinds[ev.id], ev.p);
		char *hex = in_hex(c->in.data + ev.offset, size);

		event_text(&ev, text, sizeof(text));
		if (json)
			put_line(o, json_pack("{s:s,s:o,s:I,s:s,s:o}", "is", "event", "offset",
					      json_hex(ev.offset), "t", (json_int_t)ev.t, "hex",
					      hex, "text", json_text(text)));
		else
			out_printf(o, "  0x%08" PRIx64 " %" PRIu64 " %s %s\n", ev.offset, ev.t, hex,
				   text);
		free(hex);
	}
}

static void dump_packet(struct out *o, struct capture *c, unsigned session, unsigned stream,
			const struct packet *p, bool json)
{
	struct ps_packet h;

	memcpy(&h, c->in.data + p->offset, sizeof(h));
	if (json)
		put_line(o,
			 json_pack("{s:s,s:o,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "is",
				   "packet", "offset", json_hex(p->offset), "session", session + 1,
				   "stream", stream, "seq", (json_int_t)p->seq, "content_bytes",
				   (json_int_t)h.content_size / 8, "packet_bytes",
				   (json_int_t)h.packet_size / 8, "events", (json_int_t)p->events,
				   "t0", (json_int_t)p->begin, "t1", (json_int_t)p->end,
				   "discarded", (json_int_t)p->discarded, "crc", json_hex(p->crc)));
	else
		out_printf(o,
			   "0x%08" PRIx64 " session %u stream %u seq %u: %u of %u bytes, "
			   "%u events, ticks %" PRIu64 "..%" PRIu64 ", discarded %u, crc 0x%08x\n",
			   p->offset, session + 1, stream, p->seq, h.content_size / 8,
			   h.packet_size / 8, p->events, p->begin, p->end, p->discarded, p->crc);
}

static void dump_skipped(struct out *o, u64 from, u64 to, bool json)
{
	if (json)
		put_line(o, json_pack("{s:s,s:o,s:I}", "is", "skipped", "offset", json_hex(from),
				      "bytes", (json_int_t)(to - from)));
	else
		out_printf(o, "0x%08" PRIx64 " skipped: %" PRIu64 " bytes\n", from, to - from);
}

/* The next packet in file order, of either stream, after `offset`. */
static const struct packet *next_packet(const struct session *s, size_t at[PS_NR_STREAMS],
					unsigned *stream)
{
	const struct packet *best = NULL;

	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		const struct stream *st = &s->stream[k];

		if (at[k] < st->nr && (!best || st->packet[at[k]].offset < best->offset)) {
			best = &st->packet[at[k]];
			*stream = k;
		}
	}
	if (best)
		at[*stream]++;
	return best;
}

void dump_packets(struct capture *c, bool events, bool json)
{
	struct out *o = out_open("-", false);

	for (unsigned i = 0; i < c->nr_sessions; i++) {
		size_t at[PS_NR_STREAMS] = { 0 };
		const struct packet *p;
		unsigned stream = 0;

		while ((p = next_packet(&c->session[i], at, &stream))) {
			dump_packet(o, c, i, stream, p, json);
			if (events)
				dump_events(o, c, p, json);
		}
	}
	for (u64 n = 0; n < c->nr_skipped && n < PS_SKIPPED_KEPT; n++)
		dump_skipped(o, c->skipped[n].from, c->skipped[n].to, json);
	out_close(o);
}

/* SPDX-License-Identifier: MIT */
/* dump.c - packets and events as they lie in the file; see dump.h. */
#include "commands/dump.h"
#include "formats/text.h"
#include "base/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_hex(struct out *o, const u8 *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out_printf(o, "%02x", p[i]);
}

static void dump_events(struct out *o, struct capture *c, const struct packet *p)
{
	char text[4096];
	struct events e;
	struct event ev;

	events_of_packet(&e, c, p);
	while (events_next(&e, &ev)) {
		unsigned size = PS_EVENT_HEADER + ps_kinds[ev.id].fixed;

		event_text(&ev, text, sizeof(text));
		out_printf(o, "  0x%08" PRIx64 " %" PRIu64 " ", ev.offset, ev.t);
		put_hex(o, c->in.data + ev.offset, size);
		out_printf(o, " %s\n", text);
	}
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

void dump_packets(struct capture *c, bool events)
{
	struct out *o = out_open("-", false);

	for (unsigned i = 0; i < c->nr_sessions; i++) {
		size_t at[PS_NR_STREAMS] = { 0 };
		const struct packet *p;
		unsigned stream = 0;

		while ((p = next_packet(&c->session[i], at, &stream))) {
			struct ps_packet h;

			memcpy(&h, c->in.data + p->offset, sizeof(h));
			out_printf(o,
				   "0x%08" PRIx64 " session %u stream %u seq %u: %u of %u bytes, "
				   "%u events, ticks %" PRIu64 "..%" PRIu64 ", discarded %u, "
				   "crc 0x%08x\n",
				   p->offset, i + 1, stream, p->seq, h.content_size / 8,
				   h.packet_size / 8, p->events, p->begin, p->end, p->discarded,
				   p->crc);
			if (events)
				dump_events(o, c, p);
		}
	}
	for (u64 n = 0; n < c->nr_skipped && n < PS_SKIPPED_KEPT; n++)
		out_printf(o, "0x%08" PRIx64 " skipped: %" PRIu64 " bytes\n", c->skipped[n].from,
			   c->skipped[n].to - c->skipped[n].from);
	out_close(o);
}

/* SPDX-License-Identifier: MIT */
/* dump.c - packets and events as they lie in the file; see info.h. */
#include "commands/info.h"
#include "base/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool shown_in_hex(const char *meaning)
{
	static const char *const hex[] = { "pfn",  "addr", "pa",   "entry",   "ip",
					   "site", "gfp",  "hash", "errcode", "run_flags" };

	for (unsigned i = 0; i < sizeof(hex) / sizeof(hex[0]); i++)
		if (!strcmp(meaning, hex[i]))
			return true;
	return false;
}

/* snprintf at a moving end that never overruns. */
#define ADD(...) \
	do { \
		if (at < size) \
			at += (unsigned)snprintf(buf + at, size - at, __VA_ARGS__); \
	} while (0)

void event_text(const struct event *ev, char *buf, unsigned size)
{
	const struct ps_kind *k = &ps_kinds[ev->id];
	unsigned at = 0;

	ADD("%s", k->name);
	for (unsigned i = 0; i < k->nr_fields; i++) {
		const struct ps_field *f = &k->fields[i];
		const char *text;

		ADD(" %s=", f->name);
		if (!f->size) {
			ADD("\"%s\"", ps_field_string(k, ev->p, f->offset));
			continue;
		}
		for (unsigned n = 0; n < (f->count ? f->count : 1u); n++) {
			u64 v = ps_field_get(f, ev->p, n);

			ADD(n ? "," : "");
			if (shown_in_hex(f->meaning))
				ADD("0x%" PRIx64, v);
			else
				ADD("%" PRIu64, v);
			if (!f->count && (text = ps_value_text(f->meaning, (u32)v)))
				ADD("(%s)", text);
		}
	}
}

static void put_hex(struct out *o, const u8 *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out_printf(o, "%02x", p[i]);
}

static void dump_events(struct out *o, struct capture *c, const struct packet *p)
{
	struct packet one = *p;
	struct session alone = { .stream[0] = { .packet = &one, .nr = 1 } };
	struct events e = { .c = c, .s = &alone };
	char text[4096];
	struct event ev;

	e.cursor[0].s = &alone.stream[0];
	e.cursor[0].live = true;
	events_prime(&e);
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

/* SPDX-License-Identifier: MIT */
/* capture.c - finding packets in noise, ordering them, decoding; see capture.h. */
#include "capture/capture.h"
#include "base/filekind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* How far back a packet that arrives late may still be put in its place. */
#define REORDER_WINDOW 4096

static u16 fixed_size[256]; /* payload bytes before the strings, + 1; 0: no such event */
static bool has_tail[256];  /* a sequence or strings follow */
static bool is_story[256];
static u8 stream_of[256];

static void sizes_init(void)
{
	if (fixed_size[PS_ID_trace_info])
		return;
	ps_kinds_init();
	for (unsigned id = 1; id < 255; id++) {
		if (!ps_kinds[id].id)
			continue;
		fixed_size[id] = (u16)(ps_kinds[id].fixed + 1);
		has_tail[id] = ps_kinds[id].nr_strings || ps_kinds[id].sequence;
		stream_of[id] = ps_kinds[id].group_id == PS_GROUP_hw ? PS_STREAM_HW
								     : PS_STREAM_KERNEL;
		is_story[id] = ps_kinds[id].class == PS_CLASS_obj ||
			       ps_kinds[id].class == PS_CLASS_mark;
	}
}

/* The end of the event of kind `id` whose payload begins at p, or NULL if it runs past
 * `end`; its fixed part does not. */
static const u8 *skip_tail(unsigned id, const u8 *p, const u8 *end)
{
	const struct ps_kind *k = &ps_kinds[id];
	size_t bytes = ps_kind_bytes(k, p);

	if (bytes > (size_t)(end - p))
		return NULL;
	p += bytes;
	for (unsigned n = k->nr_strings; n--;) {
		const u8 *nul = memchr(p, 0, (size_t)(end - p));

		if (!nul)
			return NULL;
		p = nul + 1;
	}
	return p;
}

static inline u32 low_tsc(const u8 *event)
{
	u32 low;

	memcpy(&low, event + 1, 4);
	return low;
}

/* The full time of an event: the packet's high half, +1 if the low half wrapped
 * (CTF's rule for clocks of fewer bits). */
static inline u64 full_time(u64 now, u32 low)
{
	u64 t = (now & ~0xffffffffull) | low;

	return t < now ? t + 0x100000000ull : t;
}

/* Walks the events; false unless they end exactly at `end`, in time order, and
 * belong to this stream. */
static bool walk(const u8 *p, const u8 *end, unsigned stream, struct packet *pk, u32 by_id[256])
{
	u64 t = pk->begin;

	pk->events = 0;
	pk->story = false;
	while (p < end) {
		unsigned id = *p, size = fixed_size[id];

		if (!size || stream_of[id] != stream ||
		    (size_t)(end - p) < PS_EVENT_HEADER + size - 1u)
			return false;
		t = full_time(t, low_tsc(p));
		p += PS_EVENT_HEADER;
		if (!has_tail[id])
			p += size - 1;
		else if (!(p = skip_tail(id, p, end)))
			return false;
		by_id[id]++;
		pk->story |= is_story[id];
		pk->events++;
	}
	return t <= pk->end;
}

enum packet_verdict packet_examine(const u8 *data, u64 len, bool check_crc, struct packet *p,
				   u32 by_id[256], u32 *bytes)
{
	struct ps_packet h;
	u32 size, content;

	sizes_init();
	if (len < sizeof(h))
		return PACKET_NONE;
	memcpy(&h, data, sizeof(h));
	if (h.magic != PS_CTF_MAGIC || h.stream_id >= PS_NR_STREAMS || h.packet_size % 8 ||
	    h.content_size % 8)
		return PACKET_NONE;
	size = h.packet_size / 8;
	content = h.content_size / 8;
	if (content < sizeof(h) || content > size || size > PS_PACKET_MAX ||
	    h.timestamp_end < h.timestamp_begin)
		return PACKET_NONE;
	if (size > len)
		return PACKET_TRUNCATED;
	*bytes = size;
	if (check_crc && crc32(0, data + 12, size - 12) != h.crc32)
		return PACKET_CRC;
	if (!ps_schema_readable(h.schema))
		return PACKET_FOREIGN;
	p->begin = h.timestamp_begin;
	p->end = h.timestamp_end;
	p->seq = h.packet_seq_num;
	p->crc = h.crc32;
	p->discarded = h.events_discarded;
	memset(by_id, 0, 256 * sizeof(by_id[0]));
	return walk(data + sizeof(h), data + content, h.stream_id, p, by_id) ? PACKET_OK
									     : PACKET_MALFORMED;
}

/* ---- sessions ---- */

static struct session *new_session(struct capture *c)
{
	struct session *s;

	c->session = ps_realloc(c->session, (c->nr_sessions + 1) * sizeof(*c->session));
	s = &c->session[c->nr_sessions++];
	memset(s, 0, sizeof(*s));
	return s;
}

static void insert(struct stream *s, size_t at, const struct packet *p)
{
	if (s->nr == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->packet = ps_realloc(s->packet, s->cap * sizeof(*s->packet));
	}
	memmove(&s->packet[at + 1], &s->packet[at], (s->nr - at) * sizeof(*s->packet));
	s->packet[at] = *p;
	s->nr++;
}

/* The first index whose sequence number is not below seq. */
static size_t lower_bound(const struct stream *s, u32 seq)
{
	size_t lo = 0, hi = s->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->packet[mid].seq < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool same_packet(const struct packet *a, const struct packet *b)
{
	return a->seq == b->seq && a->crc == b->crc && a->begin == b->begin && a->end == b->end &&
	       a->events == b->events;
}

enum fit { FITS, DUPLICATE, OTHER_SESSION };

/* Where p belongs in a stream of a session, by number and by time. */
static enum fit place(const struct stream *s, const struct packet *p, size_t *at)
{
	size_t i = s->nr && p->seq > s->packet[s->nr - 1].seq ? s->nr : lower_bound(s, p->seq);

	*at = i;
	if (i < s->nr && s->packet[i].seq == p->seq)
		return same_packet(&s->packet[i], p) ? DUPLICATE : OTHER_SESSION;
	if (i > 0 && (s->packet[i - 1].end > p->begin || s->packet[i - 1].discarded > p->discarded))
		return OTHER_SESSION;
	if (i < s->nr && (s->packet[i].begin < p->end || s->nr - i > REORDER_WINDOW))
		return OTHER_SESSION;
	return FITS;
}

static void add_packet(struct capture *c, unsigned stream, const struct packet *p,
		       const u32 by_id[256])
{
	struct session *s = c->nr_sessions ? &c->session[c->nr_sessions - 1] : new_session(c);
	size_t at;
	enum fit fit = place(&s->stream[stream], p, &at);

	if (fit == OTHER_SESSION) {
		/* the second copy of a joined capture repeats packets of the first */
		for (unsigned i = 0; i + 1 < c->nr_sessions && fit == OTHER_SESSION; i++)
			if (place(&c->session[i].stream[stream], p, &at) == DUPLICATE) {
				s = &c->session[i];
				fit = DUPLICATE;
			}
	}
	if (fit == DUPLICATE) {
		s->duplicates++;
		c->duplicates++;
		return;
	}
	if (fit == OTHER_SESSION) {
		s = new_session(c);
		at = 0;
	}
	insert(&s->stream[stream], at, p);
	for (unsigned id = 0; id < 256; id++)
		s->by_id[id] += by_id[id];
}

/* Sums up a stream once all its packets are in place. */
static void finish_stream(struct stream *s, bool from_zero)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct packet *p = &s->packet[i];
		u64 missing = i ? p->seq - s->packet[i - 1].seq - 1ull : from_zero ? p->seq : 0;

		s->events += p->events;
		s->lost_packets += missing;
		s->nr_gaps += missing != 0;
	}
	if (s->nr)
		s->lost_events = s->packet[s->nr - 1].discarded;
}

static void finish_session(struct session *s, bool first)
{
	bool any = false;

	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		struct stream *st = &s->stream[k];

		/* the plugin numbers on through a reset, so only the kernel starts at 0 */
		finish_stream(st, k == PS_STREAM_KERNEL || first);
		s->events += st->events;
		s->lost_packets += st->lost_packets;
		s->lost_events += st->lost_events;
		if (!st->nr)
			continue;
		if (!any || st->packet[0].begin < s->begin)
			s->begin = st->packet[0].begin;
		if (!any || st->packet[st->nr - 1].end > s->end)
			s->end = st->packet[st->nr - 1].end;
		any = true;
	}
}

/* ---- the search ---- */

static void note_skipped(struct capture *c, u64 from, u64 to)
{
	if (from == to)
		return;
	c->bytes_skipped += to - from;
	if (c->nr_skipped < PS_SKIPPED_KEPT)
		c->skipped[c->nr_skipped] = (struct skipped){ from, to };
	c->nr_skipped++;
}

/* The next place at or after `at` where a magic may begin; size if none. */
static u64 find_magic(struct capture *c, u64 at)
{
	static const u8 magic[4] = { 0xc1, 0x1f, 0xfc, 0xc1 };
	const u8 *data = c->in.data;
	u64 size = c->in.size;

	while (at + sizeof(struct ps_packet) <= size) {
		/* in pieces, so that pages already searched can be given back */
		u64 piece = size - at < (1u << 20) ? size - at : 1u << 20;
		const u8 *hit = memchr(data + at, magic[0], piece);

		if (!hit) {
			at += piece;
			input_done_before(&c->in, at);
			continue;
		}
		at = (u64)(hit - data);
		if (at + sizeof(struct ps_packet) <= size && !memcmp(hit, magic, 4))
			return at;
		at++;
	}
	return size;
}

void capture_scan(struct capture *c, const char *path)
{
	u64 at = 0, good_end = 0;
	u32 by_id[256], bytes = 0;
	struct packet p = { 0 };

	sizes_init();
	memset(c, 0, sizeof(*c));
	input_open(&c->in, path);
	while ((at = find_magic(c, at)) < c->in.size) {
		struct ps_packet h;

		switch (packet_examine(c->in.data + at, c->in.size - at, true, &p, by_id, &bytes)) {
		case PACKET_OK:
			note_skipped(c, good_end, at);
			memcpy(&h, c->in.data + at, sizeof(h));
			p.offset = at;
			add_packet(c, h.stream_id, &p, by_id);
			c->packets++;
			c->bytes_good += bytes;
			at += bytes;
			good_end = at;
			input_done_before(&c->in, at);
			continue;
		case PACKET_FOREIGN:
			memcpy(&h, c->in.data + at, sizeof(h));
			c->foreign++;
			c->foreign_schema = h.schema;
			break;
		case PACKET_CRC: c->bad_packets++; break;
		case PACKET_MALFORMED: c->malformed++; break;
		case PACKET_TRUNCATED: c->truncated = true; break;
		case PACKET_NONE: break;
		}
		at++;
	}
	note_skipped(c, good_end, c->in.size);
	for (unsigned i = 0; i < c->nr_sessions; i++) {
		finish_session(&c->session[i], i == 0);
	}
	input_rewind(&c->in);
}

/* All that is there was written with an event table that cannot be read. */
static void refuse_foreign(const struct capture *c)
{
	const struct ps_schema *s = ps_schema_known(c->foreign_schema);

	if (s)
		ps_die(PS_EXIT_DATA,
		       "%s: is a trace of version %u, and this pagescope reads version 2; "
		       "pagescope %s reads it",
		       c->in.name, s->version, s->release);
	ps_die(PS_EXIT_DATA,
	       "%s: written with event table 0x%08x, but this pagescope knows "
	       "0x%08x; use the pagescope built from the same sources as the kernel",
	       c->in.name, c->foreign_schema, ps_schema_id);
}

void capture_open(struct capture *c, const char *path)
{
	const struct file_kind *kind;

	capture_scan(c, path);
	if (c->packets)
		return;
	if (c->foreign)
		refuse_foreign(c);
	if (!c->in.size)
		ps_die(PS_EXIT_DATA,
		       "%s: is empty; a capture holds packets that begin with the "
		       "bytes c1 1f fc c1",
		       c->in.name);
	kind = file_kind(c->in.data, c->in.size);
	if (kind && kind->todo)
		ps_die(PS_EXIT_DATA, "%s: is %s, not a capture; %s", c->in.name, kind->what,
		       kind->todo);
	ps_die(PS_EXIT_DATA,
	       "%s: no intact packet in %s (%s with a wrong checksum, %s that do "
	       "not decode%s); packets begin with the bytes c1 1f fc c1",
	       c->in.name, ps_count(c->in.size, "byte"), ps_thousands(c->bad_packets),
	       ps_thousands(c->malformed), c->truncated ? ", one cut off" : "");
}

void capture_close(struct capture *c)
{
	for (unsigned i = 0; i < c->nr_sessions; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++)
			free(c->session[i].stream[k].packet);
	free(c->session);
	input_close(&c->in);
}

u64 session_lost(const struct session *s)
{
	return s->lost_events + s->lost_packets;
}

bool capture_complete(const struct capture *c)
{
	if (c->bad_packets || c->malformed || c->foreign || c->truncated)
		return false;
	for (unsigned i = 0; i < c->nr_sessions; i++)
		if (session_lost(&c->session[i]))
			return false;
	return true;
}

static void warn_gaps(const struct capture *c, const struct session *s, unsigned session,
		      unsigned stream)
{
	const struct stream *st = &s->stream[stream];
	unsigned shown = 0;
	u32 expected = 0;

	if (!st->lost_packets)
		return;
	if (stream == PS_STREAM_HW && session > 0 && st->nr)
		expected = st->packet[0].seq;
	for (size_t i = 0; i < st->nr; expected = st->packet[i++].seq + 1) {
		const struct packet *p = &st->packet[i];

		if (p->seq == expected)
			continue;
		if (shown++ == 10) {
			ps_warn("%s: ... %s in all, %s missing", c->in.name,
				ps_count(st->nr_gaps, "gap"), ps_count(st->lost_packets, "packet"));
			return;
		}
		ps_warn("%s: %s packets %u..%u are missing (ticks %llu to %llu) before byte %llu",
			c->in.name, stream ? "hardware" : "kernel", expected, p->seq - 1,
			(unsigned long long)(i ? st->packet[i - 1].end : 0),
			(unsigned long long)p->begin, (unsigned long long)p->offset);
	}
}

void capture_warn(const struct capture *c)
{
	const char *name = c->in.name;

	for (unsigned i = 0; i < c->nr_sessions; i++) {
		const struct session *s = &c->session[i];

		for (unsigned k = 0; k < PS_NR_STREAMS; k++)
			warn_gaps(c, s, i, k);
		if (s->lost_events)
			ps_warn("%s: the tracer discarded %s", name,
				ps_count(s->lost_events, "event"));
	}
	if (c->bad_packets)
		ps_warn("%s: %s with a wrong checksum left out", name,
			ps_count(c->bad_packets, "packet"));
	if (c->malformed)
		ps_warn("%s: %s left out whose events do not decode: did a second CPU "
			"trace?",
			name, ps_count(c->malformed, "packet"));
	if (c->foreign)
		ps_warn("%s: %s of event table 0x%08x left out (this is 0x%08x)", name,
			ps_count(c->foreign, "packet"), c->foreign_schema, ps_schema_id);
	if (c->truncated)
		ps_warn("%s: a packet is cut off by the end of the file", name);
	if (c->duplicates)
		ps_warn("%s: %s found twice, counted once", name,
			ps_count(c->duplicates, "packet"));
	if (c->nr_skipped && capture_complete(c) && c->nr_skipped <= c->packets + 1)
		ps_note("%s: %s of other text around the packets left out", name,
			ps_count(c->bytes_skipped, "byte"));
	else if (c->nr_skipped)
		ps_warn("%s: %s in %s belong to no packet, first at byte %llu to %llu", name,
			ps_count(c->bytes_skipped, "byte"), ps_count(c->nr_skipped, "place"),
			(unsigned long long)c->skipped[0].from,
			(unsigned long long)c->skipped[0].to);
	if (c->nr_sessions > 1)
		ps_warn("%s: the trace starts again %s (a reset, or joined captures); "
			"there are %u sessions",
			name, ps_count(c->nr_sessions - 1, "time"), c->nr_sessions);
}

/* ---- decoding ---- */

/* Opens packets until one has an event; false at the end of the stream. */
static bool open_packet(struct events *e, struct cursor *cu)
{
	while (cu->next < cu->s->nr) {
		const struct packet *p = &cu->s->packet[cu->next];
		const u8 *data = e->c->in.data + p->offset;
		const struct packet *before = cu->next ? p - 1 : NULL;
		struct ps_packet h;

		memcpy(&h, data, sizeof(h));
		cu->p = data + sizeof(h);
		cu->end = data + h.content_size / 8;
		cu->t = p->begin;
		cu->gap += p->discarded - (before ? before->discarded : 0);
		if (before)
			cu->gap += p->seq - before->seq - 1;
		else if (cu == &e->cursor[PS_STREAM_KERNEL])
			cu->gap += p->seq;
		if (cu->next % 512 == 511) {
			input_done_before(&e->c->in, p->offset);
			ps_progress(p->offset, e->c->in.size);
		}
		cu->next++;
		if (p->events)
			return true;
	}
	ps_progress_clear();
	return false;
}

static void advance(struct events *e, struct cursor *cu)
{
	const u8 *p;
	unsigned id;

	if (cu->p == cu->end && !open_packet(e, cu)) {
		cu->live = false;
		return;
	}
	p = cu->p;
	id = *p;
	cu->t = full_time(cu->t, low_tsc(p));
	cu->head.t = cu->t;
	cu->head.id = (u8)id;
	cu->head.offset = (u64)(p - e->c->in.data);
	cu->head.gap = cu->gap;
	cu->gap = 0;
	cu->head.p = p + PS_EVENT_HEADER;
	p += PS_EVENT_HEADER;
	cu->p = has_tail[id] ? skip_tail(id, p, cu->end) : p + fixed_size[id] - 1;
}

static void begin_stream(struct events *e, unsigned stream, const struct stream *s)
{
	struct cursor *cu = &e->cursor[stream];

	cu->s = s;
	cu->live = true;
	cu->head.stream = (u8)stream;
	advance(e, cu);
}

void events_begin(struct events *e, struct capture *c, unsigned session)
{
	memset(e, 0, sizeof(*e));
	e->c = c;
	input_rewind(&c->in);
	for (unsigned k = 0; k < PS_NR_STREAMS; k++)
		begin_stream(e, k, &c->session[session].stream[k]);
}

void events_of_packet(struct events *e, struct capture *c, const struct packet *p)
{
	memset(e, 0, sizeof(*e));
	e->c = c;
	e->packet = *p;
	e->alone = (struct stream){ .packet = &e->packet, .nr = 1 };
	begin_stream(e, PS_STREAM_KERNEL, &e->alone);
}

bool events_next(struct events *e, struct event *ev)
{
	struct cursor *a = &e->cursor[PS_STREAM_KERNEL], *b = &e->cursor[PS_STREAM_HW];
	struct cursor *cu = !b->live || (a->live && a->head.t <= b->head.t) ? a : b;

	if (!cu->live)
		return false;
	*ev = cu->head;
	ev->i = e->i++;
	advance(e, cu);
	return true;
}

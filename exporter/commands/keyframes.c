/* SPDX-License-Identifier: MIT */
/* keyframes.c - the index file; see keyframes.h. */
#include "commands/keyframes.h"
#include "model/modelstate.h"
#include "base/out.h"
#include "commands/show.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define FEWEST_EVENTS 1000000 /* below, replaying from the start is quick enough */
#define SPACING       500000  /* events between keyframes: 40 ms of replay */

/* What an index must agree with to be used. */
struct stamp {
	char magic[8];
	u32 schema, sizes[6];
	u64 capture_size;
	int64_t changed_s, changed_ns;
};

struct keyframe {
	u64 at, length, plain; /* compressed bytes in the index */
	u64 i, t;              /* the last event it contains */
	u32 session;
	u32 reserved;
};

/* Where decoding goes on after a keyframe. */
struct place {
	u64 i;
	struct {
		u64 next, p, end, t, gap, head_t, head_offset, head_gap;
		u8 head_id, live;
	} cursor[PS_NR_STREAMS];
	struct event last;
};

/* What addresses a packet speaks of: a bit, by a hash, for each block of 16 KiB,
 * or of 256 KiB where one event speaks of much.  A clear bit means: not.  One
 * packet in six is then decoded for an address of the churn workload that is
 * truly named in one of forty. */
struct filter {
	u64 bit[16];
};
enum { FINE = 14, COARSE = 18 }; /* shifts of an address */
#define FINE_MOST   (64u << 10)
#define COARSE_MOST (32u << 20) /* more fills the filter */

struct footer {
	u64 filters_at, nr_filters, stamp_at, keyframes_at, nr_keyframes;
	u32 crc, magic;
};
#define FOOTER_MAGIC 0x58495350u

static struct { /* the index in use */
	const u8 *data;
	size_t size;
	const struct keyframe *frame;
	u64 nr;
	const struct filter *filter; /* of all packets, by session and stream; or NULL */
} index_file;

static char *index_path(const char *capture)
{
	return ps_format("%s.psindex", capture);
}

static bool make_stamp(struct stamp *s, const char *path)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	if (!strcmp(path, "-") || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	memcpy(s->magic, "psindex3", 8);
	s->schema = ps_schema_id;
	s->sizes[0] = sizeof(struct model);
	s->sizes[1] = sizeof(struct frame);
	s->sizes[2] = sizeof(struct packet);
	s->sizes[3] = sizeof(struct session);
	s->sizes[4] = sizeof(struct capture);
	s->sizes[5] = sizeof(struct place);
	s->capture_size = (u64)st.st_size;
	s->changed_s = (int64_t)st.st_mtim.tv_sec;
	s->changed_ns = (int64_t)st.st_mtim.tv_nsec;
	return true;
}

/* ---- writing ---- */

static struct place place_of(const struct events *e, const struct event *last)
{
	struct place p = { .i = e->i, .last = *last };
	const u8 *data = e->c->in.data;

	for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
		const struct cursor *cu = &e->cursor[k];

		p.cursor[k].next = cu->next;
		p.cursor[k].p = cu->p ? (u64)(cu->p - data) : 0;
		p.cursor[k].end = cu->end ? (u64)(cu->end - data) : 0;
		p.cursor[k].t = cu->t;
		p.cursor[k].gap = cu->gap;
		p.cursor[k].live = cu->live;
		p.cursor[k].head_t = cu->head.t;
		p.cursor[k].head_id = cu->head.id;
		p.cursor[k].head_gap = cu->head.gap;
		p.cursor[k].head_offset = cu->head.offset;
	}
	p.last.p = NULL;
	return p;
}

static void write_keyframe(struct out *o, struct bytes *table, unsigned session,
			   const struct model *m, const struct events *e, const struct event *last)
{
	struct bytes plain = { 0 };
	struct place place = place_of(e, last);
	struct keyframe k = { .at = out_total(o), .i = last->i, .t = last->t, .session = session };
	uLongf length;
	u8 *packed;

	bytes_add(&plain, &place, sizeof(place));
	model_save(m, &plain);
	length = compressBound(plain.len);
	packed = ps_alloc(length);
	if (compress2(packed, &length, plain.data, plain.len, 1) != Z_OK)
		ps_die(PS_EXIT_DATA, "zlib cannot compress");
	k.length = length;
	k.plain = plain.len;
	out_write(o, packed, length);
	bytes_add(table, &k, sizeof(k));
	free(packed);
	free(plain.data);
}

static void write_session(struct out *o, struct bytes *table, struct capture *c, unsigned session)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct events e;
	struct event ev;

	model_init(m, NULL, NULL);
	events_begin(&e, c, session);
	while (events_next(&e, &ev)) {
		replay_event(m, &ev);
		if (ev.i % SPACING == SPACING - 1)
			write_keyframe(o, table, session, m, &e, &ev);
	}
	model_free(m);
	free(m);
}

/* ---- which packets speak of an address ---- */

static u32 filter_bit(u32 addr, unsigned shift)
{
	return ((addr >> shift) * 0x9e3779b1u + shift * 0x85ebca6bu) >> 22;
}

static void filter_add(struct filter *f, const struct event *ev)
{
	unsigned shift;
	u64 bytes;
	u32 addr;

	if (!event_span(ev, &addr, &bytes) || !bytes)
		return;
	if (bytes > COARSE_MOST) {
		memset(f, 0xff, sizeof(*f));
		return;
	}
	shift = bytes > FINE_MOST ? COARSE : FINE;
	for (u64 at = (u64)addr >> shift << shift; at < addr + bytes; at += 1u << shift) {
		u32 bit = filter_bit((u32)at, shift);

		f->bit[bit / 64] |= 1ull << bit % 64;
	}
}

static bool filter_has(const struct filter *f, u32 addr)
{
	u32 fine = filter_bit(addr, FINE), coarse = filter_bit(addr, COARSE);

	return (f->bit[fine / 64] >> fine % 64 | f->bit[coarse / 64] >> coarse % 64) & 1;
}

static struct filter filter_of(struct capture *c, const struct packet *p)
{
	struct packet one = *p;
	struct session alone = { .stream[0] = { .packet = &one, .nr = 1 } };
	struct events e = { .c = c, .s = &alone };
	struct filter f = { 0 };
	struct event ev;

	e.cursor[0].s = &alone.stream[0];
	e.cursor[0].live = true;
	events_prime(&e);
	while (events_next(&e, &ev))
		filter_add(&f, &ev);
	return f;
}

static u64 write_filters(struct out *o, struct capture *c)
{
	u64 nr = 0;

	for (unsigned i = 0; i < c->nr_sessions; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
			const struct stream *s = &c->session[i].stream[k];

			input_rewind(&c->in);
			for (size_t n = 0; n < s->nr; n++, nr++) {
				struct filter f = filter_of(c, &s->packet[n]);

				out_write(o, &f, sizeof(f));
				input_done_before(&c->in, s->packet[n].offset);
			}
		}
	return nr;
}

static void write_packets(struct out *o, const struct capture *c)
{
	out_write(o, c, sizeof(*c));
	out_write(o, c->session, c->nr_sessions * sizeof(*c->session));
	for (unsigned i = 0; i < c->nr_sessions; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++)
			out_write(o, c->session[i].stream[k].packet,
				  c->session[i].stream[k].nr * sizeof(struct packet));
}

static bool directory_writable(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? ps_format("%.*s", (int)(slash - path + 1), path) : ps_strdup(".");
	bool yes = access(dir, W_OK) == 0;

	free(dir);
	return yes;
}

bool keyframes_write(struct capture *c, const char *path)
{
	char *name = index_path(path);
	struct bytes table = { 0 };
	struct footer f = { .magic = FOOTER_MAGIC };
	struct stamp stamp;
	struct out *o;
	u64 events = 0;

	for (unsigned i = 0; i < c->nr_sessions; i++)
		events += c->session[i].events;
	if (events < FEWEST_EVENTS || !make_stamp(&stamp, path) || !directory_writable(name)) {
		free(name);
		return false;
	}
	o = out_open(name, false);
	for (unsigned i = 0; i < c->nr_sessions; i++)
		write_session(o, &table, c, i);
	while (out_total(o) % sizeof(struct filter))
		out_write(o, "", 1);
	f.filters_at = out_total(o);
	f.nr_filters = write_filters(o, c);
	f.keyframes_at = out_total(o);
	f.nr_keyframes = table.len / sizeof(struct keyframe);
	f.crc = (u32)crc32(0, table.data, (uInt)table.len);
	out_write(o, table.data, table.len);
	f.stamp_at = out_total(o);
	out_write(o, &stamp, sizeof(stamp));
	write_packets(o, c);
	out_write(o, &f, sizeof(f));
	out_close(o);
	ps_note("%s: index written, to be quicker the next time; it may be deleted", name);
	free(table.data);
	free(name);
	return true;
}

/* ---- reading ---- */

static bool map_index(const char *path)
{
	char *name = index_path(path);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	free(name);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && (size_t)st.st_size >= sizeof(struct footer))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	index_file.data = map;
	index_file.size = (size_t)st.st_size;
	return true;
}

/* Copies nr elements at *at of the index; NULL if they are not all there. */
static void *copy(u64 *at, u64 nr, size_t size)
{
	void *p;

	if (*at > index_file.size || nr > (index_file.size - *at) / size)
		return NULL;
	p = ps_alloc(nr * size);
	memcpy(p, index_file.data + *at, nr * size);
	*at += nr * size;
	return p;
}

/* The capture as it was found when the index was written. */
static bool load_packets(struct capture *c, u64 at, const char *path)
{
	struct capture *saved = copy(&at, 1, sizeof(*saved));
	struct session *sessions;

	if (!saved)
		return false;
	memcpy(c, saved, sizeof(*c));
	free(saved);
	memset(&c->in, 0, sizeof(c->in));
	sessions = copy(&at, c->nr_sessions, sizeof(*sessions));
	if (!sessions)
		return false;
	c->session = sessions;
	for (unsigned i = 0; i < c->nr_sessions; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
			struct stream *s = &sessions[i].stream[k];

			s->packet = copy(&at, s->nr, sizeof(struct packet));
			if (!s->packet)
				return false;
			s->cap = s->nr;
		}
	input_open(&c->in, path);
	return at == index_file.size - sizeof(struct footer);
}

/* The filters, if there is one for each packet. */
static const struct filter *filters(const struct footer *f, const struct capture *c)
{
	u64 packets = 0;

	for (unsigned i = 0; i < c->nr_sessions; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++)
			packets += c->session[i].stream[k].nr;
	if (f->nr_filters != packets || f->filters_at % sizeof(struct filter) ||
	    f->filters_at > f->keyframes_at ||
	    (f->keyframes_at - f->filters_at) / sizeof(struct filter) != packets)
		return NULL;
	return (const void *)(index_file.data + f->filters_at);
}

bool keyframes_open(struct capture *c, const char *path)
{
	struct stamp want, have;
	struct footer f;

	if (!make_stamp(&want, path) || !map_index(path))
		return false;
	memcpy(&f, index_file.data + index_file.size - sizeof(f), sizeof(f));
	if (f.magic != FOOTER_MAGIC || f.stamp_at > index_file.size - sizeof(f) ||
	    index_file.size - sizeof(f) - f.stamp_at < sizeof(have) ||
	    f.keyframes_at > f.stamp_at ||
	    (f.stamp_at - f.keyframes_at) / sizeof(struct keyframe) != f.nr_keyframes ||
	    crc32(0, index_file.data + f.keyframes_at, (uInt)(f.stamp_at - f.keyframes_at)) !=
		    f.crc)
		return false;
	memcpy(&have, index_file.data + f.stamp_at, sizeof(have));
	if (memcmp(&have, &want, sizeof(have)))
		return false;
	capture_prepare();
	if (!load_packets(c, f.stamp_at + sizeof(have), path))
		return false;
	index_file.frame = ps_alloc(f.nr_keyframes * sizeof(struct keyframe));
	memcpy((void *)(uintptr_t)index_file.frame, index_file.data + f.keyframes_at,
	       f.nr_keyframes * sizeof(struct keyframe));
	index_file.nr = f.nr_keyframes;
	index_file.filter = filters(&f, c);
	return true;
}

static const struct keyframe *best_keyframe(unsigned session, const struct moment *at)
{
	const struct keyframe *best = NULL;

	for (u64 n = 0; n < index_file.nr; n++) {
		const struct keyframe *k = &index_file.frame[n];

		if (k->session == session &&
		    (at->by_event ? k->i <= at->event : k->t <= at->tick) &&
		    k->at <= index_file.size && k->length <= index_file.size - k->at)
			best = k;
	}
	return best;
}

/* Sets decoding and model to the keyframe; false if it cannot be read. */
static bool load_keyframe(const struct keyframe *k, struct model *m, struct events *e,
			  struct event *last)
{
	uLongf plain = k->plain;
	u8 *data = ps_alloc(plain);
	struct place p;
	bool good = uncompress(data, &plain, index_file.data + k->at, k->length) == Z_OK &&
		    plain == k->plain && plain > sizeof(p);

	if (good) {
		memcpy(&p, data, sizeof(p));
		good = model_load(m, data + sizeof(p), plain - sizeof(p));
	}
	free(data);
	if (!good)
		return false;
	e->i = p.i;
	*last = p.last;
	for (unsigned n = 0; n < PS_NR_STREAMS; n++) {
		struct cursor *cu = &e->cursor[n];
		const u8 *file = e->c->in.data;

		cu->next = p.cursor[n].next;
		cu->p = file + p.cursor[n].p;
		cu->end = file + p.cursor[n].end;
		cu->t = p.cursor[n].t;
		cu->gap = p.cursor[n].gap;
		cu->live = p.cursor[n].live;
		cu->head.t = p.cursor[n].head_t;
		cu->head.id = p.cursor[n].head_id;
		cu->head.gap = p.cursor[n].head_gap;
		cu->head.offset = p.cursor[n].head_offset;
		cu->head.p = file + p.cursor[n].head_offset + PS_EVENT_HEADER;
	}
	return true;
}

void keyframes_replay(struct model *m, struct capture *c, unsigned session, const struct moment *at,
		      struct event *last)
{
	const struct keyframe *k = best_keyframe(session, at);
	struct events e;
	struct event ev;

	events_begin(&e, c, session);
	if (!k || !load_keyframe(k, m, &e, last)) {
		replay_to(m, c, session, at, last);
		return;
	}
	while (events_next(&e, &ev) && !moment_passed(at, &ev)) {
		replay_event(m, &ev);
		*last = ev;
	}
	replay_vouch(m, c);
}

struct window {
	u64 from, to;
}; /* ticks */

static int by_tick(const void *a, const void *b)
{
	const struct window *x = a, *y = b;

	return x->from != y->from ? (x->from < y->from ? -1 : 1) : 0;
}

/* The spans of the packets that may speak of addr, in order. */
static struct window *windows(const struct capture *c, unsigned session, u32 addr, size_t *nr)
{
	const struct filter *f = index_file.filter;
	struct window *w = NULL;

	*nr = 0;
	for (unsigned i = 0; i <= session; i++)
		for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
			const struct stream *s = &c->session[i].stream[k];

			for (size_t n = 0; n < s->nr; n++, f++) {
				if (i != session || !filter_has(f, addr))
					continue;
				if (*nr % 1024 == 0)
					w = ps_realloc(w, (*nr + 1024) * sizeof(*w));
				w[(*nr)++] = (struct window){ s->packet[n].begin,
							      s->packet[n].end };
			}
		}
	if (*nr)
		qsort(w, *nr, sizeof(*w), by_tick);
	return w;
}

void keyframes_history(struct capture *c, unsigned session, u32 addr,
		       void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	struct events e;
	struct event ev;
	struct window *w;
	size_t nr;
	u64 next = 0; /* events below were given */

	if (!index_file.filter) {
		events_begin(&e, c, session);
		while (events_next(&e, &ev))
			fn(ctx, &ev);
		return;
	}
	w = windows(c, session, addr, &nr);
	for (size_t n = 0; n < nr; n++) {
		size_t last = n;
		u64 to = w[n].to;

		/* packets one after the other are decoded in one go */
		while (last + 1 < nr && w[last + 1].from <= to + 1) {
			last++;
			to = w[last].to > to ? w[last].to : to;
		}
		events_from(&e, c, session, w[n].from);
		while (events_next(&e, &ev) && ev.t <= to) {
			if (ev.i < next)
				continue;
			fn(ctx, &ev);
			next = ev.i + 1;
		}
		n = last;
	}
	free(w);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - the exporter on anything at all, for libFuzzer.
 *
 * The input is a capture.  Whatever it holds, every command's work is done on
 * it: salvage, decoding, the replay with all its rules, `check`, each export,
 * `salvage` (whose result is read again and must be whole), `show`, `translate`,
 * `dump`, `info` and `diff`.
 *
 * The mutator works on events as well as on bytes, and repairs the checksums
 * afterwards, so that what lies behind them is reached.
 *
 * Linked with fuzz_once.c instead of libFuzzer, it runs each file of the corpus
 * once: `make test`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/files.h"
#include "capture/capture.h"
#include "commands/check.h"
#include "formats/ctf_dir.h"
#include "commands/diff.h"
#include "capture/facts.h"
#include "commands/dump.h"
#include "commands/info.h"
#include "formats/export.h"
#include "model/replay.h"
#include "commands/show.h"
#include "commands/translate.h"
#include "formats/text.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct capture c, again;
static int devnull = -1;

/* ---- the mutator ---- */

static u32 random_state;

static u32 below(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return n ? (random_state >> 8) % n : 0;
}

/* Bytes of the event at p, 0 if it is none or does not end before `end`. */
static u32 event_bytes(const u8 *p, const u8 *end)
{
	const struct ps_kind *k = &ps_kinds[*p];
	const u8 *at = p + PS_EVENT_HEADER + k->fixed;

	if (!k->id || at > end)
		return 0;
	at = p + PS_EVENT_HEADER + ps_kind_bytes(k, p + PS_EVENT_HEADER);
	if (at > end)
		return 0;
	for (unsigned n = 0; n < k->nr_strings; n++) {
		const u8 *nul = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;

		if (!nul)
			return 0;
		at = nul + 1;
	}
	return (u32)(at - p);
}

/* A value where rules change their mind: near what was there, or at an edge. */
static void change_field(u8 *p, unsigned size)
{
	static const u32 edges[] = { 0,           1,           2,           9,
				     10,          11,          0x100,       0x200,
				     0x3ff,       0x1000,      0x3fffff,    0xc0000000u,
				     0xc0c00000u, 0xfe000000u, 0xfffff000u, 0xffffffffu };
	u32 v = 0;

	memcpy(&v, p, size < 4 ? size : 4);
	switch (below(5)) {
	case 0: v = edges[below(sizeof(edges) / sizeof(edges[0]))]; break;
	case 1: v ^= 1u << below(32); break;
	case 2: v += 1; break;
	case 3: v -= 1; break;
	default: v = v & 0xfff ? v & ~0xfffu : v | 0x163; break;
	}
	memcpy(p, &v, size < 4 ? size : 4);
}

/* Changes, drops, repeats or moves one event of the packet of `size` bytes. */
static void mutate_event(u8 *packet, u32 size)
{
	u8 *start = packet + sizeof(struct ps_packet), *end, *p, kept[1024];
	struct ps_packet h;
	u32 nr = 0, n, len;

	memcpy(&h, packet, sizeof(h));
	end = packet + h.content_size / 8;
	for (p = start; p < end && (len = event_bytes(p, end)); p += len)
		nr++;
	if (!nr)
		return;
	p = start;
	for (n = below(nr); n; n--)
		p += event_bytes(p, end);
	len = event_bytes(p, end);
	switch (below(8)) {
	case 0: /* drop */
		memmove(p, p + len, (size_t)(end - p - len));
		h.content_size -= len * 8;
		break;
	case 1: /* repeat */
		if (h.content_size / 8 + len > size)
			return;
		memmove(p + len, p, (size_t)(end - p));
		h.content_size += len * 8;
		break;
	case 2: /* to the front of what follows */
		if (len > sizeof(kept) || p + len >= end || !(n = event_bytes(p + len, end)))
			return;
		memcpy(kept, p, len);
		memmove(p, p + len, n);
		memcpy(p + n, kept, len);
		break;
	default:
		if (ps_kinds[*p].nr_fields) {
			const struct ps_field *f =
				&ps_kinds[*p].fields[below(ps_kinds[*p].nr_fields)];

			if (f->size)
				change_field(p + PS_EVENT_HEADER + f->offset +
						     below(ps_field_count(f, p + PS_EVENT_HEADER)) *
							     f->size,
					     f->size);
		}
	}
	memcpy(packet, &h, sizeof(h));
}

/* The tick of the last event: a packet whose end lies before it is refused. */
static u64 last_tick(const u8 *p, const u8 *end, u64 t)
{
	u32 len, low;

	for (; p < end && (len = event_bytes(p, end)); p += len) {
		memcpy(&low, p + 1, 4);
		t = ((t & ~0xffffffffull) | low) < t ? ((t & ~0xffffffffull) | low) + (1ull << 32)
						     : (t & ~0xffffffffull) | low;
	}
	return t;
}

/* Makes the packet at p plausible where that is cheap, and its checksum right. */
static u32 repair(u8 *p, size_t left)
{
	struct ps_packet h;
	u64 last;
	u32 size;

	memcpy(&h, p, sizeof(h));
	h.magic = PS_CTF_MAGIC;
	h.stream_id &= 1;
	h.schema = ps_schema_id;
	size = h.packet_size / 8;
	if (size < sizeof(h) || size > left || size > PS_PACKET_MAX)
		size = left < 1024 ? (u32)left : 1024;
	h.packet_size = size * 8;
	if (h.content_size / 8 < sizeof(h) || h.content_size > h.packet_size || h.content_size % 8)
		h.content_size = h.packet_size;
	last = last_tick(p + sizeof(h), p + h.content_size / 8, h.timestamp_begin);
	if (h.timestamp_end < last)
		h.timestamp_end = last;
	memcpy(p, &h, sizeof(h));
	h.crc32 = (u32)crc32(0, p + 12, size - 12);
	memcpy(p, &h, sizeof(h));
	return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	u32 nr = 0, wanted;
	size_t at = 0;

	ps_kinds_init();
	random_state = seed;
	wanted = below(4);
	if (!wanted)
		size = LLVMFuzzerMutate(data, size, max);
	if (below(16) == 0)
		return size; /* damage as it is */
	for (; at + sizeof(struct ps_packet) <= size; nr++)
		at += repair(data + at, size - at);
	if (!nr)
		return size;
	while (wanted--) {
		u32 n = below(nr), bytes = 0;

		for (at = 0; n + 1; n--, at += bytes) {
			struct ps_packet h;

			memcpy(&h, data + at, sizeof(h));
			bytes = h.packet_size / 8;
			if (n == 0) {
				mutate_event(data + at, bytes);
				repair(data + at, size - at);
			}
		}
	}
	return size;
}

/* ---- what is done with an input ---- */

/* The exporter closes its standard output; the next call wants one. */
static void fresh_stdout(void)
{
	fflush(stdout);
	if (dup2(devnull, STDOUT_FILENO) < 0)
		abort();
}

static void found(void *ctx, enum rule rule, u64 i, u64 t, const char *text)
{
	(void)ctx, (void)rule, (void)i, (void)t, (void)text;
}

/* Replays a session; *first is the number of its first trace_info event. */
static bool replay(unsigned session, u64 *first)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct events e;
	struct event ev;
	char text[512];
	bool ready = false;

	model_init(m, found, NULL);
	events_begin(&e, &c, session);
	while (events_next(&e, &ev)) {
		replay_event(m, &ev);
		event_text(&ev, text, sizeof(text));
		if (m->ready && !ready) {
			ready = true;
			*first = ev.i;
		}
	}
	replay_finish(m);
	model_free(m);
	free(m);
	return ready;
}

static void export(unsigned session, u32 pick)
{
	const struct session *s = &c.session[session];
	struct export x = { .c = &c,
			    .session = session,
			    .out = "/dev/null",
			    .all = true,
			    .to = UINT64_MAX,
			    .check = true };

	memset(x.wanted, 1, sizeof(x.wanted));
	export_jsonl(&x);
	export_events(&x);
	export_perfetto(&x);
	x.sliced = true;
	if (s->end > s->begin)
		x.from = s->begin + pick % (s->end - s->begin);
	export_jsonl(&x);
	export_perfetto(&x);
}

/* Has the moment a directory to look at, in *pgd?  A damaged trace_info may name none, and a
 * watched guest has none before paging is on, nor one of 4-byte entries in PAE mode: the commands
 * refuse it. */
static bool has_directory(const struct query *q, bool *watched, u32 *pgd)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct event last;
	bool has;

	replay_to(m, &c, q->session, &q->at, &last);
	*watched = model_watched(m);
	*pgd = *watched ? m->cr3 : m->info.swapper_pg_dir;
	has = model_pgd(m, *pgd) && (!*watched || (m->paging.on && !m->paging.pae));
	model_free(m);
	free(m);
	return has;
}

static void look(unsigned session, u64 first, u32 pick)
{
	u64 events = c.session[session].events;
	unsigned nr_views;
	struct query s = { .c = &c,
			   .session = session,
			   .json = pick & 1,
			   .at = { .by_event = true, .event = first + pick % (events - first) } };
	const struct view *view;
	bool watched;

	if (!has_directory(&s, &watched, &s.pgd))
		return;
	for (nr_views = 0; show_views[nr_views].name; nr_views++)
		;
	view = &show_views[pick / 2 % nr_views];
	s.has_pgd = true;
	if (!watched || view->of_tables)
		show_state(view, &s);
	fresh_stdout();
	s.has_pgd = pick & 16;
	translate_address(&s, pick << 12 | 0xc0000000u);
	fresh_stdout();
}

/* What `salvage` writes is whole: as many events, nothing skipped. */
static void salvage_again(void)
{
	static char dir[64];
	u64 events = 0, want = 0;

	if (!*dir)
		snprintf(dir, sizeof(dir), "/tmp/pagescope-fuzz.%ld", (long)getpid());
	ctf_write(&c, dir);
	for (unsigned i = 0; i < c.nr_sessions; i++) {
		for (unsigned k = 0; k < PS_NR_STREAMS; k++) {
			char path[128], sub[32] = "";

			if (!c.session[i].stream[k].nr)
				continue;
			if (c.nr_sessions > 1)
				snprintf(sub, sizeof(sub), "session-%u/", i + 1);
			snprintf(path, sizeof(path), "%s/%s%s", dir, sub, k ? "hw" : "kernel");
			capture_scan(&again, path);
			if (again.bytes_skipped || again.nr_sessions != 1 || again.duplicates)
				abort();
			events += again.session[0].events;
			capture_close(&again);
		}
		want += c.session[i].events;
	}
	if (events != want)
		abort();
}

/* Of another kind of machine every command says so and ends: nothing to try. */
static bool readable(unsigned session)
{
	struct events e;
	struct event ev;
	char why[128];
	bool good = true;

	events_begin(&e, &c, session);
	while (events_next(&e, &ev))
		good &= ev.id != PS_ID_trace_info || facts_readable((const void *)ev.p, why);
	return good;
}

static void do_all(size_t size, u32 pick)
{
	for (unsigned s = 0; s < c.nr_sessions; s++)
		if (!readable(s))
			return;
	for (unsigned s = 0; s < c.nr_sessions; s++) {
		u64 first = 0;
		struct facts f;
		bool large;

		facts_collect(&f, &c, s);
		large = f.info.nr_pages > 1u << 12; /* slow, and no different */
		facts_free(&f);
		if (large && pick % 256)
			return;
		if (!c.session[s].events)
			continue;
		if (replay(s, &first) && pick % 4 == 0)
			look(s, first, pick >> 4);
		if (pick % 8 == 1)
			export(s, pick >> 4);
	}
	if (pick % 8 == 2) {
		info_json(&c);
		fresh_stdout();
		info_text(&c);
		dump_packets(&c, true, pick & 16);
		fresh_stdout();
	}
	if (pick % 8 == 3) {
		check_capture(&c, &(struct check_options){ .json = pick & 16, .max = 10 });
		fresh_stdout();
	}
	if (pick % 8 == 5) {
		struct diff_side a = { .c = &c }, b = { .c = &c, .session = c.nr_sessions - 1 };

		diff_runs(&a, &b, pick & 16);
		fresh_stdout();
	}
	if (pick % 16 == 6 && size < 65536)
		salvage_again();
}

/* With its first temporary file the exporter takes the signals, to remove it; the fuzzer counts
 * time by SIGALRM, and the sanitizers tell of SIGSEGV. */
static void keep_signals(void)
{
	struct sigaction old[32];

	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, NULL, &old[sig]);
	temp_add("none");
	temp_forget("none");
	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &old[sig], NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];

	ps_kinds_init();
	ps_quiet = true;
	if (fd < 0) {
		fd = memfd_create("capture", 0);
		devnull = open("/dev/null", O_WRONLY | O_CLOEXEC);
		keep_signals();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		fresh_stdout();
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	capture_scan(&c, path);
	if (c.bytes_good + c.bytes_skipped != size)
		abort();
	input_forget_all();
	if (c.packets) /* else the program ends with a message */
		do_all(size, (u32)crc32(0, data, (uInt)size) >> 1);
	capture_close(&c);
	return 0;
}

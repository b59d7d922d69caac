/* SPDX-License-Identifier: MIT */
/*
 * roundtrip.c - every event of events.def through the tracer and back.
 *
 * With an argument, writes the same events to that file for other readers, but
 * for those of the plugin, which are not of the kernel's stream.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagescope/trace.h>

#include "reader.h"
#include "sim_trace.h"

#define ROUNDS 400

static unsigned failures;

static void claim(bool holds, const char *name, const char *why)
{
	if (holds)
		printf("ok %s\n", name);
	else
		printf("not ok %s: %s\n", name, why);
	failures += !holds;
}

static uint32_t state;

static uint32_t next_random(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8 ^ state << 11;
}

static void fill(void *to, size_t bytes)
{
	unsigned char *p = to;

	while (bytes--)
		*p++ = (unsigned char)next_random();
}

/* Text of 0..220 letters: longer than a string may be. */
static void fill_string(char text[256])
{
	unsigned n = next_random() % 221;

	for (unsigned i = 0; i < n; i++)
		text[i] = (char)('a' + next_random() % 26);
	text[n] = 0;
}

/* The fields and strings of one event, from the generator's present state. */
struct sample {
	unsigned char fields[256];
	uint32_t bytes;
	unsigned nr;
	char s[2][256];
};

#define NOTHING(...)
#define ONE(...) +1

static const struct {
	uint8_t id, strings;
	uint16_t bytes;
	const char *name;
} kinds[] = {
#define F NOTHING
#define Q NOTHING
#define P NOTHING
#define S ONE
#define EVENT(id, name, group, class, text, fields) \
	{ id, 0 fields, sizeof(struct ps_ev_##name), #name },
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The wire's size of a record, counted from the types and not from the struct. */
static const uint16_t declared[] = {
#define SIZE_u8                                     1
#define SIZE_u16                                    2
#define SIZE_u32                                    4
#define SIZE_u64                                    8
#define F(type, ...)                                +SIZE_##type
#define Q                                           NOTHING
#define P                                           NOTHING
#define S                                           NOTHING
#define EVENT(id, name, group, class, text, fields) 0 fields,
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

/* Bytes of an element of the sequence a record ends with; 0: it has none. */
static const uint8_t element[] = {
#define F                                           NOTHING
#define Q(type, ...)                                +SIZE_##type
#define P                                           NOTHING
#define S                                           NOTHING
#define EVENT(id, name, group, class, text, fields) 0 fields,
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

#define FIRST_OF_PLUGIN 237 /* the plugin's events, of the group hw, have the highest ids */

/* The exporter refuses other machines. */
static void make_readable(struct ps_ev_trace_info *info)
{
	info->version = 2;
	info->entry_bytes = 4;
	info->levels = 2;
	info->max_order = 10;
}

/* A sample of kind k; a sequence has up to 15 elements, as the byte before it says. */
static void make_sample(struct sample *m, size_t k)
{
	unsigned char *length;

	memset(m, 0, sizeof(*m));
	m->bytes = kinds[k].bytes;
	m->nr = kinds[k].strings;
	fill(m->fields, m->bytes);
	if (kinds[k].id == PS_ID_trace_info)
		make_readable((struct ps_ev_trace_info *)m->fields);
	if (element[k]) {
		length = &m->fields[m->bytes - 1];
		*length %= 16;
		fill(length + 1, *length * element[k]);
		m->bytes += *length * element[k];
	}
	for (unsigned i = 0; i < m->nr; i++)
		fill_string(m->s[i]);
}

static void write_all(const char *path, unsigned end)
{
	struct sample m;

	state = 20031;
	sim_trace_open(path, 0x101000, 0xc0000000u);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t k = 0; k < KINDS; k++) {
			if (kinds[k].id >= end)
				continue;
			make_sample(&m, k);
			ps_trace_strings(kinds[k].id, m.fields, m.bytes, m.nr, m.s[0], m.s[1]);
		}
	if (sim_trace_close() != 0)
		exit(1);
}

/* Whole, or clipped to the longest string or to the smallest packet. */
static bool same_string(const char *got, const char *sent, uint32_t event_bytes)
{
	size_t n = strlen(got);

	return strncmp(got, sent, n) == 0 && (sent[n] == 0 || n == PS_STRING_MAX - 1 ||
					      PS_PACKET_HEADER + event_bytes == PS_PACKET_BYTES_E9);
}

static bool same(const struct event *e, const struct sample *m, uint8_t id)
{
	if (e->id != id || memcmp(e->payload, m->fields, m->bytes) != 0)
		return false;
	for (unsigned i = 0; i < m->nr; i++)
		if (!same_string(e->s[i], m->s[i], e->bytes))
			return false;
	return true;
}

static void read_all(const char *path)
{
	unsigned long events = 0, wrong = 0;
	struct reader r;
	struct event e;
	struct sample m;

	state = 20031;
	reader_open(&r, path);
	while (reader_packet(&r))
		while (reader_event(&r, &e)) {
			size_t k = events++ % KINDS;

			make_sample(&m, k);
			if (!same(&e, &m, kinds[k].id) && wrong++ == 0)
				printf("event %lu, %s differs\n", events, kinds[k].name);
		}
	reader_close(&r);
	claim(!r.error, "the capture is packets from end to end", r.error ? r.error : "");
	claim(events == ROUNDS * KINDS, "as many events as were written", "some are missing");
	claim(!wrong, "every field and string of every event comes back", "see above");
}

static void check_table(void)
{
	bool sizes = true, unique = true, small = true;
	bool used[256] = { [0] = true, [255] = true };

	for (size_t k = 0; k < KINDS; k++) {
		sizes &= declared[k] == kinds[k].bytes;
		unique &= !used[kinds[k].id];
		used[kinds[k].id] = true;
		/* room for a byte and a NUL of each string in the smallest packet */
		small &= PS_PACKET_HEADER + PS_EVENT_HEADER + kinds[k].bytes +
				 2 * kinds[k].strings <=
			 PS_PACKET_BYTES_E9;
	}
	claim(sizes, "structs have no padding", "a struct is larger than its fields");
	claim(unique, "ids are used once, 0 and 255 never", "an id is used twice");
	claim(small, "every event fits the smallest packet", "one does not");
}

/* The macros, as the kernel writes them. */
static void check_macros(const char *path)
{
	struct __attribute__((packed)) {
		struct ps_ev_zone_state head;
		uint32_t nr_free[3];
	} zone = { { .zone = 2, .nr_orders = 3 }, { 1, 2, 3 } };
	unsigned seen = 0;
	struct reader r;
	struct event e;

	sim_trace_open(path, 0, 0);
	TRACE(mm_page_alloc, .pfn = 0x12345, .order = 3, .zone = 1, .gfp_flags = 0x1f0,
	      .call_site = 0xc0123456u);
	TRACE_STR(mark, ({ .level = 2 }), "heading", "text");
	TRACE_STR(panic, ({ .call_site = 7 }), "boom");
	TRACE_STR(boot_option, ({}), "a=b", NULL);
	TRACE_COPY(mem_map_state, &((struct ps_ev_mem_map_state){ .nr_pages = 5, .hash = 9 }));
	TRACE_SEQUENCE(zone_state, &zone.head, 3, sizeof(uint32_t));
	sim_trace_close();
	reader_open(&r, path);
	while (reader_packet(&r))
		while (reader_event(&r, &e)) {
			const struct ps_ev_mm_page_alloc *a = (const void *)e.payload;
			const struct ps_ev_zone_state *z = (const void *)e.payload;

			seen += e.id == PS_ID_mm_page_alloc && a->pfn == 0x12345 && a->order == 3 &&
				a->zone == 1 && a->gfp_flags == 0x1f0 &&
				a->call_site == 0xc0123456u;
			seen += e.id == PS_ID_mark && e.payload[0] == 2 &&
				!strcmp(e.s[0], "heading") && !strcmp(e.s[1], "text");
			seen += e.id == PS_ID_panic && e.payload[0] == 7 && !strcmp(e.s[0], "boom");
			seen += e.id == PS_ID_boot_option && !strcmp(e.s[0], "a=b") && !*e.s[1];
			seen += e.id == PS_ID_mem_map_state && e.payload[0] == 5;
			seen += e.id == PS_ID_zone_state && z->zone == 2 && z->nr_orders == 3 &&
				z->nr_free[2] == 3 && e.bytes == PS_EVENT_HEADER + sizeof(zone);
		}
	reader_close(&r);
	claim(!r.error && seen == 6,
	      "TRACE, TRACE_STR, TRACE_COPY and TRACE_SEQUENCE record what they are given",
	      "an event differs");
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/roundtrip.XXXXXX";
	int fd;

	if (argc > 1) {
		write_all(argv[1], FIRST_OF_PLUGIN);
		return 0;
	}
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	check_table();
	write_all(path, 256);
	read_all(path);
	check_macros(path);
	unlink(path);
	return failures != 0;
}

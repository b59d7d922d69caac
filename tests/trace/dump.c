/* SPDX-License-Identifier: MIT */
/*
 * dump.c - capture_dump FILE [packets]: one line an event (or packet), for the
 * shell tests.  Exit status 1 if the file is not packets from end to end.
 */
#include <stdio.h>
#include <string.h>

#include "reader.h"

#define F(type, name, meaning, text) printf(" " #name "=%llx", (unsigned long long)p->name);
#define Q(type, name, count, meaning, text) \
	for (unsigned i = 0; i < p->count; i++) \
		printf(" " #name "[%u]=%llx", i, (unsigned long long)p->name[i]);
#define P(name, field, text)
#define S(name, text) printf(" " #name "=\"%s\"", *s++);

static void print_event(const struct event *e)
{
	const char *const *s = e->s;

	printf("%llu %s", (unsigned long long)e->tick, event_names[e->id]);
	switch (e->id) {
#define EVENT(id, name, group, class, text, fields) \
	case id: { \
		const struct ps_ev_##name *p = (const void *)e->payload; \
		(void)p; \
		fields break; \
	}
#include <pagescope/events.def>
#undef EVENT
	}
	(void)s;
	putchar('\n');
}

static void print_packet(const struct reader *r)
{
	const struct ps_packet *p = r->packet;

	printf("%llu: stream %u seq %u bytes %u ticks %llu..%llu discarded %u\n",
	       (unsigned long long)r->at, p->stream_id, p->packet_seq_num, p->packet_size / 8,
	       (unsigned long long)p->timestamp_begin, (unsigned long long)p->timestamp_end,
	       p->events_discarded);
}

int main(int argc, char **argv)
{
	bool packets = argc > 2 && strcmp(argv[2], "packets") == 0;
	struct reader r;
	struct event e;

	if (argc < 2)
		return 2;
	reader_open(&r, argv[1]);
	while (reader_packet(&r)) {
		if (packets)
			print_packet(&r);
		while (reader_event(&r, &e))
			if (!packets)
				print_event(&e);
	}
	if (r.error)
		fprintf(stderr, "%s: packet at byte %llu: %s\n", argv[1], (unsigned long long)r.at,
			r.error);
	return r.error != NULL;
}

/* SPDX-License-Identifier: MIT */
/* reader.c - see reader.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/crc32.h>
#include <pagescope/event_element.h>

#include "reader.h"

static const struct {
	uint16_t bytes;
	uint8_t strings;
} shape[256] = {
#define F(...)
#define Q(...)
#define P(...)
#define S(...) +1
#define EVENT(id, name, group, class, text, fields) \
	[id] = { sizeof(struct ps_ev_##name), 0 fields },
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

const char *const event_names[256] = {
#define EVENT(id, name, group, class, text, fields) [id] = #name,
#include <pagescope/events.def>
#undef EVENT
};

void reader_use(struct reader *r, void *bytes, uint64_t size)
{
	ps_crc_init();
	*r = (struct reader){ .bytes = bytes, .size = size };
}

bool reader_open(struct reader *r, const char *path)
{
	FILE *f = fopen(path, "rb");
	void *bytes;
	long size;

	*r = (struct reader){ .error = "cannot be read" };
	if (!f)
		return false;
	if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
		return false;
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, f) != (size_t)size)
		return false;
	fclose(f);
	reader_use(r, bytes, (uint64_t)size);
	return true;
}

void reader_close(struct reader *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

static bool fail(struct reader *r, const char *why)
{
	r->error = why;
	return false;
}

bool reader_packet(struct reader *r)
{
	const struct ps_packet *p;
	uint32_t bytes;

	if (r->packet)
		r->at += r->packet->packet_size / 8;
	r->packet = NULL;
	if (r->error || r->at == r->size)
		return false;
	p = (const void *)(r->bytes + r->at);
	if (r->size - r->at < PS_PACKET_HEADER)
		return fail(r, "cut in a header");
	if (p->magic != PS_CTF_MAGIC)
		return fail(r, "no magic");
	bytes = p->packet_size / 8;
	if (p->packet_size % 8 || p->packet_size != p->content_size)
		return fail(r, "padding");
	if (bytes <= PS_PACKET_HEADER || bytes > r->size - r->at)
		return fail(r, "impossible size");
	if (ps_crc32((const unsigned char *)p + 12, bytes - 12) != p->crc32)
		return fail(r, "wrong checksum");
	if (p->timestamp_end < p->timestamp_begin)
		return fail(r, "it ends before it begins");
	r->packet = p;
	r->next = PS_PACKET_HEADER;
	return true;
}

bool reader_event(struct reader *r, struct event *e)
{
	const unsigned char *from = (const unsigned char *)r->packet + r->next;
	uint32_t room = r->packet->content_size / 8 - r->next, n, low;

	if (r->error || !room)
		return false;
	*e = (struct event){ .id = from[0], .payload = from + PS_EVENT_HEADER };
	n = PS_EVENT_HEADER + shape[e->id].bytes;
	if (!event_names[e->id])
		return fail(r, "unknown event id");
	if (ps_event_element[e->id] && n <= room)
		n += from[n - 1] * ps_event_element[e->id];
	for (unsigned i = 0; i < shape[e->id].strings && n < room; i++) {
		e->s[i] = (const char *)from + n;
		n += (uint32_t)strnlen(e->s[i], room - n) + 1;
	}
	if (n > room)
		return fail(r, "an event beyond the content");
	memcpy(&low, from + 1, 4);
	e->tick = (r->packet->timestamp_begin & ~0xffffffffull) | low;
	if (e->tick < r->packet->timestamp_begin || e->tick > r->packet->timestamp_end)
		return fail(r, "an event outside its packet's time");
	e->bytes = n;
	r->next += n;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * mutate.c - a capture with one event left out, or one field changed, and the
 * packet's checksum made right again: a kernel that forgot to tell, or lied.
 *
 *   mutate CAPTURE EVENT N [FIELD=VALUE] > capture
 *
 * N counts the events of that name from 0; negative from the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "capture/capture.h"

static struct capture c;

/* The offset in the file of the Nth event called so; dies if there is none. */
static u64 find(const struct ps_kind *k, long n, u64 *packet)
{
	struct events e;
	struct event ev;
	u64 found = 0;

	if (n < 0)
		n += (long)c.session[0].by_id[k->id];
	events_begin(&e, &c, 0);
	while (events_next(&e, &ev)) {
		if (ev.id != k->id || n-- != 0)
			continue;
		found = ev.offset;
		break;
	}
	if (!found)
		ps_die(1, "no such event");
	for (unsigned s = 0; s < PS_NR_STREAMS; s++)
		for (size_t i = 0; i < c.session[0].stream[s].nr; i++)
			if (c.session[0].stream[s].packet[i].offset <= found &&
			    found - c.session[0].stream[s].packet[i].offset < PS_PACKET_MAX)
				*packet = c.session[0].stream[s].packet[i].offset;
	return found;
}

static void set_field(u8 *payload, const struct ps_kind *k, char *change)
{
	char *value = strchr(change, '=');
	unsigned i;
	u64 v;

	if (!value || !ps_parse_number(value + 1, &v))
		ps_die(2, "FIELD=VALUE");
	*value = '\0';
	for (i = 0; i < k->nr_fields && strcmp(k->fields[i].name, change); i++)
		;
	if (i == k->nr_fields)
		ps_die(2, "no field %s", change);
	for (unsigned b = 0; b < k->fields[i].size; b++, v >>= 8)
		payload[k->fields[i].offset + b] = (u8)v;
}

int main(int argc, char **argv)
{
	const struct ps_kind *k;
	u64 at, packet = 0, len;
	struct ps_packet h;
	u8 *data;

	ps_kinds_init();
	ps_quiet = true;
	k = argc >= 4 ? ps_kind_by_name(argv[2]) : NULL;
	if (!k)
		ps_die(2, "usage: mutate CAPTURE EVENT N [FIELD=VALUE]");
	capture_open(&c, argv[1]);
	at = find(k, strtol(argv[3], NULL, 0), &packet);
	data = malloc(c.in.size);
	memcpy(data, c.in.data, c.in.size);
	memcpy(&h, data + packet, sizeof(h));
	len = PS_EVENT_HEADER + ps_kind_bytes(k, data + at + PS_EVENT_HEADER);
	if (argc > 4) {
		set_field(data + at + PS_EVENT_HEADER, k, argv[4]);
	} else {
		for (unsigned s = 0; s < k->nr_strings; s++)
			len += strlen((char *)data + at + len) + 1;
		memmove(data + at, data + at + len, packet + h.content_size / 8 - at - len);
		h.content_size -= (u32)len * 8;
		memcpy(data + packet, &h, sizeof(h));
	}
	h.crc32 = (u32)crc32(0, data + packet + 12, h.packet_size / 8 - 12);
	memcpy(data + packet + 8, &h.crc32, 4);
	fwrite(data, 1, c.in.size, stdout);
	free(data);
	capture_close(&c);
	return fflush(stdout) != 0;
}

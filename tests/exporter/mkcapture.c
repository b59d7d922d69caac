/* SPDX-License-Identifier: MIT */
/*
 * mkcapture.c - makes a capture from a text script, to plant what a correct
 * kernel never writes.
 *
 *   mkcapture < script > capture
 *
 * A line is an event, NAME field=value ... (fields not named are 0, strings may
 * be "quoted", sequences are 1,2,3, and count themselves), or one of:
 *   tick N      the next event's tick            step N     ticks between events
 *   size N      bytes of a packet (padded)       stream N   0 kernel, 1 hardware
 *   flush       close the packet                 seq N      number of the next packet
 *   discard N   N events lost by the tracer      noise TEXT bytes outside packets
 *   fill N      N times a page allocated and freed again
 *
 * Where an entry lies need not be said: pgd=PA is enough for a slot of a directory
 * (0x101000 if that is missing), and a PTE lies in the table that the last pde_set of
 * its slot named.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "capture/kinds.h"

struct writer {
	u8 buf[PS_PACKET_MAX];
	u32 len, seq;
	u64 begin, end;
	bool open;
};

static struct writer streams[2], *w = &streams[0];
static u32 packet_bytes = 4096, discarded;
static u64 tick = 1000, step = 10;
static unsigned line_nr;

static void fail(const char *what, const char *word)
{
	fprintf(stderr, "mkcapture: line %u: %s: %s\n", line_nr, word, what);
	exit(1);
}

static void flush(void)
{
	struct ps_packet h = { .magic = PS_CTF_MAGIC,
			       .stream_id = (u32)(w - streams),
			       .schema = ps_schema_id };

	if (!w->open)
		return;
	if (getenv("MKCAPTURE_SCHEMA"))
		h.schema = (u32)strtoul(getenv("MKCAPTURE_SCHEMA"), NULL, 0);
	h.packet_size = packet_bytes * 8;
	h.content_size = w->len * 8;
	h.timestamp_begin = w->begin;
	h.timestamp_end = w->end;
	h.events_discarded = discarded;
	h.packet_seq_num = w->seq++;
	memset(w->buf + w->len, 0, packet_bytes - w->len);
	memcpy(w->buf, &h, sizeof(h));
	h.crc32 = (u32)crc32(0, w->buf + 12, packet_bytes - 12);
	memcpy(w->buf, &h, sizeof(h));
	fwrite(w->buf, 1, packet_bytes, stdout);
	w->open = false;
}

static void put(const u8 *event, u32 len)
{
	if (w->open && (w->len + len > packet_bytes || w->begin >> 32 != tick >> 32))
		flush();
	if (!w->open) {
		w->open = true;
		w->len = sizeof(struct ps_packet);
		w->begin = tick;
	}
	memcpy(w->buf + w->len, event, len);
	w->len += len;
	w->end = tick;
	tick += step;
}

/* Cuts the next NAME=VALUE off *s; the value may be quoted. */
static bool next_pair(char **s, char **name, char **value)
{
	char *p = *s;

	while (isspace((unsigned char)*p))
		p++;
	if (!*p)
		return false;
	*name = p;
	p = strchr(p, '=');
	if (!p)
		fail("no '='", *name);
	*p++ = '\0';
	if (*p == '"') {
		*value = ++p;
		p = strchr(p, '"');
		if (!p)
			fail("no closing quote", *name);
	} else {
		*value = p;
		p += strcspn(p, " \t\n");
	}
	if (*p)
		*p++ = '\0';
	*s = p;
	return true;
}

static void store(u8 *p, unsigned size, u64 v)
{
	while (size--) {
		*p++ = (u8)v;
		v >>= 8;
	}
}

static void set_field(const struct ps_kind *k, u8 *payload, char **strings, const char *name,
		      char *value)
{
	for (unsigned i = 0; i < k->nr_fields; i++) {
		const struct ps_field *f = &k->fields[i];

		if (strcmp(f->name, name))
			continue;
		if (!f->size) {
			strings[f->offset] = value;
			return;
		}
		for (unsigned n = 0; n < (f->form == FIELD_SEQUENCE ? 255u : 1u); n++) {
			char *end;

			store(payload + f->offset + n * f->size, f->size, strtoull(value, &end, 0));
			if (f->form == FIELD_SEQUENCE)
				payload[f->arg] = (u8)(n + 1);
			if (*end != ',')
				break;
			value = end + 1;
		}
		return;
	}
	fail("no such field", name);
}

/* The tables that slots refer to, as the last pde_set of each said. */
static u32 table_of[1024];

static u32 get(const struct ps_kind *k, const u8 *payload, const char *name)
{
	for (unsigned i = 0; i < k->nr_fields; i++)
		if (!strcmp(k->fields[i].name, name))
			return (u32)ps_field_get(&k->fields[i], payload, 0);
	return 0;
}

/* Fills in where the entry of a paging event lies, unless the script says it. */
static void place_entry(const struct ps_kind *k, u8 *payload, bool given)
{
	u32 addr = get(k, payload, "addr"), pgd = get(k, payload, "pgd"), pa;
	bool slot = k->id == PS_ID_pde_set || k->id == PS_ID_pde_clear ||
		    k->id == PS_ID_pde_clear_range ||
		    (k->id == PS_ID_pte_range_set && get(k, payload, "large"));
	char text[16], name[] = "entry_pa";

	if (k->id == PS_ID_pde_set)
		table_of[addr >> 22] = get(k, payload, "pde") & ~0xfffu;
	if (given || (!slot && k->id != PS_ID_pte_set && k->id != PS_ID_pte_clear &&
		      k->id != PS_ID_pte_range_set))
		return;
	pa = slot ? (pgd ? pgd : 0x101000) + (addr >> 22) * 4
		  : table_of[addr >> 22] + (addr >> 12 & 1023) * 4;
	snprintf(text, sizeof(text), "0x%x", pa);
	set_field(k, payload, NULL, name, text);
}

static void event(const struct ps_kind *k, char *args)
{
	u8 buf[2048] = { k->id }, *payload = buf + PS_EVENT_HEADER;
	char *strings[4] = { 0 }, *name, *value;
	bool given = false;
	u32 len;

	while (next_pair(&args, &name, &value)) {
		set_field(k, payload, strings, name, value);
		given |= !strcmp(name, "entry_pa");
	}
	place_entry(k, payload, given);
	len = PS_EVENT_HEADER + ps_kind_bytes(k, payload);
	store(buf + 1, 4, tick);
	for (unsigned i = 0; i < k->nr_strings; i++) {
		const char *s = strings[i] ? strings[i] : "";

		memcpy(buf + len, s, strlen(s) + 1);
		len += (u32)strlen(s) + 1;
	}
	put(buf, len);
}

static void fill(u64 n)
{
	while (n--) {
		char a[] = "pfn=0x200 order=9 zone=0 gfp_flags=0x1f0 call_site=0xc0105001";
		char f[] = "pfn=0x200 order=9 zone=0 call_site=0xc0105002";

		event(&ps_kinds[PS_ID_mm_page_alloc], a);
		event(&ps_kinds[PS_ID_mm_page_free], f);
	}
}

int main(void)
{
	char line[4096];

	ps_kinds_init();
	while (fgets(line, sizeof(line), stdin)) {
		char *word = line + strspn(line, " \t"), *rest;
		const struct ps_kind *k;
		u64 n;

		line_nr++;
		line[strcspn(line, "\n")] = '\0';
		if (!*word || *word == '#')
			continue;
		rest = word + strcspn(word, " \t");
		if (*rest)
			*rest++ = '\0';
		n = strtoull(rest, NULL, 0);
		if ((k = ps_kind_by_name(word)))
			event(k, rest);
		else if (!strcmp(word, "tick"))
			tick = n;
		else if (!strcmp(word, "step"))
			step = n;
		else if (!strcmp(word, "size"))
			packet_bytes = (u32)n;
		else if (!strcmp(word, "seq"))
			w->seq = (u32)n;
		else if (!strcmp(word, "discard"))
			discarded += (u32)n;
		else if (!strcmp(word, "fill"))
			fill(n);
		else if (!strcmp(word, "stream"))
			w = &streams[n & 1];
		else if (!strcmp(word, "flush"))
			flush();
		else if (!strcmp(word, "noise"))
			printf("%s\n", rest);
		else
			fail("no such event or command", word);
	}
	for (w = streams; w < streams + 2; w++)
		flush();
	return fflush(stdout) || ferror(stdout);
}

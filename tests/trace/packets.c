/* SPDX-License-Identifier: MIT */
/*
 * packets.c - the rules of packets, as the simulator's tracer keeps them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/trace.h>

#include "reader.h"

static unsigned failures;

static void claim(bool holds, const char *name, const char *why)
{
	if (holds)
		printf("ok %s\n", name);
	else
		printf("not ok %s: %s\n", name, why);
	failures += !holds;
}

/* What the tracer sent, one after the other. */
static unsigned char sent[16 << 20];
static size_t sent_bytes;
static int write_result;

static int collect(const void *packet, uint32_t bytes)
{
	if (write_result)
		return write_result;
	if (sent_bytes + bytes > sizeof(sent))
		abort();
	memcpy(sent + sent_bytes, packet, bytes);
	sent_bytes += bytes;
	return 0;
}

static void start_at(uint64_t ticks)
{
	const struct ps_trace_config config = { .transport = PS_HOST };

	sent_bytes = 0;
	write_result = 0;
	ps_host_ticks = ticks;
	ps_host_write = collect;
	ps_trace_set_preamble(NULL, 0);
	ps_trace_set_snapshots(0);
	ps_trace_start(&config);
}

static void emit(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		TRACE(mm_page_free, .pfn = i);
}

struct summary {
	unsigned packets, events;
	bool in_sequence, in_order, full;
	const char *error;
};

static struct summary summarise(void)
{
	struct summary s = { .in_sequence = true, .in_order = true, .full = true };
	uint64_t last = 0, last_end = 0;
	struct reader r;
	struct event e;

	reader_use(&r, sent, sent_bytes);
	while (reader_packet(&r)) {
		s.in_sequence &= r.packet->packet_seq_num == s.packets++;
		s.in_order &= r.packet->timestamp_begin >= last_end;
		last_end = r.packet->timestamp_end;
		if (r.at + r.packet->packet_size / 8 < sent_bytes)
			s.full &= r.packet->packet_size / 8 > PS_PACKET_BYTES - PS_SMALL;
		while (reader_event(&r, &e)) {
			s.in_order &= e.tick >= last;
			last = e.tick;
			s.events++;
		}
	}
	s.error = r.error;
	return s;
}

static void plain_packets(void)
{
	struct summary s;

	start_at(0);
	emit(100000);
	ps_trace_stop();
	s = summarise();
	claim(!s.error && s.events == 100000, "100,000 events in whole packets",
	      s.error ? s.error : "count");
	claim(s.in_sequence, "packets are numbered without a gap", "gap");
	claim(s.in_order, "time never goes back", "it does");
	claim(s.full, "packets are closed only when full", "one has room for an event");
}

static void high_word(void)
{
	struct summary s;

	start_at(0xfffffff0ull);
	emit(50);
	ps_trace_stop();
	s = summarise();
	claim(!s.error && s.events == 50 && s.packets == 2 && s.in_order,
	      "the packet is closed when the high word of the clock changes",
	      s.error ? s.error : "not two packets, or out of order");
	start_at(0xfffffffeull);
	ps_host_ticks = 0x2fffffffeull;
	emit(2);
	ps_trace_stop();
	s = summarise();
	claim(!s.error && s.events == 2 && s.in_order, "idle for more than 2^32 ticks",
	      s.error ? s.error : "events lost or out of order");
}

static void flushing(void)
{
	struct summary s;

	start_at(0);
	ps_trace_flush();
	ps_trace_flush();
	emit(1);
	ps_trace_flush();
	ps_trace_flush();
	emit(1);
	ps_trace_stop();
	emit(5);
	ps_trace_flush();
	s = summarise();
	claim(!s.error && s.packets == 2 && s.in_sequence,
	      "a flush sends what there is, never an empty packet",
	      s.error ? s.error : "not two packets");
	claim(s.events == 2, "nothing is recorded after the stop", "it is");
}

static unsigned evaluated;

static uint32_t count_evaluation(void)
{
	return evaluated++;
}

static void off(void)
{
	const struct ps_trace_config config = { .transport = PS_OFF };

	ps_trace_start(&config);
	TRACE(mm_page_free, .pfn = count_evaluation());
	TRACE_STR(mark, ({ .level = (uint8_t)count_evaluation() }), "a", "b");
	claim(!evaluated && !trace_is_on(), "tracing off, arguments are not evaluated", "they are");
}

static void clipping(void)
{
	char text[1000];
	struct reader r;
	struct event e;
	size_t n1 = 0, n2 = 0;
	bool whole;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	start_at(0);
	TRACE_STR(mark, ({ .level = 1 }), text, text);
	TRACE_STR(trace_info, ({ .version = 2 }), text, text);
	ps_trace_stop();
	reader_use(&r, sent, sent_bytes);
	whole = reader_packet(&r) && reader_event(&r, &e);
	claim(whole && strlen(e.s[0]) == PS_STRING_MAX - 1 && strlen(e.s[1]) == PS_STRING_MAX - 1,
	      "strings are clipped to PS_STRING_MAX", "wrong length");
	whole = reader_event(&r, &e);
	if (whole) {
		n1 = strlen(e.s[0]);
		n2 = strlen(e.s[1]);
	}
	claim(whole && n1 == PS_STRING_MAX - 1 && n2 > 100 &&
		      e.bytes + PS_PACKET_HEADER <= PS_PACKET_BYTES_E9,
	      "no event is larger than the smallest packet", "it is");
}

static unsigned preambles;

/* Longer than a packet: it must not call itself. */
static void preamble(void)
{
	char text[150];

	preambles++;
	memset(text, 'p', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (int i = 0; i < 40; i++)
		TRACE_STR(panic, ({ 0 }), text);
}

static void repeated_preamble(void)
{
	struct summary s;
	unsigned due = 0;

	start_at(0);
	ps_trace_set_preamble(preamble, 8);
	ps_trace_set_snapshots(10);
	claim(preambles == 1, "the preamble is written at once", "it is not");
	for (int i = 0; i < 100; i++) {
		emit(1000);
		due += (unsigned)ps_trace_snapshot_due();
	}
	ps_trace_stop();
	s = summarise();
	claim(!s.error && s.in_sequence && s.in_order && s.events == 100000 + 40 * preambles,
	      "a preamble larger than a packet is whole", s.error ? s.error : "events lost");
	claim(preambles >= s.packets / 12 && preambles <= s.packets / 8 + 1,
	      "and repeated after every 8 packets", "not so often");
	claim(due >= s.packets / 10 - 1 && due <= s.packets / 10,
	      "a snapshot is due every 10 packets", "not so often");
}

static void write_errors(void)
{
	start_at(0);
	emit(1000);
	write_result = ENOSPC;
	emit(1000);
	write_result = EIO;
	emit(1000);
	ps_trace_stop();
	claim(ps_trace_status() == ENOSPC, "the first write error is kept", "it is not");
	start_at(0);
	claim(ps_trace_status() == 0, "and gone with a new start", "it is not");
}

int main(void)
{
	plain_packets();
	high_word();
	flushing();
	off();
	clipping();
	repeated_preamble();
	write_errors();
	return failures != 0;
}

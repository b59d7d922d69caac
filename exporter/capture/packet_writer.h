/* SPDX-License-Identifier: MIT */
/* packet_writer.h - writes events as packets of a capture. */
#ifndef EXPORTER_PACKET_WRITER_H
#define EXPORTER_PACKET_WRITER_H

#include "base/out.h"
#include "capture/kinds.h"

struct packet_writer {
	struct out *out;
	struct open_packet {
		u8 bytes[PS_PACKET_BYTES];
		u32 used, seq;   /* used: 0 if none is open */
		u64 begin, last; /* ticks of its first and last event */
	} stream[2];
};

/* Adds an event to the stream of its kind: `fields` is its struct ps_ev_NAME, `s1` and `s2`
 * are its strings, as many as it has, cut at PS_STRING_MAX.  Ticks do not go back. */
void packet_event(struct packet_writer *w, u64 tick, u8 id, const void *fields, const char *s1,
		  const char *s2);
/* Writes what is open, the kernel's stream first. */
void packet_flush(struct packet_writer *w);

#endif

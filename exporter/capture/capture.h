/* SPDX-License-Identifier: MIT */
/*
 * capture.h - a capture: the intact packets in a file, whatever surrounds them.
 *
 * capture_open looks at every byte once.  A packet is accepted if its magic,
 * sizes and times are plausible, its CRC is right and its events decode to the
 * last byte; otherwise the search goes on ONE byte further.  Everything else is
 * accounted for: bytes_in = bytes_good + bytes_skipped.
 *
 * Packets are put in sequence order; a packet seen twice counts once.  When the
 * sequence or the time starts again (the machine was reset, or two captures
 * were joined) a new session begins.  Sessions share nothing.
 *
 * Decoding runs over one session, both streams merged by tick; at equal ticks
 * the kernel's event comes first.
 */
#ifndef EXPORTER_CAPTURE_H
#define EXPORTER_CAPTURE_H

#include "base/input.h"
#include "capture/kinds.h"

#define PS_NR_STREAMS 2

struct packet {
	u64 offset;     /* of the packet in the file */
	u64 begin, end; /* ticks */
	u32 seq, crc;
	u32 discarded; /* events_discarded, cumulative */
	u32 events;    /* events inside */
	bool story;    /* has events that are records, not rows: see facts.h */
};

struct stream {
	struct packet *packet; /* in sequence order */
	size_t nr, cap;
	u64 events, lost_packets, lost_events;
	u32 nr_gaps; /* places where packets are missing */
};

struct session {
	struct stream stream[PS_NR_STREAMS];
	u64 events; /* both streams */
	u64 by_id[256];
	u64 begin, end;   /* ticks of the first and last event */
	u64 lost_events;  /* declared by the tracer */
	u64 lost_packets; /* missing in the sequence */
	u64 duplicates;   /* packets seen twice, counted once */
};

struct skipped {
	u64 from, to;
}; /* bytes [from, to) belong to no packet */
#define PS_SKIPPED_KEPT 4096

struct capture {
	struct input in;
	struct session *session;
	unsigned nr_sessions;
	u64 bytes_good, bytes_skipped;
	u64 packets; /* intact, duplicates included */
	u64 duplicates;
	u64 bad_packets; /* a plausible header, but a wrong CRC */
	u64 malformed;   /* right CRC, but events that do not decode */
	u64 foreign;     /* right CRC, but another schema */
	u32 foreign_schema;
	bool truncated;                          /* a packet runs past the end of the file */
	struct skipped skipped[PS_SKIPPED_KEPT]; /* the first of them */
	u64 nr_skipped;
};

/* Finds all packets.  Dies with status 1 if there is none, naming both schema
 * ids if there are only packets of another schema. */
void capture_open(struct capture *c, const char *path);
/* The same, but an empty result is the caller's to judge. */
void capture_scan(struct capture *c, const char *path);
/* Gives back all that was opened; what decodes from it must not be used any more. */
void capture_close(struct capture *c);
/* Warns on stderr about everything that is not intact. */
void capture_warn(const struct capture *c);
/* True if nothing is known to be missing. */
bool capture_complete(const struct capture *c);
/* Missing events at least: declared ones, and one for each missing packet. */
u64 session_lost(const struct session *s);

/* The packet at data[0..len), if an intact one is there; *bytes its length.
 * With check_crc false the CRC is taken as right (fuzzing). */
enum packet_verdict {
	PACKET_NONE,
	PACKET_OK,
	PACKET_CRC,
	PACKET_MALFORMED,
	PACKET_FOREIGN,
	PACKET_TRUNCATED
};
enum packet_verdict packet_examine(const u8 *data, u64 len, bool check_crc, struct packet *p,
				   u32 by_id[256], u32 *bytes);

struct event {
	u64 i;       /* number in the session, from 0 */
	u64 t;       /* tick */
	const u8 *p; /* payload: struct ps_ev_NAME, then strings */
	u64 offset;  /* of its first byte in the file */
	u64 gap;     /* packets or events lost just before it */
	u8 id;
	u8 stream;
};

struct cursor { /* one stream */
	const struct stream *s;
	size_t next;       /* packet to open */
	const u8 *p, *end; /* events left in the open one */
	u64 t;
	u64 gap;
	bool live;
	struct event head; /* the next event of this stream, if live */
};

struct events {
	struct capture *c;
	struct cursor cursor[PS_NR_STREAMS];
	u64 i;
	struct packet packet; /* events_of_packet: the one, and it as a stream */
	struct stream alone;
};

/* Begins to decode a session, both streams. */
void events_begin(struct events *e, struct capture *c, unsigned session);
/* Begins to decode one packet, whose events count from 0.  *e must stay where it is. */
void events_of_packet(struct events *e, struct capture *c, const struct packet *p);
/* The next event; false at the end. */
bool events_next(struct events *e, struct event *ev);

#endif

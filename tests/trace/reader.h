/* SPDX-License-Identifier: MIT */
/*
 * reader.h - reads a capture for the tests, by the structs of event.h alone.
 *
 * Strict where the exporter is forgiving: anything that is not a whole packet
 * with the right checksum ends the reading with a message.
 */
#ifndef TESTS_READER_H
#define TESTS_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <pagescope/ctf.h>
#include <pagescope/event.h>

struct reader {
	unsigned char *bytes;
	uint64_t size, at; /* of the file; of the packet being read */
	const struct ps_packet *packet;
	uint32_t next;     /* of the event, in the packet */
	const char *error; /* null, or why reading ended */
};

struct event {
	uint8_t id;
	uint64_t tick;
	const unsigned char *payload;
	const char *s[2];
	uint32_t bytes; /* all of it */
};

extern const char *const event_names[256]; /* null: no such id */

bool reader_open(struct reader *r, const char *path);
void reader_close(struct reader *r); /* of reader_open */
void reader_use(struct reader *r, void *bytes, uint64_t size);
/* The next packet; false at the end or on an error. */
bool reader_packet(struct reader *r);
/* The next event of the packet; false at its end or on an error. */
bool reader_event(struct reader *r, struct event *e);

#endif

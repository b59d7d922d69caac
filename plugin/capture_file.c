/* SPDX-License-Identifier: MIT */
/*
 * capture_file.c - appends packets to the capture file, one write() each.
 *
 * No buffer in between: what the guest has handed over survives the death of
 * the emulator by any signal.  The first failure is reported once, the file is
 * cut back to its last whole packet, and nothing more is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pagescope/crc32.h>

#include "capture_file.h"

static struct {
	int fd, error;
	uint64_t bytes;
	char path[4096];
} file = { .fd = -1 };

static struct {
	union {
		unsigned char bytes[PS_PACKET_BYTES];
		struct ps_packet header;
	} packet;
	uint32_t used, seq, schema;
	uint64_t last;
} hw;

/* Only write() and strings: it may run in a signal handler. */
static void say(const char *what, int error)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "pagescope: %.200s: %s: %s\n", file.path, what,
			 strerror(error));

	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody left to tell */
}

static void fail(const char *what, int error)
{
	file.error = error ? error : EIO;
	say(what, file.error);
	if (file.fd >= 0 && ftruncate(file.fd, (off_t)file.bytes) != 0)
		file.bytes = 0; /* a pipe or device: what it got is unknown */
}

void capture_open(const char *path)
{
	ps_crc_init();
	hw.schema = ps_crc32(ps_schema_text, sizeof(ps_schema_text) - 1);
	snprintf(file.path, sizeof(file.path), "%s", path);
	file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file.fd < 0)
		fail("the capture cannot be created", errno);
}

int capture_error(void)
{
	return file.error;
}

uint64_t capture_bytes(void)
{
	return file.bytes;
}

uint32_t capture_schema(void)
{
	return hw.schema;
}

static void append(const void *from, size_t bytes)
{
	const char *p = from;
	size_t left = bytes;

	while (left && !file.error) {
		ssize_t n = write(file.fd, p, left);

		if (n > 0) {
			p += n;
			left -= (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			fail("the capture is not complete", n == 0 ? EIO : errno);
		}
	}
	if (!left)
		file.bytes += bytes;
}

static void append_packet(struct ps_packet *packet)
{
	uint32_t bytes = packet->packet_size / 8;

	packet->crc32 = ps_crc32((const unsigned char *)packet + 12, bytes - 12);
	append(packet, bytes);
}

void capture_kernel_packet(struct ps_packet *packet)
{
	append_packet(packet);
}

void capture_machine(uint64_t tick, const struct ps_ev_trace_info *info)
{
	struct {
		struct ps_packet header;
		uint8_t id;
		uint32_t low;
		struct ps_ev_trace_info info;
		char build_id, cmdline; /* empty strings */
	} __attribute__((packed)) packet = {
		.header = {
			.magic = PS_CTF_MAGIC,
			.stream_id = PS_STREAM_KERNEL,
			.schema = hw.schema,
			.packet_size = sizeof(packet) * 8,
			.content_size = sizeof(packet) * 8,
			.timestamp_begin = tick,
			.timestamp_end = tick,
		},
		.id = PS_ID_trace_info,
		.low = (uint32_t)tick,
		.info = *info,
	};

	append_packet(&packet.header);
}

/* ---- the plugin's own stream ------------------------------------------------ */

void hw_flush(void)
{
	struct ps_packet *header = &hw.packet.header;

	if (!hw.used)
		return;
	header->timestamp_end = hw.last;
	header->packet_size = header->content_size = hw.used * 8;
	append_packet(header);
	hw.used = 0;
	hw.seq++;
}

static void open_packet(uint64_t tick)
{
	hw.packet.header = (struct ps_packet){
		.magic = PS_CTF_MAGIC,
		.stream_id = PS_STREAM_HW,
		.schema = hw.schema,
		.timestamp_begin = tick,
		.packet_seq_num = hw.seq,
	};
	hw.used = PS_PACKET_HEADER;
}

static uint32_t clipped(const char *s)
{
	return (uint32_t)strnlen(s, PS_STRING_MAX - 1);
}

static void put(const void *from, uint32_t bytes)
{
	if (!bytes)
		return; /* an event of strings alone: `from` may be null */
	memcpy(hw.packet.bytes + hw.used, from, bytes);
	hw.used += bytes;
}

static void put_string(const char *s)
{
	put(s, clipped(s));
	put("", 1);
}

void hw_event(uint64_t tick, uint8_t id, const void *fields, uint32_t bytes, unsigned nr,
	      const char *s1, const char *s2)
{
	uint32_t all = PS_EVENT_HEADER + bytes + (nr > 0 ? clipped(s1) + 1 : 0) +
		       (nr > 1 ? clipped(s2) + 1 : 0),
		 low;

	if (tick < hw.last)
		tick = hw.last;
	if (hw.used && (hw.used + all > PS_PACKET_BYTES || tick >> 32 != hw.last >> 32))
		hw_flush();
	if (!hw.used)
		open_packet(tick);
	hw.last = tick;
	low = (uint32_t)tick;
	put(&id, 1);
	put(&low, 4);
	put(fields, bytes);
	if (nr > 0)
		put_string(s1);
	if (nr > 1)
		put_string(s2);
}

void hw_new_session(void)
{
	hw_flush();
	hw.seq = 0;
	hw.last = 0;
}

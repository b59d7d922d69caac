/* SPDX-License-Identifier: MIT */
/*
 * throughput.c - sends the same packet N times, as fast as the way out goes.
 *
 * Boot options: n=PACKETS (of 4 KiB), way=doorbell or way=e9.
 */
#include <pagescope/trace.h>
#include <pagescope/tracer.h>
#include <stdint.h>

#define KERNBASE 0xC0000000u

extern uint32_t page_directory[1024];

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static const char *option(const char *line, const char *name)
{
	for (; *line; line++) {
		const char *a = line, *b = name;

		while (*b && *a == *b)
			a++, b++;
		if (!*b)
			return a;
	}
	return "";
}

static uint32_t number(const char *s)
{
	uint32_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = 10 * n + (uint32_t)(*s - '0');
	return n;
}

/* One event with a string as long as may be: few time stamps to renew, so that
 * the way out is measured and not this kernel. */
#define TEXT_64     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EVENT_BYTES (PS_EVENT_HEADER + sizeof(struct ps_ev_panic) + 3 * 64 + 1)

/* Fills the packet but for the event that would close it. */
static uint32_t fill(void)
{
	while ((int32_t)(ps_tracer.control.cur + EVENT_BYTES) < 0)
		TRACE_STR(panic, ({ 0 }), TEXT_64 TEXT_64 TEXT_64);
	return ps_tracer.control.cur - ps_tracer.control.packet_va;
}

/* The tracer's own packet, over and over, each time as if written now. */
static void send(uint32_t bytes, uint32_t packets, int byte_port)
{
	struct ps_packet *p = ps_tx.packet;
	uint32_t low, high;

	p->packet_size = p->content_size = bytes * 8;
	for (uint32_t i = 0; i < packets; i++) {
		ps_ticks(&low, &high);
		p->timestamp_end = p->timestamp_begin = (uint64_t)high << 32 | low;
		p->packet_seq_num = i;
		for (uint32_t at = PS_PACKET_HEADER; at < bytes; at += EVENT_BYTES)
			__builtin_memcpy((unsigned char *)p + at + 1, &low, 4);
		if (byte_port)
			ps_outsb(PS_PORT_E9, p, bytes);
		else
			ps_outl(PS_PORT_DOORBELL, ps_tracer.control.packet_pa);
	}
}

void kmain(uint32_t multiboot);

void kmain(uint32_t multiboot)
{
	const uint32_t *info = (const uint32_t *)(multiboot + KERNBASE);
	const char *line = info[0] & 4 ? (const char *)(info[4] + KERNBASE) : "";
	const struct ps_trace_config config = {
		.transport = PS_DOORBELL,
		.va_to_pa = KERNBASE,
		.page_offset = KERNBASE,
	};

	ps_trace_start(&config);
	send(fill(), number(option(line, "n=")), *option(line, "way=") == 'e');
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (uint8_t)*s);
}

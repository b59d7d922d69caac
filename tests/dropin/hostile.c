/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - a kernel that abuses the plugin's ports, to test that it bears it.
 *
 * First every kind of wrong value by hand, then N random writes and reads
 * (option n=N, default one million) on ports 0x0E90..0x0E9F of all widths; in
 * between, valid packets whose events the test counts.
 */
#include <pagescope/trace.h>
#include <pagescope/tracer.h>
#include <stdint.h>

#define KERNBASE 0xC0000000u
#define V2P(a)   ((uint32_t)(a)-KERNBASE)

extern uint32_t page_directory[1024];
static unsigned char forged[8192] __attribute__((aligned(4096)));

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static uint32_t state = 1;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static uint32_t number(const char *s, uint32_t otherwise)
{
	uint32_t n = 0;

	for (; *s && (s[0] != 'n' || s[1] != '='); s++)
		;
	if (!*s)
		return otherwise;
	for (s += 2; *s >= '0' && *s <= '9'; s++)
		n = 10 * n + (uint32_t)(*s - '0');
	return n;
}

/* A packet that is right but for what `spoil` changes. */
static void ring_forged(void (*spoil)(struct ps_packet *p))
{
	struct ps_packet *p = (struct ps_packet *)forged;
	uint32_t low, high;

	ps_ticks(&low, &high);
	*p = (struct ps_packet){ .magic = PS_CTF_MAGIC,
				 .packet_size = 8 * 59,
				 .content_size = 8 * 59,
				 .timestamp_begin = (uint64_t)high << 32 | low,
				 .timestamp_end = (uint64_t)high << 32 | low,
				 .schema = ps_tx.schema,
				 .packet_seq_num = 1000000 };
	spoil(p);
	ps_outl(PS_PORT_DOORBELL, V2P(forged));
}

static void bad_magic(struct ps_packet *p)
{
	p->magic++;
}
static void bad_stream(struct ps_packet *p)
{
	p->stream_id = PS_STREAM_HW;
}
static void huge(struct ps_packet *p)
{
	p->packet_size = p->content_size = 0xfffffff8u;
}
static void odd(struct ps_packet *p)
{
	p->content_size += 3;
}
static void tiny(struct ps_packet *p)
{
	p->content_size = 8;
}
static void backwards(struct ps_packet *p)
{
	p->timestamp_end = p->timestamp_begin - 1;
}
static void tomorrow(struct ps_packet *p)
{
	p->timestamp_end += 1ull << 40;
}
static void old(struct ps_packet *p)
{
	p->timestamp_begin = 0;
}
static void no_events(struct ps_packet *p)
{
	p->schema = ps_tx.schema;
}
static void foreign(struct ps_packet *p)
{
	p->schema = ~ps_tx.schema;
}

static void by_hand(void)
{
	static void (*const spoil[])(struct ps_packet *) = { bad_magic, bad_stream, huge,     odd,
							     tiny,      backwards,  tomorrow, old,
							     no_events, foreign };
	static const uint32_t addresses[] = { 0,           1,           0xfff,       0xa0000,
					      0xb8000,     0xc0000,     0xfee00000u, 0xfec00000u,
					      0xffffffffu, 0xfffff000u, 0x7fffffff,  0x04000000,
					      0x40000000,  0xe0000000u };

	for (unsigned i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++)
		ring_forged(spoil[i]);
	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		ps_outl(PS_PORT_DOORBELL, addresses[i]);
		ps_outl(PS_PORT_CONTROL, addresses[i]);
	}
	/* across the end of a page */
	ps_outl(PS_PORT_DOORBELL, V2P(forged) + 4096 - 40);
}

/* A directory full of tables that are nowhere: the audits must live with it. */
static void wild_tables(void)
{
	for (unsigned i = 800; i < 1000; i++)
		page_directory[i] = (next_random() & ~0xfffu) | 3;
	ps_trace_audit();
	for (unsigned i = 800; i < 1000; i++)
		page_directory[i] = 0;
	ps_trace_audit();
}

static void random_access(void)
{
	uint16_t port = (uint16_t)(0x0e90 + next_random() % 16);
	uint32_t value = next_random(), kind = next_random() % 8;

	/* a read there sleeps, for a hundredth of a second: a few will do */
	if (port == PS_PORT_IDLE && (kind == 2 || kind == 3) && next_random() % 1000)
		return;
	if (kind == 0)
		outb(port, (uint8_t)value);
	else if (kind == 1)
		outw(port, (uint16_t)value);
	else if (kind == 2)
		(void)ps_inl(port);
	else if (kind == 3)
		(void)ps_inb(port);
	else if (kind < 6)
		ps_outl(port & ~3u, value & 0x3ffffffu);
	else
		ps_outl(port & ~3u, value);
}

void kmain(uint32_t multiboot);

void kmain(uint32_t multiboot)
{
	const uint32_t *info = (const uint32_t *)(multiboot + KERNBASE);
	const char *line = info[0] & 4 ? (const char *)(info[4] + KERNBASE) : "";
	uint32_t n = number(line, 1000000);
	const struct ps_trace_config config = {
		.transport = ps_trace_detect(),
		.va_to_pa = KERNBASE,
		.swapper_pg_dir = V2P(page_directory),
		.page_offset = KERNBASE,
	};

	ps_trace_start(&config);
	by_hand();
	wild_tables();
	for (uint32_t i = 0; i < n; i++) {
		random_access();
		if (i % 100 == 0)
			TRACE(page_ref_mod, .pfn = i);
	}
	TRACE_STR(trace_end, ({ .reason = PS_END_DONE }), "the run is complete");
	ps_trace_stop();
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (uint8_t)*s);
}

/* SPDX-License-Identifier: MIT */
/*
 * plugin_fuzz.c - the plugin without Bochs, under sanitizers, and a guest that
 * means it harm.
 *
 * Stands in for bochs.c with 512 KiB of RAM.  First come the black box and the doorbell, case
 * by case, then OPS random things that a guest can do: packets right and slightly wrong,
 * control blocks of all kinds, page tables that point anywhere, resets, time that jumps.
 * Whatever it does, the capture must be whole packets of whole events, each session numbered
 * from 0.
 *
 * Usage: plugin_fuzz [OPS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../plugin/bochs.h"
#include "../../plugin/capture_file.h"
#include "../trace/reader.h"

int libpagescope_plugin_entry(void *plugin, uint16_t type, uint8_t mode);

#define PAGES 128u
static unsigned char ram[PAGES][4096] __attribute__((aligned(4096)));
static unsigned char nowhere[4096];

/* ---- a Bochs of 512 KiB ------------------------------------------------------- */

static struct bochs_device_table *table;
static void *device;
static bochs_write_fn *write_port;
static bochs_read_fn *read_port;
static void (*at_exit)(void);
static uint64_t ticks;
static uint32_t cr3;

bool bochs_bind(const char **why)
{
	(void)why;
	return true;
}
const char *bochs_version(void)
{
	return "of this test";
}
void bochs_print(const char *text)
{
	(void)text;
}
void bochs_add_debug_name(void *d, const char *name)
{
	(void)d;
	(void)name;
}
uint64_t bochs_ticks(void)
{
	return ticks;
}

void bochs_add_device(void *plugin, unsigned type, void *d, const char *name)
{
	(void)plugin;
	(void)type;
	(void)name;
	device = d;
	table = (void *)(*(char **)d - offsetof(struct bochs_device_table, destroy));
}

void bochs_add_port(void *d, uint32_t port, bochs_read_fn *read, bochs_write_fn *write)
{
	(void)d;
	(void)port;
	read_port = read;
	write_port = write;
}

/* As Bochs: nothing for video memory, 0xff past the end. */
const uint8_t *bochs_ram_page(uint32_t pa)
{
	if (pa >= 0xa0000 && pa < 0xc0000)
		return NULL;
	return pa / 4096 < PAGES ? ram[pa / 4096] : nowhere;
}

bool bochs_read_ram(uint32_t pa, void *to, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		const uint8_t *page = bochs_ram_page((pa + i) & ~4095u);

		if (!page)
			return false;
		((uint8_t *)to)[i] = page[(pa + i) & 4095];
	}
	return true;
}

bool bochs_translate(uint32_t linear, uint32_t *pa)
{
	*pa = linear ^ 0x1000;
	return linear & 1;
}

static void (*watch)(void *);
static bool real_mode;

bool bochs_every(uint64_t every, void (*fn)(void *), void *d)
{
	(void)every;
	(void)d;
	watch = fn;
	return true;
}

bool bochs_in_real_mode(void)
{
	return real_mode;
}

static uint32_t walk_from;

bool bochs_walk_from(uint32_t directory)
{
	walk_from = directory;
	return cr3 != 0;
}

bool bochs_page_directory(uint32_t *pa)
{
	*pa = cr3;
	return cr3 != 0;
}

/* Nothing is watched here: tests/plugin/watch.sh does that. */
bool bochs_bind_watch(const char **why)
{
	*why = "this is a test";
	return false;
}
bool bochs_trap(const struct bochs_trap *trap, uint32_t from, uint32_t last)
{
	(void)trap;
	(void)from;
	(void)last;
	return false;
}
void bochs_flush_tlb(void) {}
uint32_t bochs_ip(void)
{
	return 0;
}
struct bochs_control bochs_control(void)
{
	return (struct bochs_control){ 0 };
}
uint32_t bochs_idt(uint32_t *limit)
{
	*limit = 0;
	return 0;
}
uint16_t bochs_cs(void)
{
	return 0;
}
uint32_t bochs_cr2(void)
{
	return 0;
}
uint32_t bochs_eflags(void)
{
	return 0;
}
void bochs_registers(struct bochs_registers *to)
{
	memset(to, 0, sizeof(*to));
}

bool bochs_at_exit(void (*fn)(void))
{
	at_exit = fn;
	return true;
}

/* ---- a guest ------------------------------------------------------------------- */

static uint64_t state;

static uint32_t next_random(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33);
}

static uint32_t below(uint32_t n)
{
	return next_random() % n;
}

/* Mostly an address in RAM, at times a strange one. */
static uint32_t some_address(void)
{
	switch (below(8)) {
	case 0: return next_random() << 1 ^ next_random();
	case 1: return below(PAGES) * 4096 + below(4096);
	case 2: return 0xa0000 + below(0x40000);
	default: return below(PAGES) * 4096;
	}
}

static uint32_t schema, seq;

/* A right packet of 1..200 events at `to`; its size. */
static uint32_t make_packet(unsigned char *to)
{
	struct ps_packet *p = (void *)to;
	uint32_t at = PS_PACKET_HEADER, low = (uint32_t)ticks;
	const uint32_t event = PS_EVENT_HEADER + sizeof(struct ps_ev_page_ref_mod);

	for (uint32_t n = 1 + below(200); n; n--, at += event) {
		to[at] = PS_ID_page_ref_mod;
		memcpy(to + at + 1, &low, 4);
		memset(to + at + PS_EVENT_HEADER, (int)n, event - PS_EVENT_HEADER);
	}
	*p = (struct ps_packet){ .magic = PS_CTF_MAGIC,
				 .schema = schema,
				 .packet_size = at * 8,
				 .content_size = at * 8,
				 .timestamp_begin = ticks,
				 .timestamp_end = ticks,
				 .packet_seq_num = seq++ };
	return at;
}

static void ring_packet(void)
{
	uint32_t page = below(PAGES), bytes = make_packet(ram[page]);

	for (uint32_t wrong = below(4) == 0 ? 1 + below(3) : 0; wrong; wrong--)
		ram[page][below(2) ? below(PS_PACKET_HEADER) : below(bytes)] ^=
			(unsigned char)(1 << below(8));
	write_port(device, PS_PORT_DOORBELL, page * 4096, 4);
}

/* A control block with a packet under construction, right but for accidents. */
static void ring_control(void)
{
	uint32_t at = below(PAGES - 1) * 4096 + below(4200), packet = below(PAGES);
	uint32_t bytes = make_packet(ram[packet]);
	struct ps_control c = { PS_SIGNATURE,        0xc0000000u,         packet * 4096,
				0xc0000000u + bytes, below(PAGES) * 4096, 0xc0000000u };

	if (below(4) == 0)
		((unsigned char *)&c)[below(sizeof(c))] ^= (unsigned char)(1 << below(8));
	seq = 0;
	memcpy(ram[0] + at, &c, sizeof(c));
	write_port(device, PS_PORT_CONTROL, at, 4);
}

static void edit_tables(void)
{
	uint32_t *entry = (uint32_t *)ram[below(PAGES)] + below(1024);

	*entry = below(3) ? (below(PAGES) << 12) | below(256) : next_random() << 1;
	if (below(16) == 0)
		memset(ram[below(PAGES)], 0, 4096);
	cr3 = below(8) ? cr3 : below(PAGES) * 4096;
}

static void do_something(void)
{
	static const uint32_t ports[] = { PS_PORT_SIGNATURE, PS_PORT_VERSION, PS_PORT_STATUS,
					  PS_PORT_AUDIT };
	uint32_t what = below(1000);

	ticks += below(8) ? below(1000) : next_random();
	if (what < 300)
		ring_packet();
	else if (what < 320)
		ring_control();
	else if (what < 520)
		write_port(device, PS_PORT_PROBE, next_random(), 4);
	else if (what < 525)
		write_port(device, PS_PORT_AUDIT, next_random(), 4);
	else if (what < 575)
		write_port(device, ports[below(4)] & ~7u, some_address(), 4);
	else if (what < 585)
		ram[below(PAGES)][below(4096)] = (unsigned char)next_random();
	else if (what < 590) {
		table->reset(device, BOCHS_RESET_HARDWARE);
		ticks = below(1000);
		seq = 0;
	} else if (what < 592) {
		real_mode = !real_mode;
		for (unsigned looks = below(20); looks; looks--)
			watch(device);
	} else if (what < 700)
		edit_tables();
	else if (what < 720)
		(void)read_port(device, ports[below(4)], 4);
	else
		ring_packet();
}

/* ---- the black box, case by case ------------------------------------------------------ */

enum {
	EVENT_BYTES = PS_EVENT_HEADER + sizeof(struct ps_ev_page_ref_mod),
	NR_EVENTS = 5,
	CONTENT = PS_PACKET_HEADER + NR_EVENTS * EVENT_BYTES,
	PACKET_AT = 0x3000,
	CONTROL_AT = 0x2000
};

/* A packet of NR_EVENTS events, one a tick from `from` on, sizes not filled in. */
static struct ps_packet *under_construction(uint32_t pa, uint64_t from, uint32_t number)
{
	unsigned char *to = (unsigned char *)ram + pa;
	struct ps_packet *p = (void *)to;

	memset(to, 0, 4096 - pa % 4096);
	for (uint32_t n = 0; n < NR_EVENTS; n++) {
		uint32_t low = (uint32_t)from + n;

		to[PS_PACKET_HEADER + n * EVENT_BYTES] = PS_ID_page_ref_mod;
		memcpy(to + PS_PACKET_HEADER + n * EVENT_BYTES + 1, &low, 4);
	}
	*p = (struct ps_packet){ .magic = PS_CTF_MAGIC,
				 .schema = schema,
				 .timestamp_begin = from,
				 .packet_seq_num = number };
	return p;
}

static void announce(uint32_t packet_pa, uint32_t content)
{
	struct ps_control c = { PS_SIGNATURE,          0xc0000000u, packet_pa,
				0xc0000000u + content, 0,           0xc0000000u };

	memcpy((unsigned char *)ram + CONTROL_AT, &c, sizeof(c));
	write_port(device, PS_PORT_CONTROL, CONTROL_AT, 4);
}

/* Closes the packet as the tracer does, and rings. */
static void ring_closed(struct ps_packet *p)
{
	p->packet_size = p->content_size = CONTENT * 8;
	p->timestamp_end = ticks;
	write_port(device, PS_PORT_DOORBELL, (uint32_t)((unsigned char *)p - (unsigned char *)ram),
		   4);
}

static void nothing_written(void)
{
	under_construction(PACKET_AT, ticks, 0);
	announce(PACKET_AT, PS_PACKET_HEADER);
}
static void some_written(void)
{
	under_construction(PACKET_AT, ticks, 0);
	announce(PACKET_AT, CONTENT);
}
static void last_one_torn(void)
{
	under_construction(PACKET_AT, ticks, 0);
	announce(PACKET_AT, CONTENT - 3);
}
static void first_one_torn(void)
{
	under_construction(PACKET_AT, ticks, 0);
	announce(PACKET_AT, PS_PACKET_HEADER + 7);
}

static void noise_after_them(void)
{
	under_construction(PACKET_AT, ticks, 0);
	ram[PACKET_AT / 4096][CONTENT] = 0xff; /* no event */
	announce(PACKET_AT, CONTENT + EVENT_BYTES);
}

static void past_its_page(void)
{
	under_construction(0x3f00, ticks, 0);
	announce(0x3f00, 0x101);
}

static void other_schema(void)
{
	under_construction(PACKET_AT, ticks, 0)->schema++;
	announce(PACKET_AT, CONTENT);
}

static void older_than_its_packet(void)
{
	under_construction(PACKET_AT, ticks, 0)->timestamp_begin += 2;
	announce(PACKET_AT, CONTENT);
}

static void already_fetched(void)
{
	struct ps_packet *p = under_construction(PACKET_AT, ticks, 0);

	announce(PACKET_AT, CONTENT);
	ticks += NR_EVENTS;
	ring_closed(p);
}

/* Number 1 begins before number 0 ended: what stands there is not its successor. */
static void before_the_last(void)
{
	already_fetched();
	under_construction(PACKET_AT, ticks - 2, 1);
}

static void after_the_last(void)
{
	already_fetched();
	under_construction(PACKET_AT, ticks + 1, 1);
	ticks += NR_EVENTS + 1;
}

static void not_ours(void)
{
	some_written();
	ram[CONTROL_AT / 4096][0] ^= 1; /* the control block is overwritten */
}

/* What must be in the capture when the machine is reset after `arrange`; real: by
 * way of the CPU alone. */
static const struct {
	const char *name;
	void (*arrange)(void);
	unsigned packets, events, errors;
	bool saved, real;
} cases[] = {
	{ "nothing written yet", nothing_written, 0, 0, 0, false, false },
	{ "five events written", some_written, 1, 5, 0, true, false },
	{ "the last event torn", last_one_torn, 1, 4, 0, true, false },
	{ "the only event torn", first_one_torn, 0, 0, 1, false, false },
	{ "noise after the events", noise_after_them, 1, 5, 0, true, false },
	{ "a packet past the end of its page", past_its_page, 0, 0, 0, false, false },
	{ "another event table", other_schema, 0, 0, 1, false, false },
	{ "events older than their packet", older_than_its_packet, 0, 0, 1, false, false },
	{ "a packet fetched already", already_fetched, 1, 5, 0, false, false },
	{ "a packet older than the last", before_the_last, 1, 5, 0, false, false },
	{ "the packet after the last", after_the_last, 2, 10, 0, true, false },
	{ "the control block overwritten", not_ours, 0, 0, 0, false, false },
	{ "reset of the CPU alone", some_written, 1, 5, 0, true, true },
};

struct tally {
	unsigned packets, events, sessions, errors, saved;
	uint64_t end;
};

static struct tally count_capture(const char *path)
{
	struct tally t = { 0 };
	struct reader r;
	struct event e;

	reader_open(&r, path);
	while (reader_packet(&r)) {
		bool kernel = r.packet->stream_id == PS_STREAM_KERNEL;

		t.packets += kernel;
		if (kernel)
			t.end = r.packet->timestamp_end;
		while (reader_event(&r, &e)) {
			const struct ps_ev_blackbox *b = (const void *)e.payload;

			t.events += kernel;
			if (e.id != PS_ID_blackbox)
				continue;
			t.sessions++;
			t.errors += b->errors;
			t.saved += strstr((const char *)(b + 1), "was saved") != NULL;
		}
	}
	if (r.error)
		t.packets = ~0u;
	reader_close(&r);
	return t;
}

static void reset_machine(bool real)
{
	if (!real) {
		table->reset(device, BOCHS_RESET_HARDWARE);
		return;
	}
	real_mode = true;
	for (unsigned look = 0; look < 100; look++)
		watch(device);
	real_mode = false;
}

static int black_box(const char *path)
{
	int bad = 0;

	for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct tally was = count_capture(path), is;
		bool right;

		ticks = 1000000;
		cases[n].arrange();
		ticks += 100;
		reset_machine(cases[n].real);
		is = count_capture(path);
		right = is.packets - was.packets == cases[n].packets &&
			is.events - was.events == cases[n].events &&
			is.sessions - was.sessions == 1 &&
			is.errors - was.errors == cases[n].errors &&
			is.saved - was.saved == cases[n].saved &&
			(!cases[n].saved || is.end < ticks - 100 + NR_EVENTS);
		printf(right ? "ok black box, %s\n"
			     : "not ok black box, %s: %u packets, %u events, %u "
			       "refused, %ssaved\n",
		       cases[n].name, is.packets - was.packets, is.events - was.events,
		       is.errors - was.errors, is.saved - was.saved ? "" : "not ");
		bad |= !right;
	}
	return bad;
}

/* ---- the doorbell, case by case -------------------------------------------------------- */

/* One word of a right packet changed; none of these may be taken. */
static const struct {
	const char *name;
	uint32_t at, word;
} wrong[] = {
	{ "no magic", 0, 0 },
	{ "the plugin's own stream", 4, PS_STREAM_HW },
	{ "another event table", 12, 1 },
	{ "a size that is no whole bytes", 20, CONTENT * 8 + 1 },
	{ "a header and no event", 20, PS_PACKET_HEADER * 8 },
	{ "content past the page", 20, 4097 * 8 },
	{ "content of a whole address space", 20, 0xfffffff8u },
	{ "content that ends inside an event", 20, (CONTENT - 1) * 8 },
	{ "an end before the beginning", 32, 1 },
	{ "an end in the future", 32, 2000000 },
	{ "an event that does not exist", PS_PACKET_HEADER, 0 },
	{ "an event after the end", PS_PACKET_HEADER + 4 * EVENT_BYTES + 1, 1500000 },
};

static int doorbell(const char *path)
{
	int bad = 0;

	for (unsigned n = 0; n <= sizeof(wrong) / sizeof(wrong[0]); n++) {
		bool refused = n < sizeof(wrong) / sizeof(wrong[0]), right;
		struct tally was = count_capture(path), is;
		struct ps_packet *p;

		ticks = 1000000;
		p = under_construction(PACKET_AT, ticks, 0);
		ticks += NR_EVENTS;
		p->packet_size = p->content_size = CONTENT * 8;
		p->timestamp_end = ticks;
		if (refused)
			memcpy((unsigned char *)p + wrong[n].at, &wrong[n].word, 4);
		announce(0x6000, PS_PACKET_HEADER);
		write_port(device, PS_PORT_DOORBELL, PACKET_AT, 4);
		reset_machine(false);
		is = count_capture(path);
		right = is.packets - was.packets == !refused && is.errors - was.errors == refused &&
			is.sessions - was.sessions == 1;
		printf("%s doorbell, %s%s\n", right ? "ok" : "not ok",
		       refused ? wrong[n].name : "a right packet",
		       right ? "" : ": taken or not counted");
		bad |= !right;
	}
	return bad;
}

/* ---- what came of it --------------------------------------------------------------- */

static int judge(const char *path, unsigned long ops, unsigned long seed)
{
	unsigned long packets[2] = { 0, 0 }, events = 0;
	struct reader r;
	struct event e;

	reader_open(&r, path);
	while (reader_packet(&r)) {
		packets[r.packet->stream_id & 1]++;
		while (reader_event(&r, &e))
			events++;
	}
	if (r.error)
		printf("not ok plugin, %lu hostile operations: packet at byte %lu: %s (seed %lu)\n",
		       ops, (unsigned long)r.at, r.error, seed);
	else if (packets[0] < ops / 20)
		printf("not ok plugin, %lu hostile operations: only %lu right packets taken (seed "
		       "%lu)\n",
		       ops, packets[0], seed);
	else
		printf("ok plugin, %lu hostile operations: %lu + %lu packets, %lu events, all "
		       "whole\n",
		       ops, packets[0], packets[1], events);
	reader_close(&r);
	return r.error != NULL;
}

int main(int argc, char **argv)
{
	unsigned long ops = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	char path[] = "/tmp/plugin_fuzz.XXXXXX";
	int fd = mkstemp(path), status, bad;

	if (fd < 0)
		return 1;
	close(fd);
	setenv("PAGESCOPE_CAPTURE", path, 1);
	setenv("PAGESCOPE_FILES", "kernel=1 bochsrc=2", 1);
	memset(nowhere, 0xff, sizeof(nowhere));
	libpagescope_plugin_entry(NULL, 0, BOCHS_INIT);
	table->init(device);
	schema = capture_schema();
	state = seed;
	bad = black_box(path) | doorbell(path);
	ticks = 0;
	for (unsigned long i = 0; i < ops; i++)
		do_something();
	at_exit();
	status = judge(path, ops, seed);
	unlink(path);
	return status || bad;
}

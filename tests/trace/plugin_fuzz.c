/*
 * plugin_fuzz.c - the plugin without Bochs, under sanitizers, and a guest that
 * means it harm.
 *
 * Stands in for bochs.c with 512 KiB of RAM.  Does OPS random things a guest can
 * do: packets right and slightly wrong, control blocks of all kinds, page
 * tables pointing anywhere, resets, time that jumps.  Whatever it does, the
 * capture must be whole packets of whole events, each session numbered from 0.
 *
 * Usage: plugin_fuzz [OPS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../plugin/bochs.h"
#include "../../plugin/capture.h"
#include "reader.h"

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

bool bochs_bind(const char **why) { (void)why; return true; }
const char *bochs_version(void) { return "of this test"; }
void bochs_print(const char *text) { (void)text; }
void bochs_add_debug_name(void *d, const char *name) { (void)d; (void)name; }
uint64_t bochs_ticks(void) { return ticks; }

void bochs_add_device(void *plugin, unsigned type, void *d, const char *name)
{
	(void)plugin; (void)type; (void)name;
	device = d;
	table = (void *)(*(char **)d - offsetof(struct bochs_device_table, destroy));
}

void bochs_add_port(void *d, uint32_t port, bochs_read_fn *read, bochs_write_fn *write)
{
	(void)d; (void)port;
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
	(void)every; (void)d;
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
	*p = (struct ps_packet){ .magic = PS_CTF_MAGIC, .schema = schema, .packet_size = at * 8,
		.content_size = at * 8, .timestamp_begin = ticks, .timestamp_end = ticks,
		.packet_seq_num = seq++ };
	return at;
}

static void ring_packet(void)
{
	uint32_t page = below(PAGES), bytes = make_packet(ram[page]);

	for (uint32_t wrong = below(4) == 0 ? 1 + below(3) : 0; wrong; wrong--)
		ram[page][below(2) ? below(PS_PACKET_HEADER) : below(bytes)] ^= (unsigned char)(1 << below(8));
	write_port(device, PS_PORT_DOORBELL, page * 4096, 4);
}

/* A control block with a packet under construction, right but for accidents. */
static void ring_control(void)
{
	uint32_t at = below(PAGES - 1) * 4096 + below(4200), packet = below(PAGES);
	uint32_t bytes = make_packet(ram[packet]);
	struct ps_control c = { PS_SIGNATURE, 0xc0000000u, packet * 4096, 0xc0000000u + bytes,
				below(PAGES) * 4096, 0xc0000000u };

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
	static const uint32_t ports[] = { PS_PORT_SIGNATURE, PS_PORT_VERSION, PS_PORT_STATUS, PS_PORT_AUDIT };
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
	} else if (what < 700)
		edit_tables();
	else if (what < 720)
		(void)read_port(device, ports[below(4)], 4);
	else
		ring_packet();
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
		printf("not ok plugin, %lu hostile operations: only %lu right packets taken (seed %lu)\n",
		       ops, packets[0], seed);
	else
		printf("ok plugin, %lu hostile operations: %lu + %lu packets, %lu events, all whole\n",
		       ops, packets[0], packets[1], events);
	reader_close(&r);
	return r.error != NULL;
}

int main(int argc, char **argv)
{
	unsigned long ops = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	char path[] = "/tmp/plugin_fuzz.XXXXXX";
	int fd = mkstemp(path), status;

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
	for (unsigned long i = 0; i < ops; i++)
		do_something();
	at_exit();
	status = judge(path, ops, seed);
	unlink(path);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* bed.c - see bed.h. */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/trace.h>
#include <pagescope/event_element.h>

#include "mm/mm.h"
#include "mm/mm_priv.h"
#include "sim.h"

u32 bed_seed = 1;

/* ---- console --------------------------------------------------------------- */

static char *console_text;
static size_t console_size;

const char *bed_console(void)
{
	fflush(sim_console);
	return console_text;
}

void bed_console_clear(void)
{
	if (sim_console)
		fclose(sim_console);
	free(console_text);
	console_text = NULL;
	sim_console = open_memstream(&console_text, &console_size);
	if (!sim_console)
		abort();
	fflush(sim_console);
}

/* ---- machine --------------------------------------------------------------- */

void bed_boot(u64 ram, bool with_quirks, bool nopentium)
{
	struct sim_machine machine = sim_default(ram);

	bed_console_clear();
	machine.boot.quirks = with_quirks;
	machine.boot.nopentium = nopentium;
	if (!sim_boot(&machine)) {
		printf("not ok bed: the machine of %llu bytes does not boot: %s\n",
		       (unsigned long long)ram, bed_console());
		exit(1);
	}
}

struct sim_machine bed_firmware(const struct e820entry *map, unsigned n)
{
	struct sim_machine m = sim_default(32 << 20);

	memset(m.boot.e820, 0, sizeof m.boot.e820);
	memcpy(m.boot.e820, map, n * sizeof *map);
	m.boot.nr_e820 = n;
	bed_console_clear();
	return m;
}

u32 bed_free_pages(void)
{
	unsigned violations = mm_check();

	if (violations) {
		printf("not ok bed: %u violations: %s\n", violations, bed_console());
		exit(1);
	}
	return nr_free_pages();
}

u32 bed_random(u32 n)
{
	bed_seed ^= bed_seed << 13;
	bed_seed ^= bed_seed >> 17;
	bed_seed ^= bed_seed << 5;
	return bed_seed % n;
}

/* ---- trace ----------------------------------------------------------------- */

static u8 *capture;
static size_t captured, read_at;
static u32 packet_end; /* of the packet being read, as an offset */

static int take_packet(const void *packet, uint32_t bytes)
{
	capture = realloc(capture, captured + bytes);
	if (!capture)
		abort();
	memcpy(capture + captured, packet, bytes);
	captured += bytes;
	return 0;
}

void bed_trace_start(void)
{
	const struct ps_trace_config config = { .transport = PS_HOST };

	captured = read_at = packet_end = 0;
	ps_host_write = take_packet;
	ps_trace_start(&config);
}

void bed_trace_stop(void)
{
	ps_trace_stop();
	ps_host_write = NULL;
}

/* Fixed bytes of each payload, and the strings that follow. */
static const struct {
	const char *name;
	u16 bytes;
	u8 strings;
} layout[256] = {
#define F(type, name, meaning, text)
#define Q(...)
#define P(...)
#define S(name, text) +1
#define EVENT(id, name, group, class, text, fields) \
	[id] = { #name, sizeof(struct ps_ev_##name), 0 fields },
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

const char *bed_event_name(u8 id)
{
	return layout[id].name ? layout[id].name : "?";
}

bool bed_next(struct bed_event *event)
{
	const u8 *at;

	while (read_at >= packet_end) {
		struct ps_packet packet;

		if (read_at + sizeof packet > captured)
			return false;
		memcpy(&packet, capture + read_at, sizeof packet);
		packet_end = (u32)read_at + packet.content_size / 8;
		read_at += sizeof packet;
	}
	at = capture + read_at;
	event->id = at[0];
	event->payload = at + PS_EVENT_HEADER;
	event->size = layout[event->id].bytes;
	event->size += event->size ? event->payload[event->size - 1] * ps_event_element[event->id]
				   : 0u;
	for (unsigned i = 0; i < layout[event->id].strings; i++)
		event->size += (u32)strlen((const char *)event->payload + event->size) + 1;
	read_at += PS_EVENT_HEADER + event->size;
	return true;
}

const void *bed_find(u8 id)
{
	struct bed_event event;

	while (bed_next(&event))
		if (event.id == id)
			return event.payload;
	return NULL;
}

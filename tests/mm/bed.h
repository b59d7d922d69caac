/* SPDX-License-Identifier: MIT */
/*
 * bed.h - the test bed of these tests: a simulated machine, its console text
 * and its trace, both kept in memory.
 */
#ifndef BED_H
#define BED_H

#include <stdbool.h>
#include <stddef.h>

#include <pagescope/event.h>
#include "lib/types.h"
#include "sim.h"

/* Boots a machine with this much RAM, Bochs's firmware map; quirks and
 * nopentium as given.  Whatever ran before is forgotten. */
void bed_boot(u64 ram, bool with_quirks, bool nopentium);

/* A machine, not booted yet, whose firmware says just these n things; the console is
 * cleared. */
struct sim_machine bed_firmware(const struct e820entry *map, unsigned n);

/* The console's text since the last bed_console_clear or boot. */
const char *bed_console(void);
void bed_console_clear(void);

/* The free pages of all zones, and every invariant: call before and after. */
u32 bed_free_pages(void);

/* Records the trace from here; bed_trace_stop ends that, and bed_next reads
 * the events one by one: true, and id and payload, until none is left. */
void bed_trace_start(void);
void bed_trace_stop(void);
struct bed_event {
	u8 id;
	u32 size;
	const u8 *payload;
};
bool bed_next(struct bed_event *event);
const char *bed_event_name(u8 id);
/* The next event with this id; its payload, or NULL if there is none left. */
const void *bed_find(u8 id);
#define BED_FIND(name) ((const struct ps_ev_##name *)bed_find(PS_ID_##name))

/* A deterministic random number below n. */
u32 bed_random(u32 n);
extern u32 bed_seed;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * audit.c - the plugin's own look at the page tables.
 *
 * A shadow copy is kept of every directory and table that can be reached from
 * the reference directory and from CR3.  It knows nothing of events: it records
 * each entry that changed, and the reader, who has the events, says whether one
 * explains it.  An equal table costs one memcmp, some 60 ns.
 *
 * Not recorded: entries of the linear map appearing where there was none (a
 * quarter million of them at boot without large pages), and what a user
 * directory holds when it is seen for the first time after another was current.
 */
#include <stdlib.h>
#include <string.h>

#include <pagescope/event.h>

#include "audit.h"
#include "bochs.h"
#include "capture_file.h"

#define PRESENT       0x001u
#define LARGE         0x080u
#define HARDWARE_BITS 0x060u /* accessed, dirty: set by the CPU */

/* A guest that fills directories with noise must not fill the disk. */
#define MOST_RECORDS 65536u

struct shadow {
	struct shadow *next;
	uint32_t pa, seen, present;
	uint32_t entry[1024];
};

static struct {
	uint32_t swapper, page_offset;
	uint32_t current; /* the other directory of the audit before */
	uint32_t run, tables, present, records;
	bool no_heap;
	uint64_t tick, differences;
	struct shadow *all;
	struct shadow *of[1 << 20]; /* by frame; touched only where tables are */
} audit;

static bool is_linear(uint32_t addr, uint32_t entry)
{
	return (entry & PRESENT) && addr >= audit.page_offset &&
	       entry >> 12 == (addr - audit.page_offset) >> 12;
}

static void record(const struct shadow *s, unsigned i, uint32_t addr, uint32_t now, int level)
{
	uint32_t old = s->entry[i];

	if (((old ^ now) & ~HARDWARE_BITS) == 0 || (old == 0 && level == 1 && is_linear(addr, now)))
		return;
	audit.differences++;
	if (audit.records++ < MOST_RECORDS)
		HW(audit.tick, mmu_audit, .where = s->pa + 4 * i, .addr = addr, .old = old,
		   .now = now, .level = (uint8_t)level);
}

/* level 1: a table, each entry 4 KiB from `addr`; 2: a directory, 4 MiB each. */
static void compare(struct shadow *s, const uint32_t *now, uint32_t addr, int level, bool silent)
{
	unsigned shift = level == 1 ? 12 : 22;

	if (memcmp(s->entry, now, sizeof(s->entry)) == 0)
		return;
	for (unsigned i = 0; i < 1024; i++) {
		if (s->entry[i] == now[i])
			continue;
		if (!silent)
			record(s, i, addr + (i << shift), now[i], level);
		s->present += (now[i] & PRESENT) - (s->entry[i] & PRESENT);
		s->entry[i] = now[i];
	}
}

static struct shadow *shadow_at(uint32_t pa, bool *fresh)
{
	struct shadow **slot = &audit.of[pa >> 12];

	*fresh = !*slot;
	if (!*slot && audit.no_heap)
		return NULL;
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (!*slot)
			return NULL;
		(*slot)->pa = pa;
		(*slot)->next = audit.all;
		audit.all = *slot;
	}
	return *slot;
}

/* Null: no memory there, or already seen in this run. */
static struct shadow *look(uint32_t pa, uint32_t addr, int level, bool silent)
{
	const uint8_t *ram = bochs_ram_page(pa);
	uint32_t now[1024];
	struct shadow *s;
	bool fresh;

	if (!ram)
		return NULL;
	memcpy(now, ram, sizeof(now));
	s = shadow_at(pa, &fresh);
	if (!s || s->seen == audit.run)
		return NULL;
	s->seen = audit.run;
	compare(s, now, addr, level, silent || (fresh && level == 2));
	audit.present += s->present;
	return s;
}

static void walk(uint32_t directory, bool silent)
{
	struct shadow *d = look(directory, 0, 2, silent);

	for (unsigned i = 0; d && i < 1024; i++) {
		if ((d->entry[i] & (PRESENT | LARGE)) != PRESENT)
			continue;
		if (look(d->entry[i] & ~4095u, i << 22, 1, silent))
			audit.tables++;
	}
}

/* Tables no longer reached: their frames may hold anything now. */
static void forget(uint32_t run)
{
	struct shadow **link = &audit.all, *s;

	while ((s = *link)) {
		if (s->seen == run) {
			link = &s->next;
			continue;
		}
		*link = s->next;
		audit.of[s->pa >> 12] = NULL;
		free(s);
	}
}

static void walk_both(bool silent)
{
	uint32_t current;

	audit.run++;
	audit.tables = audit.present = audit.records = 0;
	walk(audit.swapper, silent);
	if (!bochs_page_directory(&current))
		current = audit.swapper;
	if (current != audit.swapper)
		walk(current, silent || current != audit.current);
	audit.current = current;
	if (!audit.no_heap)
		forget(audit.run);
}

void audit_start(uint32_t swapper, uint32_t page_offset)
{
	if (!audit.no_heap)
		forget(audit.run + 1);
	audit.swapper = swapper & ~4095u;
	audit.page_offset = page_offset;
	audit.current = 0;
	audit.differences = 0;
	if (audit.swapper)
		walk_both(true);
}

void audit_run(uint64_t tick)
{
	uint32_t cr3 = audit.swapper;

	if (!audit.swapper)
		return;
	audit.tick = tick;
	walk_both(false);
	bochs_page_directory(&cr3);
	HW(tick, audit_state, .tables = audit.tables, .present = audit.present, .cr3 = cr3);
}

void audit_without_heap(void)
{
	audit.no_heap = true;
}

uint64_t audit_differences(void)
{
	return audit.differences;
}

/* SPDX-License-Identifier: MIT */
/*
 * watch_priv.h - what the files of the watch share, and nobody else.
 *
 * watch.c has the traps, the control registers and the session; watch_tables.c the frames that
 * are followed, and what is told of them; watch_check.c holds them against RAM and the CPU.
 */
#ifndef PLUGIN_WATCH_PRIV_H
#define PLUGIN_WATCH_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "bochs.h"

#define PRESENT       0x001u
#define LARGE         0x080u
#define HARDWARE_BITS 0x060u /* accessed, dirty: set by the CPU */
#define CR4_PSE       0x10u

#define FRAMES      (1u << 20)
#define BLOCK_SHIFT 17 /* Bochs's RAM is one piece in the host's memory at least for this */
#define VGA_START   0xa0000u
#define VGA_END     0x100000u

/* A frame that is followed. */
struct page {
	struct page *next; /* of the directories */
	uint32_t pa;
	uint32_t refs;      /* slots of followed directories that lead to it, as a table */
	uint32_t dir, slot; /* one of them */
	bool is_dir;
	bool unknown; /* what it holds is not told: see the gap */
	bool told_unknown;
	bool dirty;           /* stored into while no loaded directory led here */
	uint32_t *late;       /* then: who stored last into each entry; or null */
	uint32_t entry[1024]; /* as told */
};

extern struct watch {
	bool checked, trapped, open;
	uint32_t ram; /* bytes */
	uint8_t *block[1u << (32 - BLOCK_SHIFT)];
	struct page *of[FRAMES];
	struct page *directories;

	bool on; /* paging is on, of the kind that is followed */
	bool saw_paging;
	struct bochs_control last;
	uint32_t idt, idt_limit;

	uint32_t records; /* in this window */
	bool gap;         /* too many: nothing is recorded until the window ends */
	uint32_t unrecorded;
	uint64_t seed;
	uint64_t stores, loads, checks, missed, gaps;
} watch;

static inline struct page *page_at(uint32_t pa)
{
	return watch.of[pa >> 12];
}

/* ---- watch_ram.c ---- */

/* The host's address of the guest's RAM there; null: no RAM. */
uint32_t *watch_ram(uint32_t pa);
/* Finds all of RAM, for watch_ram(). */
void watch_find_ram(void);
/* It is still where it was found: Bochs does not swap. */
bool watch_ram_stays(void);

/* ---- watch_tables.c ---- */

/* The loaded directory leads to the page, or is it: its stores are told when they happen. */
bool watch_active(const struct page *p);
/* What RAM holds is told anew.  True: frames are followed that were not before, so that the
 * TLB must be flushed. */
bool watch_take(struct page *p);
/* One store that is seen: told, unless too many are.  `late`: it was made while no loaded
 * directory led there.  True as of watch_take(). */
bool watch_record(struct page *p, unsigned i, uint32_t now, bool late, uint32_t site);
/* Entries `from` to `to` of a page that is not active become these. */
void watch_note_late(struct page *p, unsigned from, unsigned to, const uint32_t *now);
/* Tells what was stored so. */
void watch_settle(struct page *p);
/* Where RAM's tables lead; false: nowhere. */
bool watch_walk(uint32_t dir, uint32_t addr, uint32_t *pa);
/* CR3 is loaded. */
void watch_load(uint32_t cr3);
/* CR4.PSE is another: 4 MiB entries begin or cease to be tables. */
void watch_pse(uint32_t cr4);
void watch_each_page(void (*fn)(struct page *p));
void watch_drop(struct page *p);
/* The stretch in which nothing is recorded ends, if there is one: all is told anew. */
void watch_end_gap(void);

/* ---- watch_check.c ---- */

/* Holds the tables against RAM, and asks the CPU where some addresses lead. */
void watch_check(void);

#endif

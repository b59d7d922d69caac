/* SPDX-License-Identifier: MIT */
/* show.h - the state at a moment, as text in shapes known from Linux. */
#ifndef EXPORTER_SHOW_H
#define EXPORTER_SHOW_H

#include "model/replay.h"
#include "formats/symbols.h"

/* Words `show` understands, for messages and help. */
#define SHOW_WORDS "buddyinfo, zoneinfo, vmallocinfo, layout, pagetables, extfrag, leaks, slabinfo"

struct show {
	struct capture *c;
	unsigned session;
	struct moment at;
	const char *what;
	const char *symbols; /* ELF or NULL */
	const char *modules; /* where modules' objects are, or NULL */
	bool json;
	bool has_pgd; /* pagetables: of this directory */
	u32 pgd;
};

bool show_knows(const char *what);
void show_state(const struct show *s);
/* The walk of `addr`, its frame, since when, and its history. */
void translate_address(const struct show *s, u32 addr);

/* The linear addresses an event speaks of, for `translate`; false: of none.
 * *bytes may reach 4 GiB. */
bool event_span(const struct event *ev, u32 *addr, u64 *bytes);

/* "func (file:line)" or "0xc0105001" of the call made at tick t; the result lives
 * in one of four buffers. */
const char *site_text(struct symbols *symbols, u32 site, u64 t);
/* "P RW US PSE GLB" of an entry's low bits. */
const char *entry_flags(u32 entry);

#endif

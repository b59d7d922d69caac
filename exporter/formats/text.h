/* SPDX-License-Identifier: MIT */
/* text.h - events, call sites and page-table entries as people read them. */
#ifndef EXPORTER_TEXT_H
#define EXPORTER_TEXT_H

#include "capture/capture.h"
#include "formats/symbols.h"

/* One event as text: "mm_page_alloc pfn=0x1059 order=0 ...", cut to fit buf of `size`. */
void event_text(const struct event *ev, char *buf, unsigned size);
/* The same with the names of call sites behind them, where `symbols` (or NULL) has one. */
void event_text_named(const struct event *ev, struct symbols *symbols, char *buf, unsigned size);
/* "func (file:line)" or "0xc0105001" of the call made at tick t; symbols may be NULL.
 * The result lives in one of four buffers. */
const char *site_text(struct symbols *symbols, u32 site, u64 t);
/* "P RW US PSE G" of an entry's low bits; the result lives in one of four buffers. */
const char *entry_flags(u32 entry);

#endif

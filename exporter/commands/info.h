/* SPDX-License-Identifier: MIT */
/* info.h - what a capture holds, in ten lines for people or as JSON. */
#ifndef EXPORTER_INFO_H
#define EXPORTER_INFO_H

#include "capture/capture.h"

void info_text(struct capture *c);
void info_json(struct capture *c);
/* Packets and their offsets; with `events`, every event in hex and in words. */
void dump_packets(struct capture *c, bool events);
/* One event as text: "mm_page_alloc pfn=0x1059 order=0 ..."; buf of `size`. */
void event_text(const struct event *ev, char *buf, unsigned size);

#endif

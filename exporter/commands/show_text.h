/* SPDX-License-Identifier: MIT */
/*
 * show_text.h - each view of `show` for people, on standard output.
 *
 * buddyinfo, zoneinfo, extfrag, layout and pagetables are what the guest's own
 * `show` prints at that moment, letter by letter: a test compares them.
 */
#ifndef EXPORTER_SHOW_TEXT_H
#define EXPORTER_SHOW_TEXT_H

#include "commands/query.h"

void text_buddyinfo(const struct state *s);
void text_zoneinfo(const struct state *s);
void text_vmallocinfo(const struct state *s);
void text_layout(const struct state *s);
void text_pagetables(const struct state *s);
void text_extfrag(const struct state *s);
void text_leaks(const struct state *s);
void text_slabinfo(const struct state *s);

#endif

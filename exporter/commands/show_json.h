/* SPDX-License-Identifier: MIT */
/*
 * show_json.h - each view of `show` as a JSON object of the figures that its text shows.
 *
 * docs/exporter.md lists the keys.  Sizes are in bytes, addresses "0x" strings, and
 * shares per mille, so that no number has a fraction.
 */
#ifndef EXPORTER_SHOW_JSON_H
#define EXPORTER_SHOW_JSON_H

#include "base/json.h"
#include "commands/query.h"

json_t *json_buddyinfo(const struct state *s);
json_t *json_zoneinfo(const struct state *s);
json_t *json_vmallocinfo(const struct state *s);
json_t *json_layout(const struct state *s);
json_t *json_pagetables(const struct state *s);
json_t *json_extfrag(const struct state *s);
json_t *json_leaks(const struct state *s);
json_t *json_slabinfo(const struct state *s);

#endif

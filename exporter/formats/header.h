/* SPDX-License-Identifier: MIT */
/* header.h - the `header` and `end` records of docs/json.md. */
#ifndef EXPORTER_HEADER_H
#define EXPORTER_HEADER_H

#include "capture/facts.h"
#include "base/json.h"

/* rows, t0, t1: of what is exported, which may be a slice. */
json_t *header_json(const struct facts *f, u64 rows, u64 t0, u64 t1, const char *rerun);
json_t *end_json(const struct capture *c, unsigned session, const struct facts *f, u64 rows,
		 u64 t1);
/* The machine and layout objects alone, addresses as integers. */
json_t *machine_json(const struct facts *f);
/* hex: addresses as "0x" strings, for people and shell scripts. */
json_t *layout_json(const struct facts *f, bool hex);

#endif

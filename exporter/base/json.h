/* SPDX-License-Identifier: MIT */
/* json.h - values of libjansson, written through out.h. */
#ifndef EXPORTER_JSON_H
#define EXPORTER_JSON_H

#include "base/out.h"

#include <jansson.h>

/* A json_t string; bytes that are not UTF-8 become U+FFFD. */
json_t *json_text(const char *s);
/* An address as a string of at least eight digits: "0xc0100000". */
json_t *json_hex(u64 address);
/* Writes a value compactly.  Dies if value is NULL: memory was out when it was made. */
void json_write(struct out *o, const json_t *value);
/* Writes s quoted and escaped. */
void json_quote(struct out *o, const char *s);
/* Writes a value and a newline to standard output, and gives the value back. */
void json_print(json_t *value);

#endif

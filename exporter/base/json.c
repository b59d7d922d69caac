/* SPDX-License-Identifier: MIT */
/* json.c - text that is valid UTF-8, and output; see json.h. */
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at s, 0 if there is none. */
static size_t utf8_length(const u8 *s)
{
	size_t n = s[0] < 0x80                   ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0       ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
		return 0;
	if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0;
	return n;
}

json_t *json_text(const char *s)
{
	json_t *t = json_string(s);
	char *fixed, *p;

	if (t)
		return t;
	p = fixed = ps_alloc(strlen(s) * 3 + 1);
	while (*s) {
		size_t n = utf8_length((const u8 *)s);

		if (n) {
			memcpy(p, s, n);
			p += n;
			s += n;
		} else {
			memcpy(p, "\xef\xbf\xbd", 3);
			p += 3;
			s++;
		}
	}
	t = json_string(fixed);
	free(fixed);
	if (!t)
		ps_die(PS_EXIT_DATA, "out of memory");
	return t;
}

json_t *json_hex(u64 address)
{
	return json_sprintf("0x%08" PRIx64, address);
}

static int sink(const char *buffer, size_t size, void *o)
{
	out_write(o, buffer, size);
	return 0;
}

void json_write(struct out *o, const json_t *value)
{
	if (!value || json_dump_callback(value, sink, o, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		ps_die(PS_EXIT_DATA, "out of memory while writing JSON");
}

void json_quote(struct out *o, const char *s)
{
	json_t *t = json_text(s);

	json_write(o, t);
	json_decref(t);
}

void json_print(json_t *value)
{
	struct out *o = out_open("-", false);

	json_write(o, value);
	out_write(o, "\n", 1);
	json_decref(value);
	out_close(o);
}

/* SPDX-License-Identifier: MIT */
/* filekind.c - a table of what files begin with; see filekind.h. */
#include "base/filekind.h"

#include <string.h>

#define LOOK 4096 /* bytes in which the marks of text files are sought */

static const struct {
	const char *begins; /* the first bytes */
	u8 len;
	u16 at; /* where they are */
	struct file_kind kind;
} magics[] = {
	{ "\xc1\x1f\xfc\xc1", 4, 0, { "a capture", NULL } },
	{ "\x1f\x8b", 2, 0, { "packed with gzip", "unpack it first: gzip -d" } },
	{ "PK\3\4", 4, 0, { "packed with zip", "unpack it first: unzip" } },
	{ "PK\5\6", 4, 0, { "an empty zip archive", "name a capture" } },
	{ "\xfd\x37zXZ", 5, 0, { "packed with xz", "unpack it first: xz -d" } },
	{ "\x28\xb5\x2f\xfd", 4, 0, { "packed with zstd", "unpack it first: zstd -d" } },
	{ "BZh", 3, 0, { "packed with bzip2", "unpack it first: bzip2 -d" } },
	{ "7z\xbc\xaf", 4, 0, { "packed with 7-Zip", "unpack it first" } },
	{ "ustar", 5, 257, { "a tar archive", "unpack it first: tar -xf" } },
	{ "\x7f"
	  "ELF",
	  4,
	  0,
	  { "a program or kernel (ELF)", "--symbols takes it, beside the capture" } },
	{ "\x57\x1d\xd1\x75", 4, 0, { "CTF metadata", "name the directory it is in" } },
	{ "\x75\xd1\x1d\x57", 4, 0, { "CTF metadata", "name the directory it is in" } },
	{ "/* CTF", 6, 0, { "CTF metadata", "name the directory it is in" } },
};

/* What stands near the beginning of a text. */
static const struct {
	const char *begins, *has;
	struct file_kind kind;
} texts[] = {
	{ "{",
	  "\"rec\":\"header\"",
	  { "an export already (JSON Lines)",
	    "open it in the viewer, or name the capture it was made of" } },
	{ "{",
	  "\"traceEvents\"",
	  { "a trace for Perfetto (JSON)",
	    "open it in ui.perfetto.dev, or name the capture it was made of" } },
	{ "[",
	  "\"ph\"",
	  { "a trace for Perfetto (JSON)",
	    "open it in ui.perfetto.dev, or name the capture it was made of" } },
	{ "{",
	  "\"i\":",
	  { "an export already (one JSON object an event)", "name the capture it was made of" } },
	{ "{", "", { "JSON", "name a capture" } },
	{ "[", "", { "JSON", "name a capture" } },
	{ "<",
	  "pagescope",
	  { "a report or the viewer (HTML)",
	    "open it in a browser; the capture of a report lies beside it" } },
	{ "<", "", { "HTML or XML", "name a capture" } },
};

static bool has(const u8 *data, u64 size, const char *text)
{
	size_t len = strlen(text);

	for (u64 at = 0; at < LOOK && at + len <= size; at++)
		if (!memcmp(data + at, text, len))
			return true;
	return false;
}

const struct file_kind *file_kind(const u8 *data, u64 size)
{
	u64 at = 0;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (size >= magics[i].at + magics[i].len &&
		    !memcmp(data + magics[i].at, magics[i].begins, magics[i].len))
			return &magics[i].kind;
	if (size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		at = 3; /* a byte order mark */
	while (at < size && at < LOOK && strchr(" \t\r\n", data[at]) && data[at])
		at++;
	for (size_t i = 0; at < size && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (data[at] == (u8)texts[i].begins[0] && has(data, size, texts[i].has))
			return &texts[i].kind;
	return NULL;
}

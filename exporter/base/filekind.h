/* SPDX-License-Identifier: MIT */
/* filekind.h - what a file is that is not a capture, and what to do with it. */
#ifndef EXPORTER_FILEKIND_H
#define EXPORTER_FILEKIND_H

#include "base/types.h"

struct file_kind {
	const char *what; /* "packed with xz" */
	const char *todo; /* "unpack it first: xz -d"; NULL of a capture, the kind wanted here */
};

/* By the first bytes of a file; NULL: no kind that is known. */
const struct file_kind *file_kind(const u8 *data, u64 size);

#endif

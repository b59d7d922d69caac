/* SPDX-License-Identifier: MIT */
/* check.h - replaying a capture against the rules; see model.h for those. */
#ifndef EXPORTER_CHECK_H
#define EXPORTER_CHECK_H

#include "capture/capture.h"

struct check_options {
	bool json;           /* not text */
	u64 max;             /* findings of each rule that are printed */
	const char *symbols; /* ELF; NULL: the one beside the capture, if there is one */
	const char *modules; /* where modules' objects are, or NULL */
};

/* Replays every session, prints what was found.  Returns the number of violations. */
u64 check_capture(struct capture *c, const struct check_options *o);

#endif

/* SPDX-License-Identifier: MIT */
/* diff.h - two runs side by side. */
#ifndef EXPORTER_DIFF_H
#define EXPORTER_DIFF_H

#include "capture/capture.h"

struct diff_side {
	struct capture *c;
	unsigned session;
	const char *symbols, *modules;
};

/* Says where two runs part and what that changed.  True if they do the same. */
bool diff_runs(const struct diff_side *a, const struct diff_side *b, bool json);

#endif

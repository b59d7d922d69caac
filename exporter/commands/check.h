/* SPDX-License-Identifier: MIT */
/* check.h - replaying a capture against the rules; see model.h for those. */
#ifndef EXPORTER_CHECK_H
#define EXPORTER_CHECK_H

#include "capture/capture.h"

/* Replays every session, prints what was found, as text or JSON.
 * Returns the number of violations. */
u64 check_capture(struct capture *c, bool json, u64 max);

#endif

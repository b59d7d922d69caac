/* SPDX-License-Identifier: MIT */
/* why.h - how a watched guest ended. */
#ifndef EXPORTER_WHY_H
#define EXPORTER_WHY_H

#include "base/json.h"
#include "commands/query.h"

/* Prints, in at most twelve lines, what the processor was doing when the guest died, the
 * walk that failed and who stored its entries, the chain of faults, and what usually
 * causes this.  Dies if the capture does not tell how the processor stood. */
void why_ended(const struct query *q);

/* The same as the record "ended" of the columnar export; NULL if the capture does not tell
 * how the processor stood. */
json_t *why_record(const struct query *q);

#endif

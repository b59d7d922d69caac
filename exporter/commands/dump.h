/* SPDX-License-Identifier: MIT */
/* dump.h - packets and events as they lie in the file. */
#ifndef EXPORTER_DUMP_H
#define EXPORTER_DUMP_H

#include "capture/capture.h"

/* Prints a line a packet; with `events`, every event too, in hex and in words.  With
 * `json` each line is an object. */
void dump_packets(struct capture *c, bool events, bool json);

#endif

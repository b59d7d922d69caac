/* SPDX-License-Identifier: MIT */
/* metadata.h - the TSDL of the packets: what makes them CTF. */
#ifndef EXPORTER_METADATA_H
#define EXPORTER_METADATA_H

#include "base/out.h"

/* Writes the TSDL metadata, generated from events.def.  hz: ticks a second. */
void ctf_metadata(struct out *o, u32 hz);

#endif

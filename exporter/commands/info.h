/* SPDX-License-Identifier: MIT */
/* info.h - what a capture holds, in ten lines for people or as JSON. */
#ifndef EXPORTER_INFO_H
#define EXPORTER_INFO_H

#include "capture/capture.h"

/* Prints what the capture holds, for people. */
void info_text(struct capture *c);
/* The same as one JSON object. */
void info_json(struct capture *c);

#endif

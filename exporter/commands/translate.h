/* SPDX-License-Identifier: MIT */
/* translate.h - where an address leads at a moment, and what happened to it. */
#ifndef EXPORTER_TRANSLATE_H
#define EXPORTER_TRANSLATE_H

#include "commands/query.h"

/* Prints the walk of `addr`, its frame, since when, and its history. */
void translate_address(const struct query *q, u32 addr);

#endif

/* SPDX-License-Identifier: MIT */
/* import.h - a capture made of memory dumps. */
#ifndef EXPORTER_IMPORT_H
#define EXPORTER_IMPORT_H

#include "base/out.h"

/*
 * Reads `nr` ELF cores of one machine, in the order of time, and writes a capture of as many
 * instants to `out` (NULL or "-": standard output).  Dies, before anything is written, if a
 * core cannot be read, if it is of a machine without 4-byte page-table entries, or if the
 * cores are of machines of different sizes.
 */
void import_cores(char **path, unsigned nr, const char *out);

#endif

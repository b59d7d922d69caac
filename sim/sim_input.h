/* SPDX-License-Identifier: MIT */
/* sim_input.h - input files of the simulator. */
#ifndef SIM_INPUT_H
#define SIM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A file for reading, through gzip if it is compressed; "-" is stdin.  NULL
 * with a message.  sim_close_input: 0, or 1 if the data was not whole. */
FILE *sim_open_input(const char *path);
int sim_close_input(FILE *f);

/* Notes that a file is read; true if `path` leads to one, whatever its name there. */
void sim_note_input(FILE *f);
bool sim_is_input(const char *path);

/* Contents of a file, to be freed, and their size; NULL with errno. */
char *sim_read_file(const char *path, size_t *size);

#endif

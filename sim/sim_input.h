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

/*
 * The lines of a text file of any length, packed or not, each without its end of line (LF
 * or CR LF) and the first without a byte order mark.
 */
struct sim_lines {
	FILE *f;
	const char *path;
	char *text; /* of the line */
	size_t room;
	unsigned nr; /* of the line, from 1 */
	bool failed; /* a message was printed: a NUL byte, or packed data that is damaged */
};
/* False with a message. */
bool sim_lines_open(struct sim_lines *l, const char *path);
/* The next line, which lives until the next call; NULL at the end or after a message. */
char *sim_lines_next(struct sim_lines *l);
void sim_lines_close(struct sim_lines *l);

/* Notes that a file is read; true if `path` leads to one, whatever its name there. */
void sim_note_input(FILE *f);
bool sim_is_input(const char *path);

/* What a file is that should be text, by its first bytes, with what to do; NULL: no other
 * kind that is known. */
const char *sim_file_kind(const char *data, size_t size);

/* Contents of a file, to be freed, and their size; NULL with errno. */
char *sim_read_file(const char *path, size_t *size);

#endif

/* SPDX-License-Identifier: MIT */
/* help.h - the tables of command.h for people: help, man page, completion. */
#ifndef EXPORTER_HELP_H
#define EXPORTER_HELP_H

#include "commands/command.h"

/* What the program does, and its commands; on standard output, as all of these. */
void help_program(const struct program *p);
/* What one command does, takes and returns. */
void help_command(const struct program *p, const struct command *c);
/* pagescope.1, for man. */
void help_man(const struct program *p);
/* pagescope.bash, for bash. */
void help_completion(const struct program *p);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * command.h - the command line as tables: commands, formats and options.
 *
 * Parsing, --help, the man page and the completion all come from these rows, so
 * that none of them can know of something the others do not.
 */
#ifndef EXPORTER_COMMAND_H
#define EXPORTER_COMMAND_H

#include "base/out.h"
#include "commands/show.h"
#include "formats/export.h"

/* ---- options ---- */

enum option_id {
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_SYMBOLS,
	OPT_MODULES,
	OPT_VIEWER,
	OPT_RERUN,
	OPT_FROM,
	OPT_TO,
	OPT_EVENT,
	OPT_AT,
	OPT_AT_EVENT,
	OPT_PGD,
	OPT_SESSION,
	OPT_CHECK,
	OPT_MAX,
	OPT_JSON,
	OPT_EVENTS,
	OPT_STRICT,
	OPT_QUIET,
	OPT_HELP,
	NR_OPTIONS
};
#define OPT(id) (1u << OPT_##id)

/* How an option's argument is read, and where it goes. */
enum option_kind {
	OPTION_FLAG,   /* bool: has no argument */
	OPTION_TEXT,   /* const char * */
	OPTION_PAIR,   /* const char *[2]: may be given twice */
	OPTION_NUMBER, /* struct number, of 32 bits */
	OPTION_COUNT,  /* struct number: a tick or an event, with commas or without */
	OPTION_EVENTS  /* names of events, with commas between; may be repeated */
};

struct option_row {
	const char *name;
	char letter; /* its short form, or 0 */
	enum option_kind kind;
	size_t offset; /* in struct options; not for OPTION_EVENTS */
	const char *arg, *text;
	u32 min; /* OPTION_NUMBER: the least value */
};
extern const struct option_row option_rows[NR_OPTIONS];

struct number {
	bool given;
	u64 value;
};

/* What a command line said. */
struct options {
	const char *input;  /* a capture's path, or "-" */
	const char *second; /* the other capture, or NULL */
	char **inputs;      /* all files named, of a command that takes any number */
	unsigned nr_inputs;
	const char *what; /* the argument before the captures, or NULL */
	const char *out, *format, *symbols[2], *modules, *viewer, *rerun;
	struct number from, to, at, at_event, pgd, session, max;
	bool check, json, events, strict, quiet, help;
	bool wanted[256], any_wanted; /* events, by id */
	u32 given;                    /* bits OPT(...) of those that were given */
};

/* ---- commands ---- */

/* A form that the output of a command can have; the first of a command is its default. */
struct format {
	const char *command, *name, *text;
	/* one of these, or neither: the command knows what to do */
	void (*export)(const struct export *x);
	void (*describe)(struct out *o, u32 hz);
	u32 without; /* bits OPT(...) of the command's options that this form has no use for */
};

#define ANY_NUMBER 255

struct command {
	const char *name;
	const char *was; /* an earlier name that still works, or NULL */
	const char *args, *summary;
	const char *help;         /* whole sentences; a newline where a paragraph ends */
	u32 options;              /* bits OPT(...) */
	u8 words;                 /* arguments before the captures: 0 or 1 */
	u8 captures;              /* captures it can take, or ANY_NUMBER */
	const struct view *views; /* what the word can be, or NULL */
	const char *found;        /* when the exit status is 3; NULL: never */
	bool makes_dir;           /* -o names a directory */
	int (*run)(const struct options *o);
};

struct program {
	const struct command *commands; /* a row without a name ends each of the two */
	const struct format *formats;
};

/* The command called so, or NULL. */
const struct command *command_find(const struct program *p, const char *name);
/* The format of --format, or the default one; a usage error if there is none so named. */
const struct format *format_find(const struct program *p, const struct command *c,
				 const char *name);
/* A usage error if an option of `without` was given; `what` has no use for it. */
void command_refuse(const struct command *c, const struct options *o, u32 without,
		    const char *what);
/* True if the command has the option. */
bool command_takes(const struct command *c, enum option_id id);
/* Reads argv[1..]; a usage error ends the program. */
void command_parse(const struct command *c, struct options *o, int argc, char **argv);

#endif

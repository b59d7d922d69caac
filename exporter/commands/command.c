/* SPDX-License-Identifier: MIT */
/* command.c - the table of options, and reading a command line; see command.h. */
#include "commands/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct options, field)

const struct option_row option_rows[NR_OPTIONS] = {
	[OPT_OUTPUT] = { "output", 'o', OPTION_TEXT, AT(out), "FILE",
			 "write to FILE (.gz compresses); - is standard output" },
	[OPT_FORMAT] = { "format", 'f', OPTION_TEXT, AT(format), "FORMAT",
			 "the form of the output" },
	[OPT_SYMBOLS] = { "symbols", 's', OPTION_PAIR, AT(symbols), "ELF",
			  "name functions and lines from this kernel (default: that beside FILE)" },
	[OPT_MODULES] = { "modules", 0, OPTION_TEXT, AT(modules), "DIR",
			  "objects of the kernel's modules (default: beside ELF)" },
	[OPT_VIEWER] = { "viewer", 0, OPTION_TEXT, AT(viewer), "HTML",
			 "the viewer to put the trace in (default: pagescope's own)" },
	[OPT_RERUN] = { "rerun", 0, OPTION_TEXT, AT(rerun), "VARIABLES",
			"what make at needs to find the run again, for the viewer to show" },
	[OPT_FROM] = { "from", 0, OPTION_COUNT, AT(from), "TICK", "leave out events before TICK" },
	[OPT_TO] = { "to", 0, OPTION_COUNT, AT(to), "TICK", "leave out events after TICK" },
	[OPT_EVENT] = { "event", 'e', OPTION_EVENTS, 0, "NAME",
			"only these events (repeat, or NAME,NAME)" },
	[OPT_AT] = { "at", 0, OPTION_COUNT, AT(at), "TICK",
		     "after the last event at or before TICK" },
	[OPT_AT_EVENT] = { "at-event", 0, OPTION_COUNT, AT(at_event), "N", "after event number N" },
	[OPT_PGD] = { "pgd", 0, OPTION_NUMBER, AT(pgd), "PA",
		      "in the page directory at this physical address (default: CR3)" },
	[OPT_SESSION] = { "session", 0, OPTION_NUMBER, AT(session), "N",
			  "the Nth session of the capture, from 1", 1 },
	[OPT_CHECK] = { "check", 0, OPTION_FLAG, AT(check), NULL,
			"add what check finds, as violation records" },
	[OPT_MAX] = { "max", 0, OPTION_NUMBER, AT(max), "N",
		      "print at most N findings of each rule (default 10)", 1 },
	[OPT_JSON] = { "json", 0, OPTION_FLAG, AT(json), NULL, "JSON instead of text" },
	[OPT_EVENTS] = { "events", 0, OPTION_FLAG, AT(events), NULL,
			 "each event too, in hex and in words" },
	[OPT_STRICT] = { "strict", 0, OPTION_FLAG, AT(strict), NULL,
			 "exit 3 if anything is lost or damaged" },
	[OPT_QUIET] = { "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "no warnings" },
	[OPT_HELP] = { "help", 'h', OPTION_FLAG, AT(help), NULL, "this text" },
};

const struct command *command_find(const struct program *p, const char *name)
{
	for (const struct command *c = p->commands; c->name; c++)
		if (!strcmp(name, c->name) || (c->was && !strcmp(name, c->was)))
			return c;
	return NULL;
}

const struct format *format_find(const struct program *p, const struct command *c, const char *name)
{
	char *known = ps_strdup("");
	const char *names[8];
	size_t nr = 0;

	for (const struct format *f = p->formats; f->name; f++) {
		char *more;

		if (strcmp(f->command, c->name))
			continue;
		if (!name || !strcmp(name, f->name)) {
			free(known);
			return f;
		}
		if (nr < 8)
			names[nr++] = f->name;
		more = ps_format("%s%s%s", known, *known ? ", " : "", f->name);
		free(known);
		known = more;
	}
	ps_usage(c->name, "--format=%s: not one of %s%s", name, known,
		 ps_nearest(name, names, nr, sizeof(*names)));
}

bool command_takes(const struct command *c, enum option_id id)
{
	return (c->options | OPT(QUIET) | OPT(HELP)) >> id & 1;
}

static void want_events(const struct command *c, struct options *o, const char *list)
{
	char *copy = ps_strdup(list), *save = NULL;

	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		const struct ps_kind *k = ps_kind_by_name(name);

		if (!k)
			ps_usage(c->name, "-e %s: no such event%s; `pagescope metadata` lists them",
				 name,
				 ps_nearest(name, &ps_kinds[0].name, 255, sizeof(ps_kinds[0])));
		o->wanted[k->id] = o->any_wanted = true;
	}
	free(copy);
}

static void set_option(const struct command *c, struct options *o, const struct option_row *row)
{
	void *field = (char *)o + row->offset;
	const char **text = field;
	struct number *n = field;

	switch (row->kind) {
	case OPTION_FLAG: *(bool *)field = true; break;
	case OPTION_TEXT: *text = optarg; break;
	case OPTION_PAIR: text[text[0] != NULL] = optarg; break;
	case OPTION_EVENTS: want_events(c, o, optarg); break;
	case OPTION_COUNT:
		n->given = true;
		if (!ps_parse_count(optarg, &n->value))
			ps_usage(c->name,
				 "--%s %s: not a number such as 31,644 or 0x7b9c of 64 bits",
				 row->name, optarg);
		break;
	case OPTION_NUMBER:
		n->given = true;
		if (!ps_parse_number(optarg, &n->value) || n->value < row->min ||
		    n->value > 0xffffffff)
			ps_usage(c->name, "--%s %s: not a number from %u to %s", row->name, optarg,
				 row->min, row->min ? "4294967295" : "0xffffffff");
		break;
	}
}

/* Hands out the words that are not options. */
static void take_arguments(const struct command *c, struct options *o, int left, char **arg)
{
	o->input = "-";
	if (left && c->words) {
		o->what = *arg++;
		left--;
	}
	o->inputs = arg;
	o->nr_inputs = (unsigned)left;
	if (c->captures != ANY_NUMBER && left > c->captures)
		ps_usage(c->name, "%s; '%s' is one too many",
			 c->captures == 1 ? "one capture at a time" : "at most two captures",
			 arg[c->captures]);
	if (left)
		o->input = arg[0];
	if (left > 1)
		o->second = arg[1];
}

/* What getopt did not take: a word with --, a letter, or an option without its value. */
_Noreturn static void refuse_option(const struct command *c, const char *word, int got)
{
	const char *names[NR_OPTIONS];
	size_t nr = 0;

	if (got == ':')
		ps_usage(c->name, "%s: needs a value", word);
	if (strncmp(word, "--", 2))
		ps_usage(c->name, "-%c: no such option of %s", optopt, c->name);
	for (int id = 0; id < NR_OPTIONS; id++) {
		size_t len = strlen(option_rows[id].name);

		if (!command_takes(c, id))
			continue;
		if (!strncmp(word + 2, option_rows[id].name, len) && word[2 + len] == '=')
			ps_usage(c->name, "%s: --%s takes no value", word, option_rows[id].name);
		names[nr++] = option_rows[id].name;
	}
	ps_usage(c->name, "%s: no such option of %s%s", word, c->name,
		 ps_nearest(word + 2, names, nr, sizeof(*names)));
}

void command_parse(const struct command *c, struct options *o, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1] = { 0 };
	char shorts[2 * NR_OPTIONS + 2] = ":", *s = shorts + 1;
	unsigned nr = 0;
	int got;

	/* a long option's value is 256 and its number, a short one's is its letter */
	for (int id = 0; id < NR_OPTIONS; id++) {
		const struct option_row *row = &option_rows[id];

		if (!command_takes(c, id))
			continue;
		longs[nr++] = (struct option){ row->name,
					       row->arg ? required_argument : no_argument, NULL,
					       256 + id };
		if (row->letter)
			*s++ = row->letter;
		if (row->letter && row->arg)
			*s++ = ':';
	}
	*s = '\0';
	opterr = 0;
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int id = got - 256;

		if (got == '?' || got == ':')
			refuse_option(c, argv[optind - 1], got);
		if (got < 256)
			for (id = 0; option_rows[id].letter != got;)
				id++;
		o->given |= 1u << id;
		set_option(c, o, &option_rows[id]);
	}
	take_arguments(c, o, argc - optind, argv + optind);
	ps_quiet = o->quiet;
}

void command_refuse(const struct command *c, const struct options *o, u32 without, const char *what)
{
	for (int id = 0; id < NR_OPTIONS; id++)
		if (o->given & without & 1u << id)
			ps_usage(c->name, "--%s: %s has no use for it", option_rows[id].name, what);
}

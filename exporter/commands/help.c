/* SPDX-License-Identifier: MIT */
/* help.c - text made from the tables; see help.h. */
#include "commands/help.h"

#include <pagescope/version.h>
#include <stdio.h>
#include <string.h>

/* ---- for a terminal ---- */

void help_program(const struct program *p)
{
	printf("Usage: pagescope COMMAND [OPTIONS] [FILE|-]\n\n"
	       "Reads captures of the pagescope kernel and simulator.\n\nCommands:\n");
	for (const struct command *c = p->commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->summary);
	printf("\n'pagescope COMMAND --help' tells more about each; --version, --help.\n");
}

static bool is_format_of(const struct format *f, const struct command *c)
{
	return !strcmp(f->command, c->name);
}

static void print_choices(const struct program *p, const struct command *c)
{
	const char *note = " (default)";

	if (c->options & OPT(FORMAT))
		printf("\nFormats:\n");
	for (const struct format *f = p->formats; f->name; f++)
		if (is_format_of(f, c)) {
			printf("  %-12s %s%s\n", f->name, f->text, note);
			note = "";
		}
	if (c->views)
		printf("\n%.*s is one of:\n", (int)strcspn(c->args, " "), c->args);
	for (const struct view *v = c->views; v && v->name; v++)
		printf("  %-12s %s\n", v->name, v->text);
}

static const struct option_row directory_row = { "output", 'o',   OPTION_TEXT,
						 0,        "DIR", "the directory to make",
						 0 };

void help_command(const struct program *p, const struct command *c)
{
	printf("Usage: pagescope %s [OPTIONS] %s\n\n%s", c->name, c->args, c->help);
	print_choices(p, c);
	printf("\nOptions:\n");
	for (int id = 0; id < NR_OPTIONS; id++) {
		const struct option_row *row = &option_rows[id];
		char left[48], letter[5] = "    ";

		if (!command_takes(c, id))
			continue;
		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		if (id == OPT_OUTPUT && c->makes_dir)
			row = &directory_row;
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name, row->arg ? "=" : "",
			 row->arg ? row->arg : "");
		printf("  %-24s %s\n", left, row->text);
	}
	printf("\nExit status: 0 fine, 1 nothing decodable or a file error, 2 usage%s%s\n",
	       c->found ? ", 3 " : "", c->found ? c->found : "");
}

/* ---- the man page ---- */

/* Prints text for troff: a minus is a minus, a dot at the beginning is no request. */
static void roff(const char *s)
{
	for (bool begins = true; *s; begins = *s++ == '\n') {
		if (begins && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
	}
}

/* "**words** *arguments*" as the heading of an indented paragraph. */
static void man_term(const char *bold, const char *italic)
{
	fputs(".TP\n\\fB", stdout);
	roff(bold);
	fputs("\\fR", stdout);
	if (italic && *italic) {
		fputs(" \\fI", stdout);
		roff(italic);
		fputs("\\fR", stdout);
	}
	putchar('\n');
}

static void man_choice(const char *name, const char *text)
{
	fputs(".br\n\\fB", stdout);
	roff(name);
	fputs("\\fR: ", stdout);
	roff(text);
	putchar('\n');
}

static void man_commands(const struct program *p)
{
	for (const struct command *c = p->commands; c->name; c++) {
		man_term(c->name, c->args);
		roff(c->help);
		for (const struct format *f = p->formats; f->name; f++)
			if (is_format_of(f, c))
				man_choice(f->name, f->text);
		for (const struct view *v = c->views; v && v->name; v++)
			man_choice(v->name, v->text);
		fputs(".br\nOptions:", stdout);
		for (int id = 0; id < NR_OPTIONS; id++)
			if (command_takes(c, id)) {
				fputs(" \\-\\-", stdout);
				roff(option_rows[id].name);
			}
		puts(".");
	}
}

static void man_options(void)
{
	for (int id = 0; id < NR_OPTIONS; id++) {
		const struct option_row *row = &option_rows[id];
		char left[48] = "";

		if (row->letter)
			snprintf(left, sizeof(left), "-%c, ", row->letter);
		snprintf(left + strlen(left), sizeof(left) - strlen(left), "--%s", row->name);
		man_term(left, row->arg);
		roff(row->text);
		putchar('\n');
	}
}

static const char man_head[] =
	".SH NAME\n"
	"pagescope \\- read, check and convert captures of a traced memory manager\n"
	".SH SYNOPSIS\n"
	".B pagescope\n.I COMMAND\n.RI [ OPTIONS ]\n.RI [ FILE | \\- ]\n"
	".SH DESCRIPTION\n"
	"A capture holds the packets (CTF 1.8) that the pagescope kernel or simulator wrote,\n"
	"perhaps with other bytes around them.\n"
	".B pagescope\n"
	"finds every intact packet in it and never uses one whose checksum is wrong.\n"
	"Without\n.I FILE\nit reads standard input.\n"
	".PP\n"
	"Data goes to standard output or to the file named with\n.BR \\-o ;\n"
	"that file appears only when it is whole.\n"
	"Warnings and summaries go to standard error.\n";

static const char man_tail[] =
	".PP\nNumbers are decimal, or hexadecimal with 0x. Ticks and numbers of events\n"
	"may have the commas that pagescope writes.\n"
	".SH EXIT STATUS\n"
	".TP\n.B 0\nFine. Losses the tracer declared are warnings.\n"
	".TP\n.B 1\nNothing could be decoded, or a file could not be read or written.\n"
	".TP\n.B 2\nWrong usage.\n"
	".TP\n.B 3\nViolations were found\n.RB ( check ),\nthe runs differ\n.RB ( diff ),\n"
	"or something is lost or damaged\n.RB ( \\-\\-strict ).\n"
	".SH FILES\n"
	"Pipes are copied to a temporary file in\n.B $TMPDIR\n"
	"(or /tmp), because the input is read twice.\n"
	".SH EXAMPLES\n.nf\n"
	"pagescope info capture.bin\n"
	"pagescope check capture.bin\n"
	"pagescope export \\-\\-format=html \\-\\-symbols=kernel.elf \\-o report.html capture.bin\n"
	"pagescope show buddyinfo \\-\\-at 1234567 capture.bin\n"
	"pagescope translate 0xc4800000 \\-\\-at 1234567 capture.bin\n"
	".fi\n"
	".SH SEE ALSO\n.BR babeltrace2 (1),\n.BR jq (1);\n"
	"docs/trace\\-format.md and docs/json.md of the sources.\n";

void help_man(const struct program *p)
{
	puts(".\\\" Made from the program's tables by `pagescope help man`.");
	printf(".TH PAGESCOPE 1 \"\" \"pagescope %s\" \"User Commands\"\n", PAGESCOPE_VERSION);
	fputs(man_head, stdout);
	puts(".SH COMMANDS");
	man_commands(p);
	puts(".SH OPTIONS");
	man_options();
	man_term("--version", NULL);
	puts("Version and the id of the event table.");
	fputs(man_tail, stdout);
}

/* ---- the completion ---- */

static const char bash_head[] =
	"# Completion of pagescope for bash, made from its tables by `pagescope help completion`.\n"
	"_pagescope() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal cmd=${COMP_WORDS[1]} head= options= formats= views=\n";

static const char bash_start[] =
	"\n"
	"\tCOMPREPLY=()\n"
	"\t# --format=html is three words to bash\n"
	"\tif [ \"$cur\" = = ]; then\n"
	"\t\tcur=\n"
	"\telif [ \"$prev\" = = ]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n"
	"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$commands --help --version\" -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase \"$cmd\" in\n";

static const char bash_format[] = "\t\tCOMPREPLY=($(compgen -W \"$formats\" -- \"$cur\"))\n"
				  "\t\treturn ;;\n";

static const char bash_event[] =
	"\t\tcase \"$cur\" in *,*) head=${cur%,*}, ;; esac\n"
	"\t\tCOMPREPLY=($(compgen -P \"$head\" -W \"$events\" -- \"${cur##*,}\"))\n"
	"\t\treturn ;;\n";

static const char bash_tail[] =
	"\t\"$cmd\")\n"
	"\t\tif [ -n \"$views\" ] && [ \"${cur#-}\" = \"$cur\" ]; then\n"
	"\t\t\tCOMPREPLY=($(compgen -W \"$views\" -- \"$cur\"))\n"
	"\t\t\treturn\n"
	"\t\tfi ;;\n"
	"\tesac\n"
	"\tcase \"$cur\" in\n"
	"\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
	"\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
	"\tesac\n"
	"}\n"
	"complete -o filenames -F _pagescope pagescope build/pagescope ./pagescope\n";

/* The words that can follow one command, as variables of the shell. */
static void bash_command(const struct program *p, const struct command *c)
{
	printf("\t%s)\n\t\toptions='", c->name);
	for (int id = 0; id < NR_OPTIONS; id++)
		if (command_takes(c, id))
			printf("--%s ", option_rows[id].name);
	fputs("' formats='", stdout);
	for (const struct format *f = p->formats; f->name; f++)
		if (is_format_of(f, c))
			printf("%s ", f->name);
	fputs("' views='", stdout);
	for (const struct view *v = c->views; v && v->name; v++)
		printf("%s ", v->name);
	puts("' ;;");
}

/* The pattern of a case: the option in its long and its short form. */
static void bash_pattern(const struct option_row *row)
{
	if (row->letter)
		printf("-%c | ", row->letter);
	printf("--%s)\n", row->name);
}

void help_completion(const struct program *p)
{
	fputs(bash_head, stdout);
	fputs("\tlocal commands='", stdout);
	for (const struct command *c = p->commands; c->name; c++)
		printf("%s ", c->name);
	fputs("'\n\tlocal events='", stdout);
	for (unsigned id = 1; id < 255; id++)
		if (ps_kinds[id].id)
			printf("%s ", ps_kinds[id].name);
	puts("'");
	fputs(bash_start, stdout);
	for (const struct command *c = p->commands; c->name; c++)
		bash_command(p, c);
	puts("\tesac\n\tcase \"$prev\" in");
	for (int id = 0; id < NR_OPTIONS; id++) {
		const struct option_row *row = &option_rows[id];

		if (row->kind != OPTION_NUMBER && row->kind != OPTION_COUNT && id != OPT_FORMAT &&
		    id != OPT_EVENT)
			continue;
		putchar('\t');
		bash_pattern(row);
		fputs(id == OPT_FORMAT  ? bash_format
		      : id == OPT_EVENT ? bash_event
					: "\t\treturn ;;\n",
		      stdout);
	}
	fputs(bash_tail, stdout);
}

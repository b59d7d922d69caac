/* SPDX-License-Identifier: MIT */
/*
 * main.c - the command line: one table row a command, one function behind each.
 */
#include "commands/check.h"
#include "formats/ctf_dir.h"
#include "formats/describe.h"
#include "commands/diff.h"
#include "capture/facts.h"
#include "commands/info.h"
#include "formats/export.h"
#include "commands/dump.h"
#include "commands/show.h"
#include "commands/translate.h"

#define SHOW_WORDS "buddyinfo, zoneinfo, vmallocinfo, layout, pagetables, extfrag, leaks, slabinfo"

#include <getopt.h>
#include <pagescope/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the options of any command set. */
struct options {
	const char *input, *second; /* file arguments */
	const char *what;           /* first word of `show`, address of `translate` */
	const char *out, *format, *symbols, *symbols2, *modules, *viewer;
	bool json, strict, events, check;
	bool has_from, has_to, has_at, has_event, has_pgd;
	u64 from, to, at, event, pgd;
	unsigned session; /* 0: not given */
	bool wanted[256], any_wanted;
	u64 max;
};

struct command {
	const char *name, *args, *summary;
	const char *options; /* short options it takes, without colons */
	int (*run)(struct options *o);
	const char *help;
};

/* One capture for all commands: it is large, and lives until exit. */
static struct capture capture;

static int strict_status(const struct options *o, const struct capture *c)
{
	return o->strict && !capture_complete(c) ? PS_EXIT_FOUND : PS_EXIT_OK;
}

static unsigned pick_session(const struct options *o, const struct capture *c)
{
	if (o->session > c->nr_sessions)
		ps_usage(NULL, "--session %u: the capture has %u", o->session, c->nr_sessions);
	return o->session ? o->session - 1 : 0;
}

static void close_stdout(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		ps_die(PS_EXIT_DATA, "standard output: write failed");
}

static int run_info(struct options *o)
{
	capture_open(&capture, o->input);
	if (o->json)
		info_json(&capture);
	else
		info_text(&capture);
	close_stdout();
	if (o->json)
		capture_warn(&capture);
	return strict_status(o, &capture);
}

/* trace.jsonl.gz -> trace.2.jsonl.gz: each further session has a file of its own. */
static char *session_path(const char *path, unsigned session)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strchr(slash ? slash : path, '.');
	int stem = (int)(dot ? dot - path : (long)strlen(path));

	return ps_format("%.*s.%u%s", stem, path, session + 1, path + stem);
}

static void export_one(struct export *x, const char *format)
{
	if (!strcmp(format, "jsonl"))
		export_jsonl(x);
	else if (!strcmp(format, "events"))
		export_events(x);
	else if (!strcmp(format, "html"))
		export_html(x);
	else
		export_perfetto(x);
}

static int run_export(struct options *o)
{
	static const char *const formats[] = { "jsonl", "events", "html", "perfetto", "ctf" };
	const char *format = o->format ? o->format : "jsonl";
	bool to_stdout = !o->out || !strcmp(o->out, "-");
	struct export x = { .c = &capture,
			    .out = o->out,
			    .symbols = o->symbols,
			    .modules = o->modules,
			    .viewer = o->viewer,
			    .from = o->has_from ? o->from : 0,
			    .to = o->has_to ? o->to : UINT64_MAX,
			    .sliced = o->has_from || o->has_to,
			    .all = !o->any_wanted,
			    .check = o->check };
	bool known = false;

	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		known |= !strcmp(format, formats[i]);
	if (!known)
		ps_usage("export", "--format=%s: not one of jsonl, events, html, perfetto, ctf",
			 format);
	if (x.from > x.to)
		ps_usage("export", "--from is after --to");
	if (to_stdout && !strcmp(format, "ctf"))
		ps_usage("export", "--format=ctf makes a directory: name it with -o");
	capture_open(&capture, o->input);
	capture_warn(&capture);
	if (!strcmp(format, "ctf")) {
		ctf_write(&capture, o->out);
		return strict_status(o, &capture);
	}
	for (unsigned id = 0; id < 256; id++)
		x.wanted[id] = x.all || o->wanted[id];
	x.session = pick_session(o, &capture);
	if (to_stdout && !o->session && capture.nr_sessions > 1)
		ps_warn("%s: only session 1 goes to standard output; choose with --session",
			capture.in.name);
	export_one(&x, format);
	for (unsigned i = 1; !to_stdout && !o->session && i < capture.nr_sessions; i++) {
		char *path = session_path(o->out, i);

		x.session = i;
		x.out = path;
		export_one(&x, format);
		free(path);
	}
	return strict_status(o, &capture);
}

static int run_check(struct options *o)
{
	u64 violations;

	capture_open(&capture, o->input);
	capture_warn(&capture);
	violations = check_capture(&capture, o->json, o->max ? o->max : 10);
	close_stdout();
	return violations ? PS_EXIT_FOUND : strict_status(o, &capture);
}

static int run_clean(struct options *o)
{
	if (!o->out)
		ps_usage("clean", "needs -o DIR");
	capture_open(&capture, o->input);
	capture_warn(&capture);
	ctf_write(&capture, o->out);
	return strict_status(o, &capture);
}

/* The second capture of `diff`. */
static struct capture other;

static int run_diff(struct options *o)
{
	struct diff_side a = { .c = &capture }, b = { .c = &other };
	bool same;

	if (!o->second)
		ps_usage("diff", "needs two captures");
	capture_open(&capture, o->input);
	capture_warn(&capture);
	capture_open(&other, o->second);
	capture_warn(&other);
	a.symbols = o->symbols;
	b.symbols = o->symbols2 ? o->symbols2 : o->symbols;
	a.modules = b.modules = o->modules;
	a.session = pick_session(o, &capture);
	b.session = a.session < other.nr_sessions ? a.session : 0;
	same = diff_runs(&a, &b, o->json);
	close_stdout();
	return same ? PS_EXIT_OK : PS_EXIT_FOUND;
}

static int run_metadata(struct options *o)
{
	const char *format = o->format ? o->format : "tsdl";
	bool tsdl = !strcmp(format, "tsdl"), schema = !strcmp(format, "schema");
	struct out *out;
	u32 hz = 0;

	if (!tsdl && !schema && strcmp(format, "markdown"))
		ps_usage("metadata", "--format=%s: not one of tsdl, schema, markdown", format);
	out = out_open(o->out, false);
	if (o->input && strcmp(o->input, "-")) {
		struct facts f;

		capture_open(&capture, o->input);
		facts_collect(&f, &capture, pick_session(o, &capture));
		hz = facts_hz(&f);
		facts_free(&f);
	}
	if (tsdl)
		ctf_metadata(out, hz);
	else if (schema)
		describe_schema(out);
	else
		describe_markdown(out);
	out_close(out);
	return PS_EXIT_OK;
}

static int run_dump(struct options *o)
{
	capture_open(&capture, o->input);
	dump_packets(&capture, o->events);
	capture_warn(&capture);
	return strict_status(o, &capture);
}

/* --at, --at-event and --pgd; without them the end of the trace. */
static struct query query_of(const struct options *o)
{
	return (struct query){
		.c = &capture,
		.session = pick_session(o, &capture),
		.at = { o->has_event, o->has_at ? o->at : UINT64_MAX, o->event },
		.symbols = o->symbols,
		.modules = o->modules,
		.json = o->json,
		.has_pgd = o->has_pgd,
		.pgd = (u32)o->pgd,
	};
}

static int run_show(struct options *o)
{
	const struct view *view = o->what ? show_find(o->what) : NULL;
	struct query q;

	if (!view)
		ps_usage("show", "%s: not one of " SHOW_WORDS, o->what ? o->what : "nothing named");
	capture_open(&capture, o->input);
	capture_warn(&capture);
	q = query_of(o);
	show_state(view, &q);
	close_stdout();
	return strict_status(o, &capture);
}

static int run_translate(struct options *o)
{
	struct query q;
	u64 addr;

	if (!o->what || !ps_parse_u64(o->what, &addr) || addr > 0xffffffffu)
		ps_usage("translate", "%s: not a 32-bit address such as 0xc4800000",
			 o->what ? o->what : "nothing named");
	capture_open(&capture, o->input);
	capture_warn(&capture);
	q = query_of(o);
	translate_address(&q, (u32)addr);
	close_stdout();
	return strict_status(o, &capture);
}

static const struct command commands[] = {
	{ "export", "[FILE|-]", "write the trace as JSON, HTML or CTF", "ofsmvFTeScgq", run_export,
	  "FORMAT is jsonl (default: columnar JSON Lines), events (one object a line), html (the viewer\n"
	  "carrying the trace), perfetto (Chrome trace events) or ctf (a directory for babeltrace2).\n"
	  "FILE is a capture; - or nothing reads standard input.\n"
	  "A further session (after a reset) goes to a file of its own, NAME.2.SUFFIX.\n" },
	{ "clean", "-o DIR [FILE|-]", "salvage every intact packet into a CTF directory", "ogq",
	  run_clean,
	  "Writes DIR/metadata and one stream file for each stream, for babeltrace2 and Trace\n"
	  "Compass. Noise, damaged and repeated packets are left out; if the trace starts again\n"
	  "(a reset), DIR/session-1, DIR/session-2 ... are made.\n" },
	{ "check", "[FILE|-]", "replay the trace against the rules and the kernel's own snapshots",
	  "jMgq", run_check,
	  "Replays every event and prints each breach of a rule with its event and tick: pages\n"
	  "handed out twice, merges with blocks that are not free, mappings of free frames, areas\n"
	  "that overlap, snapshots that differ, answers of the MMU that disagree, losses.\n" },
	{ "info", "[FILE|-]", "machine, layout, counts, losses, verdict", "jgq", run_info,
	  "Prints what a capture holds.\n" },
	{ "show", "WHAT [FILE|-]", "the state at a moment: buddyinfo, vmallocinfo, leaks ...",
	  "tNpsmSgq", run_show,
	  "WHAT is one of " SHOW_WORDS ".\n"
	  "Without --at, the state at the end of the trace.\n" },
	{ "translate", "ADDR [FILE|-]", "where an address leads at a moment, and its history",
	  "tNpsmjSgq", run_translate,
	  "Prints the walk of ADDR through the page tables, the frame, since which event, and all\n"
	  "that happened to the address. Without --at, at the end of the trace.\n" },
	{ "diff", "A B", "where two runs part, and what that changed", "smjSq", run_diff,
	  "Compares two captures event by event, without ticks and code addresses, then by shape\n"
	  "(kinds, orders, sizes), and puts fragmentation, failures, areas and cost side by side.\n"
	  "--symbols given twice names the kernel of A, then that of B.\n" },
	{ "metadata", "[FILE]", "the event tables: CTF metadata, JSON schema", "ofS", run_metadata,
	  "Prints the CTF 1.8 metadata (--format=tsdl); with FILE the clock has that trace's frequency.\n"
	  "--format=schema is the JSON schema of the columnar export, markdown the table of events.\n" },
	{ "dump", "[FILE|-]", "packets with their offsets, events in hex", "Egq", run_dump,
	  "Prints one line a packet: offset, stream, sequence number, sizes, events, ticks, CRC.\n" },
};
#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct {
	struct option o;
	const char *arg, *text;
} option_table[] = {
	{ { "output", required_argument, NULL, 'o' },
	  "FILE",
	  "write to FILE (.gz compresses); - is standard output" },
	{ { "format", required_argument, NULL, 'f' }, "FORMAT", "the form of the output" },
	{ { "symbols", required_argument, NULL, 's' },
	  "ELF",
	  "name functions and lines from this kernel" },
	{ { "modules", required_argument, NULL, 'm' },
	  "DIR",
	  "objects of the kernel's modules (default: kernel/modules and modules beside ELF)" },
	{ { "viewer", required_argument, NULL, 'v' },
	  "HTML",
	  "the viewer to put the trace in (default: viewer.html beside this program)" },
	{ { "from", required_argument, NULL, 'F' }, "TICK", "leave out events before TICK" },
	{ { "to", required_argument, NULL, 'T' }, "TICK", "leave out events after TICK" },
	{ { "event", required_argument, NULL, 'e' },
	  "NAME",
	  "only these events (repeat, or NAME,NAME)" },
	{ { "at", required_argument, NULL, 't' },
	  "TICK",
	  "after the last event at or before TICK" },
	{ { "at-event", required_argument, NULL, 'N' }, "N", "after event number N" },
	{ { "pgd", required_argument, NULL, 'p' },
	  "PA",
	  "in the page directory at this physical address (default: CR3)" },
	{ { "session", required_argument, NULL, 'S' },
	  "N",
	  "the Nth session of the capture, from 1" },
	{ { "check", no_argument, NULL, 'c' },
	  NULL,
	  "add what `check` finds as violation records" },
	{ { "max", required_argument, NULL, 'M' },
	  "N",
	  "print at most N findings of each rule (default 10)" },
	{ { "json", no_argument, NULL, 'j' }, NULL, "JSON instead of text" },
	{ { "events", no_argument, NULL, 'E' }, NULL, "each event too" },
	{ { "strict", no_argument, NULL, 'g' }, NULL, "exit 3 if anything is lost or damaged" },
	{ { "quiet", no_argument, NULL, 'q' }, NULL, "no warnings" },
};
#define NR_OPTIONS (sizeof(option_table) / sizeof(option_table[0]))

static bool takes(const struct command *c, int letter)
{
	return letter == 'q' || strchr(c->options, letter);
}

/* Letters a person may type; the others exist only as long options. */
static bool is_short(int letter)
{
	return strchr("ofseq", letter) != NULL;
}

static void print_help(const struct command *c)
{
	printf("Usage: pagescope %s [OPTIONS] %s\n\n%s\nOptions:\n", c->name, c->args, c->help);
	for (unsigned i = 0; i < NR_OPTIONS; i++) {
		char left[48];

		if (!takes(c, option_table[i].o.val))
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
			 is_short(option_table[i].o.val) ? '-' : ' ',
			 is_short(option_table[i].o.val) ? option_table[i].o.val : ' ',
			 is_short(option_table[i].o.val) ? ',' : ' ', option_table[i].o.name,
			 option_table[i].arg ? "=" : "",
			 option_table[i].arg ? option_table[i].arg : "");
		printf("  %-24s %s\n", left, option_table[i].text);
	}
	printf("  -h, --help               this text\n\n"
	       "Exit status: 0 fine, 1 nothing decodable or a file error, 2 usage, 3 %s\n",
	       !strcmp(c->name, "check")  ? "violations found"
	       : !strcmp(c->name, "diff") ? "the traces differ"
					  : "loss under --strict");
}

static void print_usage(void)
{
	printf("Usage: pagescope COMMAND [OPTIONS] [FILE|-]\n\n"
	       "Reads captures of the pagescope kernel and simulator.\n\nCommands:\n");
	for (unsigned i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	printf("\n'pagescope COMMAND --help' tells more about each; --version, --help.\n");
}

static u64 number(const struct command *c, const char *option, const char *text)
{
	u64 n;

	if (!ps_parse_u64(text, &n))
		ps_usage(c->name, "%s %s: not a number", option, text);
	return n;
}

static void want_events(const struct command *c, struct options *o, const char *list)
{
	char *copy = ps_strdup(list), *save = NULL;

	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		const struct ps_kind *k = ps_kind_by_name(name);

		if (!k)
			ps_usage(c->name, "-e %s: no such event; `pagescope metadata` lists them",
				 name);
		o->wanted[k->id] = o->any_wanted = true;
	}
	free(copy);
}

static void set_option(const struct command *c, struct options *o, int letter)
{
	switch (letter) {
	case 'o': o->out = optarg; break;
	case 'f': o->format = optarg; break;
	case 's':
		if (o->symbols)
			o->symbols2 = optarg;
		else
			o->symbols = optarg;
		break;
	case 'm': o->modules = optarg; break;
	case 'v': o->viewer = optarg; break;
	case 'F':
		o->from = number(c, "--from", optarg);
		o->has_from = true;
		break;
	case 'T':
		o->to = number(c, "--to", optarg);
		o->has_to = true;
		break;
	case 'e': want_events(c, o, optarg); break;
	case 'S':
		o->session = (unsigned)number(c, "--session", optarg);
		if (!o->session)
			ps_usage(c->name, "--session counts from 1");
		break;
	case 'c': o->check = true; break;
	case 'M': o->max = number(c, "--max", optarg); break;
	case 't':
		o->at = number(c, "--at", optarg);
		o->has_at = true;
		break;
	case 'N':
		o->event = number(c, "--at-event", optarg);
		o->has_event = true;
		break;
	case 'p':
		o->pgd = number(c, "--pgd", optarg);
		o->has_pgd = true;
		break;
	case 'j': o->json = true; break;
	case 'E': o->events = true; break;
	case 'g': o->strict = true; break;
	case 'q': ps_quiet = true; break;
	}
}

static void parse(const struct command *c, struct options *o, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 2] = { { "help", no_argument, NULL, 'h' } };
	char shorts[64] = "h";
	unsigned n = 1;
	int letter;

	for (unsigned i = 0; i < NR_OPTIONS; i++) {
		const struct option *op = &option_table[i].o;

		if (!takes(c, op->val))
			continue;
		longs[n++] = *op;
		if (is_short(op->val)) {
			size_t len = strlen(shorts);

			shorts[len] = (char)op->val;
			shorts[len + 1] = op->has_arg ? ':' : '\0';
		}
	}
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == '?') {
			fprintf(stderr, "Try 'pagescope %s --help'.\n", c->name);
			exit(PS_EXIT_USAGE);
		}
		if (letter == 'h') {
			print_help(c);
			close_stdout();
			exit(PS_EXIT_OK);
		}
		set_option(c, o, letter);
	}
}

/* Hands out the words that are not options. */
static void take_arguments(const struct command *c, struct options *o, int argc, char **argv)
{
	int left = argc - optind;
	char **arg = argv + optind;

	o->input = "-";
	if (left && (c->run == run_show || c->run == run_translate)) {
		o->what = *arg++;
		left--;
	}
	if (left == 2 && c->run == run_diff) {
		o->second = arg[1];
		left = 1;
	}
	if (left > 1)
		ps_usage(c->name, "one capture at a time; '%s' is one too many", arg[1]);
	if (left)
		o->input = arg[0];
}

int main(int argc, char **argv)
{
	static struct options o;

	ps_kinds_init();
	if (argc < 2) {
		print_usage();
		return PS_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage();
		close_stdout();
		return PS_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("pagescope %s, event table 0x%08x\n", PAGESCOPE_VERSION, ps_schema_id);
		close_stdout();
		return PS_EXIT_OK;
	}
	for (unsigned i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = argv[0];
		parse(&commands[i], &o, argc - 1, argv + 1);
		take_arguments(&commands[i], &o, argc - 1, argv + 1);
		return commands[i].run(&o);
	}
	ps_usage(NULL, "%s: no such command", argv[1]);
}

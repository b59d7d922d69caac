/* SPDX-License-Identifier: MIT */
/*
 * main.c - the command line: one row a command, one function behind each.
 */
#include "capture/facts.h"
#include "commands/check.h"
#include "commands/command.h"
#include "commands/diff.h"
#include "commands/dump.h"
#include "commands/help.h"
#include "commands/import.h"
#include "commands/info.h"
#include "commands/show.h"
#include "commands/translate.h"
#include "commands/why.h"
#include "formats/ctf_dir.h"
#include "formats/describe.h"
#include "formats/export.h"
#include "formats/metadata.h"
#include "formats/slice.h"
#include "model/replay.h"

#include <fcntl.h>
#include <pagescope/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct program program;

/* The captures of all commands: they are large, and live until exit. */
static struct capture capture, other;

static void close_stdout(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		ps_die(PS_EXIT_DATA, "standard output: write failed");
}

static void open_capture(const struct options *o)
{
	capture_open(&capture, o->input);
	capture_warn(&capture);
}

static int strict_status(const struct options *o)
{
	return o->strict && !capture_complete(&capture) ? PS_EXIT_FOUND : PS_EXIT_OK;
}

static unsigned pick_session_of(const struct capture *c, const struct options *o)
{
	u64 n = o->session.value;

	if (!o->session.given)
		return 0;
	if (n > c->nr_sessions)
		ps_usage(NULL, "--session %llu: %s has %u", (unsigned long long)n, c->in.name,
			 c->nr_sessions);
	return (unsigned)n - 1;
}

static unsigned pick_session(const struct options *o)
{
	return pick_session_of(&capture, o);
}

/* ---- export, salvage ---- */

/* trace.jsonl.gz -> trace.2.jsonl.gz: each further session has a file of its own. */
static char *session_path(const char *path, unsigned session)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strchr(slash ? slash : path, '.');
	int stem = (int)(dot ? dot - path : (long)strlen(path));

	return ps_format("%.*s.%u%s", stem, path, session + 1, path + stem);
}

static struct export export_of(const struct options *o)
{
	struct export x = { .c = &capture,
			    .session = pick_session(o),
			    .out = o->out,
			    .symbols = o->symbols[0],
			    .modules = o->modules,
			    .rerun = o->rerun,
			    .viewer = o->viewer,
			    .from = o->from.value,
			    .to = o->to.given ? o->to.value : UINT64_MAX,
			    .sliced = o->from.given || o->to.given,
			    .all = !o->any_wanted,
			    .check = o->check };

	for (unsigned id = 0; id < 256; id++)
		x.wanted[id] = x.all || o->wanted[id];
	return x;
}

static json_t *ended(const struct export *x)
{
	struct query q = {
		.c = x->c, .session = x->session, .symbols = x->symbols, .modules = x->modules
	};

	return why_record(&q);
}

/* Says what of --from and --to the session does not have. */
static void say_of_range(const struct options *o, const struct export *x)
{
	u64 rows, t0, t1;

	if (!x->sliced)
		return;
	if (o->from.given)
		moment_note_past(x->from, x->c, x->session);
	if (o->to.given)
		moment_note_past(x->to, x->c, x->session);
	slice_measure(x, &rows, &t0, &t1);
	if (!rows)
		ps_warn("%s: session %u has no event of those ticks: none is written",
			x->c->in.name, x->session + 1);
}

static int run_export(const struct options *o)
{
	const struct command *self = command_find(&program, "export");
	const struct format *format = format_find(&program, self, o->format);
	bool to_stdout = !o->out || !strcmp(o->out, "-");
	struct export x;
	char form[40];

	snprintf(form, sizeof(form), "--format=%s", format->name);
	command_refuse(self, o, format->without, form);
	if (o->to.given && o->from.value > o->to.value)
		ps_usage("export", "--from is after --to");
	if (to_stdout && !format->export)
		ps_usage("export", "--format=%s makes a directory: name it with -o", format->name);
	if (to_stdout && !strcmp(format->name, "html") && isatty(STDOUT_FILENO))
		ps_usage("export", "a report is no text for a terminal: name it with -o");
	open_capture(o);
	if (!format->export) {
		ctf_write(&capture, o->out);
		return strict_status(o);
	}
	x = export_of(o);
	x.ended = ended;
	say_of_range(o, &x);
	if (to_stdout && !o->session.given && capture.nr_sessions > 1)
		ps_warn("%s: only session 1 goes to standard output; choose with --session",
			capture.in.name);
	format->export(&x);
	for (unsigned i = 1; !to_stdout && !o->session.given && i < capture.nr_sessions; i++) {
		char *path = session_path(o->out, i);

		x.session = i;
		x.out = path;
		say_of_range(o, &x);
		format->export(&x);
		free(path);
	}
	return strict_status(o);
}

static int run_salvage(const struct options *o)
{
	if (!o->out)
		ps_usage("salvage", "needs -o DIR");
	open_capture(o);
	ctf_write(&capture, o->out);
	return strict_status(o);
}

static int run_import(const struct options *o)
{
	if (!o->nr_inputs)
		ps_usage("import", "needs a core, or several in the order of time");
	import_cores(o->inputs, o->nr_inputs, o->out);
	return PS_EXIT_OK;
}

/* ---- reports ---- */

static int run_check(const struct options *o)
{
	u64 violations;

	open_capture(o);
	violations = check_capture(&capture,
				   &(struct check_options){ .json = o->json,
							    .max = o->max.given ? o->max.value : 10,
							    .symbols = o->symbols[0],
							    .modules = o->modules });
	close_stdout();
	return violations ? PS_EXIT_FOUND : strict_status(o);
}

static int run_info(const struct options *o)
{
	capture_open(&capture, o->input);
	if (o->json)
		info_json(&capture);
	else
		info_text(&capture);
	close_stdout();
	if (o->json)
		capture_warn(&capture);
	return strict_status(o);
}

static int run_diff(const struct options *o)
{
	struct diff_side a = { .c = &capture }, b = { .c = &other };
	bool same;

	if (!o->second)
		ps_usage("diff", "needs two captures");
	open_capture(o);
	capture_open(&other, o->second);
	capture_warn(&other);
	a.symbols = o->symbols[0];
	b.symbols = o->symbols[1] ? o->symbols[1] : o->symbols[0];
	a.modules = b.modules = o->modules;
	a.session = pick_session_of(&capture, o);
	b.session = pick_session_of(&other, o);
	same = diff_runs(&a, &b, o->json);
	close_stdout();
	return same ? PS_EXIT_OK : PS_EXIT_FOUND;
}

static int run_dump(const struct options *o)
{
	capture_open(&capture, o->input);
	dump_packets(&capture, o->events, o->json);
	capture_warn(&capture);
	return strict_status(o);
}

/* ---- a moment ---- */

/* --at, --at-event and --pgd; without them the end of the trace. */
static struct query query_of(const struct options *o)
{
	if (o->at.given && o->at_event.given)
		ps_usage(NULL, "--at and --at-event: give one of them");
	return (struct query){
		.c = &capture,
		.session = pick_session(o),
		.at = { .by_event = o->at_event.given,
			.tick = o->at.given ? o->at.value : UINT64_MAX,
			.event = o->at_event.value },
		.symbols = o->symbols[0],
		.modules = o->modules,
		.json = o->json,
		.has_pgd = o->pgd.given,
		.pgd = (u32)o->pgd.value,
	};
}

/* A usage error that names all views. */
_Noreturn static void refuse_view(const char *what)
{
	char *known = ps_strdup(show_views[0].name);
	size_t nr = 1;

	for (const struct view *v = show_views + 1; v->name; v++, nr++)
		known = ps_format("%s, %s", known, v->name);
	ps_usage("show", "%s: not one of %s%s", what ? what : "nothing named", known,
		 what ? ps_nearest(what, &show_views[0].name, nr, sizeof(show_views[0])) : "");
}

static int run_show(const struct options *o)
{
	const struct view *view = o->what ? show_find(o->what) : NULL;
	struct query q;

	if (!view)
		refuse_view(o->what);
	if (!view->of_tables)
		command_refuse(command_find(&program, "show"), o, OPT(PGD), view->name);
	open_capture(o);
	q = query_of(o);
	show_state(view, &q);
	close_stdout();
	return strict_status(o);
}

static int run_translate(const struct options *o)
{
	struct query q;
	u64 addr;

	if (!o->what || !ps_parse_number(o->what, &addr) || addr > 0xffffffffu)
		ps_usage("translate", "%s: not a 32-bit address such as 0xc4800000",
			 o->what ? o->what : "nothing named");
	open_capture(o);
	q = query_of(o);
	translate_address(&q, (u32)addr);
	close_stdout();
	return strict_status(o);
}

static int run_why(const struct options *o)
{
	struct query q;

	open_capture(o);
	q = query_of(o);
	why_ended(&q);
	close_stdout();
	return strict_status(o);
}

/* ---- the event tables ---- */

static int run_metadata(const struct options *o)
{
	const struct command *self = command_find(&program, "metadata");
	const struct format *format = format_find(&program, self, o->format);
	struct out *out = out_open(o->out, false);
	u32 hz = 0;

	if (strcmp(o->input, "-")) {
		struct facts f;

		capture_open(&capture, o->input);
		facts_collect(&f, &capture, pick_session(o));
		hz = facts_hz(&f);
		facts_free(&f);
	}
	format->describe(out, hz);
	out_close(out);
	return PS_EXIT_OK;
}

static void write_schema(struct out *o, u32 hz)
{
	(void)hz;
	describe_schema(o);
}

static void write_markdown(struct out *o, u32 hz)
{
	(void)hz;
	describe_markdown(o);
}

/* ---- the tables ---- */

static const struct format formats[] = {
	{ .command = "export",
	  .name = "jsonl",
	  .export = export_jsonl,
	  .without = OPT(VIEWER),
	  .text = "columnar JSON Lines, for the viewer" },
	{ .command = "export",
	  .name = "events",
	  .export = export_events,
	  .without = OPT(VIEWER) | OPT(RERUN) | OPT(CHECK),
	  .text = "one JSON object an event" },
	{ .command = "export",
	  .name = "html",
	  .export = export_html,
	  .text = "the viewer carrying the trace" },
	{ .command = "export",
	  .name = "perfetto",
	  .export = export_perfetto,
	  .without = OPT(VIEWER) | OPT(RERUN) | OPT(CHECK) | OPT(EVENT) | OPT(SYMBOLS) |
		     OPT(MODULES),
	  .text = "Chrome trace events, for ui.perfetto.dev" },
	{ .command = "export",
	  .name = "ctf",
	  .without = OPT(VIEWER) | OPT(RERUN) | OPT(CHECK) | OPT(EVENT) | OPT(SYMBOLS) |
		     OPT(MODULES) | OPT(FROM) | OPT(TO) | OPT(SESSION),
	  .text = "a directory for babeltrace2 and Trace Compass" },
	{ .command = "metadata",
	  .name = "tsdl",
	  .describe = ctf_metadata,
	  .text = "CTF 1.8 metadata; with FILE its clock has that trace's frequency" },
	{ .command = "metadata",
	  .name = "schema",
	  .describe = write_schema,
	  .text = "JSON schema of the columnar export" },
	{ .command = "metadata",
	  .name = "markdown",
	  .describe = write_markdown,
	  .text = "the tables of docs/trace-format.md" },
	{ 0 }
};

#define LOSS "loss under --strict"

static const struct command commands[] = {
	{ .name = "export",
	  .run = run_export,
	  .captures = 1,
	  .found = LOSS,
	  .args = "[FILE|-]",
	  .summary = "write the trace as JSON, HTML, CTF or for Perfetto",
	  .options = OPT(OUTPUT) | OPT(FORMAT) | OPT(SYMBOLS) | OPT(MODULES) | OPT(VIEWER) |
		     OPT(RERUN) | OPT(FROM) | OPT(TO) | OPT(EVENT) | OPT(SESSION) | OPT(CHECK) |
		     OPT(STRICT),
	  .help = "Writes the trace in another form.\n"
		  "FILE is a capture; - or nothing reads standard input.\n"
		  "A further session (after a reset) goes to a file of its own, NAME.2.SUFFIX.\n" },
	{ .name = "salvage",
	  .was = "clean",
	  .run = run_salvage,
	  .captures = 1,
	  .found = LOSS,
	  .makes_dir = true,
	  .args = "-o DIR [FILE|-]",
	  .summary = "salvage every intact packet into a CTF directory",
	  .options = OPT(OUTPUT) | OPT(STRICT),
	  .help = "Writes DIR/metadata and one stream file for each stream, for babeltrace2 and\n"
		  "Trace Compass. Noise, damaged and repeated packets are left out; if the trace\n"
		  "starts again (a reset), DIR/session-1, DIR/session-2 ... are made.\n" },
	{ .name = "import",
	  .run = run_import,
	  .captures = ANY_NUMBER,
	  .found = "never",
	  .args = "CORE...",
	  .summary = "make a capture of memory dumps that QEMU wrote",
	  .options = OPT(OUTPUT),
	  .help = "Writes a capture of what the page tables held when each CORE was written: ELF\n"
		  "cores as QEMU's dump-guest-memory or virsh dump --memory-only makes them, of a\n"
		  "guest with 4-byte entries. Several cores, in the order of time, make several\n"
		  "instants, and what changed between: instant N is at tick N. Of the guest's\n"
		  "directories those are there that a processor has in CR3, and those that one of\n"
		  "them leads to in the manner of a recursive slot.\n" },
	{ .name = "check",
	  .run = run_check,
	  .captures = 1,
	  .found = "violations found",
	  .args = "[FILE|-]",
	  .summary = "replay the trace against the rules and the kernel's own snapshots",
	  .options = OPT(SYMBOLS) | OPT(MODULES) | OPT(JSON) | OPT(MAX) | OPT(STRICT),
	  .help = "Replays every event: free lists in their order, pair bits, page tables, areas,\n"
		  "slabs; and holds the result against the kernel's own snapshots and the answers\n"
		  "of the MMU. Prints each breach of a rule with its event and tick. Hazards are\n"
		  "what 2.4.22 does on purpose; notes are what the kernel itself reported, and\n"
		  "what is still allocated at the end.\n" },
	{ .name = "info",
	  .run = run_info,
	  .captures = 1,
	  .found = LOSS,
	  .args = "[FILE|-]",
	  .summary = "machine, layout, counts, losses, verdict",
	  .options = OPT(JSON) | OPT(STRICT),
	  .help = "Prints what a capture holds.\n" },
	{ .name = "show",
	  .run = run_show,
	  .words = 1,
	  .captures = 1,
	  .found = LOSS,
	  .args = "WHAT [FILE|-]",
	  .summary = "the state at a moment: buddyinfo, vmallocinfo, leaks ...",
	  .views = show_views,
	  .options = OPT(AT) | OPT(AT_EVENT) | OPT(PGD) | OPT(SYMBOLS) | OPT(MODULES) | OPT(JSON) |
		     OPT(SESSION) | OPT(STRICT),
	  .help = "Prints the state at a moment; without --at, at the end of the trace.\n" },
	{ .name = "translate",
	  .run = run_translate,
	  .words = 1,
	  .captures = 1,
	  .found = LOSS,
	  .args = "ADDR [FILE|-]",
	  .summary = "where an address leads at a moment, and its history",
	  .options = OPT(AT) | OPT(AT_EVENT) | OPT(PGD) | OPT(SYMBOLS) | OPT(MODULES) | OPT(JSON) |
		     OPT(SESSION) | OPT(STRICT),
	  .help = "Prints the walk of ADDR through the page tables, the frame, since which event,\n"
		  "and all that happened to the address. Without --at: at the end.\n" },
	{ .name = "why",
	  .run = run_why,
	  .captures = 1,
	  .found = LOSS,
	  .args = "[FILE|-]",
	  .summary = "how a watched guest ended, and why",
	  .options = OPT(SYMBOLS) | OPT(MODULES) | OPT(JSON) | OPT(SESSION) | OPT(STRICT),
	  .help = "Prints what the processor was doing when the guest died, the walk that failed\n"
		  "and who stored its entries, the chain of faults, and the usual cause.\n" },
	{ .name = "diff",
	  .run = run_diff,
	  .captures = 2,
	  .found = "the traces differ",
	  .args = "A B",
	  .summary = "where two runs part, and what that changed",
	  .options = OPT(SYMBOLS) | OPT(MODULES) | OPT(JSON) | OPT(SESSION),
	  .help = "Compares two captures event by event, without ticks and code addresses, then\n"
		  "by shape (kinds, orders, sizes), and puts fragmentation, failures, areas and\n"
		  "cost side by side. --symbols given twice names the kernel of A, then of B.\n" },
	{ .name = "metadata",
	  .run = run_metadata,
	  .captures = 1,
	  .args = "[FILE]",
	  .summary = "the event tables: CTF metadata, JSON schema",
	  .options = OPT(OUTPUT) | OPT(FORMAT) | OPT(SESSION),
	  .help = "Prints the event tables.\n" },
	{ .name = "dump",
	  .run = run_dump,
	  .captures = 1,
	  .found = LOSS,
	  .args = "[FILE|-]",
	  .summary = "packets with their offsets, events in hex",
	  .options = OPT(EVENTS) | OPT(JSON) | OPT(STRICT),
	  .help = "Prints one line a packet: offset, stream, sequence number, sizes, events,\n"
		  "ticks, CRC. With --json each line is an object.\n" },
	{ 0 }
};

static const struct program program = { commands, formats };

_Noreturn static void no_command(const char *word)
{
	size_t nr = sizeof(commands) / sizeof(commands[0]);

	ps_usage(NULL, "%s: no such command%s", word,
		 ps_nearest(word, &commands[0].name, nr, sizeof(commands[0])));
}

/* pagescope help [COMMAND|man|completion]: the last two are for the Makefile. */
static void run_help(const char *what)
{
	const struct command *c = what ? command_find(&program, what) : NULL;

	if (!what)
		help_program(&program);
	else if (!strcmp(what, "man"))
		help_man(&program);
	else if (!strcmp(what, "completion"))
		help_completion(&program);
	else if (c)
		help_command(&program, c);
	else
		no_command(what);
}

static void run_version(void)
{
	printf("pagescope %s\nevent table 0x%08x\n", PAGESCOPE_VERSION, ps_schema_id);
}

/* A file that is opened must not become the standard output that the caller closed: data
 * would be written to it.  What is opened here instead cannot be written. */
static void keep_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	static struct options o;
	const struct command *c;

	keep_standard_files();
	ps_kinds_init();
	if (argc < 2) {
		help_program(&program);
		return PS_EXIT_USAGE;
	}
	c = command_find(&program, word);
	if (c) {
		argv[1] = argv[0];
		command_parse(c, &o, argc - 1, argv + 1);
		if (!o.help)
			return c->run(&o);
		help_command(&program, c);
	} else if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		run_help(argv[2]);
	} else if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		run_version();
	} else {
		no_command(word);
	}
	close_stdout();
	return PS_EXIT_OK;
}

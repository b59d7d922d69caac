/* SPDX-License-Identifier: MIT */
/*
 * mmsim - the memory manager on the host: the same kernel/mm, kernel/trace and
 * kernel/scenario as the kernel, without an emulator.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/version.h>

#include "lib/likest.h"
#include "lib/number.h"
#include "lib/printk.h"
#include "mm/mm_priv.h"
#include "replays.h"
#include "sim_scenario.h"
#include "sim_trace.h"
#include "trace/transport.h"

#define MIB         ((u64)1 << 20)
#define DEFAULT_RAM (64 * MIB)
#define MOST_RAM    (65536 * MIB)

static const char usage_text[] =
	"usage: mmsim [OPTIONS] WHAT\n"
	"WHAT is one of\n"
	"  --scenario FILE      run a scenario; status 1 if it fails\n"
	"  --shell              the scenario language, typed; after --scenario FILE, if given\n"
	"  --events N           a seeded churn workload of N events\n"
	"  --linux DIR          replay what a real Linux did with its memory; "
	"docs/real-workloads.md\n"
	"  --transcript FILE    play a transcript of Linux 2.4.22, print our own\n"
	"  --workload FILE      play a placement workload, print the hash\n"
	"  --va PATTERN NLIVE   place vmalloc areas, print the hash;\n"
	"                       PATTERN: tail, swap, mixed, front\n"
	"OPTIONS\n"
	"  --ram SIZE           RAM of the machine, such as 64M (the default)\n"
	"  --highmem[=on|off|SIZE]  HIGHMEM kernel (default: above 896 MiB); SIZE as highmem=SIZE\n"
	"  --mem SIZE           use no RAM above SIZE, as mem=SIZE\n"
	"  --nopentium          no 4 MiB pages, as mem=nopentium\n"
	"  --e820 FILE          firmware map: lines \"base length type\", type 1 is RAM\n"
	"  --quirks 2.4.22      historical behaviour where the default differs\n"
	"  --trace-boot full|range  hand-over of memory frame by frame, or as ranges\n"
	"  --seed N             seed of random numbers (default 1)\n"
	"  --from PHASE         --linux: begin at this phase of the capture (default: its "
	"beginning)\n"
	"  --write-replay FILE  --linux: write the form that the replay statement reads\n"
	"  -o CAPTURE           write the trace there; - is standard output\n"
	"  --verbose            the kernel's console on stderr\n"
	"  -h, --help, --version  this text; the version\n";

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "mmsim: %s %s\n%s", what, value, usage_text);
	return 2;
}

enum {
	OPT_RAM = 256,
	OPT_HIGHMEM,
	OPT_MEM,
	OPT_NOPENTIUM,
	OPT_E820,
	OPT_QUIRKS,
	OPT_BOOT,
	OPT_SEED,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	OPT_SCENARIO,
	OPT_SHELL,
	OPT_EVENTS,
	OPT_TRANSCRIPT,
	OPT_WORKLOAD,
	OPT_VA,
	OPT_LINUX,
	OPT_FROM,
	OPT_WRITE_REPLAY
};

static const struct option long_options[] = { { "ram", 1, 0, OPT_RAM },
					      { "highmem", 2, 0, OPT_HIGHMEM },
					      { "mem", 1, 0, OPT_MEM },
					      { "nopentium", 0, 0, OPT_NOPENTIUM },
					      { "e820", 1, 0, OPT_E820 },
					      { "quirks", 1, 0, OPT_QUIRKS },
					      { "trace-boot", 1, 0, OPT_BOOT },
					      { "seed", 1, 0, OPT_SEED },
					      { "verbose", 0, 0, OPT_VERBOSE },
					      { "help", 0, 0, OPT_HELP },
					      { "version", 0, 0, OPT_VERSION },
					      { "scenario", 1, 0, OPT_SCENARIO },
					      { "shell", 0, 0, OPT_SHELL },
					      { "events", 1, 0, OPT_EVENTS },
					      { "transcript", 1, 0, OPT_TRANSCRIPT },
					      { "workload", 1, 0, OPT_WORKLOAD },
					      { "va", 1, 0, OPT_VA },
					      { "linux", 1, 0, OPT_LINUX },
					      { "from", 1, 0, OPT_FROM },
					      { "write-replay", 1, 0, OPT_WRITE_REPLAY },
					      { 0, 0, 0, 0 } };

/* The command line, taken apart. */
struct job {
	struct sim_options options;
	struct sim_machine given; /* boot options, before the RAM is known */
	const char *e820;
	bool verbose;
	int what; /* OPT_SCENARIO..OPT_VA, 0 none */
	const char *arg;
	const char *scenario;      /* may stand beside --shell */
	const char *from, *replay; /* --from, --write-replay */
	const char *highmem;       /* what --highmem= says, if it is a size */
	const char *machine;       /* an option given that describes the machine */
};

static int set_highmem(struct job *job, const char *value)
{
	if (!value || !strcmp(value, "on"))
		job->given.boot.highmem = 1;
	else if (!strcmp(value, "off"))
		job->given.boot.highmem = 0;
	else if (size_parse(value, MOST_RAM, &job->given.boot.highmem_limit) &&
		 job->given.boot.highmem_limit)
		job->given.boot.highmem = 1, job->highmem = value;
	else
		return usage("--highmem: neither on, off nor a size up to 64G:", value);
	return 0;
}

static int set_option(struct job *job, int opt, char *value)
{
	u64 n;

	switch (opt) {
	case OPT_RAM:
		if (!size_parse(value, MOST_RAM, &job->options.ram) || job->options.ram < 1 << 20)
			return usage("--ram: not a size from 1M to 64G:", value);
		return 0;
	case OPT_MEM:
		if (!size_parse(value, ~0ull, &job->given.boot.mem_limit) ||
		    job->given.boot.mem_limit < 4 << 20)
			return usage("--mem: not a size from 4M:", value);
		return 0;
	case OPT_HIGHMEM: return set_highmem(job, value);
	case OPT_NOPENTIUM: job->given.boot.nopentium = true; return 0;
	case OPT_E820: job->e820 = value; return 0;
	case OPT_QUIRKS:
		if (strcmp(value, "2.4.22"))
			return usage("--quirks: only 2.4.22 is known, not", value);
		job->given.boot.quirks = true;
		return 0;
	case OPT_BOOT:
		if (strcmp(value, "full") && strcmp(value, "range"))
			return usage("--trace-boot: neither full nor range:", value);
		job->given.boot.boot_range = *value == 'r';
		return 0;
	case OPT_SEED:
		if (!number_parse(value, 0xffffffff, &n))
			return usage("--seed: not a number from 0 to 4294967295:", value);
		job->options.seed = (u32)n;
		return 0;
	case OPT_VERBOSE: job->verbose = true; return 0;
	case 'o': job->options.capture = value; return 0;
	case OPT_SCENARIO: job->scenario = value; return 0;
	case OPT_FROM: job->from = value; return 0;
	case OPT_WRITE_REPLAY: job->replay = value; return 0;
	default:
		if (job->what || (job->scenario && opt != OPT_SHELL))
			return usage("more than one thing to do:", value ? value : "--shell");
		job->what = opt;
		job->arg = value;
		return 0;
	}
}

/* The kernel ignores a size that leaves too little low memory; of a firmware map it judges
 * alone.  0 or 2, as usage. */
static int check_highmem(const struct job *job)
{
	u64 ram = job->options.ram, wanted = job->given.boot.highmem_limit;

	if (!job->highmem || job->e820)
		return 0;
	if (job->given.boot.mem_limit && job->given.boot.mem_limit < ram)
		ram = job->given.boot.mem_limit;
	if (ram > 896 * MIB && wanted > ram - 896 * MIB)
		return usage("--highmem: 896M must stay low memory:", job->highmem);
	if (ram <= 896 * MIB && wanted + 64 * MIB >= ram)
		return usage("--highmem: 64M must stay low memory, and the firmware keeps a "
			     "little:",
			     job->highmem);
	return 0;
}

/* The machine that the options describe. */
static int describe_machine(struct job *job)
{
	struct boot_params given = job->given.boot, *boot = &job->options.machine.boot;

	if (!job->options.ram)
		job->options.ram = DEFAULT_RAM;
	job->options.machine = sim_default(job->options.ram);
	boot->highmem = given.highmem;
	boot->highmem_limit = given.highmem_limit;
	boot->mem_limit = given.mem_limit;
	boot->nopentium = given.nopentium;
	boot->quirks = given.quirks;
	boot->boot_range = given.boot_range;
	boot->seed = job->options.seed;
	if (check_highmem(job))
		return 2;
	return job->e820 && !sim_read_e820(job->e820, boot) ? 1 : 0;
}

/* With a machine that runs and is traced. */
static int run_traced(const struct job *job, u64 count)
{
	int status = 1;

	if (job->scenario && !sim_scenario_load(job->scenario))
		return 1;
	if (job->options.capture)
		sim_trace_open(job->options.capture, SWAPPER_PG_DIR, PAGE_OFFSET);
	if (!sim_boot(&job->options.machine)) {
		fprintf(stderr, "mmsim: this machine cannot be used; --verbose shows why\n");
	} else {
		ps_trace_set_preamble(mm_trace_info, TRACE_PREAMBLE_EVERY);
		status = job->what == OPT_EVENTS  ? sim_events_run(count, job->options.seed)
			 : job->what == OPT_SHELL ? sim_shell_run()
			 : job->what == OPT_LINUX ? sim_linux_run()
						  : sim_scenario_run();
	}
	if (job->options.capture && sim_trace_close())
		status = 1;
	return status;
}

static int run(struct job *job, int argc, char **argv)
{
	u64 count = 0;
	int status;

	if (job->machine && (job->what == OPT_VA || job->what == OPT_WORKLOAD))
		return usage("--va and --workload have no machine: leave out", job->machine);
	if (job->options.capture &&
	    (job->what == OPT_VA || job->what == OPT_TRANSCRIPT || job->what == OPT_WORKLOAD))
		return usage("--va, --transcript and --workload write no trace: leave out -o",
			     job->options.capture);
	if (job->what == OPT_VA) {
		if (optind + 1 != argc)
			return usage("--va takes a pattern and a number of areas:", job->arg);
		return sim_va(job->arg, argv[optind]);
	}
	if (optind < argc)
		return usage("not understood:", argv[optind]);
	if ((job->from || job->replay) && job->what != OPT_LINUX)
		return usage("only with --linux:", job->from ? "--from" : "--write-replay");
	if (job->what == OPT_LINUX && sim_linux_load(job->arg, job->from, &job->options.ram))
		return 1;
	status = describe_machine(job);
	if (status)
		return status;
	switch (job->what) {
	case OPT_TRANSCRIPT: return sim_transcript(&job->options, job->arg);
	case OPT_WORKLOAD: return sim_workload(job->arg);
	case OPT_EVENTS:
		if (!number_parse(job->arg, ~0ull >> 1, &count) || !count)
			return usage("--events: not a number from 1:", job->arg);
		return run_traced(job, count);
	case OPT_LINUX:
		if (job->replay && sim_linux_write(job->replay))
			return 1;
		return run_traced(job, 0);
	case OPT_SHELL: return run_traced(job, 0);
	}
	return job->scenario ? run_traced(job, 0) : usage("nothing to do", "");
}

/* `text` begins with two dashes; its value may stand behind a =. */
static int no_such_option(const char *text)
{
	struct likest likest;
	char why[160];

	likest_begin(&likest, text + 2, (u32)strcspn(text + 2, "="));
	for (const struct option *o = long_options; o->name; o++)
		likest_consider(&likest, o->name);
	snprintf(why, sizeof(why), "%s%s%s%s", text, likest.found ? "; did you mean --" : "",
		 likest.found ? likest.found : "", likest.found ? "?" : "");
	return usage("no such option:", why);
}

/* What getopt did not take. */
static int bad_option(const char *text)
{
	if (!strncmp(text, "--", 2) && optopt > 255)
		return usage("no value is taken by", text);
	return strncmp(text, "--", 2) ? usage("no such option:", text) : no_such_option(text);
}

static bool flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	fprintf(stderr, "mmsim: standard output: %s\n", strerror(errno));
	return false;
}

static int tell(const char *text)
{
	fputs(text, stdout);
	return flushed() ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct job job = { .given = sim_default(0), .options.seed = 1 };
	int opt, status, row = 0;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":ho:", long_options, &row)) != -1) {
		if (opt == OPT_HELP || opt == 'h')
			return tell(usage_text);
		if (opt == OPT_VERSION)
			return tell("mmsim " PAGESCOPE_VERSION "\n");
		if (opt == ':')
			return usage("a value is missing after", argv[optind - 1]);
		if (opt == '?')
			return bad_option(argv[optind - 1]);
		if (opt >= OPT_RAM && opt <= OPT_SEED)
			job.machine = long_options[row].name;
		status = set_option(&job, opt, optarg);
		if (status)
			return status;
	}
	sim_console = job.verbose || job.scenario || job.what == OPT_SHELL ? stderr : NULL;
	status = run(&job, argc, argv);
	return flushed() ? status : 1;
}

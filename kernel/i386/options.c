/* SPDX-License-Identifier: MIT */
/*
 * options.c - the kernel command line.
 *
 *   scenario=NAME mem=SIZE mem=nopentium mem=exactmap mem=SIZE@START
 *   memfrac=A,B,C highmem=on|off|SIZE quirks=2.4.22
 *   seed=N trace=auto|doorbell|e9|debugcon|off trace_boot=auto|full|range shell
 *
 * An option that cannot be understood keeps its default.  That is told twice,
 * on the console and in the trace, so that no report is read as if the option
 * had been taken; the trace begins later, so the complaints are kept till then.
 */
#include "boot_info.h"
#include "lib/number.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "trace/transport.h"

#define MAX_COMPLAINTS 16
#define MOST_HIGHMEM   ((u64)64 << 30) /* more than a machine of 32 bits and PAE has */

struct complaint {
	char option[48], why[64];
};

struct boot_options boot_options = { .scenario = "" };
static struct complaint complaints[MAX_COMPLAINTS];
static unsigned nr_complaints;

static void complain(const char *option, const char *why)
{
	struct complaint *c;

	if (nr_complaints++ >= MAX_COMPLAINTS)
		return;
	c = &complaints[nr_complaints - 1];
	snprintf(c->option, sizeof c->option, "%s", option);
	snprintf(c->why, sizeof c->why, "%s", why);
}

static bool size_value(const char *s, u64 *bytes)
{
	return size_parse(s, ~0ull, bytes) && *bytes;
}

static const char *set_scenario(const char *v)
{
	if (!*v || strlen(v) >= sizeof boot_options.scenario)
		return "a name of 1 to 31 characters is wanted; no scenario chosen";
	snprintf(boot_options.scenario, sizeof boot_options.scenario, "%s", v);
	return NULL;
}

/* mem=SIZE@START: RAM besides what the map says; after mem=exactmap, the only RAM. */
static const char *add_ram(u64 bytes, const char *at)
{
	u64 start;

	at = size_at(at, &start);
	if (!at || *at || !bytes)
		return "SIZE@START is wanted, such as 31M@1M; ignored";
	if (boot_params.nr_e820 == E820_MAX)
		return "the map has no room for more; ignored";
	boot_params.e820[boot_params.nr_e820++] = (struct e820entry){ start, bytes, 1 };
	return NULL;
}

static const char *set_mem(const char *v)
{
	const char *end;
	u64 bytes;

	if (!strcmp(v, "nopentium")) {
		boot_params.nopentium = true;
		return NULL;
	}
	if (!strcmp(v, "exactmap")) {
		boot_params.nr_e820 = 0;
		return NULL;
	}
	end = size_at(v, &bytes);
	if (end && *end == '@')
		return add_ram(bytes, end + 1);
	if (!size_value(v, &bytes))
		return "64M, nopentium, exactmap or 31M@1M is wanted; no change";
	if (bytes < 4u << 20)
		return "less than 4M is too little to run in; all memory is used";
	boot_params.mem_limit = bytes;
	return NULL;
}

static const char *set_highmem(const char *v)
{
	u64 bytes;

	if (!strcmp(v, "on")) {
		boot_params.highmem = 1;
	} else if (!strcmp(v, "off")) {
		boot_params.highmem = 0;
	} else if (size_parse(v, MOST_HIGHMEM, &bytes) && bytes) {
		boot_params.highmem = 1;
		boot_params.highmem_limit = bytes;
	} else {
		return "on, off or a size such as 64M is wanted; automatic";
	}
	return NULL;
}

/* Up to three numbers, for DMA, Normal and HighMem. */
static const char *set_memfrac(const char *v)
{
	u64 n;

	for (unsigned zone = 0; zone < 3; zone++) {
		v = number_at(v, &n);
		if (!v || !n || n >> 32 || (*v && *v != ','))
			return "numbers as in 128,128,128 are wanted; the rest stays 128";
		boot_params.memfrac[zone] = (u32)n;
		if (!*v++)
			return NULL;
	}
	return *v ? "there are three zones; the rest is ignored" : NULL;
}

static const char *set_quirks(const char *v)
{
	if (strcmp(v, "2.4.22"))
		return "2.4.22 is the only set of quirks; none is on";
	boot_params.quirks = true;
	return NULL;
}

static const char *set_seed(const char *v)
{
	u64 n;

	if (!number_parse(v, 0xffffffff, &n))
		return "a 32-bit number is wanted; seed 1 is used";
	boot_params.seed = (u32)n;
	return NULL;
}

static const char *set_trace(const char *v)
{
	const char *why;

	boot_options.transport = trace_choose(v, &why);
	boot_options.transport_given = true;
	return why;
}

static const char *set_trace_boot(const char *v)
{
	if (!strcmp(v, "full"))
		boot_params.boot_range = 0;
	else if (!strcmp(v, "range"))
		boot_params.boot_range = 1;
	else if (strcmp(v, "auto"))
		return "auto, full or range is wanted; auto is used";
	return NULL;
}

static const char *set_shell(const char *v)
{
	if (*v)
		return "shell takes no value; the shell is started";
	boot_options.shell = true;
	return NULL;
}

/* Only for the trace, which carries the command line: the allocator that this
 * kernel was built with (make ALLOC=FILE). */
static const char *set_alloc(const char *v)
{
	(void)v;
	return NULL;
}

static const struct option {
	const char *name;
	const char *(*set)(const char *value); /* NULL, or what is wrong */
} options[] = {
	{ "scenario", set_scenario }, { "mem", set_mem },
	{ "memfrac", set_memfrac },   { "highmem", set_highmem },
	{ "quirks", set_quirks },     { "seed", set_seed },
	{ "trace", set_trace },       { "trace_boot", set_trace_boot },
	{ "shell", set_shell },       { "alloc", set_alloc },
};

static void parse_word(char *word)
{
	char whole[48], *value = strchr(word, '=');
	const char *why = "no such option; ignored";
	unsigned i;

	snprintf(whole, sizeof whole, "%s", word);
	if (value)
		*value++ = 0;
	else
		value = word + strlen(word);
	for (i = 0; i < sizeof options / sizeof *options; i++)
		if (!strcmp(word, options[i].name))
			why = options[i].set(value);
	if (why)
		complain(whole, why);
}

void options_parse(const char *cmdline)
{
	char words[512], *word, *end;

	boot_params.highmem = -1;
	boot_params.highmem_limit = ~0ull;
	boot_params.boot_range = -1;
	boot_params.seed = 1;
	snprintf(words, sizeof words, "%s", cmdline);
	for (word = words; *word; word = end) {
		while (*word == ' ')
			word++;
		for (end = word; *end && *end != ' '; end++)
			;
		if (*end)
			*end++ = 0;
		if (*word && !*end && boot_cmdline_cut())
			complain(word, "the command line is too long and is cut here; ignored");
		else if (*word)
			parse_word(word);
	}
}

void options_report(void)
{
	unsigned i;

	for (i = 0; i < nr_complaints && i < MAX_COMPLAINTS; i++) {
		printk("boot option %s: %s\n", complaints[i].option, complaints[i].why);
		TRACE_STR(boot_option, ({}), complaints[i].option, complaints[i].why);
	}
	if (nr_complaints > MAX_COMPLAINTS) {
		char others[24];

		snprintf(others, sizeof others, "%u others", nr_complaints - MAX_COMPLAINTS);
		printk("boot option %s: not taken either\n", others);
		TRACE_STR(boot_option, ({}), others, "not taken either");
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * sim_scenario.c - `mmsim --scenario FILE`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "scenario/scn.h"
#include "sim.h"
#include "sim_input.h"
#include "sim_scenario.h"

static char *text;
static size_t text_size;
static const char *name;

/* Messages name the file without its directory, as the kernel's do: there it
 * has none. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int sim_scenario_load(const char *path)
{
	const char *kind;

	text = sim_read_file(path, &text_size);
	if (!text) {
		fprintf(stderr, "mmsim: %s: %s\n", path, strerror(errno));
		return 0;
	}
	kind = text_size ? sim_file_kind(text, text_size) : "empty";
	if (kind) {
		fprintf(stderr, "mmsim: %s: is %s; a scenario is wanted\n", path, kind);
		return 0;
	}
	sim_set_scenario_dir(path);
	name = base_name(path);
	return 1;
}

int sim_scenario_run(void)
{
	return scn_main(name, text, text_size) != 0;
}

/* A terminal gives the shell each key as it is typed, and Ctrl-C as a key. */
static void raw_terminal(struct termios *before)
{
	struct termios raw;

	tcgetattr(STDIN_FILENO, before);
	raw = *before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

int sim_shell_run(void)
{
	struct termios before;
	bool terminal = isatty(STDIN_FILENO);
	unsigned failed;

	if (terminal)
		raw_terminal(&before);
	failed = scn_shell(text ? name : "shell", text, text_size);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return failed != 0;
}

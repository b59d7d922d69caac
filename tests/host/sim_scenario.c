/*
 * sim_scenario.c - `mmsim --scenario FILE`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scn.h"
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
	text = sim_read_file(path, &text_size);
	if (!text) {
		fprintf(stderr, "mmsim: %s: %s\n", path, strerror(errno));
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

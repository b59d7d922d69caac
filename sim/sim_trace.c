/* SPDX-License-Identifier: MIT */
/*
 * sim_trace.c - writes the simulator's packets to a file.
 *
 * The first failed write is reported at once; later packets are dropped, so that a
 * full disk ends in one message and status 1 and not in a file with holes.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <pagescope/trace.h>

#include "sim_output.h"
#include "sim_trace.h"

static bool open;
static const char *name;
static int failed; /* errno of the first failure */

static int fail(int error)
{
	if (!failed) {
		failed = error ? error : EIO;
		fprintf(stderr, "mmsim: %s: %s; the capture is not complete\n", name,
			failed == EBUSY ? "the run has read it" : strerror(failed));
	}
	return failed;
}

static int write_packet(const void *packet, uint32_t bytes)
{
	int error = failed || !open ? 0 : sim_output_write(packet, bytes);

	return error ? fail(error) : failed;
}

void sim_trace_open(const char *path, uint32_t swapper_pg_dir, uint32_t page_offset)
{
	const struct ps_trace_config config = {
		.transport = PS_HOST,
		.swapper_pg_dir = swapper_pg_dir,
		.page_offset = page_offset,
	};

	failed = 0;
	name = path && strcmp(path, "-") == 0 ? "standard output" : path;
	if (path)
		sim_output_open(path);
	open = path != NULL;
	ps_host_ticks = 0;
	ps_host_write = write_packet;
	ps_trace_start(&config);
}

int sim_trace_close(void)
{
	ps_trace_stop();
	ps_host_write = NULL;
	if (open) {
		int error = sim_output_close();

		if (error)
			fail(error);
	}
	open = false;
	return failed != 0;
}

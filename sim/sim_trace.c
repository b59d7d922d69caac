/* SPDX-License-Identifier: MIT */
/*
 * sim_trace.c - writes the simulator's packets to a file.
 *
 * Stdio with a large buffer: 1 M events are 4,000 packets of 4 KiB.  The first
 * failed write is reported at once; later packets are dropped, so that a full
 * disk ends in one message and status 1 and not in a file with holes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/trace.h>

#include "sim_trace.h"

static FILE *file;
static const char *name;
static int failed; /* errno of the first failure */

static int fail(int error)
{
	if (!failed) {
		failed = error ? error : EIO;
		fprintf(stderr, "mmsim: %s: %s; the capture is not complete\n", name,
			strerror(failed));
	}
	return failed;
}

static int write_packet(const void *packet, uint32_t bytes)
{
	if (failed || !file)
		return failed;
	errno = 0;
	return fwrite(packet, 1, bytes, file) == bytes ? 0 : fail(errno);
}

static FILE *open_capture(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");

	if (!f) {
		fprintf(stderr, "mmsim: cannot write %s: %s\n", path, strerror(errno));
		exit(1);
	}
	setvbuf(f, NULL, _IOFBF, 1 << 18);
	return f;
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
	file = path ? open_capture(path) : NULL;
	ps_host_ticks = 0;
	ps_host_write = write_packet;
	ps_trace_start(&config);
}

int sim_trace_close(void)
{
	ps_trace_stop();
	ps_host_write = NULL;
	if (file) {
		errno = 0;
		if (fflush(file) != 0)
			fail(errno);
		if (file == stdout)
			clearerr(stdout); /* said above: nobody need say it again */
		else if (fclose(file) != 0)
			fail(errno);
	}
	file = NULL;
	return failed != 0;
}

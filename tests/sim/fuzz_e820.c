/* SPDX-License-Identifier: MIT */
/*
 * fuzz_e820.c - firmware maps by an enemy, for libFuzzer.
 *
 * A map is read as `mmsim --e820` does.  If it is taken, a machine boots with it, at most
 * 64 MiB of it in use; a machine that cannot run says so, any other is sound.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mm/mm_priv.h"
#include "sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[40];
	struct sim_machine m = sim_default(32 << 20);
	jmp_buf panicked;

	if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
		return 0; /* gzip's business */
	if (fd < 0) {
		fd = memfd_create("map", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		sim_console = NULL;
		stderr = fopen("/dev/null", "w"); /* the sanitizers write to its descriptor */
	}
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (!sim_read_e820(path, &m.boot))
		return 0;
	m.boot.mem_limit = 64 << 20;
	sim_panic_jump = &panicked;
	if (!setjmp(panicked) && sim_boot(&m) && mm_check())
		abort();
	sim_panic_jump = NULL;
	return 0;
}

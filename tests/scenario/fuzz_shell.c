/* SPDX-License-Identifier: MIT */
/*
 * fuzz_shell.c - keys typed at the shell's prompt by an enemy, for libFuzzer.
 *
 * Any bytes are keys: text, Tab, arrows, control characters.  Whatever they make the
 * shell do, the memory manager is sound afterwards, and each name knows how much of what
 * it holds is live.  The program is linked with these two replaced:
 *
 *	exit              a scenario's `reset` ends mmsim
 *	scn_machine_file  reads any file of the host
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mm/mm_priv.h"
#include "scenario/scn_priv.h"
#include "sim.h"

static jmp_buf ended;
static bool running;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
const void *__wrap_scn_machine_file(const char *name, size_t *size);

_Noreturn void __wrap_exit(int status)
{
	if (running)
		longjmp(ended, 1);
	__real_exit(status);
}

const void *__wrap_scn_machine_file(const char *name, size_t *size)
{
	(void)name;
	*size = 0;
	return NULL;
}

static void check_names(void)
{
	for (u32 i = 1; i < scn.nr_names; i++) {
		const struct scn_name *name = &scn.names[i];
		u32 live = 0;

		if (name->kind <= KIND_NUMBER || name->kind == KIND_MM)
			continue;
		for (u32 n = 0; n < name->len; n++)
			live += !scn_item_gone(name, n);
		if (name->len > name->cap || live != name->live)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_machine m = sim_default(8 << 20);
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("keys", 0);
		dup2(fd, STDIN_FILENO);
		sim_console = NULL;
		scn_set_budget(400);
	}
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    lseek(STDIN_FILENO, 0, SEEK_SET))
		abort();
	if (!sim_boot(&m))
		abort();
	running = true;
	sim_panic_jump = &ended;
	if (!setjmp(ended)) {
		scn_shell("fuzz", NULL, 0);
		check_names();
	}
	running = false;
	sim_panic_jump = NULL;
	for (int kind = 0; kind < FAIL_KINDS; kind++)
		fail_nth((enum fail_kind)kind, 0, false);
	if (mm_check())
		abort();
	return 0;
}

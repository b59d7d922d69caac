/* SPDX-License-Identifier: MIT */
/*
 * sim.h - a simulated machine for kernel/mm: for mmsim and for tests.
 *
 *	struct sim_machine m = sim_default(64 << 20);
 *	sim_boot(&m);
 *	... the functions of mm/mm.h ...
 *
 * There is one machine at a time; sim_boot starts it afresh.
 */
#ifndef SIM_H
#define SIM_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include "mm/mm.h"

struct sim_machine {
	struct boot_params boot;
	bool no_pse, no_pge; /* what the CPU lacks */
};

/* The machine Bochs shows with `ram` bytes: its firmware map, the kernel at
 * 1 MiB to 2.5 MiB. */
struct sim_machine sim_default(u64 ram);

/* Gives the machine RAM, all zero, and runs mm_init.  False: mm_init said no.
 * Exits with status 1 if this process cannot have the memory. */
bool sim_boot(const struct sim_machine *machine);
/* RAM and the console only, for tests that set up zones by themselves. */
void sim_power_on(u64 ram);

/* mem_map for so many frames, in memory of their own, for zones set up by hand; what
 * the last call gave is gone.  sim_alloc_map is for zone_init: it hands out the rest
 * of that memory.  Exits with status 1 if there is none. */
void sim_bare_frames(u32 nr);
void *sim_alloc_map(u32 bytes);

/* Frames behind the machine's last, for kmem_pool_add: slabs that are not to
 * take pages from the zones.  Call after sim_boot. */
#define SIM_POOL_PAGES 1024u
void sim_fill_slab_pool(void);

/* Console text goes to this file; NULL: nowhere.  stderr at first. */
extern FILE *sim_console;
/* Reads "base length type" lines (0x hex or decimal; type 1 = RAM) into the
 * boot parameters.  False with a message that names the file and line. */
bool sim_read_e820(const char *path, struct boot_params *boot);

/* Files that a scenario names are looked for beside the scenario, too; the path of the
 * scenario, which need not outlive the call. */
void sim_set_scenario_dir(const char *scenario);

/* If set, panic jumps there instead of ending the process. */
extern jmp_buf *sim_panic_jump;
extern char sim_panic_text[200];

/* What was asked of the machine since it was started. */
struct sim_counts {
	unsigned flush_all, flush_one, features_enabled;
};
extern struct sim_counts sim_counts;

/* Flushes of the TLB in this process, and starts of a machine, which find it empty. */
extern unsigned sim_tlb_flushes;

#endif

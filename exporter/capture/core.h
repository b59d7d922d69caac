/* SPDX-License-Identifier: MIT */
/*
 * core.h - a machine's memory in an ELF core, as QEMU's dump-guest-memory writes it.
 *
 * The core has a segment (PT_LOAD) for each range of physical memory that the machine
 * backs: its RAM, and also its ROMs and the memory of its display.  A note of QEMU's own
 * has the registers of each processor.  The file is mapped, and only what is asked for is
 * read.
 */
#ifndef EXPORTER_CORE_H
#define EXPORTER_CORE_H

#include "base/input.h"

#define CR0_PG  0x80000000u
#define CR4_PSE 0x10u
#define CR4_PAE 0x20u

/* The control registers of one processor. */
struct core_cpu {
	u64 cr0, cr3, cr4;
};

struct core_segment {
	u64 pa, bytes, offset; /* where in memory, how much, where in the file */
};

struct core {
	struct input in;
	bool long_mode; /* a processor is in long mode: entries have 8 bytes */
	struct core_cpu *cpu;
	unsigned nr_cpus;
	struct core_segment *segment; /* those that hold bytes, by address */
	unsigned nr_segments;
	u32 ram_pages; /* one past the last frame of RAM below 4 GiB */
};

/* Reads the headers of the core at `path` ("-": stdin).  Dies, naming the file and what to
 * do, if it is no core of a machine, is cut off, or does not hold all of its memory. */
void core_open(struct core *c, const char *path);
void core_close(struct core *c);
/* The 4,096 bytes of the frame of RAM that `pa` lies in; NULL if it is not in RAM. */
const u8 *core_frame(const struct core *c, u32 pa);

#endif

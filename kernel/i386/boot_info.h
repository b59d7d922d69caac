/* SPDX-License-Identifier: MIT */
/*
 * boot_info.h - what GRUB and its command line tell, copied out of GRUB's memory
 * before the memory manager takes all of it.
 */
#ifndef I386_BOOT_INFO_H
#define I386_BOOT_INFO_H

#include "mm/mm.h"
#include <pagescope/trace.h>

#define MULTIBOOT_BOOTLOADER_MAGIC 0x2BADB002u

/* A file loaded by GRUB.  Small ones are in the image's own memory; large ones
 * stay outside, in the frames bp.keep[] names. */
struct boot_file {
	char name[32];
	const char *data;
	size_t size;
};

struct boot_options {
	char scenario[32];
	enum ps_transport transport;
	bool transport_given; /* trace= other than auto */
	bool shell;
};

extern struct boot_params boot_params;
extern struct boot_options boot_options;

/* Reads the memory map, the command line and the modules.  False, with a
 * message, if the loader is not a multiboot one or tells too little. */
bool multiboot_read(u32 magic, phys_t info);

/* The loader's command line was longer than what is kept of it in boot_params. */
bool boot_cmdline_cut(void);

/* The file of that name, directories apart; NULL if GRUB loaded none. */
const struct boot_file *boot_file(const char *name);

/* Parses the command line into boot_params and boot_options; what is wrong
 * keeps its default and is remembered. */
void options_parse(const char *cmdline);
/* Says on the console and in the trace which options were refused, and why. */
void options_report(void);

#endif

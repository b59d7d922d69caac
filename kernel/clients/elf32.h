/* SPDX-License-Identifier: MIT */
/*
 * elf32.h - what the module loader needs of the ELF32 format (System V ABI,
 * Intel386 supplement).  Packed, because a file in memory may lie anywhere.
 */
#ifndef CLIENTS_ELF32_H
#define CLIENTS_ELF32_H

#include "lib/types.h"

struct __attribute__((packed)) elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct __attribute__((packed)) elf_section {
	u32 name, type, flags, addr, offset, size, link, info, align, entsize;
};

struct __attribute__((packed)) elf_symbol {
	u32 name, value, size;
	u8 info, other;
	u16 section;
};

struct __attribute__((packed)) elf_rel {
	u32 offset, info;
};

_Static_assert(sizeof(struct elf_header) == 52 && sizeof(struct elf_section) == 40 &&
		       sizeof(struct elf_symbol) == 16 && sizeof(struct elf_rel) == 8,
	       "ELF32 sizes");

enum { ET_REL = 1, EM_386 = 3 };
enum {
	SHT_NULL,
	SHT_PROGBITS,
	SHT_SYMTAB,
	SHT_STRTAB,
	SHT_RELA,
	SHT_NOTE = 7,
	SHT_NOBITS = 8,
	SHT_REL = 9
};
enum { SHF_ALLOC = 2, SHF_TLS = 0x400 };
enum { SHN_UNDEF = 0, SHN_LORESERVE = 0xff00, SHN_ABS = 0xfff1, SHN_COMMON = 0xfff2 };
enum { STB_LOCAL, STB_GLOBAL, STB_WEAK };
enum { R_386_NONE, R_386_32, R_386_PC32, R_386_PLT32 = 4 };

#endif

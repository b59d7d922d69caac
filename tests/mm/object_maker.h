/* SPDX-License-Identifier: MIT */
/*
 * object_maker.h - builds small ELF32 relocatable objects in memory, good ones
 * and bad ones, so that the loader's arithmetic can be checked by hand.
 */
#ifndef OBJECT_MAKER_H
#define OBJECT_MAKER_H

#include <stdlib.h>
#include <string.h>

#include "clients/elf32.h"

/* Sections in this order; the file holds them one after another. */
enum {
	MK_NULL,
	MK_TEXT,
	MK_DATA,
	MK_BSS,
	MK_REL_TEXT,
	MK_REL_DATA,
	MK_SYMTAB,
	MK_STRTAB,
	MK_SHSTRTAB,
	MK_SECTIONS
};

struct maker {
	u8 text[64], data[32];
	u32 text_size, data_size, bss_size;
	struct elf_rel rel_text[16], rel_data[16];
	u32 nr_rel_text, nr_rel_data;
	struct elf_symbol symbol[32];
	u32 nr_symbols;
	char names[512];
	u32 names_size;
	/* after make_object(): */
	u8 image[4096];
	u32 size;
};

static inline u32 make_symbol(struct maker *m, const char *name, u16 section, u32 value, u32 size,
			      unsigned binding)
{
	struct elf_symbol *sym = &m->symbol[m->nr_symbols];

	if (!m->names_size)
		m->names[m->names_size++] = 0;
	*sym = (struct elf_symbol){ .name = m->names_size,
				    .value = value,
				    .size = size,
				    .info = (u8)(binding << 4),
				    .section = section };
	strcpy(m->names + m->names_size, name);
	m->names_size += (u32)strlen(name) + 1;
	return m->nr_symbols++;
}

static inline void make_start(struct maker *m)
{
	memset(m, 0, sizeof *m);
	m->names[m->names_size++] = 0;
	m->nr_symbols = 1; /* the empty symbol */
}

static inline struct elf_section *made_section(struct maker *m, u32 nr)
{
	struct elf_header *h = (void *)m->image;

	return (struct elf_section *)(void *)(m->image + h->shoff) + nr;
}

/* Lays the file out: header, contents, section headers. */
static inline void make_object(struct maker *m)
{
	static const char section_names[] =
		"\0.text\0.data\0.bss\0.rel.text\0.rel.data\0.symtab\0.strtab\0.shstrtab";
	static const u32 name[MK_SECTIONS] = { 0, 1, 7, 13, 18, 28, 38, 46, 54 };
	const struct {
		const void *bytes;
		u32 size;
	} part[MK_SECTIONS] = {
		[MK_TEXT] = { m->text, m->text_size },
		[MK_DATA] = { m->data, m->data_size },
		[MK_REL_TEXT] = { m->rel_text, m->nr_rel_text * 8 },
		[MK_REL_DATA] = { m->rel_data, m->nr_rel_data * 8 },
		[MK_SYMTAB] = { m->symbol, m->nr_symbols * 16 },
		[MK_STRTAB] = { m->names, m->names_size },
		[MK_SHSTRTAB] = { section_names, sizeof section_names },
	};
	struct elf_header *h = (void *)m->image;
	struct elf_section s[MK_SECTIONS] = {
		[MK_TEXT] = { .type = SHT_PROGBITS, .flags = SHF_ALLOC | 4, .align = 16 },
		[MK_DATA] = { .type = SHT_PROGBITS, .flags = SHF_ALLOC | 1, .align = 4 },
		[MK_BSS] = { .type = SHT_NOBITS,
			     .flags = SHF_ALLOC | 1,
			     .size = m->bss_size,
			     .align = 32 },
		[MK_REL_TEXT] = { .type = SHT_REL,
				  .link = MK_SYMTAB,
				  .info = MK_TEXT,
				  .entsize = 8 },
		[MK_REL_DATA] = { .type = SHT_REL,
				  .link = MK_SYMTAB,
				  .info = MK_DATA,
				  .entsize = 8 },
		[MK_SYMTAB] = { .type = SHT_SYMTAB, .link = MK_STRTAB, .info = 1, .entsize = 16 },
		[MK_STRTAB] = { .type = SHT_STRTAB },
		[MK_SHSTRTAB] = { .type = SHT_STRTAB },
	};
	u32 at = sizeof *h;

	memset(m->image, 0, sizeof m->image);
	for (u32 i = 1; i < MK_SECTIONS; i++) {
		s[i].name = name[i];
		s[i].offset = at;
		if (!part[i].bytes)
			continue;
		memcpy(m->image + at, part[i].bytes, part[i].size);
		s[i].size = part[i].size;
		at += part[i].size;
	}
	*h = (struct elf_header){ .ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
				  .type = ET_REL,
				  .machine = EM_386,
				  .version = 1,
				  .shoff = at,
				  .ehsize = sizeof *h,
				  .shentsize = sizeof *s,
				  .shnum = MK_SECTIONS,
				  .shstrndx = MK_SHSTRTAB };
	memcpy(m->image + at, s, sizeof s);
	m->size = at + (u32)sizeof s;
}

#endif

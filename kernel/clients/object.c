/* SPDX-License-Identifier: MIT */
/*
 * object.c - reading an ELF32 relocatable object that may be anything.
 *
 * The file comes from outside and is not trusted: sizes are added in 64 bits,
 * names must end inside their tables, and a symbol may only point into the
 * section it names.
 */
#include "clients/object.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"

#define FAIL(...) (snprintf(error, OBJECT_ERROR, __VA_ARGS__), -ENOEXEC)

static bool inside(const struct object *obj, u32 offset, u64 bytes)
{
	return (u64)offset + bytes <= obj->image_size;
}

static int check_header(struct object *obj, char *error)
{
	static const u8 ident[7] = { 0x7f, 'E', 'L', 'F', 1, 1, 1 }; /* 32 bits, little endian */
	const struct elf_header *h = (const void *)obj->image;

	if (obj->image_size < sizeof *h || memcmp(h->ident, ident, sizeof ident))
		return FAIL("not an ELF32 little-endian file (%u bytes)", obj->image_size);
	if (h->type != ET_REL)
		return FAIL("ELF type %u; a module is a relocatable object (1), as gcc -c makes",
			    h->type);
	if (h->machine != EM_386)
		return FAIL("made for machine %u, not the i386 (3)", h->machine);
	if (h->shentsize != sizeof(struct elf_section) || !h->shnum || h->shnum > OBJECT_SECTIONS)
		return FAIL("%u section headers of %u bytes; at most %u of 40 are understood",
			    h->shnum, h->shentsize, OBJECT_SECTIONS);
	if (!inside(obj, h->shoff, (u64)h->shnum * sizeof(struct elf_section)))
		return FAIL("section headers at %x lie outside the file of %x bytes", h->shoff,
			    obj->image_size);
	obj->sections = (const void *)(obj->image + h->shoff);
	obj->nr_sections = h->shnum;
	return 0;
}

/* A string table's text, or NULL: wrong type, outside the file, or no NUL at
 * its end. */
static const char *string_table(const struct object *obj, u32 nr)
{
	const struct elf_section *s = obj->sections + nr;

	if (nr >= obj->nr_sections || s->type != SHT_STRTAB || !s->size ||
	    !inside(obj, s->offset, s->size) || obj->image[s->offset + s->size - 1])
		return NULL;
	return (const char *)obj->image + s->offset;
}

static int check_sections(struct object *obj, char *error)
{
	u32 names = ((const struct elf_header *)(const void *)obj->image)->shstrndx;

	obj->section_names = string_table(obj, names);
	if (!obj->section_names)
		return FAIL("section %u is not a good table of section names", names);
	for (u32 i = 0; i < obj->nr_sections; i++) {
		const struct elf_section *s = obj->sections + i;

		if (s->name >= obj->sections[names].size)
			return FAIL("section %u: name outside its table", i);
		if (s->type == SHT_NULL)
			continue;
		if (s->type != SHT_NOBITS && !inside(obj, s->offset, s->size))
			return FAIL("section %s: %x bytes at %x lie outside the file of %x bytes",
				    object_section_name(obj, i), s->size, s->offset,
				    obj->image_size);
		if (s->flags & SHF_ALLOC && (s->align & (s->align - 1) || s->align > 4096))
			return FAIL("section %s: alignment %u is not a power of two up to 4096",
				    object_section_name(obj, i), s->align);
		if (s->flags & SHF_ALLOC && s->flags & SHF_TLS)
			return FAIL("section %s: there is no thread-local storage here",
				    object_section_name(obj, i));
	}
	return 0;
}

static int check_symbol(const struct object *obj, u32 nr, u32 names_size, char *error)
{
	const struct elf_symbol *sym = obj->symbols + nr;

	if (sym->name >= names_size)
		return FAIL("symbol %u: name outside its table", nr);
	if (sym->section == SHN_UNDEF || sym->section == SHN_ABS)
		return 0;
	if (sym->section == SHN_COMMON) {
		if (sym->value & (sym->value - 1) || sym->value > 4096 || sym->size > OBJECT_MAX)
			return FAIL("symbol %s: common, %u bytes aligned to %u",
				    object_symbol_name(obj, sym), sym->size, sym->value);
		return 0;
	}
	if (sym->section >= obj->nr_sections)
		return FAIL("symbol %s: in section %u of %u", object_symbol_name(obj, sym),
			    sym->section, obj->nr_sections);
	if (sym->value > obj->sections[sym->section].size)
		return FAIL("symbol %s: at %x in section %s of %x bytes",
			    object_symbol_name(obj, sym), sym->value,
			    object_section_name(obj, sym->section),
			    obj->sections[sym->section].size);
	return 0;
}

static int check_symbols(struct object *obj, char *error)
{
	const struct elf_section *table = NULL;
	u32 names_size, commons = 0;
	int err;

	for (u32 i = 0; i < obj->nr_sections; i++)
		if (obj->sections[i].type == SHT_SYMTAB) {
			if (table)
				return FAIL("two symbol tables, sections %u and %u", obj->symtab,
					    i);
			table = obj->sections + i;
			obj->symtab = i;
		}
	if (!table)
		return FAIL("no symbol table: was it stripped?");
	obj->symbol_names = string_table(obj, table->link);
	if (!obj->symbol_names)
		return FAIL("section %u is not a good table of symbol names", table->link);
	if (table->entsize != sizeof(struct elf_symbol) || table->size % sizeof(struct elf_symbol))
		return FAIL("symbol table of %u bytes in entries of %u, not 16", table->size,
			    table->entsize);
	names_size = obj->sections[table->link].size;
	obj->symbols = (const void *)(obj->image + table->offset);
	obj->nr_symbols = table->size / sizeof(struct elf_symbol);
	for (u32 i = 0; i < obj->nr_symbols; i++) {
		err = check_symbol(obj, i, names_size, error);
		if (err)
			return err;
		commons += obj->symbols[i].section == SHN_COMMON;
	}
	if (commons > OBJECT_COMMONS)
		return FAIL("%u common symbols, at most %u", commons, OBJECT_COMMONS);
	return 0;
}

static u64 align_up(u64 n, u32 align)
{
	return align > 1 ? (n + align - 1) & ~(u64)(align - 1) : n;
}

static int lay_out(struct object *obj, u32 reserved, char *error)
{
	u64 at = align_up(reserved, 4);

	for (u32 i = 0; i < obj->nr_sections; i++) {
		const struct elf_section *s = obj->sections + i;

		if (s->type == SHT_NULL || !(s->flags & SHF_ALLOC))
			continue;
		at = align_up(at, s->align);
		obj->place[i] = (u32)at;
		at += s->size;
		if (at > OBJECT_MAX)
			return FAIL("more than %u bytes to load", OBJECT_MAX);
	}
	for (u32 i = 0; i < obj->nr_symbols; i++) {
		const struct elf_symbol *sym = obj->symbols + i;

		if (sym->section != SHN_COMMON)
			continue;
		at = align_up(at, sym->value);
		obj->common[obj->nr_commons].symbol = i;
		obj->common[obj->nr_commons++].place = (u32)at;
		at += sym->size;
	}
	if (at > OBJECT_MAX)
		return FAIL("more than %u bytes to load", OBJECT_MAX);
	obj->total = (u32)at;
	return 0;
}

int object_open(struct object *obj, const void *image, size_t size, u32 reserved,
		char error[OBJECT_ERROR])
{
	int err;

	*obj = (struct object){ .image = image, .image_size = (u32)size };
	if (size > OBJECT_MAX)
		return FAIL("a file of more than %u bytes", OBJECT_MAX);
	err = check_header(obj, error);
	if (!err)
		err = check_sections(obj, error);
	if (!err)
		err = check_symbols(obj, error);
	if (!err)
		err = lay_out(obj, reserved, error);
	return err;
}

static u32 common_place(const struct object *obj, const struct elf_symbol *sym)
{
	u32 i = 0;

	while (obj->common[i].symbol != (u32)(sym - obj->symbols))
		i++;
	return obj->common[i].place;
}

bool object_symbol_place(const struct object *obj, const struct elf_symbol *sym, u32 *value,
			 bool *absolute)
{
	*absolute = sym->section == SHN_ABS;
	if (sym->section == SHN_ABS) {
		*value = sym->value;
		return true;
	}
	if (sym->section == SHN_COMMON) {
		*value = common_place(obj, sym);
		return true;
	}
	*value = obj->place[sym->section] + sym->value;
	return obj->place[sym->section] != 0;
}

const struct elf_symbol *object_find(const struct object *obj, const char *name)
{
	for (const struct elf_symbol *sym = obj->symbols, *end = sym + obj->nr_symbols; sym < end;
	     sym++)
		if (sym->section != SHN_UNDEF && sym->info >> 4 != STB_LOCAL &&
		    !strcmp(object_symbol_name(obj, sym), name))
			return sym;
	return NULL;
}

/* A note is three words (bytes of the name, bytes of what it says, type 3), the
 * name "GNU", and the id. */
void object_build_id(const struct object *obj, char hex[2 * OBJECT_BUILD_ID + 1])
{
	static const u8 name[8] = { 3, 0, 0, 0, 'G', 'N', 'U', 0 };
	u32 nr = 1;

	hex[0] = '\0';
	while (nr < obj->nr_sections && strcmp(object_section_name(obj, nr), ".note.gnu.build-id"))
		nr++;
	if (nr < obj->nr_sections && obj->sections[nr].type == SHT_NOTE &&
	    obj->sections[nr].size > 16) {
		const u8 *note = obj->image + obj->sections[nr].offset;
		u32 bytes = obj->sections[nr].size - 16;

		if (note[0] != 4 || memcmp(note + 8, name, sizeof name))
			return;
		for (u32 i = 0; i < bytes && i < note[4] && i < OBJECT_BUILD_ID; i++)
			snprintf(hex + 2 * i, 3, "%02x", note[16 + i]);
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * object.h - an ELF32 relocatable object, checked, and where its parts will go.
 *
 * object_open() looks at every number in the file that is used later, so that
 * the functions below cannot leave it.
 */
#ifndef CLIENTS_OBJECT_H
#define CLIENTS_OBJECT_H

#include "clients/elf32.h"

#define OBJECT_SECTIONS 128        /* most sections an object may have */
#define OBJECT_COMMONS  256        /* most common symbols */
#define OBJECT_MAX      (4u << 20) /* most bytes of a file, and of a module */
#define OBJECT_ERROR    160        /* bytes of a message */

struct object {
	const u8 *image;
	u32 image_size;
	const struct elf_section *sections;
	u32 nr_sections;
	const char *section_names, *symbol_names;
	const struct elf_symbol *symbols;
	u32 nr_symbols;
	u32 symtab;                 /* section number */
	u32 place[OBJECT_SECTIONS]; /* offset in the module; 0: not loaded */
	u32 nr_commons;
	struct {
		u32 symbol, place;
	} common[OBJECT_COMMONS];
	u32 total; /* bytes of the module, what precedes included */
};

/* Checks the file and lays it out after `reserved` bytes: loaded sections in
 * file order, each aligned as it asks, then the common symbols.  0, or
 * -ENOEXEC with the reason in `error`. */
int object_open(struct object *obj, const void *image, size_t size, u32 reserved,
		char error[OBJECT_ERROR]);

/* Where a symbol the object defines stands, from the module's start.  False: in a
 * section that is not loaded.  absolute: *value is final. */
bool object_symbol_place(const struct object *obj, const struct elf_symbol *sym, u32 *value,
			 bool *absolute);
/* The global (or weak) symbol of this name that the object defines, or NULL. */
const struct elf_symbol *object_find(const struct object *obj, const char *name);

#define OBJECT_BUILD_ID 20 /* bytes; longer ones are cut */
/* The object's build id (the note ld --build-id writes) in hex; "" if it has none. */
void object_build_id(const struct object *obj, char hex[2 * OBJECT_BUILD_ID + 1]);

static inline const char *object_symbol_name(const struct object *obj, const struct elf_symbol *sym)
{
	return obj->symbol_names + sym->name;
}
static inline const char *object_section_name(const struct object *obj, u32 nr)
{
	return obj->section_names + obj->sections[nr].name;
}

#endif

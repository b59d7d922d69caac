/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - addresses to function, file and line, from the DWARF of the
 * kernel's ELF and of its modules' objects.
 *
 * A call site is a return address: the call is the instruction before it, so
 * what is looked up is call_site - 1.  Inlined functions are unwound: the
 * innermost function is named, with the chain it was inlined into.
 *
 * A module's object is relocatable; it is laid out at the address the trace's
 * module_load event tells, as the kernel laid it out.  Which object it is, its
 * build id decides: scenarios give modules names of their own.  At one address
 * there may be several modules one after the other, so a question names a tick.
 */
#ifndef EXPORTER_SYMBOLS_H
#define EXPORTER_SYMBOLS_H

#include "capture/facts.h"

struct symbols;

struct symbol {
	const char *func;    /* "" if not known; innermost, inlined or not */
	const char *file;    /* "" if not known; relative to the source tree's root */
	u32 line;            /* 0 if not known */
	const char *inlined; /* "outer<middle" if func was inlined, else "" */
};

/* Loads the kernel's ELF.  Dies (status 1) if it is none.  If the trace's build
 * id is another, warns and returns NULL: better no names than wrong ones.
 * Objects of the modules in `f` are looked for in `modules`, or if that is NULL
 * in kernel/modules and modules beside the ELF.  f must outlive the result. */
struct symbols *symbols_open(const char *path, const char *modules, const struct facts *f);
/* The same of the ELF at `path`; if that is NULL, of the one beside the capture called
 * `capture`, in its directory, that has the trace's build id; NULL if there is none. */
struct symbols *symbols_of(const char *path, const char *modules, const char *capture,
			   const struct facts *f);
void symbols_close(struct symbols *s);
/* Looks up the call before return address `site`, made at tick t.  s may be NULL. */
struct symbol symbols_site(struct symbols *s, u32 site, u64 t);

/* What the kernel's ELF has at an address, whether anything calls from there or not. */
struct named {
	u32 addr, size;
	const char *name;
};

/* The functions and objects of the kernel's ELF at [from, to), by address; free() the array, not
 * the names.  An assembler's label without a type, as swapper_pg_dir is one, is there if global. */
struct named *symbols_table(struct symbols *s, u32 from, u32 to, u32 *nr);

#endif

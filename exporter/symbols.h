/*
 * symbols.h - addresses to function, file and line, from an ELF's DWARF.
 *
 * A call site is a return address: the call is the instruction before it, so
 * what is looked up is call_site - 1.  Inlined functions are unwound: the
 * innermost function is named, with the chain it was inlined into.
 */
#ifndef EXPORTER_SYMBOLS_H
#define EXPORTER_SYMBOLS_H

#include "util.h"

struct symbols;

struct symbol {
	const char *func;	/* "" if not known; innermost, inlined or not */
	const char *file;	/* "" if not known; relative to the source tree's root */
	u32 line;		/* 0 if not known */
	const char *inlined;	/* "outer<middle" if func was inlined, else "" */
};

/* Loads an ELF.  Dies (status 1) if it is none.  If `build_id` (hex) is not ""
 * and the ELF's differs, warns and returns NULL: better no names than wrong ones. */
struct symbols *symbols_open(const char *path, const char *build_id);
void symbols_close(struct symbols *s);
/* Looks up the call before return address `site`.  s may be NULL. */
struct symbol symbols_site(struct symbols *s, u32 site);
/* Looks up the instruction at addr itself. */
struct symbol symbols_addr(struct symbols *s, u32 addr);

#endif

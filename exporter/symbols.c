/* symbols.c - libdw behind the interface of symbols.h; answers are remembered. */
#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct symbols {
	int fd;
	Elf *elf;
	Dwarf *dwarf;		/* NULL: no debug information, the symbol table must do */
	struct ps_map known;	/* address -> index into answer */
	struct symbol *answer;
	u32 nr;
};

#define DEEPEST 16	/* inlined functions shown at most */

static char *build_id_of(Elf *elf)
{
	static const char digit[] = "0123456789abcdef";
	const void *bits;
	ssize_t n = dwelf_elf_gnu_build_id(elf, &bits);
	char *hex = ps_alloc(n > 0 ? (size_t)n * 2 + 1 : 1);

	for (ssize_t i = 0; i < n; i++) {
		hex[2 * i] = digit[((const u8 *)bits)[i] >> 4];
		hex[2 * i + 1] = digit[((const u8 *)bits)[i] & 15];
	}
	return hex;
}

struct symbols *symbols_open(const char *path, const char *build_id)
{
	struct symbols *s = ps_alloc(sizeof(*s));
	char *id;

	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		ps_die(PS_EXIT_DATA, "%s: symbols cannot be read: %s", path, strerror(errno));
	elf_version(EV_CURRENT);
	s->elf = elf_begin(s->fd, ELF_C_READ_MMAP, NULL);
	if (!s->elf || elf_kind(s->elf) != ELF_K_ELF)
		ps_die(PS_EXIT_DATA, "%s: is not an ELF file; --symbols wants the kernel with its "
		       "debug information", path);
	id = build_id_of(s->elf);
	if (*build_id && strcmp(build_id, id)) {
		ps_warn("%s: build id %s, but the trace was made by %s: addresses stay raw", path,
			*id ? id : "none", build_id);
		free(id);
		symbols_close(s);
		return NULL;
	}
	if (!*build_id)
		ps_warn("%s: the trace names no build id; names are right only if this is what ran", path);
	free(id);
	s->dwarf = dwarf_begin_elf(s->elf, DWARF_C_READ, NULL);
	if (!s->dwarf)
		ps_warn("%s: has no debug information: functions without lines", path);
	return s;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	if (s->dwarf)
		dwarf_end(s->dwarf);
	elf_end(s->elf);
	close(s->fd);
	for (u32 i = 0; i < s->nr; i++) {
		free((void *)(uintptr_t)s->answer[i].func);
		free((void *)(uintptr_t)s->answer[i].file);
		free((void *)(uintptr_t)s->answer[i].inlined);
	}
	free(s->answer);
	ps_map_free(&s->known);
	free(s);
}

/* The functions around pc, outermost first: one subprogram, then what was
 * inlined into it.  Returns their number. */
static unsigned functions_at(Dwarf_Die *parent, Dwarf_Addr pc, Dwarf_Die found[DEEPEST])
{
	unsigned nr = 0;
	Dwarf_Die die;

	if (dwarf_child(parent, &die) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&die);

		if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine &&
		    tag != DW_TAG_lexical_block)
			continue;
		if (dwarf_haspc(&die, pc) <= 0)
			continue;
		if (tag == DW_TAG_lexical_block)
			return functions_at(&die, pc, found);
		found[0] = die;
		nr = 1;
		if (DEEPEST > 1) {
			Dwarf_Die deeper[DEEPEST];
			unsigned more = functions_at(&die, pc, deeper);

			for (unsigned i = 0; i < more && nr < DEEPEST; i++)
				found[nr++] = deeper[i];
		}
		return nr;
	} while (dwarf_siblingof(&die, &die) == 0);
	return 0;
}

/* The name in the ELF symbol table of the function that holds addr. */
static char *symtab_name(Elf *elf, u32 addr)
{
	const char *best = NULL;
	Elf_Scn *scn = NULL;
	u64 best_value = 0;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr sh;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (u64 i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
			GElf_Sym sym;

			if (!gelf_getsym(data, (int)i, &sym) || GELF_ST_TYPE(sym.st_info) > STT_FUNC ||
			    sym.st_shndx == SHN_UNDEF || sym.st_shndx >= SHN_LORESERVE)
				continue;
			if (sym.st_value > addr || sym.st_value < best_value ||
			    (sym.st_size && addr >= sym.st_value + sym.st_size))
				continue;
			best = elf_strptr(elf, sh.sh_link, sym.st_name);
			best_value = sym.st_value;
		}
	}
	return ps_strdup(best && addr - best_value < 0x10000 ? best : "");
}

/* Without the directory the compiler ran in. */
static char *short_path(Dwarf_Die *cu, const char *file)
{
	Dwarf_Attribute attr;
	const char *dir = dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attr));
	size_t n = dir ? strlen(dir) : 0;

	if (n && !strncmp(file, dir, n) && file[n] == '/')
		file += n + 1;
	while (!strncmp(file, "./", 2))
		file += 2;
	return ps_strdup(file);
}

static char *inline_chain(Dwarf_Die *fn, unsigned nr)
{
	char *chain = ps_strdup("");

	for (unsigned i = 0; i + 1 < nr; i++) {
		const char *name = dwarf_diename(&fn[i]);
		char *longer = ps_format("%s%s%s", chain, i ? "<" : "", name ? name : "?");

		free(chain);
		chain = longer;
	}
	return chain;
}

static struct symbol look_up(struct symbols *s, u32 addr)
{
	struct symbol r = { NULL, NULL, 0, NULL };
	Dwarf_Die cu, fn[DEEPEST];

	if (s->dwarf && dwarf_addrdie(s->dwarf, addr, &cu)) {
		unsigned nr = functions_at(&cu, addr, fn);
		Dwarf_Line *line = dwarf_getsrc_die(&cu, addr);
		const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
		int no = 0;

		if (nr && dwarf_diename(&fn[nr - 1]))
			r.func = ps_strdup(dwarf_diename(&fn[nr - 1]));
		r.inlined = inline_chain(fn, nr);
		if (file)
			r.file = short_path(&cu, file);
		if (line && dwarf_lineno(line, &no) == 0)
			r.line = (u32)no;
	}
	if (!r.func)
		r.func = symtab_name(s->elf, addr);
	if (!r.file)
		r.file = ps_strdup("");
	if (!r.inlined)
		r.inlined = ps_strdup("");
	return r;
}

struct symbol symbols_addr(struct symbols *s, u32 addr)
{
	u32 i;

	if (!s || addr >= 0xfffffffeu)
		return (struct symbol){ "", "", 0, "" };
	if (ps_map_get(&s->known, addr, &i))
		return s->answer[i];
	s->answer = ps_realloc(s->answer, (s->nr + 1) * sizeof(*s->answer));
	s->answer[s->nr] = look_up(s, addr);
	ps_map_set(&s->known, addr, s->nr);
	return s->answer[s->nr++];
}

struct symbol symbols_site(struct symbols *s, u32 site)
{
	return symbols_addr(s, site ? site - 1 : 0);
}

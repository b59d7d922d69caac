/* SPDX-License-Identifier: MIT */
/* symbols.c - libdw behind the interface of symbols.h; answers are remembered. */
#include "formats/symbols.h"
#include "base/filekind.h"
#include "base/files.h"
#include "base/map.h"

#include <dirent.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One ELF: the kernel, or a module's object where it was loaded. */
struct image {
	int fd;
	Elf *elf;
	Dwarf *dwarf; /* NULL: no debug information, the symbol table must do */
	u32 *place;   /* relocatable: address of each section, 0 not loaded */
	size_t nr_sections;
	struct ps_map known; /* address -> index into answer */
	struct symbol *answer;
	u32 nr;
};

#define MODULE_HEADER 96 /* bytes before a module's name, kernel/clients/module.h */

struct symbols {
	struct image kernel;
	const struct facts *f;
	char *dir[2];          /* where modules' objects may be */
	struct image **module; /* of f->module[n]; NULL: none found */
	bool *looked;          /* module[n] was looked for */
};

#define DEEPEST 16 /* inlined functions shown at most */

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

/* True if path is an ELF; its parts are then in *im. */
static bool image_open(struct image *im, const char *path)
{
	memset(im, 0, sizeof(*im));
	im->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (im->fd < 0)
		return false;
	input_note(im->fd, path);
	elf_version(EV_CURRENT);
	/* private: relocations are applied to what is mapped */
	im->elf = elf_begin(im->fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	if (im->elf && elf_kind(im->elf) == ELF_K_ELF)
		return true;
	elf_end(im->elf);
	close(im->fd);
	return false;
}

static void image_close(struct image *im)
{
	if (im->dwarf)
		dwarf_end(im->dwarf);
	elf_end(im->elf);
	close(im->fd);
	for (u32 i = 0; i < im->nr; i++) {
		free((void *)(uintptr_t)im->answer[i].func);
		free((void *)(uintptr_t)im->answer[i].file);
		free((void *)(uintptr_t)im->answer[i].inlined);
	}
	free(im->answer);
	free(im->place);
	ps_map_free(&im->known);
}

/* ---- a module's object, laid out and relocated ---- */

/* As kernel/clients/object.c does: header and name, then the loaded sections in
 * file order, each aligned as it asks.  Returns the end. */
static u32 lay_out(struct image *im, u32 addr, u32 reserved)
{
	u64 at = ((u64)addr + reserved + 3) & ~3ull;
	Elf_Scn *scn = NULL;

	elf_getshdrnum(im->elf, &im->nr_sections);
	im->place = ps_alloc((im->nr_sections + 1) * sizeof(u32));
	while ((scn = elf_nextscn(im->elf, scn))) {
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh) || !(sh.sh_flags & SHF_ALLOC))
			continue;
		if (sh.sh_addralign > 1)
			at = (at + sh.sh_addralign - 1) & ~(u64)(sh.sh_addralign - 1);
		im->place[elf_ndxscn(scn)] = (u32)at;
		at += sh.sh_size;
	}
	return (u32)at;
}

/* Applies one table of relocations to the debugging section it is for.  i386
 * has the addend in place, and R_386_32 is all that gcc uses there. */
static void relocate_section(struct image *im, Elf_Scn *rel, const GElf_Shdr *sh)
{
	Elf_Scn *to = elf_getscn(im->elf, sh->sh_info), *syms = elf_getscn(im->elf, sh->sh_link);
	Elf_Data *data = to ? elf_getdata(to, NULL) : NULL, *table = elf_getdata(rel, NULL);
	Elf_Data *symbols = syms ? elf_getdata(syms, NULL) : NULL;
	GElf_Shdr target;

	if (!data || !table || !symbols || !gelf_getshdr(to, &target) ||
	    (target.sh_flags & SHF_ALLOC))
		return;
	for (u64 n = 0; n < sh->sh_size / sh->sh_entsize; n++) {
		GElf_Rel r;
		GElf_Sym sym;
		u32 word;

		if (!gelf_getrel(table, (int)n, &r) || GELF_R_TYPE(r.r_info) != R_386_32 ||
		    !gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &sym) ||
		    sym.st_shndx >= im->nr_sections || data->d_size < 4 ||
		    r.r_offset > data->d_size - 4)
			continue;
		memcpy(&word, (u8 *)data->d_buf + r.r_offset, 4);
		word += (u32)sym.st_value + im->place[sym.st_shndx];
		memcpy((u8 *)data->d_buf + r.r_offset, &word, 4);
	}
}

static void relocate(struct image *im)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(im->elf, scn))) {
		GElf_Shdr sh;

		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_REL && sh.sh_entsize)
			relocate_section(im, scn, &sh);
	}
}

static bool is_object(const struct image *im)
{
	GElf_Ehdr h;

	return gelf_getehdr(im->elf, &h) && h.e_type == ET_REL && h.e_machine == EM_386;
}

/* The object in the directories whose build id is the module's; NULL, and *other
 * the id of one called like the module, if there is none. */
static char *find_object(const struct symbols *s, const struct loaded_module *m, char **other)
{
	for (unsigned n = 0; n < 2 && s->dir[n]; n++) {
		DIR *d = opendir(s->dir[n]);
		struct dirent *de;

		while (d && (de = readdir(d))) {
			char *path = ps_format("%s/%s", s->dir[n], de->d_name), *id = NULL;
			size_t len = strlen(m->name);
			struct image im;
			bool good = false;

			if (de->d_name[0] != '.' && image_open(&im, path)) {
				id = is_object(&im) ? build_id_of(im.elf) : NULL;
				image_close(&im);
			}
			if (id && *id)
				good = m->build_id && !strcmp(id, m->build_id);
			if (good) {
				free(id);
				closedir(d);
				return path;
			}
			if (id && !*other && !strncmp(de->d_name, m->name, len) &&
			    de->d_name[len] == '.')
				*other = ps_format("%s is %s", path, *id ? id : "none");
			free(id);
			free(path);
		}
		if (d)
			closedir(d);
	}
	return NULL;
}

static struct image *open_module(struct symbols *s, const struct loaded_module *m)
{
	char *other = NULL, *path;
	struct image *im;
	u32 end;

	if (!m->build_id) {
		ps_warn("module %s at 0x%08x: the trace names no build id of it: "
			"addresses in it stay raw",
			m->name, m->addr);
		return NULL;
	}
	path = find_object(s, m, &other);
	if (!path) {
		ps_warn("module %s at 0x%08x is build id %s, and no object in %s%s%s is%s%s: "
			"addresses in it stay raw",
			m->name, m->addr, m->build_id, s->dir[0], s->dir[1] ? " or " : "",
			s->dir[1] ? s->dir[1] : "", other ? "; " : "", other ? other : "");
		free(other);
		return NULL;
	}
	free(other);
	im = ps_alloc(sizeof(*im));
	if (!image_open(im, path))
		ps_die(PS_EXIT_DATA, "%s: cannot be read again: %s", path, strerror(errno));
	end = lay_out(im, m->addr, MODULE_HEADER + (u32)strlen(m->name) + 1);
	if (end - m->addr > m->size)
		ps_warn("%s: takes %u bytes laid out, but the module %s has %u", path,
			end - m->addr, m->name, m->size);
	relocate(im);
	im->dwarf = dwarf_begin_elf(im->elf, DWARF_C_READ, NULL);
	if (!im->dwarf)
		ps_warn("%s: has no debug information: functions without lines", path);
	free(path);
	return im;
}

/* ---- opening ---- */

static void find_modules(struct symbols *s, const char *path, const char *modules)
{
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash + 1 - path) : 0;

	if (modules) {
		s->dir[0] = ps_strdup(modules);
	} else {
		s->dir[0] = ps_format("%.*skernel/modules", n, path);
		s->dir[1] = ps_format("%.*smodules", n, path);
	}
	s->module = ps_alloc(s->f->nr_modules * sizeof(*s->module));
	s->looked = ps_alloc(s->f->nr_modules);
}

_Noreturn static void refuse_image(const char *path)
{
	const struct file_kind *kind = NULL;
	u8 head[4096];
	FILE *f = fopen(path, "rb");

	if (f) {
		kind = file_kind(head, fread(head, 1, sizeof(head), f));
		fclose(f);
	}
	if (kind)
		ps_die(PS_EXIT_DATA,
		       "%s: is %s, not an ELF file; --symbols wants the kernel with its "
		       "debug information, unpacked",
		       path, kind->what);
	ps_die(PS_EXIT_DATA,
	       "%s: is not an ELF file; --symbols wants the kernel with its "
	       "debug information",
	       path);
}

struct symbols *symbols_open(const char *path, const char *modules, const struct facts *f)
{
	const char *build_id = f->build_id ? f->build_id : "";
	struct symbols *s = ps_alloc(sizeof(*s));
	char *id;

	s->f = f;
	find_modules(s, path, modules);
	if (access(path, R_OK) != 0)
		ps_die(PS_EXIT_DATA, "%s: symbols cannot be read: %s", path, strerror(errno));
	if (!image_open(&s->kernel, path))
		refuse_image(path);
	id = build_id_of(s->kernel.elf);
	if (*build_id && strcmp(build_id, id)) {
		ps_warn("%s: build id %s, but the trace was made by %s: addresses stay raw", path,
			*id ? id : "none", build_id);
		free(id);
		symbols_close(s);
		return NULL;
	}
	if (!*build_id)
		ps_warn("%s: the trace names no build id; names are right only if this is what ran",
			path);
	free(id);
	s->kernel.dwarf = dwarf_begin_elf(s->kernel.elf, DWARF_C_READ, NULL);
	if (!s->kernel.dwarf)
		ps_warn("%s: has no debug information: functions without lines", path);
	return s;
}

/* The build id of a program or kernel; NULL if the file is none.  It is not noted as read:
 * an output may replace it. */
static char *program_id(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *id = NULL;
	struct stat st;
	GElf_Ehdr h;
	Elf *elf;

	if (fd < 0)
		return NULL;
	elf_version(EV_CURRENT);
	elf = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	if (elf && gelf_getehdr(elf, &h) && (h.e_type == ET_EXEC || h.e_type == ET_DYN))
		id = build_id_of(elf);
	elf_end(elf);
	close(fd);
	return id;
}

/* The program or kernel in the capture's directory with this build id; NULL: none. */
static char *find_beside(const char *capture, const char *build_id)
{
	const char *slash = strrchr(capture, '/');
	char *dir = slash ? ps_format("%.*s", (int)(slash + 1 - capture), capture)
			  : ps_strdup("./"),
	     *found = NULL;
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && !found && (de = readdir(d))) {
		char *path = ps_format("%s%s", dir, de->d_name), *id = program_id(path);

		if (id && !strcmp(id, build_id))
			found = path;
		else
			free(path);
		free(id);
	}
	if (d)
		closedir(d);
	free(dir);
	return found;
}

struct symbols *symbols_of(const char *path, const char *modules, const char *capture,
			   const struct facts *f)
{
	char *beside = NULL;
	struct symbols *s;

	if (!path && f->build_id && *f->build_id)
		beside = find_beside(capture, f->build_id);
	if (!path && !beside)
		return NULL;
	s = symbols_open(path ? path : beside, modules, f);
	free(beside);
	return s;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	image_close(&s->kernel);
	for (unsigned n = 0; n < s->f->nr_modules; n++) {
		if (!s->module[n])
			continue;
		image_close(s->module[n]);
		free(s->module[n]);
	}
	free(s->module);
	free(s->looked);
	free(s->dir[0]);
	free(s->dir[1]);
	free(s);
}

/* ---- asking ---- */

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

/* A place in an ELF symbol table: how far each_symbol() has come. */
struct symtab {
	Elf *elf;
	Elf_Scn *scn;
	Elf_Data *data;
	GElf_Shdr sh;
	u64 next;
};

/* Sets *sym to the next symbol of the tables of at->elf that a section of the file
 * holds; false at the end. */
static bool each_symbol(struct symtab *at, GElf_Sym *sym)
{
	for (;;) {
		while (at->data && at->next < at->sh.sh_size / at->sh.sh_entsize)
			if (gelf_getsym(at->data, (int)at->next++, sym) &&
			    sym->st_shndx != SHN_UNDEF && sym->st_shndx < SHN_LORESERVE)
				return true;
		at->scn = elf_nextscn(at->elf, at->scn);
		if (!at->scn)
			return false;
		at->data = NULL;
		at->next = 0;
		if (gelf_getshdr(at->scn, &at->sh) && at->sh.sh_type == SHT_SYMTAB &&
		    at->sh.sh_entsize)
			at->data = elf_getdata(at->scn, NULL);
	}
}

static const char *symbol_name(const struct symtab *at, const GElf_Sym *sym)
{
	return elf_strptr(at->elf, at->sh.sh_link, sym->st_name);
}

/* The name in the ELF symbol table of the function that holds addr. */
static char *symtab_name(const struct image *im, u32 addr)
{
	struct symtab at = { .elf = im->elf };
	const char *best = NULL;
	u64 best_value = 0;
	GElf_Sym sym;

	while (each_symbol(&at, &sym)) {
		if (GELF_ST_TYPE(sym.st_info) > STT_FUNC)
			continue;
		if (im->place && (sym.st_shndx >= im->nr_sections || !im->place[sym.st_shndx]))
			continue;
		if (im->place)
			sym.st_value += im->place[sym.st_shndx];
		if (sym.st_value > addr || sym.st_value < best_value ||
		    (sym.st_size && addr >= sym.st_value + sym.st_size))
			continue;
		best = symbol_name(&at, &sym);
		best_value = sym.st_value;
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

static struct symbol look_up(struct image *im, u32 addr)
{
	struct symbol r = { NULL, NULL, 0, NULL };
	Dwarf_Die cu, fn[DEEPEST];

	if (im->dwarf && dwarf_addrdie(im->dwarf, addr, &cu)) {
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
		r.func = symtab_name(im, addr);
	if (!r.file)
		r.file = ps_strdup("");
	if (!r.inlined)
		r.inlined = ps_strdup("");
	return r;
}

/* The ELF whose code was at addr at tick t; NULL: none that is known. */
static struct image *image_at(struct symbols *s, u32 addr, u64 t)
{
	for (unsigned n = 0; n < s->f->nr_modules; n++) {
		const struct loaded_module *m = &s->f->module[n];

		if (addr - m->addr >= m->size || t < m->from || t > m->to)
			continue;
		if (!s->looked[n])
			s->module[n] = open_module(s, m);
		s->looked[n] = true;
		return s->module[n];
	}
	return &s->kernel;
}

struct symbol symbols_site(struct symbols *s, u32 site, u64 t)
{
	struct image *im = s && site ? image_at(s, site - 1, t) : NULL;
	u32 i;

	if (!im)
		return (struct symbol){ "", "", 0, "" };
	if (ps_map_get(&im->known, site - 1, &i))
		return im->answer[i];
	im->answer = ps_realloc(im->answer, (im->nr + 1) * sizeof(*im->answer));
	im->answer[im->nr] = look_up(im, site - 1);
	ps_map_set(&im->known, site - 1, im->nr);
	return im->answer[im->nr++];
}

/* ---- the table ---- */

static int by_address(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : strcmp(x->name, y->name);
}

static bool is_named(const GElf_Sym *sym, u32 from, u32 to)
{
	unsigned type = GELF_ST_TYPE(sym->st_info);

	if (type != STT_FUNC && type != STT_OBJECT &&
	    !(type == STT_NOTYPE && GELF_ST_BIND(sym->st_info) == STB_GLOBAL))
		return false;
	return sym->st_value >= from && sym->st_value < to;
}

struct named *symbols_table(struct symbols *s, u32 from, u32 to, u32 *nr)
{
	struct symtab at = { .elf = s ? s->kernel.elf : NULL };
	struct named *all = NULL;
	GElf_Sym sym;
	u32 cap = 0;

	*nr = 0;
	while (s && each_symbol(&at, &sym)) {
		const char *name = symbol_name(&at, &sym);

		if (!is_named(&sym, from, to) || !name || !*name)
			continue;
		if (*nr == cap) {
			cap = cap ? cap * 2 : 1024;
			all = ps_realloc(all, cap * sizeof(*all));
		}
		all[(*nr)++] = (struct named){ (u32)sym.st_value, (u32)sym.st_size, name };
	}
	if (*nr)
		qsort(all, *nr, sizeof(*all), by_address);
	return all;
}

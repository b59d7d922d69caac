/* SPDX-License-Identifier: MIT */
/*
 * module.c - loading and unloading modules, after 2.4.22's kernel/module.c and
 * the insmod that used it.
 *
 * What insmod did in user space happens in the same function as the system
 * calls it made, in the same order: check the object, create_module (vmalloc of
 * header and body), relocate for the address that gave, init_module (a staging
 * copy of the header in a second, temporary vmalloc; body; init).  Everything
 * that can be wrong with the object is found before the first allocation.
 *
 * A module's memory is a struct module of 96 bytes, kept here as 24 words in
 * 2.4.22's order, then the name, then the sections.  All access to it goes
 * through vread and vwrite.
 */
#include "clients/module.h"
#include "clients/module_call.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/tracepoints.h"
#include "clients/ksyms.h"
#include "clients/object.h"

/* Words of the header that mean something here. */
enum {
	MH_SIZE_OF_STRUCT = 0,
	MH_NEXT = 1,
	MH_NAME = 2,
	MH_SIZE = 3,
	MH_USECOUNT = 4,
	MH_FLAGS = 5,
	MH_INIT = 11,
	MH_CLEANUP = 12,
	MH_RUNSIZE = 18,
	MH_WORDS = MODULE_HEADER / 4
};
#define MOD_RUNNING 1u
#define THIS_MODULE "__this_module"

struct module {
	char name[MODULE_NAME_MAX];
	vaddr_t addr;
	u32 size;
	const void *image; /* NULL: made by create_module alone */
	size_t image_size;
	vaddr_t init, cleanup;
	u32 needs; /* bit i: uses a symbol of modules[i] */
	bool used, running;
	struct module *next; /* module_list, newest first */
};

static struct module modules[MODULES_MAX], *module_list;
/* The object being loaded, and another one looked into for a symbol: too large
 * for the stack, and only one module is loaded at a time. */
static struct object loading, looked_into;
static char message[OBJECT_ERROR + MODULE_NAME_MAX + 16];

const char *module_message(void)
{
	return message;
}

/* Keeps and prints the reason; returns err. */
static int __attribute__((format(printf, 3, 4)))
fail(int err, const char *name, const char *fmt, ...)
{
	char why[OBJECT_ERROR];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	snprintf(message, sizeof message, "module %.59s: %s", name, why);
	printk("%s\n", message);
	return err;
}

static struct module *find(const char *name)
{
	for (struct module *mod = module_list; mod; mod = mod->next)
		if (!strcmp(mod->name, name))
			return mod;
	return NULL;
}

static u32 header_and_name(const char *name)
{
	return MODULE_HEADER + (u32)strlen(name) + 1;
}

static u32 header_word(const struct module *mod, unsigned word)
{
	u32 value = 0;

	vread((char *)&value, mod->addr + word * 4, sizeof value);
	return value;
}

/* ---- create and delete ------------------------------------------------------ */

static int create(const char *name, u32 size, struct module **created)
{
	u32 header[MH_WORDS] = { [MH_SIZE_OF_STRUCT] = MODULE_HEADER, [MH_SIZE] = size };
	struct module *mod = modules;

	if (!*name || strnlen(name, MODULE_NAME_MAX) == MODULE_NAME_MAX)
		return fail(-EINVAL, name, "a name has 1 to %d characters", MODULE_NAME_MAX - 1);
	if (size < header_and_name(name))
		return fail(-EINVAL, name, "%u bytes do not hold the header and the name", size);
	if (find(name))
		return fail(-EEXIST, name, "already loaded");
	while (mod < modules + MODULES_MAX && mod->used)
		mod++;
	if (mod == modules + MODULES_MAX)
		return fail(-EPERM, name, "%d modules are loaded, no more fit", MODULES_MAX);
	*mod = (struct module){ .size = size, .addr = vmalloc(size) };
	TRACE_STR(module_load, ({ .addr = mod->addr, .size = size, .phase = PS_MODULE_CREATE }),
		  name);
	if (!mod->addr)
		return fail(-ENOMEM, name, "no memory for %u bytes", size);
	header[MH_NEXT] = module_list ? module_list->addr : 0;
	header[MH_NAME] = mod->addr + MODULE_HEADER;
	vwrite((const char *)header, mod->addr, MODULE_HEADER);
	vwrite(name, mod->addr + MODULE_HEADER, (u32)strlen(name) + 1);
	snprintf(mod->name, sizeof mod->name, "%s", name);
	mod->used = true;
	mod->next = module_list;
	module_list = mod;
	*created = mod;
	return 0;
}

int create_module(const char *name, u32 size, vaddr_t *addr)
{
	struct module *mod = NULL;
	int err = create(name, size, &mod);

	*addr = mod ? mod->addr : 0;
	return err;
}

/* Modules that use a symbol of this one. */
static u32 dependents(const struct module *mod)
{
	u32 n = 0;

	for (const struct module *other = module_list; other; other = other->next)
		n += other->needs >> (mod - modules) & 1;
	return n;
}

/* Off the list, and the memory back. */
static void release(struct module *mod)
{
	struct module **link = &module_list;
	vaddr_t addr = mod->addr;

	while (*link != mod)
		link = &(*link)->next;
	*link = mod->next;
	TRACE_STR(module_free, ({ .addr = addr }), mod->name);
	*mod = (struct module){ 0 };
	vfree(addr);
}

int delete_module(const char *name)
{
	struct module *mod = find(name);
	u32 uses;

	if (!mod)
		return fail(-ENOENT, name, "not loaded");
	uses = header_word(mod, MH_USECOUNT);
	if (uses)
		return fail(-EBUSY, name, "in use (count %u)", uses);
	if (dependents(mod))
		return fail(-EBUSY, name, "%u loaded modules need it", dependents(mod));
	if (mod->running) {
		TRACE_STR(module_load,
			  ({ .addr = mod->addr, .size = mod->size, .phase = PS_MODULE_CLEANUP }),
			  name);
		mod->running = false;
		if (mod->cleanup && module_call(name, MODULE_CLEANUP, mod->cleanup) == -EFAULT)
			printk("module %s: its cleanup_module faulted\n", name);
	}
	release(mod);
	return 0;
}

int rmmod(const char *name)
{
	return delete_module(name);
}

/* ---- linking ---------------------------------------------------------------- */

/* Looks again into the object a loaded module was made from; it was good then.
 * NULL: made without one. */
static const struct object *reopen(const struct module *mod)
{
	char error[OBJECT_ERROR];

	if (!mod->image || object_open(&looked_into, mod->image, mod->image_size,
				       header_and_name(mod->name), error))
		return NULL;
	return &looked_into;
}

static vaddr_t defined_symbol(const struct module *mod, const char *symbol)
{
	const struct object *obj = reopen(mod);
	const struct elf_symbol *sym;
	bool absolute;
	u32 place;

	if (!obj)
		return 0;
	sym = object_find(obj, symbol);
	if (!sym || !object_symbol_place(obj, sym, &place, &absolute))
		return 0;
	return absolute ? place : mod->addr + place;
}

/* An undefined symbol's address: the kernel's, else a loaded module's, which is
 * then noted in *needs.  0: nobody has it. */
static vaddr_t resolve(const char *symbol, u32 *needs)
{
	vaddr_t addr = ksym_lookup(symbol);

	for (struct module *mod = module_list; !addr && mod; mod = mod->next) {
		if (!mod->running)
			continue;
		addr = defined_symbol(mod, symbol);
		if (addr)
			*needs |= 1u << (mod - modules);
	}
	return addr;
}

/* The final value of a symbol in a module at `addr`.  False: undefined. */
static bool symbol_value(const struct object *obj, const struct elf_symbol *sym, vaddr_t addr,
			 u32 *needs, u32 *value)
{
	const char *name = object_symbol_name(obj, sym);
	bool absolute;

	if (sym->section != SHN_UNDEF) {
		if (!object_symbol_place(obj, sym, value, &absolute))
			return false;
		*value += absolute ? 0 : addr;
		return true;
	}
	*value = !strcmp(name, THIS_MODULE) ? addr : resolve(name, needs);
	/* Symbol 0 is the empty one, 0 by definition. */
	return *value || sym == obj->symbols || sym->info >> 4 == STB_WEAK ||
	       !strcmp(name, THIS_MODULE);
}

static const struct elf_rel *relocations(const struct object *obj, u32 section, u32 *n)
{
	*n = obj->sections[section].size / sizeof(struct elf_rel);
	return (const void *)(obj->image + obj->sections[section].offset);
}

/* True if the section's relocations are for memory that is loaded. */
static bool relocates_loaded(const struct object *obj, u32 section)
{
	const struct elf_section *s = obj->sections + section;

	return (s->type == SHT_REL || s->type == SHT_RELA) && s->info < obj->nr_sections &&
	       obj->place[s->info];
}

static int check_relocation(const struct object *obj, const char *name, u32 target,
			    const struct elf_rel *rel)
{
	const char *where = object_section_name(obj, target);
	u32 type = rel->info & 0xff, nr = rel->info >> 8, needs = 0, value;
	const struct elf_symbol *sym = obj->symbols + nr;

	if (type != R_386_NONE && type != R_386_32 && type != R_386_PC32 && type != R_386_PLT32)
		return fail(-ENOEXEC, name,
			    "%s+%x: relocation type %u is not supported "
			    "(compile with -fno-pic)",
			    where, rel->offset, type);
	if (rel->offset > obj->sections[target].size ||
	    obj->sections[target].size - rel->offset < 4)
		return fail(-ENOEXEC, name, "relocation at %x outside section %s of %x bytes",
			    rel->offset, where, obj->sections[target].size);
	if (nr >= obj->nr_symbols)
		return fail(-ENOEXEC, name, "%s+%x: relocation by symbol %u of %u", where,
			    rel->offset, nr, obj->nr_symbols);
	if (type != R_386_NONE && !symbol_value(obj, sym, PAGE_SIZE, &needs, &value))
		return fail(sym->section == SHN_UNDEF ? -ENOENT : -ENOEXEC, name,
			    sym->section == SHN_UNDEF ? "unknown symbol %s"
						      : "symbol %s is in a section not loaded",
			    object_symbol_name(obj, sym));
	return 0;
}

static int check_relocations(const struct object *obj, const char *name)
{
	u32 n;

	for (u32 i = 0; i < obj->nr_sections; i++) {
		const struct elf_section *s = obj->sections + i;
		const struct elf_rel *rel;

		if (!relocates_loaded(obj, i))
			continue;
		if (s->type != SHT_REL || s->link != obj->symtab || s->entsize != sizeof *rel ||
		    s->size % sizeof *rel || obj->sections[s->info].type == SHT_NOBITS)
			return fail(-ENOEXEC, name,
				    "section %s: relocations of a form the i386 "
				    "does not use",
				    object_section_name(obj, i));
		rel = relocations(obj, i, &n);
		for (u32 r = 0; r < n; r++) {
			int err = check_relocation(obj, name, s->info, rel + r);

			if (err)
				return err;
		}
	}
	return 0;
}

static void relocate(const struct object *obj, struct module *mod, u32 target,
		     const struct elf_rel *rel)
{
	vaddr_t at = mod->addr + obj->place[target] + rel->offset;
	u32 type = rel->info & 0xff, word, value;

	if (type == R_386_NONE)
		return;
	symbol_value(obj, obj->symbols + (rel->info >> 8), mod->addr, &mod->needs, &value);
	vread((char *)&word, at, sizeof word);
	word += value - (type == R_386_32 ? 0 : at);
	vwrite((const char *)&word, at, sizeof word);
}

static void clear(vaddr_t from, vaddr_t to)
{
	static const char zero[256];

	for (u32 n; from < to; from += n) {
		n = to - from < sizeof zero ? to - from : (u32)sizeof zero;
		vwrite(zero, from, n);
	}
}

/* Copies the body, linked for where it stands. */
static void copy_body(const struct object *obj, struct module *mod)
{
	u32 n;

	clear(mod->addr + header_and_name(mod->name), mod->addr + mod->size);
	for (u32 i = 0; i < obj->nr_sections; i++)
		if (obj->place[i] && obj->sections[i].type != SHT_NOBITS)
			vwrite((const char *)obj->image + obj->sections[i].offset,
			       mod->addr + obj->place[i], obj->sections[i].size);
	for (u32 i = 0; i < obj->nr_sections; i++) {
		const struct elf_rel *rel;

		if (!relocates_loaded(obj, i))
			continue;
		rel = relocations(obj, i, &n);
		for (u32 r = 0; r < n; r++)
			relocate(obj, mod, obj->sections[i].info, rel + r);
	}
}

/* ---- init ------------------------------------------------------------------- */

static bool in_module(const struct module *mod, vaddr_t addr)
{
	return addr - mod->addr < mod->size;
}

/* The header init_module gets from user space is copied to memory of its own
 * and looked at there, before it may replace the module's. */
static int stage_header(const struct object *obj, struct module *mod, vaddr_t stage)
{
	u32 header[MH_WORDS];
	u32 place, needs = 0;

	vread((char *)header, mod->addr, MODULE_HEADER);
	symbol_value(obj, object_find(obj, "init_module"), mod->addr, &needs, &place);
	header[MH_INIT] = place;
	header[MH_CLEANUP] = 0;
	if (object_find(obj, "cleanup_module")) {
		symbol_value(obj, object_find(obj, "cleanup_module"), mod->addr, &needs, &place);
		header[MH_CLEANUP] = place;
	}
	header[MH_RUNSIZE] = mod->size;
	vwrite((const char *)header, stage, MODULE_HEADER);

	vread((char *)header, stage, MODULE_HEADER);
	if (!in_module(mod, header[MH_INIT]) ||
	    (header[MH_CLEANUP] && !in_module(mod, header[MH_CLEANUP])))
		return fail(-ENOEXEC, mod->name, "init_module or cleanup_module lies outside it");
	mod->init = header[MH_INIT];
	mod->cleanup = header[MH_CLEANUP];
	vwrite((const char *)header, mod->addr, MODULE_HEADER);
	return 0;
}

static int run_init(struct module *mod)
{
	u32 flags = MOD_RUNNING;
	int err;

	TRACE_STR(module_load, ({ .addr = mod->addr, .size = mod->size, .phase = PS_MODULE_INIT }),
		  mod->name);
	err = module_call(mod->name, MODULE_INIT, mod->init);
	if (err == -EFAULT)
		return fail(err, mod->name, "init_module faulted");
	if (err)
		return fail(err < 0 ? err : -EINVAL, mod->name, "init_module returned %d", err);
	vwrite((const char *)&flags, mod->addr + MH_FLAGS * 4, sizeof flags);
	mod->running = true;
	return 0;
}

static int init_module_from(const struct object *obj, struct module *mod)
{
	vaddr_t stage = vmalloc(MODULE_HEADER);
	int err;

	TRACE_STR(module_load, ({ .addr = stage, .size = MODULE_HEADER, .phase = PS_MODULE_STAGE }),
		  mod->name);
	if (!stage)
		return fail(-ENOMEM, mod->name, "no memory for the staging copy");
	err = stage_header(obj, mod, stage);
	if (!err) {
		copy_body(obj, mod);
		err = run_init(mod);
	}
	vfree(stage);
	return err;
}

/* For whoever looks up a call site in the module's object: is it the same one? */
static void tell_build_id(const struct object *obj, const struct module *mod)
{
	char id[2 * OBJECT_BUILD_ID + 1];

	object_build_id(obj, id);
	if (*id)
		TRACE_STR(module_build_id, ({ .addr = mod->addr }), mod->name, id);
}

int insmod(const char *name, const void *image, size_t size)
{
	struct object *obj = &loading;
	struct module *mod;
	char error[OBJECT_ERROR];
	int err;

	if (strnlen(name, MODULE_NAME_MAX) == MODULE_NAME_MAX)
		return fail(-EINVAL, name, "a name has 1 to %d characters", MODULE_NAME_MAX - 1);
	if (object_open(obj, image, size, header_and_name(name), error))
		return fail(-ENOEXEC, name, "%s", error);
	if (!object_find(obj, "init_module"))
		return fail(-ENOEXEC, name, "it defines no init_module");
	err = check_relocations(obj, name);
	if (!err)
		err = create(name, obj->total, &mod);
	if (err)
		return err;
	mod->image = image;
	mod->image_size = size;
	tell_build_id(obj, mod);
	err = init_module_from(obj, mod);
	if (err)
		release(mod);
	return err;
}

/* ---- looking at it ----------------------------------------------------------- */

bool module_info(unsigned n, struct module_info *info)
{
	const struct module *mod = module_list;

	while (mod && n--)
		mod = mod->next;
	if (!mod)
		return false;
	*info = (struct module_info){ .addr = mod->addr,
				      .size = mod->size,
				      .init = mod->init,
				      .cleanup = mod->cleanup,
				      .running = mod->running,
				      .users = header_word(mod, MH_USECOUNT) + dependents(mod) };
	memcpy(info->name, mod->name, sizeof info->name);
	return true;
}

vaddr_t module_symbol(const char *module, const char *symbol)
{
	const struct module *mod = find(module);

	return mod ? defined_symbol(mod, symbol) : 0;
}

vaddr_t module_section(const char *module, const char *section)
{
	const struct module *mod = find(module);
	const struct object *obj = mod ? reopen(mod) : NULL;

	if (!obj)
		return 0;
	for (u32 i = 0; i < obj->nr_sections; i++)
		if (obj->place[i] && !strcmp(object_section_name(obj, i), section))
			return mod->addr + obj->place[i];
	return 0;
}

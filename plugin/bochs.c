/* SPDX-License-Identifier: MIT */
/*
 * bochs.c - finding and calling what Bochs 2.7 and 3.0 export.
 *
 * Everything is looked up by name, so that a Bochs which lacks something makes
 * the plugin step aside instead of failing to load.  Three facts have no name:
 * the interface of plugins (tied to the build string), where the CPU object
 * keeps CR0, CR2, CR3 and CR4, and the slot of get_init_done in a virtual table.
 * The latter two are checked against the code that uses them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bochs.h"

/* The builds it knows.  Release dates stand in the binary's usage text; the number itself
 * does not.  cr0 to cr4: where the CPU object of Debian's build keeps each. */
static const struct build {
	const char *date, *version;
	uint32_t cr0, cr2, cr3, cr4;
} known[] = {
	{ "Built from SVN snapshot on August  1, 2021", "2.7", 0x29c, 0x2a0, 0x2a8, 0x2b0 },
	{ "Built from GitHub snapshot on February 16, 2025", "3.0", 0x2a4, 0x2a8, 0x2b0, 0x2b8 },
};

static struct {
	void ***cpu_array;
	uint64_t (*get_tsc)(void *cpu);
	/* 2.7 has no `nested`, and does not look at the register it is in */
	bool (*translate)(void *cpu, uint64_t linear, uint64_t *pa, uint64_t *mask, bool verbose,
			  bool nested);
	uint8_t *(*host_memory)(void *cpu, uint64_t pa, unsigned rw);
	int (**add_read)(void *, bochs_read_fn *, uint32_t, const char *, uint8_t);
	int (**add_write)(void *, bochs_write_fn *, uint32_t, const char *, uint8_t);
	void (*page_fault)(void); /* only looked at */
	void (*print)(const char *format, ...);
	const struct build *build;
	bool registers_known;
} bx;

/* Names of C++ functions say what their arguments are: one of another shape is not
 * found.  name_3_0 is what 3.0 calls it, if not by the same name. */
struct symbol {
	void *slot;
	const char *name, *name_3_0;
};

static const struct symbol symbols[] = {
	{ &bx.cpu_array, "bx_cpu_array", NULL },
	{ &bx.get_tsc, "_ZN8BX_CPU_C7get_TSCEv", NULL },
	{ &bx.translate, "_ZN8BX_CPU_C20dbg_xlate_linear2phyEmPmS0_b",
	  "_ZN8BX_CPU_C20dbg_xlate_linear2phyEmPmS0_bb" },
	{ &bx.host_memory, "_ZN8BX_MEM_C14getHostMemAddrEP8BX_CPU_Cmj", NULL },
	{ &bx.add_read, "pluginRegisterIOReadHandler", NULL },
	{ &bx.add_write, "pluginRegisterIOWriteHandler", NULL },
	{ &bx.page_fault, "_ZN8BX_CPU_C10page_faultEjmjj", NULL },
};

/* False: one of them is not there; *why says which. */
static bool find_symbols(const struct symbol *symbol, size_t nr, const char **why)
{
	static char text[160];

	for (const struct symbol *s = symbol; s < symbol + nr; s++) {
		void *found = dlsym(RTLD_DEFAULT, s->name);

		if (!found && s->name_3_0)
			found = dlsym(RTLD_DEFAULT, s->name_3_0);
		if (!found) {
			snprintf(text, sizeof(text), "this Bochs has no %s", s->name);
			*why = text;
			return false;
		}
		memcpy(s->slot, &found, sizeof(found));
	}
	return true;
}

/* ---- which Bochs is this ---------------------------------------------------- */

/* dl_iterate_phdr visits the program itself first. */
static int find_build(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_R))
			continue;
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (memmem((const void *)(info->dlpi_addr + ph->p_vaddr), ph->p_filesz,
				   known[k].date, strlen(known[k].date)))
				bx.build = &known[k];
	}
	return 1;
}

#define CR0_PE  0x00000001u
#define CR0_PG  0x80000000u
#define CR4_PAE 0x20u

/* Is the offset anywhere in the function's code, as in "mov off(%reg), ..."? */
static bool code_mentions(const void *function, uint32_t offset)
{
	const ElfW(Sym) * sym;
	Dl_info info;

	return dladdr1(function, &info, (void **)&sym, RTLD_DL_SYMENT) && sym &&
	       memmem(function, sym->st_size, &offset, sizeof(offset)) != NULL;
}

static bool check_registers(void)
{
	const void *walk = (const void *)(uintptr_t)bx.translate;
	const void *fault = (const void *)(uintptr_t)bx.page_fault;

	return code_mentions(walk, bx.build->cr0) && code_mentions(walk, bx.build->cr3) &&
	       code_mentions(walk, bx.build->cr4) && code_mentions(fault, bx.build->cr2);
}

bool bochs_bind(const char **why)
{
	*(void **)&bx.print = dlsym(RTLD_DEFAULT, "_Z10dbg_printfPKcz");
	dl_iterate_phdr(find_build, NULL);
	if (!bx.build) {
		*why = "this is not Bochs 2.7 or 3.0, the versions it knows";
		return false;
	}
	if (!find_symbols(symbols, sizeof(symbols) / sizeof(symbols[0]), why))
		return false;
	bx.registers_known = check_registers();
	return true;
}

const char *bochs_version(void)
{
	return bx.build->version;
}

/* ---- devices ------------------------------------------------------------------ */

void bochs_add_device(void *plugin, unsigned type, void *device, const char *name)
{
	void (*add)(void *, unsigned, void *, const char *);

	*(void **)&add = dlsym(RTLD_DEFAULT, "pluginRegisterDeviceDevmodel");
	if (add)
		add(plugin, type, device, name);
}

void bochs_add_debug_name(void *device, const char *name)
{
	void (*add)(const char *, void *);

	*(void **)&add = dlsym(RTLD_DEFAULT, "_Z26bx_dbg_register_debug_infoPKcPv");
	if (add)
		add(name, device);
}

void bochs_add_port(void *device, uint32_t port, bochs_read_fn *read, bochs_write_fn *write)
{
	const uint8_t dword_only = 4;

	(*bx.add_read)(device, read, port, "pagescope", dword_only);
	(*bx.add_write)(device, write, port, "pagescope", dword_only);
}

bool bochs_every(uint64_t ticks, void (*fn)(void *device), void *device)
{
	int (*add)(void *system, void *self, void (*handler)(void *), uint64_t ticks,
		   bool continuous, bool active, const char *id);
	void *system = dlsym(RTLD_DEFAULT, "bx_pc_system");

	*(void **)&add = dlsym(RTLD_DEFAULT,
			       "_ZN14bx_pc_system_c20register_timer_ticksEPvPFvS0_EmbbPKc");
	return system && add && add(system, device, fn, ticks, true, true, "pagescope") >= 0;
}

/* ---- the machine ---------------------------------------------------------------- */

static void *cpu0(void)
{
	return *bx.cpu_array ? (*bx.cpu_array)[0] : NULL;
}

uint64_t bochs_ticks(void)
{
	void *cpu = cpu0();

	return cpu ? bx.get_tsc(cpu) : 0;
}

/* Past the end of RAM Bochs gives a page of 0xff; for ROM and video memory, null
 * or an address that no packet or page table can be at.  Traps refuse a read, never a
 * fetch; Bochs has one address for both. */
const uint8_t *bochs_ram_page(uint32_t pa)
{
	return bx.host_memory(NULL, pa, BOCHS_EXECUTE);
}

bool bochs_read_ram(uint32_t pa, void *to, uint32_t bytes)
{
	while (bytes) {
		uint32_t in_page = pa & 4095, n = 4096 - in_page;
		const uint8_t *page = bochs_ram_page(pa - in_page);

		if (!page)
			return false;
		if (n > bytes)
			n = bytes;
		memcpy(to, page + in_page, n);
		to = (uint8_t *)to + n;
		pa += n;
		bytes -= n;
	}
	return true;
}

bool bochs_translate(uint32_t linear, uint32_t *pa)
{
	uint64_t phys, mask;

	if (!bx.translate(cpu0(), linear, &phys, &mask, false, false))
		return false;
	*pa = (uint32_t)phys;
	return true;
}

static uint32_t cpu_word(uint32_t offset)
{
	uint32_t word;

	memcpy(&word, (const uint8_t *)cpu0() + offset, sizeof(word));
	return word;
}

bool bochs_page_directory(uint32_t *pa)
{
	if (!bx.registers_known || !cpu0() || !(cpu_word(bx.build->cr0) & CR0_PG) ||
	    (cpu_word(bx.build->cr4) & CR4_PAE))
		return false;
	*pa = cpu_word(bx.build->cr3) & ~4095u;
	return true;
}

bool bochs_in_real_mode(void)
{
	return bx.registers_known && cpu0() && !(cpu_word(bx.build->cr0) & CR0_PE);
}

/* The CPU's own walk reads CR3 where the CPU keeps it. */
bool bochs_walk_from(uint32_t directory)
{
	static uint32_t real;
	static bool borrowed;
	uint32_t unused, from = directory ? directory & ~4095u : real;

	if (directory ? borrowed || !bochs_page_directory(&unused) : !borrowed)
		return false;
	if (directory)
		real = cpu_word(bx.build->cr3);
	memcpy((uint8_t *)cpu0() + bx.build->cr3, &from, sizeof(from));
	borrowed = directory != 0;
	return true;
}

/* ---- a guest that is watched ------------------------------------------------------ */

/* Bochs's struct of GDTR and IDTR. */
struct global_segment {
	uint64_t base;
	uint16_t limit;
};

/* Bochs's struct of a segment register: the selector, then its descriptor. */
struct segment {
	uint16_t selector;
	uint32_t low, high;
	uint32_t rest[13]; /* more than any version writes */
};

static struct {
	bool (*trap)(void *unused, void *read, void *write, void *direct, uint64_t from,
		     uint64_t last);
	void (*flush_tlb)(void *cpu);
	uint32_t (*ip)(void);
	uint32_t (*reg32)(unsigned number);
	uint32_t (*eflags)(void *cpu);
	void (*segment)(void *cpu, struct segment *to, unsigned number);
	void (*tr)(void *cpu, struct segment *to);
	void (*idtr)(void *cpu, struct global_segment *to);
	void (*gdtr)(void *cpu, struct global_segment *to);
} watch;

static const struct symbol watch_symbols[] = {
	{ &watch.trap, "_ZN8BX_MEM_C22registerMemoryHandlersEPvPFbmjS0_S0_ES2_PFPhmjS0_Emm", NULL },
	{ &watch.flush_tlb, "_ZN8BX_CPU_C9TLB_flushEv", NULL },
	{ &watch.ip, "_Z14bx_dbg_get_eipv", NULL },
	{ &watch.reg32, "_Z22bx_dbg_get_reg32_valuej", NULL },
	{ &watch.eflags, "_ZN8BX_CPU_C11force_flagsEv", NULL },
	{ &watch.segment, "_ZN8BX_CPU_C12dbg_get_sregEP13bx_dbg_sreg_tj", NULL },
	{ &watch.tr, "_ZN8BX_CPU_C10dbg_get_trEP13bx_dbg_sreg_t", NULL },
	{ &watch.idtr, "_ZN8BX_CPU_C12dbg_get_idtrEP20bx_dbg_global_sreg_t",
	  "_ZN8BX_CPU_C12dbg_get_idtrEP23bx_global_segment_reg_t" },
	{ &watch.gdtr, "_ZN8BX_CPU_C12dbg_get_gdtrEP20bx_dbg_global_sreg_t",
	  "_ZN8BX_CPU_C12dbg_get_gdtrEP23bx_global_segment_reg_t" },
};

bool bochs_bind_watch(const char **why)
{
	if (!find_symbols(watch_symbols, sizeof(watch_symbols) / sizeof(watch_symbols[0]), why))
		return false;
	*why = "where this Bochs keeps CR0, CR3 and CR4 is not known";
	return bx.registers_known;
}

bool bochs_trap(const struct bochs_trap *trap, uint32_t from, uint32_t last)
{
	return watch.trap(NULL, (void *)(uintptr_t)trap->read, (void *)(uintptr_t)trap->write,
			  (void *)(uintptr_t)trap->direct, from, last);
}

void bochs_flush_tlb(void)
{
	watch.flush_tlb(cpu0());
}

uint32_t bochs_ip(void)
{
	return watch.ip();
}

struct bochs_control bochs_control(void)
{
	return (struct bochs_control){ cpu_word(bx.build->cr0), cpu_word(bx.build->cr3),
				       cpu_word(bx.build->cr4) };
}

static struct global_segment global_segment(void (*get)(void *, struct global_segment *))
{
	struct global_segment s = { 0 };

	get(cpu0(), &s);
	return s;
}

uint32_t bochs_idt(uint32_t *limit)
{
	struct global_segment idtr = global_segment(watch.idtr);

	*limit = idtr.limit;
	return (uint32_t)idtr.base;
}

uint16_t bochs_cs(void)
{
	struct segment s = { 0 };

	watch.segment(cpu0(), &s, 1);
	return s.selector;
}

uint32_t bochs_eflags(void)
{
	return watch.eflags(cpu0());
}

uint32_t bochs_cr2(void)
{
	return cpu_word(bx.build->cr2);
}

void bochs_registers(struct bochs_registers *to)
{
	struct global_segment gdtr = global_segment(watch.gdtr), idtr = global_segment(watch.idtr);
	struct segment s = { 0 };

	*to = (struct bochs_registers){
		.eip = watch.ip(),
		.eflags = watch.eflags(cpu0()),
		.cr2 = cpu_word(bx.build->cr2),
		.gdt_base = (uint32_t)gdtr.base,
		.idt_base = (uint32_t)idtr.base,
		.gdt_limit = gdtr.limit,
		.idt_limit = idtr.limit,
	};
	for (unsigned n = 0; n < 8; n++)
		to->general[n] = watch.reg32(n);
	for (unsigned n = 0; n < 6; n++) {
		watch.segment(cpu0(), &s, n);
		to->segment[n] = s.selector;
	}
	watch.tr(cpu0(), &s);
	to->tr = s.selector;
	to->tr_base = s.low >> 16 | (s.high & 0xff) << 16 | (s.high & 0xff000000u);
}

/* ---- closing down ------------------------------------------------------------------ */

/*
 * bx_atexit() first asks SIM->get_init_done() whether there is anything to do,
 * then frees guest memory, then unloads plugins.  The question is a virtual
 * call: SIM gets a copy of its virtual table with our function in that slot.
 */
enum { SLOT_GET_INIT_DONE = 3 };
static void (*exit_fn)(void);
static bool (*real_get_init_done)(void *sim);

static bool get_init_done(void *sim)
{
	const void *caller = __builtin_return_address(0);
	Dl_info info;

	if (dladdr(caller, &info) && info.dli_sname && strcmp(info.dli_sname, "_Z9bx_atexitv") == 0)
		exit_fn();
	return real_get_init_done(sim);
}

bool bochs_at_exit(void (*fn)(void))
{
	void ***sim_pointer = dlsym(RTLD_DEFAULT, "SIM"), **sim = sim_pointer ? *sim_pointer : NULL;
	void *expected = dlsym(RTLD_DEFAULT, "_ZN13bx_real_sim_c13get_init_doneEv");
	void **table = dlsym(RTLD_DEFAULT, "_ZTV13bx_real_sim_c"), **copy;
	const ElfW(Sym) * sym;
	Dl_info info;

	if (!sim || !table || !expected || *sim != table + 2 ||
	    table[2 + SLOT_GET_INIT_DONE] != expected ||
	    !dladdr1(table, &info, (void **)&sym, RTLD_DL_SYMENT))
		return false;
	copy = malloc(sym->st_size);
	if (!copy)
		return false;
	memcpy(copy, table, sym->st_size);
	memcpy(&real_get_init_done, &expected, sizeof(expected));
	exit_fn = fn;
	copy[2 + SLOT_GET_INIT_DONE] = (void *)(uintptr_t)get_init_done;
	*sim = copy + 2;
	/* cppcheck-suppress memleak ; Bochs has it now, behind *sim */
	return true;
}

void bochs_print(const char *text)
{
	if (bx.print)
		bx.print("%s", text);
}

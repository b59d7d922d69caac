/* SPDX-License-Identifier: MIT */
/*
 * sim.c - the simulated machine: RAM, CR3, TLB flushes, console, panic.
 *
 * RAM is one reservation that the host fills page by page as it is touched, so
 * a 4 GiB machine costs what it uses.  Where the host's address space is small
 * (32 bits), highmem has descriptors but no contents.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/number.h"
#include "lib/printk.h"
#include "mm/machine.h"
#include "mm/mm_priv.h"
#include "mm/slab.h"
#include "sim.h"
#include "sim_input.h"

u8 *sim_ram;
phys_t sim_cr3;
FILE *sim_console;
jmp_buf *sim_panic_jump;
char sim_panic_text[200];
struct sim_counts sim_counts;
unsigned sim_tlb_flushes;

static u64 ram_bytes; /* reserved, pool included */
static u64 machine_ram;
static bool has_pse = true, has_pge = true;

/* ---- mm/machine.h ---- */

void machine_flush_tlb_all(void)
{
	sim_counts.flush_all++;
	sim_tlb_flushes++;
}
void machine_flush_tlb_one(vaddr_t addr)
{
	(void)addr;
	sim_counts.flush_one++;
	sim_tlb_flushes++;
}
bool machine_has_pse(void)
{
	return has_pse;
}
bool machine_has_pge(void)
{
	return has_pge;
}
void machine_enable_paging_features(void)
{
	sim_counts.features_enabled++;
}
u32 machine_tsc_hz(void)
{
	return 1000000000;
}

/* As the CPU would: the fault of an address space that does not know the slot
 * yet is taken here. */
void *machine_linear(vaddr_t addr, bool write)
{
	u32 pde, pte;
	phys_t phys;

	while (!page_walk(sim_cr3, addr, &pde, &pte, &phys))
		if (do_page_fault(addr, write ? 2 : 0, _RET_IP_) != FAULT_RETRY)
			return NULL;
	return phys < ram_bytes ? phys_to_virt(phys) : NULL;
}

void console_write(const char *text, size_t n)
{
	if (sim_console)
		fwrite(text, 1, n, sim_console);
}

_Noreturn void panic(const char *fmt, ...)
{
	static char message[512];
	static bool again;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	snprintf(sim_panic_text, sizeof sim_panic_text, "%.199s", message);
	if (sim_panic_jump)
		longjmp(*sim_panic_jump, 1);
	printk("Kernel panic: %s\n", message);
	if (!again) {
		again = true;
		TRACE_STR(panic, ({ .call_site = _RET_IP_ }), message);
		TRACE_STR(trace_end, ({ .reason = PS_END_PANIC, .verdict = 1, .failed = 1 }),
			  message);
		ps_trace_stop();
	}
	exit(1);
}

/* ---- power ---- */

static u64 reservable(u64 ram)
{
	u64 limit = sizeof(void *) == 4 ? (u64)1 << 30 : (u64)1 << 32;

	return ram < limit ? ram : limit;
}

void sim_power_on(u64 ram)
{
	if (sim_ram)
		munmap(sim_ram, (size_t)ram_bytes);
	machine_ram = ram;
	ram_bytes = reservable(ram) + SIM_POOL_PAGES * PAGE_SIZE;
	sim_ram = mmap(NULL, (size_t)ram_bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (sim_ram == MAP_FAILED) {
		fprintf(stderr, "mmsim: no memory for a machine of %" PRIu64 " MiB: %s\n",
			ram >> 20, strerror(errno));
		exit(1);
	}
	sim_cr3 = SWAPPER_PG_DIR;
	memset(&sim_counts, 0, sizeof sim_counts);
	sim_tlb_flushes++;
}

static char *bare_memory, *bare_map;

void sim_bare_frames(u32 nr)
{
	size_t pages = (nr + 1) * sizeof(struct page), maps = nr / 8 + 256;
	size_t bytes = (pages + maps + 63) & ~(size_t)63;

	free(bare_memory);
	bare_memory = aligned_alloc(64, bytes);
	if (!bare_memory) {
		fprintf(stderr, "mmsim: no memory for a machine of %" PRIu32 " frames\n", nr);
		exit(1);
	}
	memset(bare_memory, 0xa5, bytes);
	mem_map = (struct page *)(void *)bare_memory;
	max_mapnr = nr;
	bare_map = bare_memory + pages;
}

/* The maps of three zones take a bit a frame, and at most a word more each. */
void *sim_alloc_map(u32 bytes)
{
	bare_map += bytes;
	return bare_map - bytes;
}

/* The program's own, from its ELF as it lies in memory: call sites of a simulated
 * run are addresses in it.  Notes are header, name and contents, each padded to
 * four bytes. */
static const char *own_build_id(void)
{
	extern const u8 __ehdr_start[]; /* the linker's */
	static char hex[41];
	ElfW(Ehdr) elf;

	memcpy(&elf, __ehdr_start, sizeof elf);
	for (unsigned n = 0; n < elf.e_phnum && !*hex; n++) {
		const u8 *p, *end;
		ElfW(Phdr) ph;
		Elf32_Nhdr h;

		memcpy(&ph, __ehdr_start + elf.e_phoff + n * sizeof ph, sizeof ph);
		p = __ehdr_start + ph.p_offset;
		end = p + ph.p_filesz;
		for (; ph.p_type == PT_NOTE && p + sizeof h < end;
		     p += sizeof h + (h.n_namesz + 3) / 4 * 4 + (h.n_descsz + 3) / 4 * 4) {
			memcpy(&h, p, sizeof h);
			for (unsigned i = 0;
			     h.n_type == NT_GNU_BUILD_ID && i < h.n_descsz && i < 20; i++)
				sprintf(hex + 2 * i, "%02x", p[sizeof h + 4 + i]);
		}
	}
	return hex;
}

struct sim_machine sim_default(u64 ram)
{
	struct sim_machine m = { .boot = {
					 .kernel_start = 0x100000,
					 .kernel_end = 0x280000,
					 .highmem_limit = ~(u64)0,
					 .highmem = -1,
					 .boot_range = -1,
					 .cmdline = "",
					 .build_id = own_build_id(),
				 } };
	const u64 three_gib = (u64)3 << 30, four_gib = (u64)4 << 30;
	u64 low = ram < three_gib ? ram : three_gib;
	struct e820entry *e = m.boot.e820;

	*e++ = (struct e820entry){ 0, 0x9F000, 1 };
	*e++ = (struct e820entry){ 0x9F000, 0x1000, 2 };
	*e++ = (struct e820entry){ 0xE8000, 0x18000, 2 };
	if (low > 0x110000) {
		*e++ = (struct e820entry){ 0x100000, low - 0x10000 - 0x100000, 1 };
		*e++ = (struct e820entry){ low - 0x10000, 0x10000, 3 };
	}
	*e++ = (struct e820entry){ four_gib - 0x40000, 0x40000, 2 };
	if (ram > low)
		*e++ = (struct e820entry){ four_gib, ram - low, 1 };
	m.boot.nr_e820 = (unsigned)(e - m.boot.e820);
	return m;
}

#define ABOVE_RAM 0x10000 /* of the host's memory, above the machine's */

/* The highest address the firmware map speaks of as RAM; its entries may end anywhere. */
static u64 top_of_ram(const struct boot_params *boot)
{
	u64 top = 0;

	for (unsigned i = 0; i < boot->nr_e820; i++) {
		u64 end = boot->e820[i].base + boot->e820[i].length;

		if (boot->e820[i].type == 1 && end > top && end < ~(u64)0 - ABOVE_RAM)
			top = end;
	}
	return top;
}

bool sim_boot(const struct sim_machine *machine)
{
	has_pse = !machine->no_pse;
	has_pge = !machine->no_pge;
	sim_power_on(top_of_ram(&machine->boot) + ABOVE_RAM);
	return mm_init(&machine->boot);
}

void sim_fill_slab_pool(void)
{
	kmem_pool_add((u32)((ram_bytes >> PAGE_SHIFT) - SIM_POOL_PAGES), SIM_POOL_PAGES);
}

/* ---- options ---- */

/* Cuts the next word off *line; NULL: there is none. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r"), *end = word + strcspn(word, " \t\r");

	*line = *end ? end + 1 : end;
	*end = 0;
	return *word ? word : NULL;
}

/* "base length type" of one line; false if it is something else. */
static bool read_e820_line(char *line, struct e820entry *e)
{
	char *base = next_word(&line), *length = next_word(&line), *type = next_word(&line);
	u64 b, l, t;

	if (!type || next_word(&line) || !size_parse(base, ~0ull, &b) ||
	    !size_parse(length, ~0ull, &l) || !number_parse(type, 0xffffffff, &t))
		return false;
	*e = (struct e820entry){ b, l, (u32)t };
	return true;
}

/* What is wrong with a line, or NULL.  `line` has no newline. */
static const char *take_e820_line(struct boot_params *boot, char *line)
{
	static char full[48];
	struct e820entry e;

	line[strcspn(line, "#")] = 0;
	if (!line[strspn(line, " \t\r")])
		return NULL;
	if (!read_e820_line(line, &e))
		return "expected \"base length type\": 64-bit numbers and a 32-bit one";
	snprintf(full, sizeof full, "more than %d entries", E820_MAX);
	if (boot->nr_e820 == E820_MAX)
		return full;
	boot->e820[boot->nr_e820++] = e;
	return NULL;
}

bool sim_read_e820(const char *path, struct boot_params *boot)
{
	struct sim_lines lines;
	const char *wrong = NULL;
	char *line;

	if (!sim_lines_open(&lines, path))
		return false;
	boot->nr_e820 = 0;
	while (!wrong && (line = sim_lines_next(&lines)))
		wrong = take_e820_line(boot, line);
	if (!wrong && !lines.failed && !boot->nr_e820)
		wrong = "no entries";
	if (wrong)
		fprintf(stderr, "mmsim: %s:%u: %s\n", path, lines.nr, wrong);
	wrong = lines.failed ? "" : wrong;
	sim_lines_close(&lines);
	return !wrong;
}

/* SPDX-License-Identifier: MIT */
/*
 * sim_machine.c - scn_machine.h for the simulator: the MMU in software.
 *
 * An access walks the page tables as the CPU does from CR3; what the walk does
 * not allow becomes a page fault with the error code the CPU would push, and
 * goes through do_page_fault() as the trap handler's would.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mm/machine.h"
#include "mm/mm_priv.h"
#include "scenario/scn_machine.h"
#include "sim.h"
#include "sim_input.h"
#include "sim_trace.h"

#define ERROR_PRESENT 1u
#define ERROR_WRITE   2u
#define ERROR_USER    4u

/*
 * The TLB, as far as it can be told from outside: translations by global entries
 * are kept until a flush, even if the tables change.  Others are looked up anew
 * each time, which a processor may do too.
 */
#define TLB_ENTRIES 256
static struct {
	u32 page, rights;
	phys_t frame;
	unsigned flushes;
} tlb[TLB_ENTRIES];

/* The frame and the rights of a page; false: not present. */
static bool translate(vaddr_t addr, phys_t *phys, u32 *rights)
{
	u32 page = addr >> PAGE_SHIFT, pde, pte, entry = page % TLB_ENTRIES;

	if (tlb[entry].page == page && tlb[entry].flushes == sim_tlb_flushes) {
		*phys = tlb[entry].frame | (addr & ~PAGE_MASK);
		*rights = tlb[entry].rights;
		return true;
	}
	if (!page_walk(sim_cr3, addr, &pde, &pte, phys))
		return false;
	*rights = pde & _PAGE_PSE ? pde : pde & pte;
	if ((pde & _PAGE_PSE ? pde : pte) & _PAGE_GLOBAL) {
		tlb[entry].page = page;
		tlb[entry].frame = *phys & PAGE_MASK;
		tlb[entry].rights = *rights;
		tlb[entry].flushes = sim_tlb_flushes;
	}
	return true;
}

/* The error code of a fault, or -1 if the access is allowed. */
static int mmu_check(vaddr_t addr, bool write, bool user, phys_t *phys)
{
	u32 rights;
	int code = (write ? (int)ERROR_WRITE : 0) | (user ? (int)ERROR_USER : 0);

	if (!translate(addr, phys, &rights))
		return code;
	if (user && !(rights & _PAGE_USER))
		return code | (int)ERROR_PRESENT;
	if (write && !(rights & _PAGE_RW)) /* CR0.WP is set */
		return code | (int)ERROR_PRESENT;
	return -1;
}

/* What the bus does: RAM has contents, anything else reads as all ones. */
static void bus_access(phys_t phys, unsigned bytes, bool write, u32 *value)
{
	if ((u64)phys + bytes > (u64)max_pfn << PAGE_SHIFT) {
		if (!write)
			*value = bytes == 1 ? 0xff : 0xffffffffu;
	} else if (write) {
		memcpy(phys_to_virt(phys), value, bytes);
	} else {
		*value = 0;
		memcpy(value, phys_to_virt(phys), bytes);
	}
}

bool scn_machine_access(vaddr_t addr, unsigned bytes, bool write, bool user, u32 *value)
{
	phys_t phys;
	int code;

	while ((code = mmu_check(addr, write, user, &phys)) >= 0)
		if (do_page_fault(addr, (u32)code, _RET_IP_) != FAULT_RETRY)
			return false;
	bus_access(phys, bytes, write, value);
	return true;
}

bool scn_machine_break(void)
{
	return false;
}

_Noreturn void scn_machine_reset(void)
{
	TRACE_STR(trace_end, ({ .reason = PS_END_RESET, .verdict = 1, .failed = 1 }),
		  "the scenario resets the machine");
	sim_trace_close();
	exit(1);
}

/* ---- files ---- */

static char scenario_dir[PATH_MAX];

void sim_set_scenario_dir(const char *scenario)
{
	char *slash;

	snprintf(scenario_dir, sizeof(scenario_dir), "%s", scenario);
	slash = strrchr(scenario_dir, '/');
	if (slash)
		slash[1] = 0;
	else
		scenario_dir[0] = 0;
}

/* Files that were read: kept until the process ends, as boot modules are. */
#define FILES 64
static struct {
	char name[120];
	char *data;
	size_t size;
} files[FILES];
static unsigned nr_files;

/* As a path, then beside the scenario. */
const void *scn_machine_file(const char *name, size_t *size)
{
	char path[2 * PATH_MAX];
	char *data;

	for (unsigned i = 0; i < nr_files; i++)
		if (!strcmp(files[i].name, name)) {
			*size = files[i].size;
			return files[i].data;
		}
	if (nr_files == FILES)
		return NULL;
	data = sim_read_file(name, size);
	if (!data && name[0] != '/') {
		snprintf(path, sizeof(path), "%s%s", scenario_dir, name);
		data = sim_read_file(path, size);
	}
	if (!data)
		return NULL;
	snprintf(files[nr_files].name, sizeof(files[0].name), "%s", name);
	files[nr_files].data = data;
	files[nr_files++].size = *size;
	return data;
}

void *scn_machine_area(vaddr_t area, size_t bytes)
{
	static void *memory;

	(void)area;
	free(memory);
	memory = malloc(bytes);
	return memory;
}

/* ---- the shell's terminal ---- */

int scn_machine_getc(void)
{
	unsigned char c;
	ssize_t n;

	do
		n = read(STDIN_FILENO, &c, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? c : -1;
}

void scn_machine_putc(char c)
{
	console_write(&c, 1);
}

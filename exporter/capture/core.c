/* SPDX-License-Identifier: MIT */
/*
 * core.c - the headers of an ELF core; see core.h.
 *
 * QEMU's note: name "QEMU", type 0; a version, a size, then the registers of a processor
 * as struct QEMUCPUState of QEMU's target/i386/arch_dump.c has them.  CR0 to CR4 stand in
 * it from byte 392 on, each in 8 bytes.
 */
#include "capture/core.h"
#include "base/filekind.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOTE_VERSION 1u
#define NOTE_CR      392u
#define NOTE_BYTES   440u
#define ISA_HOLE_END 0x100000u /* below it memory has holes: the display's, for one */

#define DUMP_ALL "dump the memory anew: dump-guest-memory FILE"

/* ---- files that are something else ---- */

static const struct {
	const char *begins;
	struct file_kind kind;
} others[] = {
	{ "KDUMP   ", { "a compressed dump (kdump)", "dump without -z, -l, -s" } },
	{ "makedumpfile", { "a compressed dump (kdump)", "dump without -z, -l, -s" } },
	{ "PAGEDUMP", { "a dump for Windows", "dump without -w" } },
	{ "LibvirtQemudSave", { "a saved state of libvirt", "use virsh dump --memory-only" } },
	{ "LibvirtQEMU", { "a saved state of libvirt", "use virsh dump --memory-only" } },
	{ "QEVM", { "a saved state of QEMU", "use dump-guest-memory, not migrate" } },
	{ "\xc1\x1f\xfc\xc1", { "a capture already", "it needs no import" } },
};

_Noreturn static void refuse_kind(const struct input *in)
{
	const struct file_kind *kind = NULL;

	if (!in->size)
		ps_die(PS_EXIT_DATA, "%s: is empty; " DUMP_ALL, in->name);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t len = strlen(others[i].begins);

		if (in->size >= len && !memcmp(in->data, others[i].begins, len))
			kind = &others[i].kind;
	}
	if (!kind)
		kind = file_kind(in->data, in->size);
	if (kind)
		ps_die(PS_EXIT_DATA, "%s: is %s, not an ELF core; %s", in->name, kind->what,
		       kind->todo);
	ps_die(PS_EXIT_DATA, "%s: is not an ELF core; " DUMP_ALL, in->name);
}

/* ---- headers ---- */

/* The `bytes` bytes at `offset`; a file that has not all of them is refused. */
static const u8 *need(const struct input *in, u64 offset, u64 bytes)
{
	if (offset > in->size || bytes > in->size - offset)
		ps_die(PS_EXIT_DATA,
		       "%s: is cut off: it has %" PRIu64 " bytes, its headers tell of %" PRIu64
		       " from byte %" PRIu64 "; " DUMP_ALL,
		       in->name, in->size, bytes, offset);
	return in->data + offset;
}

static Elf64_Ehdr read_ehdr(const struct input *in)
{
	Elf64_Ehdr e = { 0 };
	Elf32_Ehdr narrow;

	if (in->size < EI_NIDENT || memcmp(in->data, ELFMAG, SELFMAG) != 0)
		refuse_kind(in);
	if (in->data[EI_DATA] != ELFDATA2LSB ||
	    (in->data[EI_CLASS] != ELFCLASS32 && in->data[EI_CLASS] != ELFCLASS64))
		ps_die(PS_EXIT_DATA,
		       "%s: is no core of a PC: pagescope reads those of little-endian machines",
		       in->name);
	if (in->data[EI_CLASS] == ELFCLASS64) {
		memcpy(&e, need(in, 0, sizeof(e)), sizeof(e));
	} else {
		memcpy(&narrow, need(in, 0, sizeof(narrow)), sizeof(narrow));
		e.e_type = narrow.e_type;
		e.e_machine = narrow.e_machine;
		e.e_phoff = narrow.e_phoff;
		e.e_phnum = narrow.e_phnum;
		e.e_phentsize = narrow.e_phentsize;
		e.e_shoff = narrow.e_shoff;
	}
	if (e.e_type != ET_CORE)
		ps_die(PS_EXIT_DATA, "%s: is a program or kernel (ELF), not a core; " DUMP_ALL,
		       in->name);
	if (e.e_machine != EM_386 && e.e_machine != EM_X86_64)
		ps_die(PS_EXIT_DATA, "%s: is the core of another processor (ELF machine %u)",
		       in->name, e.e_machine);
	return e;
}

/* Program header n; a core of 32 bits has other offsets in it. */
static Elf64_Phdr read_phdr(const struct input *in, const Elf64_Ehdr *e, u32 n)
{
	u64 at = e->e_phoff + (u64)n * e->e_phentsize;
	Elf64_Phdr p = { 0 };
	Elf32_Phdr narrow;

	if (in->data[EI_CLASS] == ELFCLASS64) {
		memcpy(&p, need(in, at, sizeof(p)), sizeof(p));
		return p;
	}
	memcpy(&narrow, need(in, at, sizeof(narrow)), sizeof(narrow));
	p.p_type = narrow.p_type;
	p.p_offset = narrow.p_offset;
	p.p_vaddr = narrow.p_vaddr;
	p.p_paddr = narrow.p_paddr;
	p.p_filesz = narrow.p_filesz;
	return p;
}

/* How many program headers: if 65,535 or more, the first section header says it. */
static u32 count_phdrs(const struct input *in, const Elf64_Ehdr *e)
{
	Elf64_Shdr wide;
	Elf32_Shdr narrow;

	if (e->e_phnum != PN_XNUM)
		return e->e_phnum;
	if (in->data[EI_CLASS] == ELFCLASS64) {
		memcpy(&wide, need(in, e->e_shoff, sizeof(wide)), sizeof(wide));
		return wide.sh_info;
	}
	memcpy(&narrow, need(in, e->e_shoff, sizeof(narrow)), sizeof(narrow));
	return narrow.sh_info;
}

/* ---- notes ---- */

static void take_cpu(struct core *c, const u8 *note, u32 bytes)
{
	u32 version = 0;
	u64 cr[5];

	if (bytes >= sizeof(version))
		memcpy(&version, note, sizeof(version));
	if (version != NOTE_VERSION || bytes < NOTE_CR + sizeof(cr))
		ps_die(PS_EXIT_DATA,
		       "%s: QEMU's note is of version %u and %u bytes; pagescope reads version %u, "
		       "which has %u: it cannot tell where CR3 is",
		       c->in.name, version, bytes, NOTE_VERSION, NOTE_BYTES);
	memcpy(cr, note + NOTE_CR, sizeof(cr));
	c->cpu = ps_realloc(c->cpu, (c->nr_cpus + 1) * sizeof(*c->cpu));
	c->cpu[c->nr_cpus++] = (struct core_cpu){ .cr0 = cr[0], .cr3 = cr[3], .cr4 = cr[4] };
}

static void take_notes(struct core *c, const Elf64_Phdr *p)
{
	const u8 *notes = need(&c->in, p->p_offset, p->p_filesz);
	Elf32_Nhdr n; /* the same in both classes */

	for (u64 at = 0; at + sizeof(n) <= p->p_filesz;) {
		u64 name, desc, end;

		memcpy(&n, notes + at, sizeof(n));
		name = at + sizeof(n);
		desc = name + (((u64)n.n_namesz + 3) & ~3ull);
		end = desc + (((u64)n.n_descsz + 3) & ~3ull);
		if (desc + n.n_descsz > p->p_filesz)
			ps_die(PS_EXIT_DATA, "%s: the note at byte %" PRIu64 " is damaged",
			       c->in.name, p->p_offset + at);
		if (n.n_namesz == sizeof("QEMU") && !memcmp(notes + name, "QEMU", sizeof("QEMU")))
			take_cpu(c, notes + desc, n.n_descsz);
		at = end;
	}
}

/* ---- memory ---- */

static void take_segment(struct core *c, const Elf64_Phdr *p)
{
	if (!p->p_filesz)
		return;
	need(&c->in, p->p_offset, p->p_filesz);
	if (p->p_vaddr && p->p_vaddr != p->p_paddr)
		ps_die(PS_EXIT_DATA,
		       "%s: holds mapped memory only (it was dumped with -p); " DUMP_ALL,
		       c->in.name);
	if (p->p_paddr + p->p_filesz < p->p_paddr)
		ps_die(PS_EXIT_DATA, "%s: the segment at 0x%" PRIx64 " is too large", c->in.name,
		       (u64)p->p_paddr);
	c->segment = ps_realloc(c->segment, (c->nr_segments + 1) * sizeof(*c->segment));
	c->segment[c->nr_segments++] = (struct core_segment){ p->p_paddr, p->p_filesz,
							      p->p_offset };
}

static int by_address(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

/* RAM begins at 0 and has no holes from 1 MiB on; what lies behind a gap is a device's. */
static void find_ram(struct core *c)
{
	u64 end = 0;

	if (c->nr_segments)
		qsort(c->segment, c->nr_segments, sizeof(*c->segment), by_address);
	if (!c->nr_segments || c->segment[0].pa)
		ps_die(PS_EXIT_DATA,
		       "%s: has no memory at physical address 0; " DUMP_ALL
		       ", without a beginning and a length",
		       c->in.name);
	for (unsigned n = 0; n < c->nr_segments; n++) {
		const struct core_segment *s = &c->segment[n];

		if (s->pa > end && (s->pa > ISA_HOLE_END || end > ISA_HOLE_END))
			break;
		if (s->pa + s->bytes > end)
			end = s->pa + s->bytes;
	}
	c->ram_pages = end >> 32 ? 1u << 20 : (u32)(end >> 12);
}

const u8 *core_frame(const struct core *c, u32 pa)
{
	pa &= ~0xfffu;
	if (pa >> 12 >= c->ram_pages)
		return NULL;
	for (unsigned n = 0; n < c->nr_segments && c->segment[n].pa <= pa; n++) {
		const struct core_segment *s = &c->segment[n];

		if (pa - s->pa < s->bytes && s->bytes - (pa - s->pa) >= 4096)
			return c->in.data + s->offset + (pa - s->pa);
	}
	return NULL;
}

/* ---- opening ---- */

void core_open(struct core *c, const char *path)
{
	Elf64_Ehdr e;
	u32 nr;

	memset(c, 0, sizeof(*c));
	input_open(&c->in, path);
	e = read_ehdr(&c->in);
	nr = count_phdrs(&c->in, &e);
	if (e.e_phentsize <
	    (c->in.data[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		ps_die(PS_EXIT_DATA, "%s: its program headers are damaged", c->in.name);
	for (u32 n = 0; n < nr; n++) {
		Elf64_Phdr p = read_phdr(&c->in, &e, n);

		if (p.p_type == PT_NOTE)
			take_notes(c, &p);
		else if (p.p_type == PT_LOAD)
			take_segment(c, &p);
	}
	if (!c->nr_cpus)
		ps_die(PS_EXIT_DATA,
		       "%s: has no note of QEMU's, so CR3 is not known: is it the core of a "
		       "program? " DUMP_ALL,
		       c->in.name);
	find_ram(c);
	c->long_mode = e.e_machine == EM_X86_64;
	madvise((void *)(uintptr_t)c->in.data, c->in.size, MADV_RANDOM);
}

void core_close(struct core *c)
{
	input_close(&c->in);
	free(c->cpu);
	free(c->segment);
}

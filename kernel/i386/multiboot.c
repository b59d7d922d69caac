/* SPDX-License-Identifier: MIT */
/*
 * multiboot.c - memory map, command line and files, as the multiboot 1 loader
 * left them.
 *
 * GRUB's structures and files lie anywhere in RAM, also above the 8 MiB mapped
 * at boot: they are read through a window, the last page of those 8 MiB.  Small
 * files are copied into the image, so that they move no frame of the allocator;
 * a file that does not fit is moved to the top of the DMA zone and reserved, and
 * one that would fill a good part of that zone, to 64 MiB.
 */
#include "boot_info.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"

#define INFO_MEMORY  (1u << 0)
#define INFO_CMDLINE (1u << 2)
#define INFO_MODULES (1u << 3)
#define INFO_MMAP    (1u << 6)

struct multiboot_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline;
	u32 mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};

struct multiboot_module {
	phys_t start, end, string;
	u32 reserved;
};

struct multiboot_mmap {
	u32 size; /* of the rest */
	u64 base, length;
	u32 type;
} __attribute__((packed));

#define MAX_FILES          16
#define STORE_SIZE         (256 * 1024)
#define WINDOW             (PAGE_OFFSET + 0x7FF000u)
#define WINDOW_PTE         (pg1[1023])
#define WINDOW_PTE_AT_BOOT 0x7FF007u

extern u32 pg1[];
extern u8 _text[], _end[];

struct boot_params boot_params;

static struct boot_file files[MAX_FILES];
static unsigned nr_files;
static char store[STORE_SIZE]; /* the small files, each ending in a NUL */
static size_t store_used;
static char cmdline[512];
static bool cmdline_cut;
static char build_id[41];

static u8 *window_map(phys_t pa)
{
	WINDOW_PTE = (pa & PAGE_MASK) | _PAGE_PRESENT | _PAGE_RW;
	machine_flush_tlb_one(WINDOW);
	return (u8 *)WINDOW + (pa & ~PAGE_MASK);
}

static void window_close(void)
{
	WINDOW_PTE = WINDOW_PTE_AT_BOOT;
	machine_flush_tlb_one(WINDOW);
}

/* Bytes from `pa` to the end of its page, at most n. */
static u32 in_page(phys_t pa, u32 n)
{
	u32 room = PAGE_SIZE - (pa & ~PAGE_MASK);

	return n < room ? n : room;
}

static void phys_read(void *dst, phys_t pa, u32 n)
{
	u8 *to = dst;
	u32 part;

	for (; n; n -= part, pa += part, to += part) {
		part = in_page(pa, n);
		memcpy(to, window_map(pa), part);
	}
}

static void phys_write(phys_t pa, const void *src, u32 n)
{
	const u8 *from = src;
	u32 part;

	for (; n; n -= part, pa += part, from += part) {
		part = in_page(pa, n);
		memcpy(window_map(pa), from, part);
	}
}

/* Moves n bytes upwards; from the end, as the two places may overlap, and by way
 * of the stack, since there is one window. */
static void phys_move_up(phys_t to, phys_t from, u32 n)
{
	u8 some[512];

	while (n) {
		u32 part = n % sizeof some ? n % sizeof some : sizeof some;

		n -= part;
		phys_read(some, from + n, part);
		phys_write(to + n, some, part);
	}
}

/* A NUL-terminated text, cut to fit; false: it was cut. */
static bool phys_read_string(char *dst, size_t size, phys_t pa)
{
	size_t n;

	for (n = 0; n + 1 < size; n++) {
		phys_read(dst + n, pa + n, 1);
		if (!dst[n])
			return true;
	}
	dst[n] = 0;
	return false;
}

/* ---- the memory map ---- */

static void add_range(u64 base, u64 length, u32 type)
{
	struct boot_params *bp = &boot_params;

	if (bp->nr_e820 == E820_MAX) {
		printk("boot: more than %d ranges in the memory map; the rest is ignored\n",
		       E820_MAX);
		return;
	}
	bp->e820[bp->nr_e820++] = (struct e820entry){ base, length, type };
}

static void read_memory_map(const struct multiboot_info *info)
{
	struct multiboot_mmap m;
	u32 at = 0;

	if (!(info->flags & INFO_MMAP)) {
		add_range(0, (u64)info->mem_lower * 1024, 1);
		add_range(0x100000, (u64)info->mem_upper * 1024, 1);
		return;
	}
	for (; at + sizeof m <= info->mmap_length; at += m.size + sizeof m.size) {
		phys_read(&m, info->mmap_addr + at, sizeof m);
		add_range(m.base, m.length, m.type);
	}
}

/* ---- files ---- */

/* "path NAME" or "NAME": the last word, without its directories. */
static void file_name(char *dst, size_t size, const char *string)
{
	const char *word = strrchr(string, ' ');
	const char *slash;

	word = word ? word + 1 : string;
	slash = strrchr(word, '/');
	snprintf(dst, size, "%s", slash ? slash + 1 : word);
}

#define DMA_TOP   0x1000000u
#define UPPER_TOP 0x4000000u /* HighMem begins no lower, whatever highmem= says */
#define DMA_SHARE 0x200000u  /* files up to this size may take room in the DMA zone */

/* The end of RAM above 1 MiB, at most `limit`. */
static phys_t ram_top(phys_t limit)
{
	const struct boot_params *bp = &boot_params;
	phys_t top = 0;
	unsigned i;

	for (i = 0; i < bp->nr_e820; i++) {
		const struct e820entry *e = &bp->e820[i];

		if (e->type == 1 && e->base <= 0x100000 && e->base + e->length > 0x100000)
			top = e->base + e->length < limit ? (phys_t)(e->base + e->length) : limit;
	}
	return top & PAGE_MASK;
}

/* Room for a large file below those kept before in this part of memory; 0 if there
 * is none left.  The DMA zone also holds the image and what bootmem puts next to it;
 * the part up to 64 MiB is used if there is as much RAM again above it. */
static phys_t keep_room(u32 size)
{
	struct boot_params *bp = &boot_params;
	bool upper = size > DMA_SHARE && ram_top(2 * UPPER_TOP) >= 2 * UPPER_TOP - 0x100000;
	phys_t top = ram_top(upper ? UPPER_TOP : DMA_TOP);
	phys_t floor = upper ? DMA_TOP : bp->kernel_end + 0x40000;

	for (unsigned i = 0; i < bp->nr_keep; i++)
		if (bp->keep[i].start >= floor && bp->keep[i].start < top)
			top = bp->keep[i].start;
	if (bp->nr_keep == sizeof bp->keep / sizeof *bp->keep || size > top ||
	    ((top - size) & PAGE_MASK) < floor)
		return 0;
	return (top - size) & PAGE_MASK;
}

static bool keep_file(struct boot_file *f, const struct multiboot_module *m)
{
	struct boot_params *bp = &boot_params;
	phys_t to = keep_room(f->size);

	/* Moving downwards or over a file not yet read would spoil it. */
	if (!to || to < m->start)
		return false;
	phys_move_up(to, m->start, f->size);
	bp->keep[bp->nr_keep++] = (struct boot_range){ to, to + f->size };
	f->data = phys_to_virt(to);
	return true;
}

static bool store_file(struct boot_file *f, const struct multiboot_module *m)
{
	size_t need = (f->size + 16) & ~15u; /* a NUL at its end, the next one aligned */

	if (f->size > STORE_SIZE || need > STORE_SIZE - store_used)
		return false;
	phys_read(store + store_used, m->start, f->size);
	f->data = store + store_used;
	store_used += need;
	return true;
}

static void read_module(const struct multiboot_module *m)
{
	struct boot_file *f = &files[nr_files];
	char string[128];

	phys_read_string(string, sizeof string, m->string);
	file_name(f->name, sizeof f->name, string);
	f->size = m->end - m->start;
	if (store_file(f, m) || keep_file(f, m))
		nr_files++;
	else
		printk("boot: no room for the file %s of %u KiB; it is left out\n", f->name,
		       (unsigned)f->size / 1024);
}

/* The last file first: large ones go to the top, over nothing still to be read. */
static void read_modules(const struct multiboot_info *info)
{
	struct multiboot_module m;
	u32 i;

	if (info->mods_count > MAX_FILES)
		printk("boot: only %d of %u files are used\n", MAX_FILES, info->mods_count);
	for (i = info->mods_count < MAX_FILES ? info->mods_count : MAX_FILES; i--;) {
		phys_read(&m, info->mods_addr + i * sizeof m, sizeof m);
		read_module(&m);
	}
}

const struct boot_file *boot_file(const char *name)
{
	const char *slash = strrchr(name, '/');
	unsigned i;

	if (slash)
		name = slash + 1;
	for (i = 0; i < nr_files; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

/* Some loaders put the path of the kernel in front: it is no option. */
static void drop_kernel_path(char *line)
{
	size_t n = 0;

	while (line[n] && line[n] != ' ' && line[n] != '=')
		n++;
	if (line[n] == '=' || !memchr(line, '/', n))
		return;
	while (line[n] == ' ')
		n++;
	memmove(line, line + n, strlen(line + n) + 1);
}

/* The linker's note: name size, descriptor size, type, "GNU\0", the hash. */
static void read_build_id(void)
{
	extern const u8 build_id_note[];
	unsigned i, n = build_id_note[4];

	for (i = 0; i < n && 2 * i + 2 < sizeof build_id; i++)
		snprintf(build_id + 2 * i, 3, "%02x", build_id_note[16 + i]);
}

bool boot_cmdline_cut(void)
{
	return cmdline_cut;
}

bool multiboot_read(u32 magic, phys_t where)
{
	struct multiboot_info info;

	if (magic != MULTIBOOT_BOOTLOADER_MAGIC) {
		printk("boot: not started by a multiboot loader (magic %08x); use GRUB\n", magic);
		return false;
	}
	boot_params.kernel_start = virt_to_phys(_text);
	boot_params.kernel_end = virt_to_phys(_end);
	read_build_id();
	boot_params.build_id = build_id;
	boot_params.cmdline = cmdline;
	phys_read(&info, where, sizeof info);
	if (!(info.flags & (INFO_MEMORY | INFO_MMAP))) {
		window_close();
		printk("boot: the loader gives no memory map\n");
		return false;
	}
	read_memory_map(&info);
	if (info.flags & INFO_CMDLINE) {
		cmdline_cut = !phys_read_string(cmdline, sizeof cmdline, info.cmdline);
		drop_kernel_path(cmdline);
	}
	if (info.flags & INFO_MODULES)
		read_modules(&info);
	window_close();
	return true;
}

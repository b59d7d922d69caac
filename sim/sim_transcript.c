/* SPDX-License-Identifier: MIT */
/*
 * sim_transcript.c - mmsim --transcript: plays the operations of a transcript
 * of Linux 2.4.22 (tests/golden/linux-2.4.22/README.md gives the form) and
 * prints its own.  Equal text means equal behaviour.
 *
 * The first lines (zones, reserved, bootmap) are the machine.  It is booted as
 * Bochs would show it, with RAM to the end of the last zone; if that does not
 * give just those zones and reserved frames, they are set up as the file says,
 * with a note on stderr.  That the kernel was one with HIGHMEM is told by a zone HighMem,
 * by the size of struct page, or by --highmem.  Everything after them that is a result is ignored
 * and computed; a result may read "?".
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "mm/mm_priv.h"
#include "replays.h"
#include "sim_input.h"

#define SHOW_ALL 8 /* an area of more pages shows first two and last */

/* What the first lines say. */
struct wanted {
	struct {
		bool given;
		u32 start, size, min, low, high;
	} zone[MAX_NR_ZONES];
	u32 nr_frames;
	u8 *reserved;           /* per frame */
	u32 map_start, map_end; /* bitmap frames, inclusive */
	bool have_map;
	bool highmem; /* of a HIGHMEM kernel, whose descriptors have 48 bytes */
};

/* What operations have made, by id. */
struct made {
	struct page *page;
	unsigned order;
	vaddr_t area;
};

static struct made *made;
static size_t nr_made;
static const char *path;
static unsigned line_nr, violations, checks;
static bool vmalloc_mode;

static int fail(const char *what)
{
	fprintf(stderr, "mmsim: %s:%u: %s\n", path, line_nr, what);
	return 1;
}

static struct made *by_id(u64 id)
{
	if (id >= 1u << 26)
		return NULL;
	if (id >= nr_made) {
		size_t n = id * 2 + 1024;
		struct made *p = realloc(made, n * sizeof *made);

		if (!p)
			return NULL;
		memset(p + nr_made, 0, (n - nr_made) * sizeof *made);
		made = p;
		nr_made = n;
	}
	return &made[id];
}

/* ---- the machine ---- */

static int zone_by_name(const char *name)
{
	static const char *const names[] = { "DMA", "Normal", "HighMem" };

	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

static int parse_zone(struct wanted *w, const char *line)
{
	char name[16], word[5][24] = { "", "", "0", "0", "0" };
	u64 v[5];
	int nr, n = sscanf(line, "zone %15s start %23s size %23s min %23s low %23s high %23s", name,
			   word[0], word[1], word[2], word[3], word[4]);
	bool good = n >= 3;

	for (int i = 0; i < 5; i++)
		good = good && number_parse(word[i], i < 2 ? 1 << 20 : 0xffffffff, &v[i]);
	nr = good ? zone_by_name(name) : -1;
	if (nr < 0 || v[1] == 0)
		return fail("expected \"zone NAME start PFN size PAGES min M low L high H\"");
	w->zone[nr].given = true;
	w->zone[nr].start = (u32)v[0];
	w->zone[nr].size = (u32)v[1];
	w->zone[nr].min = (u32)v[2];
	w->zone[nr].low = (u32)v[3];
	w->zone[nr].high = (u32)v[4];
	if (v[0] + v[1] > w->nr_frames)
		w->nr_frames = (u32)(v[0] + v[1]);
	return 0;
}

/* "FIRST-LAST", frames of the zones. */
static bool frame_range(const struct wanted *w, const char *word, u32 *first, u32 *last)
{
	u64 from, to;
	const char *rest = number_at(word, &from);

	if (!rest || *rest != '-' || !number_parse(rest + 1, 0xffffffff, &to) || from > to ||
	    to >= w->nr_frames)
		return false;
	*first = (u32)from;
	*last = (u32)to;
	return true;
}

/* "reserved a-b c-d ...": all zones are known by now. */
static int parse_reserved(struct wanted *w, char *line)
{
	char *word = strtok(line, " ");

	if (!w->reserved)
		w->reserved = calloc(w->nr_frames + 1, 1);
	while ((word = strtok(NULL, " "))) {
		u32 from, to;

		if (!frame_range(w, word, &from, &to))
			return fail("expected \"reserved FIRST-LAST ...\" within the zones");
		memset(w->reserved + from, 1, to - from + 1);
	}
	return 0;
}

static int parse_bootmap(struct wanted *w, const char *line)
{
	char word[40];

	if (sscanf(line, "bootmap %39s", word) != 1 ||
	    !frame_range(w, word, &w->map_start, &w->map_end))
		return fail("expected \"bootmap FIRST-LAST\" within the zones");
	w->have_map = true;
	return 0;
}

static bool in_bootmap(const struct wanted *w, u32 pfn)
{
	return w->have_map && pfn >= w->map_start && pfn <= w->map_end;
}

static bool machine_agrees(const struct wanted *w)
{
	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (zones[i].size != w->zone[i].size ||
		    (w->zone[i].size && (zones[i].zone_start_pfn != w->zone[i].start ||
					 zones[i].pages_min != w->zone[i].min ||
					 zones[i].pages_low != w->zone[i].low ||
					 zones[i].pages_high != w->zone[i].high)))
			return false;
	for (u32 pfn = 0; pfn < w->nr_frames; pfn++)
		if (PageReserved(pfn_page(pfn)) != w->reserved[pfn])
			return false;
	return bootmem_map_pfn == w->map_start &&
	       bootmem_map_pages == w->map_end - w->map_start + 1;
}

/* Zones and frames just as the file has them, in memory of their own. */
static void force_machine(const struct wanted *w)
{
	sim_bare_frames(w->nr_frames);
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		zone_init(&zones[i], w->zone[i].start, w->zone[i].size, sim_alloc_map);
		zones[i].pages_min = w->zone[i].min;
		zones[i].pages_low = w->zone[i].low;
		zones[i].pages_high = w->zone[i].high;
	}
	build_zonelists();
	for (u32 pass = 0; pass < 2; pass++)
		for (u32 pfn = 0; pfn < w->nr_frames; pfn++)
			if (!w->reserved[pfn] && in_bootmap(w, pfn) == (pass == 1))
				free_boot_page(pfn);
}

static int start_machine(const struct wanted *w, const struct sim_options *options)
{
	struct sim_machine machine = sim_default(((u64)w->nr_frames << PAGE_SHIFT) + 0x10000);

	if (!w->zone[ZONE_DMA].given || !w->reserved)
		return fail("no zone DMA or no reserved frames before the first operation");
	machine.boot.highmem = w->zone[ZONE_HIGHMEM].given || w->highmem ||
			       options->machine.boot.highmem == 1;
	machine.boot.quirks = options->machine.boot.quirks;
	if (w->have_map)
		machine.boot.kernel_end = w->map_start << PAGE_SHIFT;
	if (!sim_boot(&machine))
		return fail("the machine is too small to boot");
	sim_fill_slab_pool();
	if (!machine_agrees(w)) {
		fprintf(stderr,
			"mmsim: %s: not the machine a boot would give; set up as the file "
			"says\n",
			path);
		force_machine(w);
	}
	set_pf_memalloc(true);
	return 0;
}

/* ---- lines before "# BEGIN": what the boot printed ---- */

static void print_boot(const char *line)
{
	u32 map = (mem_map_reserved + BOOT_PAGE_BYTES - 1) / BOOT_PAGE_BYTES * BOOT_PAGE_BYTES;
	u64 nr = 0;
	const char *rest = strncmp(line, "zone(", 5) ? NULL : number_at(line + 5, &nr);

	if (!strncmp(line, "mmap", 4))
		printf("mmap 0x%x\n", PAGE_OFFSET);
	else if (!strncmp(line, "fixmap", 6))
		printf("fixmap pte page at 0x%x\n", __va(*pgd_offset_k(FIXADDR_TOP) & PAGE_MASK));
	else if (!strncmp(line, "On node", 7))
		printf("On node 0 totalpages: %u\n", max_mapnr);
	else if (rest && *rest == ')' && nr < MAX_NR_ZONES)
		printf("zone(%u): %u pages.\n", (unsigned)nr, zones[nr].size);
	else if (!strncmp(line, "mem_map", 7))
		printf("mem_map=0x%x sizeof(struct page)=%u bootmap_size=%u start_pfn=%x\n",
		       __va(map), BOOT_PAGE_BYTES, bootmem_map_bytes, bootmem_map_pfn);
	else if (!strncmp(line, "totalram", 8))
		printf("totalram=%u pages, high_memory=0x%x VMALLOC_START=%x VMALLOC_END=%x\n",
		       nr_free_pages(), high_memory, vmalloc_start(), vmalloc_end());
	else
		fprintf(stderr, "mmsim: %s: boot line not known: %s\n", path, line);
}

static void print_machine(const struct wanted *w)
{
	u32 pfn, end;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (zones[i].size)
			printf("zone %s start %u size %u min %u low %u high %u\n", zones[i].name,
			       zones[i].zone_start_pfn, zones[i].size, zones[i].pages_min,
			       zones[i].pages_low, zones[i].pages_high);
	printf("reserved");
	for (pfn = 0; pfn < max_mapnr; pfn = end) {
		for (end = pfn; end < max_mapnr && PageReserved(pfn_page(end)); end++)
			;
		if (end > pfn)
			printf(" %u-%u", pfn, end - 1);
		else
			end++;
	}
	printf("\n");
	if (w->have_map)
		printf("bootmap %u-%u\n", w->map_start, w->map_end);
}

/* ---- operations ---- */

static int state_line(const char *line)
{
	char name[16];
	int nr = sscanf(line, "%*c %15s", name) == 1 ? zone_by_name(name) : -1;

	if (nr < 0 || !zones[nr].size)
		return fail("expected \"S ZONE ...\" of a zone that there is");
	printf("%c %s %u", *line, name, zones[nr].free_pages);
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		const struct list_head *node;
		unsigned n = 0;

		list_for_each(node, &zones[nr].free_area[order].free_list)
			n++;
		printf(" %u", n);
	}
	printf("\n");
	if (nr == ZONE_DMA && nr_made) { /* once for the zones, not at the start */
		violations += mm_check();
		checks++;
	}
	return 0;
}

/* The numbers after the letter of an operation; what it gave then is ignored.  The third is
 * a mask: hexadecimal without 0x. */
static bool operands(const char *line, unsigned nr, u64 *v)
{
	const char *at = line + 1;

	for (unsigned i = 0; i < nr; i++) {
		size_t n = strcspn(at += strspn(at, " \t"), " \t");
		char word[64];

		if (n >= sizeof word)
			return false;
		memcpy(word, at, n);
		word[n] = 0;
		at += n;
		if (!(i == 2 ? hex_parse : number_parse)(word, 0xffffffff, &v[i]))
			return false;
	}
	return true;
}

static int alloc_line(const char *line)
{
	unsigned long id;
	unsigned order, gfp;
	struct made *m;
	u64 v[3];

	if (!operands(line, 3, v) || !(m = by_id(v[0])))
		return fail("expected \"a ID ORDER GFP ...\"");
	id = v[0];
	order = (unsigned)v[1];
	gfp = (unsigned)v[2];
	m->page = alloc_pages(gfp, order);
	m->order = order;
	if (m->page)
		printf("a %lu %u %x %u\n", id, order, gfp, page_pfn(m->page));
	else
		printf("a %lu %u %x NULL\n", id, order, gfp);
	return 0;
}

static int free_line(const char *line)
{
	struct made *m;
	u64 id;

	if (!operands(line, 1, &id) || !(m = by_id(id)))
		return fail("expected \"f ID\"");
	if (m->page)
		__free_pages(m->page, m->order);
	printf("f %" PRIu64 "\n", id);
	return 0;
}

static void print_area_pages(vaddr_t addr, u32 pages)
{
	for (u32 i = 0; i < pages; i++) {
		struct page *page = vmalloc_to_page(addr + i * PAGE_SIZE);

		if (pages > SHOW_ALL && i == 2) {
			printf(" ..");
			i = pages - 1;
			page = vmalloc_to_page(addr + i * PAGE_SIZE);
		}
		if (page)
			printf(" %u", page_pfn(page));
		else
			printf(" -");
	}
}

static int vmalloc_line(const char *line)
{
	struct made *m;
	u32 bytes;
	u64 v[2];

	if (!operands(line, 2, v) || !(m = by_id(v[0])))
		return fail("expected \"v ID BYTES ...\"");
	bytes = (u32)v[1];
	m->area = vmalloc(bytes);
	printf("v %" PRIu64 " %u %08x", v[0], bytes, m->area);
	if (m->area)
		print_area_pages(m->area, PAGE_ALIGN(bytes) >> PAGE_SHIFT);
	printf("\n");
	return 0;
}

static int vfree_line(const char *line)
{
	struct made *m;
	u64 id;

	if (!operands(line, 1, &id) || !(m = by_id(id)))
		return fail("expected \"x ID\"");
	vfree(m->area);
	printf("x %" PRIu64 "\n", id);
	return 0;
}

/* The closing comment counts what was checked. */
static int comment_line(const char *line)
{
	if (strncmp(line, "# invariant", 11)) {
		printf("%s\n", line);
		return 0;
	}
	printf("# invariant violations %u, checked %u times", violations, checks);
	if (vmalloc_mode)
		printf(", vmlist=%s", vmlist ? "(not empty)" : "(nil)");
	printf("\n");
	return 0;
}

static int operation(const char *line)
{
	switch (*line) {
	case 'S':
	case 's': return state_line(line);
	case 'a': return alloc_line(line);
	case 'f': return free_line(line);
	case 'v': return vmalloc_line(line);
	case 'x': return vfree_line(line);
	case '#': return comment_line(line);
	case 0: printf("\n"); return 0;
	default: return fail("not a line of a transcript");
	}
}

/* ---- the file ---- */

/* The lines up to the machine's last are kept until it runs, then answered. */
struct header {
	char *text;
	size_t used, room;
};

static void keep(struct header *h, const char *line)
{
	size_t n = strlen(line) + 1;

	if (h->used + n > h->room) {
		h->room = (h->used + n) * 2;
		h->text = realloc(h->text, h->room);
		if (!h->text)
			exit(fail("no memory"));
	}
	memcpy(h->text + h->used, line, n);
	h->used += n;
}

static void answer_header(const struct header *h, const struct wanted *w)
{
	bool boot = true, machine = false;

	for (size_t i = 0; i < h->used; i += strlen(h->text + i) + 1) {
		const char *line = h->text + i;

		if (*line == '#') {
			printf("%s\n", line);
			boot = false;
		} else if (!strncmp(line, "zone ", 5) || !strncmp(line, "reserved", 8) ||
			   !strncmp(line, "bootmap", 7)) {
			if (!machine)
				print_machine(w);
			machine = true;
		} else if (boot) {
			print_boot(line);
		}
	}
}

static int header_line(struct wanted *w, char *line)
{
	if (!strncmp(line, "zone ", 5))
		return parse_zone(w, line);
	if (!strncmp(line, "reserved", 8))
		return parse_reserved(w, line);
	if (!strncmp(line, "bootmap", 7))
		return parse_bootmap(w, line);
	if (strstr(line, "sizeof(struct page)=48"))
		w->highmem = true;
	if (!strncmp(line, "# BEGIN", 7))
		vmalloc_mode = strstr(line, "mode=1") != NULL;
	return 0;
}

static bool is_operation(const char *line, bool begun)
{
	return begun && strchr("Ssafvx", *line) && line[1] == ' ';
}

static int play(struct sim_lines *lines, const struct sim_options *options)
{
	char *line;
	struct wanted w = { 0 };
	struct header h = { 0 };
	bool running = false;
	int status = 0;

	while (!status && (line = sim_lines_next(lines))) {
		line_nr = lines->nr;
		if (!running && is_operation(line, w.zone[0].given)) {
			status = start_machine(&w, options);
			if (status)
				break;
			answer_header(&h, &w);
			running = true;
		}
		if (running) {
			status = operation(line);
		} else {
			keep(&h, line);
			status = header_line(&w, line);
		}
	}
	if (!status && !running && !lines->failed)
		status = fail("no operations: not a transcript");
	free(w.reserved);
	free(h.text);
	return status;
}

int sim_transcript(const struct sim_options *options, const char *file)
{
	struct sim_lines lines;
	int status;

	if (!sim_lines_open(&lines, file))
		return 1;
	path = file;
	sim_console = NULL;
	status = play(&lines, options) || lines.failed;
	sim_lines_close(&lines);
	return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * import.c - page tables out of memory dumps; see import.h.
 *
 * The capture is that of a guest that is watched (docs/trace-format.md), with instants in
 * place of stores: instant n has tick n, a mark, and the events that lead from what instant
 * n - 1 held to what it holds.  A directory is told of if a processor has it in CR3, or if
 * another one leads to it through a slot in the manner of a recursive slot.
 */
#include "commands/import.h"
#include "base/map.h"
#include "capture/core.h"
#include "capture/packet_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES  1024u
#define PRESENT  0x001u
#define LARGE    0x080u
#define HARDWARE 0x060u      /* accessed, dirty */
#define ABOVE_4G 0x001fe000u /* of a 4 MiB entry: bits 32 to 39 of the address */

/* A frame that holds entries, at one instant. */
struct page {
	u32 pa;
	bool is_dir;
	bool told; /* the capture has told of it as it was at the instant before */
	u32 entry[ENTRIES];
};

struct instant {
	const char *name;
	u32 cr0, cr3, cr4, ram_pages;
	unsigned nr_cpus, nr_dirs;
	u32 recursive_slot; /* of CR3's directory; ENTRIES: none */
	u64 outside, above; /* slots that lead to no RAM; entries that map memory above 4 GiB */
	struct page **page; /* CR3's first */
	unsigned nr_pages;
	struct ps_map at; /* frame -> index into page */
};

#define TELL(w, tick, event, ...) \
	packet_event(w, tick, PS_ID_##event, &(struct ps_ev_##event){ __VA_ARGS__ }, NULL, NULL)

static struct page *page_at(const struct instant *in, u32 pa)
{
	u32 i;

	return ps_map_get(&in->at, pa >> 12, &i) ? in->page[i] : NULL;
}

static bool leads_to_table(const struct instant *in, u32 pde)
{
	return (pde & PRESENT) && !((pde & LARGE) && (in->cr4 & CR4_PSE));
}

static bool leads_to(const struct instant *in, u32 pde, u32 pa)
{
	return leads_to_table(in, pde) && (pde & ~0xfffu) == pa;
}

/* ---- what an instant holds ---- */

static struct page *add_page(struct instant *in, u32 pa, const u8 *frame, bool is_dir)
{
	struct page *p = page_at(in, pa);

	if (p) {
		in->nr_dirs += is_dir && !p->is_dir;
		p->is_dir |= is_dir;
		return p;
	}
	p = ps_alloc(sizeof(*p));
	p->pa = pa;
	p->is_dir = is_dir;
	in->nr_dirs += is_dir;
	memcpy(p->entry, frame, sizeof(p->entry));
	in->page = ps_realloc(in->page, (in->nr_pages + 1) * sizeof(*in->page));
	ps_map_set(&in->at, pa >> 12, in->nr_pages);
	in->page[in->nr_pages++] = p;
	return p;
}

/* Is the frame at `pa`, which a slot of directory d leads to, a directory too?  Then it
 * leads to itself where d does, and shares another slot with it.  A table of a linear map
 * may well have an entry that leads to itself, so the first alone says nothing. */
static bool is_directory(const struct instant *in, const struct page *d, const u8 *frame, u32 pa)
{
	u32 entry[ENTRIES];
	bool recursive = false, shares = false;

	memcpy(entry, frame, sizeof(entry));
	for (u32 i = 0; i < ENTRIES; i++) {
		if (leads_to(in, d->entry[i], d->pa))
			recursive |= leads_to(in, entry[i], pa);
		else if (d->entry[i] & PRESENT)
			shares |= !((d->entry[i] ^ entry[i]) & ~HARDWARE);
	}
	return recursive && shares;
}

static void count_above(struct instant *in, const struct page *p)
{
	for (u32 i = 0; i < ENTRIES; i++)
		in->above += (p->entry[i] & PRESENT) && !leads_to_table(in, p->entry[i]) &&
			     (p->entry[i] & ABOVE_4G);
}

/* Adds the directory at `pa`, its tables, and the directories that it leads to. */
static void add_directory(struct instant *in, const struct core *c, u32 pa)
{
	struct page *d = page_at(in, pa);

	if (d && d->is_dir)
		return;
	d = add_page(in, pa, core_frame(c, pa), true);
	count_above(in, d);
	for (u32 i = 0; i < ENTRIES; i++) {
		u32 table = d->entry[i] & ~0xfffu;
		const u8 *frame = core_frame(c, table);

		if (!leads_to_table(in, d->entry[i]))
			continue;
		if (!frame)
			in->outside++;
		else if (table != pa && is_directory(in, d, frame, table))
			add_directory(in, c, table);
		else
			add_page(in, table, frame, table == pa);
	}
}

/* Dies unless the processor has paging on, with entries of 4 bytes. */
static void require_paging(const struct core *c, const struct core_cpu *cpu)
{
	if (!(cpu->cr0 & CR0_PG))
		ps_die(PS_EXIT_DATA,
		       "%s: paging is off (CR0 0x%" PRIx64 "): there are no page tables yet; "
		       "dump when the guest has turned it on",
		       c->in.name, cpu->cr0);
	if (c->long_mode)
		ps_die(PS_EXIT_DATA,
		       "%s: is of a guest in long mode, whose page-table entries have 8 bytes; "
		       "pagescope reads those of 4: run a 32-bit guest",
		       c->in.name);
	if (cpu->cr4 & CR4_PAE)
		ps_die(PS_EXIT_DATA,
		       "%s: PAE is on (CR4 0x%" PRIx64 "), so page-table entries have 8 bytes; "
		       "pagescope reads those of 4: run a guest without PAE, or QEMU with "
		       "-cpu qemu32,-pae",
		       c->in.name, cpu->cr4);
	if (!core_frame(c, (u32)cpu->cr3))
		ps_die(PS_EXIT_DATA,
		       "%s: no segment has the page directory at 0x%08x, where CR3 leads; dump the "
		       "memory anew, all of it: dump-guest-memory FILE",
		       c->in.name, (u32)cpu->cr3 & ~0xfffu);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void read_instant(struct instant *in, const char *path)
{
	struct core c;

	core_open(&c, path);
	require_paging(&c, &c.cpu[0]);
	*in = (struct instant){ .name = base_name(c.in.name),
				.cr0 = (u32)c.cpu[0].cr0,
				.cr3 = (u32)c.cpu[0].cr3,
				.cr4 = (u32)c.cpu[0].cr4,
				.ram_pages = c.ram_pages,
				.nr_cpus = c.nr_cpus,
				.recursive_slot = ENTRIES };
	for (unsigned n = 0; n < c.nr_cpus; n++) {
		if (n && !(c.cpu[n].cr0 & CR0_PG))
			continue; /* not started yet */
		require_paging(&c, &c.cpu[n]);
		add_directory(in, &c, (u32)c.cpu[n].cr3 & ~0xfffu);
	}
	for (u32 i = ENTRIES; i-- > 0;)
		if (leads_to(in, in->page[0]->entry[i], in->page[0]->pa))
			in->recursive_slot = i;
	if (in->outside)
		ps_warn("%s: %s lead%s to page tables outside RAM: what those hold is not known",
			c.in.name, ps_count(in->outside, "slot"), in->outside == 1 ? "s" : "");
	if (in->above)
		ps_warn("%s: %s map%s memory above 4 GiB, and %s left out", c.in.name,
			ps_count(in->above, "entry"), in->above == 1 ? "s" : "",
			in->above == 1 ? "is" : "are");
	if (in->nr_cpus > 1)
		ps_note("%s: of %u processors the first one's directory is shown; --pgd names "
			"another's",
			c.in.name, in->nr_cpus);
	core_close(&c);
}

static void free_instant(struct instant *in)
{
	for (unsigned n = 0; n < in->nr_pages; n++)
		free(in->page[n]);
	free(in->page);
	ps_map_free(&in->at);
}

/* ---- telling ---- */

/* All that the page holds, as runs of entries that differ by an equal step. */
static void tell_page(struct packet_writer *w, u64 tick, const struct page *p)
{
	TELL(w, tick, table_seen, .table = p->pa, .level = p->is_dir ? 2 : 1);
	for (u32 i = 0, n; i < ENTRIES; i += n) {
		const u32 *e = p->entry + i;
		u32 step = i + 1 < ENTRIES ? e[1] - e[0] : 0;

		n = 1;
		if (step == 0 || step == 4096 || step == 4096 * ENTRIES)
			while (i + n < ENTRIES && e[n] - e[n - 1] == step)
				n++;
		if (e[0] || (n > 1 && step))
			TELL(w, tick, table_run, .entry_pa = p->pa + 4 * i, .entry = e[0], .nr = n,
			     .step = n > 1 ? step : 0);
	}
}

/* At how many addresses CR3's directory reaches the first entry of the page, and the
 * lowest. */
static u32 reached(const struct instant *in, const struct page *p, u32 *base)
{
	u32 nr = 0;

	*base = 0;
	for (u32 i = ENTRIES; i-- > 0;)
		if (leads_to(in, in->page[0]->entry[i], p->pa)) {
			*base = i << 22;
			nr++;
		}
	return nr;
}

static void tell_store(struct packet_writer *w, u64 tick, const struct instant *in,
		       const struct page *p, u32 i, u32 old)
{
	u32 addr, nr = reached(in, p, &addr);

	addr |= i << 12;
	if (p->is_dir) { /* a slot, which may be reached as an entry besides */
		addr = i << 22;
		nr = p == in->page[0];
	}
	TELL(w, tick, table_store, .entry_pa = p->pa + 4 * i, .old = old, .entry = p->entry[i],
	     .addr = nr ? addr : 0, .nr = nr);
}

/* Counts the slots of directories that lead to each frame. */
static void count_slots(const struct instant *in, u32 *slots)
{
	for (unsigned n = 0; n < in->nr_pages; n++)
		for (u32 i = 0; in->page[n]->is_dir && i < ENTRIES; i++)
			if (leads_to_table(in, in->page[n]->entry[i]) &&
			    in->page[n]->entry[i] >> 12 < in->ram_pages)
				slots[in->page[n]->entry[i] >> 12]++;
}

/* The slot's change is told.  A table that no slot leads to for a moment, because it moves
 * from one to another, is forgotten by readers: it will be told anew. */
static void move_slot(const struct instant *in, u32 *slots, u32 old, u32 now)
{
	struct page *p = page_at(in, old & ~0xfffu);

	if (leads_to_table(in, now) && now >> 12 < in->ram_pages)
		slots[now >> 12]++;
	if (leads_to_table(in, old) && old >> 12 < in->ram_pages && !--slots[old >> 12] && p &&
	    !p->is_dir)
		p->told = false;
}

/* What differs in a page that is told already. */
static void tell_changes(struct packet_writer *w, u64 tick, const struct instant *in,
			 const struct page *p, const struct page *was, u32 *slots)
{
	for (u32 i = 0; i < ENTRIES; i++) {
		if (p->entry[i] == was->entry[i])
			continue;
		tell_store(w, tick, in, p, i, was->entry[i]);
		if (p->is_dir)
			move_slot(in, slots, was->entry[i], p->entry[i]);
	}
}

/* What changed since the instant before, in words. */
static char *describe_changes(const struct instant *in, const struct instant *was)
{
	unsigned fresh = 0, gone = 0;
	u64 entries = 0;

	for (unsigned n = 0; n < in->nr_pages; n++) {
		const struct page *p = in->page[n], *old = page_at(was, p->pa);

		fresh += !old;
		for (u32 i = 0; old && i < ENTRIES; i++)
			entries += p->entry[i] != old->entry[i];
	}
	for (unsigned n = 0; n < was->nr_pages; n++)
		gone += !page_at(in, was->page[n]->pa);
	return ps_format(" Since the core before: %s changed, frames of entries "
			 "new: %u, gone: %u.",
			 ps_count(entries, "entry"), fresh, gone);
}

static void tell_mark(struct packet_writer *w, u64 tick, const struct instant *in,
		      const struct instant *was)
{
	static const struct ps_ev_mark chapter = { .level = 1 };
	char *msg = ps_format("instant %" PRIu64 ": %s", tick, in->name);
	char *since = was->nr_pages ? describe_changes(in, was) : ps_strdup("");
	char *text = ps_format("What memory held when this core was written: CR3 0x%08x, "
			       "directories: %u, tables: %u.%s",
			       in->cr3, in->nr_dirs, in->nr_pages - in->nr_dirs, since);

	packet_event(w, tick, PS_ID_mark, &chapter, msg, text);
	free(msg);
	free(since);
	free(text);
}

/* Tells what leads from the instant before (`was`; the first has none) to this one.  CR3's
 * directory, and what it leads to, is told before what is gone. */
static void tell_instant(struct packet_writer *w, u64 tick, struct instant *in,
			 const struct instant *was)
{
	static const struct instant nothing;
	u32 *slots = ps_alloc((in->ram_pages + 1) * sizeof(*slots));
	bool anew;

	if (!was)
		was = &nothing;
	/* bit 7 of a slot means something else then: what it led to is of no use */
	anew = ((in->cr4 ^ was->cr4) & CR4_PSE) != 0;
	tell_mark(w, tick, in, was);
	for (unsigned n = 0; anew && n < was->nr_pages; n++)
		if (was->page[n]->is_dir)
			TELL(w, tick, directory_end, .pgd = was->page[n]->pa);
	if (was == &nothing || in->cr0 != was->cr0 || in->cr4 != was->cr4)
		TELL(w, tick, paging_mode, .on = 1, .cr0 = in->cr0, .cr4 = in->cr4);
	count_slots(was, slots);
	for (unsigned n = 0; n < in->nr_pages; n++) {
		struct page *p = in->page[n], *old = page_at(was, p->pa);

		p->told = !anew && old && old->is_dir == p->is_dir;
		if (!p->is_dir || p->told)
			continue;
		tell_page(w, tick, p);
		for (u32 i = 0; i < ENTRIES; i++)
			move_slot(in, slots, 0, p->entry[i]);
	}
	for (unsigned n = 0; n < in->nr_pages; n++)
		if (in->page[n]->is_dir && in->page[n]->told)
			tell_changes(w, tick, in, in->page[n], page_at(was, in->page[n]->pa),
				     slots);
	for (unsigned n = 0; n < in->nr_pages; n++) {
		struct page *p = in->page[n];

		if (p->is_dir)
			continue;
		if (p->told)
			tell_changes(w, tick, in, p, page_at(was, p->pa), slots);
		else
			tell_page(w, tick, p);
	}
	if (was == &nothing || in->cr3 != was->cr3)
		TELL(w, tick, cr3_load, .pgd = in->cr3 & ~0xfffu, .cr3 = in->cr3);
	for (unsigned n = 0; !anew && n < was->nr_pages; n++)
		if (was->page[n]->is_dir && !page_at(in, was->page[n]->pa))
			TELL(w, tick, directory_end, .pgd = was->page[n]->pa);
	packet_flush(w);
	free(slots);
}

static void tell_machine(struct packet_writer *w, const struct instant *in)
{
	struct ps_ev_trace_info info = {
		.version = 2,
		.flags = PS_RUN_WATCHED | PS_RUN_DUMPED,
		.entry_bytes = 4,
		.levels = 2,
		.recursive_slot = in->recursive_slot < ENTRIES ? (u16)in->recursive_slot
							       : PS_SLOT_NONE,
		.nr_pages = in->ram_pages,
		.max_low_pfn = in->ram_pages,
		.max_order = 1,
	};

	packet_event(w, 1, PS_ID_trace_info, &info, "", "");
	packet_event(w, 1, PS_ID_run_files, NULL, "ELF core of QEMU", "");
}

void import_cores(char **path, unsigned nr, const char *out)
{
	struct instant *instant = ps_alloc(nr * sizeof(*instant));
	struct packet_writer *w = ps_alloc(sizeof(*w));

	if ((!out || !strcmp(out, "-")) && isatty(STDOUT_FILENO))
		ps_usage("import", "a capture is no text for a terminal; name a file with -o");
	for (unsigned n = 0; n < nr; n++) {
		read_instant(&instant[n], path[n]);
		if (instant[n].ram_pages != instant[0].ram_pages)
			ps_die(PS_EXIT_DATA,
			       "%s has %u frames of RAM, %s %u: they are not of one machine; "
			       "import each by itself",
			       path[n], instant[n].ram_pages, path[0], instant[0].ram_pages);
	}
	w->out = out_open(out, false);
	tell_machine(w, &instant[0]);
	for (unsigned n = 0; n < nr; n++)
		tell_instant(w, n + 1, &instant[n], n ? &instant[n - 1] : NULL);
	out_close(w->out);
	for (unsigned n = 0; n < nr; n++)
		free_instant(&instant[n]);
	free(instant);
	free(w);
}

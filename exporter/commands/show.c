/* SPDX-License-Identifier: MIT */
/*
 * show.c - text snapshots of the replay.
 *
 * buddyinfo, zoneinfo, extfrag, layout and pagetables are what the guest's own
 * `show` prints at that moment, letter by letter: a test compares them.
 */
#include "commands/show.h"
#include "capture/facts.h"
#include "formats/text.h"
#include "model/leaks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- buddy ---- */

static void show_buddyinfo(struct model *m, const struct query *q, struct symbols *symbols)
{
	for (unsigned n = 0; n < PS_NR_ZONES; n++) {
		const struct zone *z = &m->zone[n];

		if (!z->present)
			continue;
		printf("Node 0, zone %8s", zone_name(n));
		for (unsigned k = 0; k < PS_NR_ORDERS; k++)
			printf(" %6u", z->nr_free[k]);
		putchar('\n');
	}
	(void)symbols;
	(void)q;
}

static void show_zoneinfo(struct model *m, const struct query *q, struct symbols *symbols)
{
	for (unsigned n = 0; n < PS_NR_ZONES; n++) {
		const struct zone *z = &m->zone[n];
		u32 present = 0;

		if (!z->present)
			continue;
		for (u32 i = 0; i < z->size && z->start + i < m->nr_frames; i++)
			present += m->frame[z->start + i].state != FRAME_RESERVED;
		printf("Node 0, zone %8s\n", zone_name(n));
		printf("  pages free     %u\n", z->free_pages);
		printf("        min      %u\n", z->min);
		printf("        low      %u\n", z->low);
		printf("        high     %u\n", z->high);
		printf("        spanned  %u\n", z->size);
		printf("        managed  %u\n", present);
		printf("  start_pfn:     %u\n", z->start);
	}
	(void)symbols;
	(void)q;
}

static u32 free_in(const struct zone *z)
{
	u32 pages = 0;

	for (unsigned k = 0; k < PS_NR_ORDERS; k++)
		pages += z->nr_free[k] << k;
	return pages;
}

static int unusable_index(const struct zone *z, unsigned order)
{
	return (int)model_unusable(z, order);
}

/* Linux's fragmentation index, per mille; -1000: the request would succeed. */
static int fragmentation_index(const struct zone *z, unsigned order)
{
	u32 all = free_in(z), blocks = 0;

	for (unsigned k = 0; k < PS_NR_ORDERS; k++) {
		blocks += z->nr_free[k];
		if (k >= order && z->nr_free[k])
			return -1000;
	}
	return blocks ? 1000 - (int)((1000 + (u64)all * 1000 / (1u << order)) / blocks) : 0;
}

static void show_index(const struct model *m, const char *title,
		       int (*index)(const struct zone *, unsigned))
{
	puts(title);
	for (unsigned n = 0; n < PS_NR_ZONES; n++) {
		if (!m->zone[n].present)
			continue;
		printf("Node 0, zone %8s", zone_name(n));
		for (unsigned k = 0; k < PS_NR_ORDERS; k++) {
			int v = index(&m->zone[n], k);

			printf(" %s%d.%03d", v < 0 ? "-" : "", abs(v) / 1000, abs(v) % 1000);
		}
		putchar('\n');
	}
}

static void show_extfrag(struct model *m, const struct query *q, struct symbols *symbols)
{
	show_index(m, "unusable_index: share of free memory too small for each order",
		   unusable_index);
	show_index(m,
		   "extfrag_index: failing for lack of memory 0 .. 1 fragmentation; -1 not failing",
		   fragmentation_index);
	(void)symbols;
	(void)q;
}

/* ---- addresses ---- */

static void show_vmallocinfo(struct model *m, const struct query *q, struct symbols *symbols)
{
	u64 used = 0, chunk = 0, at = m->info.vmalloc_start, tables = 0;
	u32 pde, pte, phys;

	for (unsigned n = 0; n < m->nr_areas; n++) {
		const struct area *a = &m->area[n];

		printf("0x%08x-0x%08x %8u %s", a->addr, a->addr + a->size, a->size,
		       site_text(symbols, a->site, a->since_t));
		if (a->flags & PS_VM_IOREMAP) {
			model_walk(m, m->info.swapper_pg_dir, a->addr, &pde, &pte, &phys);
			printf(" phys=0x%08x ioremap\n", phys);
		} else {
			printf(" pages=%u %s\n", a->pages,
			       a->op == PS_VMOP_VMAP ? "vmap" : "vmalloc");
		}
		used += a->size;
		if (a->addr > at && a->addr - at > chunk)
			chunk = a->addr - at;
		at = (u64)a->addr + a->size;
	}
	if (m->info.vmalloc_end > at && m->info.vmalloc_end - at > chunk)
		chunk = m->info.vmalloc_end - at;
	for (unsigned slot = m->info.vmalloc_start >> 22; slot <= (m->info.vmalloc_end - 1) >> 22;
	     slot++)
		tables += is_table(m->pgd[0].entry[slot]);
	printf("VmallocTotal: %8u kB\n", (m->info.vmalloc_end - m->info.vmalloc_start) >> 10);
	printf("VmallocUsed:  %8" PRIu64 " kB in %u areas, %u kB of it guard pages\n", used >> 10,
	       m->nr_areas, m->nr_areas * 4);
	printf("VmallocChunk: %8" PRIu64 " kB\n", chunk >> 10);
	printf("PageTables:   %8" PRIu64 " kB\n", tables * 4);
	(void)q;
}

static void show_range(const char *name, u32 start, u32 bytes)
{
	bool mb = bytes >= 10u << 20;

	printf("    %-8s: 0x%08x - 0x%08x   (%4u %s)\n", name, start, start + bytes,
	       mb ? bytes >> 20 : bytes >> 10, mb ? "MB" : "kB");
}

static void show_layout(struct model *m, const struct query *q, struct symbols *symbols)
{
	const struct ps_ev_trace_info *i = &m->info;

	puts("virtual kernel memory layout:");
	if (i->fixaddr_start < i->fixaddr_top)
		show_range("fixmap", i->fixaddr_start + 4096, i->fixaddr_top - i->fixaddr_start);
	if (i->pkmap_base)
		show_range("pkmap", i->pkmap_base, 1024 * 4096);
	show_range("vmalloc", i->vmalloc_start, i->vmalloc_end - i->vmalloc_start);
	show_range("gap", i->high_memory, i->vmalloc_start - i->high_memory);
	show_range("lowmem", i->page_offset, i->high_memory - i->page_offset);
	(void)symbols;
	(void)q;
}

/* ---- page tables ---- */

struct run {
	u32 start;
	u64 end;
	u32 flags;
	bool large;
};

static void run_flush(struct run *r)
{
	u32 kb = (u32)((r->end - r->start) >> 10);

	if (r->end > r->start)
		printf("0x%08x-0x%08x %7u%c %s %s %s %s %s %s %s\n", r->start, (u32)r->end,
		       kb % 1024 ? kb : kb / 1024, kb % 1024 ? 'K' : 'M',
		       r->flags & 4 ? "USR" : "   ", r->flags & 2 ? "RW" : "ro",
		       r->flags & 8 ? "PWT" : "   ", r->flags & 0x10 ? "PCD" : "   ",
		       r->large ? "PSE" : "   ", r->flags & 0x100 ? "GLB" : "   ",
		       r->large ? "pde" : "pte");
	r->start = 0;
	r->end = 0;
}

static void run_add(struct run *r, u32 addr, u32 bytes, u32 entry, bool large)
{
	u32 flags = entry & 0xf9f;

	if (r->end != addr || r->flags != flags || r->large != large || r->end == r->start) {
		run_flush(r);
		*r = (struct run){ addr, addr, flags, large };
	}
	r->end = (u64)addr + bytes;
}

static void show_pagetables(struct model *m, const struct query *q, struct symbols *symbols)
{
	u32 pa = q->has_pgd ? q->pgd : m->cr3;
	struct pgd *d = model_pgd(m, pa);
	struct run run = { 0 };

	if (!d)
		ps_die(PS_EXIT_DATA, "no page directory at 0x%x at that moment", pa);
	for (u32 slot = 0; slot < PGDIR_SLOTS; slot++) {
		u32 pde = d->entry[slot];
		struct table *t;

		if (!(pde & PTE_PRESENT))
			continue;
		if (pde & PTE_LARGE) {
			run_add(&run, slot << 22, 1u << 22, pde, true);
			continue;
		}
		t = model_table(m, pde >> 12);
		for (u32 i = 0; t && i < PGDIR_SLOTS; i++)
			if (t->pte[i] & PTE_PRESENT)
				run_add(&run, slot << 22 | i << 12, 4096, t->pte[i], false);
	}
	run_flush(&run);
	(void)symbols;
}

/* ---- who holds memory ---- */

/* Live blocks nobody but their caller accounts for, live objects, live areas. */
static void show_leaks(struct model *m, const struct query *q, struct symbols *symbols)
{
	struct leaks l;

	leaks_collect(&l, m);
	printf("%8s %8s %8s %10s %10s  %s\n", "pages", "blocks", "objects", "bytes", "since event",
	       "allocated by");
	for (u32 i = 0; i < l.nr; i++) {
		const struct holder *h = &l.holder[i];

		printf("%8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64 " %11" PRIu64 "  %s\n",
		       h->pages, h->blocks, h->objects, h->bytes, h->since_i,
		       site_text(symbols, h->site, h->since_t));
	}
	leaks_free(&l);
	for (unsigned n = 0; n < m->nr_areas; n++)
		printf("area 0x%08x-0x%08x %u pages since event %" PRIu64 ", made by %s\n",
		       m->area[n].addr, m->area[n].addr + m->area[n].size, m->area[n].pages,
		       m->area[n].since_i, site_text(symbols, m->area[n].site, m->area[n].since_t));
	(void)q;
}

static void show_slabinfo(struct model *m, const struct query *q, struct symbols *symbols)
{
	puts("slabinfo - version: 1.1");
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++) {
		const struct cache *c = &m->cache[id];
		u32 active = 0;

		if (!c->live)
			continue;
		for (unsigned list = 1; list <= 2; list++)
			for (u32 pfn = c->first[list]; pfn != NIL; pfn = m->frame[pfn].next)
				active++;
		printf("%-17s %6u %6u %6u %4u %4u %4u\n", c->name, c->active, c->nr_slabs * c->num,
		       c->size, active, c->nr_slabs, 1u << c->order);
	}
	(void)symbols;
	(void)q;
}

/* ---- all of them ---- */

const struct view show_views[] = {
	{ "buddyinfo", "free blocks of each order", show_buddyinfo },
	{ "zoneinfo", "pages and watermarks of each zone", show_zoneinfo },
	{ "vmallocinfo", "areas, their callers, and what is left", show_vmallocinfo },
	{ "layout", "ranges of the kernel's addresses", show_layout },
	{ "pagetables", "runs of equal entries in a directory", show_pagetables },
	{ "extfrag", "how much of the free memory is of use for each order", show_extfrag },
	{ "leaks", "who holds memory", show_leaks },
	{ "slabinfo", "objects and slabs of each cache", show_slabinfo },
	{ NULL, NULL, NULL },
};

const struct view *show_find(const char *name)
{
	for (const struct view *v = show_views; v->name; v++)
		if (!strcmp(name, v->name))
			return v;
	return NULL;
}

void show_state(const struct view *v, const struct query *q)
{
	struct model *m = ps_alloc(sizeof(*m));
	struct symbols *symbols = NULL;
	struct event last;
	struct facts f;

	facts_collect(&f, q->c, q->session);
	if (q->symbols)
		symbols = symbols_open(q->symbols, q->modules, &f);
	replay_to(m, q->c, q->session, &q->at, &last);
	ps_note("state after event %s, tick %" PRIu64, ps_thousands(last.i), last.t);
	v->print(m, q, symbols);
	symbols_close(symbols);
	facts_free(&f);
	model_free(m);
	free(m);
}

/* SPDX-License-Identifier: MIT */
/* show_text.c - see show_text.h. */
#include "commands/show_text.h"
#include "formats/text.h"
#include "model/leaks.h"
#include "model/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- zones ---- */

void text_buddyinfo(const struct state *s)
{
	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		const struct zone *z = &s->model->zone[n];

		if (!z->present)
			continue;
		printf("Node 0, zone %8s", z->name);
		for (unsigned k = 0; k < zone_orders(z); k++)
			printf(" %6u", z->nr_free[k]);
		putchar('\n');
	}
}

void text_zoneinfo(const struct state *s)
{
	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		const struct zone *z = &s->model->zone[n];

		if (!z->present)
			continue;
		printf("Node 0, zone %8s\n", z->name);
		printf("  pages free     %u\n", z->free_pages);
		printf("        min      %u\n", z->min);
		printf("        low      %u\n", z->low);
		printf("        high     %u\n", z->high);
		printf("        spanned  %u\n", z->size);
		printf("        managed  %u\n", managed_pages(s->model, z));
		printf("  start_pfn:     %u\n", z->start);
	}
}

static int unusable_index(const struct zone *z, unsigned order)
{
	return (int)model_unusable(z, order);
}

static void print_index(const struct model *m, const char *title,
			int (*index)(const struct zone *, unsigned))
{
	puts(title);
	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		const struct zone *z = &m->zone[n];

		if (!z->present)
			continue;
		printf("Node 0, zone %8s", z->name);
		for (unsigned k = 0; k < zone_orders(z); k++) {
			int v = index(z, k);

			printf(" %s%d.%03d", v < 0 ? "-" : "", abs(v) / 1000, abs(v) % 1000);
		}
		putchar('\n');
	}
}

void text_extfrag(const struct state *s)
{
	print_index(s->model, "unusable_index: share of free memory too small for each order",
		    unusable_index);
	print_index(s->model,
		    "extfrag_index: failing for lack of memory 0 .. 1 fragmentation; "
		    "-1 not failing",
		    fragmentation_index);
}

/* ---- addresses ---- */

void text_vmallocinfo(const struct state *s)
{
	struct model *m = s->model;
	struct vmalloc_usage u;
	u32 pde, pte, phys;

	for (unsigned n = 0; n < m->nr_areas; n++) {
		const struct area *a = &m->area[n];

		printf("0x%08x-0x%08x %8u %s", a->addr, a->addr + a->size, a->size,
		       site_text(s->symbols, a->site, a->since_t));
		if (a->flags & PS_VM_IOREMAP) {
			model_walk(m, m->info.swapper_pg_dir, a->addr, &pde, &pte, &phys);
			printf(" phys=0x%08x ioremap\n", phys);
		} else {
			printf(" pages=%u %s\n", a->pages,
			       a->op == PS_VMOP_VMAP ? "vmap" : "vmalloc");
		}
	}
	vmalloc_usage(&u, m);
	printf("VmallocTotal: %8" PRIu64 " kB\n", u.total >> 10);
	printf("VmallocUsed:  %8" PRIu64 " kB in %s, %" PRIu64 " kB of it guard pages\n",
	       u.used >> 10, ps_count(m->nr_areas, "area"), u.guards >> 10);
	printf("VmallocChunk: %8" PRIu64 " kB\n", u.chunk >> 10);
	printf("PageTables:   %8" PRIu64 " kB\n", u.tables >> 10);
}

/* A watched guest names no ranges: what is mapped shows them. */
static void text_mapped(const struct state *s)
{
	struct linear_runs runs;

	linear_runs_collect(&runs, s->model, s->pgd);
	printf("what directory 0x%08x maps, page after page to frame after frame:\n",
	       s->pgd->pfn << 12);
	for (u32 n = 0; n < runs.nr; n++) {
		const struct linear_run *r = &runs.run[n];

		printf("    0x%08x - 0x%08x   (%7u kB) to 0x%08x\n", r->start, (u32)r->end,
		       (u32)((r->end - r->start) >> 10), r->phys);
	}
	linear_runs_free(&runs);
}

void text_layout(const struct state *s)
{
	struct range range[MAX_RANGES];
	unsigned nr = layout_ranges(s->model, range);

	if (model_watched(s->model)) {
		text_mapped(s);
		return;
	}
	puts(s->model->info.machine & PS_MACHINE_REFERENCE ? "virtual kernel memory layout:"
							   : "regions of addresses:");
	for (unsigned n = 0; n < nr; n++) {
		const struct range *r = &range[n];
		bool mb = r->bytes >= 10u << 20;

		printf("    %-8s: 0x%08x - 0x%08" PRIx64 "   (%4" PRIu64 " %s)\n", r->name,
		       r->start, r->start + r->bytes, r->bytes >> (mb ? 20 : 10), mb ? "MB" : "kB");
	}
}

void text_pagetables(const struct state *s)
{
	struct page_runs runs;

	page_runs_collect(&runs, s->model, s->pgd);
	for (u32 n = 0; n < runs.nr; n++) {
		const struct page_run *r = &runs.run[n];
		u32 kb = (u32)((r->end - r->start) >> 10);

		printf("0x%08x-0x%08x %7u%c %s %s %s %s %s %s %s\n", r->start, (u32)r->end,
		       kb % 1024 ? kb : kb / 1024, kb % 1024 ? 'K' : 'M',
		       r->flags & PTE_USER ? "USR" : "   ", r->flags & PTE_WRITE ? "RW" : "ro",
		       r->flags & PTE_PWT ? "PWT" : "   ", r->flags & PTE_PCD ? "PCD" : "   ",
		       r->large ? "PSE" : "   ", r->flags & PTE_GLOBAL ? "GLB" : "   ",
		       r->large ? "pde" : "pte");
	}
	page_runs_free(&runs);
}

/* ---- who holds memory ---- */

void text_leaks(const struct state *s)
{
	const struct model *m = s->model;
	struct leaks l;

	leaks_collect(&l, m);
	if (!l.nr && !m->nr_areas) {
		puts("nothing is held");
		leaks_free(&l);
		return;
	}
	printf("%8s %8s %8s %10s %10s  %s\n", "pages", "blocks", "objects", "bytes", "since event",
	       "allocated by");
	for (u32 i = 0; i < l.nr; i++) {
		const struct holder *h = &l.holder[i];

		printf("%8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64 " %11" PRIu64 "  %s\n",
		       h->pages, h->blocks, h->objects, h->bytes, h->since_i,
		       site_text(s->symbols, h->site, h->since_t));
	}
	leaks_free(&l);
	for (unsigned n = 0; n < m->nr_areas; n++) {
		const struct area *a = &m->area[n];

		printf("area 0x%08x-0x%08x %s since event %s, made by %s\n", a->addr,
		       a->addr + a->size, ps_count(a->pages, "page"), ps_thousands(a->since_i),
		       site_text(s->symbols, a->site, a->since_t));
	}
}

void text_slabinfo(const struct state *s)
{
	puts("slabinfo - version: 1.1");
	for (unsigned id = 0; id < NR_CACHES; id++) {
		const struct cache *c = &s->model->cache[id];

		if (c->live)
			printf("%-17s %6u %6u %6u %4u %4u %4u\n", c->name, c->active,
			       c->nr_slabs * c->num, c->size, active_slabs(s->model, c),
			       c->nr_slabs, 1u << c->order);
	}
}

/* SPDX-License-Identifier: MIT */
/* model.c - the replay's frame: dispatch, reporting, questions; see model.h. */
#include "model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rule_info ps_rules[NR_RULES] = {
#define RULE_INFO(id, name, severity, text) { name, text, severity },
	PS_RULES(RULE_INFO)
#undef RULE_INFO
};

const char *const owner_names[NR_OWNERS] = { "reserved",  "free", "kernel", "vmalloc",
					     "pagetable", "slab", "user" };

void model_init(struct model *m, void (*found)(void *, enum rule, u64, u64, const char *),
		void *ctx)
{
	memset(m, 0, sizeof(*m));
	m->found = found;
	m->ctx = ctx;
	m->last_table_pfn = m->free_object = NIL;
	m->flush_epoch = 1;
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++)
		for (unsigned l = 0; l < 4; l++)
			m->cache[id].first[l] = m->cache[id].last[l] = NIL;
}

void model_free(struct model *m)
{
	for (unsigned z = 0; z < PS_NR_ZONES; z++)
		for (unsigned k = 0; k < PS_NR_ORDERS; k++)
			free(m->zone[z].bits[k]);
	for (unsigned i = 0; i < m->nr_tables; i++)
		free(m->table[i]);
	for (unsigned id = 0; id < sizeof(m->cache) / sizeof(m->cache[0]); id++)
		free(m->cache[id].name);
	ps_map_free(&m->table_of);
	ps_map_free(&m->object_of);
	free(m->table);
	free(m->pgd);
	free(m->frame);
	free(m->area);
	free(m->stale);
	free(m->object);
}

void model_found(struct model *m, enum rule rule, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (!m->found)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	m->found(m->ctx, rule, m->i, m->t, text);
}

/* ---- the run's own events ---- */

static void start(struct model *m, const struct ps_ev_trace_info *info)
{
	if (m->ready)
		return;
	memcpy(&m->info, info, sizeof(*info));
	m->nr_frames = info->nr_pages < 1u << 20 ? info->nr_pages : 1u << 20;
	m->frame = ps_alloc((size_t)m->nr_frames * sizeof(*m->frame));
	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		m->frame[pfn].clearable = 1;
		m->frame[pfn].zone = 0xff;
	}
	m->pgd = ps_alloc(sizeof(*m->pgd));
	m->pgd[0].pa = m->cr3 = m->named_pgd = info->swapper_pg_dir & ~0xfffu;
	m->pgd[0].live = true;
	m->nr_pgds = 1;
	m->ready = true;
}

static void reserve(struct model *m, u32 start_pfn, u32 nr, u8 owner)
{
	for (u32 i = 0; i < nr && start_pfn + i < m->nr_frames; i++) {
		m->frame[start_pfn + i].owner = owner;
		m->frame[start_pfn + i].clearable = 0;
	}
}

static void run_event(struct model *m, const struct event *ev)
{
	const char *text;

	switch (ev->id) {
	case PS_ID_trace_info: start(m, (const void *)ev->p); break;
	case PS_ID_mm_setup_per_zone_wmarks: buddy_zone(m, (const void *)ev->p); break;
	case PS_ID_reserve_bootmem: {
		const struct ps_ev_reserve_bootmem *e = (const void *)ev->p;

		reserve(m, e->start_pfn, e->nr_pages, e->owner);
		break;
	}
	case PS_ID_expect: {
		const struct ps_ev_expect *e = (const void *)ev->p;

		text = ps_field_string(&ps_kinds[ev->id], ev->p, 0);
		if (!e->ok)
			model_found(m, RULE_EXPECT, "line %u: expected %s; found %s", e->line, text,
				    ps_field_string(&ps_kinds[ev->id], ev->p, 1));
		break;
	}
	case PS_ID_oops:
		model_found(m, RULE_OOPS, "%s", ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	case PS_ID_mm_report:
		text = ps_value_text("report", ev->p[0]);
		model_found(m, RULE_REPORT, "%s: %s", text ? text : "misuse",
			    ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	case PS_ID_panic:
		model_found(m, RULE_PANIC, "%s", ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	case PS_ID_trace_end: {
		const struct ps_ev_trace_end *e = (const void *)ev->p;

		m->ended = e->reason == PS_END_DONE;
		if (e->verdict)
			model_found(m, RULE_VERDICT, "%u expectations or steps failed: %s",
				    e->failed, ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	}
	}
}

void model_apply(struct model *m, const struct event *ev)
{
	const struct ps_kind *k = &ps_kinds[ev->id];

	m->i = ev->i;
	m->t = ev->t;
	if (ev->gap && !m->blind) {
		model_found(m, RULE_LOST,
			    "%s %s missing before this event; what follows is not "
			    "checked",
			    ps_thousands(ev->gap),
			    ev->gap == 1 ? "packet or event is" : "packets or events are");
		m->blind = true;
	}
	if (k->group_id == PS_GROUP_run) {
		if (!m->blind || k->class != PS_CLASS_ev)
			run_event(m, ev);
		return;
	}
	if (m->blind || !m->ready)
		return;
	if (m->nr_audits && ev->stream == PS_STREAM_KERNEL)
		paging_audits_due(m);
	switch (k->group_id) {
	case PS_GROUP_buddy: buddy_event(m, ev); break;
	case PS_GROUP_vmalloc: area_event(m, ev); break;
	case PS_GROUP_paging:
	case PS_GROUP_hw: paging_event(m, ev); break;
	case PS_GROUP_slab:
	case PS_GROUP_highmem: slab_event(m, ev); break;
	default: break;
	}
	if (m->nr_audits && ev->stream == PS_STREAM_KERNEL)
		paging_audits_due(m);
}

/* ---- questions ---- */

enum owner_class model_owner(const struct model *m, u32 pfn)
{
	const struct frame *f = model_frame(m, pfn);

	if (!f || f->state == FRAME_RESERVED)
		return OWNER_RESERVED;
	if (f->state == FRAME_FREE)
		return OWNER_FREE;
	if (f->is_pgd || f->tables)
		return OWNER_PAGETABLE;
	if (f->cache)
		return OWNER_SLAB;
	if (f->maps)
		return OWNER_VMALLOC;
	if (f->users)
		return OWNER_USER;
	return OWNER_KERNEL;
}

struct site_sum {
	u32 site;
	u64 pages, blocks;
};

static int by_pages(const void *a, const void *b)
{
	const struct site_sum *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

/* Blocks nobody but their caller knows of, and areas, by call site. */
static void tell_leaks(struct model *m)
{
	struct ps_map index = { 0 };
	struct site_sum *sum = NULL;
	u32 nr = 0;

	for (u32 pfn = 0; pfn < m->nr_frames; pfn++) {
		const struct frame *f = &m->frame[pfn];
		u32 at;

		if (f->state != FRAME_USED || !f->head || model_owner(m, pfn) != OWNER_KERNEL)
			continue;
		if (!ps_map_get(&index, f->site, &at)) {
			at = nr++;
			sum = ps_realloc(sum, nr * sizeof(*sum));
			sum[at] = (struct site_sum){ .site = f->site };
			ps_map_set(&index, f->site, at);
		}
		sum[at].pages += 1u << f->order;
		sum[at].blocks++;
	}
	if (nr)
		qsort(sum, nr, sizeof(*sum), by_pages);
	for (u32 i = 0; i < nr; i++)
		model_found(m, RULE_LEAK, "%s pages in %s blocks allocated at 0x%08x",
			    ps_thousands(sum[i].pages), ps_thousands(sum[i].blocks), sum[i].site);
	for (unsigned i = 0; i < m->nr_areas; i++)
		model_found(m, RULE_LEAK, "area 0x%08x, %u bytes, made at 0x%08x (event %llu)",
			    m->area[i].addr, m->area[i].size, m->area[i].site,
			    (unsigned long long)m->area[i].since_i);
	ps_map_free(&index);
	free(sum);
}

void model_finish(struct model *m)
{
	if (m->blind || !m->ready)
		return;
	if (m->ended && m->in_vmalloc)
		model_found(m, RULE_AREA_FILL, "the vmalloc of event %llu has not returned",
			    (unsigned long long)m->vmalloc_i);
	paging_audits_end(m);
	tell_leaks(m);
}

/* SPDX-License-Identifier: MIT */
/* replay.c - each event to the file that applies it; see replay.h. */
#include "model/replay.h"
#include "model/areas.h"
#include "model/buddy.h"
#include "model/kmap.h"
#include "model/leaks.h"
#include "model/mmu.h"
#include "model/paging.h"
#include "model/slabs.h"
#include "model/watched.h"

#include <stdio.h>
#include <string.h>

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
		m->frame[pfn].state = model_is(m, PS_MACHINE_COMPLETE) ? FRAME_RESERVED
								       : FRAME_UNKNOWN;
		m->frame[pfn].zone = 0xff;
	}
	m->areas_known = m->objects_known = m->kmap_known = true;
	if (!model_watched(m))
		paging_start(m, info->swapper_pg_dir);
	m->ready = true;
}

static void name_region(struct model *m, const struct event *ev)
{
	const struct ps_ev_region *e = (const void *)ev->p;
	struct named_region *r = &m->region[m->nr_regions];

	if (!m->ready || m->nr_regions == sizeof(m->region) / sizeof(m->region[0]))
		return;
	r->start = e->start;
	r->end = e->end;
	r->kind = e->kind;
	snprintf(r->name, sizeof(r->name), "%s", ps_field_string(&ps_kinds[ev->id], ev->p, 0));
	m->nr_regions++;
}

/* What the lost events told is unknown, until an event's old value, an event that says
 * empty or copied, or a snapshot tells it. */
static void forget(struct model *m)
{
	m->lost = true;
	m->in_vmalloc = m->in_vfree = m->dying_live = false;
	m->nr_areas = m->nr_audits = m->nr_stale = 0;
	m->areas_known = m->kmap_known = false;
	m->flush_epoch++;
	memset(m->pkmap_count, 0, sizeof(m->pkmap_count));
	if (!m->ready)
		return;
	buddy_forget(m);
	slabs_forget(m);
	paging_forget(m);
}

static void run_event(struct model *m, const struct event *ev)
{
	const char *text;

	switch (ev->id) {
	case PS_ID_trace_info: start(m, (const void *)ev->p); break;
	case PS_ID_mm_setup_per_zone_wmarks: buddy_zone(m, ev); break;
	case PS_ID_region: name_region(m, ev); break;
	case PS_ID_reserve_bootmem: buddy_reserve(m, (const void *)ev->p); break;
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
			model_found(m, RULE_VERDICT, "failed claims and steps: %u (%s)", e->failed,
				    ps_field_string(&ps_kinds[ev->id], ev->p, 0));
		break;
	}
	}
}

void replay_event(struct model *m, const struct event *ev)
{
	const struct ps_kind *k = &ps_kinds[ev->id];

	m->i = ev->i;
	m->t = ev->t;
	if (ev->gap) {
		model_found(m, RULE_LOST, "%s %s missing before this event", ps_thousands(ev->gap),
			    ev->gap == 1 ? "packet or event is" : "packets or events are");
		forget(m);
	}
	if (k->group_id == PS_GROUP_run) {
		run_event(m, ev);
		return;
	}
	if (!m->ready)
		return;
	if (m->nr_audits && ev->stream == PS_STREAM_KERNEL)
		mmu_audits_due(m);
	switch (k->group_id) {
	case PS_GROUP_buddy: buddy_event(m, ev); break;
	case PS_GROUP_vmalloc: area_event(m, ev); break;
	case PS_GROUP_paging: paging_event(m, ev); break;
	case PS_GROUP_hw:
		mmu_event(m, ev);
		watched_event(m, ev);
		break;
	case PS_GROUP_slab: slab_event(m, ev); break;
	case PS_GROUP_highmem: kmap_event(m, ev); break;
	default: break;
	}
	if (m->nr_audits && ev->stream == PS_STREAM_KERNEL)
		mmu_audits_due(m);
}

/* ---- the end of a session ---- */

/* Blocks nobody but their caller knows of, and areas, by call site. */
static void tell_leaks(struct model *m)
{
	struct leaks l;

	leaks_collect(&l, m);
	for (u32 i = 0; i < l.nr; i++)
		if (l.holder[i].blocks)
			model_found(m, RULE_LEAK, "%s in %s allocated at 0x%08x",
				    ps_count(l.holder[i].pages, "page"),
				    ps_count(l.holder[i].blocks, "block"), l.holder[i].site);
	leaks_free(&l);
	for (unsigned i = 0; i < m->nr_areas; i++)
		model_found(m, RULE_LEAK, "area 0x%08x, %u bytes, made at 0x%08x (event %s)",
			    m->area[i].addr, m->area[i].size, m->area[i].site,
			    ps_thousands(m->area[i].since_i));
}

void replay_finish(struct model *m)
{
	if (!m->ready)
		return;
	if (m->ended && m->in_vmalloc)
		model_found(m, RULE_AREA_FILL, "the vmalloc of event %s has not returned",
			    ps_thousands(m->vmalloc_i));
	mmu_audits_end(m);
	buddy_finish(m);
	if (m->ended)
		tell_leaks(m);
}

/* ---- up to a moment ---- */

void replay_to(struct model *m, struct capture *c, unsigned session, const struct moment *at,
	       struct event *last)
{
	struct events e;
	struct event ev;

	model_init(m, NULL, NULL);
	memset(last, 0, sizeof(*last));
	events_begin(&e, c, session);
	while (events_next(&e, &ev) && !moment_passed(at, &ev)) {
		replay_event(m, &ev);
		*last = ev;
	}
	replay_vouch(m, c);
}

void moment_check(const struct moment *at, const struct capture *c, unsigned session)
{
	const struct session *s = &c->session[session];

	if (at->by_event && at->event >= s->events)
		ps_die(PS_EXIT_DATA, "%s: has no event %s; its last is %s", c->in.name,
		       ps_thousands(at->event), ps_thousands(s->events - 1));
	if (!at->by_event && at->tick != UINT64_MAX)
		moment_note_past(at->tick, c, session);
}

void moment_note_past(u64 tick, const struct capture *c, unsigned session)
{
	u64 end = c->session[session].end;

	if (tick > end)
		ps_note("%s: tick %s is past the end, tick %s: this is the end", c->in.name,
			ps_thousands(tick), ps_thousands(end));
}

void replay_vouch(const struct model *m, const struct capture *c)
{
	if (!m->ready)
		ps_die(PS_EXIT_DATA,
		       "%s: nothing is known at that moment: the first trace_info event "
		       "comes later, or is lost",
		       c->in.name);
	if (m->lost)
		ps_warn("%s: events are missing before that moment: what they told is "
			"unknown",
			c->in.name);
}

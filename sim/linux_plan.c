/* SPDX-License-Identifier: MIT */
/*
 * linux_plan.c - what the recorded kernel did, put into 2.4.22's terms.
 *
 * The recorded allocator decided which frame to hand out; ours decides anew.  So
 * only the requests are kept, and what ties a free to its allocation: a map from
 * each recorded frame to the slot that holds our block.  Four passes:
 *
 *   pages of areas   the kernel's vmalloc took its pages by ordinary requests;
 *		      ours will take them by itself.  An area is played when its
 *		      last page was taken: until then other tasks ran, and gave
 *		      memory back
 *   blocks in pieces 2.4.22 cannot give back a part of a block: these become
 *		      single pages.  So do the free blocks that compaction took
 *   the start	      the state of each frame before the first event
 *   the operations   one by one, with samples of the recorded state
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux_plan.h"
#include "scenario/workload.h"

#define NEVER   0xffffffffu
#define SAMPLES 256u

enum role { PLAIN, AREA_PAGE, IN_PIECES, TOO_LARGE };
enum frame_state { HELD, FREE, LIVE };

struct area {
	uint32_t event, addr, bytes, pages, got;
	const struct lx_area_pages *known; /* its frames, if recorded */
	uint32_t task;                     /* who fills it; told by its first page */
	uint32_t done;                     /* the event after which it is played */
};

struct work {
	const struct lx_capture *c;
	struct lx_plan *plan;
	uint8_t *role;       /* per event */
	uint32_t *area_done; /* per event: index of the area played after it, + 1 */
	struct area *areas;
	uint32_t nr_areas;
	uint8_t *state;  /* per frame: enum frame_state, in the recorded machine */
	uint8_t *ours;   /* per frame: allocated by a recorded event */
	uint32_t *owner; /* per frame: slot + 1; OWNER_AREA */
	uint32_t *free_slots, nr_free_slots, slots_room;
	struct live_area {
		uint32_t addr, slot;
	} * live_areas;
	uint32_t nr_live_areas;
	unsigned mode;
	size_t room;
	uint32_t ops_room;
	uint32_t live, areas_there; /* running counts of the recorded kernel */
	uint32_t nr_free[LX_ORDERS];
};

#define OWNER_AREA 0xffffffffu

static void *need(void *p)
{
	if (!p) {
		fprintf(stderr, "mmsim: no memory for the replay\n");
		exit(1);
	}
	return p;
}

/* ---- pages of areas ---- */

static bool takes_page(struct area *a, const struct lx_event *e)
{
	if (a->got == a->pages)
		return false;
	if (a->known)
		return a->known->pfn[a->got] == e->at;
	if (e->gfp & LX_GFP_MOVABLE)
		return false;
	if (!a->got)
		a->task = e->task;
	return a->task == e->task;
}

/* The newest area first: the array of page pointers of a large area is itself
 * an area, made and filled while the outer one waits. */
static void give_page(struct work *w, uint32_t *open, uint32_t *nr_open, uint32_t event)
{
	const struct lx_event *e = &w->c->events[event];

	for (uint32_t i = *nr_open; i--;) {
		struct area *a = &w->areas[open[i]];

		if (!takes_page(a, e))
			continue;
		w->role[event] = AREA_PAGE;
		if (++a->got == a->pages) {
			a->done = event;
			memmove(&open[i], &open[i + 1], (--*nr_open - i) * sizeof(*open));
		}
		return;
	}
}

static void close_area(struct work *w, uint32_t *open, uint32_t *nr_open, uint32_t addr)
{
	for (uint32_t i = *nr_open; i--;)
		if (w->areas[open[i]].addr == addr) {
			memmove(&open[i], &open[i + 1], (--*nr_open - i) * sizeof(*open));
			return;
		}
}

static void open_area(struct work *w, uint32_t *open, uint32_t *nr_open, uint32_t event)
{
	const struct lx_event *e = &w->c->events[event];
	struct area *a = &w->areas[w->nr_areas];
	const struct lx_area_pages key = { .addr = e->at, .time = e->time };

	*a = (struct area){ .event = event, .addr = e->at, .bytes = e->size, .done = event };
	if (w->c->nr_areas)
		a->known = bsearch(&key, w->c->areas, w->c->nr_areas, sizeof(key), lx_area_order);
	if (!e->mapped) {
		a->pages = a->known ? a->known->frames : (e->size + 4095) / 4096;
		close_area(w, open, nr_open, e->at);
		if (a->pages)
			open[(*nr_open)++] = w->nr_areas;
	}
	w->nr_areas++;
}

static void find_area_pages(struct work *w)
{
	uint32_t nr = 0, *open, nr_open = 0;

	for (uint32_t i = 0; i < w->c->nr_events; i++)
		nr += w->c->events[i].kind == LX_VMALLOC;
	w->areas = need(calloc(nr + 1, sizeof(*w->areas)));
	open = need(calloc(nr + 1, sizeof(*open)));
	for (uint32_t i = 0; i < w->c->nr_events; i++) {
		const struct lx_event *e = &w->c->events[i];

		if (e->kind == LX_VMALLOC)
			open_area(w, open, &nr_open, i);
		else if (e->kind == LX_VFREE)
			close_area(w, open, &nr_open, e->at);
		else if (e->kind == LX_ALLOC && !e->order && e->gfp != LX_GFP_NONE &&
			 (e->gfp & LX_GFP_VMALLOC) == LX_GFP_VMALLOC && nr_open)
			give_page(w, open, &nr_open, i);
	}
	free(open);
	for (uint32_t i = 0; i < w->nr_areas; i++) {
		struct area *a = &w->areas[i];

		if (a->got && a->got < a->pages)
			a->done = NEVER; /* the kernel ran out of memory, or the capture ends */
		else
			w->area_done[a->done] = i + 1;
	}
}

/* ---- blocks in pieces ---- */

static void find_pieces(struct work *w)
{
	uint32_t *block = need(calloc(w->c->nr_frames + 1, sizeof(*block))); /* event + 1 */

	for (uint32_t i = 0; i < w->c->nr_events; i++) {
		const struct lx_event *e = &w->c->events[i];

		if ((e->kind != LX_ALLOC && e->kind != LX_FREE) || w->role[i] == AREA_PAGE)
			continue;
		if (e->kind == LX_ALLOC)
			w->role[i] = e->order >= LX_ORDERS               ? TOO_LARGE
				     : e->gfp == LX_GFP_NONE && e->order ? IN_PIECES
									 : PLAIN;
		for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
			uint32_t old = block[pfn];

			if (old && w->role[old - 1] == PLAIN &&
			    (e->kind == LX_ALLOC || w->c->events[old - 1].at < e->at ||
			     w->c->events[old - 1].order > e->order) &&
			    w->c->events[old - 1].order)
				w->role[old - 1] = IN_PIECES;
			block[pfn] = e->kind == LX_ALLOC ? i + 1 : 0;
		}
	}
	free(block);
}

/* ---- the start ---- */

static uint32_t phase_event(const struct lx_capture *c, const char *name)
{
	for (uint32_t i = 0; i < c->nr_events; i++)
		if (c->events[i].kind == LX_PHASE && !strcmp(c->names[c->events[i].at], name))
			return i;
	return NEVER;
}

static void set_frames(uint8_t *state, const struct lx_event *e, uint8_t value)
{
	memset(state + e->at, value, e->size);
}

/* Applies events [from, to) to the state of frames. */
static void advance(const struct lx_capture *c, uint8_t *state, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		const struct lx_event *e = &c->events[i];

		if (e->kind == LX_ALLOC)
			set_frames(state, e, LIVE);
		else if (e->kind == LX_FREE || e->kind == LX_UFREE)
			set_frames(state, e, FREE);
	}
}

/* Frames given back that the recording never saw taken were live before it. */
static void note_early_frames(struct work *w)
{
	uint8_t *seen = need(calloc(w->c->nr_frames + 1, 1));

	for (uint32_t i = 0; i < w->c->nr_events; i++) {
		const struct lx_event *e = &w->c->events[i];

		if (e->kind != LX_ALLOC && e->kind != LX_FREE && e->kind != LX_UFREE)
			continue;
		for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
			if (!seen[pfn] && e->kind != LX_ALLOC)
				w->state[pfn] = LIVE;
			seen[pfn] = 1;
		}
	}
	free(seen);
}

/* initmap.txt describes one phase; the start lies before it.  What is live there
 * without an event was live before; any other difference is counted. */
static void use_map(struct work *w)
{
	const struct lx_capture *c = w->c;
	uint32_t at = phase_event(c, c->map_phase[0] ? c->map_phase : "boot_done");
	uint8_t *then = need(malloc(c->nr_frames + 1));

	memset(w->state, HELD, c->nr_frames);
	for (uint32_t i = 0; i < c->nr_runs; i++)
		if (c->runs[i].state != 'x')
			memset(w->state + c->runs[i].start, FREE, c->runs[i].frames);
	note_early_frames(w);
	memcpy(then, w->state, c->nr_frames);
	advance(c, then, 0, at == NEVER ? 0 : at);
	for (uint32_t i = 0; i < c->nr_runs; i++)
		for (uint32_t pfn = c->runs[i].start; pfn < c->runs[i].start + c->runs[i].frames;
		     pfn++) {
			if (c->runs[i].state == 'l' && then[pfn] != LIVE) {
				w->state[pfn] = LIVE;
				w->plan->map_differs += at != NEVER && at != 0;
			} else if (c->runs[i].state == 'f' && then[pfn] != FREE) {
				w->plan->map_differs++;
			}
		}
	free(then);
}

static int find_start(struct work *w, const char *from)
{
	uint32_t first = from ? phase_event(w->c, from) : 0;

	if (first == NEVER) {
		fprintf(stderr, "mmsim: %s: no phase \"%s\" in its events\n", w->c->dir, from);
		return 1;
	}
	w->plan->first = first;
	if (w->c->runs) {
		use_map(w);
	} else {
		w->plan->map_differs = -1;
		memset(w->state, FREE, w->c->nr_frames);
		note_early_frames(w);
	}
	advance(w->c, w->state, 0, first);
	for (uint32_t i = 0; i < first; i++) { /* counts go on from there */
		const struct lx_event *e = &w->c->events[i];

		if (e->kind == LX_ALLOC)
			set_frames(w->ours, e, 1);
		else if (e->kind == LX_FREE)
			set_frames(w->ours, e, 0);
	}
	for (uint32_t pfn = 0; pfn < w->c->nr_frames; pfn++)
		w->live += w->ours[pfn];
	return 0;
}

/* ---- writing ---- */

static uint8_t *space(struct work *w, size_t bytes)
{
	while (w->plan->size + bytes > w->room) {
		w->room = w->room ? 2 * w->room : 1 << 16;
		w->plan->bytes = need(realloc(w->plan->bytes, w->room));
	}
	return w->plan->bytes + w->plan->size;
}

static void wrote(struct work *w, unsigned bytes, uint32_t event)
{
	struct lx_plan *p = w->plan;

	p->size += bytes;
	if (p->ops == w->ops_room) {
		w->ops_room = w->ops_room ? 2 * w->ops_room : 1 << 16;
		p->op_event = need(realloc(p->op_event, w->ops_room * sizeof(*p->op_event)));
	}
	p->op_event[p->ops++] = event;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t take_slot(struct work *w)
{
	return w->nr_free_slots ? w->free_slots[--w->nr_free_slots] : w->plan->slots++;
}

static void drop_slot(struct work *w, uint32_t slot)
{
	if (w->nr_free_slots == w->slots_room) {
		w->slots_room = w->slots_room ? 2 * w->slots_room : 4096;
		w->free_slots =
			need(realloc(w->free_slots, w->slots_room * sizeof(*w->free_slots)));
	}
	w->free_slots[w->nr_free_slots++] = slot;
}

/* The start as runs of equal state; live frames take the first slots. */
static void write_setup(struct work *w)
{
	static const unsigned codes[] = { REPLAY_HELD, REPLAY_FREE_RUN, REPLAY_LIVE };
	uint32_t runs = 0, counts[3] = { 0, 0, 0 };

	for (uint32_t pfn = 0; pfn < w->c->nr_frames; pfn++) {
		runs += !pfn || w->state[pfn] != w->state[pfn - 1];
		counts[w->state[pfn]]++;
		if (w->state[pfn] == LIVE)
			w->owner[pfn] = take_slot(w) + 1;
	}
	w->plan->size += replay_put_setup(space(w, 8), runs);
	for (uint32_t pfn = 0, n; pfn < w->c->nr_frames; pfn += n) {
		for (n = 1; pfn + n < w->c->nr_frames && w->state[pfn + n] == w->state[pfn]; n++)
			;
		w->plan->size += replay_put_number(space(w, 8), n << 2 | codes[w->state[pfn]]);
	}
	wrote(w, 0, w->plan->first);
	w->plan->held_at_start = counts[HELD];
	w->plan->free_at_start = counts[FREE];
	w->plan->live_at_start = counts[LIVE];
}

static void set_mode(struct work *w, unsigned mode, uint32_t event)
{
	if (mode != w->mode)
		wrote(w, replay_put_mode(space(w, 8), mode), event);
	w->mode = mode;
}

/* The zones of a request and whether it may wait; that is all 2.4.22 heeds. */
static enum replay_class class_of(struct work *w, const struct lx_event *e, uint32_t event)
{
	bool waits = e->gfp & LX_GFP_RECLAIM, high = e->gfp & LX_GFP_HIGHMEM;
	unsigned mode = w->mode & REPLAY_ATOMIC_HIGH;

	if (e->gfp == LX_GFP_NONE)
		return REPLAY_HIGH;
	if (e->gfp & LX_GFP_MEMALLOC || !strncmp(w->c->names[e->task], "kswapd", 6))
		mode |= REPLAY_MEMALLOC;
	if (!waits)
		mode = (mode & REPLAY_MEMALLOC) | (high ? REPLAY_ATOMIC_HIGH : 0);
	set_mode(w, mode, event);
	return e->gfp & LX_GFP_DMA ? REPLAY_DMA
	       : !waits            ? REPLAY_ATOMIC
	       : high              ? REPLAY_HIGH
				   : REPLAY_KERNEL;
}

static void free_frame(struct work *w, uint32_t pfn, uint32_t event)
{
	uint32_t slot = w->owner[pfn];

	w->owner[pfn] = 0;
	if (!slot || slot == OWNER_AREA)
		return;
	wrote(w, replay_put_free(space(w, 8), slot - 1), event);
	drop_slot(w, slot - 1);
}

/* ---- the recorded kernel's own figures ---- */

static void recorded_alloc(struct work *w, const struct lx_event *e)
{
	for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
		w->live += !w->ours[pfn];
		w->ours[pfn] = 1;
		w->state[pfn] = LIVE;
	}
}

static void recorded_free(struct work *w, const struct lx_event *e)
{
	for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
		w->live -= w->ours[pfn];
		w->ours[pfn] = 0;
		w->state[pfn] = FREE;
	}
}

/* Free blocks as large as alignment lets them be.  Frames on per-CPU lists count
 * as free too, which they are. */
static void count_free(const struct work *w, uint32_t nr_free[LX_ORDERS])
{
	uint32_t pfn = 0, end;

	memset(nr_free, 0, LX_ORDERS * sizeof(*nr_free));
	while (pfn < w->c->nr_frames) {
		for (end = pfn; end < w->c->nr_frames && w->state[end] == FREE; end++)
			;
		while (pfn < end) {
			unsigned order = 0;

			while (order + 1 < LX_ORDERS && !(pfn & ((2u << order) - 1)) &&
			       pfn + (2u << order) <= end)
				order++;
			nr_free[order]++;
			pfn += 1u << order;
		}
		pfn = end + 1;
	}
}

static void take_sample(struct work *w, uint32_t event, const char *phase)
{
	struct lx_plan *p = w->plan;
	struct lx_sample *s = &p->samples[p->nr_samples++];

	*s = (struct lx_sample){ .time = w->c->events[event].time,
				 .phase = phase,
				 .event = event,
				 .ops = p->ops,
				 .live = w->live,
				 .allocs = p->allocs,
				 .frees = p->frees,
				 .areas = w->areas_there };
	count_free(w, s->nr_free);
}

/* ---- the operations ---- */

static void write_alloc(struct work *w, uint32_t event)
{
	const struct lx_event *e = &w->c->events[event];
	struct lx_plan *p = w->plan;
	enum replay_class class;
	uint32_t slot;

	p->allocs++;
	for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++)
		if (w->owner[pfn]) {
			p->lost_frees++;
			free_frame(w, pfn, event);
		}
	recorded_alloc(w, e);
	if (w->role[event] == AREA_PAGE) {
		w->owner[e->at] = OWNER_AREA;
		p->area_pages++;
		return;
	}
	if (w->role[event] == TOO_LARGE) {
		p->too_large++;
		return;
	}
	class = class_of(w, e, event);
	if (w->role[event] == PLAIN) {
		slot = take_slot(w);
		wrote(w, replay_put_alloc(space(w, 8), class, e->order, slot), event);
		w->owner[e->at] = slot + 1;
		return;
	}
	p->split_blocks++;
	p->split_frames += e->size;
	for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
		slot = take_slot(w);
		wrote(w, replay_put_alloc(space(w, 8), class, 0, slot), event);
		w->owner[pfn] = slot + 1;
	}
}

static void write_free(struct work *w, uint32_t event)
{
	const struct lx_event *e = &w->c->events[event];
	bool known = false;

	for (uint32_t pfn = e->at; pfn < e->at + e->size; pfn++) {
		known |= w->state[pfn] == LIVE;
		free_frame(w, pfn, event);
	}
	w->plan->unknown_frees += !known;
	recorded_free(w, e);
}

static bool write_vfree(struct work *w, uint32_t addr, uint32_t event)
{
	for (uint32_t i = 0; i < w->nr_live_areas; i++)
		if (w->live_areas[i].addr == addr) {
			wrote(w, replay_put_vfree(space(w, 8), w->live_areas[i].slot), event);
			drop_slot(w, w->live_areas[i].slot);
			w->live_areas[i] = w->live_areas[--w->nr_live_areas];
			return true;
		}
	return false;
}

static void write_vmalloc(struct work *w, const struct area *a, uint32_t event)
{
	uint32_t slot;

	write_vfree(w, a->addr, event); /* its vfree was not recorded */
	slot = take_slot(w);
	wrote(w,
	      replay_put_vmalloc(space(w, 16),
				 w->c->events[a->event].mapped ? REPLAY_DEVICE : REPLAY_HIGH, slot,
				 a->bytes),
	      event);
	w->live_areas[w->nr_live_areas++] = (struct live_area){ a->addr, slot };
}

/* Areas that stand at the start, when that is not the beginning. */
static void write_areas_at_start(struct work *w)
{
	uint32_t *stand = need(calloc(w->nr_areas + 1, sizeof(*stand))), nr = 0;

	for (uint32_t i = 0, next = 0; i < w->plan->first; i++) {
		const struct lx_event *e = &w->c->events[i];

		if (e->kind == LX_VMALLOC || e->kind == LX_VFREE)
			close_area(w, stand, &nr, e->at);
		if (e->kind == LX_VMALLOC)
			stand[nr++] = next++;
	}
	w->areas_there = nr;
	for (uint32_t i = 0; i < nr; i++)
		if (w->areas[stand[i]].done < w->plan->first)
			write_vmalloc(w, &w->areas[stand[i]], w->plan->first);
	free(stand);
}

/* Their pages are to be free when the setup is done. */
static void free_pages_of_areas(struct work *w)
{
	uint8_t *of_area = need(calloc(w->c->nr_frames + 1, 1));

	for (uint32_t i = 0; i < w->plan->first; i++) {
		const struct lx_event *e = &w->c->events[i];

		if (e->kind == LX_ALLOC)
			memset(of_area + e->at, w->role[i] == AREA_PAGE, e->size);
	}
	for (uint32_t pfn = 0; pfn < w->c->nr_frames; pfn++)
		if (of_area[pfn] && w->state[pfn] == LIVE) {
			w->state[pfn] = FREE;
			of_area[pfn] = 2;
		}
	write_setup(w);
	for (uint32_t pfn = 0; pfn < w->c->nr_frames; pfn++)
		if (of_area[pfn] == 2) {
			w->state[pfn] = LIVE;
			w->owner[pfn] = OWNER_AREA;
		}
	free(of_area);
}

static void write_event(struct work *w, uint32_t event)
{
	const struct lx_event *e = &w->c->events[event];
	struct lx_plan *p = w->plan;
	const char *name;

	switch (e->kind) {
	case LX_ALLOC: write_alloc(w, event); break;
	case LX_FREE:
		p->frees++;
		write_free(w, event);
		break;
	case LX_UFREE: write_free(w, event); break;
	case LX_VMALLOC:
		p->vmallocs++;
		w->areas_there++;
		break;
	case LX_VFREE:
		p->vfrees++;
		w->areas_there -= w->areas_there != 0;
		if (!write_vfree(w, e->at, event))
			p->unknown_vfrees++;
		break;
	case LX_AFAIL: p->failed_there++; break;
	case LX_PHASE:
		name = w->c->names[e->at];
		take_sample(w, event, name);
		wrote(w, replay_put_phase(space(w, strlen(name) + 8), name, (uint32_t)strlen(name)),
		      event);
	}
	if (w->area_done[event])
		write_vmalloc(w, &w->areas[w->area_done[event] - 1], event);
}

static void write_all(struct work *w)
{
	uint32_t nr = w->c->nr_events, phases = 0, every = nr / SAMPLES + 1;

	for (uint32_t i = w->plan->first; i < nr; i++)
		phases += w->c->events[i].kind == LX_PHASE;
	w->plan->samples = need(calloc(phases + SAMPLES + 2, sizeof(*w->plan->samples)));
	space(w, REPLAY_HEADER);
	w->plan->size = REPLAY_HEADER;
	free_pages_of_areas(w);
	write_areas_at_start(w);
	for (uint32_t i = w->plan->first; i < nr; i++) {
		if (i % every == 0 && w->c->events[i].kind != LX_PHASE)
			take_sample(w, i, NULL);
		write_event(w, i);
	}
	put_u32(w->plan->bytes, REPLAY_MAGIC);
	put_u32(w->plan->bytes + 4, w->plan->slots);
	put_u32(w->plan->bytes + 8, w->plan->ops);
	for (uint32_t i = 0; i < w->nr_areas; i++)
		w->plan->unfinished += w->areas[i].done == NEVER &&
				       w->areas[i].event >= w->plan->first;
}

int lx_make_plan(struct lx_plan *plan, const struct lx_capture *c, const char *from)
{
	struct work w = { .c = c, .plan = plan };
	int status;

	memset(plan, 0, sizeof(*plan));
	w.role = need(calloc(c->nr_events + 1, 1));
	w.area_done = need(calloc(c->nr_events + 1, sizeof(*w.area_done)));
	w.state = need(calloc(c->nr_frames + 1, 1));
	w.ours = need(calloc(c->nr_frames + 1, 1));
	w.owner = need(calloc(c->nr_frames + 1, sizeof(*w.owner)));
	find_area_pages(&w);
	w.live_areas = need(calloc(w.nr_areas + 1, sizeof(*w.live_areas)));
	find_pieces(&w);
	status = find_start(&w, from);
	if (!status)
		write_all(&w);
	free(w.role);
	free(w.area_done);
	free(w.state);
	free(w.ours);
	free(w.owner);
	free(w.areas);
	free(w.live_areas);
	free(w.free_slots);
	return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * workload.c - plays a recorded workload through the allocators; workload.h has the
 * form.
 *
 * The player knows nothing of scenarios: the statement gives it the part of
 * scn.items that no name uses, the simulator as much.  The file may say anything:
 * slots out of range, double frees and cut files are problems that name the
 * operation and its place.
 */
#include "mm/metrics.h"
#include "scenario/scn_priv.h"
#include "scenario/workload.h"

/* A slot: 0 empty, 1 the request got nothing, else what it got: an address
 * (page aligned), or pfn << 8 | order << 4 | SLOT_PAGES. */
#define SLOT_FAILED 1u
#define SLOT_PAGES  2u
#define SLOT_DEVICE 4u /* with a page-aligned address: of ioremap */
#define SLOT_WAITS  8u /* with class << 8 | order << 4: the request waits */

/* Device memory: below the firmware of every PC, above all RAM. */
#define DEVICE_PHYS 0xF0000000u

static u32 get_number(struct replay *r)
{
	u32 v = 0, shift = 0;

	for (;;) {
		if (r->at == r->end || shift > 28) {
			r->problem = "a number is cut or too large";
			return 0;
		}
		v |= (u32)(*r->at & 127) << shift;
		if (!(*r->at++ & 128))
			return v;
		shift += 7;
	}
}

static u32 get_u32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u32 *get_slot(struct replay *r, bool want_empty)
{
	u32 slot = get_number(r);

	if (r->problem)
		return NULL;
	if (slot >= r->nr_slots)
		r->problem = "slot out of range";
	else if (want_empty && r->slots[slot] > SLOT_FAILED)
		r->problem = "slot in use";
	else if (!want_empty && !r->slots[slot])
		r->problem = "slot is empty";
	return r->problem ? NULL : &r->slots[slot];
}

/* ---- requests that 2.4.22 never refuses ---- */

/*
 * A request that may wait, of order 3 or less, does not fail in 2.4.22: it
 * reclaims page cache until there is a block.  Which pages are cache a recording
 * does not say, but they come back in it sooner or later.  So such a request is
 * served from below the watermarks, as a task that reclaims is, and if that does
 * not help, again after each 32 pages given back (2.4.22's portion of reclaim).
 * It counts as failed when its slot is to be freed and it still waits.
 */
#define RECLAIM_PORTION 32u

static struct page *alloc_from_reserve(unsigned gfp, unsigned order)
{
	struct page *page;

	set_pf_memalloc(true);
	page = alloc_pages(gfp, order);
	set_pf_memalloc(false);
	return page;
}

static void slot_pages(u32 *slot, struct page *page, unsigned order)
{
	*slot = page_to_pfn(page) << 8 | order << 4 | SLOT_PAGES;
}

static const unsigned masks[] = { GFP_KERNEL, GFP_HIGHUSER, GFP_DMA, GFP_ATOMIC };

static void begin_to_wait(struct replay *r, u32 *slot, unsigned class, unsigned order)
{
	if (r->nr_waiting == REPLAY_MAX_WAITING) {
		r->failed++;
		r->failed_wait++;
		return;
	}
	*slot = class << 8 | order << 4 | SLOT_WAITS;
	r->waiting[r->nr_waiting++] = (u32)(slot - r->slots);
	r->waited++;
}

/* The request of waiting[i] is no more. */
static void end_wait(struct replay *r, u32 i)
{
	for (r->nr_waiting--; i < r->nr_waiting; i++)
		r->waiting[i] = r->waiting[i + 1];
}

static void try_waiting(struct replay *r, unsigned freed)
{
	u32 i = 0;

	r->freed += freed;
	if (!r->nr_waiting || r->freed < RECLAIM_PORTION)
		return;
	r->freed = 0;
	while (i < r->nr_waiting) {
		u32 *slot = &r->slots[r->waiting[i]];
		unsigned order = *slot >> 4 & 15;
		struct page *page = alloc_from_reserve(masks[*slot >> 8], order);

		if (page) {
			slot_pages(slot, page, order);
			end_wait(r, i);
		} else {
			i++;
		}
	}
}

static void give_up_waiting(struct replay *r, u32 slot)
{
	u32 i = 0;

	while (r->waiting[i] != slot)
		i++;
	end_wait(r, i);
	r->failed++;
	r->failed_wait++;
}

/* ---- requests ---- */

static void play_alloc(struct replay *r, u8 op)
{
	unsigned order = op >> 4, class = op >> 2 & 3, gfp = masks[class];
	u32 *slot = get_slot(r, true);
	struct page *page;

	if (!slot)
		return;
	if (class == REPLAY_ATOMIC && r->mode & REPLAY_ATOMIC_HIGH)
		gfp |= __GFP_HIGHMEM;
	set_pf_memalloc(r->mode & REPLAY_MEMALLOC);
	page = alloc_pages(gfp, order);
	set_pf_memalloc(false);
	r->allocs++;
	*slot = SLOT_FAILED;
	if (!page && gfp & __GFP_WAIT && order <= 3) {
		r->reclaims++;
		page = alloc_from_reserve(gfp, order);
		if (!page)
			begin_to_wait(r, slot, class, order);
	} else if (!page) {
		r->failed++;
	}
	if (page)
		slot_pages(slot, page, order);
}

static void give_slot(struct replay *r, u32 *slot)
{
	if (*slot & SLOT_WAITS)
		give_up_waiting(r, (u32)(slot - r->slots));
	else if (*slot & SLOT_PAGES)
		__free_pages(pfn_to_page(*slot >> 8), *slot >> 4 & 15);
	else if (*slot & SLOT_DEVICE)
		iounmap(*slot & PAGE_MASK);
	else if (*slot > SLOT_FAILED)
		vfree(*slot);
	*slot = 0;
}

static vaddr_t make_area(unsigned class, u32 bytes)
{
	return class == REPLAY_DMA      ? vmalloc_dma(bytes)
	       : class == REPLAY_HIGH   ? vmalloc(bytes)
	       : class == REPLAY_DEVICE ? ioremap(DEVICE_PHYS, bytes)
					: vmalloc_32(bytes);
}

static void play_area(struct replay *r, u8 op)
{
	u32 *slot = get_slot(r, true), bytes = get_number(r);
	unsigned class = op >> 2 & 3;
	struct vmalloc_usage usage;
	bool hole = true;

	if (!slot || r->problem)
		return;
	*slot = make_area(class, bytes);
	r->areas++;
	if (!*slot) {
		vmalloc_usage(&usage);
		/* without a hole for it, or larger than RAM, 2.4.22 gives up too */
		hole = usage.chunk > PAGE_ALIGN(bytes) && bytes &&
		       (class == REPLAY_DEVICE || PAGE_ALIGN(bytes) >> PAGE_SHIFT <= num_physpages);
	}
	if (!*slot && hole) {
		r->reclaims++;
		set_pf_memalloc(true);
		*slot = make_area(class, bytes);
		set_pf_memalloc(false);
	}
	if (!*slot) {
		*slot = SLOT_FAILED;
		r->failed++;
		r->failed_wait += hole;
		r->failed_area += !hole;
	} else if (class == REPLAY_DEVICE) {
		*slot |= SLOT_DEVICE;
	}
}

static void play_give(struct replay *r, bool area)
{
	u32 *slot = get_slot(r, false);
	u32 free = nr_free_pages();

	if (!slot)
		return;
	if (*slot > SLOT_FAILED && area == !!(*slot & (SLOT_PAGES | SLOT_WAITS))) {
		r->problem = area ? "vfree of a block" : "free of an area";
		return;
	}
	if (area)
		r->vfrees++;
	else
		r->frees++;
	give_slot(r, slot);
	try_waiting(r, nr_free_pages() - free);
}

static void play_phase(struct replay *r)
{
	char text[PS_STRING_MAX];
	u32 length = get_number(r), keep;

	if (r->problem)
		return;
	if (length > (u32)(r->end - r->at)) {
		r->problem = "a text is cut";
		return;
	}
	keep = length < sizeof(text) - 1 ? length : sizeof(text) - 1;
	memcpy(text, r->at, keep);
	text[keep] = 0;
	r->at += length;
	TRACE_STR(mark, ({ .level = MARK_SECTION + 1 }), text, "");
	mm_snapshot();
}

/* ---- the state of memory at the start ---- */

/* Frames held for good: a bit each, behind the slots. */
static bool held(const struct replay *r, u32 pfn)
{
	return pfn < max_mapnr && r->held[pfn >> 5] >> (pfn & 31) & 1;
}

static void let_go(struct replay *r, u32 pfn)
{
	r->held[pfn >> 5] &= ~(1u << (pfn & 31));
	r->nr_held--;
}

/* Takes every frame there is, one by one. */
static void hold_all(struct replay *r)
{
	set_pf_memalloc(true);
	while (nr_free_pages()) {
		struct page *page = alloc_pages(GFP_HIGHUSER, 0);
		u32 pfn;

		if (!page)
			break;
		pfn = page_to_pfn(page);
		r->held[pfn >> 5] |= 1u << (pfn & 31);
		r->nr_held++;
	}
	set_pf_memalloc(false);
}

/* The lowest frame held above the DMA zone, or else in it; the caller knows
 * that there is one.  The recorded kernel's image lay there, in one piece, as
 * ours lies elsewhere. */
static u32 spare_frame(const struct replay *r, u32 *from)
{
	for (;; ++*from) {
		if (*from >= max_mapnr)
			*from = 0;
		if (held(r, *from))
			return *from;
	}
}

/*
 * Makes memory look as the recorded machine's at the start: frames it had free
 * are given back, ascending; those live get slots 0, 1, 2...; the rest is held.
 * Where a frame is ours for other reasons, another takes its place, so that the
 * counts are equal in any case.
 */
static void play_setup(struct replay *r)
{
	u32 runs = get_number(r), pfn = 0, slot = 0, missing = 0, spare = MAX_DMA_PFN;
	u32 words = (max_mapnr + 31) / 32;

	if (r->problem)
		return;
	if (r->held) {
		r->problem = "a second setup";
		return;
	}
	if (words > r->room - r->nr_slots) {
		r->problem = "no room to remember the frames held";
		return;
	}
	r->held = r->slots + r->nr_slots;
	memset(r->held, 0, words * sizeof(u32));
	hold_all(r);
	while (runs-- && !r->problem) {
		u32 run = get_number(r), state = run & 3, last = pfn + (run >> 2);

		if (run >> 2 > (1u << 20) - pfn) {
			r->problem = "more frames than 4 GiB have";
			return;
		}
		for (; pfn < last; pfn++) {
			if (state == REPLAY_LIVE && slot >= r->nr_slots) {
				r->problem = "slot out of range";
				return;
			}
			if (state == REPLAY_LIVE)
				r->slots[slot++] = held(r, pfn) ? pfn << 8 | SLOT_PAGES
								: SLOT_FAILED;
			if (state == REPLAY_FREE_RUN && held(r, pfn))
				__free_pages(pfn_to_page(pfn), 0);
			else if (state == REPLAY_FREE_RUN)
				missing++;
			if (state != REPLAY_HELD && held(r, pfn))
				let_go(r, pfn);
		}
	}
	for (u32 i = 0; i < slot && r->nr_held; i++) {
		if (r->slots[i] != SLOT_FAILED)
			continue;
		pfn = spare_frame(r, &spare);
		r->slots[i] = pfn << 8 | SLOT_PAGES;
		let_go(r, pfn);
	}
	for (; missing && r->nr_held; missing--) {
		pfn = spare_frame(r, &spare);
		__free_pages(pfn_to_page(pfn), 0);
		let_go(r, pfn);
	}
	r->missing = missing;
}

/* ---- operations ---- */

static void play_other(struct replay *r, u8 op)
{
	switch (op >> 2 & 3) {
	case REPLAY_TEXT: play_phase(r); break;
	case REPLAY_SETUP: play_setup(r); break;
	case REPLAY_MODE: r->mode = op >> 4; break;
	default: r->problem = "an operation of no kind";
	}
}

bool replay_step(struct replay *r)
{
	u8 op;

	if (r->problem)
		return false;
	if (r->done == r->ops) {
		if (r->at != r->end)
			r->problem = "bytes follow the last operation";
		return false;
	}
	if (r->at == r->end) {
		r->problem = "the file ends here";
		return false;
	}
	op = *r->at++;
	switch (op & 3) {
	case REPLAY_ALLOC: play_alloc(r, op); break;
	case REPLAY_FREE: play_give(r, false); break;
	case REPLAY_AREA:
		if (op & REPLAY_VFREE)
			play_give(r, true);
		else
			play_area(r, op);
		break;
	case REPLAY_PHASE: play_other(r, op);
	}
	r->done += !r->problem;
	return !r->problem;
}

/* Where the slots are kept, and a bit for each frame behind them. */
static bool find_room(struct replay *r, u32 *spare, u32 room)
{
	u32 want = r->nr_slots + (max_mapnr + 31) / 32;

	r->slots = spare;
	r->room = room;
	if (want <= room)
		return true;
	TRACE_STR(mark, ({ .level = MARK_NOTE + 1 }), "Room for the replay",
		  "An area of vmalloc's, for what the recorded requests got.");
	r->table = vmalloc(want * sizeof(u32));
	r->slots = r->table ? scn_machine_area(r->table, want * sizeof(u32)) : NULL;
	r->room = want;
	return r->slots;
}

bool replay_open(struct replay *r, const void *data, size_t size, u32 *spare, u32 room)
{
	memset(r, 0, sizeof(*r));
	r->begin = r->at = data;
	r->end = r->begin + size;
	if (size < REPLAY_HEADER || get_u32(r->at) != REPLAY_MAGIC) {
		r->problem = "not a recorded workload (no PSR1 at its start)";
		return false;
	}
	r->nr_slots = get_u32(r->at + 4);
	r->ops = get_u32(r->at + 8);
	r->at += REPLAY_HEADER;
	if (r->nr_slots > 1u << 24 || !find_room(r, spare, room)) {
		replay_close(r);
		r->problem = "no memory for its slots";
		return false;
	}
	memset(r->slots, 0, r->nr_slots * sizeof(u32));
	return true;
}

void replay_close(struct replay *r)
{
	if (r->table)
		vfree(r->table);
	r->table = 0;
	r->slots = r->held = NULL;
	r->nr_slots = 0;
}

void replay_give_all(struct replay *r)
{
	for (u32 i = 0; i < r->nr_slots; i++)
		give_slot(r, &r->slots[i]);
	for (u32 pfn = 0; r->held && r->nr_held && pfn < max_mapnr; pfn++)
		if (held(r, pfn)) {
			let_go(r, pfn);
			__free_pages(pfn_to_page(pfn), 0);
		}
}

/* ---- the statement ---- */

static void report_problem(const struct scn_stmt *st, const char *file, const struct replay *r)
{
	if (!r->slots)
		scn_error(st->off, "%s: %s", file, r->problem);
	else
		scn_error(st->off, "%s: operation %u of %u, byte %u: %s", file, r->done, r->ops,
			  (u32)(r->at - r->begin), r->problem);
}

void scn_do_replay(const struct scn_stmt *st)
{
	char file[120];
	struct replay r;
	const void *data;
	size_t size = 0;

	scn_string(st->args, file, sizeof(file));
	data = scn_machine_file(file, &size);
	if (!data) {
		scn_error(scn_where(st->args), "no file \"%s\" was given to this machine", file);
		return;
	}
	if (!replay_open(&r, data, size, scn.items + scn.items_end,
			 SCN_MAX_ITEMS - scn.items_end)) {
		report_problem(st, file, &r);
		return;
	}
	while (replay_step(&r))
		;
	if (r.problem)
		report_problem(st, file, &r);
	if (!scn_option(st, OPT_KEEP, NULL))
		replay_give_all(&r);
	replay_close(&r);
	scn.last_failed = r.failed != 0;
	if (scn.error)
		return;
	printk("replay: %u requests for blocks, %u for areas; %u got nothing, %u of them where "
	       "2.4.22 would have gone on\n",
	       r.allocs, r.areas, r.failed, r.failed_wait);
	if (r.failed_wait) {
		scn.pending_failed = true;
		scn.pending_line = st->line;
		snprintf(scn.pending_what, sizeof(scn.pending_what),
			 "%u requests got nothing that 2.4.22 would have served", r.failed_wait);
	}
}

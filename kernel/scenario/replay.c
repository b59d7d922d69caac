/*
 * replay.c - plays a recorded workload through the allocators; replay.h has the
 * form.
 *
 * What is live is kept in the part of scn.items that no name uses.  The file
 * may say anything: slots out of range, double frees and cut files are errors
 * that name the operation and its place.
 */
#include "scenario/scn_priv.h"
#include "scenario/replay.h"

/* A slot: 0 empty, 1 the request got nothing, else what it got: an address
 * (page aligned), or pfn << 8 | order << 4 | SLOT_PAGES. */
#define SLOT_FAILED 1u
#define SLOT_PAGES  2u

struct player {
	const u8 *at, *end, *begin;
	u32 *slots, nr_slots, nr_failed;
	const char *problem;
};

static u32 get_number(struct player *p)
{
	u32 v = 0, shift = 0;

	for (;;) {
		if (p->at == p->end || shift > 28) {
			p->problem = "a number is cut or too large";
			return 0;
		}
		v |= (u32)(*p->at & 127) << shift;
		if (!(*p->at++ & 128))
			return v;
		shift += 7;
	}
}

static u32 get_u32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u32 *get_slot(struct player *p, bool want_empty)
{
	u32 slot = get_number(p);

	if (p->problem)
		return NULL;
	if (slot >= p->nr_slots)
		p->problem = "slot out of range";
	else if (want_empty && p->slots[slot] > SLOT_FAILED)
		p->problem = "slot in use";
	else if (!want_empty && !p->slots[slot])
		p->problem = "slot is empty";
	return p->problem ? NULL : &p->slots[slot];
}

static void play_alloc(struct player *p, u8 op)
{
	static const unsigned masks[] = { GFP_KERNEL, GFP_HIGHUSER, GFP_DMA, GFP_ATOMIC };
	unsigned order = op >> 4;
	u32 *slot = get_slot(p, true);
	struct page *page;

	if (!slot)
		return;
	page = alloc_pages(masks[op >> 2 & 3], order);
	*slot = page ? page_to_pfn(page) << 8 | order << 4 | SLOT_PAGES : SLOT_FAILED;
	p->nr_failed += !page;
}

static void give_slot(u32 *slot)
{
	if (*slot & SLOT_PAGES)
		__free_pages(pfn_to_page(*slot >> 8), *slot >> 4 & 15);
	else if (*slot > SLOT_FAILED)
		vfree(*slot);
	*slot = 0;
}

static void play_area(struct player *p, u8 op)
{
	u32 *slot = get_slot(p, true), bytes = get_number(p);

	if (!slot || p->problem)
		return;
	*slot = (op >> 2 & 3) == REPLAY_DMA ? vmalloc_dma(bytes) :
		(op >> 2 & 3) == REPLAY_HIGH ? vmalloc(bytes) : vmalloc_32(bytes);
	if (!*slot) {
		*slot = SLOT_FAILED;
		p->nr_failed++;
	}
}

static void play_phase(struct player *p)
{
	char text[PS_STRING_MAX];
	u32 length = get_number(p), keep;

	if (p->problem)
		return;
	if (length > (u32)(p->end - p->at)) {
		p->problem = "a text is cut";
		return;
	}
	keep = length < sizeof(text) - 1 ? length : sizeof(text) - 1;
	memcpy(text, p->at, keep);
	text[keep] = 0;
	p->at += length;
	TRACE_STR(mark, ({ .level = MARK_SECTION + 1 }), text, "");
	mm_snapshot();
}

static void play_one(struct player *p)
{
	u8 op = *p->at++;
	u32 *slot;

	switch (op & 3) {
	case REPLAY_ALLOC:
		play_alloc(p, op);
		break;
	case REPLAY_FREE:
		slot = get_slot(p, false);
		if (slot && *slot > SLOT_FAILED && !(*slot & SLOT_PAGES))
			p->problem = "free of an area";
		else if (slot)
			give_slot(slot);
		break;
	case REPLAY_AREA:
		if (!(op & REPLAY_VFREE)) {
			play_area(p, op);
			break;
		}
		slot = get_slot(p, false);
		if (slot && *slot & SLOT_PAGES)
			p->problem = "vfree of a block";
		else if (slot)
			give_slot(slot);
		break;
	case REPLAY_PHASE:
		play_phase(p);
	}
}

static bool read_header(const struct scn_stmt *st, const char *file, struct player *p, u32 *ops)
{
	u32 room = SCN_MAX_ITEMS - scn.items_end;

	if (p->end - p->at < (long)REPLAY_HEADER || get_u32(p->at) != REPLAY_MAGIC) {
		scn_error(st->off, "%s: not a recorded workload (no PSR1 at its start)", file);
		return false;
	}
	p->nr_slots = get_u32(p->at + 4);
	*ops = get_u32(p->at + 8);
	p->at += REPLAY_HEADER;
	if (p->nr_slots > room) {
		scn_error(st->off, "%s needs %u slots, there is room for %u", file, p->nr_slots,
			  room);
		return false;
	}
	p->slots = scn.items + scn.items_end;
	memset(p->slots, 0, p->nr_slots * sizeof(u32));
	return true;
}

void scn_do_replay(const struct scn_stmt *st)
{
	char file[120];
	struct player p = { .problem = NULL };
	size_t size = 0;
	u32 ops = 0, done = 0;

	scn_string(st->args, file, sizeof(file));
	p.begin = p.at = scn_machine_file(file, &size);
	if (!p.at) {
		scn_error(scn_where(st->args), "no file \"%s\" was given to this machine", file);
		return;
	}
	p.end = p.at + size;
	if (!read_header(st, file, &p, &ops))
		return;
	while (done < ops && p.at < p.end && !p.problem) {
		play_one(&p);
		done += !p.problem;
	}
	if (!p.problem && done < ops)
		p.problem = "the file ends here";
	if (p.problem)
		scn_error(st->off, "%s: operation %u of %u, byte %u: %s", file, done, ops,
			  (u32)(p.at - p.begin), p.problem);
	if (!scn_option(st, OPT_KEEP, NULL))
		for (u32 i = 0; i < p.nr_slots; i++)
			give_slot(&p.slots[i]);
	scn.last_failed = p.nr_failed != 0;
	if (p.nr_failed && !scn.error) {
		scn.pending_failed = true;
		scn.pending_line = st->line;
		snprintf(scn.pending_what, sizeof(scn.pending_what),
			 "%u of %u requests got nothing", p.nr_failed, ops);
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * random.c - a seeded mix of requests, held against a model.
 *
 * The model is what the requests returned: every live block, area and object
 * with a stamp in its first word.  Two owners of one frame show when a stamp is
 * not what it was; everything else that can be wrong is mm_check's business,
 * asked at the end.  The same seed gives the same requests everywhere.
 */
#include "scenario/scn_priv.h"
#include "mm/machine.h"

#define LIVE_MAX 512

struct thing {
	u32 item, stamp;
	u8 kind, order;
}; /* item as in a set */
static struct thing live[LIVE_MAX];
static unsigned nr_live;

struct mix {
	u32 state;
	unsigned max_order, gfp;
	u32 failed, damaged;
};

u32 scn_random(u32 *state)
{
	u32 x = *state ? *state : 0x9e3779b9u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

/* Where the first word of a thing can be reached; NULL: in high memory. */
static u32 *first_word(const struct thing *t)
{
	u32 pde, pte;
	phys_t phys;

	if (t->kind == KIND_PAGES)
		phys = (t->item >> 1) << PAGE_SHIFT;
	else if (!page_walk(init_mm.pgd, t->item, &pde, &pte, &phys))
		return NULL;
	return phys >> PAGE_SHIFT < max_low_pfn ? phys_to_virt(phys) : NULL;
}

static void random_alloc(struct mix *m)
{
	struct thing *t = &live[nr_live];
	u32 dice = scn_random(&m->state) % 100, size = scn_random(&m->state);
	struct page *page;
	void *object;
	u32 *word;

	*t = (struct thing){ .stamp = scn_random(&m->state) };
	if (dice < 60) {
		/* small orders far more often than large ones */
		while (t->order < m->max_order && (size >>= 1) & 1)
			t->order++;
		t->kind = KIND_PAGES;
		page = alloc_pages(m->gfp, t->order);
		t->item = page ? page_to_pfn(page) << 1 : 0;
	} else if (dice < 80) {
		t->kind = KIND_AREAS;
		t->item = vmalloc((size % 48 + 1) << PAGE_SHIFT);
	} else {
		t->kind = KIND_OBJECTS;
		object = kmalloc(4 + size % 4000, GFP_KERNEL);
		t->item = object ? __va(virt_to_phys(object)) : 0;
	}
	if (!t->item) {
		m->failed++;
		return;
	}
	word = first_word(t);
	if (word)
		*word = t->stamp;
	nr_live++;
}

static void random_free(struct mix *m, unsigned which)
{
	struct thing t = live[which];
	const u32 *word = first_word(&t);

	if (word && *word != t.stamp)
		m->damaged++;
	live[which] = live[--nr_live];
	if (t.kind == KIND_PAGES)
		__free_pages(pfn_to_page(t.item >> 1), t.order);
	else if (t.kind == KIND_AREAS)
		vfree(t.item);
	else
		kfree(phys_to_virt(__pa(t.item)));
}

void scn_do_random(const struct scn_stmt *st)
{
	s64 ops = scn_arg(st, 0), order = scn_option_or(st, OPT_ORDER, 4);
	struct mix m = { .state = (u32)scn_option_or(st, OPT_SEED, boot_seed),
			 .gfp = (unsigned)scn_option_or(st, OPT_GFP, GFP_ATOMIC) };
	unsigned violations;

	if (!scn.error && (ops < 0 || ops > 100000000 || order < 0 || order >= MAX_ORDER))
		scn_error(scn_where(st->args),
			  "expected 0 to 100000000 requests and an order "
			  "from 0 to %d",
			  MAX_ORDER - 1);
	if (scn.error)
		return;
	if (scn.budget && ops > scn.budget)
		ops = scn.budget;
	m.max_order = (unsigned)order;
	for (s64 i = 0; i < ops; i++) {
		bool take = scn_random(&m.state) % 100 < 55;

		if (nr_live == 0 || (take && nr_live < LIVE_MAX))
			random_alloc(&m);
		else
			random_free(&m, scn_random(&m.state) % nr_live);
	}
	if (!scn_option(st, OPT_KEEP, NULL))
		while (nr_live)
			random_free(&m, nr_live - 1);
	violations = mm_check();
	scn_say("%u requests, %u got nothing, %u still held", (u32)ops, m.failed, nr_live);
	if (m.damaged)
		scn_step_failed("%u stamps overwritten: frames with two owners", m.damaged);
	if (violations)
		scn_step_failed("mm_check finds %u violations", violations);
}

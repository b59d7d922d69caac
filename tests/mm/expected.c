/* SPDX-License-Identifier: MIT */
/* expected.c - see expected.h. */
#include "expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/mm_priv.h"
#include "sim.h"

struct model model;
u64 model_seed = 1;

u32 rnd(u32 n)
{
	model_seed ^= model_seed << 13;
	model_seed ^= model_seed >> 7;
	model_seed ^= model_seed << 17;
	return (u32)((model_seed >> 32) * n >> 32);
}

/* ---- lists ---- */

static void push(struct model_zone *z, u32 pfn, int order)
{
	u32 first = z->head[order];

	model.next[pfn] = first;
	model.prev[pfn] = MODEL_NONE;
	if (first != MODEL_NONE)
		model.prev[first] = pfn;
	z->head[order] = pfn;
	model.order[pfn] = (int8_t)order;
}

static void unlink_block(struct model_zone *z, u32 pfn)
{
	u32 next = model.next[pfn], prev = model.prev[pfn];

	if (prev == MODEL_NONE)
		z->head[(int)model.order[pfn]] = next;
	else
		model.next[prev] = next;
	if (next != MODEL_NONE)
		model.prev[next] = prev;
	model.order[pfn] = -1;
}

static struct model_zone *zone_of(u32 pfn)
{
	for (int i = 0; i < 3; i++)
		if (pfn - model.zone[i].start < model.zone[i].size)
			return &model.zone[i];
	abort();
}

static void give_back(u32 pfn, int order)
{
	struct model_zone *z = zone_of(pfn);
	u32 idx = pfn - z->start;

	z->free += 1u << order;
	for (; order < 9; order++) {
		u32 buddy = idx ^ 1u << order;

		if (buddy >= z->size || model.order[z->start + buddy] != order)
			break;
		unlink_block(z, z->start + buddy);
		idx &= ~(1u << order);
	}
	push(z, z->start + idx, order);
}

static u32 take(struct model_zone *z, int order)
{
	for (int o = order; o < 10; o++) {
		u32 pfn = z->head[o];

		if (pfn == MODEL_NONE)
			continue;
		unlink_block(z, pfn);
		z->free -= 1u << order;
		while (o > order) {
			o--;
			push(z, pfn, o);
			pfn += 1u << o;
		}
		model.count[pfn] = 1;
		return pfn;
	}
	return MODEL_NONE;
}

/* ---- the allocator's decisions ---- */

enum { LOW, MIN, RETRY, NONE };

static u32 try_zones(unsigned gfp, unsigned order, int which)
{
	int first = gfp & 1 ? 0 : gfp & 2 ? 2 : 1;
	u32 sum = 1u << order, pfn;

	for (int i = first; i >= 0; i--) {
		struct model_zone *z = &model.zone[i];

		if (!z->size)
			continue;
		if (which == LOW)
			sum += z->low;
		if (which == MIN)
			sum += gfp & 0x10 ? z->min : z->min / 4;
		if (which == RETRY)
			sum += z->min;
		if (which != NONE && z->free <= sum)
			continue;
		pfn = take(z, (int)order);
		if (pfn != MODEL_NONE)
			return pfn;
	}
	return MODEL_NONE;
}

u32 model_alloc(unsigned gfp, unsigned order)
{
	u32 pfn;

	if (order > 9)
		return MODEL_NONE;
	pfn = try_zones(gfp, order, LOW);
	if (pfn == MODEL_NONE)
		pfn = try_zones(gfp, order, MIN);
	if (pfn == MODEL_NONE && model.pf_memalloc)
		pfn = try_zones(gfp, order, NONE);
	else if (pfn == MODEL_NONE && gfp & 0x10)
		pfn = try_zones(gfp, order, RETRY);
	return pfn;
}

void model_free(u32 pfn, unsigned order)
{
	if (model.reserved[pfn])
		return;
	if (--model.count[pfn] == 0)
		give_back(pfn, (int)order);
}

/* ---- starting ---- */

static u32 mark(u32 size)
{
	u32 min = size / 128;

	return min < 20 ? 20 : min > 255 ? 255 : min;
}

static void model_clear(void)
{
	memset(&model, 0, sizeof model);
	memset(model.order, -1, sizeof model.order);
	for (int i = 0; i < 3; i++)
		for (int o = 0; o < 10; o++)
			model.zone[i].head[o] = MODEL_NONE;
}

static void model_zones(const u32 sizes[3])
{
	u32 start = 0;

	model_clear();
	for (int i = 0; i < 3; i++) {
		struct model_zone *z = &model.zone[i];

		z->start = start;
		z->size = sizes[i];
		z->min = mark(sizes[i]);
		z->low = 2 * z->min;
		z->high = 3 * z->min;
		start += sizes[i];
	}
}

/* The allocator's zones, in memory of their own behind a small booted machine. */
static void real_zones(const u32 sizes[3])
{
	u32 start = 0;

	sim_bare_frames(sizes[0] + sizes[1] + sizes[2]);
	for (int i = 0; i < 3; i++) {
		zone_init(&zones[i], start, sizes[i], sim_alloc_map);
		zone_set_watermarks(&zones[i]);
		start += sizes[i];
	}
	build_zonelists();
}

void model_start(const u32 sizes[3], const bool *reserved)
{
	u32 total = sizes[0] + sizes[1] + sizes[2];
	struct sim_machine m = sim_default(8 << 20);

	if (!sim_ram) {
		sim_console = NULL;
		if (!sim_boot(&m))
			abort();
	}
	model_zones(sizes);
	real_zones(sizes);
	set_pf_memalloc(false);
	for (u32 pfn = 0; pfn < total; pfn++) {
		model.reserved[pfn] = reserved && reserved[pfn];
		if (model.reserved[pfn])
			continue;
		give_back(pfn, 0);
		free_boot_page(pfn);
	}
}

void model_adopt(void)
{
	u32 sizes[3] = { zones[0].size, zones[1].size, zones[2].size };

	model_zones(sizes);
	for (u32 pfn = 0; pfn < max_mapnr; pfn++)
		model.reserved[pfn] = PageReserved(pfn_page(pfn));
	for (u32 pass = 0; pass < 2; pass++)
		for (u32 pfn = 0; pfn < max_mapnr; pfn++)
			if (!model.reserved[pfn] &&
			    (pfn - bootmem_map_pfn < bootmem_map_pages) == (pass == 1))
				give_back(pfn, 0);
}

/* ---- comparing ---- */

static char why[200];

static const char *differs(const char *what, u32 pfn, long real, long modelled)
{
	snprintf(why, sizeof why, "%s at %u: %ld, the model has %ld", what, pfn, real, modelled);
	return why;
}

static const char *same_list(const zone_t *real, const struct model_zone *z, int order)
{
	const struct list_head *node, *head = &real->free_area[order].free_list;
	u32 pfn = z->head[order];

	list_for_each(node, head) {
		u32 got = page_pfn(list_entry(node, const struct page, list));

		if (got != pfn)
			return differs("free list", (u32)order, got, pfn);
		if (node->next->prev != node)
			return differs("back link", got, 0, 1);
		pfn = model.next[pfn];
	}
	return pfn == MODEL_NONE ? NULL : differs("end of free list", (u32)order, -1, pfn);
}

static bool is_free(const struct model_zone *z, u32 idx, int order)
{
	return idx < z->size && model.order[z->start + idx] == order;
}

static const char *same_pairs(const zone_t *real, const struct model_zone *z, int order)
{
	u32 block = 1u << order;

	for (u32 idx = 0; idx < z->size; idx += 2 * block) {
		bool bit = is_free(z, idx, order) != is_free(z, idx + block, order);

		if (test_pair_bit(real, idx, (unsigned)order) != bit)
			return differs("pair bit", z->start + idx, !bit, bit);
	}
	return NULL;
}

static const char *same_zone(int nr)
{
	const struct model_zone *z = &model.zone[nr];
	const char *bad = NULL;

	if (zones[nr].free_pages != z->free)
		return differs("free_pages of zone", (u32)nr, zones[nr].free_pages, z->free);
	for (int order = 0; order < 10 && !bad; order++)
		bad = same_list(&zones[nr], z, order);
	for (int order = 0; order < 9 && !bad; order++)
		bad = same_pairs(&zones[nr], z, order);
	return bad;
}

const char *same_as_model(void)
{
	const char *bad = NULL;

	for (int nr = 0; nr < 3 && !bad; nr++)
		if (zones[nr].size)
			bad = same_zone(nr);
	for (u32 pfn = 0; pfn < max_mapnr && !bad; pfn++) {
		if (pfn_page(pfn)->count != model.count[pfn])
			bad = differs("count", pfn, pfn_page(pfn)->count, model.count[pfn]);
		if (PageReserved(pfn_page(pfn)) != model.reserved[pfn])
			bad = differs("reserved", pfn, !model.reserved[pfn], model.reserved[pfn]);
	}
	return bad;
}

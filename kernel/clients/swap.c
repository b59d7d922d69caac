/* SPDX-License-Identifier: MIT */
/*
 * swap.c - swap areas: the map and its life, after 2.4.22's mm/swapfile.c.
 *
 * The map is read and written through vread and vwrite, because its pages may
 * be anywhere in memory, also where the simulator cannot point.
 */
#include "clients/swap.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "mm/mm.h"
#include "mm/tracepoints.h"

/* Version 1 has a bit per slot in its one header page, less 10 bytes of name. */
#define V1_SLOTS ((PAGE_SIZE - 10) * 8)
/* Version 2 has 24 bits of slot number in a PTE. */
#define V2_SLOTS ((1u << 24) - 2)

static struct swap_area swap_info[MAX_SWAPFILES];

u32 swap_slots(u32 pages, unsigned version)
{
	u32 last_page = pages ? pages - 1 : 0;

	if (version == 1) /* the highest usable slot + 1 */
		return last_page < V1_SLOTS ? last_page + !!last_page : V1_SLOTS;
	if (version == 2)
		return last_page < V2_SLOTS ? last_page : V2_SLOTS;
	return 0;
}

static int free_area_id(void)
{
	for (int id = 0; id < MAX_SWAPFILES; id++)
		if (!swap_info[id].used)
			return id;
	return -EPERM;
}

/* Slot 0 is the header and never usable; every other one is free. */
static void clear_map(const struct swap_area *area)
{
	static const u16 zero[512];
	const u16 bad = SWAP_MAP_BAD;
	u32 n;

	for (u32 at = 0; at < area->bytes; at += n) {
		n = area->bytes - at < sizeof zero ? area->bytes - at : (u32)sizeof zero;
		vwrite((const char *)zero, area->map + at, n);
	}
	vwrite((const char *)&bad, area->map, sizeof bad);
}

int swapon(u32 pages, unsigned version)
{
	struct swap_area area = { .used = true, .version = (u8)version };
	int id = free_area_id();

	if (id < 0) {
		printk("swapon: all %u swap areas are in use\n", MAX_SWAPFILES);
		return id;
	}
	area.slots = swap_slots(pages, version);
	if (area.slots < 2) {
		printk("swapon: version %u cannot use %u pages (versions are 1 and 2, "
		       "page 0 is the header)\n",
		       version, pages);
		return -EINVAL;
	}
	area.bytes = area.slots * 2;
	area.map = vmalloc(area.bytes);
	TRACE(swapon, .id = (u16)id, .slots = area.slots, .bytes = area.bytes, .addr = area.map,
	      .version = area.version);
	if (!area.map) {
		printk("swapon: no memory for a map of %u bytes\n", area.bytes);
		return -ENOMEM;
	}
	clear_map(&area);
	swap_info[id] = area;
	printk("Adding Swap: %uk swap-space, map of %u bytes at %08x\n",
	       (area.slots - 1) * (PAGE_SIZE / 1024), area.bytes, area.map);
	return id;
}

int swapoff(unsigned id)
{
	vaddr_t map;

	if (id >= MAX_SWAPFILES || !swap_info[id].used) {
		printk("swapoff: there is no swap area %u\n", id);
		return -EINVAL;
	}
	/* 2.4.22 brings every page back in here; none was ever swapped out. */
	map = swap_info[id].map;
	swap_info[id] = (struct swap_area){ 0 };
	TRACE(swapoff, .id = (u16)id, .addr = map);
	vfree(map);
	return 0;
}

bool swap_area_info(unsigned id, struct swap_area *area)
{
	if (id >= MAX_SWAPFILES || !swap_info[id].used)
		return false;
	*area = swap_info[id];
	return true;
}

u16 swap_map_entry(unsigned id, u32 slot)
{
	u16 entry = SWAP_MAP_BAD;

	if (id < MAX_SWAPFILES && swap_info[id].used && slot < swap_info[id].slots)
		vread((char *)&entry, swap_info[id].map + slot * 2, sizeof entry);
	return entry;
}

/* SPDX-License-Identifier: MIT */
/*
 * swap.h - the swap map, the first user of vmalloc the chapter names.
 *
 * There is no disk and nothing is swapped: what is real here is the map, one
 * short per slot of the area, which 2.4.22 allocates with vmalloc because it
 * can be far larger than any buddy block.
 */
#ifndef CLIENTS_SWAP_H
#define CLIENTS_SWAP_H

#include "lib/types.h"

#define MAX_SWAPFILES 32
#define SWAP_MAP_BAD  0x8000u /* not a usable slot */

struct swap_area {
	bool used;
	u8 version; /* 1 "SWAP-SPACE", 2 "SWAPSPACE2" */
	u32 slots;  /* entries of the map; slot 0 is the header */
	u32 bytes;  /* of the map */
	vaddr_t map;
};

/* Adds an area of `pages` pages with a header of this version; its map comes
 * from vmalloc.  Returns the area's number, or -EINVAL (version, no room for a
 * slot beside the header), -EPERM (32 areas), -ENOMEM; a message says why. */
int swapon(u32 pages, unsigned version);
/* Takes the area out of use and frees its map.  0, or -EINVAL: no such area. */
int swapoff(unsigned id);

/* Entries the map gets for an area of `pages` pages; 0: none is possible. */
u32 swap_slots(u32 pages, unsigned version);
/* The area's figures; false: no such area. */
bool swap_area_info(unsigned id, struct swap_area *area);
/* One entry of the map; SWAP_MAP_BAD where there is none. */
u16 swap_map_entry(unsigned id, u32 slot);

#endif

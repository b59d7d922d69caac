/* SPDX-License-Identifier: MIT */
/* watch_ram.c - the guest's RAM in the host's memory. */
#include "watch_priv.h"

struct watch watch; /* here, in the lowest of the files that share it */

uint32_t *watch_ram(uint32_t pa)
{
	uint8_t *block = pa < watch.ram ? watch.block[pa >> BLOCK_SHIFT] : NULL;

	return block ? (uint32_t *)(block + (pa & ((1u << BLOCK_SHIFT) - 1))) : NULL;
}

static bool in_hole(uint32_t pa)
{
	return pa >= VGA_START && pa < VGA_END;
}

/* Past the end of RAM Bochs gives one page, always the same. */
void watch_find_ram(void)
{
	const uint8_t *none = bochs_ram_page(0xf0000000u);

	for (uint32_t pa = 0; pa < 0xc0000000u; pa += 1u << BLOCK_SHIFT) {
		const uint8_t *p = bochs_ram_page(pa);

		if (in_hole(pa))
			continue;
		if (!p || p == none)
			break;
		watch.block[pa >> BLOCK_SHIFT] = (uint8_t *)(uintptr_t)p;
		watch.ram = pa + (1u << BLOCK_SHIFT);
	}
}

bool watch_ram_stays(void)
{
	for (uint32_t pa = 0; pa < watch.ram; pa += 1u << BLOCK_SHIFT)
		if (!in_hole(pa) && bochs_ram_page(pa) != watch.block[pa >> BLOCK_SHIFT])
			return false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* watch_check.c - the tables as told, against RAM and the CPU's own walks. */
#include <pagescope/event.h>

#include "bochs.h"
#include "capture_file.h"
#include "watch_priv.h"

#define PROBES 4 /* questions to the CPU each time */

static uint32_t random_below(uint32_t n)
{
	watch.seed = watch.seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((watch.seed >> 33) % n);
}

/* Where the CPU's own walk leads at addresses picked at random among present slots. */
static void ask(void)
{
	const uint32_t *d = watch_ram(watch.last.cr3 & ~4095u);
	uint32_t pa, addr;
	bool ok;

	for (unsigned n = 0; d && n < PROBES; n++) {
		unsigned slot = random_below(1024);

		for (unsigned k = 0; k < 1024 && !(d[slot] & PRESENT); k++)
			slot = (slot + 1) & 1023;
		addr = slot << 22 | random_below(1u << 22);
		ok = bochs_translate(addr, &pa);
		HW(bochs_ticks(), mmu_probe, .addr = addr, .phys = ok ? pa : 0, .ok = ok,
		   .cr3 = watch.last.cr3 & ~4095u);
	}
}

/* RAM is the truth: an entry that differs was stored unseen. */
static void check(struct page *p)
{
	const uint32_t *now = watch_ram(p->pa);

	if (p->dirty || p->unknown || !watch_active(p))
		return;
	watch.checks++;
	for (unsigned i = 0; i < 1024; i++)
		if ((p->entry[i] ^ now[i]) & ~HARDWARE_BITS) {
			watch.missed++;
			watch_settle(p);
			return;
		}
}

void watch_check(void)
{
	if (!watch.checked || !watch.on)
		return;
	watch_each_page(check);
	ask();
}

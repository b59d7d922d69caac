/* SPDX-License-Identifier: MIT */
/* clock.c - how fast the time stamp counter runs; see mm/machine.h. */
#include "mm/machine.h"

#define PIT_HZ     1193182u
#define PIT_CH2    0x42
#define PIT_MODE   0x43
#define PIT_GATE   0x61  /* bit 0 gate, bit 5 output of channel 2 */
#define PIT_ENOUGH 5000u /* counts, 4 ms: long enough to measure */

/* What is left of channel 2's count. */
static u32 pit_count(void)
{
	u32 low;

	outb(PIT_MODE, 0x80); /* latch */
	low = inb(PIT_CH2);
	return low | (u32)inb(PIT_CH2) << 8;
}

/*
 * Measures the time stamp counter once against the timer chip.  It reads the
 * chip's count before and after a wait of so many ticks, and does not wait for a
 * count: Bochs lets a device see the time a few ticks late, differently from run
 * to run.  For the same reason, and because clocks are round numbers, it keeps
 * two digits.
 */
u32 machine_tsc_hz(void)
{
	static u32 hz;
	u32 wait = 20000, scale = 1, before, counts;
	u64 start, ticks;

	if (hz)
		return hz;
	outb(PIT_GATE, (inb(PIT_GATE) & ~2) | 1); /* gate open, speaker off */
	do {
		outb(PIT_MODE, 0xB0); /* channel 2, one shot */
		outb(PIT_CH2, 0xFF);
		outb(PIT_CH2, 0xFF);
		before = pit_count();
		start = rdtsc();
		do
			ticks = rdtsc() - start;
		while (ticks < wait);
		counts = before - pit_count();
		wait *= 2;
	} while (counts < PIT_ENOUGH && wait < 1u << 30);
	hz = counts ? (u32)(ticks * PIT_HZ / counts) : 1000000;
	while (hz / scale >= 100)
		scale *= 10;
	hz = (hz + scale / 2) / scale * scale;
	return hz;
}

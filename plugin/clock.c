/* SPDX-License-Identifier: MIT */
/*
 * clock.c - a host clock that stands still, for Bochs alone (LD_PRELOAD).
 *
 * With `clock: sync=none` no device of Bochs asks for the time of day, but the
 * status bar does: the timer of its LEDs runs by the host's clock, and its
 * handler measures how fast the emulator is (usec_per_second and
 * ticks_per_second in iodev/virt_timer.cc).  The same two figures convert the
 * delay of *every* virtual timer that is armed outside a handler, so that a PIT
 * or RTC event is late by what the host happened to be busy with.  On a loaded
 * machine about one boot in twelve differed from the others by 23 ticks.
 *
 * With a clock that stands still both figures keep their initial value, and the
 * same options give the same run, to the tick.  The LEDs stay dark.
 */
#include <sys/time.h>

/* The time of day, for ever 0.  Returns 0. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict now,
							void *restrict zone)
{
	(void)zone;
	now->tv_sec = 0;
	now->tv_usec = 0;
	return 0;
}

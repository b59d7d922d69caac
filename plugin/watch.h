/* SPDX-License-Identifier: MIT */
/*
 * watch.h - every store of an unmodified guest into its page tables.
 */
#ifndef PLUGIN_WATCH_H
#define PLUGIN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Makes ready.  `checked`: each million ticks the tables are held against RAM, and the CPU
 * is asked where some address leads.  False: not possible in this Bochs; *why says why. */
bool watch_bind(bool checked, const char **why);
/* Lays the traps, at the first reset of the devices: before it all of RAM looks like page
 * 0.  False: not possible, *why says why. */
bool watch_lay_traps(const char **why);

/* A session begins, at `tick`: tells what machine it is, and that paging is off. */
void watch_begin(uint64_t tick);
/* Tells how the processor stands, then forgets all.  `log`: Bochs's log, or null. */
void watch_end(uint64_t tick, const char *log);

/* Looks whether CR0, CR3, CR4 or the IDT are others than before: for who is called often
 * enough while nothing is trapped. */
void watch_look(void);
/* Paging was on in this session. */
bool watch_saw_paging(void);
/* Counters for the debugger, as lines of text. */
void watch_describe(char *to, unsigned bytes);

#endif

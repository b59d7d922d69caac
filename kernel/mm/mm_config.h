/* SPDX-License-Identifier: MIT */
/* mm_config.h - what a build of the memory manager may leave out. */
#ifndef MM_CONFIG_H
#define MM_CONFIG_H

/*
 * 1: page frees are checked against what was handed out, and block heads
 * against the lists they are on (the default; about 10 instructions a call).
 * 0: only what 2.4.22 cannot do without: the use count and PG_reserved.
 * Set by -DMM_CHECKS=0 for the cost figures of `make bench`.
 */
#ifndef MM_CHECKS
#define MM_CHECKS 1
#endif

#endif

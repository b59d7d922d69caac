/* SPDX-License-Identifier: MIT */
/*
 * run_trace.h - runs of pages, told page by page.
 *
 * alloc_run and free_run deal in blocks, with the outcome of so many requests
 * for single pages.  A trace tells of the single pages all the same, with every
 * split and merge, so that it does not depend on how the kernel goes about it
 * and whoever replays it needs to know one way only.
 */
#ifndef MM_RUN_TRACE_H
#define MM_RUN_TRACE_H

#include "mm/mm_priv.h"

/*
 * Page i, from 0, of an alloc_run of 2^order pages, mapped at `addr` by an entry
 * just stored: the first request takes the block apart down to order 0, each next
 * one the piece of which it is the last page.
 */
static inline void trace_run_alloc(u32 pfn, u8 zone, u32 i, unsigned order, unsigned gfp_mask,
				   u32 ip)
{
	for (unsigned o = i ? (unsigned)__builtin_ctz(i) : order; o; o--)
		TRACE_NOW(buddy_split, .pfn = pfn + 1 - (1u << o), .order = (u8)o, .zone = zone);
	TRACE_NOW(mm_page_alloc, .pfn = pfn, .order = 0, .zone = zone, .gfp_flags = (u16)gfp_mask,
		  .call_site = ip);
}

/* Page i of a free_run: it joins with what was freed of its block before. */
static inline void trace_run_free(u32 pfn, u8 zone, u32 i, u32 ip)
{
	TRACE_NOW(mm_page_free, .pfn = pfn, .order = 0, .zone = zone, .call_site = ip);
	for (unsigned o = 0; o < (unsigned)__builtin_ctz(i + 1); o++)
		TRACE_NOW(buddy_merge, .pfn = pfn, .order = (u8)o, .zone = zone);
}

#endif

/* SPDX-License-Identifier: MIT */
/* pages.c - the list of free pages.  Each holds the address of the next. */
#include "kernel.h"

static struct run {
	struct run *next;
} * free_list;

void kfree(void *page)
{
	struct run *run = page;

	if ((uint32_t)page % PGSIZE || V2P(page) >= PHYSTOP)
		panic("kfree of what is no page");
	run->next = free_list;
	free_list = run;
	TRACE(mm_page_free, .pfn = V2P(page) >> 12, .call_site = CALLER);
}

void *kalloc(void)
{
	struct run *run = free_list;

	if (run)
		free_list = run->next;
	TRACE(mm_page_alloc, .pfn = run ? V2P(run) >> 12 : PS_PFN_NONE, .call_site = CALLER);
	return run;
}

void free_memory(void *from, void *to)
{
	uint32_t page = ((uint32_t)from + PGSIZE - 1) & ~(PGSIZE - 1);

	for (; page + PGSIZE <= (uint32_t)to; page += PGSIZE)
		kfree((void *)page);
}

uint32_t free_pages(void)
{
	uint32_t n = 0;

	for (const struct run *run = free_list; run; run = run->next)
		n++;
	return n;
}

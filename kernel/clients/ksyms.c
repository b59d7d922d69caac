/* SPDX-License-Identifier: MIT */
/*
 * ksyms.c - the kernel's exported symbols, for modules to be linked against.
 */
#include "clients/ksyms.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"
#include "mm/mm.h"

#define KSYM(symbol) .name = #symbol, .addr = (uintptr_t)symbol

static const struct ksym {
	const char *name;
	uintptr_t addr;
} ksyms[] = {
	{ KSYM(printk) },
	{ KSYM(snprintf) },
	{ KSYM(panic) },
	{ KSYM(memcpy) },
	{ KSYM(memmove) },
	{ KSYM(memset) },
	{ KSYM(memcmp) },
	{ KSYM(strlen) },
	{ KSYM(strcmp) },
	{ KSYM(strncmp) },
	{ KSYM(kmalloc) },
	{ KSYM(kfree) },
	{ KSYM(kmem_cache_create) },
	{ KSYM(kmem_cache_destroy) },
	{ KSYM(kmem_cache_alloc) },
	{ KSYM(kmem_cache_free) },
	{ KSYM(alloc_pages) },
	{ KSYM(__free_pages) },
	{ KSYM(__get_free_pages) },
	{ KSYM(get_zeroed_page) },
	{ KSYM(free_pages) },
	{ KSYM(pfn_to_page) },
	{ KSYM(page_to_pfn) },
	{ KSYM(nr_free_pages) },
	{ KSYM(__vmalloc) },
	{ KSYM(vmalloc) },
	{ KSYM(vmalloc_32) },
	{ KSYM(vmalloc_dma) },
	{ KSYM(vfree) },
	{ KSYM(vmap) },
	{ KSYM(vunmap) },
	{ KSYM(vread) },
	{ KSYM(vwrite) },
	{ KSYM(vmalloc_to_page) },
	{ KSYM(page_kernel_prot) },
	{ KSYM(ioremap) },
	{ KSYM(ioremap_nocache) },
	{ KSYM(iounmap) },
	{ KSYM(kmap) },
	{ KSYM(kunmap) },
	{ KSYM(kmap_atomic) },
	{ KSYM(kunmap_atomic) },
};

vaddr_t ksym_lookup(const char *name)
{
	for (unsigned i = 0; i < sizeof ksyms / sizeof ksyms[0]; i++)
		if (!strcmp(ksyms[i].name, name))
			return (vaddr_t)ksyms[i].addr;
	return 0;
}

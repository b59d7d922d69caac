/* SPDX-License-Identifier: MIT */
/*
 * ksyms.c - the kernel's exported symbols, for modules to be linked against.
 */
#include "clients/ksyms.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"
#include "mm/mm.h"

#define KSYMS(X) \
	X(printk) \
	X(snprintf) X(panic) X(memcpy) X(memmove) X(memset) X(memcmp) X(strlen) X(strcmp) X( \
		strncmp) X(kmalloc) X(kfree) X(kmem_cache_create) X(kmem_cache_destroy) \
		X(kmem_cache_alloc) X(kmem_cache_free) X(alloc_pages) X(__free_pages) X( \
			__get_free_pages) X(get_zeroed_page) X(free_pages) X(pfn_to_page) \
			X(page_to_pfn) X(nr_free_pages) X(__vmalloc) X(vmalloc) X(vmalloc_32) \
				X(vmalloc_dma) X(vfree) X(vmap) X(vunmap) X(vread) X(vwrite) \
					X(vmalloc_to_page) X(page_kernel_prot) X(ioremap) \
						X(ioremap_nocache) X(iounmap) X(kmap) X(kunmap) \
							X(kmap_atomic) X(kunmap_atomic)

#define ROW(name) { #name, (uintptr_t)name },
static const struct ksym {
	const char *name;
	uintptr_t addr;
} ksyms[] = { KSYMS(ROW) };

vaddr_t ksym_lookup(const char *name)
{
	for (unsigned i = 0; i < sizeof ksyms / sizeof ksyms[0]; i++)
		if (!strcmp(ksyms[i].name, name))
			return (vaddr_t)ksyms[i].addr;
	return 0;
}

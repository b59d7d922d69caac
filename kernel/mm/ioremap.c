/* SPDX-License-Identifier: MIT */
/*
 * ioremap.c - device memory at kernel addresses, in vmalloc's window.
 *
 * The area comes from the same list as vmalloc's, with VM_IOREMAP.  Its PTEs
 * are not global, so the TLB is flushed once after mapping (vmalloc needs
 * none).  The ISA hole is in the linear map already and is returned as such;
 * RAM is refused unless its frames are reserved.
 *
 * 2.4.22 takes the end of the mapping from the address of the last byte,
 * rounded up to a page: if that byte is the first of a page, the page is left
 * out.  Corrected and reported here, but for quirks=2.4.22.
 */
#include "mm/mm_priv.h"

#define ISA_START 0xA0000u
#define ISA_END   0x100000u

/* Page offsets make no difference: does [phys, last] begin in low memory, and is a
 * frame of it RAM in use, be it a highmem one? */
static bool is_ram(phys_t phys, phys_t last)
{
	u32 pfn;

	if (phys >= __pa(high_memory))
		return false;
	for (pfn = phys >> PAGE_SHIFT; pfn <= last >> PAGE_SHIFT && pfn < max_mapnr; pfn++)
		if (!PageReserved(pfn_page(pfn)))
			return true;
	return false;
}

/* Maps [addr, addr + size) to phys; false: no memory for a table. */
static bool remap_pages(vaddr_t addr, phys_t phys, u32 size, u32 prot, u32 ip)
{
	u32 end = addr + size;

	TRACE(flush_cache_all, .why = 0);
	if (addr >= end)
		mm_bug(addr, ip, "ioremap of no pages");
	for (; addr < end; addr += PAGE_SIZE, phys += PAGE_SIZE) {
		u32 *pte = pte_alloc(pgd_offset_k(addr), addr, ip);

		if (!pte)
			break;
		if (*pte) {
			mm_report(PS_REPORT_PTE_EXISTS, addr, *pte, ip,
				  "remap_area_pte: page already exists");
			mm_bug(addr, ip, "ioremap over a mapped page");
		}
		set_pte(pte, addr, phys | prot);
		machine_probe(addr);
	}
	flush_tlb_all_traced(PS_FLUSH_IOREMAP);
	return addr == end;
}

/* Bytes to map for [phys, last], phys page aligned. */
static u32 mapping_size(phys_t phys, phys_t last, u32 ip)
{
	u32 historical = PAGE_ALIGN(last) - phys, right = (last & PAGE_MASK) + PAGE_SIZE - phys;

	if (historical == right || quirks)
		return historical;
	mm_report(PS_REPORT_IOREMAP_SHORT, last, right, ip,
		  "ioremap up to %08x: 2.4.22 would leave out the last page", last);
	return right;
}

static vaddr_t map_device(phys_t phys, u32 size, u32 flags, u32 ip, enum ps_value_vm_why *why)
{
	phys_t last = phys + size - 1;
	struct vm_struct *area;

	*why = PS_WHY_SIZE;
	if (!size || last < phys)
		return 0;
	*why = PS_WHY_OK;
	if (phys >= ISA_START && last < ISA_END)
		return __va(phys);
	if (is_ram(phys, last)) {
		mm_report(PS_REPORT_IOREMAP_RAM, phys, size, ip,
			  "ioremap of %08x: that is RAM in use", phys);
		*why = PS_WHY_RAM;
		return 0;
	}
	size = mapping_size(phys & PAGE_MASK, last, ip);
	area = get_vm_area_ip(size, VM_IOREMAP, ip, why);
	if (!area)
		return 0;
	if (remap_pages(area->addr, phys & PAGE_MASK, size,
			_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY | flags, ip))
		return area->addr + (phys & ~PAGE_MASK);
	vfree_op(area->addr, PS_VMOP_VFREE, ip);
	*why = PS_WHY_NO_TABLE;
	return 0;
}

static vaddr_t ioremap_ip(phys_t phys, u32 size, u32 flags, u32 ip)
{
	enum ps_value_vm_why why;
	vaddr_t addr;

	TRACE(vmalloc_enter, .size = size, .gfp_flags = 0, .op = PS_VMOP_IOREMAP, .call_site = ip);
	addr = map_device(phys, size, flags, ip, &why);
	TRACE(vmalloc_exit, .addr = addr,
	      .nr_pages = addr >= vmalloc_start()
				  ? (PAGE_ALIGN((addr & ~PAGE_MASK) + size)) >> PAGE_SHIFT
				  : 0,
	      .why = (u8)why);
	return addr;
}

/* `size` bytes of device memory at phys; 0 if it is RAM in use, wraps, or
 * addresses or memory do not suffice. */
vaddr_t ioremap(phys_t phys, u32 size)
{
	return ioremap_ip(phys, size, 0, _RET_IP_);
}

/* The same without caching. */
vaddr_t ioremap_nocache(phys_t phys, u32 size)
{
	return ioremap_ip(phys, size, _PAGE_PCD, _RET_IP_);
}

/* Undoes ioremap; an address in the linear map (the ISA hole) needs nothing. */
void iounmap(vaddr_t addr)
{
	if (addr > high_memory)
		vfree_op(addr & PAGE_MASK, PS_VMOP_IOUNMAP, _RET_IP_);
}

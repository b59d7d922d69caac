/* SPDX-License-Identifier: MIT */
/*
 * fault.c - do_page_fault's decision.
 *
 * A kernel access to an address at or above PAGE_OFFSET that found nothing
 * present may only be behind the times: the directory in CR3 was made before
 * vmalloc filled this slot of the reference directory.  Then the slot is
 * copied, and the access is made again: once per directory and 4 MiB slot.  It
 * takes the directory from CR3, not from the current task, and no lock, so
 * that it may be done in any context.  A fault in user mode, or on a page that
 * is present, is never mended here.
 */
#include "mm/mm_priv.h"

#define FAULT_PROTECTION 1u /* the page was present */
#define FAULT_USER       4u /* from user mode */

static enum fault_result vmalloc_fault(vaddr_t address)
{
	phys_t cr3 = machine_read_cr3() & PAGE_MASK;
	u32 pde = *pgd_offset_k(address), *slot = pgd_virt(cr3) + (address >> PGDIR_SHIFT);
	enum ps_value_fault_outcome outcome = PS_FAULT_SYNCED;

	if (!(pde & _PAGE_PRESENT))
		outcome = PS_FAULT_NO_PDE;
	else if (!(pde & _PAGE_PSE) && !(*pte_offset(pde, address) & _PAGE_PRESENT))
		outcome = PS_FAULT_NO_PTE;
	/* 2.4.22 copies the slot before it looks: harmless, and done here too. */
	*slot = pde;
	TRACE(vmalloc_fault, .address = address, .pgd = cr3, .pde = pde, .outcome = (u8)outcome);
	machine_probe(address);
	return outcome == PS_FAULT_SYNCED ? FAULT_RETRY : FAULT_BAD_KERNEL;
}

enum fault_result do_page_fault(vaddr_t address, u32 error_code, u32 ip)
{
	if (error_code & FAULT_USER) {
		TRACE(page_fault_user, .address = address, .ip = ip, .error_code = (u8)error_code);
		return FAULT_SIGSEGV;
	}
	TRACE(page_fault_kernel, .address = address, .ip = ip, .error_code = (u8)error_code);
	if (address >= PAGE_OFFSET && !(error_code & FAULT_PROTECTION))
		return vmalloc_fault(address);
	return FAULT_BAD_KERNEL;
}

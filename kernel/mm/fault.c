/* SPDX-License-Identifier: MIT */
/*
 * fault.c - page faults, on hardware and in the simulator alike.
 *
 * A kernel access to an address at or above PAGE_OFFSET that found nothing
 * present may have met an old directory: the directory in CR3 was made before
 * vmalloc filled this slot of the reference directory.  Then do_page_fault copies
 * the slot, and the access is made again: once per directory and 4 MiB slot.  It
 * takes the directory from CR3, not from the current task, and takes no lock, so
 * it works in any context.  It never mends a fault in user mode or on a page that
 * is present.  Every fault that it does not mend is an oops.
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

static enum fault_result handle_fault(vaddr_t address, u32 error_code, u32 ip)
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

/* Reports a fault that stays one: the address, and what the page tables say of it. */
static void oops(vaddr_t address, u32 error_code, u32 ip)
{
	char msg[96];
	u32 pde, pte;
	phys_t phys;

	page_walk(machine_read_cr3() & PAGE_MASK, address, &pde, &pte, &phys);
	if (error_code & FAULT_USER)
		snprintf(msg, sizeof msg, "Segmentation fault at %08x", address);
	else
		snprintf(msg, sizeof msg, "Unable to handle %s at virtual address %08x",
			 address < PAGE_SIZE ? "kernel NULL pointer dereference"
					     : "kernel paging request",
			 address);
	printk("%s\n*pde = %08x *pte = %08x\n", msg, pde, pte);
	TRACE_STR(oops,
		  ({ .address = address,
		     .ip = ip,
		     .error_code = (u8)error_code,
		     .pde = pde,
		     .pte = pte }),
		  msg);
}

enum fault_result do_page_fault(vaddr_t address, u32 error_code, u32 ip)
{
	enum fault_result result = handle_fault(address, error_code, ip);

	if (result != FAULT_RETRY)
		oops(address, error_code, ip);
	return result;
}

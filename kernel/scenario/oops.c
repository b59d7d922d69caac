/* SPDX-License-Identifier: MIT */
/*
 * oops.c - what the kernel does about a page fault, on hardware and in the
 * simulator alike: so both leave the same events.
 */
#include "scenario/scn_priv.h"
#include "mm/mm_priv.h"

bool scn_page_fault(vaddr_t address, u32 error_code, u32 ip)
{
	char msg[96];
	u32 pde, pte;
	phys_t phys;

	if (do_page_fault(address, error_code, ip) == FAULT_RETRY)
		return true;
	page_walk(machine_read_cr3() & PAGE_MASK, address, &pde, &pte, &phys);
	snprintf(msg, sizeof(msg), "Unable to handle %s at virtual address %08x",
		 address < PAGE_SIZE ? "kernel NULL pointer dereference" : "kernel paging request",
		 address);
	if (error_code & 4)
		snprintf(msg, sizeof(msg), "Segmentation fault at %08x", address);
	printk("%s\n*pde = %08x *pte = %08x\n", msg, pde, pte);
	TRACE_STR(oops,
		  ({ .address = address,
		     .ip = ip,
		     .error_code = (u8)error_code,
		     .pde = pde,
		     .pte = pte }),
		  msg);
	return false;
}

/* SPDX-License-Identifier: MIT */
/* ring3.c - see ring3.h. */
#include "ring3.h"
#include "lib/string.h"
#include "mm/machine.h"
#include "mm/mm.h"

#define USER_CODE 0xBFC00000u /* the last slot below PAGE_OFFSET */
#define ENTRIES   1024

/* What runs at CPL 3: entry.S.  The address comes in ebx, the value in eax. */
/* ring3_entry.S explains the two. */
int enter_user(u32 eip, u32 addr, u32 value);
_Noreturn void leave_user(int result);
extern u8 user_code[], user_load8[], user_load32[], user_store8[], user_store32[];

static u32 user_pgd[ENTRIES] __attribute__((aligned(4096)));
static u32 user_table[ENTRIES] __attribute__((aligned(4096)));
static phys_t kernel_cr3;
static u32 result_value;

static void user_space_enter(void)
{
	kernel_cr3 = machine_read_cr3();
	memcpy(user_pgd, phys_to_virt(kernel_cr3), sizeof user_pgd);
	user_table[0] = virt_to_phys(user_code) | _PAGE_PRESENT | _PAGE_USER;
	user_pgd[USER_CODE >> 22] = virt_to_phys(user_table) | _PAGE_PRESENT | _PAGE_USER;
	machine_load_cr3(virt_to_phys(user_pgd));
}

static u32 user_entry(unsigned bytes, bool write)
{
	u8 *entry = write        ? bytes == 1 ? user_store8 : user_store32
		    : bytes == 1 ? user_load8
				 : user_load32;

	return USER_CODE + (u32)(entry - user_code);
}

bool user_access(vaddr_t addr, unsigned bytes, bool write, u32 *value)
{
	bool ok;

	user_space_enter();
	ok = enter_user(user_entry(bytes, write), addr, *value);
	if (ok && !write)
		*value = result_value;
	return ok;
}

/* The tables of the kernel's own directory are the ones to judge by. */
void user_fault(struct trap_frame *f, u32 address)
{
	machine_load_cr3(kernel_cr3);
	if (do_page_fault(address, f->error_code, f->eip) != FAULT_RETRY)
		leave_user(false);
	user_space_enter();
}

void user_done(bool ok, u32 value)
{
	machine_load_cr3(kernel_cr3);
	result_value = value;
	leave_user(ok);
}

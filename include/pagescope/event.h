/* SPDX-License-Identifier: MIT */
/*
 * event.h - what C makes of events.def: ids, packed structs, enums.
 *
 * struct ps_ev_NAME is the payload of event NAME as it stands in a packet,
 * without the strings, which follow it.  Readers and writers use the same
 * struct, so there is no second description of the wire form.  Freestanding;
 * little-endian machines only, as the wire form is.
 */
#ifndef PAGESCOPE_EVENT_H
#define PAGESCOPE_EVENT_H

#include <pagescope/integers.h>

#define PS_CAT_(a, b) a##b
#define PS_TYPE(t)    PS_CAT_(ps_, t)

/* PS_ID_mm_page_alloc = 16, ... */
enum ps_event_id {
#define EVENT(id, name, group, class, text, fields) PS_ID_##name = id,
#include <pagescope/events.def>
#undef EVENT
};

/* struct ps_ev_mm_page_alloc { ps_u32 pfn; ... } */
#define F(type, name, meaning, text)        ps_##type name;
#define Q(type, name, count, meaning, text) ps_##type name[];
#define P(name, field, text)
#define S(name, text)
#define EVENT(id, name, group, class, text, fields) \
	struct __attribute__((packed)) ps_ev_##name { \
		fields \
	};
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S

#define PS_MAX_ZONES  8 /* what a reader must be able to hold */
#define PS_MAX_ORDERS 16
#define PS_PFN_NONE   0xffffffffu /* mm_page_alloc: the request failed */
#define PS_FLUSH_ALL  0xffffffffu /* tlb_flush: pages */
#define PS_SLOT_NONE  0xffffu     /* trace_info: recursive_slot */

/*
 * Values of the fields whose meaning names a table.  X(value, NAME, "text");
 * every reader prints the text, so it is written here and nowhere else.
 */
#define PS_RUN_FLAGS(X) \
	X(0x0001, PS_RUN_PSE, "pse") \
	X(0x0002, PS_RUN_PGE, "pge") \
	X(0x0004, PS_RUN_HIGHMEM, "highmem") \
	X(0x0008, PS_RUN_QUIRKS, "quirks=2.4.22") \
	X(0x0010, PS_RUN_DOORBELL, "doorbell") \
	X(0x0020, PS_RUN_E9, "e9") \
	X(0x0040, PS_RUN_SIM, "simulator") \
	X(0x0080, PS_RUN_BOOT_RANGE, "trace_boot=range") \
	X(0x0100, PS_RUN_OWN_LISTS, "own lists") \
	X(0x0200, PS_RUN_WATCHED, "watched") \
	X(0x0400, PS_RUN_DUMPED, "memory dumps")
#define PS_MACHINE(X) \
	X(0x0001, PS_MACHINE_REFERENCE, "reference directory") \
	X(0x0002, PS_MACHINE_BUDDIES, "buddies") \
	X(0x0004, PS_MACHINE_WATERMARKS, "watermarks") \
	X(0x0008, PS_MACHINE_COMPLETE, "initial state told") \
	X(0x0010, PS_MACHINE_FLUSHES, "TLB flushes told") \
	X(0x0020, PS_MACHINE_TICKS, "ticks of Bochs")
#define PS_REGION_KIND(X) \
	X(0, PS_REGION_OTHER, "other") \
	X(1, PS_REGION_USER, "user") \
	X(2, PS_REGION_LINEAR, "linear map") \
	X(3, PS_REGION_VMALLOC, "vmalloc") \
	X(4, PS_REGION_KMAP, "kmap") \
	X(5, PS_REGION_FIXMAP, "fixmap") \
	X(6, PS_REGION_RECURSIVE, "page tables") \
	X(7, PS_REGION_DEVICE, "devices")
#define PS_OWNER(X) \
	X(0, PS_OWNER_NONE, "no RAM here") \
	X(1, PS_OWNER_ZERO_PAGE, "page 0") \
	X(2, PS_OWNER_KERNEL, "kernel image") \
	X(3, PS_OWNER_BOOTMAP, "bootmem bitmap") \
	X(4, PS_OWNER_QUIRK, "bootmem's extra page") \
	X(5, PS_OWNER_MEM_MAP, "mem_map") \
	X(6, PS_OWNER_ZONE_TABLES, "wait tables and pair bitmaps") \
	X(7, PS_OWNER_PAGE_TABLES, "page tables") \
	X(8, PS_OWNER_FIRMWARE, "firmware") \
	X(9, PS_OWNER_MODULE, "boot module")
#define PS_REPORT(X) \
	X(1, PS_REPORT_DOUBLE_FREE, "double free") \
	X(2, PS_REPORT_WRONG_ORDER, "free with the wrong order") \
	X(3, PS_REPORT_MISALIGNED, "misaligned free") \
	X(4, PS_REPORT_BAD_ORDER, "order out of range") \
	X(5, PS_REPORT_TAIL_FREE, "free of a tail page") \
	X(6, PS_REPORT_NOT_RAM, "page outside mem_map") \
	X(7, PS_REPORT_VFREE_BAD, "vfree of a bad address") \
	X(8, PS_REPORT_VFREE_NONE, "vfree of a nonexistent area") \
	X(9, PS_REPORT_PTE_EXISTS, "page already exists") \
	X(10, PS_REPORT_VMLIST_BOUND, "area past VMALLOC_END") \
	X(11, PS_REPORT_IOREMAP_SHORT, "ioremap one page short") \
	X(12, PS_REPORT_NO_RECLAIM, "nothing left to reclaim") \
	X(13, PS_REPORT_SWAPPED_PTE, "swapped out page in kernel page table") \
	X(14, PS_REPORT_BAD_PMD, "bad pmd") \
	X(15, PS_REPORT_BUG, "BUG") \
	X(16, PS_REPORT_RESERVED_FREE, "free of a reserved page") \
	X(17, PS_REPORT_SLAB, "slab misuse") \
	X(18, PS_REPORT_IOREMAP_RAM, "ioremap of RAM") \
	X(19, PS_REPORT_KMAP, "kmap misuse")
#define PS_PASS(X) \
	X(0, PS_PASS_LOW, "pages_low") \
	X(1, PS_PASS_MIN, "pages_min") \
	X(2, PS_PASS_NOWM, "no watermark") \
	X(3, PS_PASS_RETRY, "pages_min, after reclaim")
#define PS_VM_FLAGS(X) \
	X(1, PS_VM_IOREMAP, "ioremap") \
	X(2, PS_VM_ALLOC, "vmalloc")
#define PS_VM_OP(X) \
	X(0, PS_VMOP_VMALLOC, "vmalloc") \
	X(1, PS_VMOP_VMALLOC_32, "vmalloc_32") \
	X(2, PS_VMOP_VMALLOC_DMA, "vmalloc_dma") \
	X(3, PS_VMOP_VMAP, "vmap") \
	X(4, PS_VMOP_IOREMAP, "ioremap") \
	X(5, PS_VMOP_VFREE, "vfree") \
	X(6, PS_VMOP_VUNMAP, "vunmap") \
	X(7, PS_VMOP_IOUNMAP, "iounmap")
#define PS_VM_WHY(X) \
	X(0, PS_WHY_OK, "done") \
	X(1, PS_WHY_SIZE, "size 0, wrapped or more pages than RAM") \
	X(2, PS_WHY_NO_DESCRIPTOR, "no memory for the descriptor") \
	X(3, PS_WHY_NO_ADDRESSES, "no hole large enough") \
	X(4, PS_WHY_NO_TABLE, "no page for a page table") \
	X(5, PS_WHY_NO_PAGE, "no page left") \
	X(6, PS_WHY_NULL_PAGE, "a page given was NULL") \
	X(7, PS_WHY_RAM, "the range is RAM")
#define PS_FLUSH_REASON(X) \
	X(0, PS_FLUSH_TASK_SWITCH, "switch of address space") \
	X(2, PS_FLUSH_LOCAL, "local") \
	X(16, PS_FLUSH_VFREE, "vfree") \
	X(17, PS_FLUSH_IOREMAP, "ioremap") \
	X(18, PS_FLUSH_KMAP, "kmap pool wrap") \
	X(19, PS_FLUSH_FIXMAP, "fixmap") \
	X(20, PS_FLUSH_BOOT, "boot")
#define PS_FAULT_OUTCOME(X) \
	X(0, PS_FAULT_SYNCED, "slot copied, access retried") \
	X(1, PS_FAULT_NO_PDE, "reference directory has no table either") \
	X(2, PS_FAULT_NO_PTE, "reference table has no page either")
#define PS_ACCESS(X) \
	X(0, PS_ACCESS_READ, "reads") \
	X(1, PS_ACCESS_WRITE, "writes")
#define PS_MODULE_PHASE(X) \
	X(0, PS_MODULE_CREATE, "create") \
	X(1, PS_MODULE_STAGE, "staging copy") \
	X(2, PS_MODULE_INIT, "init") \
	X(3, PS_MODULE_CLEANUP, "cleanup")
#define PS_END_REASON(X) \
	X(0, PS_END_DONE, "the run is complete") \
	X(1, PS_END_PANIC, "panic") \
	X(2, PS_END_RESET, "reset or triple fault") \
	X(3, PS_END_EXIT, "the emulator was closed") \
	X(4, PS_END_SIGNAL, "the emulator was stopped by a signal")

/* The tables by the meaning that names them: T(meaning, LIST) */
/* clang-format off */
#define PS_VALUE_TABLES(T) \
	T(run_flags, PS_RUN_FLAGS) \
	T(machine, PS_MACHINE) \
	T(region_kind, PS_REGION_KIND) \
	T(owner, PS_OWNER) \
	T(report, PS_REPORT) \
	T(pass, PS_PASS) \
	T(vm_flags, PS_VM_FLAGS) \
	T(vm_op, PS_VM_OP) \
	T(vm_why, PS_VM_WHY) \
	T(flush_reason, PS_FLUSH_REASON) \
	T(fault_outcome, PS_FAULT_OUTCOME) \
	T(access, PS_ACCESS) \
	T(module_phase, PS_MODULE_PHASE) \
	T(end_reason, PS_END_REASON)
/* clang-format on */

#define PS_ENUM_ROW_(value, name, text) name = value,
#define PS_ENUM_(meaning, LIST)         enum ps_value_##meaning{ LIST(PS_ENUM_ROW_) };
PS_VALUE_TABLES(PS_ENUM_)
#undef PS_ENUM_

#endif

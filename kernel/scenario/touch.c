/* SPDX-License-Identifier: MIT */
/*
 * touch.c - the statements that access memory, and address spaces.
 *
 * The machine makes the access and handles its fault; this file only records how
 * it ended.  touch does not look at what it reads, so its mem_access has the value
 * 0: fresh frames hold anything.
 */
#include "scenario/scn_priv.h"

static void fault(const struct scn_stmt *st, vaddr_t addr)
{
	scn.last_fault = scn.pending_fault = true;
	scn.pending_line = st->line;
	snprintf(scn.pending_what, sizeof(scn.pending_what), "access to 0x%08x faulted", addr);
	scn_say("%s", scn.pending_what);
}

/* One access; false: it faulted, or the scenario is wrong. */
static bool access(const struct scn_stmt *st, s64 where, unsigned bytes, bool write, u32 *value)
{
	bool user = scn_option(st, OPT_USER, NULL);
	vaddr_t addr = (vaddr_t)where;
	bool ok;

	if (scn.error)
		return false;
	if (where < 0 || where >> 32) {
		scn_error(scn_where(st->args), "expected an address below 4 GiB");
		return false;
	}
	if (bytes == 4 && addr & 3) {
		scn_error(scn_where(st->args),
			  "expected an address that is a multiple of 4, "
			  "not 0x%08x",
			  addr);
		return false;
	}
	ok = scn_machine_access(addr, bytes, write, user, value);
	TRACE(mem_access, .addr = addr, .kind = write, .ok = ok,
	      .value = bytes == 4 && ok ? *value : 0);
	if (!ok)
		fault(st, addr);
	else if (write)
		probe_written(addr);
	return ok;
}

/* touch v all: each page of each area. */
static void touch_all(const struct scn_stmt *st)
{
	const struct scn_node *node = &scn.nodes[st->args];
	struct scn_name *name = &scn.names[node->a];
	u32 value = 0, touched = 0;

	if (node->kind != N_NAME || name->kind <= KIND_NUMBER || name->kind == KIND_MM) {
		scn_error(node->off, "expected a name that holds pages or areas before all");
		return;
	}
	for (u32 i = 0; i < name->len; i++) {
		if (scn_item_gone(name, i))
			continue;
		for (u32 p = 0; p < scn_item_pages(name, i); p++) {
			value = 0;
			if (!access(st, (s64)scn_item_addr(name, i) + (p << PAGE_SHIFT), 1,
				    scn_option(st, OPT_WRITE, NULL), &value))
				return;
			touched++;
		}
	}
	scn_say("%u pages touched", touched);
}

void scn_do_access(const struct scn_stmt *st)
{
	s64 where, stored;
	u32 value = 0;

	scn.last_fault = false;
	switch (st->op) {
	case OP_TOUCH:
		if (scn_option(st, OPT_ALL, NULL)) {
			touch_all(st);
			break;
		}
		where = scn_arg(st, 0);
		if (access(st, where, 1, scn_option(st, OPT_WRITE, NULL), &value))
			scn_say("touched");
		break;
	case OP_POKE:
		where = scn_arg(st, 0);
		stored = scn_arg(st, 1);
		value = (u32)stored;
		access(st, where, 4, true, &value);
		break;
	case OP_PEEK:
		where = scn_arg(st, 0);
		if (!access(st, where, 4, false, &value))
			break;
		scn_say("0x%08x", value);
		if (st->bind) {
			struct scn_name *name = &scn.names[st->bind - 1];

			scn_warn_leak(name);
			scn_set_number(name, value);
		}
		break;
	}
}

/* ---- address spaces ---- */

static void mm_new(const struct scn_stmt *st)
{
	struct scn_name *name = &scn.names[st->bind - 1];
	u32 slot = 1;

	scn.last_failed = false;
	while (slot < SCN_MAX_MMS && scn.mms[slot].pgd)
		slot++;
	if (slot == SCN_MAX_MMS) {
		scn_error(st->off, "more than %d address spaces", SCN_MAX_MMS - 1);
		return;
	}
	if (!mm_create(&scn.mms[slot])) {
		scn.mms[slot].pgd = 0;
		scn.last_failed = true;
		if (!scn_option(st, OPT_TRY, NULL)) {
			scn.pending_failed = true;
			scn.pending_line = st->line;
			snprintf(scn.pending_what, sizeof(scn.pending_what),
				 "no page for a directory");
		}
		slot = 0;
	}
	scn_warn_leak(name);
	scn_set_release(name);
	name->kind = KIND_MM;
	name->bytes = slot;
	if (slot)
		scn_say("%s: directory at 0x%08x", name->name, scn.mms[slot].pgd);
}

static void map_pages(const struct scn_stmt *st, struct mm_struct *mm)
{
	s64 addr = scn_arg(st, 1), count = scn_option_or(st, OPT_COUNT, 1);

	if (scn.error)
		return;
	if (addr < 0 || count < 1 || addr + count * PAGE_SIZE > PAGE_OFFSET || addr & 4095) {
		scn_error(scn_where(scn_arg_node(st, 1)),
			  "expected a page address and a "
			  "count below 0x%08x",
			  PAGE_OFFSET);
		return;
	}
	scn.last_failed = false;
	for (s64 i = 0; i < count; i++) {
		if (mm_map_user(mm, (vaddr_t)(addr + i * PAGE_SIZE)))
			continue;
		scn.last_failed = true;
		if (!scn_option(st, OPT_TRY, NULL)) {
			scn.pending_failed = true;
			scn.pending_line = st->line;
			snprintf(scn.pending_what, sizeof(scn.pending_what),
				 "mm map got %u of %u pages", (u32)i, (u32)count);
		}
		break;
	}
}

void scn_do_mm(const struct scn_stmt *st)
{
	const struct scn_node *node = &scn.nodes[st->args];
	struct scn_name *name = &scn.names[node->a];
	struct mm_struct *mm;

	if (st->word == MM_CREATE) {
		mm_new(st);
		return;
	}
	mm = name->kind == KIND_MM ? scn_name_mm(name) : NULL;
	if (!mm) {
		scn_error(node->off, "%s holds no address space", name->name);
		return;
	}
	switch (st->word) {
	case MM_SWITCH:
		mm_switch(mm);
		scn.mm = mm;
		break;
	case MM_MAP:
		if (mm == &init_mm)
			scn_error(node->off, "kernel has no user pages; create an address space");
		else
			map_pages(st, mm);
		break;
	case MM_DROP:
		if (mm == &init_mm) {
			scn_error(node->off, "kernel is the kernel's own and stays");
			break;
		}
		mm_drop(mm); /* ends in init_mm */
		mm->pgd = 0;
		name->bytes = 0; /* no slot: another address space may get that one */
		scn_given_here(name);
		if (mm == scn.mm)
			scn.mm = &init_mm;
		mm_switch(scn.mm);
		break;
	}
}

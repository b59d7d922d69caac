/* SPDX-License-Identifier: MIT */
/*
 * users.c - the statements for vmalloc's two users: modules and swap areas.
 *
 * A module without a file is as large as the statement says and is called what
 * its name is; one from an object file is linked and run.
 */
#include "scenario/scn_priv.h"
#include "clients/module.h"
#include "clients/swap.h"

#define FROM_FILE 0 /* scn_name.bytes of a module that came from a file */

static void refused(const struct scn_stmt *st, const char *why)
{
	scn.last_failed = true;
	if (scn_option(st, OPT_TRY, NULL))
		return;
	scn.pending_failed = true;
	scn.pending_line = st->line;
	snprintf(scn.pending_what, sizeof(scn.pending_what), "%s: %s", scn_statements[st->op].word,
		 why);
	scn_say("failed: %s", scn.pending_what);
}

static vaddr_t module_addr(const char *name)
{
	struct module_info info;

	for (unsigned n = 0; module_info(n, &info); n++)
		if (!strcmp(info.name, name))
			return info.addr;
	return 0;
}

static int load_file(const struct scn_stmt *st, const char *name)
{
	char file[120];
	const void *image;
	size_t size;

	scn_string(st->args, file, sizeof(file));
	image = scn_machine_file(file, &size);
	if (!image) {
		scn_error(scn_where(st->args), "no file \"%s\" was given to this machine", file);
		return -1;
	}
	return insmod(name, image, size);
}

static void do_insmod(const struct scn_stmt *st)
{
	bool file = scn.nodes[st->args].kind == N_TEXT;
	struct scn_name *name;
	vaddr_t addr = 0;
	s64 size = 0;
	int error;

	if (!st->bind) {
		scn_error(st->off, "expected a name for the module: m = insmod SIZE");
		return;
	}
	name = &scn.names[st->bind - 1];
	if (!file)
		size = scn_arg(st, 0);
	if (!scn.error && !file && (size < 1 || size >> 32))
		scn_error(scn_where(st->args), "expected a size from 1 to 4 GiB - 1");
	if (scn.error)
		return;
	scn.last_failed = false;
	error = file ? load_file(st, name->name) : create_module(name->name, (u32)size, &addr);
	if (scn.error)
		return;
	scn_set_begin(name, KIND_MODULE);
	if (error) {
		refused(st, module_message());
		return;
	}
	if (file)
		addr = module_addr(name->name);
	name->bytes = file ? FROM_FILE : (u32)size;
	if (!scn_set_add(name, addr))
		scn_no_room(st->off);
	scn_say("%s: at 0x%08x", name->name, addr);
}

/* The name's one item is marked gone; false: it was already. */
static struct scn_name *take_back(const struct scn_stmt *st, enum scn_kind kind)
{
	const struct scn_node *node = &scn.nodes[st->args];
	struct scn_name *name = &scn.names[node->a];

	if (node->kind != N_NAME || name->kind != kind) {
		scn_error(node->off, "expected a name that holds %s",
			  kind == KIND_SWAP ? "a swap area" : "a module");
		return NULL;
	}
	if (!name->live) {
		char given[80];

		scn_error(node->off, "%s has been given back already%s", name->name,
			  scn_given_at(name, given, sizeof(given)));
		return NULL;
	}
	return name;
}

static void do_rmmod(const struct scn_stmt *st)
{
	struct scn_name *name = take_back(st, KIND_MODULE);
	int error;

	if (!name)
		return;
	scn.last_failed = false;
	error = name->bytes == FROM_FILE ? rmmod(name->name) : delete_module(name->name);
	if (error)
		refused(st, module_message());
	else
		scn_item_give(name, 0);
}

void scn_do_module(const struct scn_stmt *st)
{
	if (st->op == OP_INSMOD)
		do_insmod(st);
	else
		do_rmmod(st);
}

static void do_swapon(const struct scn_stmt *st)
{
	s64 size = scn_arg(st, 0), version = scn_option_or(st, OPT_VERSION, 2);
	struct scn_name *name = st->bind ? &scn.names[st->bind - 1] : NULL;
	struct swap_area area = { .used = false };
	int id;

	if (!name) {
		scn_error(st->off, "expected a name for the swap area: s = swapon SIZE");
		return;
	}
	if (!scn.error && (size < 0 || size >> 44))
		scn_error(scn_where(st->args), "expected a size below 16 TiB");
	if (scn.error)
		return;
	scn.last_failed = false;
	id = swapon((u32)(size >> PAGE_SHIFT), (unsigned)version);
	scn_set_begin(name, KIND_SWAP);
	if (id < 0) {
		refused(st, "no area (the console says why)");
		return;
	}
	swap_area_info((unsigned)id, &area);
	name->bytes = area.bytes;
	name->order = (u8)id;
	if (!scn_set_add(name, area.map))
		scn_no_room(st->off);
	scn_say("%s: %u slots, a map of %u bytes at 0x%08x", name->name, area.slots, area.bytes,
		area.map);
}

void scn_do_swap(const struct scn_stmt *st)
{
	struct scn_name *name;

	if (st->op == OP_SWAPON) {
		do_swapon(st);
		return;
	}
	name = take_back(st, KIND_SWAP);
	if (!name)
		return;
	scn.last_failed = false;
	if (swapoff(name->order))
		refused(st, "not in use");
	else
		scn_item_give(name, 0);
}

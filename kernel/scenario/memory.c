/* SPDX-License-Identifier: MIT */
/*
 * memory.c - the statements that take memory and give it back.
 *
 * A statement that takes adds items to the set its name stands for; one that
 * gives back goes through the items its target selects and marks them gone.
 * What has no name is taken all the same, and leaks, which is sometimes the
 * point.
 */
#include "scenario/scn_priv.h"
#include "mm/machine.h"

#define VMAP_MAX 2048
static struct page *vmap_pages[VMAP_MAX];

/* Objects by their linear address, as the kernel sees them. */
static vaddr_t object_alloc(u32 size, unsigned gfp)
{
	void *p = kmalloc(size, gfp);

	return p ? __va(virt_to_phys(p)) : 0;
}

static void object_free(vaddr_t addr)
{
	kfree(phys_to_virt(__pa(addr)));
}

/* A size argument: 0 .. 4 GiB - 1. */
static u32 size_arg(const struct scn_stmt *st, unsigned n)
{
	s64 size = scn_arg(st, n);

	if (!scn.error && (size < 0 || size >> 32))
		scn_error(scn_where(scn_arg_node(st, n)), "expected a size below 4 GiB");
	return scn.error ? 0 : (u32)size;
}

/* ---- items a target selects ---- */

struct selection {
	struct scn_name *name;
	u32 first, last;   /* inclusive */
	u32 every, offset; /* place % every == offset */
	bool except;       /* != instead */
	bool by_frame;     /* the place is in memory, not in the set */
	bool reverse, single, misuse;
};

/* Reads p, p[i], p[i..j] and the words after it; false: an error, or a target
 * that is an expression (name stays NULL). */
static bool select_items(const struct scn_stmt *st, struct selection *s)
{
	const struct scn_node *node = &scn.nodes[st->args];
	s64 first = 0, last, every = 1, offset = 0;

	*s = (struct selection){ .misuse = scn_option(st, OPT_MISUSE, NULL) };
	if (node->kind != N_RANGE && node->kind != N_NAME)
		return false;
	if (!(scn_statements[st->op].kinds & 1u << scn.names[node->a].kind)) {
		if (scn.names[node->a].kind == KIND_NUMBER)
			return false; /* a number that was computed: an address */
		scn_error(node->off, "%s holds nothing for %s", scn.names[node->a].name,
			  scn_statements[st->op].word);
		return false;
	}
	s->name = &scn.names[node->a];
	last = (s64)s->name->len - 1;
	s->single = node->kind == N_NAME && node->b;
	if (node->b)
		first = scn_eval(node->b);
	if (node->kind == N_RANGE)
		last = scn_eval(node->c);
	else if (node->b)
		last = first;
	s->except = scn_option(st, OPT_EXCEPT, &every);
	scn_option(st, OPT_EVERY, &every);
	scn_option(st, OPT_OFFSET, &offset);
	if (!scn.error && (every < 1 || every >> 31))
		scn_error(node->off, "expected every=N or except=N with N from 1");
	if (!scn.error && (offset < 0 || offset >= every))
		scn_error(node->off, "expected an offset from 0 to %d: every=N offset=K",
			  (int)every - 1);
	if (scn.error)
		return false;
	if (first < 0 || last >= s->name->len || first > last + 1) {
		scn_error(node->off, "%s has items 0..%d, not %d..%d", s->name->name,
			  (int)s->name->len - 1, (int)first, (int)last);
		return false;
	}
	s->first = (u32)first;
	s->last = (u32)last;
	s->every = (u32)every;
	s->offset = (u32)offset;
	if (scn_option(st, OPT_ODD, NULL) || scn_option(st, OPT_EVEN, NULL)) {
		s->every = 2;
		s->offset = scn_option(st, OPT_ODD, NULL);
		s->except = false;
	}
	s->by_frame = s->name->kind == KIND_PAGES && s->every > 1;
	s->reverse = scn_option(st, OPT_REVERSE, NULL);
	return true;
}

/* The n-th index in question, n counting from 0 up to last - first. */
static bool selected(const struct selection *s, u32 n, u32 *index)
{
	u32 place;

	*index = place = s->reverse ? s->last - n : s->first + n;
	if (s->by_frame)
		place = scn_item_pfn(s->name, place, 0) >> s->name->order;
	return (place % s->every == s->offset) != s->except;
}

/* ---- taking ---- */

#define NO_FRAME ~0u

/* One request; the item for the set, or 0 (NO_FRAME of pages) if there was nothing to be
 * had. */
static u32 scenario_alloc(const struct scn_stmt *st, u32 size, u32 size2, unsigned gfp)
{
	struct page *page;

	switch (st->op) {
	case OP_ALLOC: page = alloc_pages(gfp, size); return page ? page_to_pfn(page) : NO_FRAME;
	case OP_VMALLOC:
		return scn_option(st, OPT_GFP, NULL) ? __vmalloc(size, gfp, page_kernel_prot())
						     : vmalloc(size);
	case OP_VMALLOC_32: return vmalloc_32(size);
	case OP_VMALLOC_DMA: return vmalloc_dma(size);
	case OP_IOREMAP:
		return scn_option(st, OPT_NOCACHE, NULL) ? ioremap_nocache(size, size2)
							 : ioremap(size, size2);
	case OP_KMALLOC: return object_alloc(size, gfp);
	}
	return 0;
}

static void scenario_free(const struct scn_name *name, u32 item, unsigned order);

/* Adds an item to the statement's name, if it has one. */
static bool keep(struct scn_name *name, u32 item)
{
	if (!name || scn_set_add(name, item))
		return true;
	scenario_free(name, item, name->order);
	return false;
}

/* The set a statement's result goes to, ready to be added to. */
static struct scn_name *result_set(const struct scn_stmt *st, u32 size)
{
	enum scn_kind kind = scn_statements[st->op].result;
	struct scn_name *name;

	if (!st->bind)
		return NULL;
	name = &scn.names[st->bind - 1];
	if (!(st->flags & STMT_APPEND) || name->kind == KIND_NONE) {
		scn_set_begin(name, kind);
	} else if (name->kind != kind) {
		scn_error(st->off, "%s holds something else by now", name->name);
		return NULL;
	} else if (name->len && kind == KIND_PAGES && name->order != size) {
		scn_error(st->off, "%s holds blocks of order %u, not %u", name->name, name->order,
			  size);
		return NULL;
	}
	name->bytes = size;
	name->order = kind == KIND_PAGES ? (u8)size : 0;
	return name;
}

static void request_failed(const struct scn_stmt *st, u32 got, s64 wanted)
{
	scn.last_failed = true;
	if (wanted < 0 || scn_option(st, OPT_TRY, NULL))
		return;
	scn.pending_failed = true;
	scn.pending_line = st->line;
	snprintf(scn.pending_what, sizeof(scn.pending_what), "%s got %u of %u",
		 scn_statements[st->op].word, got, (u32)wanted);
	scn_say("failed: %s", scn.pending_what);
}

static void say_result(const struct scn_stmt *st, const struct scn_name *name, u32 item, u32 got)
{
	if (!got)
		return;
	if (st->op == OP_ALLOC)
		scn_say("%s%s%u block%s, the last at frame 0x%x", name ? name->name : "",
			name ? ": " : "", got, got > 1 ? "s" : "", item);
	else
		scn_say("%s%s%u, the last at 0x%08x", name ? name->name : "", name ? ": " : "", got,
			item);
}

static s64 count_option(const struct scn_stmt *st)
{
	s64 count = scn_option_or(st, OPT_COUNT, 1);

	if (!scn.error && (count < -1 || count > SCN_MAX_ITEMS))
		scn_error(st->off, "expected count from 0 to %d, or max", SCN_MAX_ITEMS);
	return count;
}

/* alloc: the order, as an argument or as an option. */
static u32 order_arg(const struct scn_stmt *st)
{
	s64 order = st->args ? scn_arg(st, 0) : scn_option_or(st, OPT_ORDER, 0);

	if (!scn.error && (order < 0 || order > 31))
		scn_error(st->args ? scn_where(st->args) : st->off,
			  "expected an order: 0 is one page, 3 is 8 pages, 9 the largest");
	return scn.error ? 0 : (u32)order;
}

static void take_many(const struct scn_stmt *st)
{
	u32 size = st->op == OP_ALLOC ? order_arg(st) : size_arg(st, 0);
	u32 size2 = st->op == OP_IOREMAP ? size_arg(st, 1) : 0, item = 0, got = 0;
	unsigned gfp = (unsigned)scn_option_or(st, OPT_GFP, GFP_KERNEL);
	s64 count = count_option(st);
	struct scn_name *name;

	if (scn.error)
		return;
	name = result_set(st, st->op == OP_IOREMAP ? size2 : size);
	if (scn.error)
		return;
	for (; count < 0 || got < count; got++) {
		u32 next = scenario_alloc(st, size, size2, gfp);

		if (st->op == OP_ALLOC ? next == NO_FRAME : next == 0) {
			request_failed(st, got, count);
			break;
		}
		item = next;
		if (!keep(name, item)) {
			scn_no_room(st->off);
			return;
		}
	}
	say_result(st, name, item, got);
}

/* vmap: all frames of the selected items, as one area. */
static void do_vmap(const struct scn_stmt *st)
{
	struct selection s;
	struct scn_name *name;
	u32 nr = 0, index, pages;
	vaddr_t addr;

	if (!select_items(st, &s)) {
		if (!scn.error)
			scn_error(scn_where(st->args), "expected a name that holds pages");
		return;
	}
	for (u32 n = 0; n + s.first < s.last + 1; n++) {
		if (!selected(&s, n, &index) || scn_item_gone(s.name, index))
			continue;
		pages = scn_item_pages(s.name, index);
		for (u32 p = 0; p < pages; p++) {
			if (nr == VMAP_MAX) {
				scn_error(st->off, "vmap takes at most %d pages here", VMAP_MAX);
				return;
			}
			vmap_pages[nr++] = pfn_to_page(scn_item_pfn(s.name, index, p));
		}
	}
	addr = vmap(vmap_pages, nr, PS_VM_ALLOC, page_kernel_prot());
	name = result_set(st, nr << PAGE_SHIFT);
	if (!addr)
		request_failed(st, 0, 1);
	else if (!keep(name, addr))
		scn_no_room(st->off);
	else
		say_result(st, name, addr, 1);
}

static void do_kmap(const struct scn_stmt *st)
{
	struct selection s;
	struct scn_name *name;
	u32 index, got = 0;
	vaddr_t addr = 0;

	if (!select_items(st, &s)) {
		if (!scn.error)
			scn_error(scn_where(st->args), "expected a name that holds pages");
		return;
	}
	name = result_set(st, PAGE_SIZE);
	for (u32 n = 0; !scn.error && n + s.first < s.last + 1; n++) {
		if (!selected(&s, n, &index) || scn_item_gone(s.name, index))
			continue;
		addr = kmap(pfn_to_page(scn_item_pfn(s.name, index, 0)));
		if (!addr) {
			request_failed(st, got, got + 1);
			break;
		}
		got++;
		if (!keep(name, addr))
			scn_no_room(st->off);
	}
	say_result(st, name, addr, got);
}

void scn_do_alloc(const struct scn_stmt *st)
{
	scn.last_failed = false;
	if (st->op == OP_VMAP)
		do_vmap(st);
	else if (st->op == OP_KMAP)
		do_kmap(st);
	else
		take_many(st);
}

/* ---- giving back ---- */

static void scenario_free(const struct scn_name *name, u32 item, unsigned order)
{
	u32 pde, pte;
	phys_t phys;

	switch (name->kind) {
	case KIND_PAGES: __free_pages(pfn_to_page(item), order); break;
	case KIND_AREAS: vfree(item); break;
	case KIND_IO: iounmap(item); break;
	case KIND_OBJECTS: object_free(item); break;
	case KIND_KMAPS:
		if (page_walk(init_mm.pgd, item, &pde, &pte, &phys))
			kunmap(pfn_to_page(phys >> PAGE_SHIFT));
		break;
	}
}

/* free 1234 order=2 misuse; vfree v+4096 misuse: nothing is known about it. */
static void give_number(const struct scn_stmt *st)
{
	struct scn_name raw = { .kind = (u8)(st->op == OP_FREE      ? KIND_PAGES
					     : st->op == OP_VFREE   ? KIND_AREAS
					     : st->op == OP_IOUNMAP ? KIND_IO
								    : KIND_OBJECTS) };
	s64 value = scn_arg(st, 0), order = scn_option_or(st, OPT_ORDER, 0);

	if (scn.error)
		return;
	if (st->op == OP_KUNMAP || !scn_option(st, OPT_MISUSE, NULL)) {
		scn_error(scn_where(st->args),
			  st->op == OP_KUNMAP
				  ? "expected a name that holds kmaps"
				  : "expected a name; to give back any number, add misuse");
		return;
	}
	if (st->op == OP_FREE) {
		if (value < 0 || value >= max_pfn || order < 0 || order > 31) {
			scn_error(scn_where(st->args),
				  "expected a frame number below %u and "
				  "an order below 32",
				  max_pfn);
			return;
		}
	} else if (st->op == OP_KFREE && (value < PAGE_OFFSET || value >= high_memory)) {
		scn_error(scn_where(st->args), "expected an address of the linear map");
		return;
	} else if (value < 0 || value >> 32) {
		scn_error(scn_where(st->args), "expected an address below 4 GiB");
		return;
	}
	scenario_free(&raw, (u32)value, (unsigned)order);
}

void scn_do_free(const struct scn_stmt *st)
{
	struct selection s;
	char given[80];
	s64 order;
	u32 index, nr = 0;

	if (!select_items(st, &s)) {
		if (!scn.error)
			give_number(st);
		return;
	}
	order = scn_option_or(st, OPT_ORDER, s.name->order);
	if (!scn.error && order != s.name->order && !s.misuse)
		scn_error(st->off,
			  "%s holds blocks of order %u; to free them as another order, "
			  "add misuse",
			  s.name->name, s.name->order);
	if (!scn.error && (order < 0 || order > 31))
		scn_error(st->off, "expected an order below 32");
	for (u32 n = 0; !scn.error && n + s.first < s.last + 1; n++) {
		if (!selected(&s, n, &index))
			continue;
		if (scn_item_gone(s.name, index) && !s.misuse) {
			if (s.single)
				scn_error(scn_where(st->args),
					  "%s[%u] has been given back already%s; "
					  "to do it again, add misuse",
					  s.name->name, index,
					  scn_given_at(s.name, given, sizeof(given)));
			continue;
		}
		scenario_free(s.name, scn_item_value(s.name, index), (unsigned)order);
		scn_item_give(s.name, index);
		nr++;
	}
	if (!scn.error && !nr)
		scn_say("nothing done: %s %s", s.name->name,
			s.name->live || !s.name->len ? "holds nothing of that kind"
						     : scn_given(s.name, 0, given, sizeof(given)));
}

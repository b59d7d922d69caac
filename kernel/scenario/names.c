/* SPDX-License-Identifier: MIT */
/*
 * names.c - what names are bound to.
 *
 * A name holds a number, or a set: the pages, areas or objects one or more
 * statements gave.  All sets share one array of items.  A set that is full takes
 * room for as many again, and what lies above it moves up; when the array is
 * full, spare room of all sets is squeezed out first.
 */
#include "scenario/scn_priv.h"

int scn_name_find(const char *word, u32 len)
{
	for (u32 i = 0; i < scn.nr_names; i++)
		if (scn_same(scn.names[i].name, word, len))
			return (int)i;
	return -1;
}

int scn_name_add(const char *word, u32 len)
{
	struct scn_name *name;

	if (scn.nr_names == SCN_MAX_NAMES || len > SCN_NAME_LEN)
		return -1;
	name = &scn.names[scn.nr_names];
	memset(name, 0, sizeof(*name));
	memcpy(name->name, word, len);
	return (int)scn.nr_names++;
}

/* All names but the address space every scenario starts in. */
void scn_forget_names(void)
{
	int kernel;

	scn.nr_names = 0;
	scn.items_end = 0;
	kernel = scn_name_add("kernel", 6);
	scn.names[kernel].kind = scn.names[kernel].parsed_kind = KIND_MM;
}

/* Moves every set down onto the one before it, dropping spare room. */
static void squeeze(void)
{
	u32 to = 0, from = 0;

	for (;;) {
		struct scn_name *next = NULL;

		for (u32 i = 0; i < scn.nr_names; i++) {
			struct scn_name *n = &scn.names[i];

			if (n->cap && n->base >= from && (!next || n->base < next->base))
				next = n;
		}
		if (!next)
			break;
		from = next->base + next->cap;
		memmove(&scn.items[to], &scn.items[next->base], next->len * sizeof(u32));
		next->base = to;
		next->cap = next->len;
		to += next->len;
	}
	scn.items_end = to;
}

/* Empties the name and makes it a set of this kind. */
void scn_set_begin(struct scn_name *name, enum scn_kind kind)
{
	scn_warn_leak(name);
	scn_set_release(name);
	name->kind = kind;
	name->base = scn.items_end;
}

void scn_set_release(struct scn_name *name)
{
	if (name->cap && name->base + name->cap == scn.items_end)
		scn.items_end = name->base;
	name->len = name->cap = name->live = 0;
	name->given_line = 0;
}

void scn_set_number(struct scn_name *name, s64 number)
{
	scn_set_release(name);
	name->kind = KIND_NUMBER;
	name->number = number;
}

/* Live items; address spaces count too. */
static u32 held(const struct scn_name *name)
{
	if (name->kind == KIND_MM)
		return name != &scn.names[0] && scn_name_mm(name);
	return name->kind > KIND_NUMBER ? name->live : 0;
}

void scn_warn_leak(struct scn_name *name)
{
	static const char *const things[NR_KINDS] = {
		"",       "",     "block",         "area",      "ioremap",
		"object", "kmap", "address space", "swap area", "module"
	};
	u32 nr = held(name);

	if (!nr || name->leak_line == scn.line)
		return;
	name->leak_line = scn.line;
	printk("%s:%u: warning: %s still held %u %s%s, which leak%s now that it is bound anew\n",
	       scn.file, scn.line, name->name, nr, things[name->kind], plural(nr),
	       nr == 1 ? "s" : "");
}

/* Room for more items behind the name's last: as many again if possible.  What
 * lies above moves up. */
static bool grow(struct scn_name *name)
{
	u32 want = name->len < 8 ? 8 : name->len, gap;

	if (scn.items_end + want > SCN_MAX_ITEMS)
		squeeze();
	if (scn.items_end + want > SCN_MAX_ITEMS)
		want = SCN_MAX_ITEMS - scn.items_end;
	if (!want)
		return false;
	if (!name->cap)
		name->base = scn.items_end;
	gap = name->base + name->cap;
	memmove(&scn.items[gap + want], &scn.items[gap], (scn.items_end - gap) * sizeof(u32));
	for (u32 i = 0; i < scn.nr_names; i++)
		if (scn.names[i].cap && scn.names[i].base >= gap)
			scn.names[i].base += want;
	name->cap += want;
	scn.items_end += want;
	return true;
}

bool scn_set_add(struct scn_name *name, u32 value)
{
	if (name->len == name->cap && !grow(name))
		return false;
	scn.items[name->base + name->len++] = value | ITEM_LIVE;
	name->live++;
	return true;
}

bool scn_item_gone(const struct scn_name *name, u32 index)
{
	return !(scn.items[name->base + index] & ITEM_LIVE);
}

void scn_given_here(struct scn_name *name)
{
	name->given_file = scn.file;
	name->given_line = scn.line;
}

void scn_item_give(struct scn_name *name, u32 index)
{
	if (scn_item_gone(name, index))
		return;
	scn.items[name->base + index] &= ~ITEM_LIVE;
	name->live--;
	scn_given_here(name);
}

const char *scn_given_at(const struct scn_name *name, char *buf, u32 size)
{
	*buf = 0;
	if (name->len == 1 && name->given_line)
		snprintf(buf, size, " at %s:%u", name->given_file, name->given_line);
	return buf;
}

const char *scn_given(const struct scn_name *name, u32 index, char *buf, u32 size)
{
	*buf = 0;
	if (!name->given_line || (name->kind != KIND_MM && !scn_item_gone(name, index)))
		return buf;
	snprintf(buf, size, "given back%s at %s:%u", name->len > 1 ? ", the last of them" : "",
		 name->given_file, name->given_line);
	return buf;
}

u32 scn_item_value(const struct scn_name *name, u32 index)
{
	u32 item = scn.items[name->base + index];

	return name->kind == KIND_PAGES ? item & ~ITEM_LIVE : item | ITEM_LIVE;
}

/* Where the kernel sees the item; 0 for a frame of high memory. */
vaddr_t scn_item_addr(const struct scn_name *name, u32 index)
{
	u32 value = scn_item_value(name, index);

	if (name->kind == KIND_PAGES)
		return value < max_low_pfn ? __va(value << PAGE_SHIFT) : 0;
	return value;
}

u32 scn_item_pages(const struct scn_name *name, u32 index)
{
	u32 bytes = name->bytes;

	if (name->kind == KIND_PAGES)
		return 1u << name->order;
	if (name->kind == KIND_KMAPS)
		return 1;
	if (name->kind == KIND_AREAS || name->kind == KIND_IO)
		for (const struct vm_struct *v = vmlist; v; v = v->next)
			if (v->addr == (scn_item_addr(name, index) & PAGE_MASK))
				return (v->size >> PAGE_SHIFT) - 1; /* without the guard */
	return (u32)(((u64)bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

struct mm_struct *scn_name_mm(const struct scn_name *name)
{
	struct mm_struct *mm;

	if (name == &scn.names[0])
		return &init_mm;
	mm = &scn.mms[name->bytes % SCN_MAX_MMS];
	return mm->pgd ? mm : NULL;
}

u32 scn_item_pfn(const struct scn_name *name, u32 index, u32 n)
{
	u32 pde, pte;
	phys_t phys;

	if (name->kind == KIND_PAGES)
		return scn_item_value(name, index) + n;
	if (!page_walk(init_mm.pgd, (scn_item_addr(name, index) & PAGE_MASK) + (n << PAGE_SHIFT),
		       &pde, &pte, &phys))
		return ~0u;
	return phys >> PAGE_SHIFT;
}

void scn_no_room(u32 off)
{
	scn_error(off, "no room to remember more than %d items (p = 0 forgets those of p)",
		  SCN_MAX_ITEMS);
}

/* SPDX-License-Identifier: MIT */
/* watch_tables.c - the frames that are followed as tables, and what is told of them; see
 * watch.c for when a frame is. */
#include <stdlib.h>
#include <string.h>

#include <pagescope/event.h>

#include "bochs.h"
#include "built.h"
#include "capture_file.h"
#include "watch_priv.h"

/* A guest that stores into tables without end must not fill the disk: this many records
 * in a window of a million ticks, at most 25 KiB a thousand. */
#define MOST_RECORDS 20000u

static bool leads_to_table(uint32_t pde)
{
	return (pde & PRESENT) && !((pde & LARGE) && (watch.last.cr4 & CR4_PSE));
}

/* ---- what is told -------------------------------------------------------------- */

/* May one more record be written?  If not, the gap begins. */
static bool room(void)
{
	if (watch.gap) {
		watch.unrecorded++;
		return false;
	}
	if (watch.records++ < MOST_RECORDS)
		return true;
	watch.gap = true;
	watch.gaps++;
	watch.unrecorded = 1;
	HW(bochs_ticks(), watch_gap, .ends = 0, .nr = 0);
	return false;
}

static void tell_run(const struct page *p, unsigned first, unsigned nr, uint32_t step)
{
	watch.records++;
	HW(bochs_ticks(), table_run, .entry_pa = p->pa + 4 * first, .entry = p->entry[first],
	   .nr = nr, .step = nr > 1 ? step : 0);
}

/* How many linear addresses of the loaded directory the first entry of the page has;
 * *base the lowest. */
static uint32_t reached(const struct page *p, uint32_t *base)
{
	const uint32_t *d = watch.on ? watch_ram(watch.last.cr3 & ~4095u) : NULL;
	uint32_t large = watch.last.cr4 & CR4_PSE ? LARGE : 0, nr = 0;

	*base = 0;
	if (!d)
		return 0;
	for (unsigned i = 0; i < 1024; i++)
		nr += (d[i] & (0xfffff000u | PRESENT | large)) == (p->pa | PRESENT);
	for (unsigned i = 0; nr && i < 1024; i++)
		if ((d[i] & (0xfffff000u | PRESENT | large)) == (p->pa | PRESENT)) {
			*base = i << 22;
			break;
		}
	return nr;
}

static bool is_loaded(const struct page *p)
{
	return watch.on && p->pa == (watch.last.cr3 & ~4095u);
}

bool watch_active(const struct page *p)
{
	uint32_t base;

	return is_loaded(p) || reached(p, &base);
}

static void tell_store(const struct page *p, unsigned i, uint32_t old, uint32_t now, bool late,
		       uint32_t site)
{
	uint32_t addr, nr = reached(p, &addr);

	addr |= i << 12;
	if (p->is_dir) { /* a slot, which may be reached as an entry besides */
		addr = i << 22;
		nr = is_loaded(p);
	}
	if (late)
		HW(bochs_ticks(), table_late, .entry_pa = p->pa + 4 * i, .old = old, .entry = now,
		   .addr = nr ? addr : 0, .nr = nr, .call_site = site);
	else
		HW(bochs_ticks(), table_store, .entry_pa = p->pa + 4 * i, .old = old, .entry = now,
		   .addr = nr ? addr : 0, .nr = nr, .call_site = site);
}

/* ---- which frames are followed ----------------------------------------------------- */

static struct page *follow(uint32_t pa, bool is_dir)
{
	struct page *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->pa = pa;
	p->is_dir = is_dir;
	watch.of[pa >> 12] = p;
	if (is_dir) {
		p->next = watch.directories;
		watch.directories = p;
	}
	return p;
}

void watch_drop(struct page *p)
{
	watch.of[p->pa >> 12] = NULL;
	free(p->late);
	free(p);
}

static void clean(struct page *p)
{
	free(p->late);
	p->late = NULL;
	p->dirty = false;
}

/* A slot of a followed directory leads to the table.  True: its frame is new. */
static bool reference(uint32_t pde, uint32_t dir, unsigned slot)
{
	uint32_t pa = pde & ~4095u;
	struct page *p;
	bool fresh;

	if (!leads_to_table(pde) || !watch_ram(pa))
		return false;
	p = page_at(pa);
	fresh = !p;
	if (fresh && !(p = follow(pa, false)))
		return false;
	p->refs++;
	p->dir = dir;
	p->slot = slot;
	if (fresh)
		watch_take(p);
	else if (p->dirty && dir == (watch.last.cr3 & ~4095u))
		watch_settle(p);
	return fresh;
}

static void unreference(uint32_t pde)
{
	struct page *p;

	if (!leads_to_table(pde) || !watch_ram(pde & ~4095u))
		return;
	p = page_at(pde & ~4095u);
	if (!p || !p->refs || --p->refs || p->is_dir)
		return;
	watch_drop(p);
}

/* Entry i of the page is `now`, and told. */
static bool changed(struct page *p, unsigned i, uint32_t now)
{
	uint32_t old = p->entry[i];
	bool fresh;

	p->entry[i] = now;
	if (!p->is_dir)
		return false;
	if (leads_to_table(old) && leads_to_table(now) && !((old ^ now) & ~4095u))
		return false;
	fresh = reference(now, p->pa, i);
	unreference(old);
	return fresh;
}

/* What RAM holds is told, as runs of equal steps, whole or not at all.  True: frames are
 * followed by it that were not before. */
bool watch_take(struct page *p)
{
	const uint32_t *now = watch_ram(p->pa);
	bool fresh = false;

	for (unsigned i = 0; i < 1024; i++)
		if (p->entry[i] != now[i])
			fresh |= changed(p, i, now[i]);
	clean(p);
	p->unknown = !room();
	if (p->unknown)
		return fresh;
	p->told_unknown = false;
	HW(bochs_ticks(), table_seen, .table = p->pa, .level = p->is_dir ? 2 : 1);
	for (unsigned i = 0, n; i < 1024; i += n) {
		const uint32_t *e = p->entry + i;
		uint32_t step = i + 1 < 1024 ? e[1] - e[0] : 0;

		n = 1;
		if (step == 0 || step == 4096 || step == 4096 * 1024)
			while (i + n < 1024 && e[n] - e[n - 1] == step)
				n++;
		if (e[0] || (n > 1 && step))
			tell_run(p, i, n, step);
	}
	built_tell(p->pa, p->entry);
	return fresh;
}

/* One store that is seen: told, unless too many are. */
bool watch_record(struct page *p, unsigned i, uint32_t now, bool late, uint32_t site)
{
	if (!((p->entry[i] ^ now) & ~HARDWARE_BITS)) {
		p->entry[i] = now;
		return false;
	}
	watch.stores += !late;
	if (p->unknown)
		watch.unrecorded++;
	else if (room())
		tell_store(p, i, p->entry[i], now, late, site);
	else
		p->unknown = true;
	return changed(p, i, now);
}

/* What was stored while no loaded directory led here. */
void watch_settle(struct page *p)
{
	const uint32_t *now = watch_ram(p->pa);
	uint32_t *late = p->late;
	bool fresh = false;

	p->late = NULL;
	p->dirty = false;
	for (unsigned i = 0; i < 1024; i++)
		if (p->entry[i] != now[i])
			fresh |= watch_record(p, i, now[i], true, late ? late[i] : 0);
	free(late);
	if (fresh)
		bochs_flush_tlb();
}

static void forget(struct page *d)
{
	struct page **link = &watch.directories;

	while (*link != d)
		link = &(*link)->next;
	*link = d->next;
	HW(bochs_ticks(), directory_end, .pgd = d->pa);
	for (unsigned i = 0; i < 1024; i++)
		unreference(d->entry[i]);
	watch_drop(d);
}

/* Where RAM's tables lead; false: nowhere. */
bool watch_walk(uint32_t dir, uint32_t addr, uint32_t *pa)
{
	const uint32_t *d = watch_ram(dir), *t;
	uint32_t pde;

	if (!d || !((pde = d[addr >> 22]) & PRESENT))
		return false;
	if (!leads_to_table(pde)) {
		*pa = (pde & 0xffc00000u) | (addr & 0x3ff000u);
		return true;
	}
	t = watch_ram(pde & ~4095u);
	if (!t || !(t[addr >> 12 & 1023] & PRESENT))
		return false;
	*pa = t[addr >> 12 & 1023] & ~4095u;
	return true;
}

/* A directory that does not map the IDT's page cannot be one that will be loaded. */
static bool can_be_loaded(uint32_t dir)
{
	uint32_t here, there, limit, idt = bochs_idt(&limit);

	if (!watch_walk(watch.last.cr3 & ~4095u, idt, &here))
		return true;
	return watch_walk(dir, idt, &there) && here == there;
}

static void forget_dead(void)
{
	for (struct page *d = watch.directories, *next; d; d = next) {
		next = d->next;
		if (!is_loaded(d) && !can_be_loaded(d->pa))
			forget(d);
	}
}

/* ---- loads ---- */

void watch_load(uint32_t cr3)
{
	uint32_t pa = cr3 & ~4095u;
	struct page *d = page_at(pa);
	bool fresh = false;

	if (d && !d->is_dir) {
		watch_drop(d);
		d = NULL;
	}
	if (!d && watch_ram(pa)) {
		forget_dead();
		d = follow(pa, true);
		fresh = d != NULL;
		if (d)
			watch_take(d);
	} else if (d && d->dirty) {
		watch_settle(d);
	}
	for (unsigned i = 0; d && i < 1024; i++) {
		struct page *t;

		if (!leads_to_table(d->entry[i]) || !watch_ram(d->entry[i] & ~4095u))
			continue;
		t = page_at(d->entry[i]);
		if (!t || t->is_dir)
			continue;
		t->dir = pa;
		t->slot = i;
		if (t->dirty)
			watch_settle(t);
	}
	watch.loads++;
	if (room())
		HW(bochs_ticks(), cr3_load, .pgd = pa, .cr3 = cr3, .call_site = bochs_ip());
	if (fresh)
		bochs_flush_tlb();
}

/* 4 MiB entries begin or cease to be tables. */
void watch_pse(uint32_t cr4)
{
	for (struct page *d = watch.directories; d; d = d->next)
		for (unsigned i = 0; i < 1024; i++)
			unreference(d->entry[i]);
	watch.last.cr4 = cr4;
	for (struct page *d = watch.directories; d; d = d->next)
		for (unsigned i = 0; i < 1024; i++)
			reference(d->entry[i], d->pa, i);
	bochs_flush_tlb();
}

/* What no loaded directory leads to is data, or will be told at the next load. */
void watch_note_late(struct page *p, unsigned from, unsigned to, const uint32_t *now)
{
	const uint32_t *d = watch_ram(p->dir), *was = watch_ram(p->pa);

	p->dirty = true;
	if (!p->is_dir && p->refs == 1 && d && (d[p->slot] & ~4095u) != p->pa)
		return; /* the slot is gone, too: the frame is no table any more */
	for (unsigned i = from; i < to; i++) {
		if (!((was[i] ^ now[i - from]) & ~HARDWARE_BITS))
			continue;
		if (!p->late)
			p->late = calloc(1024, sizeof(*p->late));
		if (p->late)
			p->late[i] = bochs_ip();
	}
}

void watch_each_page(void (*fn)(struct page *p))
{
	for (uint32_t pfn = 0; pfn < watch.ram >> 12; pfn++)
		if (watch.of[pfn])
			fn(watch.of[pfn]);
}

static void tell_unknown(struct page *p)
{
	if (!p->unknown)
		return;
	if (watch.records < MOST_RECORDS - 1024 && watch_take(p))
		bochs_flush_tlb();
	if (!p->unknown || p->told_unknown)
		return;
	p->told_unknown = true;
	HW(bochs_ticks(), table_unknown, .table = p->pa);
}

void watch_end_gap(void)
{
	if (!watch.gap)
		return;
	watch.gap = false;
	watch_each_page(tell_unknown);
	if (watch.on)
		HW(bochs_ticks(), cr3_load, .pgd = watch.last.cr3 & ~4095u, .cr3 = watch.last.cr3,
		   .call_site = bochs_ip());
	HW(bochs_ticks(), watch_gap, .ends = 1, .nr = watch.unrecorded);
	watch.unrecorded = 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * watch.c - every store of an unmodified guest into its page tables.
 *
 * Bochs asks for the host's address of each page of RAM that it means to access by
 * itself.  It is refused that for writes to a frame that is a table; then it calls
 * on_write() for each store, before the store, and makes it itself afterwards.  Accesses
 * to all other memory are as fast as ever.  The CPU's page walks read through on_read(),
 * which is how a new CR3 is noticed: no page is reached without a walk.
 *
 * A directory is followed from its first load, a table while a slot of a followed
 * directory leads to it.  What stands in a frame that no loaded directory leads to may
 * be data by now: the guest need not tell anyone that it has freed a table.  So stores
 * there are noted only, and told as table_late when a loaded directory leads there
 * again.  A directory is forgotten when it cannot be loaded any more: it does not map
 * the IDT's page where the loaded one does.
 *
 * Changes of the accessed and dirty bits alone are dropped.
 *
 * The pages of the IDT are trapped for reads, too: see exceptions.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagescope/event.h>

#include "bochs.h"
#include "built.h"
#include "capture_file.h"
#include "exceptions.h"
#include "processor.h"
#include "watch.h"

#define PRESENT       0x001u
#define LARGE         0x080u
#define HARDWARE_BITS 0x060u /* accessed, dirty: set by the CPU */
#define CR0_PG        0x80000000u
#define CR0_PAGING    (CR0_PG | 0x00010000u) /* and WP */
#define CR4_PSE       0x10u
#define CR4_PAE       0x20u
#define CR4_PAGING    0xb0u /* PSE, PAE, PGE */

#define FRAMES      (1u << 20)
#define BLOCK_SHIFT 17 /* Bochs's RAM is one piece in the host's memory at least for this */
#define VGA_START   0xa0000u
#define VGA_END     0x100000u

/* A guest that stores into tables without end must not fill the disk: this many records
 * in a window of a million ticks, at most 25 KiB a thousand. */
#define WINDOW_TICKS 1000000u
#define MOST_RECORDS 20000u
#define PROBES       4 /* questions to the CPU a window, if checked */

/* A frame that is followed. */
struct page {
	struct page *next; /* of the directories */
	uint32_t pa;
	uint32_t refs;      /* slots of followed directories that lead to it, as a table */
	uint32_t dir, slot; /* one of them */
	bool is_dir;
	bool unknown; /* what it holds is not told: see the gap */
	bool told_unknown;
	bool dirty;           /* stored into while no loaded directory led here */
	uint32_t *late;       /* then: who stored last into each entry; or null */
	uint32_t entry[1024]; /* as told */
};

static struct {
	bool checked, trapped, open;
	uint32_t ram; /* bytes */
	uint8_t *block[1u << (32 - BLOCK_SHIFT)];
	struct page *of[FRAMES];
	struct page *directories;

	bool on; /* paging is on, of the kind that is followed */
	bool saw_paging;
	struct bochs_control last;
	uint32_t idt, idt_limit;

	uint32_t records; /* in this window */
	bool gap;         /* too many: nothing is recorded until the window ends */
	uint32_t unrecorded;
	uint64_t seed;
	uint64_t stores, loads, checks, missed, gaps;
} watch;

static uint32_t *ram(uint32_t pa)
{
	uint8_t *block = pa < watch.ram ? watch.block[pa >> BLOCK_SHIFT] : NULL;

	return block ? (uint32_t *)(block + (pa & ((1u << BLOCK_SHIFT) - 1))) : NULL;
}

static struct page *page_at(uint32_t pa)
{
	return watch.of[pa >> 12];
}

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
	const uint32_t *d = watch.on ? ram(watch.last.cr3 & ~4095u) : NULL;
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

static bool active(const struct page *p)
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

static void drop(struct page *p)
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

static void settle(struct page *p);
static bool take(struct page *p);

/* A slot of a followed directory leads to the table.  True: its frame is new. */
static bool reference(uint32_t pde, uint32_t dir, unsigned slot)
{
	uint32_t pa = pde & ~4095u;
	struct page *p;
	bool fresh;

	if (!leads_to_table(pde) || !ram(pa))
		return false;
	p = page_at(pa);
	fresh = !p;
	if (fresh && !(p = follow(pa, false)))
		return false;
	p->refs++;
	p->dir = dir;
	p->slot = slot;
	if (fresh)
		take(p);
	else if (p->dirty && dir == (watch.last.cr3 & ~4095u))
		settle(p);
	return fresh;
}

static void unreference(uint32_t pde)
{
	struct page *p;

	if (!leads_to_table(pde) || !ram(pde & ~4095u))
		return;
	p = page_at(pde & ~4095u);
	if (!p || !p->refs || --p->refs || p->is_dir)
		return;
	drop(p);
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
static bool take(struct page *p)
{
	const uint32_t *now = ram(p->pa);
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
static bool record(struct page *p, unsigned i, uint32_t now, bool late, uint32_t site)
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
static void settle(struct page *p)
{
	const uint32_t *now = ram(p->pa);
	uint32_t *late = p->late;
	bool fresh = false;

	p->late = NULL;
	p->dirty = false;
	for (unsigned i = 0; i < 1024; i++)
		if (p->entry[i] != now[i])
			fresh |= record(p, i, now[i], true, late ? late[i] : 0);
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
	drop(d);
}

/* Where RAM's tables lead; false: nowhere. */
static bool walk(uint32_t dir, uint32_t addr, uint32_t *pa)
{
	const uint32_t *d = ram(dir), *t;
	uint32_t pde;

	if (!d || !((pde = d[addr >> 22]) & PRESENT))
		return false;
	if (!leads_to_table(pde)) {
		*pa = (pde & 0xffc00000u) | (addr & 0x3ff000u);
		return true;
	}
	t = ram(pde & ~4095u);
	if (!t || !(t[addr >> 12 & 1023] & PRESENT))
		return false;
	*pa = t[addr >> 12 & 1023] & ~4095u;
	return true;
}

/* A directory that does not map the IDT's page cannot be one that will be loaded. */
static bool can_be_loaded(uint32_t dir)
{
	uint32_t here, there, limit, idt = bochs_idt(&limit);

	if (!walk(watch.last.cr3 & ~4095u, idt, &here))
		return true;
	return walk(dir, idt, &there) && here == there;
}

static void forget_dead(void)
{
	for (struct page *d = watch.directories, *next; d; d = next) {
		next = d->next;
		if (!is_loaded(d) && !can_be_loaded(d->pa))
			forget(d);
	}
}

/* ---- CR0, CR3, CR4 ---------------------------------------------------------------- */

static void load(uint32_t cr3)
{
	uint32_t pa = cr3 & ~4095u;
	struct page *d = page_at(pa);
	bool fresh = false;

	if (d && !d->is_dir) {
		drop(d);
		d = NULL;
	}
	if (!d && ram(pa)) {
		forget_dead();
		d = follow(pa, true);
		fresh = d != NULL;
		if (d)
			take(d);
	} else if (d && d->dirty) {
		settle(d);
	}
	for (unsigned i = 0; d && i < 1024; i++) {
		struct page *t;

		if (!leads_to_table(d->entry[i]) || !ram(d->entry[i] & ~4095u))
			continue;
		t = page_at(d->entry[i]);
		if (!t || t->is_dir)
			continue;
		t->dir = pa;
		t->slot = i;
		if (t->dirty)
			settle(t);
	}
	watch.loads++;
	if (room())
		HW(bochs_ticks(), cr3_load, .pgd = pa, .cr3 = cr3, .call_site = bochs_ip());
	if (fresh)
		bochs_flush_tlb();
}

/* 4 MiB entries begin or cease to be tables. */
static void count_anew(uint32_t cr4)
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

/* The IDT's pages are trapped where the loaded directory maps them. */
static void find_idt(void)
{
	uint32_t frame[2] = { PA_NONE, PA_NONE };

	for (unsigned n = 0; n < 2 && watch.on; n++)
		if ((n && (watch.idt & 4095) + watch.idt_limit < 4096) ||
		    !walk(watch.last.cr3 & ~4095u, watch.idt + 4096 * n, &frame[n]))
			frame[n] = PA_NONE;
	if (exceptions_idt(watch.idt, watch.idt_limit, frame))
		bochs_flush_tlb();
}

static void look_at_idt(void)
{
	uint32_t limit, base = bochs_idt(&limit);

	if (base == watch.idt && limit == watch.idt_limit)
		return;
	watch.idt = base;
	watch.idt_limit = limit;
	find_idt();
}

static void look_at_control(void)
{
	struct bochs_control now = bochs_control(), old = watch.last;
	bool on = (now.cr0 & CR0_PG) && !(now.cr4 & CR4_PAE);

	if (!watch.open)
		return;
	look_at_idt();
	if (now.cr3 == old.cr3 && now.cr0 == old.cr0 && now.cr4 == old.cr4)
		return;
	if (((now.cr0 ^ old.cr0) & CR0_PAGING) || ((now.cr4 ^ old.cr4) & CR4_PAGING)) {
		watch.records++;
		HW(bochs_ticks(), paging_mode, .on = (now.cr0 & CR0_PG) != 0, .cr0 = now.cr0,
		   .cr4 = now.cr4, .call_site = bochs_ip());
	}
	if ((now.cr4 ^ old.cr4) & CR4_PSE)
		count_anew(now.cr4);
	watch.last = now;
	if (on && (!watch.on || now.cr3 != old.cr3)) {
		watch.on = watch.saw_paging = true;
		load(now.cr3);
	}
	watch.on = on;
	find_idt();
}

void watch_look(void)
{
	look_at_control();
}

/* ---- the traps --------------------------------------------------------------------- */

/* What no loaded directory leads to is data, or will be told at the next load. */
static void note_late(struct page *p, unsigned from, unsigned to, const uint32_t *now)
{
	const uint32_t *d = ram(p->dir), *was = ram(p->pa);

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

static bool on_write(uint64_t addr, unsigned bytes, void *data, void *unused)
{
	uint32_t pa = (uint32_t)addr, now[20];
	unsigned from = (pa & 4095) >> 2, to = ((pa & 4095) + bytes + 3) >> 2;
	struct page *p;
	bool fresh = false;

	(void)unused;
	look_at_control();
	if (exceptions_trapped(pa))
		exceptions_write(pa, bytes);
	p = page_at(pa);
	if (!p && built_knows(pa))
		built_note(pa, bytes);
	if (!p || bytes > 64 || to > 1024)
		return false;
	memcpy(now, ram(pa & ~3u), 4 * (to - from));
	memcpy((uint8_t *)now + (pa & 3), data, bytes);
	if (!active(p)) {
		note_late(p, from, to, now);
		return false;
	}
	if (p->dirty)
		settle(p);
	if (page_at(pa) == p && p->unknown && !watch.gap)
		fresh = take(p);
	for (unsigned i = from; i < to && page_at(pa) == p; i++)
		fresh |= record(p, i, now[i - from], false, bochs_ip());
	if (fresh)
		bochs_flush_tlb();
	return false;
}

static bool on_read(uint64_t addr, unsigned bytes, void *data, void *unused)
{
	(void)data;
	(void)unused;
	look_at_control();
	if (exceptions_trapped((uint32_t)addr))
		exceptions_read((uint32_t)addr, bytes);
	return false;
}

static uint8_t *on_direct(uint64_t pa, unsigned rw, void *unused)
{
	bool table = page_at((uint32_t)pa) || built_knows((uint32_t)pa);

	(void)unused;
	if (rw != BOCHS_EXECUTE &&
	    (exceptions_trapped((uint32_t)pa) || ((rw & BOCHS_WRITE) && table)))
		return NULL;
	return (uint8_t *)ram((uint32_t)pa & ~3u) + (pa & 3);
}

static const struct bochs_trap trap = { on_read, on_write, on_direct };

/* ---- each million ticks --------------------------------------------------------------- */

static uint32_t random_below(uint32_t n)
{
	watch.seed = watch.seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((watch.seed >> 33) % n);
}

/* Where the CPU's own walk leads at addresses picked at random among present slots. */
static void ask(void)
{
	const uint32_t *d = ram(watch.last.cr3 & ~4095u);
	uint32_t pa, addr;
	bool ok;

	for (unsigned n = 0; d && n < PROBES; n++) {
		unsigned slot = random_below(1024);

		for (unsigned k = 0; k < 1024 && !(d[slot] & PRESENT); k++)
			slot = (slot + 1) & 1023;
		addr = slot << 22 | random_below(1u << 22);
		ok = bochs_translate(addr, &pa);
		HW(bochs_ticks(), mmu_probe, .addr = addr, .phys = ok ? pa : 0, .ok = ok,
		   .cr3 = watch.last.cr3 & ~4095u);
	}
}

/* RAM is the truth: an entry that differs was stored unseen. */
static void check(struct page *p)
{
	const uint32_t *now = ram(p->pa);

	if (p->dirty || p->unknown || !active(p))
		return;
	watch.checks++;
	for (unsigned i = 0; i < 1024; i++)
		if ((p->entry[i] ^ now[i]) & ~HARDWARE_BITS) {
			watch.missed++;
			settle(p);
			return;
		}
}

static void each_page(void (*fn)(struct page *p))
{
	for (uint32_t pfn = 0; pfn < watch.ram >> 12; pfn++)
		if (watch.of[pfn])
			fn(watch.of[pfn]);
}

static void tell_unknown(struct page *p)
{
	if (!p->unknown)
		return;
	if (watch.records < MOST_RECORDS - 1024 && take(p))
		bochs_flush_tlb();
	if (!p->unknown || p->told_unknown)
		return;
	p->told_unknown = true;
	HW(bochs_ticks(), table_unknown, .table = p->pa);
}

static void end_gap(void)
{
	if (!watch.gap)
		return;
	watch.gap = false;
	each_page(tell_unknown);
	if (watch.on)
		HW(bochs_ticks(), cr3_load, .pgd = watch.last.cr3 & ~4095u, .cr3 = watch.last.cr3,
		   .call_site = bochs_ip());
	HW(bochs_ticks(), watch_gap, .ends = 1, .nr = watch.unrecorded);
	watch.unrecorded = 0;
}

static void on_window(void *unused)
{
	(void)unused;
	if (!watch.open)
		return;
	watch.records = 0;
	look_at_control();
	find_idt();
	end_gap();
	if (watch.checked && watch.on) {
		each_page(check);
		ask();
	}
	hw_flush();
}

/* ---- beginning and end ------------------------------------------------------------------ */

bool watch_bind(bool checked, const char **why)
{
	watch.checked = checked;
	return bochs_bind_watch(why);
}

static bool in_hole(uint32_t pa)
{
	return pa >= VGA_START && pa < VGA_END;
}

/* Past the end of RAM Bochs gives one page, always the same. */
static void find_ram(void)
{
	const uint8_t *none = bochs_ram_page(0xf0000000u);

	for (uint32_t pa = 0; pa < 0xc0000000u; pa += 1u << BLOCK_SHIFT) {
		const uint8_t *p = bochs_ram_page(pa);

		if (in_hole(pa))
			continue;
		if (!p || p == none)
			break;
		watch.block[pa >> BLOCK_SHIFT] = (uint8_t *)(uintptr_t)p;
		watch.ram = pa + (1u << BLOCK_SHIFT);
	}
}

static bool ram_stays(void)
{
	for (uint32_t pa = 0; pa < watch.ram; pa += 1u << BLOCK_SHIFT)
		if (!in_hole(pa) && bochs_ram_page(pa) != watch.block[pa >> BLOCK_SHIFT])
			return false;
	return true;
}

bool watch_lay_traps(const char **why)
{
	if (watch.trapped)
		return true;
	find_ram();
	*why = "the guest's memory is larger than Bochs's: give `memory` as much host as guest";
	if (watch.ram < 2 * VGA_END || !ram_stays())
		return false;
	*why = "this Bochs has no timer";
	if (!bochs_every(WINDOW_TICKS, on_window, NULL))
		return false;
	*why = "Bochs refuses to tell of accesses to memory";
	watch.trapped = bochs_trap(&trap, 0, VGA_START - 1) &&
			bochs_trap(&trap, VGA_END, watch.ram - 1);
	return watch.trapped;
}

void watch_begin(uint64_t tick)
{
	watch.open = true;
	watch.on = watch.saw_paging = watch.gap = false;
	watch.records = watch.unrecorded = 0;
	watch.seed = 1;
	watch.last = (struct bochs_control){ 0 };
	watch.idt = watch.idt_limit = 0;
	exceptions_begin();
	built_forget();
	capture_machine(tick, &(struct ps_ev_trace_info){
				      .version = 2,
				      .flags = PS_RUN_WATCHED,
				      .machine = PS_MACHINE_TICKS,
				      .entry_bytes = 4,
				      .levels = 2,
				      .recursive_slot = PS_SLOT_NONE,
				      .nr_pages = watch.ram >> 12,
				      .max_low_pfn = watch.ram >> 12,
				      .max_order = 1,
			      });
}

void watch_end(uint64_t tick, const char *log)
{
	look_at_control();
	end_gap();
	if (watch.checked && watch.on) {
		each_page(check);
		ask();
	}
	exceptions_tell(tick);
	processor_tell(tick, log, (uint32_t)watch.missed);
	watch.open = false;
	each_page(drop);
	watch.directories = NULL;
}

bool watch_saw_paging(void)
{
	return watch.saw_paging;
}

void watch_describe(char *to, unsigned bytes)
{
	snprintf(to, bytes,
		 "stores seen          %llu\n"
		 "loads of CR3         %llu\n"
		 "self-checks, missed  %llu, %llu\n"
		 "stretches with gaps  %llu\n",
		 (unsigned long long)watch.stores, (unsigned long long)watch.loads,
		 (unsigned long long)watch.checks, (unsigned long long)watch.missed,
		 (unsigned long long)watch.gaps);
}

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
#include "watch_priv.h"

#define CR0_PG       0x80000000u
#define CR0_PAGING   (CR0_PG | 0x00010000u) /* and WP */
#define CR4_PAE      0x20u
#define CR4_PAGING   0xb0u /* PSE, PAE, PGE */
#define WINDOW_TICKS 1000000u

/* ---- CR0, CR3, CR4, IDTR ---- */

/* The IDT's pages are trapped where the loaded directory maps them. */
static void find_idt(void)
{
	uint32_t frame[2] = { PA_NONE, PA_NONE };

	for (unsigned n = 0; n < 2 && watch.on; n++)
		if ((n && (watch.idt & 4095) + watch.idt_limit < 4096) ||
		    !watch_walk(watch.last.cr3 & ~4095u, watch.idt + 4096 * n, &frame[n]))
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
		watch_pse(now.cr4);
	watch.last = now;
	if (on && (!watch.on || now.cr3 != old.cr3)) {
		watch.on = watch.saw_paging = true;
		watch_load(now.cr3);
	}
	watch.on = on;
	find_idt();
}

void watch_look(void)
{
	look_at_control();
}

/* ---- the traps ---- */

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
	memcpy(now, watch_ram(pa & ~3u), 4 * (to - from));
	memcpy((uint8_t *)now + (pa & 3), data, bytes);
	if (!watch_active(p)) {
		watch_note_late(p, from, to, now);
		return false;
	}
	if (p->dirty)
		watch_settle(p);
	if (page_at(pa) == p && p->unknown && !watch.gap)
		fresh = watch_take(p);
	for (unsigned i = from; i < to && page_at(pa) == p; i++)
		fresh |= watch_record(p, i, now[i - from], false, bochs_ip());
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
	return (uint8_t *)watch_ram((uint32_t)pa & ~3u) + (pa & 3);
}

static const struct bochs_trap trap = { on_read, on_write, on_direct };

/* ---- each million ticks ---- */

static void on_window(void *unused)
{
	(void)unused;
	if (!watch.open)
		return;
	watch.records = 0;
	look_at_control();
	find_idt();
	watch_end_gap();
	watch_check();
	hw_flush();
}

/* ---- beginning and end ------------------------------------------------------------------ */

bool watch_bind(bool checked, const char **why)
{
	watch.checked = checked;
	return bochs_bind_watch(why);
}

bool watch_lay_traps(const char **why)
{
	if (watch.trapped)
		return true;
	watch_find_ram();
	*why = "the guest's memory is larger than Bochs's: give `memory` as much host as guest";
	if (watch.ram < 2 * VGA_END || !watch_ram_stays())
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
	watch_end_gap();
	watch_check();
	exceptions_tell(tick);
	processor_tell(tick, log, (uint32_t)watch.missed);
	watch.open = false;
	watch_each_page(watch_drop);
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

/* SPDX-License-Identifier: MIT */
/*
 * highmem.c - addresses for pages above the linear map: kmap, kmap_atomic and
 * the fixmap.
 *
 * kmap has a window of 1,024 page slots at PKMAP_BASE, handed out in turn.  A
 * slot that is given up stays mapped: flushing the TLB costs more than a slot.
 * Only when the turn comes round to slot 0 are all unused slots unmapped, with
 * one flush for all of them.  The life of a slot is its pkmap_count:
 *
 *	0	free, no TLB can know it
 *	1	no user, but still mapped; the next kmap of its page revives it
 *	n	n - 1 users
 *
 * kmap_atomic overwrites the PTE of one fixmap slot a use (enum km_type) and
 * flushes just that page, so it needs no counting and never waits.
 *
 * Source: Linux 2.4.22.  There a kmap without a free slot sleeps until a
 * kunmap; here there is one task and nobody to wake it, so it reports and
 * returns 0.
 */
#include "mm/highmem.h"
#include "mm/fnv.h"
#include "mm/mm_priv.h"

#define FIX_KMAP_BEGIN 0u /* the only fixmap slots of this configuration */

static u32 *pkmap_page_table; /* PTEs of the window, NULL without HIGHMEM */
static u32 pkmap_count[LAST_PKMAP];
static u32 last_pkmap_nr; /* slot given out last; the first one is 1 */

static vaddr_t pkmap_addr(u32 slot)
{
	return PKMAP_BASE + slot * PAGE_SIZE;
}

static struct page *pte_page(u32 pte)
{
	return pfn_page(pte >> PAGE_SHIFT);
}

void kmap_init(void)
{
	pkmap_page_table = have_highmem ? pte_lookup(PKMAP_BASE) : NULL;
	last_pkmap_nr = 0;
	for (u32 i = 0; i < LAST_PKMAP; i++)
		pkmap_count[i] = 0;
}

/* Unmaps every slot without users, with one flush for all. */
static void flush_all_zero_pkmaps(void)
{
	u32 nr = 0;

	TRACE(flush_cache_all, .why = 1);
	for (u32 i = 0; i < LAST_PKMAP; i++) {
		if (pkmap_count[i] != 1)
			continue;
		pkmap_count[i] = 0;
		set_page_kmap_slot(pte_page(pkmap_page_table[i]), PKMAP_NO_SLOT);
		ptep_get_and_clear(&pkmap_page_table[i], pkmap_addr(i));
		nr++;
	}
	flush_tlb_all_traced(PS_FLUSH_KMAP);
	TRACE(flush_all_zero_pkmaps, .nr = nr);
}

/* The next slot in turn with count 0, LAST_PKMAP if all are in use. */
static u32 next_slot(void)
{
	for (u32 tries = LAST_PKMAP; tries; tries--) {
		last_pkmap_nr = (last_pkmap_nr + 1) % LAST_PKMAP;
		if (last_pkmap_nr == 0) {
			flush_all_zero_pkmaps();
			tries = LAST_PKMAP;
		}
		if (!pkmap_count[last_pkmap_nr])
			return last_pkmap_nr;
	}
	return LAST_PKMAP;
}

/* Maps the page at the next free slot; LAST_PKMAP: there is none. */
static u32 map_new_virtual(struct page *page)
{
	u32 slot = next_slot();
	vaddr_t addr = pkmap_addr(slot);

	if (slot == LAST_PKMAP)
		return LAST_PKMAP;
	set_pte(&pkmap_page_table[slot], addr, mk_pte(page, page_kernel_prot()));
	machine_probe(addr);
	set_page_kmap_slot(page, slot);
	pkmap_count[slot] = 1; /* mapped, and used by nobody yet */
	return slot;
}

/* The page's slot, with one user more, or a new one; 0: all are in use. */
static vaddr_t kmap_high(struct page *page, bool *fresh)
{
	u32 slot = page_kmap_slot(page);

	*fresh = slot == PKMAP_NO_SLOT;
	if (*fresh)
		slot = map_new_virtual(page);
	if (slot == LAST_PKMAP)
		return 0;
	pkmap_count[slot]++;
	return pkmap_addr(slot);
}

static vaddr_t kmap_op(struct page *page, bool may_wait, u32 ip)
{
	u32 pfn = page_pfn(page);
	bool fresh = false;
	vaddr_t addr;

	if (PageHighMem(page))
		addr = kmap_high(page, &fresh);
	else
		addr = __va(pfn << PAGE_SHIFT);
	TRACE(kmap, .pfn = pfn, .addr = addr, .fresh = addr && fresh, .call_site = ip);
	if (!addr && may_wait)
		mm_report(PS_REPORT_KMAP, pfn, LAST_PKMAP, ip,
			  "kmap: all %u slots in use; 2.4.22 would sleep here", LAST_PKMAP);
	return addr;
}

/* An address for the page until kunmap: its linear one if it has one, else a
 * slot of the window.  0: every slot is in use (reported). */
vaddr_t kmap(struct page *page)
{
	return kmap_op(page, true, _RET_IP_);
}

vaddr_t kmap_nonblock(struct page *page)
{
	return kmap_op(page, false, _RET_IP_);
}

/* One user of the page's mapping less.  The mapping stays. */
void kunmap(struct page *page)
{
	u32 ip = _RET_IP_, pfn = page_pfn(page), slot;

	if (!PageHighMem(page)) {
		TRACE(kunmap, .pfn = pfn, .addr = __va(pfn << PAGE_SHIFT), .call_site = ip);
		return;
	}
	slot = page_kmap_slot(page);
	if (slot == PKMAP_NO_SLOT || pkmap_count[slot] < 2) {
		mm_report(PS_REPORT_KMAP, pfn, 0, ip, "kunmap: frame %x is not in use", pfn);
		return;
	}
	pkmap_count[slot]--;
	TRACE(kunmap, .pfn = pfn, .addr = pkmap_addr(slot), .call_site = ip);
}

/* ---- fixmap ---------------------------------------------------------------- */

vaddr_t fix_to_virt(unsigned slot)
{
	return FIXADDR_TOP - slot * PAGE_SIZE;
}

/* Overwrites the slot's PTE and drops that one page from the TLB. */
static void set_fix_pte(unsigned slot, u32 pte)
{
	vaddr_t addr = fix_to_virt(slot);

	set_pte(pte_lookup(addr), addr, pte);
	machine_flush_tlb_one(addr);
	TRACE(tlb_flush, .reason = PS_FLUSH_FIXMAP, .pages = 1, .addr = addr);
	machine_probe(addr);
}

bool set_fixmap(unsigned slot, phys_t phys, u32 prot)
{
	vaddr_t addr = fix_to_virt(slot);

	if (addr <= fixaddr_start() || slot > FIXADDR_TOP / PAGE_SIZE) {
		mm_report(PS_REPORT_BUG, slot, phys, _RET_IP_, "set_fixmap: slot %u does not exist",
			  slot);
		return false;
	}
	set_fix_pte(slot, (phys & PAGE_MASK) | prot);
	TRACE(set_fixmap, .slot = (u16)slot, .addr = addr, .phys = phys);
	return true;
}

/* An address for the page until the next kmap_atomic of the same type; never
 * fails and never waits. */
vaddr_t kmap_atomic(struct page *page, enum km_type type)
{
	u32 ip = _RET_IP_, pfn = page_pfn(page);
	vaddr_t addr = __va(pfn << PAGE_SHIFT);

	if (PageHighMem(page)) {
		addr = fix_to_virt(FIX_KMAP_BEGIN + type);
		set_fix_pte(FIX_KMAP_BEGIN + type, mk_pte(page, page_kernel_prot()));
	}
	TRACE(kmap_atomic, .pfn = pfn, .addr = addr, .type = (u8)type, .call_site = ip);
	return addr;
}

/* Nothing to do: the next use of the slot overwrites it. */
void kunmap_atomic(vaddr_t addr, enum km_type type)
{
	TRACE(kunmap_atomic, .addr = addr, .type = (u8)type, .call_site = _RET_IP_);
}

/* ---- looking at it --------------------------------------------------------- */

unsigned pkmap_slot_count(unsigned slot)
{
	return slot < LAST_PKMAP ? pkmap_count[slot] : 0;
}

void pkmap_snapshot(void)
{
	struct ps_ev_pkmap_state state = { .hash = FNV_START };

	if (!have_highmem || !trace_is_on())
		return;
	for (u32 i = 0; i < LAST_PKMAP; i++) {
		state.nr_used += pkmap_count[i] > 1;
		state.nr_stale += pkmap_count[i] == 1;
		state.hash = fnv_u32(state.hash, pkmap_count[i]);
	}
	TRACE_COPY(pkmap_state, &state);
}

unsigned pkmap_check(void)
{
	unsigned bad = 0;

	for (u32 i = 0; have_highmem && i < LAST_PKMAP; i++) {
		u32 pte = pkmap_page_table[i];

		if ((pkmap_count[i] != 0) == (pte != 0) &&
		    (!pte || page_kmap_slot(pte_page(pte)) == i))
			continue;
		printk("pkmap_check: slot %u: count %u, pte %08x\n", i, pkmap_count[i], pte);
		bad++;
	}
	return bad;
}

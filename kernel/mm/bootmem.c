/* SPDX-License-Identifier: MIT */
/*
 * bootmem.c - memory before there is an allocator: one bit per frame.
 *
 * 1 = not to be had.  The bitmap lies right behind the kernel image; all frames
 * begin as taken, RAM is freed from the firmware's map, and what must stay is
 * reserved again.  Blocks smaller than a page are packed behind one another.
 * At the end free_all_bootmem hands every frame with a clear bit to the buddy
 * allocator, and then the bitmap's own.
 *
 * Why a frame is kept is remembered beside the bits, for the trace alone.
 */
#include "mm/mm_priv.h"
#include "lib/string.h"

u32 bootmem_map_pfn, bootmem_map_pages, bootmem_map_bytes;

static u8 *map;
static u32 low_pfn; /* frames the bitmap covers */

/* The end of the last block, if the next may start there: packing. */
static u32 last_pfn, last_offset;

/* Who keeps which frames; the first note on a frame counts. */
#define NR_NOTES 64
static struct {
	u32 start, end;
	unsigned owner;
} notes[NR_NOTES];
static unsigned nr_notes;

bool bootmem_reserved(u32 pfn)
{
	return pfn >= low_pfn || map[pfn / 8] >> (pfn % 8) & 1;
}

static void set_taken(u32 pfn)
{
	map[pfn / 8] |= (u8)(1 << pfn % 8);
}

void bootmem_note_owner(u32 start_pfn, u32 end_pfn, unsigned owner)
{
	if (nr_notes == NR_NOTES) {
		printk("bootmem: no room to note the owner of frames %u-%u\n", start_pfn,
		       end_pfn - 1);
		return;
	}
	notes[nr_notes].start = start_pfn;
	notes[nr_notes].end = end_pfn;
	notes[nr_notes++].owner = owner;
}

unsigned bootmem_owner(u32 pfn)
{
	unsigned i;

	for (i = 0; i < nr_notes; i++)
		if (pfn >= notes[i].start && pfn < notes[i].end)
			return notes[i].owner;
	return PS_OWNER_NONE;
}

/* Puts the bitmap for frames below max_low at map_pfn, all bits set; returns
 * its bytes. */
u32 init_bootmem(u32 map_pfn, u32 max_low)
{
	u32 bytes = ((max_low + 7) / 8 + 3) & ~3u;

	map = phys_to_virt((phys_t)map_pfn << PAGE_SHIFT);
	low_pfn = max_low;
	bootmem_map_pfn = map_pfn;
	bootmem_map_pages = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	last_pfn = last_offset = nr_notes = 0;
	bootmem_map_bytes = bytes;
	memset(map, 0xff, bytes);
	return bytes;
}

/* Frees the whole frames within [start, end) below the end of low memory. */
void bootmem_free(u64 start, u64 end)
{
	u64 pfn = (start + PAGE_SIZE - 1) >> PAGE_SHIFT;

	for (end >>= PAGE_SHIFT; pfn < end && pfn < low_pfn; pfn++)
		map[pfn / 8] &= (u8) ~(1 << pfn % 8);
}

/* Keeps every frame that [start, end) touches; that one is kept already is said, but
 * for what the firmware keeps: its frames were never free. */
void bootmem_reserve(u64 start, u64 end, unsigned owner)
{
	u64 pfn = start >> PAGE_SHIFT, end_pfn = (end + PAGE_SIZE - 1) >> PAGE_SHIFT;

	if (end_pfn > low_pfn)
		end_pfn = low_pfn;
	if (pfn >= end_pfn)
		return;
	bootmem_note_owner((u32)pfn, (u32)end_pfn, owner);
	for (; pfn < end_pfn; pfn++) {
		if (owner != PS_OWNER_FIRMWARE && bootmem_reserved((u32)pfn))
			printk("hm, page %08x reserved twice.\n", (u32)pfn << PAGE_SHIFT);
		set_taken((u32)pfn);
	}
}

static bool run_is_free(u32 pfn, u32 pages)
{
	for (; pages--; pfn++)
		if (bootmem_reserved(pfn))
			return false;
	return true;
}

/* First free run at or above `from`, in steps of `step` frames; ~0: none. */
static u32 find_run(u32 from, u32 pages, u32 step)
{
	for (; from < low_pfn; from += step)
		if (run_is_free(from, pages))
			return from;
	return ~0u;
}

/*
 * The block for `size` bytes in the free run at pfn.  If the run begins right
 * behind the last block's frame and the alignment is less than a page, the
 * rest of that frame is used first.
 */
static phys_t place(u32 pfn, u32 size, u32 align, u32 *pages)
{
	u32 offset, room;
	phys_t pa;

	if (align > PAGE_SIZE || !last_offset || last_pfn + 1 != pfn) {
		last_pfn = pfn + *pages - 1;
		last_offset = size & ~PAGE_MASK;
		return pfn << PAGE_SHIFT;
	}
	offset = (last_offset + align - 1) & ~(align - 1);
	room = PAGE_SIZE - offset;
	pa = (last_pfn << PAGE_SHIFT) + offset;
	if (size < room) {
		*pages = 0;
		last_offset = offset + size;
	} else {
		size -= room;
		*pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
		last_pfn = pfn + *pages - 1;
		last_offset = size & ~PAGE_MASK;
	}
	return pa;
}

/*
 * size bytes, zeroed, at a multiple of `align` (a power of two), at or above
 * `goal` if that can be, else anywhere.
 */
phys_t alloc_bootmem(u32 size, u32 align, phys_t goal, unsigned owner)
{
	u32 pages = PAGE_ALIGN(size) >> PAGE_SHIFT, step = align >> PAGE_SHIFT;
	u32 from = ((goal + align - 1) & ~(align - 1)) >> PAGE_SHIFT, pfn, i;
	phys_t pa;

	if (!step)
		step = 1;
	if (goal >> PAGE_SHIFT >= low_pfn)
		from = 0;
	pfn = find_run(from, pages, step);
	if (pfn == ~0u && from)
		pfn = find_run(0, pages, step);
	if (pfn == ~0u) {
		printk("bootmem alloc of %u bytes failed!\n", size);
		panic("Out of memory");
	}
	pa = place(pfn, size, align, &pages);
	for (i = 0; i < pages; i++)
		set_taken(pfn + i);
	if (pages)
		bootmem_note_owner(pfn, pfn + pages, owner);
	memset(phys_to_virt(pa), 0, size);
	return pa;
}

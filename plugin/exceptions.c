/* SPDX-License-Identifier: MIT */
/* exceptions.c - the last exceptions of a watched guest; see exceptions.h. */
#include <string.h>

#include <pagescope/event.h>

#include "bochs.h"
#include "capture_file.h"
#include "exceptions.h"
#include "processor.h"

#define VECTORS    32u /* those of exceptions; above are interrupts */
#define KEPT       8u
#define PAGE_FAULT 14u

/* Exceptions in a row that differ in nothing but their time. */
struct exception {
	uint64_t first, last;
	uint64_t gate; /* as processor_gate() has it, when the first was taken */
	uint32_t nr, ip, cr2;
	uint16_t cs;
	uint8_t vector;
};

static struct {
	uint32_t base, limit;
	uint32_t frame[2];
	struct exception kept[KEPT];
	uint64_t nr; /* all that differ; the last is kept[(nr - 1) % KEPT] */
	struct {
		uint64_t at;
		uint32_t site;
	} gate[VECTORS]; /* who stored it last, while the IDT was trapped */
} exceptions;

void exceptions_begin(void)
{
	memset(&exceptions, 0, sizeof(exceptions));
	exceptions.frame[0] = exceptions.frame[1] = PA_NONE;
}

bool exceptions_idt(uint32_t base, uint32_t limit, const uint32_t frame[2])
{
	bool other = memcmp(exceptions.frame, frame, sizeof(exceptions.frame)) != 0;

	if (base != exceptions.base)
		memset(exceptions.gate, 0, sizeof(exceptions.gate));
	exceptions.base = base;
	exceptions.limit = limit;
	memcpy(exceptions.frame, frame, sizeof(exceptions.frame));
	return other;
}

bool exceptions_trapped(uint32_t pa)
{
	return (pa & ~4095u) == exceptions.frame[0] || (pa & ~4095u) == exceptions.frame[1];
}

/* Where in the IDT the physical address is; false: elsewhere. */
static bool in_idt(uint32_t pa, uint32_t *offset)
{
	uint32_t start = exceptions.base & 4095;

	if ((pa & ~4095u) == exceptions.frame[0] && (pa & 4095) >= start)
		*offset = (pa & 4095) - start;
	else if ((pa & ~4095u) == exceptions.frame[1])
		*offset = (pa & 4095) + 4096 - start;
	else
		return false;
	return *offset <= exceptions.limit && *offset < 8 * VECTORS;
}

static void take(uint8_t vector)
{
	struct exception now = { .first = bochs_ticks(),
				 .nr = 1,
				 .ip = bochs_ip(),
				 .cs = bochs_cs(),
				 .vector = vector };
	struct exception *last = &exceptions.kept[(exceptions.nr + KEPT - 1) % KEPT];

	now.last = now.first;
	if (vector == PAGE_FAULT)
		now.cr2 = bochs_cr2();
	if (exceptions.nr && last->vector == vector && last->ip == now.ip && last->cr2 == now.cr2 &&
	    last->cs == now.cs) {
		last->last = now.last;
		last->nr++;
		return;
	}
	now.gate = processor_gate(vector);
	exceptions.kept[exceptions.nr++ % KEPT] = now;
}

/* Bochs 2.7 reads a gate as eight bytes.  An instruction could, too, but kernels have no
 * reason to. */
void exceptions_read(uint32_t pa, unsigned bytes)
{
	uint32_t offset;

	if (bytes == 8 && in_idt(pa, &offset) && !(offset & 7))
		take((uint8_t)(offset / 8));
}

void exceptions_write(uint32_t pa, unsigned bytes)
{
	uint32_t offset;

	for (unsigned n = 0; n < bytes; n++)
		if (in_idt(pa + n, &offset)) {
			exceptions.gate[offset / 8].at = bochs_ticks();
			exceptions.gate[offset / 8].site = bochs_ip();
		}
}

void exceptions_tell(uint64_t tick)
{
	uint64_t from = exceptions.nr > KEPT ? exceptions.nr - KEPT : 0;

	for (uint64_t n = from; n < exceptions.nr; n++) {
		const struct exception *e = &exceptions.kept[n % KEPT];

		HW(tick, guest_exception, .first = e->first, .last = e->last, .nr = e->nr,
		   .vector = e->vector, .ip = e->ip, .cs = e->cs, .cr2 = e->cr2, .gate = e->gate,
		   .gate_at = exceptions.gate[e->vector].at,
		   .gate_site = exceptions.gate[e->vector].site);
	}
}

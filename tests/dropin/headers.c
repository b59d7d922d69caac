/* SPDX-License-Identifier: MIT */
/*
 * headers.c - the tracer's headers in a kernel with types and flags of its own: it is compiled,
 * by headers.sh, not run.  The types are those of old tutorials, which differ from <stdint.h>'s.
 */
typedef char int8_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned long uint32_t;
typedef unsigned long long uint64_t;
typedef unsigned int uint;

#include <pagescope/trace.h>
#include <pagescope/tracer.h>

void use(uint *pte, uint va, uint8_t error);
void begin(void);

static void describe(void)
{
	TRACE_STR(trace_info, ({ .version = 2, .entry_bytes = 4, .levels = 2 }), "", "a kernel");
	TRACE_STR(region, ({ .start = 0x80000000u, .end = 0x80400000u }), "all memory");
}

void use(uint *pte, uint va, uint8_t error)
{
	uint old = *pte;

	*pte = 0;
	TRACE(pte_clear, .addr = va, .old = old, .entry_pa = ps_entry_pa(pte, 0x80000000u));
	TRACE(page_fault_user, .address = va, .ip = va, .error_code = error);
	TRACE(mm_page_free, .pfn = va >> 12, .call_site = (uint)__builtin_return_address(0));
	ps_trace_probe(va);
	if (trace_is_on())
		ps_trace_flush();
}

void begin(void)
{
	struct ps_trace_config config = { PS_OFF, 0x80000000u, 0, 0x80000000u };

	config.transport = ps_trace_detect();
	ps_trace_start(&config);
	ps_trace_set_preamble(describe, 64);
}

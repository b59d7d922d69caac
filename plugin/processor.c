/* SPDX-License-Identifier: MIT */
/* processor.c - how the processor stood when a guest ended; see processor.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pagescope/event.h>

#include "bochs.h"
#include "capture_file.h"
#include "processor.h"

/* The last lines of the log that tell of exceptions, the last first: ") 3rd (13) ..." */
static void read_log(const char *log, char *chain, size_t bytes)
{
	static char tail[16384];
	int fd = log ? open(log, O_RDONLY | O_CLOEXEC) : -1;
	off_t size;
	ssize_t n;
	size_t used = 0;

	*chain = '\0';
	if (fd < 0)
		return;
	fflush(NULL); /* Bochs's own last lines */
	size = lseek(fd, 0, SEEK_END);
	n = pread(fd, tail, sizeof(tail) - 1,
		  size > (off_t)sizeof(tail) - 1 ? size - (off_t)sizeof(tail) + 1 : 0);
	close(fd);
	tail[n > 0 ? n : 0] = '\0';
	for (char *line; (line = strrchr(tail, '\n')) || *tail; *(line ? line : tail) = '\0') {
		const char *from = strstr(line ? line : tail, "exception(): ");
		const char *other = strstr(line ? line : tail, "interrupt(): ");

		other = other ? other : strstr(line ? line : tail, "HLT instruction with IF=0");
		from = from ? from + strlen("exception(): ") : other;
		if (from && used + 1 < bytes)
			used += (size_t)snprintf(chain + used, bytes - used, "%s%.*s",
						 used ? "; " : "", (int)strcspn(from, "\r\n"),
						 from);
		if (!line)
			break;
	}
}

bool processor_died(const char *log)
{
	char chain[PS_STRING_MAX];

	read_log(log, chain, sizeof(chain));
	return strncmp(chain, "3rd ", 4) == 0;
}

#define HLT       0xf4
#define EFLAGS_IF 0x200u
#define LOOKS     10u

bool processor_sleeps_for_ever(const char *log)
{
	static unsigned looks;
	static uint32_t before;
	char chain[PS_STRING_MAX];
	uint32_t pa, ip = bochs_ip();
	uint8_t byte = 0;

	looks = ip == before ? looks + 1 : 0;
	before = ip;
	if (looks < LOOKS || looks % LOOKS)
		return false;
	if ((bochs_eflags() & EFLAGS_IF) || !bochs_translate(ip - 1, &pa) ||
	    !bochs_read_ram(pa, &byte, 1) || byte != HLT)
		return false;
	read_log(log, chain, sizeof(chain));
	return strncmp(chain, "HLT instruction with IF=0", 25) == 0;
}

static void read_code(uint32_t addr, char *hex, size_t bytes)
{
	uint8_t byte;
	uint32_t pa;

	*hex = '\0';
	for (unsigned n = 0; n < 16 && 2 * n + 3 <= bytes; n++) {
		if (!bochs_translate(addr + n, &pa) || !bochs_read_ram(pa, &byte, 1))
			return;
		snprintf(hex + 2 * n, 3, "%02x", byte);
	}
}

/* A whole gate would not fit JSON. */
uint64_t processor_gate(unsigned vector)
{
	uint32_t pa, limit, at = bochs_idt(&limit) + 8 * vector;
	uint64_t g = 0;

	if (8 * vector + 7 > limit || !bochs_translate(at, &pa) || (pa & 4095) > 4096 - sizeof(g) ||
	    !bochs_read_ram(pa, &g, sizeof(g)))
		return 0;
	return (g & 0xffff) | (g >> 32 & 0xffff0000u) | (g >> 47 & 1) << 32;
}

/* The stack that the TSS has for the kernel: ESP0 and SS0. */
static void read_tss(uint32_t tss, uint32_t *esp0, uint32_t *ss0)
{
	uint32_t pa;

	*esp0 = *ss0 = 0;
	if (bochs_translate(tss + 4, &pa))
		bochs_read_ram(pa, esp0, sizeof(*esp0));
	if (bochs_translate(tss + 8, &pa))
		bochs_read_ram(pa, ss0, sizeof(*ss0));
}

void processor_tell(uint64_t tick, const char *log, uint32_t missed)
{
	struct bochs_control c = bochs_control();
	struct bochs_registers r;
	uint32_t esp0, ss0;
	char chain[PS_STRING_MAX], code[40];

	bochs_registers(&r);
	read_log(log, chain, sizeof(chain));
	read_tss(r.tr_base, &esp0, &ss0);
	HW(tick, guest_tss, .tr_base = r.tr_base, .esp0 = esp0, .ss0 = (uint16_t)ss0);
	read_code(r.eip, code, sizeof(code));
	hw_event(tick, PS_ID_guest_end,
		 &(struct ps_ev_guest_end){
			 .eip = r.eip,
			 .eax = r.general[0],
			 .ecx = r.general[1],
			 .edx = r.general[2],
			 .ebx = r.general[3],
			 .esp = r.general[4],
			 .ebp = r.general[5],
			 .esi = r.general[6],
			 .edi = r.general[7],
			 .eflags = r.eflags,
			 .cr0 = c.cr0,
			 .cr2 = r.cr2,
			 .cr3 = c.cr3,
			 .cr4 = c.cr4,
			 .es = r.segment[0],
			 .cs = r.segment[1],
			 .ss = r.segment[2],
			 .ds = r.segment[3],
			 .fs = r.segment[4],
			 .gs = r.segment[5],
			 .tr = r.tr,
			 .gdt_limit = r.gdt_limit,
			 .idt_limit = r.idt_limit,
			 .gdt_base = r.gdt_base,
			 .idt_base = r.idt_base,
			 .page_fault_gate = processor_gate(14),
			 .double_fault_gate = processor_gate(8),
			 .missed = missed,
		 },
		 sizeof(struct ps_ev_guest_end), 2, chain, code);
}

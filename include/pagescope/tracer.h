/* SPDX-License-Identifier: MIT */
/*
 * tracer.h - the body of the tracer: packets, their transports, strings.
 *
 * Include it in exactly one C file of the kernel, after nothing in particular.
 *
 * There is one packet buffer, in the kernel's own data, page-aligned so that
 * the plugin may fetch it with one access.  Its header is written when the
 * packet is opened, sizes 0; closing fills in sizes and the end time.  The
 * checksum is the guest's work only on port 0xE9, where noise may get between
 * the bytes; the plugin and the simulator compute it outside guest time.
 * Packets are as large as their content: no padding inside, none between.
 *
 * At every instruction the buffer is in one of three states, which the plugin
 * can tell apart when the guest dies: empty (cur just after the header), under
 * construction (cur after the last whole event), or closed and already taken
 * (its sequence number is that of the last packet the plugin fetched).
 */
#ifndef PAGESCOPE_TRACER_H
#define PAGESCOPE_TRACER_H

#include <pagescope/crc32.h>
#include <pagescope/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ps_tracer ps_tracer;

/* One page, and alone in it. */
unsigned char ps_trace_buffer[PS_PACKET_BYTES] __attribute__((aligned(4096)));

static struct {
	enum ps_transport transport;
	struct ps_packet *packet; /* in ps_trace_buffer */
	ps_u32 start;             /* of the packet, counted as cur is */
	ps_u32 schema;
	ps_u32 seq; /* packet_seq_num of the packet under construction */
	int status; /* errno of the first failed write of the simulator */
	void (*preamble)(void);
	ps_u32 preamble_every, preamble_left, in_preamble;
	ps_u32 snapshot_every, snapshot_left;
} ps_tx;

/* ---- the machine ---------------------------------------------------------- */

#if defined(__i386__) && !defined(PS_TRACE_HOST)
static inline ps_u32 ps_inl(ps_u16 port)
{
	ps_u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline ps_u8 ps_inb(ps_u16 port)
{
	ps_u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* Interruptible between bytes: only with interrupts off. */
static inline void ps_outsb(ps_u16 port, const void *from, ps_u32 bytes)
{
	__asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(bytes) : "d"(port) : "memory", "cc");
}

/* Not memcpy: the kernel around us need not have one. */
static inline void ps_copy(void *to, const void *from, ps_u32 bytes)
{
	__asm__ volatile("cld; rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory", "cc");
}

/* QEMU names its interpreter in the hypervisor leaf; Bochs has no such leaf. */
static int ps_is_qemu(void)
{
	ps_u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c & 0x80000000u))
		return 0;
	a = 0x40000000u;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b == 0x54474354u; /* "TCGT" */
}

enum ps_transport ps_trace_detect(void)
{
	if (ps_inl(PS_PORT_SIGNATURE) == PS_SIGNATURE &&
	    ps_inl(PS_PORT_VERSION) == PS_PLUGIN_VERSION)
		return PS_DOORBELL;
	if (ps_inb(PS_PORT_E9) != 0xe9)
		return PS_OFF;
	return ps_is_qemu() ? PS_DEBUGCON : PS_E9;
}

/*
 * The two calls out of trace points (see trace.h): they save what a C function
 * may change, on a stack they align first.  The argument and the result of
 * next_era are in eax.
 */
ps_u32 ps_trace_next_era(ps_u32 bytes);

__asm__(".pushsection .text\n"
	".globl ps_trace_next_packet_asm, ps_trace_next_era_asm\n"
	"ps_trace_next_packet_asm:\n"
	"	pushl %eax; pushl %ecx; pushl %edx; pushl %ebp\n"
	"	movl %esp, %ebp; andl $-16, %esp\n"
	"	call ps_trace_next_packet\n"
	"	movl %ebp, %esp\n"
	"	popl %ebp; popl %edx; popl %ecx; popl %eax\n"
	"	ret\n"
	"ps_trace_next_era_asm:\n"
	"	pushl %ecx; pushl %edx; pushl %ebp\n"
	"	movl %esp, %ebp; andl $-16, %esp; subl $12, %esp; pushl %eax\n"
	"	call ps_trace_next_era\n"
	"	movl %ebp, %esp\n"
	"	popl %ebp; popl %edx; popl %ecx\n"
	"	ret\n"
	".popsection");

static inline ps_u32 ps_address(const void *p)
{
	return (ps_u32)p;
}
static inline int ps_call_host(const void *packet, ps_u32 bytes)
{
	(void)packet;
	(void)bytes;
	return 0;
}

#else
ps_u64 ps_host_ticks;
int (*ps_host_write)(const void *packet, ps_u32 bytes);

static inline ps_u32 ps_inl(ps_u16 port)
{
	(void)port;
	return 0;
}

static inline void ps_outsb(ps_u16 port, const void *from, ps_u32 bytes)
{
	(void)port;
	(void)from;
	(void)bytes;
}

static inline void ps_copy(void *to, const void *from, ps_u32 bytes)
{
	__builtin_memcpy(to, from, bytes);
}

enum ps_transport ps_trace_detect(void)
{
	return PS_HOST;
}

static inline ps_u32 ps_address(const void *p)
{
	(void)p;
	return 0;
}

static inline int ps_call_host(const void *packet, ps_u32 bytes)
{
	return ps_host_write ? ps_host_write(packet, bytes) : 0;
}
#endif

/* ---- packets ---------------------------------------------------------------- */

/* The packet is empty from the first store on, whatever its header says. */
static void ps_open_packet(void)
{
	struct ps_packet *packet = ps_tx.packet;
	ps_u32 low, high;

	ps_tracer.control.cur = ps_tx.start + PS_PACKET_HEADER;
	__asm__ volatile("" : : : "memory");
	ps_ticks(&low, &high);
	*packet = (struct ps_packet){
		.magic = PS_CTF_MAGIC,
		.stream_id = PS_STREAM_KERNEL,
		.schema = ps_tx.schema,
		.timestamp_begin = (ps_u64)high << 32 | low,
		.packet_seq_num = ps_tx.seq,
	};
	ps_tracer.tsc_high = high;
}

static void ps_send(ps_u32 bytes)
{
	struct ps_packet *packet = ps_tx.packet;

	if (ps_tx.transport == PS_DOORBELL) {
		ps_outl(PS_PORT_DOORBELL, ps_tracer.control.packet_pa);
		return;
	}
	packet->crc32 = ps_crc32((unsigned char *)packet + 12, bytes - 12);
	if (ps_tx.transport == PS_HOST) {
		int error = ps_call_host(packet, bytes);

		if (error && !ps_tx.status)
			ps_tx.status = error;
	} else {
		ps_outsb(PS_PORT_E9, packet, bytes);
	}
}

/* Sends what there is.  A packet closed because the high half changed ends at
 * the last tick of its own: its events' time stamps are relative to it. */
static void ps_close_packet(void)
{
	struct ps_packet *packet = ps_tx.packet;
	ps_u32 bytes = ps_tracer.control.cur - ps_tx.start;
	ps_u32 low, high;

	if (bytes == PS_PACKET_HEADER)
		return;
	ps_ticks(&low, &high);
	if (high != ps_tracer.tsc_high)
		low = 0xffffffffu;
	packet->timestamp_end = (ps_u64)ps_tracer.tsc_high << 32 | low;
	packet->packet_size = packet->content_size = bytes * 8;
	ps_send(bytes);
	ps_tx.seq++;
	ps_tracer.packets++;
	if (ps_tx.snapshot_every && --ps_tx.snapshot_left == 0) {
		ps_tx.snapshot_left = ps_tx.snapshot_every;
		ps_tracer.snapshot_due = 1;
	}
}

static void ps_emit_preamble(void)
{
	ps_tx.in_preamble = 1;
	ps_tx.preamble_left = ps_tx.preamble_every;
	ps_tx.preamble();
	ps_tx.in_preamble = 0;
}

void ps_trace_next_packet(void)
{
	ps_close_packet();
	ps_open_packet();
	if (!ps_tx.preamble || ps_tx.in_preamble || !ps_tx.preamble_every)
		return;
	if (ps_tx.preamble_left && --ps_tx.preamble_left)
		return;
	ps_emit_preamble();
}

static int ps_fits(ps_u32 bytes)
{
	return (ps_s32)(ps_tracer.control.cur + bytes) <= (ps_s32)PS_SMALL;
}

void ps_trace_make_room(ps_u32 bytes)
{
	while (!ps_fits(bytes))
		ps_trace_next_packet();
}

/* The payload stands in the packet that is closed now, after its content; what
 * opens the next one may write there. */
ps_u32 ps_trace_next_era(ps_u32 bytes)
{
	unsigned char payload[PS_PACKET_BYTES_E9];
	ps_u32 low, high;

	bytes -= PS_EVENT_HEADER;
	ps_copy(payload, PS_PAYLOAD((ps_s32)ps_tracer.control.cur), bytes);
	do {
		ps_trace_next_packet();
		ps_trace_make_room(bytes + PS_EVENT_HEADER);
		ps_ticks(&low, &high);
	} while (high != ps_tracer.tsc_high);
	ps_copy(PS_PAYLOAD((ps_s32)ps_tracer.control.cur), payload, bytes);
	return low;
}

/* ---- strings ------------------------------------------------------------------ */

/* Bytes of s with a NUL that fit into `room`, and no more than PS_STRING_MAX. */
static ps_u32 ps_clip(const char *s, ps_u32 room)
{
	ps_u32 n = 0, most = (room < PS_STRING_MAX ? room : PS_STRING_MAX) - 1;

	while (s && n < most && s[n])
		n++;
	return n + 1;
}

static unsigned char *ps_put_string(unsigned char *to, const char *s, ps_u32 bytes)
{
	ps_copy(to, s ? s : "", bytes - 1);
	to[bytes - 1] = 0;
	return to + bytes;
}

void ps_trace_strings(ps_u8 id, const void *fields, ps_u32 bytes, unsigned nr, const char *s1,
		      const char *s2)
{
	ps_u32 room = PS_PACKET_BYTES_E9 - PS_PACKET_HEADER - PS_EVENT_HEADER - bytes;
	ps_u32 n1 = nr > 0 ? ps_clip(s1, room - (nr - 1)) : 0;
	ps_u32 n2 = nr > 1 ? ps_clip(s2, room - n1) : 0;
	ps_u32 flags = ps_irq_save(), all = PS_EVENT_HEADER + bytes + n1 + n2;
	ps_s32 cur = ps_trace_reserve(all);
	unsigned char *to = PS_PAYLOAD(cur) + bytes;

	ps_copy(PS_PAYLOAD(cur), fields, bytes);
	if (nr > 0)
		to = ps_put_string(to, s1, n1);
	if (nr > 1)
		ps_put_string(to, s2, n2);
	ps_trace_commit(cur, id, all);
	ps_irq_restore(flags);
}

/* ---- calls ---------------------------------------------------------------------- */

/* Doorbell only: the plugin learns where to look when the guest dies. */
static void ps_announce(ps_u32 va_to_pa)
{
	ps_outl(PS_PORT_CONTROL, ps_address(&ps_tracer.control) - va_to_pa);
	ps_tracer.probing = 1;
}

void ps_trace_start(const struct ps_trace_config *config)
{
	ps_u32 flags = ps_irq_save();
	enum ps_transport transport = config->transport;
	ps_u32 bytes;

	ps_crc_init();
	ps_tx.transport = transport;
	bytes = transport == PS_E9 ? PS_PACKET_BYTES_E9 : PS_PACKET_BYTES;
	ps_tx.packet = (struct ps_packet *)(ps_trace_buffer + PS_PACKET_BYTES - bytes);
	ps_tx.schema = ps_crc32(ps_schema_text, sizeof(ps_schema_text) - 1);
	ps_tx.start = PS_SMALL - bytes;
	ps_tx.seq = 0;
	ps_tx.status = 0;
	ps_tracer.packets = 0;
	ps_tracer.control = (struct ps_control){
		.magic = PS_SIGNATURE,
		.packet_va = ps_tx.start,
		.packet_pa = ps_address(ps_tx.packet) - config->va_to_pa,
		.swapper_pg_dir = config->swapper_pg_dir,
		.page_offset = config->page_offset,
	};
	ps_open_packet();
	if (transport == PS_DOORBELL)
		ps_announce(config->va_to_pa);
	ps_tracer.on = transport != PS_OFF;
	ps_irq_restore(flags);
}

void ps_trace_set_preamble(void (*emit)(void), ps_u32 every)
{
	ps_u32 flags = ps_irq_save();

	ps_tx.preamble = emit;
	ps_tx.preamble_every = every;
	if (emit && ps_tracer.on)
		ps_emit_preamble();
	ps_irq_restore(flags);
}

void ps_trace_set_snapshots(ps_u32 every)
{
	ps_tx.snapshot_every = ps_tx.snapshot_left = every;
}

int ps_trace_snapshot_due(void)
{
	int due = ps_tracer.snapshot_due != 0;

	ps_tracer.snapshot_due = 0;
	return due && ps_tracer.on;
}

void ps_trace_flush(void)
{
	ps_u32 flags = ps_irq_save();

	if (ps_tracer.on) {
		ps_close_packet();
		ps_open_packet();
	}
	ps_irq_restore(flags);
}

void ps_trace_stop(void)
{
	ps_trace_flush();
	ps_tracer.on = 0;
	ps_tracer.probing = 0;
}

int ps_trace_status(void)
{
	if (ps_tx.transport == PS_DOORBELL)
		return (int)ps_inl(PS_PORT_STATUS);
	return ps_tx.status;
}

void ps_trace_audit(void)
{
	if (ps_tx.transport == PS_DOORBELL && ps_tracer.on)
		ps_outl(PS_PORT_AUDIT, 0);
}

#ifdef __cplusplus
}
#endif

#endif

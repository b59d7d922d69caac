/* SPDX-License-Identifier: MIT */
/*
 * trace.h - trace points for an i386 kernel, or a simulator of one.
 *
 *	TRACE(mm_page_alloc, .pfn = pfn, .order = order, .call_site = ip);
 *	TRACE_STR(mark, ({.level = 1}), "boot", "memory is found");
 *	TRACE_COPY(zone_state, &state);
 *
 * An event is a packed struct made from events.def, stored field by field into
 * the packet under construction; fields not named are 0.  Tracing off, a point
 * costs one compare with memory and one jump, and its arguments are not
 * evaluated.  Tracing on, some 20 instructions; 25 to 30 an event in all, with
 * packets, probes and snapshots (tests/bench/trace.sh).  With -DPS_TRACE=0 a point
 * leaves no code at all.
 *
 * Arguments must not trace themselves.  Interrupts are off while a record is
 * written and its time taken, so that records of handlers neither tear others nor
 * go back in time; on more than one CPU the tracer must not be used.
 *
 * Depends on nothing but this directory.  One C file of the kernel includes
 * <pagescope/tracer.h> too, which holds the rest: transports, packets, start.
 */
#ifndef PAGESCOPE_TRACE_H
#define PAGESCOPE_TRACE_H

#include <pagescope/ctf.h>
#include <pagescope/event.h>

#ifndef PS_TRACE
#define PS_TRACE 1
#endif

#ifdef __cplusplus /* from g++: TRACE's fields in their order, each of its field's width */
extern "C" {
#endif

/* Also where the compiler goes for size, as in a function marked cold. */
#define PS_INLINE static inline __attribute__((always_inline))

enum ps_transport {
	PS_OFF,      /* no tracing */
	PS_E9,       /* 512-byte packets to port 0xE9, as stock Bochs has it */
	PS_DEBUGCON, /* 4 KiB packets to port 0xE9: QEMU's -debugcon */
	PS_DOORBELL, /* 4 KiB packets fetched by the Bochs plugin */
	PS_HOST      /* 4 KiB packets to a function of the simulator */
};

#define PS_SMALL 32u /* bytes; most events are no larger */

/*
 * The state of the tracer.  `control` is what the plugin reads when the guest
 * dies; its `cur` is the one write pointer.  It counts from PS_TRACE_LIMIT, so
 * that it is negative as long as there is room for a small event, and adding to
 * it tells when there no longer is: two instructions.
 */
struct ps_tracer {
	struct ps_control control;
	ps_u32 tsc_high;     /* of the packet's time stamps */
	ps_u32 on;           /* trace points record */
	ps_u32 probing;      /* PS_PORT_PROBE is answered */
	ps_u32 snapshot_due; /* see ps_trace_snapshot_due() */
	ps_u32 packets;      /* packets closed so far, all transports */
};
extern struct ps_tracer ps_tracer;

/* The packet under construction ends where this ends. */
extern unsigned char ps_trace_buffer[PS_PACKET_BYTES];
#define PS_TRACE_LIMIT (ps_trace_buffer + PS_PACKET_BYTES - PS_SMALL)

/* Closes the packet and opens the next; what a trace point does when the packet
 * is full or the time stamp's high half has changed.  Interrupts off. */
void ps_trace_next_packet(void);

/* ---- the machine ---------------------------------------------------------- */

#if defined(__i386__) && !defined(PS_TRACE_HOST)
/* This and the next name ps_tracer in their text: given as an operand, its address
 * may be kept in a register, which costs more than it saves.  Two instructions;
 * "ps_tracer.on != 0" would be three. */
PS_INLINE int ps_trace_recording(void)
{
	__asm__ goto("cmpl $0, ps_tracer+%c0; je %l1"
		     :
		     : "i"(__builtin_offsetof(struct ps_tracer, on))
		     : "cc"
		     : off);
	return 1;
off:
	return 0;
}

/*
 * What rarely happens is called from within the asm statements, by way of
 * functions that change no register: the compiler sees no call, and a function
 * with trace points in it stays a leaf with all its registers.
 */

/* The low half of the time; a packet that ends with its high half is closed, and
 * the payload written at *cur for an event of `bytes` moved to the next. */
PS_INLINE ps_u32 ps_trace_time(ps_s32 *cur, ps_u32 bytes)
{
	ps_u32 low;

	__asm__ volatile(
		"rdtsc; cmpl %%edx, ps_tracer+%c[high]; jne 1f; 2:\n"
		".pushsection .text.ps_slow,\"ax\",@progbits\n"
		"1: movl %[bytes], %%eax; call ps_trace_next_era_asm\n"
		"movl ps_tracer+%c[pointer], %[cur]; jmp 2b\n"
		".popsection"
		: "=&a"(low), [cur] "+r"(*cur)
		: [bytes] "ri"(bytes), [high] "i"(__builtin_offsetof(struct ps_tracer, tsc_high)),
		  [pointer] "i"(__builtin_offsetof(struct ps_tracer, control.cur))
		: "edx", "cc", "memory");
	return low;
}

/* Moves the write pointer, and closes the packet if it is now full. */
PS_INLINE void ps_trace_advance(ps_u32 bytes)
{
	__asm__ volatile("addl %[bytes], ps_tracer+%c[pointer]; jns 1f; 2:\n"
			 ".pushsection .text.ps_slow,\"ax\",@progbits\n"
			 "1: call ps_trace_next_packet_asm; jmp 2b\n"
			 ".popsection"
			 :
			 : [bytes] "ri"(bytes), [pointer] "i"(__builtin_offsetof(struct ps_tracer,
										 control.cur))
			 : "cc", "memory");
}

PS_INLINE ps_u32 ps_irq_save(void)
{
	ps_u32 flags;

	__asm__ volatile("pushfl; popl %0; cli" : "=rm"(flags) : : "memory");
	return flags;
}

PS_INLINE void ps_irq_restore(ps_u32 flags)
{
	__asm__ volatile("pushl %0; popfl" : : "g"(flags) : "memory", "cc");
}

PS_INLINE void ps_ticks(ps_u32 *low, ps_u32 *high)
{
	__asm__ volatile("rdtsc" : "=a"(*low), "=d"(*high));
}

PS_INLINE void ps_outl(ps_u16 port, ps_u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
#else
extern ps_u64 ps_host_ticks; /* one more at each reading */

PS_INLINE int ps_trace_recording(void)
{
	return ps_tracer.on != 0;
}
ps_u32 ps_trace_next_era(ps_u32 bytes);

PS_INLINE void ps_trace_advance(ps_u32 bytes)
{
	if ((ps_s32)(ps_tracer.control.cur += bytes) >= 0)
		ps_trace_next_packet();
}

PS_INLINE ps_u32 ps_irq_save(void)
{
	return 0;
}
PS_INLINE void ps_irq_restore(ps_u32 flags)
{
	(void)flags;
}

PS_INLINE void ps_ticks(ps_u32 *low, ps_u32 *high)
{
	ps_u64 now = ++ps_host_ticks;

	*low = (ps_u32)now;
	*high = (ps_u32)(now >> 32);
}

PS_INLINE ps_u32 ps_trace_time(ps_s32 *cur, ps_u32 bytes)
{
	ps_u32 low, high;

	ps_ticks(&low, &high);
	if (__builtin_expect(high != ps_tracer.tsc_high, 0)) {
		low = ps_trace_next_era(bytes);
		*cur = (ps_s32)ps_tracer.control.cur;
	}
	return low;
}

PS_INLINE void ps_outl(ps_u16 port, ps_u32 value)
{
	(void)port;
	(void)value;
}
#endif

/* ---- a record --------------------------------------------------------------- */

/* Opens a packet with room for an event of `bytes`. */
void ps_trace_make_room(ps_u32 bytes);

/* Where an event at the write pointer's value `cur` has its payload.  Not a
 * pointer that is kept: the address of the buffer goes into each instruction. */
#define PS_PAYLOAD(cur) (PS_TRACE_LIMIT + PS_EVENT_HEADER + (cur))

/* The write pointer, with room for an event of `bytes`.  Interrupts are off.
 * There is always room for a small event: see ps_trace_commit. */
PS_INLINE ps_s32 ps_trace_reserve(ps_u32 bytes)
{
	if (bytes > PS_SMALL && (ps_s32)(ps_tracer.control.cur + bytes) > (ps_s32)PS_SMALL)
		ps_trace_make_room(bytes);
	return (ps_s32)ps_tracer.control.cur;
}

/*
 * Completes the event whose payload has been written: its time is taken last,
 * as rdtsc wants two of the few registers.  The event counts from the addition
 * on, so that a packet rescued at any instruction ends with a whole event.
 *
 * The packet is closed when the next small event might not fit, and not by that
 * event: a kernel that stores an entry and then traces it has told everything
 * when the plugin compares the page tables with the events.
 */
PS_INLINE void ps_trace_commit(ps_s32 cur, ps_u8 id, ps_u32 bytes)
{
	ps_u32 low = ps_trace_time(&cur, bytes);

	PS_PAYLOAD(cur)[-PS_EVENT_HEADER] = id;
	__builtin_memcpy(PS_PAYLOAD(cur) - 4, &low, 4);
	__asm__ volatile("" : : : "memory");
	ps_trace_advance(bytes);
}

/* Writes an event with strings, each clipped to PS_STRING_MAX and the whole to
 * the smallest packet; a null string is an empty one. */
void ps_trace_strings(ps_u8 id, const void *fields, ps_u32 bytes, unsigned nr, const char *s1,
		      const char *s2);

#if PS_TRACE
#define TRACE(name, ...) \
	do { \
		if (ps_trace_recording()) { \
			const struct ps_ev_##name ps_ev_ = { __VA_ARGS__ }; \
			const ps_u32 ps_flags_ = ps_irq_save(); \
			PS_RECORD_(name, ps_ev_); \
			ps_irq_restore(ps_flags_); \
		} \
	} while (0)

#define PS_RECORD_(name, event) \
	do { \
		const ps_s32 ps_cur_ = ps_trace_reserve(PS_EVENT_HEADER + sizeof(event)); \
		*(struct ps_ev_##name *)PS_PAYLOAD(ps_cur_) = (event); \
		ps_trace_commit(ps_cur_, PS_ID_##name, PS_EVENT_HEADER + sizeof(event)); \
	} while (0)

/* p: struct ps_ev_NAME *, for events filled in by a loop */
#define TRACE_COPY(name, p) \
	do { \
		if (ps_trace_recording()) { \
			const struct ps_ev_##name *ps_p_ = (p); \
			ps_trace_strings(PS_ID_##name, ps_p_, sizeof(*ps_p_), 0, 0, 0); \
		} \
	} while (0)

/* p: struct ps_ev_NAME * whose sequence has `n` elements of `bytes` each */
#define TRACE_SEQUENCE(name, p, n, bytes) \
	do { \
		if (ps_trace_recording()) { \
			const struct ps_ev_##name *ps_p_ = (p); \
			ps_trace_strings(PS_ID_##name, ps_p_, sizeof(*ps_p_) + (n) * (bytes), 0, \
					 0, 0); \
		} \
	} while (0)

/* fields: ({.a = 1, .b = 2}) or ({}); then the event's one or two strings */
#define TRACE_STR(name, fields, ...) \
	do { \
		if (ps_trace_recording()) { \
			const struct ps_ev_##name ps_ev_ = PS_UNPAREN_ fields; \
			PS_STRINGS_(PS_ID_##name, &ps_ev_, sizeof(ps_ev_), __VA_ARGS__, 2, 1, 0); \
		} \
	} while (0)

#define trace_is_on() ps_trace_recording()
#else
#define TRACE(name, ...)                  ((void)sizeof((struct ps_ev_##name){ __VA_ARGS__ }))
#define TRACE_COPY(name, p)               ((void)sizeof(*(p)))
#define TRACE_SEQUENCE(name, p, n, bytes) ((void)sizeof(*(p)), (void)sizeof((n) * (bytes)))
#define TRACE_STR(name, fields, ...) \
	((void)sizeof(struct { char x[sizeof((struct ps_ev_##name)PS_UNPAREN_ fields) + 1]; }))
#define trace_is_on() 0
#endif

#define PS_UNPAREN_(...)                       __VA_ARGS__
#define PS_STRINGS_(id, p, n, s1, s2, nr, ...) PS_STRINGS_##nr##_(id, p, n, s1, s2)
#define PS_STRINGS_1_(id, p, n, s1, s2)        ps_trace_strings(id, p, n, 1, s1, 0)
#define PS_STRINGS_2_(id, p, n, s1, s2)        ps_trace_strings(id, p, n, 2, s1, s2)

/* ---- calls: tracer.h has the bodies -------------------------------------- */

struct ps_trace_config {
	enum ps_transport transport;
	ps_u32 va_to_pa;       /* taken from a linear address of the image
					 * gives the physical one */
	ps_u32 swapper_pg_dir; /* physical; what the plugin audits, 0: nothing */
	ps_u32 page_offset;    /* start of the linear map */
};

/* The best transport there is: PS_DOORBELL if the plugin answers; if port 0xE9
 * does, PS_DEBUGCON in QEMU and PS_E9 elsewhere; else PS_OFF. */
enum ps_transport ps_trace_detect(void);

/* Starts recording.  The tracer's data must be mapped where it is linked. */
void ps_trace_start(const struct ps_trace_config *config);

/* What makes a trace cut at its beginning readable: `emit` is called at once,
 * and then after every `every` packets, and writes trace_info and the like with
 * TRACE.  It runs inside any trace point, with interrupts off: it must not lock,
 * allocate, nor read what a trace point may see half changed. */
void ps_trace_set_preamble(void (*emit)(void), ps_u32 every);

/* A snapshot of lists and tables must not be taken in the middle of an operation,
 * so the tracer only says that one is due, once after every `every` packets;
 * the kernel asks where everything is at rest. */
void ps_trace_set_snapshots(ps_u32 every);
int ps_trace_snapshot_due(void);

void ps_trace_flush(void); /* closes the packet; an empty one is not sent */
void ps_trace_stop(void);  /* flushes; nothing is recorded afterwards */
int ps_trace_status(void); /* 0, or errno of the first failed write */
void ps_trace_audit(void); /* the plugin compares all page tables now */

/* The simulator's transport: writes a closed packet; 0 or an errno. */
extern int (*ps_host_write)(const void *packet, ps_u32 bytes);

/* Asks the MMU, by way of the plugin, what it makes of a linear address. */
PS_INLINE void ps_trace_probe(ps_u32 addr)
{
	if (PS_TRACE && ps_tracer.probing)
		ps_outl(PS_PORT_PROBE, addr);
}

/* The same from the page directory at physical `pgd`, which CR3 need not hold:
 * for entries of an address space that does not run. */
PS_INLINE void ps_trace_probe_in(ps_u32 pgd, ps_u32 addr)
{
	if (PS_TRACE && ps_tracer.probing) {
		ps_u32 flags = ps_irq_save();

		ps_outl(PS_PORT_AUDIT, pgd);
		ps_outl(PS_PORT_PROBE, addr);
		ps_irq_restore(flags);
	}
}

/* ---- entries of page tables ------------------------------------------------ */

/* The physical address of an entry, for events that tell of a store: `entry` points
 * into a map of memory that begins `va_to_pa` above the physical addresses. */
PS_INLINE ps_u32 ps_entry_pa(const void *entry, ps_u32 va_to_pa)
{
	return (ps_u32)(__UINTPTR_TYPE__)entry - va_to_pa;
}

/* The same if `entry` points through a directory slot that maps the directory
 * itself: the directory's entry for that page says where the table is. */
PS_INLINE ps_u32 ps_entry_pa_recursive(const void *entry, ps_u32 slot)
{
	ps_u32 va = (ps_u32)(__UINTPTR_TYPE__)entry;
	const ps_u32 *directory = (const ps_u32 *)(__UINTPTR_TYPE__)(slot << 22 | slot << 12);

	return (directory[va >> 12 & 1023] & ~0xfffu) | (va & 0xfffu);
}

#ifdef __cplusplus
}
#endif

#endif

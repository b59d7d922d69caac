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
 * evaluated.  Tracing on, 20 to 25 instructions; 28 an event in all, with packets,
 * probes and snapshots (tests/bench/trace.sh).  With -DPS_TRACE=0 a point leaves
 * no code at all.
 *
 * Arguments must not trace themselves.  Interrupts are off from the reading of
 * the time stamp to the end of the record, so that records of handlers neither
 * tear others nor go back in time; on more than one CPU the tracer must not be
 * used.
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

enum ps_transport {
	PS_OFF,			/* no tracing */
	PS_E9,			/* 512-byte packets to port 0xE9, as stock Bochs has it */
	PS_DEBUGCON,		/* 4 KiB packets to port 0xE9: QEMU's -debugcon */
	PS_DOORBELL,		/* 4 KiB packets fetched by the Bochs plugin */
	PS_HOST			/* 4 KiB packets to a function of the simulator */
};

#define PS_SMALL 32u		/* bytes; most events are no larger */

/*
 * The state of the tracer.  `control` is what the plugin reads when the guest
 * dies; its `cur` is the one write pointer.  It counts from PS_TRACE_LIMIT, so
 * that it is negative as long as there is room for a small event, and adding to
 * it tells when there no longer is: two instructions.
 */
struct ps_tracer {
	struct ps_control control;
	uint32_t tsc_high;		/* of the packet's time stamps */
	uint32_t on;			/* trace points record */
	uint32_t probing;		/* PS_PORT_PROBE is answered */
	uint32_t snapshot_due;		/* see ps_trace_snapshot_due() */
	uint32_t packets;		/* packets closed so far, all transports */
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
static inline int ps_trace_recording(void)
{
	__asm__ goto("cmpl $0, ps_tracer+%c0; je %l1"
		     : : "i"(__builtin_offsetof(struct ps_tracer, on)) : "cc" : off);
	return 1;
off:
	return 0;
}

/* Moves the write pointer; true if the packet is now full. */
static inline int ps_trace_advance(uint32_t bytes)
{
	__asm__ goto("addl %1, ps_tracer+%c0; jns %l2"
		     : : "i"(__builtin_offsetof(struct ps_tracer, control.cur)), "ri"(bytes)
		     : "cc", "memory" : full);
	return 0;
full:
	return 1;
}

static inline uint32_t ps_irq_save(void)
{
	uint32_t flags;

	__asm__ volatile("pushfl; popl %0; cli" : "=rm"(flags) : : "memory");
	return flags;
}

static inline void ps_irq_restore(uint32_t flags)
{
	__asm__ volatile("pushl %0; popfl" : : "g"(flags) : "memory", "cc");
}

static inline void ps_ticks(uint32_t *low, uint32_t *high)
{
	__asm__ volatile("rdtsc" : "=a"(*low), "=d"(*high));
}

static inline void ps_outl(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
#else
extern uint64_t ps_host_ticks;		/* one more at each reading */

static inline int ps_trace_recording(void) { return ps_tracer.on != 0; }
static inline int ps_trace_advance(uint32_t bytes)
{
	return (int32_t)(ps_tracer.control.cur += bytes) >= 0;
}

static inline uint32_t ps_irq_save(void) { return 0; }
static inline void ps_irq_restore(uint32_t flags) { (void)flags; }

static inline void ps_ticks(uint32_t *low, uint32_t *high)
{
	uint64_t now = ++ps_host_ticks;

	*low = (uint32_t)now;
	*high = (uint32_t)(now >> 32);
}

static inline void ps_outl(uint16_t port, uint32_t value) { (void)port; (void)value; }
#endif

/* ---- a record --------------------------------------------------------------- */

/* There is always room for a small event: see ps_trace_commit. */
static inline int ps_trace_fits(uint32_t bytes)
{
	return bytes <= PS_SMALL || (int32_t)(ps_tracer.control.cur + bytes) <= (int32_t)PS_SMALL;
}

/* Opens a packet for an event of `bytes`; the low half of the time it is given. */
uint32_t ps_trace_make_room(uint32_t bytes);

/* Where the payload of an event of `bytes` goes, its header being written;
 * never null.  Interrupts are off. */
static inline unsigned char *ps_trace_reserve(uint8_t id, uint32_t bytes)
{
	unsigned char *at;
	uint32_t low, high;

	ps_ticks(&low, &high);
	if (__builtin_expect(high != ps_tracer.tsc_high, 0) ||
	    __builtin_expect(!ps_trace_fits(bytes), 0))
		low = ps_trace_make_room(bytes);
	at = PS_TRACE_LIMIT + (int32_t)ps_tracer.control.cur;
	at[0] = id;
	__builtin_memcpy(at + 1, &low, 4);
	return at + PS_EVENT_HEADER;
}

/*
 * The event counts from here, after its last field is written: a packet rescued
 * at any instruction ends with a whole event.
 *
 * The packet is closed when the next small event might not fit, and not by that
 * event: a kernel that stores an entry and then traces it has told everything
 * when the plugin compares the page tables with the events.
 */
static inline void ps_trace_commit(uint32_t bytes)
{
	__asm__ volatile("" : : : "memory");
	if (__builtin_expect(ps_trace_advance(bytes), 0))
		ps_trace_next_packet();
}

/* Writes an event with strings, each clipped to PS_STRING_MAX and the whole to
 * the smallest packet; a null string is an empty one. */
void ps_trace_strings(uint8_t id, const void *fields, uint32_t bytes,
		      unsigned nr, const char *s1, const char *s2);

#if PS_TRACE
#define TRACE(name, ...) do { \
	if (ps_trace_recording()) { \
		const struct ps_ev_##name ps_ev_ = { __VA_ARGS__ }; \
		const uint32_t ps_flags_ = ps_irq_save(); \
		*(struct ps_ev_##name *)ps_trace_reserve(PS_ID_##name, \
			PS_EVENT_HEADER + sizeof(ps_ev_)) = ps_ev_; \
		ps_trace_commit(PS_EVENT_HEADER + sizeof(ps_ev_)); \
		ps_irq_restore(ps_flags_); \
	} \
} while (0)

/* p: struct ps_ev_NAME *, for events filled in by a loop */
#define TRACE_COPY(name, p) do { \
	if (ps_trace_recording()) { \
		const struct ps_ev_##name *ps_p_ = (p); \
		ps_trace_strings(PS_ID_##name, ps_p_, sizeof(*ps_p_), 0, 0, 0); \
	} \
} while (0)

/* fields: ({.a = 1, .b = 2}) or ({}); then the event's one or two strings */
#define TRACE_STR(name, fields, ...) do { \
	if (ps_trace_recording()) { \
		const struct ps_ev_##name ps_ev_ = PS_UNPAREN_ fields; \
		PS_STRINGS_(PS_ID_##name, &ps_ev_, sizeof(ps_ev_), __VA_ARGS__, 2, 1, 0); \
	} \
} while (0)

#define trace_is_on() (ps_tracer.on != 0)
#else
#define TRACE(name, ...) ((void)sizeof((struct ps_ev_##name){ __VA_ARGS__ }))
#define TRACE_COPY(name, p) ((void)sizeof(*(p)))
#define TRACE_STR(name, fields, ...) \
	((void)sizeof(struct { char x[sizeof((struct ps_ev_##name)PS_UNPAREN_ fields) + 1]; }))
#define trace_is_on() 0
#endif

#define PS_UNPAREN_(...) __VA_ARGS__
#define PS_STRINGS_(id, p, n, s1, s2, nr, ...) \
	PS_STRINGS_##nr##_(id, p, n, s1, s2)
#define PS_STRINGS_1_(id, p, n, s1, s2) ps_trace_strings(id, p, n, 1, s1, 0)
#define PS_STRINGS_2_(id, p, n, s1, s2) ps_trace_strings(id, p, n, 2, s1, s2)

/* ---- calls: tracer.h has the bodies -------------------------------------- */

struct ps_trace_config {
	enum ps_transport transport;
	uint32_t va_to_pa;		/* taken from a linear address of the image
					 * gives the physical one */
	uint32_t swapper_pg_dir;	/* physical; what the plugin audits, 0: nothing */
	uint32_t page_offset;		/* start of the linear map */
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
void ps_trace_set_preamble(void (*emit)(void), uint32_t every);

/* A snapshot of lists and tables must not be taken in the middle of an operation,
 * so the tracer only says that one is due, once after every `every` packets;
 * the kernel asks where everything is at rest. */
void ps_trace_set_snapshots(uint32_t every);
int ps_trace_snapshot_due(void);

void ps_trace_flush(void);	/* closes the packet; an empty one is not sent */
void ps_trace_stop(void);	/* flushes; nothing is recorded afterwards */
int ps_trace_status(void);	/* 0, or errno of the first failed write */
void ps_trace_audit(void);	/* the plugin compares all page tables now */

/* The simulator's transport: writes a closed packet; 0 or an errno. */
extern int (*ps_host_write)(const void *packet, uint32_t bytes);

/* Asks the MMU, by way of the plugin, what it makes of a linear address. */
static inline void ps_trace_probe(uint32_t addr)
{
	if (PS_TRACE && ps_tracer.probing)
		ps_outl(PS_PORT_PROBE, addr);
}

#endif

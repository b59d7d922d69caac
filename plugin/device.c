/* SPDX-License-Identifier: MIT */
/*
 * device.c - the Bochs device "pagescope": ports 0x0E90..0x0E9F.
 *
 * The guest rings with the address of a full packet; the device fetches it from
 * guest memory, checks and completes it and appends it to the capture.  It
 * answers probes with what the CPU's own page walk gives, audits the page
 * tables at each packet, and when the guest or the emulator ends, fetches the
 * packet under construction.  See README.md for how to load it.
 *
 * Nothing the guest writes is trusted: a value that makes no sense is counted
 * and otherwise ignored.
 *
 * A session is one run of a guest's tracer: it begins with PS_PORT_CONTROL (or
 * a first packet) and ends with a `blackbox` event.  A reset ends one session
 * and the capture goes on with the next.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagescope/ctf.h>
#include <pagescope/event_element.h>
#include <pagescope/event.h>

#include "audit.h"
#include "bochs.h"
#include "built.h"
#include "capture_file.h"
#include "processor.h"
#include "watch.h"

#define EXIT_CAPTURE_FAILED 74 /* EX_IOERR of sysexits.h */

static struct {
	const void *table;   /* first: Bochs calls through it */
	uint32_t control_pa; /* of the guest's struct ps_control, 0: none */
	uint32_t probe_pgd;  /* directory for the next probe, 0: CR3's */
	bool open;           /* a session is under way */
	bool watching;       /* the guest knows nothing of us: see watch.c */
	bool can_tell;       /* how the processor stands */
	uint64_t until;      /* the tick to end at, 0: none */
	bool was_protected;  /* the CPU was in protected mode when it began */
	unsigned real_looks; /* since then, looks in a row that found real mode */
	bool any_packet;
	uint32_t last_seq;                         /* of the packets fetched in this session */
	uint64_t last_end;                         /* of those packets */
	uint64_t last_tick;                        /* time does not go back in a session */
	uint32_t packets, rescued, probes, errors; /* of this session */
	uint64_t all_packets, all_probes, all_errors, sessions;
} dev;

static union {
	unsigned char bytes[PS_PACKET_BYTES];
	struct ps_packet header;
} packet;

static uint64_t now(void)
{
	uint64_t tick = bochs_ticks();

	if (tick > dev.last_tick)
		dev.last_tick = tick;
	return dev.last_tick;
}

static void refuse(void)
{
	dev.errors++;
	dev.all_errors++;
}

/* ---- sessions ----------------------------------------------------------------- */

/* One run_files event for each NAME=HASH of the variable: a string holds 199
 * bytes, less than three SHA-256. */
static void record_files(uint64_t tick)
{
	char copy[4096], emulator[64], *save, *word;
	const char *files = getenv("PAGESCOPE_FILES");

	snprintf(emulator, sizeof(emulator), "Bochs %s", bochs_version());
	snprintf(copy, sizeof(copy), "%s", files && *files ? files : " ");
	word = strtok_r(copy, " ", &save);
	do {
		hw_event(tick, PS_ID_run_files, NULL, 0, 2, emulator, word ? word : "");
	} while (word && (word = strtok_r(NULL, " ", &save)));
}

static void begin_session(void)
{
	if (dev.open)
		return;
	dev.open = true;
	dev.was_protected = !bochs_in_real_mode();
	dev.real_looks = 0;
	dev.any_packet = false;
	dev.packets = dev.rescued = dev.probes = dev.errors = 0;
	dev.last_tick = dev.last_end = 0;
	dev.sessions++;
	hw_new_session();
	record_files(now());
	if (dev.watching)
		watch_begin(now());
}

/* ---- packets ------------------------------------------------------------------- */

static bool read_control(struct ps_control *control)
{
	return dev.control_pa && bochs_read_ram(dev.control_pa, control, sizeof(*control)) &&
	       control->magic == PS_SIGNATURE;
}

/* Fetches what stands at `pa` to the end of its page; false if that cannot be a
 * packet of the kernel's. */
static bool fetch(uint32_t pa, uint32_t *room)
{
	const uint8_t *ram = bochs_ram_page(pa & ~4095u);

	*room = 4096 - (pa & 4095);
	if (!ram || *room < PS_PACKET_HEADER)
		return false;
	memset(packet.bytes, 0, sizeof(packet.bytes));
	memcpy(packet.bytes, ram + (pa & 4095), *room);
	return packet.header.magic == PS_CTF_MAGIC && packet.header.stream_id == PS_STREAM_KERNEL;
}

static bool out_of_order(void)
{
	return dev.any_packet && (packet.header.packet_seq_num == dev.last_seq ||
				  packet.header.timestamp_begin < dev.last_end);
}

static void take(void)
{
	begin_session();
	capture_kernel_packet(&packet.header);
	dev.any_packet = true;
	dev.last_seq = packet.header.packet_seq_num;
	dev.last_end = packet.header.timestamp_end;
	if (packet.header.timestamp_end > dev.last_tick)
		dev.last_tick = packet.header.timestamp_end;
	dev.packets++;
	dev.all_packets++;
}

static bool sizes_fit(uint32_t room)
{
	uint32_t bits = packet.header.content_size;

	return bits % 8 == 0 && bits / 8 > PS_PACKET_HEADER && bits / 8 <= room;
}

/* Payload bytes of the fixed part, and the number of strings, by event id. */
static const struct {
	uint8_t known, strings;
	uint16_t bytes;
} shape[256] = {
#define F(...)
#define Q(...)
#define P(...)
#define S(...) +1
#define EVENT(id, name, group, class, text, fields) \
	[id] = { 1, 0 fields, sizeof(struct ps_ev_##name) },
#include <pagescope/events.def>
#undef EVENT
#undef F
#undef Q
#undef P
#undef S
};

/* Bytes of the event at `from`, 0 if it is no whole event. */
static uint32_t event_bytes(const unsigned char *from, uint32_t room)
{
	uint32_t n = PS_EVENT_HEADER + shape[*from].bytes;

	if (!shape[*from].known || n > room)
		return 0;
	if (ps_event_element[*from] && (n += from[n - 1] * ps_event_element[*from]) > room)
		return 0;
	for (unsigned s = 0; s < shape[*from].strings; s++) {
		uint32_t length = (uint32_t)strnlen((const char *)from + n, room - n);

		if (length == room - n)
			return 0;
		n += length + 1;
	}
	return n;
}

/* Walks the events of the packet: how many of its bytes are whole events in the
 * order of time, and the tick of the last. */
static uint32_t whole_events(uint32_t content, uint64_t *last)
{
	uint32_t at = PS_PACKET_HEADER, n, low;

	*last = packet.header.timestamp_begin;
	while (at < content && (n = event_bytes(packet.bytes + at, content - at))) {
		memcpy(&low, packet.bytes + at + 1, 4);
		if (low < (uint32_t)*last)
			break;
		*last = (packet.header.timestamp_begin & ~0xffffffffull) | low;
		at += n;
	}
	return at;
}

/* A guest built from another event table cannot be told from noise. */
static bool same_schema(void)
{
	static bool said;

	if (packet.header.schema == capture_schema())
		return true;
	if (!said)
		fprintf(stderr,
			"pagescope: the guest's event table is %08x, the plugin's %08x: "
			"its packets are refused; build both from one events.def\n",
			packet.header.schema, capture_schema());
	said = true;
	return false;
}

static void ring_doorbell(uint32_t pa)
{
	uint64_t tick = bochs_ticks();
	struct ps_control control;
	uint32_t room;
	uint64_t last;

	if (!fetch(pa, &room) || !same_schema())
		return refuse();
	if (packet.header.content_size == 0 && read_control(&control) && control.packet_pa == pa) {
		packet.header.content_size = (control.cur - control.packet_va) * 8;
		packet.header.timestamp_end = tick;
	}
	if (!sizes_fit(room) || packet.header.timestamp_end < packet.header.timestamp_begin ||
	    packet.header.timestamp_end > tick)
		return refuse();
	if (whole_events(packet.header.content_size / 8, &last) != packet.header.content_size / 8 ||
	    last > packet.header.timestamp_end || (dev.open && out_of_order()))
		return refuse();
	packet.header.packet_size = packet.header.content_size;
	take();
	audit_run(now());
	hw_flush();
}

/* ---- the black box --------------------------------------------------------------- */

/* Takes the packet under construction, if there is one with events in it that
 * has not been fetched already. */
static void rescue(void)
{
	struct ps_control control;
	uint32_t room, content;
	uint64_t last;

	if (!read_control(&control) || !fetch(control.packet_pa, &room))
		return;
	content = control.cur - control.packet_va;
	if (content <= PS_PACKET_HEADER || content > room || out_of_order())
		return;
	content = whole_events(content, &last);
	if (content == PS_PACKET_HEADER || last < packet.header.timestamp_begin || !same_schema())
		return refuse();
	packet.header.packet_size = packet.header.content_size = content * 8;
	packet.header.timestamp_end = last;
	dev.rescued++;
	take();
}

/* Ends the session: the last packet, a last audit, and how it ended. */
static void end_session(enum ps_value_end_reason reason, const char *why)
{
	char message[PS_STRING_MAX];

	if (!dev.open)
		return;
	if (dev.watching) {
		watch_end(now(), getenv("PAGESCOPE_LOG"));
		snprintf(message, sizeof(message), "%s", why);
	} else {
		rescue();
		audit_run(now());
		if (dev.can_tell && processor_died(getenv("PAGESCOPE_LOG")))
			processor_tell(now(), getenv("PAGESCOPE_LOG"), 0);
		snprintf(message, sizeof(message), "%s; the packet under construction %s", why,
			 dev.rescued ? "was saved" : "was empty");
	}
	hw_event(now(), PS_ID_blackbox,
		 &(struct ps_ev_blackbox){ .reason = (uint8_t)reason,
					   .packets = dev.packets,
					   .probes = dev.probes,
					   .errors = dev.errors },
		 sizeof(struct ps_ev_blackbox), 1, message, NULL);
	hw_flush();
	dev.open = false;
	dev.control_pa = 0;
	audit_start(0, 0);
}

static void ring_control(uint32_t pa)
{
	struct ps_control control;
	uint32_t old = dev.control_pa;

	dev.control_pa = pa;
	if (!read_control(&control)) {
		dev.control_pa = old;
		return refuse();
	}
	dev.control_pa = old;
	end_session(PS_END_RESET, "the guest started its tracer again");
	dev.control_pa = pa;
	begin_session();
	audit_start(control.swapper_pg_dir, control.page_offset);
}

/* ---- probes ------------------------------------------------------------------------ */

/* From dev.probe_pgd if the guest named one for this probe, else from CR3. */
static void probe(uint32_t addr)
{
	uint32_t pa = 0, cr3 = dev.probe_pgd;
	bool ok;

	dev.probe_pgd = 0;
	if (!dev.open)
		return refuse();
	if (!cr3)
		bochs_page_directory(&cr3);
	else if (!bochs_walk_from(cr3))
		return refuse();
	ok = bochs_translate(addr, &pa);
	bochs_walk_from(0);
	HW(now(), mmu_probe, .addr = addr, .phys = ok ? pa : 0, .ok = ok, .cr3 = cr3);
	dev.probes++;
	dev.all_probes++;
}

/* ---- signals ------------------------------------------------------------------------- */

/*
 * SIGTERM and SIGHUP would kill Bochs on the spot.  The handler closes the
 * capture first, on the simulation's own thread and never inside a port access:
 * then the guest stands between two instructions and the buffer is whole.
 */
static pthread_t sim_thread;
static volatile sig_atomic_t busy, pending;

static void die(int sig)
{
	char why[64];

	audit_without_heap();
	snprintf(why, sizeof(why), "stopped by signal %d", sig);
	end_session(PS_END_SIGNAL, why);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_signal(int sig)
{
	if (!pthread_equal(pthread_self(), sim_thread))
		pthread_kill(sim_thread, sig);
	else if (busy)
		pending = sig;
	else
		die(sig);
}

static void catch_signal(int sig)
{
	struct sigaction old, ours = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(sig, &ours, NULL);
}

static void enter(void)
{
	busy = 1;
}

static void leave(void)
{
	busy = 0;
	if (pending)
		die(pending);
}

/* ---- what Bochs calls ------------------------------------------------------------------ */

/* A guest that waits for a person would keep the host busy and its time would race: in a
 * halt Bochs goes straight to the next event. */
static void sleep_for_guest(void)
{
	enter();
	usleep(PS_IDLE_MS * 1000);
	leave();
}

static uint32_t port_read(void *self, uint32_t port, unsigned bytes)
{
	(void)self;
	(void)bytes;
	switch (port) {
	case PS_PORT_SIGNATURE: return PS_SIGNATURE;
	case PS_PORT_VERSION: return PS_PLUGIN_VERSION;
	case PS_PORT_STATUS: return (uint32_t)capture_error();
	case PS_PORT_IDLE: sleep_for_guest(); return 0;
	default: return 0xffffffffu;
	}
}

static void port_write(void *self, uint32_t port, uint32_t value, unsigned bytes)
{
	(void)self;
	(void)bytes;
	enter();
	switch (port) {
	case PS_PORT_DOORBELL: ring_doorbell(value); break;
	case PS_PORT_CONTROL: ring_control(value); break;
	case PS_PORT_PROBE: probe(value); break;
	case PS_PORT_AUDIT:
		dev.probe_pgd = value & ~4095u;
		if (!value && dev.open)
			audit_run(now());
		break;
	}
	leave();
}

static void on_exit_of_bochs(void)
{
	enter();
	end_session(PS_END_EXIT, "the emulator was closed");
	leave();
}

/* The verdict of a capture that is not complete, whatever Bochs itself says. */
static void exit_status(void)
{
	if (capture_error()) {
		fflush(NULL);
		_exit(EXIT_CAPTURE_FAILED);
	}
}

/*
 * A reset by the keyboard controller or port 0x92 resets the CPU alone, and Bochs
 * tells no device.  What shows is real mode, for the 300,000 ticks that the BIOS
 * takes to set up again; RAM is as the guest left it.  A guest that calls the BIOS
 * is back sooner.
 */
enum { LOOK_EVERY = 10000, LOOKS = 10 };

static void end_of_watch(const char *why)
{
	enter();
	end_session(PS_END_EXIT, why);
	fflush(NULL);
	_exit(capture_error() ? EXIT_CAPTURE_FAILED : 0);
}

/* PAGESCOPE_UNTIL.  A breakpoint of the debugger would not do: a guest that sleeps with
 * nothing to wake it never reaches one.  One that can never wake is not waited for. */
static void end_if_due(void)
{
	if (dev.until && bochs_ticks() >= dev.until)
		end_of_watch("the tick asked for was reached");
	if (dev.watching && dev.open && processor_sleeps_for_ever(getenv("PAGESCOPE_LOG")))
		end_of_watch("the guest halted with interrupts off");
}

static void look_for_reset(void *self)
{
	(void)self;
	end_if_due();
	if (dev.watching)
		watch_look();
	dev.was_protected |= dev.watching && watch_saw_paging();
	if (!dev.open || !dev.was_protected || !bochs_in_real_mode()) {
		dev.real_looks = 0;
		return;
	}
	if (++dev.real_looks < LOOKS)
		return;
	enter();
	end_session(PS_END_RESET, "the CPU was reset");
	if (dev.watching)
		begin_session();
	leave();
}

static void device_init(void *self)
{
	sim_thread = pthread_self();
	bochs_add_debug_name(self, "pagescope");
	/* a guest that is watched finds no signature, and does not trace */
	for (uint32_t port = PS_PORT_SIGNATURE; port <= PS_PORT_AUDIT && !dev.watching; port += 4)
		bochs_add_port(self, port, port_read, port_write);
	if (!bochs_at_exit(on_exit_of_bochs))
		fprintf(stderr, "pagescope: this build of Bochs frees guest memory unseen: "
				"the last packet is lost if the guest does not flush it\n");
	if (!bochs_every(LOOK_EVERY, look_for_reset, self))
		fprintf(stderr,
			"pagescope: this build of Bochs has no timer: a reset of the CPU alone "
			"is seen when the guest starts its tracer again\n");
	catch_signal(SIGTERM);
	catch_signal(SIGHUP);
	catch_signal(SIGINT);
	atexit(exit_status);
}

/* Bochs resets the devices when it starts, too. */
static void device_reset(void *self, unsigned kind)
{
	const char *why;

	(void)self;
	(void)kind;
	enter();
	end_session(PS_END_RESET, "the machine was reset");
	if (dev.watching && watch_lay_traps(&why))
		begin_session();
	else if (dev.watching)
		fprintf(stderr, "pagescope: the guest cannot be watched: %s\n", why);
	leave();
}

static void device_debug_dump(void *self, int argc, char **argv)
{
	char text[1024], watched[256] = "";

	(void)self;
	(void)argc;
	(void)argv;
	if (dev.watching)
		watch_describe(watched, sizeof(watched));
	snprintf(text, sizeof(text),
		 "pagescope: plugin version %d for Bochs %s\n"
		 "sessions            %llu\n"
		 "packets taken       %llu\n"
		 "probes answered     %llu\n"
		 "audit differences   %llu\n"
		 "guest values refused %llu\n"
		 "capture bytes       %llu\n"
		 "capture error       %s\n"
		 "%s",
		 PS_PLUGIN_VERSION, bochs_version(), (unsigned long long)dev.sessions,
		 (unsigned long long)dev.all_packets, (unsigned long long)dev.all_probes,
		 (unsigned long long)audit_differences(), (unsigned long long)dev.all_errors,
		 (unsigned long long)capture_bytes(),
		 capture_error() ? strerror(capture_error()) : "none", watched);
	bochs_print(text);
}

static void nothing(void *self)
{
	(void)self;
}

static void ignore_reset(void *self, unsigned kind)
{
	(void)self;
	(void)kind;
}

static void say_unused(void *self, int argc, char **argv)
{
	(void)self;
	(void)argc;
	(void)argv;
	bochs_print("pagescope: the plugin is not used; see the messages at its start\n");
}

/* What stepping aside leaves: Bochs panics over a plugin without a device. */
static const struct bochs_device_table idle = {
	.destroy = nothing,
	.destroy_and_free = nothing,
	.init = nothing,
	.reset = ignore_reset,
	.register_state = nothing,
	.after_restore_state = nothing,
	.debug_dump = say_unused,
};

static const struct bochs_device_table table = {
	.destroy = nothing,
	.destroy_and_free = nothing,
	.init = device_init,
	.reset = device_reset,
	.register_state = nothing,
	.after_restore_state = nothing,
	.debug_dump = device_debug_dump,
};

/* PAGESCOPE_WATCH asks for the watch: "1", or "check" with its self-checks. */
static bool start_watch(const char **why)
{
	const char *watch = getenv("PAGESCOPE_WATCH"), *unused;

	dev.watching = watch && *watch;
	if (getenv("PAGESCOPE_UNTIL"))
		dev.until = strtoull(getenv("PAGESCOPE_UNTIL"), NULL, 10);
	*why = "the file of PAGESCOPE_FRAMES cannot be read";
	if (dev.watching && getenv("PAGESCOPE_FRAMES") && !built_open(getenv("PAGESCOPE_FRAMES")))
		return false;
	if (dev.watching)
		return watch_bind(strcmp(watch, "check") == 0, why);
	dev.can_tell = bochs_bind_watch(&unused);
	return true;
}

static void start(void *plugin, unsigned type)
{
	const char *why = "PAGESCOPE_CAPTURE names no file", *path = getenv("PAGESCOPE_CAPTURE");

	if (bochs_bind(&why) && path && *path && start_watch(&why)) {
		capture_open(path);
		dev.table = &table.destroy;
	} else {
		fprintf(stderr, "pagescope: plugin not used: %s; port 0xE9 still works\n", why);
		dev.table = &idle.destroy;
	}
	bochs_add_device(plugin, type, &dev, "pagescope");
}

int libpagescope_plugin_entry(void *plugin, uint16_t type, uint8_t mode);

/* Bochs finds this function by name.  Stepping aside is success, too: the guest
 * sees no signature and uses port 0xE9. */
__attribute__((visibility("default"))) int libpagescope_plugin_entry(void *plugin, uint16_t type,
								     uint8_t mode)
{
	if (mode == BOCHS_INIT)
		start(plugin, type);
	else if (mode == BOCHS_PROBE)
		return BOCHS_OPTIONAL_PLUGIN;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * facts.h - what a session says about itself: machine, zones, chapters, verdict.
 *
 * Gathered from the packets that carry such events only, so it costs little
 * even on a large trace.
 */
#ifndef EXPORTER_FACTS_H
#define EXPORTER_FACTS_H

#include "capture/capture.h"

#define FACTS_E820_MAX 32

/* A module from module_load to module_free, in ticks. */
struct loaded_module {
	u32 addr, size;
	u64 from, to;          /* to: UINT64_MAX while it is there */
	char *name, *build_id; /* build_id: NULL if the trace does not say */
};

/* A range of addresses that the kernel named. */
struct region {
	u32 start;
	u64 end; /* exclusive */
	u8 kind; /* enum ps_value_region_kind */
	char *name;
};
#define FACTS_REGIONS_MAX 64

struct facts {
	bool has_info;
	struct ps_ev_trace_info info; /* the first one */
	char *build_id, *cmdline;
	struct ps_ev_mm_setup_per_zone_wmarks zone[PS_MAX_ZONES];
	char *zone_name[PS_MAX_ZONES];
	bool has_zone[PS_MAX_ZONES];
	struct region region[FACTS_REGIONS_MAX];
	unsigned nr_regions;
	struct ps_ev_e820_entry e820[FACTS_E820_MAX];
	unsigned nr_e820;
	u64 ram_bytes; /* type 1 of the E820 map, or nr_pages * 4096 */
	u64 t0, t1;    /* ticks of the first and last event */
	u64 marks, chapters, expects, expects_failed, oopses, reports;
	char *first_failed; /* text of the first failed claim */
	bool panicked, ended;
	char *panic_msg;
	struct ps_ev_trace_end end;
	char *end_msg;
	bool has_blackbox;  /* the plugin closed the capture */
	u8 closed_by;       /* then: enum ps_value_end_reason */
	bool has_guest_end; /* it told how a watched guest's processor stood */
	struct ps_ev_guest_end guest_end;
	char *exceptions;             /* then: what Bochs logged, the last first */
	char *emulator, *hashes;      /* of run_files, or NULL */
	struct loaded_module *module; /* in the order they came */
	unsigned nr_modules;
};

void facts_collect(struct facts *f, struct capture *c, unsigned session);
void facts_free(struct facts *f);
/* Dies, naming the capture, if the machine is of a kind that this program cannot show:
 * wider entries, more levels or orders, another version of the trace. */
void facts_require(const struct ps_ev_trace_info *i, const char *name);
/* The same as an answer: false, and `why` in words, if it is of such a kind. */
bool facts_readable(const struct ps_ev_trace_info *i, char why[128]);

/* "ok", "failed", "panic", "lost", "damaged" or "unfinished"; *why in words. */
const char *facts_verdict(const struct facts *f, const struct capture *c, unsigned session,
			  const char **why);
/* The plugin watched a guest that tells nothing itself. */
static inline bool facts_watched(const struct facts *f)
{
	return f->has_info && f->info.flags & PS_RUN_WATCHED;
}
/* It is known from memory dumps: the instants of `pagescope import`. */
static inline bool facts_dumped(const struct facts *f)
{
	return f->has_info && f->info.flags & PS_RUN_DUMPED;
}
/* The watched guest ended by a fault that its processor could not handle. */
bool facts_triple_fault(const struct facts *f);
/* Ticks a second, or 0 if the trace does not say. */
static inline u32 facts_hz(const struct facts *f)
{
	return f->has_info ? f->info.tsc_hz : 0;
}
/* True if a tick of this trace can be given to Bochs's `sba` command. */
bool facts_sba(const struct facts *f);

#endif

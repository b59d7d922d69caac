/* SPDX-License-Identifier: MIT */
/* info.c - the summary of a capture; see info.h. */
#include "commands/info.h"
#include "capture/facts.h"
#include "formats/header.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *mib(u64 bytes)
{
	static char ring[4][32];
	static unsigned next;
	char *s = ring[next++ % 4];

	if (bytes % (1u << 20) == 0)
		snprintf(s, sizeof(ring[0]), "%" PRIu64 " MiB", bytes >> 20);
	else
		snprintf(s, sizeof(ring[0]), "%.2f MiB", (double)bytes / (1u << 20));
	return s;
}

static void print_machine(const struct facts *f)
{
	const struct ps_ev_trace_info *i = &f->info;
	bool told = f->cmdline && *f->cmdline;

	printf("machine   i386, %s of RAM: %s of 4 KiB "
	       "(%s as the firmware tells it)%s%s%s\n",
	       mib((u64)i->nr_pages * 4096), ps_count(i->nr_pages, "frame"), mib(f->ram_bytes),
	       i->flags & PS_RUN_PSE ? ", 4 MiB pages" : "",
	       i->flags & PS_RUN_HIGHMEM ? ", high memory" : "",
	       i->flags & PS_RUN_QUIRKS ? ", quirks of 2.4.22" : "");
	printf("run       %s%s%s%s%s\n",
	       i->flags & PS_RUN_SIM ? "simulator"
	       : f->emulator         ? f->emulator
				     : "emulator",
	       i->flags & PS_RUN_DOORBELL ? ", trace by doorbell"
	       : i->flags & PS_RUN_E9     ? ", trace by port 0xE9"
					  : "",
	       told ? " (" : "", told ? f->cmdline : "", told ? ")" : "");
	printf("zones    ");
	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		if (f->has_zone[z])
			printf(" %s %s from 0x%x (min %u, low %u, high %u);", f->zone_name[z],
			       ps_count(f->zone[z].spanned_pages, "frame"), f->zone[z].start_pfn,
			       f->zone[z].watermark_min, f->zone[z].watermark_low,
			       f->zone[z].watermark_high);
	printf("\nlinear    0x%08x to 0x%08x shows the low RAM one to one\n", i->page_offset,
	       i->high_memory);
	if (!i->vmalloc_end)
		return; /* a kernel without such a window */
	printf("vmalloc   VMALLOC_START 0x%08x, VMALLOC_END 0x%08x: %s of addresses\n",
	       i->vmalloc_start, i->vmalloc_end, mib((u64)i->vmalloc_end - i->vmalloc_start));
}

/* Of a guest that tells nothing itself. */
static void print_watched(const struct session *s, const struct facts *f)
{
	printf("machine   i386, %s of RAM: %s of 4 KiB\n", mib((u64)f->info.nr_pages * 4096),
	       ps_count(f->info.nr_pages, "frame"));
	if (facts_dumped(f)) {
		printf("run       %s (%s): page tables alone are known\n",
		       ps_count(f->marks, "memory dump"),
		       f->emulator ? f->emulator : "of an emulator");
		return;
	}
	printf("run       %s, a guest that is watched: its page tables alone are known\n",
	       f->emulator ? f->emulator : "emulator");
	printf("watched   %s into tables, %s seen late; %s of another CR3\n",
	       ps_count(s->by_id[PS_ID_table_store], "store"),
	       ps_thousands(s->by_id[PS_ID_table_late]),
	       ps_count(s->by_id[PS_ID_cr3_load], "load"));
	if (s->by_id[PS_ID_watch_gap])
		printf("gaps      %s had too many stores to record each\n",
		       ps_count((s->by_id[PS_ID_watch_gap] + 1) / 2, "stretch"));
	if (f->has_guest_end && f->guest_end.missed)
		printf("missed    the self-check found %s changed unseen\n",
		       ps_count(f->guest_end.missed, "table"));
}

static void print_events(const struct session *s, const struct facts *f)
{
	u64 group[PS_NR_GROUPS] = { 0 };
	bool shown[256] = { false };
	u64 span = f->t1 - f->t0;

	printf("events    %s in %s", ps_thousands(s->events), ps_count(span, "tick"));
	if (facts_dumped(f))
		printf(" (instant N has tick N)");
	if (facts_hz(f) && !(f->info.flags & PS_RUN_SIM))
		printf(" (%.3f s of guest time)", (double)span / facts_hz(f));
	for (unsigned id = 1; id < 255; id++)
		group[ps_kinds[id].group_id] += s->by_id[id];
	for (unsigned g = 0, n = 0; g < PS_NR_GROUPS; g++)
		if (group[g])
			printf("%s%s %s", n++ ? ", " : ": ", ps_group_names[g],
			       ps_thousands(group[g]));
	printf("\nby kind  ");
	for (unsigned n = 0; n < 8; n++) {
		unsigned best = 0;

		for (unsigned id = 1; id < 255; id++)
			if (!shown[id] && s->by_id[id] > s->by_id[best])
				best = id;
		if (!best)
			break;
		shown[best] = true;
		printf("%s %s %s", n ? "," : "", ps_kinds[best].name, ps_thousands(s->by_id[best]));
	}
	putchar('\n');
}

static void print_story(const struct facts *f)
{
	printf("story     %s; %s, %s failed", ps_count(f->chapters, "chapter"),
	       ps_count(f->expects, "claim"), ps_thousands(f->expects_failed));
	if (f->first_failed)
		printf(" (first: %s)", f->first_failed);
	printf("; %s reported, %s survived\n", ps_count(f->reports, "misuse"),
	       ps_count(f->oopses, "oops"));
}

static void print_losses(const struct capture *c, const struct session *s)
{
	printf("losses    ");
	if (!session_lost(s) && !c->bad_packets && !c->malformed && !c->truncated && !c->foreign)
		printf("none: %s, all intact", ps_count(c->packets, "packet"));
	else
		printf("%s discarded, %s missing, %s damaged%s", ps_count(s->lost_events, "event"),
		       ps_count(s->lost_packets, "packet"),
		       ps_thousands(c->bad_packets + c->malformed + c->foreign),
		       c->truncated ? ", the last one cut off" : "");
	printf("; %s, %s of them not trace\n", ps_count(c->in.size, "byte"),
	       ps_thousands(c->bytes_skipped));
}

void info_text(struct capture *c)
{
	for (unsigned i = 0; i < c->nr_sessions; i++) {
		const struct session *s = &c->session[i];
		const char *verdict, *why;
		struct facts f;

		facts_collect(&f, c, i);
		verdict = facts_verdict(&f, c, i, &why);
		if (c->nr_sessions > 1)
			printf("%ssession   %u of %u\n", i ? "\n" : "", i + 1, c->nr_sessions);
		if (facts_watched(&f))
			print_watched(s, &f);
		else if (f.has_info)
			print_machine(&f);
		else
			puts("machine   not known: no trace_info event survived");
		print_events(s, &f);
		if (!facts_watched(&f))
			print_story(&f);
		print_losses(c, s);
		printf("verdict   %s: %s%s%s\n", verdict, why,
		       f.panic_msg               ? ": "
		       : f.end_msg && *f.end_msg ? ": "
						 : "",
		       f.panic_msg ? f.panic_msg
		       : f.end_msg ? f.end_msg
				   : "");
		facts_free(&f);
	}
}

static void set_story(json_t *j, const struct facts *f)
{
	json_object_set_new(j, "chapters", json_integer((json_int_t)f->chapters));
	json_object_set_new(j, "expectations", json_integer((json_int_t)f->expects));
	json_object_set_new(j, "expectations_failed", json_integer((json_int_t)f->expects_failed));
	json_object_set_new(j, "reports", json_integer((json_int_t)f->reports));
	json_object_set_new(j, "oopses", json_integer((json_int_t)f->oopses));
}

static void set_watched(json_t *j, const struct session *s, const struct facts *f)
{
	if (facts_dumped(f)) {
		json_object_set_new(j, "instants", json_integer((json_int_t)f->marks));
		return;
	}
	json_object_set_new(j, "watched",
			    json_pack("{s:I,s:I,s:I,s:I,s:I}", "stores",
				      (json_int_t)s->by_id[PS_ID_table_store], "late",
				      (json_int_t)s->by_id[PS_ID_table_late], "cr3_loads",
				      (json_int_t)s->by_id[PS_ID_cr3_load], "gaps",
				      (json_int_t)(s->by_id[PS_ID_watch_gap] + 1) / 2, "missed",
				      (json_int_t)f->guest_end.missed));
}

static json_t *session_json(struct capture *c, unsigned session)
{
	const struct session *s = &c->session[session];
	json_t *j = json_object(), *by_name = json_object(), *zones = json_array();
	const char *why, *verdict;
	struct facts f;

	facts_collect(&f, c, session);
	verdict = facts_verdict(&f, c, session, &why);
	for (unsigned id = 1; id < 255; id++)
		if (s->by_id[id])
			json_object_set_new(by_name, ps_kinds[id].name,
					    json_integer((json_int_t)s->by_id[id]));
	for (unsigned z = 0; z < PS_MAX_ZONES; z++)
		if (f.has_zone[z])
			json_array_append_new(
				zones,
				json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "name", f.zone_name[z],
					  "start_pfn", (json_int_t)f.zone[z].start_pfn,
					  "spanned_pages", (json_int_t)f.zone[z].spanned_pages,
					  "min", (json_int_t)f.zone[z].watermark_min, "low",
					  (json_int_t)f.zone[z].watermark_low, "high",
					  (json_int_t)f.zone[z].watermark_high));
	json_object_set_new(j, "events", json_integer((json_int_t)s->events));
	json_object_set_new(j, "events_by_name", by_name);
	json_object_set_new(j, "lost", json_integer((json_int_t)session_lost(s)));
	json_object_set_new(j, "lost_events", json_integer((json_int_t)s->lost_events));
	json_object_set_new(j, "lost_packets", json_integer((json_int_t)s->lost_packets));
	json_object_set_new(j, "ticks", json_integer((json_int_t)(f.t1 - f.t0)));
	json_object_set_new(j, "t0", json_integer((json_int_t)f.t0));
	json_object_set_new(j, "t1", json_integer((json_int_t)f.t1));
	json_object_set_new(j, "hz", json_integer(facts_hz(&f)));
	json_object_set_new(j, "machine", machine_json(&f));
	if (facts_watched(&f)) {
		json_decref(zones);
		set_watched(j, s, &f);
	} else {
		json_object_set_new(j, "layout", layout_json(&f, true));
		json_object_set_new(j, "zones", zones);
		set_story(j, &f);
	}
	json_object_set_new(j, "verdict", json_string(verdict));
	json_object_set_new(j, "why", json_string(why));
	facts_free(&f);
	return j;
}

/* The first session's keys at the top; all sessions in `sessions` if several. */
void info_json(struct capture *c)
{
	json_t *j = session_json(c, 0);

	json_object_set_new(j, "schema", json_hex(ps_schema_id));
	json_object_set_new(j, "complete", json_boolean(capture_complete(c)));
	json_object_set_new(j, "bytes_in", json_integer((json_int_t)c->in.size));
	json_object_set_new(j, "bytes_good", json_integer((json_int_t)c->bytes_good));
	json_object_set_new(j, "bytes_skipped", json_integer((json_int_t)c->bytes_skipped));
	json_object_set_new(j, "packets", json_integer((json_int_t)c->packets));
	json_object_set_new(j, "bad_packets",
			    json_integer((json_int_t)(c->bad_packets + c->malformed + c->foreign)));
	json_object_set_new(j, "duplicates", json_integer((json_int_t)c->duplicates));
	json_object_set_new(j, "truncated", json_boolean(c->truncated));
	if (c->nr_sessions > 1) {
		json_t *all = json_array();

		for (unsigned i = 0; i < c->nr_sessions; i++)
			json_array_append_new(all, session_json(c, i));
		json_object_set_new(j, "sessions", all);
	}
	json_print(j);
}

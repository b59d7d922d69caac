/* SPDX-License-Identifier: MIT */
/*
 * sim_linux.c - mmsim --linux DIR: a real Linux's memory, day by day, through
 * our allocators.
 *
 * The capture is made into the workload that the kernel's `replay` statement
 * plays as well (linux_plan.c), and played by the same code (scenario/workload.c),
 * so a run here and a run in Bochs do the same.  What is ours here is the
 * comparison: at each phase, our free blocks beside those of the recorded
 * kernel, told from its own frame numbers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printk.h"
#include "linux_plan.h"
#include "mm/metrics.h"
#include "mm/mm_priv.h"
#include "replays.h"
#include "scenario/workload.h"
#include "scenario/scn_priv.h"
#include "sim_output.h"

static struct lx_capture capture;
static struct lx_plan plan;

/* Addresses that areas used at most, and how far up they came. */
static struct {
	u64 reach, used;
} window;

/* What our side looked like at a sample. */
struct ours {
	u32 nr_free[MAX_ORDER], areas, failed;
};

/* RAM of the recorded machine, up to the last frame spoken of. */
static u32 recorded_mib(void)
{
	return (capture.nr_frames + 255) / 256;
}

int sim_linux_load(const char *dir, const char *from, u64 *ram)
{
	if (lx_read(&capture, dir) || lx_make_plan(&plan, &capture, from))
		return 1;
	if (!*ram)
		*ram = (u64)recorded_mib() << 20;
	return 0;
}

int sim_linux_write(const char *path)
{
	int error, closed;

	sim_output_open(path);
	error = sim_output_write(plan.bytes, plan.size);
	closed = sim_output_close();
	if (error || closed) {
		fprintf(stderr, "mmsim: %s: %s\n", path, strerror(error ? error : closed));
		return 1;
	}
	printf("replay file  %s: %zu bytes, %" PRIu32 " operations, %" PRIu32 " slots, for %" PRIu32
	       " MiB\n",
	       path, plan.size, plan.ops, plan.slots, recorded_mib());
	return 0;
}

/* ---- playing ---- */

static void look(struct ours *o, const struct replay *r)
{
	u32 counts[MAX_ORDER];
	u64 used = 0;
	struct vm_struct *area;

	memset(o, 0, sizeof(*o));
	for (unsigned zone = 0; zone < MAX_NR_ZONES; zone++) {
		if (!zones[zone].size)
			continue;
		zone_free_counts(zone, counts);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			o->nr_free[order] += counts[order];
	}
	for (area = vmlist; area; area = area->next) {
		o->areas++;
		used += area->size;
		if (area->addr + area->size - vmalloc_start() > window.reach)
			window.reach = area->addr + area->size - vmalloc_start();
	}
	if (used > window.used)
		window.used = used;
	o->failed = r->failed;
}

#define FAILURES_SHOWN 10u

static void tell_failure(const struct replay *r, u32 op)
{
	const struct lx_event *e = &capture.events[plan.op_event[op]];
	static const char *const what[] = { "alloc", "free", "vmalloc" };

	if (r->failed > FAILURES_SHOWN)
		return;
	if (e->kind == LX_VMALLOC)
		printf("  failed  %10.6f s  vmalloc of %" PRIu32 " bytes\n", (double)e->time / 1e6,
		       e->size);
	else
		printf("  failed  %10.6f s  %s of order %u, gfp %#" PRIx32
		       ", by %s; %u pages are free\n",
		       (double)e->time / 1e6, e->kind < 3 ? what[e->kind] : "request", e->order,
		       e->gfp, capture.names[e->task], nr_free_pages());
}

/* Plays all; fills ours[] in step with plan.samples.  The slots stay. */
static bool play(struct replay *r, struct ours *ours)
{
	static u32 spare[SCN_MAX_ITEMS]; /* as much as the replay statement has */
	u32 sample = 0, failed = 0;

	if (!replay_open(r, plan.bytes, plan.size, spare, SCN_MAX_ITEMS)) {
		fprintf(stderr, "mmsim: the replay cannot begin: %s\n", r->problem);
		return false;
	}
	do {
		for (; sample < plan.nr_samples && plan.samples[sample].ops == r->done; sample++)
			look(&ours[sample], r);
		if (r->failed != failed)
			tell_failure(r, r->done - 1);
		failed = r->failed;
	} while (replay_step(r));
	if (r->problem) {
		fprintf(stderr, "mmsim: the replay stops at operation %u of %u: %s\n", r->done,
			r->ops, r->problem);
		return false;
	}
	return true;
}

/* ---- the report ---- */

static unsigned largest(const u32 nr_free[MAX_ORDER])
{
	unsigned order = MAX_ORDER;

	while (order && !nr_free[order - 1])
		order--;
	return order ? order - 1 : 0;
}

static void print_row(const struct lx_sample *s, const struct ours *o)
{
	printf("%9.3f  %-14.14s %7" PRIu32 " %7" PRIu32 "  %4u %4u  %5d %5d  %5d %5d  %5" PRIu32
	       " %5" PRIu32 "\n",
	       (double)s->time / 1e6, s->phase, free_counts_pages(o->nr_free),
	       free_counts_pages(s->nr_free), largest(o->nr_free), largest(s->nr_free),
	       unusable_free_index(o->nr_free, 3), unusable_free_index(s->nr_free, 3),
	       unusable_free_index(o->nr_free, 9), unusable_free_index(s->nr_free, 9), o->areas,
	       s->areas);
}

static void print_phases(const struct ours *ours)
{
	printf("\nfragmentation, ours beside the recorded kernel's (free blocks told from its "
	       "frames;\n"
	       "unusable: share of free memory in blocks too small for the order, per mille)\n\n");
	printf("   time s  phase          pages free       largest    unusable     unusable     "
	       "areas\n");
	printf("                             ours    real  ours real  for order 3   for order 9   "
	       "ours  real\n");
	for (u32 i = 0; i < plan.nr_samples; i++)
		if (plan.samples[i].phase)
			print_row(&plan.samples[i], &ours[i]);
}

static void print_extremes(const struct ours *ours)
{
	u64 sum_ours[2] = { 0, 0 }, sum_real[2] = { 0, 0 };
	static const unsigned orders[] = { 3, 9 };
	u32 least = 0;

	for (u32 i = 0; i < plan.nr_samples; i++) {
		if (free_counts_pages(plan.samples[i].nr_free) <
		    free_counts_pages(plan.samples[least].nr_free))
			least = i;
		for (int k = 0; k < 2; k++) {
			sum_ours[k] += (u32)unusable_free_index(ours[i].nr_free, orders[k]);
			sum_real[k] += (u32)unusable_free_index(plan.samples[i].nr_free, orders[k]);
		}
	}
	if (!plan.nr_samples)
		return;
	printf("\nmean of %" PRIu32 " samples: unusable for order 3 %" PRIu64 " (real %" PRIu64
	       "), for order 9 %" PRIu64 " (real %" PRIu64 ")\n",
	       plan.nr_samples, sum_ours[0] / plan.nr_samples, sum_real[0] / plan.nr_samples,
	       sum_ours[1] / plan.nr_samples, sum_real[1] / plan.nr_samples);
	printf("least free memory at %.3f s: %" PRIu32 " pages (real %" PRIu32 ")\n",
	       (double)plan.samples[least].time / 1e6, free_counts_pages(ours[least].nr_free),
	       free_counts_pages(plan.samples[least].nr_free));
}

/* Holds our reading of the capture against the recorder's own counts. */
static void print_agreement(void)
{
	struct lx_phase_stats s;
	u32 phases = 0, equal = 0;
	u64 n;
	static const char *const points[] = { "0start", "1worked", "2dropped", "3compacted" };

	for (u32 i = 0; i < plan.nr_samples; i++) {
		const struct lx_sample *sample = &plan.samples[i];

		if (!sample->phase || !lx_phase_stats(&capture, sample->phase, &s))
			continue;
		phases++;
		equal += s.live == sample->live && s.time == sample->time;
	}
	if (phases)
		printf("stats.json   frames live at a phase agree at %" PRIu32 " of %" PRIu32
		       " phases\n",
		       equal, phases);
	for (unsigned i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (lx_stats_number(&capture, points[i], "memfree_pages", &n))
			printf("%s %s %" PRIu64, i ? "," : "MemFree     ", points[i], n);
	if (lx_stats_number(&capture, points[0], "memfree_pages", &n))
		printf(" pages, as the recorded kernel said\n");
	if (plan.map_differs >= 0)
		printf("initmap      differs from the events in %" PRId32 " frames\n",
		       plan.map_differs);
}

static void print_capture(void)
{
	const struct lx_event *last = &capture.events[capture.nr_events - 1];
	u32 phases = 0;

	for (u32 i = 0; i < plan.nr_samples; i++)
		phases += plan.samples[i].phase != NULL;
	printf("capture      %s: %.1f s, %" PRIu32 " frames, %" PRIu32
	       " events, replayed from %s\n",
	       capture.dir, (double)last->time / 1e6, capture.nr_frames, capture.nr_events,
	       plan.first ? plan.samples[0].phase : "boot");
	printf("recorded     %" PRIu32 " allocations, %" PRIu32 " frees, %" PRIu32
	       " vmalloc, %" PRIu32 " vfree, %" PRIu32 " phases\n",
	       plan.allocs, plan.frees, plan.vmallocs, plan.vfrees, phases);
	printf("             %" PRIu32
	       " of the allocations are pages of vmalloc, which takes its own\n",
	       plan.area_pages);
	if (plan.split_blocks)
		printf("             %" PRIu32 " block%s split, or compaction's: %" PRIu32
		       " single pages here\n",
		       plan.split_blocks, plural(plan.split_blocks), plan.split_frames);
	if (plan.too_large)
		printf("             %" PRIu32
		       " of order 10 or more, which 2.4.22 does not have: left out\n",
		       plan.too_large);
	if (plan.failed_there)
		printf("             %" PRIu32 " request%s failed there: not repeated\n",
		       plan.failed_there, plural(plan.failed_there));
	if (plan.unfinished)
		printf("             %" PRIu32 " area%s never got all pages there: left out\n",
		       plan.unfinished, plural(plan.unfinished));
	if (plan.lost_frees || plan.unknown_frees || plan.unknown_vfrees)
		printf("             not matched: %" PRIu32 " lost free%s, %" PRIu32
		       " free%s and %" PRIu32 " vfree%s of what was not live\n",
		       plan.lost_frees, plural(plan.lost_frees), plan.unknown_frees,
		       plural(plan.unknown_frees), plan.unknown_vfrees,
		       plural(plan.unknown_vfrees));
	printf("start        %" PRIu32 " frames free, %" PRIu32 " live, %" PRIu32
	       " in use for good\n",
	       plan.free_at_start, plan.live_at_start, plan.held_at_start);
}

static void print_played(const struct replay *r)
{
	printf("machine      %u frames of RAM, %u handed to the allocator, vmalloc from %#x to "
	       "%#x\n",
	       max_pfn, totalram_pages, vmalloc_start(), vmalloc_end());
	printf("played       %u allocations, %u frees, %u vmalloc and ioremap, %u vfree and "
	       "iounmap\n",
	       r->allocs, r->frees, r->areas, r->vfrees);
	if (r->missing)
		printf("             this machine had %u frame%s less to give than the recorded "
		       "one\n",
		       r->missing, plural(r->missing));
	if (r->reclaims)
		printf("             %u request%s found memory at its watermarks, where 2.4.22 "
		       "reclaims page cache:\n"
		       "             served from the reserve; %u of them waited for memory to "
		       "come back\n",
		       r->reclaims, plural(r->reclaims), r->waited);
	printf("failures     %u; %u that 2.4.22 would not have had\n", r->failed, r->failed_wait);
	if (r->failed_area)
		printf("             %u area%s found no hole in the region of vmalloc, or RAM is "
		       "smaller\n",
		       r->failed_area, plural(r->failed_area));
}

int sim_linux_run(void)
{
	struct ours *ours = calloc(plan.nr_samples + 1, sizeof(*ours));
	struct replay r;
	u32 free_at_start = nr_free_pages(), violations;
	struct vmalloc_usage before, after;
	bool played;

	if (!ours)
		return 1;
	vmalloc_usage(&before);
	print_capture();
	TRACE_STR(mark, ({ .level = 1 }), "A real Linux", capture.dir);
	played = play(&r, ours);
	if (played) {
		print_played(&r);
		print_agreement();
		print_phases(ours);
		print_extremes(ours);
	}
	TRACE_STR(mark, ({ .level = 1 }), "Teardown", "All that was still live is given back.");
	replay_give_all(&r);
	replay_close(&r);
	kmem_cache_shrink_all(GFP_KERNEL);
	mm_snapshot();
	violations = mm_check();
	vmalloc_usage(&after);
	printf("teardown     %u pages free, %u at the start, %u in page tables that stay; %u "
	       "violation%s of "
	       "invariants\n",
	       nr_free_pages(), free_at_start, after.tables - before.tables, violations,
	       plural(violations));
	printf("addresses    the areas of vmalloc reached over %" PRIu64
	       " KiB, of which at most %" PRIu64 " KiB were in use at a sample\n",
	       window.reach >> 10, window.used >> 10);
	violations += !played || r.failed_wait != 0;
	TRACE_STR(trace_end,
		  ({ .reason = PS_END_DONE, .verdict = violations != 0, .failed = violations }),
		  "the recorded workload is complete");
	free(ours);
	return violations != 0;
}

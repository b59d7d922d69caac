#!/bin/sh
# SPDX-License-Identifier: MIT
# Each property of the trace is broken on purpose, and the test that holds it must
# say so: sources are edited in a copy, built, and the test is run there.  A claim
# here is "that test noticed".  Half an hour; BROKEN=PATTERN takes those whose name
# matches.  Those of the cost take BENCH=1 (make soak: SLOW=1).
. tests/lib/trace.sh
copy=$tmp/copy
mkdir "$copy"
tar --exclude=./.git --exclude=node_modules --exclude="./$B/run*" -cf - . | tar -C "$copy" -xf - || exit 1
LIMIT=120
export B LIMIT

build() {
	make -s -C "$copy" all dropin "$B/capture_dump" "$B/plugin_fuzz" "$B/trace_packets" "$B/trace_roundtrip" \
		>"$tmp/build.log" 2>&1
}

# Each test on the copy as it is, once: what fails there notices nothing.
control() {
	grep -qxF "$1" "$tmp/passed" 2>/dev/null && return
	build
	(cd "$copy" && eval "$1") >"$tmp/unbroken" 2>&1
	claim "unbroken: $1" "$(grep '^not ok\|^missed' "$tmp/unbroken" | head -n 1)" \
		eval '[ -s "$tmp/unbroken" ] && ! grep -q "^not ok\|^missed" "$tmp/unbroken"'
	echo "$1" >>"$tmp/passed"
}

# broken NAME CLAIM TEST FILE EDIT: with sed's EDIT of FILE, TEST has to print a
# "not ok" line that matches CLAIM; "build" as CLAIM: it must not build.
broken() {
	case $1 in *${BROKEN:-}*) ;; *) return ;; esac
	[ "$2" = build ] || control "$3"
	cp "$copy/$4" "$tmp/kept"
	sed -i "$5" "$copy/$4"
	if cmp -s "$tmp/kept" "$copy/$4"; then
		not_ok "$1" "the edit of $4 finds nothing to change"
		return
	fi
	if ! build; then
		claim "$1: does not build" "$(grep -m 1 error "$tmp/build.log")" same "$2" build
	else
		(cd "$copy" && eval "$3") >"$tmp/noticed" 2>&1
		claim "$1: $(grep "^not ok .*$2\|^missed: .*$2" "$tmp/noticed" | head -n 1 | cut -c1-120)" \
			"$3 did not notice: $(tail -n 1 "$tmp/noticed")" \
			grep -q "^not ok .*$2\|^missed: .*$2" "$tmp/noticed"
	fi
	cp "$tmp/kept" "$copy/$4"
	touch "$copy/$4"
}

build || { not_ok "the copy builds" "$(grep -m 1 error "$tmp/build.log")"; exit 1; }

complete() { echo "RAMS=$1 SCENARIOS='$2' tests/trace/complete.sh"; }
places=$(complete 8 scenarios/places.scn)
spaces=$(complete 8 scenarios/spaces.scn)
selftest=$(complete 8 scenarios/selftest.scn)
high=$(complete 1024 scenarios/highmem.scn)
plugin() { echo "PARTS='$1' tests/plugin/plugin.sh"; }
fuzz="$B/plugin_fuzz 2000"

# ---- completeness ----
broken "a merge goes untold" '8 MiB: replayed' "$places" kernel/mm/buddy.h \
	's/TRACE(buddy_merge,/if (order != 3) &/'
broken "a block is listed at the wrong end" '8 MiB: replayed' "$places" kernel/mm/buddy.h \
	's/^\tlist_add(&page->list, &zone->free_area\[order\].free_list);/\tlist_add_tail(\&page->list, \&zone->free_area[order].free_list);/'
broken "a PDE of the reference directory goes untold" '8 MiB: replayed' "$places" kernel/mm/pgtable.c \
	'/^u32 \*pte_alloc(/,/^}/{/TRACE(pde_set/,/;$/d}'
broken "a user PTE goes untold" 'spaces, 8 MiB: replayed' "$spaces" kernel/mm/pgtable.c \
	'/^bool mm_map_user/,/^}/{/TRACE(pte_set/d}'
broken "a user table is told to be another" 'spaces, 8 MiB: replayed' "$spaces" kernel/mm/pgtable.c \
	'/^bool mm_map_user/,/^}/s/pde = \*pde,/pde = *pde ^ 4096,/'
broken "a lazily copied slot goes untold" 'spaces, 8 MiB: replayed' "$spaces" kernel/mm/fault.c 's/TRACE(vmalloc_fault,/if (0) &/'
broken "an area goes untold" '8 MiB: replayed' "$places" kernel/mm/vmalloc.c 's/TRACE(free_vmap_area,/if (0) &/'
broken "a slab goes untold" '8 MiB: replayed' "$places" kernel/mm/slab.c 's/TRACE(slab_grow,/if (cachep->id > 5) &/'
broken "a use count goes untold" 'selftest, 8 MiB: replayed' "$selftest" kernel/mm/page_alloc.c 's/TRACE(page_ref_mod,/if (0) &/'
broken "a kmap goes untold" '1024 MiB: replayed' "$high" kernel/mm/highmem.c 's/TRACE(kunmap,/if (0) &/'
broken "mem_map remembers a slab's frame for ever" 'selftest, 8 MiB: replayed' "$selftest" kernel/mm/slab.c 's/page->flags &= ~PG_SLAB;/;/'
broken "a poke into a table goes untold" 'flush, 8 MiB: replayed' \
	"$(complete 8 scenarios/lessons/flush.scn)" kernel/scenario/touch.c 's/TRACE(mem_access,/if (!write) &/'

# ---- the hardware's word, audits ----
broken "a cleared PTE is not asked about" 'the MMU is asked' tests/trace/kernel.sh kernel/mm/pgtable.c \
	'/^u32 ptep_get_and_clear/,/^}/s/machine_probe(addr);//'
broken "a space that does not run is not asked about" 'the MMU is asked' tests/trace/kernel.sh kernel/mm/pgtable.c \
	's/machine_probe_in(mm->pgd, addr);/;/'
broken "the MMU's word is wrong" 'probes agree' "$places" plugin/device.c 's/\.phys = ok ? pa : 0/.phys = ok ? pa + 4096 : 0/'
broken "the exporter believes itself" 'mmu-disagrees' "make -s $B/pagescope-san $B/mkcapture && B=../../$B tests/exporter/check.sh" exporter/model/mmu.c \
	's/if (ok == !!e->ok \&\& (!ok || phys == e->phys))/if (1)/'
broken "no audits" 'behind the tracer' tests/trace/kernel.sh plugin/audit.c \
	's/^\twalk_both(false);/\t;/'
broken "no audit at the end" 'recorded at the end' tests/trace/kernel.sh plugin/device.c \
	'/^static void end_session/,/^}/s/^\taudit_run(now());/\t;/'
broken "audits without a judge" 'behind the tracer' tests/trace/kernel.sh exporter/model/mmu.c \
	'/^static bool explained/,/^}/s/return same_entry.*/return true;/'

# ---- black box, files ----
broken "no rescue" 'triple fault' "$(plugin blackbox)" plugin/device.c \
	'/^static void end_session/,/^}/s/^\trescue();/\t;/'
broken "SIGTERM kills on the spot" 'SIGTERM' "$(plugin blackbox)" plugin/device.c 's/^\tcatch_signal(SIGTERM);/\t;/'
broken "the end of Bochs goes unseen" 'quit in the debugger\|SIGINT' "$(plugin blackbox)" plugin/device.c \
	'/^static void on_exit_of_bochs/,/^}/s/^\tend_session.*/\t;/'
broken "a reset of the CPU goes unseen" 'reset of the CPU alone' "$(plugin blackbox)" plugin/device.c \
	's/^\tif (++dev.real_looks < LOOKS)/\tif (1)/'
broken "packets wait for company" 'SIGKILL' "$(plugin blackbox)" plugin/capture_file.c \
	'/^static void append(/,/^}/{s/^\tsize_t left = bytes;/\tstatic char all[1 << 20]; static size_t held; size_t left;\n\tmemcpy(all + held, from, bytes); held += bytes;\n\tif (held < 200000) return;\n\tp = all; left = bytes = held; held = 0;/}'
broken "a full disk is a success" 'full disk' "$(plugin files)" plugin/device.c 's/_exit(EXIT_CAPTURE_FAILED)/_exit(1)/'
broken "a full disk is reported for ever" 'reported once' "$(plugin files)" plugin/capture_file.c \
	's/^\tfile.error = error ? error : EIO;/\tfile.error = 0; left_of_it--;/; s/^static void fail(/static int left_of_it = 5;\n&/; s/^\tsay(what, file.error);/\tif (left_of_it < 1) file.error = EIO;\n\tsay(what, EIO);/'
broken "a packet rescued twice" 'fetched already' "$fuzz" plugin/device.c \
	'/^static void rescue/,/^}/s/ || out_of_order()//'
broken "an older packet rescued" 'older than' "$fuzz" plugin/device.c \
	'/^static bool out_of_order/,/^}/s/packet.header.timestamp_begin < dev.last_end/0/'
broken "a torn event rescued" 'torn' "$fuzz" plugin/device.c \
	'/^static void rescue/,/^}/s/content = whole_events(content, &last);/whole_events(content, \&last);/'
broken "a packet rescued past its page" 'past the end' "$fuzz" plugin/device.c \
	'/^static void rescue/,/^}/s/ || content > room//'

# ---- a hostile guest, other versions ----
broken "sizes are believed" 'doorbell' "$fuzz" plugin/device.c \
	'/^static bool sizes_fit/,/^}/s/return bits % 8.*/return 1;/'
broken "time is believed" 'in the future' "$fuzz" plugin/device.c \
	'/^static void ring_doorbell/,/^}/s/packet.header.timestamp_end > tick/0/'
broken "events are believed" 'inside an event\|does not exist' "$fuzz" plugin/device.c \
	'/^static uint32_t event_bytes/,/^}/s/^\treturn n;/\treturn n < room ? n : room;/; s/if (!shape\[\*from\].known || n > room)/if (n > room)/; s/whole_events(packet.header.content_size \/ 8, &last) != packet.header.content_size \/ 8/0/'
broken "any Bochs will do" 'another Bochs' "$(plugin aside)" plugin/bochs.c 's/^\tif (!bx.version) {/\tif (!bx.version) bx.version = "2.7";\n\tif (0) {/'
broken "the debugger sees no counters" 'info device' "$(plugin blackbox)" plugin/device.c 's/^\tbochs_print(text);/\t;/'

# ---- determinism, back to the instruction ----
broken "something of the host gets in" 'one capture' tests/trace/kernel.sh plugin/device.c \
	's/snprintf(emulator, sizeof(emulator), "Bochs %s", bochs_version())/snprintf(emulator, sizeof(emulator), "Bochs %d", getpid())/'
broken "time stamps are late" 'stops at the event' 'EVENTS=4 tests/trace/sba.sh' include/pagescope/trace.h \
	's/"rdtsc; cmpl %%edx, ps_tracer+%c\[high\]/"rdtsc; addl $3, %%eax; cmpl %%edx, ps_tracer+%c[high]/'
broken "call sites are wrong" 'called from' 'EVENTS=20 tests/trace/sba.sh' kernel/mm/tracepoints.h \
	's/__builtin_return_address(0))/__builtin_return_address(0) + 1)/'
broken "translate is wrong" 'stops there' 'EVENTS=4 tests/trace/sba.sh' exporter/commands/translate.c \
	's/\(physical  0x%08x.*", a->phys\),/\1 + 4096,/'

# ---- cost ----
broken "compiled out leaves something" 'compiled out' tests/trace/off.sh include/pagescope/trace.h \
	's/^#define TRACE(name, ...) ((void)sizeof.*/#define TRACE(name, ...) __asm__ volatile("nop")/'
broken "off costs more" 'at most 3' tests/trace/off.sh include/pagescope/trace.h \
	's/__asm__ goto("cmpl \$0, ps_tracer+%c0; je %l1"/__asm__ goto("nop; nop; cmpl $0, ps_tracer+%c0; je %l1"/'
[ -n "${BENCH:-$SLOW}" ] && broken "an event costs more" 'instructions an event' tests/bench/trace.sh include/pagescope/trace.h \
	's/"rdtsc; cmpl %%edx/"nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; rdtsc; cmpl %%edx/'
[ -n "${BENCH:-$SLOW}" ] && broken "off costs more in a run" 'that is off' tests/bench/trace.sh include/pagescope/trace.h \
	's/__asm__ goto("cmpl \$0, ps_tracer+%c0; je %l1"/__asm__ goto("nop; nop; cmpl $0, ps_tracer+%c0; je %l1"/'

# ---- a tracer others can use, babeltrace2 ----
broken "the tracer wants our kernel" build true include/pagescope/tracer.h 's/^#include <pagescope\/crc32.h>/#include "mm\/mm.h"\n&/'
broken "the drop-in kernel tells lies" 'passes check' "$(plugin well)" tests/dropin/kernel.c \
	'/^static void unmap_page/,/^}/s/TRACE(pte_clear, .addr = va/TRACE(pte_clear, .addr = va ^ 4096/'
broken "metadata of another layout" '100,000 events' tests/trace/babeltrace.sh exporter/formats/metadata.c \
	's/integer { size = %u; align = 8; signed = false/integer { size = %u; align = 8; signed = true/'
[ "$fails" -eq 0 ]

#!/bin/bash
# SPDX-License-Identifier: MIT
# debugger.sh - breakpoints by name, and the bug of docs/debugger.md from symptom
# to instruction, with the keys typed by this script.
B=${B:-build}
. "$(dirname "$0")/../lib/boot.sh"
export SCENARIO='' RAM='' EMU='' TRANSPORT='' HIGHMEM='' QUIRKS='' SEED='' CMDLINE='' OUT=''
unset SCENARIO RAM EMU TRANSPORT HIGHMEM QUIRKS SEED CMDLINE OUT

# ---- breakpoints ----
breaks() { scripts/breaks.sh "$B/kernel.elf" "$B/kernel/kernel.sym" "$@" >"$tmp/out" 2>"$tmp/err"; }
where() { sed -n 's/^lb //p' "$tmp/out" |
	xargs -r i686-linux-gnu-addr2line -ifse "$B/kernel.elf" | tr '\n' ' '; }
breaks vmalloc
claim "a function" "$(cat "$tmp/out")" \
	[ "$(cat "$tmp/out")" \
	= "lb 0x$(awk '$2 == "vmalloc" { print $1 }' "$B/kernel/kernel.sym")" ]
breaks pte_set
claim "an event: each place that traces it" "$(where)" \
	[ "$(grep -c lb "$tmp/out")" -ge "$(grep -l 'TRACE(pte_set' kernel/mm/*.[ch] | wc -l)" ]
# each way the kernel has of tracing: TRACE, _COPY, _STR
for event in buddy_merge mm_page_free zone_state mark; do
	breaks $event
	line=$(grep -nE "TRACE(_[A-Z]+)?\($event," kernel/mm/*.[ch] kernel/scenario/*.c |
		head -n 1 | cut -d: -f1,2)
	claim "$event: at ${line#kernel/*/}" "$(cat "$tmp/err") $(where)" \
		grep -qF "${line##*/}" <<<"$(where)"
done
line=$(grep -n 'TRACE(vfree_exit' kernel/mm/vmalloc.c | cut -d: -f1)
breaks "vmalloc.c:$line"
claim "a line" "$(where)" grep -q "vmalloc.c:$line" <<<"$(where)"
breaks nonsense
claim "a word that is nothing" "$(cat "$tmp/err")" \
	grep -q 'BREAK=nonsense: neither a function nor an event' "$tmp/err"
breaks vmalloc.c:x
claim "a line that is none" "$(cat "$tmp/err")" grep -q 'no line number' "$tmp/err"

# ---- typing ----
wait_for() {
	until_true grep -aqE -e "$1" -e '^run: ' "$tmp/screen" || exit
}
type_in() { # COMMAND: keys come from stdin
	: >"$tmp/screen"
	timeout "$HANG_AFTER" script -qefc "$1" "$tmp/typescript" >"$tmp/screen" 2>&1
}
screen() { tail -c 400 "$tmp/screen" | tr -d '\r' | tr '\n' ' '; }

keys() { wait_for 'bochs:1>'; echo c; wait_for 'bochs:2>'; echo c; wait_for 'bochs:3>'; echo q; }
# shellcheck disable=SC2218 # keys is defined anew for each session
keys | type_in "make -s debug B='$B' SCENARIO=oops BREAK='vmalloc pte_set' OUT='$tmp/debug'"
claim "make debug stops at the function" "$(screen)" grep -aq '(vmalloc+0)' "$tmp/screen"
claim "and then at the event" "$(screen)" [ "$(grep -ac '(0) Breakpoint ' "$tmp/screen")" -ge 2 ]
type_in "make -s debug B='$B' SCENARIO=oops BREAK=nonsense OUT='$tmp/debug'" </dev/null
claim "a wrong word ends it before the machine starts" "$(screen)" \
	grep -aq 'BREAK=nonsense' "$tmp/screen"

# ---- the bug ----
own="ALLOC=tests/docs/noguard.c OUT=$tmp/bug"
# shellcheck disable=SC2086 # several variables
make -s run $own SCENARIO=tests/docs/noguard.scn >"$tmp/said" 2>&1
capture=$tmp/bug/capture.bin
claim "the symptom: a page fault" "$(said)" \
	grep -q 'paging request at virtual address c4806000' "$tmp/bug/console.log"
"$B/pagescope" check "$capture" >"$tmp/check" 2>&1
claim "check names the cause" "$(head -n 3 "$tmp/check")" \
	grep -q '^violation area-overlap .*0xc4803000 of 16384 .* overlaps the one at 0xc4806000' \
	"$tmp/check"
"$B/pagescope" translate 0xc4806000 "$capture" >"$tmp/out" 2>&1
event=$(sed -n 's/^ *before event \([0-9,]*\), .*pte_clear addr=0xc4806000.*/\1/p' "$tmp/out" |
	tr -d ,)
claim "translate names the event that took the page" "$(tail -n 3 "$tmp/out")" [ -n "$event" ]
keys() { wait_for 'rdtsc'; echo 'print-stack 24'; wait_for 'vfree_op'; echo 'page 0xc4806000'
	wait_for 'not available'; echo q; }
keys | type_in "make -s at $own EVENT=$event"
claim "make at stops there, inside a vfree" "$(screen)" grep -aq 'vfree_op' "$tmp/screen"
claim "of the area beside it" "$(screen)" grep -aq '\[0xc4803000\]' "$tmp/screen"
claim "and the entry is gone" "$(screen)" \
	grep -aq 'physical address not available for linear 0x00000000c4806000' "$tmp/screen"
done_testing

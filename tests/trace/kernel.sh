#!/bin/sh
# SPDX-License-Identifier: MIT
# The tracer and the plugin on the real kernel: the same capture twice, what the
# MMU says, a page table changed in secret, the last words of a kernel.
. tests/lib/trace.sh

check() { "$B/pagescope" check "$1" 2>&1; }
passes() { check "$1" >"$tmp/check"; }

# Two machines at a time: booting them is what takes the time.
scenario "$tmp/a" scenarios/tour.scn &
scenario "$tmp/b" scenarios/tour.scn
wait
claim "two boots of the tour, one capture to the byte" "they differ" \
	cmp -s "$tmp/a/capture.bin" "$tmp/b/capture.bin"
# By these two clocks Bochs itself boots 16 MiB in different numbers of ticks.
for usec in 1 10000; do
	( export WILD_CLOCK=$usec LD_PRELOAD="$PWD/$B/wild_host.so"
	  mkdir "$tmp/wild$usec" && cp "$tmp/a/boot.iso" "$tmp/wild$usec"
	  run "$tmp/wild$usec" "memory: guest=16, host=16" ) &
done
wait
claim "nor does it matter how the host's clock goes" "they differ" \
	cmp -s "$tmp/wild1/capture.bin" "$tmp/wild10000/capture.bin"
claim "check accepts the tour" "$(check "$tmp/a/capture.bin" | grep -m3 '^violation')" \
	passes "$tmp/a/capture.bin"
# After each change of an entry and before the next one, a probe of that very entry;
# of a range, of as many entries as it has.
unasked() {
	"$B/capture_dump" "$1" | sort -s -n -k1,1 | awk '
	function field(name,  i) {
		for (i = 3; i <= NF; i++)
			if (index($i, name "=") == 1)
				return substr($i, length(name) + 2)
	}
	function number(s,  i, x) {
		for (i = 1; i <= length(s); i++)
			x = 16 * x + index("0123456789abcdef", substr(s, i, 1)) - 1
		return x
	}
	function change(addr, size, nr) {
		missing += left
		from = addr; bytes = size * nr; left = nr; changes += nr
	}
	$2 == "pte_set" || $2 == "pte_clear" { change(number(field("addr")), 4096, 1) }
	# of a slot, whose table may be told of before: a probe of any address in it
	$2 == "pde_clear" || $2 == "pde_set" && field("old") != field("pde") {
		missing += slot_left
		slot = number(field("addr")); slot_left = 1; changes++
	}
	$2 == "pte_range_set" {
		size = field("large") == 1 ? 4194304 : 4096
		change(number(field("addr")), size, number(field("nr")))
	}
	$2 == "vmalloc_fault" { change(number(field("address")), 1, 1) }
	$2 == "mmu_probe" {
		at = number(field("addr"))
		if (left && at >= from && at < from + bytes) left--
		if (at >= slot && at < slot + 4194304) slot_left = 0
	}
	END { print missing + left + slot_left + 0, "of", changes + 0 }'
}
agreement=$(grep '^mmu ' "$tmp/check")
claim "the MMU agrees: ${agreement#mmu *}" "$agreement" \
	eval 'echo "$agreement" | grep -q "^mmu  *\([0-9,]*\) of \1 probes agree"'
scenario "$tmp/spaces" scenarios/spaces.scn
for run in a spaces; do
	unasked=$(unasked "$tmp/$run/capture.bin")
	claim "after every change of an entry the MMU is asked about it ($unasked are not)" \
		"$unasked unasked" \
		eval 'echo "$unasked" | grep -q "^0 of [1-9][0-9][0-9]"'
done

# The debugger takes away the write bit of a PTE: no event can tell of that.
scenario "$tmp/reset" tests/trace/reset.scn &
scenario "$tmp/behind" tests/trace/behind.scn
wait
passes "$tmp/behind/capture.bin" ||
	not_ok "a run nobody meddles with passes" "$(tail -n 1 "$tmp/check")"
tick=$("$B/capture_dump" "$tmp/behind/capture.bin" |
	awk '/pte_set/ { on = 1 } on && $2 == "mm_page_free" && ++n == 300 { print $1; exit }')
"$B/pagescope" translate 0xc4800000 --at "$tick" "$tmp/behind/capture.bin" >"$tmp/walk"
table=$(sed -n 's/^table *\(0x[0-9a-f]*\), entry 0: .*/\1/p' "$tmp/walk")
entry=$(sed -n 's/^table .*PTE \(0x[0-9a-f]*\) .*/\1/p' "$tmp/walk")
table=$(printf 0x%x "$table") entry=$(printf 0x%x "$entry")
printf '%s\n' "sba $tick" c "setpmem $table 4 $(printf 0x%x $((entry - 2)))" c >"$tmp/behind/rc"
# The limit: changed, and restored before the audit that comes with the next packet.
mkdir "$tmp/limit" && cp "$tmp/behind/boot.iso" "$tmp/limit"
printf '%s\n' "sba $tick" c "setpmem $table 4 $(printf 0x%x $((entry - 2)))" "page 0xc4800000" \
	"sba $((tick + 100))" c "setpmem $table 4 $entry" c >"$tmp/limit/rc"
# Behind the last packet's audit: Bochs ends before there is another.
mkdir "$tmp/last" && cp "$tmp/behind/boot.iso" "$tmp/last"
printf '%s\n' "sba $tick" c "setpmem $table 4 $(printf 0x%x $((entry - 2)))" quit >"$tmp/last/rc"
run "$tmp/limit" &
run "$tmp/last" &
run "$tmp/behind"
wait
check "$tmp/behind/capture.bin" >"$tmp/check"
claim "a PTE written behind the tracer's back is caught" "$(tail -n 3 "$tmp/check")" \
	grep -q "^violation pte-unexplained.*entry at $table .*changed from $entry to " "$tmp/check"
"$B/capture_dump" "$tmp/last/capture.bin" | tail -n 3 >"$tmp/check"
claim "one written after the last packet is recorded at the end" "$(cat "$tmp/check")" \
	grep -q " mmu_audit where=${table#0x} .*old=${entry#0x} now=$(printf %x $((entry - 2))) " \
	"$tmp/check"
claim "written and restored between two audits it is not: the limit" \
	"$(check "$tmp/limit/capture.bin" | grep -m2 ^violation)" \
	eval 'grep -qi "PTE: *0x0*$(printf %x $((entry - 2))) " "$tmp/limit/out" &&
		passes "$tmp/limit/capture.bin"'
# By the scenario, which tells of what it does: the trace follows.
( CAPTURE='' scenario "$tmp/aside" tests/trace/between.scn ) &
scenario "$tmp/between" tests/trace/between.scn
wait
claim "an entry poked and restored by the scenario is followed" \
	"$(check "$tmp/between/capture.bin" | grep -m2 ^violation)" \
	eval 'passes "$tmp/between/capture.bin" && grep -q "^hazard *table-poked" "$tmp/check"'

# The last words, against the simulator, which has nothing to lose: the same events
# from the first step on, up to the end it alone can write after a reset.
story() {
	"$B/capture_dump" "$1" 2>/dev/null | awk '
		$2 == "scenario_step" { on = 1 }
		on && $2 !~ /^(mmu_|audit_|run_files|blackbox|trace_end)/ { print $2 }'
}
scenario "$tmp/panic" tests/trace/panic.scn &
scenario "$tmp/bug" tests/trace/bug.scn
wait
for end in panic bug reset; do
	"$B/mmsim" --ram 64M --scenario "tests/trace/$end.scn" -o "$tmp/sim.bin" >/dev/null 2>&1
	story "$tmp/$end/capture.bin" >"$tmp/told"
	story "$tmp/sim.bin" >"$tmp/wanted"
	"$B/capture_dump" "$tmp/$end/capture.bin" >"$tmp/$end.txt" 2>&1
	tail -n 1 "$tmp/$end.txt" >"$tmp/last.txt"
	claim "$end: all $(wc -l <"$tmp/wanted") events before it are in the file" \
		"$(diff "$tmp/wanted" "$tmp/told" | head -n 3 | tr '\n' ' ')" \
		eval '[ -s "$tmp/wanted" ] && cmp -s "$tmp/wanted" "$tmp/told"'
	claim "$end: the trace says how it ended" "$(cat "$tmp/last.txt")" \
		grep -q ' blackbox ' "$tmp/last.txt"
done
claim "panic: the message is in the trace" "$(tail -n 2 "$tmp/panic.txt")" \
	grep -q ' panic .*on purpose"$' "$tmp/panic.txt"
claim "BUG: the message is in the trace" "$(tail -n 2 "$tmp/bug.txt")" \
	grep -q ' panic .*kernel BUG: ioremap over a mapped page.*"$' "$tmp/bug.txt"
claim "reset: the black box saved what was not handed over" "$(cat "$tmp/last.txt")" \
	grep -q ' blackbox .*was saved"$' "$tmp/last.txt"

"$B/pagescope" export --format=events -q "$tmp/aside/out" >"$tmp/aside.txt" 2>&1
claim "trace=doorbell without the plugin: port 0xE9, and the trace says so" \
	"$(tail -n 1 "$tmp/aside.txt")" \
	grep -q '"name_value":"trace=doorbell".*plugin does not answer' "$tmp/aside.txt"
claim "and is as complete" "$(check "$tmp/aside/out" | tail -n 2)" passes "$tmp/aside/out"
[ "$fails" -eq 0 ]

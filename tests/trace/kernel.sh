#!/bin/sh
# The tracer and the plugin on the real kernel: the same capture twice, what the
# MMU says, a page table changed in secret, the last words of a kernel.
. tests/trace/lib.sh

check() { "$B/pagescope" check "$1" 2>&1; }
passes() { check "$1" >"$tmp/check"; }

scenario "$tmp/a" kernel/scenarios/tour.scn
scenario "$tmp/b" kernel/scenarios/tour.scn
claim "two boots of the tour, one capture to the byte" "they differ" \
	cmp -s "$tmp/a/capture.bin" "$tmp/b/capture.bin"
# By these two clocks Bochs itself boots 16 MiB in different numbers of ticks.
for usec in 1 10000; do
	( export WILD_CLOCK=$usec LD_PRELOAD="$PWD/$B/wild_clock.so"
	  mkdir "$tmp/wild$usec" && cp "$tmp/a/boot.iso" "$tmp/wild$usec"
	  run "$tmp/wild$usec" "memory: guest=16, host=16" )
done
claim "nor does it matter how the host's clock goes" "they differ" \
	cmp -s "$tmp/wild1/capture.bin" "$tmp/wild10000/capture.bin"
claim "check accepts the tour" "$(check "$tmp/a/capture.bin" | grep -m3 '^violation')" passes "$tmp/a/capture.bin"
changes=$("$B/capture_dump" "$tmp/a/capture.bin" | awk '$2 ~ /^(pte_set|pte_clear|pde_set|pde_clear)$/ { n++ } END { print n }')
probes=$(count "$tmp/a/capture.bin" mmu_probe)
agreement=$(grep '^mmu ' "$tmp/check")
claim "the MMU agrees: ${agreement#mmu *}" "$agreement" \
	eval 'echo "$agreement" | grep -q "^mmu  *\([0-9,]*\) of \1 probes agree"'
claim "a probe for every change of an entry" "$probes probes, $changes changes" [ "$probes" -ge "$changes" ]

# The debugger takes away the write bit of a PTE: no event can tell of that.
scenario "$tmp/behind" tests/trace/behind.scn
passes "$tmp/behind/capture.bin" || not_ok "a run nobody meddles with passes" "$(tail -n 1 "$tmp/check")"
tick=$("$B/capture_dump" "$tmp/behind/capture.bin" | awk '/pte_set/ { on = 1 } on && $2 == "mm_page_free" && ++n == 300 { print $1; exit }')
"$B/pagescope" translate 0xc4800000 --at "$tick" "$tmp/behind/capture.bin" >"$tmp/walk"
table=$(sed -n 's/^table *\(0x[0-9a-f]*\), entry 0: .*/\1/p' "$tmp/walk")
entry=$(sed -n 's/^table .*PTE \(0x[0-9a-f]*\) .*/\1/p' "$tmp/walk")
table=$(printf 0x%x "$table") entry=$(printf 0x%x "$entry")
printf '%s\n' "sba $tick" c "setpmem $table 4 $(printf 0x%x $((entry - 2)))" c >"$tmp/behind/rc"
run "$tmp/behind"
check "$tmp/behind/capture.bin" >"$tmp/check"
claim "a PTE written behind the tracer's back is caught" "$(tail -n 3 "$tmp/check")" \
	grep -q "^violation pte-unexplained.*entry at $table .*changed from $entry to " "$tmp/check"
scenario "$tmp/between" tests/trace/between.scn
claim "written and restored between two audits it is not: the limit" \
	"$(check "$tmp/between/capture.bin" | grep -m2 ^violation)" passes "$tmp/between/capture.bin"

scenario "$tmp/panic" tests/trace/panic.scn
"$B/capture_dump" "$tmp/panic/capture.bin" >"$tmp/panic.txt" 2>&1
claim "panic: the message is in the trace" "$(tail -n 2 "$tmp/panic.txt")" \
	grep -q ' panic .*on purpose"$' "$tmp/panic.txt"
claim "panic: the trace says how it ended" "$(tail -n 1 "$tmp/panic.txt")" grep -q ' blackbox ' "$tmp/panic.txt"
claim "panic: no event before it is lost" "$(awk '{ print $2 }' "$tmp/panic.txt" | sort | uniq -c)" \
	[ "$(grep -c ' pte_set ' "$tmp/panic.txt")" -ge 16 ]
scenario "$tmp/reset" tests/trace/reset.scn
"$B/capture_dump" "$tmp/reset/capture.bin" >"$tmp/reset.txt" 2>&1
claim "reset: the last step is in the trace" "$(tail -n 3 "$tmp/reset.txt")" \
	grep -q ' scenario_step .*text="reset"$' "$tmp/reset.txt"
tail -n 1 "$tmp/reset.txt" >"$tmp/last.txt"
claim "reset: the black box saved what was not handed over" "$(cat "$tmp/last.txt")" \
	grep -q ' blackbox .*was saved"$' "$tmp/last.txt"

CAPTURE= scenario "$tmp/aside" tests/trace/between.scn
"$B/pagescope" export --format=events -q "$tmp/aside/out" >"$tmp/aside.txt" 2>&1
claim "trace=doorbell without the plugin: port 0xE9, and the trace says so" "$(tail -n 1 "$tmp/aside.txt")" \
	grep -q '"name_value":"trace=doorbell".*plugin does not answer' "$tmp/aside.txt"
claim "and is as complete" "$(check "$tmp/aside/out" | tail -n 2)" passes "$tmp/aside/out"
[ "$fails" -eq 0 ]

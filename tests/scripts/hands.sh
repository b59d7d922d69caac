#!/bin/sh
# SPDX-License-Identifier: MIT
# The two commands a person types into: make shell and make debug, driven here
# through a pseudo-terminal, as fast as the machine answers.
. tests/lib/boot.sh
out=$tmp/out
export SCENARIO='' RAM=16M EMU=bochs TRANSPORT=doorbell HIGHMEM='' QUIRKS='' SEED='' CMDLINE=''
export OUT="$out"

# wait_for TEXT: until the terminal shows it; types no more if it never does
wait_for() {
	until_true grep -aqE -e "$1" -e '^run: ' "$tmp/screen" || exit
}

# type_in MODE|COMMAND: keys come from stdin, what the terminal shows goes to $tmp/screen
type_in() {
	command="scripts/run.sh $1"
	[ "$1" = "${1#make }" ] || command=$1
	: >"$tmp/screen"
	timeout "$HANG_AFTER" script -qefc "$command" "$tmp/typescript" >"$tmp/screen" 2>&1
}

# ---- make shell ----

shell_keys() {
	wait_for 'mm> '
	tests/lib/listening.sh "$tmp/.run." >"$tmp/ports"
	printf 'v = vmalloc 64K\r'
	printf 'expect v.pages == 16\r'
	printf 'shwo\177\177ow buddyinfo\r'		# two letters taken back
	wait_for 'Node 0, zone'
	printf 'touch v.guard\r'
	printf 'expect fault\r'
	printf 'expect 1 == 2\r'
	wait_for 'FAILED: 1 == 2'
	before=$(cpu_ticks) started=$(date +%s)
	sleep 5
	echo "$(($(cpu_ticks) - before)) $(($(date +%s) - started))" >"$tmp/slept"
	printf 'quit\r'
	wait_for 'report.html'
}
# the processor's time of the Bochs that runs for us, in hundredths of a second
cpu_ticks() {
	for dir in /proc/[0-9]*; do
		tr '\0' ' ' 2>/dev/null <"$dir/cmdline" |
			grep -q "^[^ ]*bochs[^ ]* -q .*$tmp/.run\." || continue
		awk '{ print $14 + $15 }' "$dir/stat"
		return
	done
	echo 0
}
shell_keys | type_in shell
status=$?
claim "the shell's session ends with the path of the report" "$(tail -c 200 "$tmp/screen")" \
	grep -aq "^$out/report.html" "$tmp/screen"
claim "Bochs listens on no port meanwhile" "$(cat "$tmp/ports")" [ ! -s "$tmp/ports" ]
claim "a claim that fails at the prompt is said" "$(tail -c 300 "$tmp/screen")" \
	eval "grep -aq '^shell:6: FAILED: 1 == 2' '$tmp/screen' &&
		grep -aq '^run: the verdict is not ok: failed: .* 1 failed' '$tmp/screen'"
claim "and no error of make's" "status $status" [ "$status" = 0 ]
claim "nor of the script's" "$(grep -a 'run.sh:' "$tmp/screen")" \
	eval "! grep -aq 'run.sh:' '$tmp/screen'"
claim "the prompt sleeps" "$(cat "$tmp/slept"): hundredths of seconds of the processor, seconds" \
	eval 'read -r cpu seconds <"$tmp/slept" && [ "$cpu" -gt 0 ] &&
		[ "$cpu" -lt $((30 * seconds)) ]'
guest=$(info '.ticks / 1000000 | floor')
claim "and its time does not race" "$guest s of guest time" [ "$guest" -lt 300 ]
claim "the session's verdict is in its trace" "$(info '.verdict, .why')" \
	[ "$(info .verdict)" = failed ]
claim "what was typed is in the trace" "$(info .events_by_name)" \
	[ "$("$B/pagescope" export --format=events -e scenario_step "$out/capture.bin" |
		jq -r .text | grep -cE '^(v = vmalloc 64K|touch v.guard)$')" = 2 ]
claim "and what it did" "$(info .events_by_name)" \
	[ "$(info '.events_by_name | "\(.vmalloc_enter) \(.page_fault_kernel)"')" = "1 1" ]
found=$("$B/pagescope" check "$out/capture.bin" 2>/dev/null | grep '^violation')
claim "its trace obeys every rule but that claim" "$found" \
	[ "$(echo "$found" |
		grep -cvE '^violation (expectation .*expected 1 == 2|run-failed)')" = 0 ]

# Without the plugin, and without a trace at all.
short_keys() {
	wait_for 'mm> '
	printf 'v = vmalloc 64K\r'
	wait_for 'v: 1, '
	before=$(cpu_ticks)
	sleep 3
	echo "$(($(cpu_ticks) - before))" >"$tmp/slept"
	printf 'quit\r'
	wait_for "$1"
}
short_keys 'report.html' | TRANSPORT=e9 type_in shell
claim "a session by port 0xE9 has its trace" "$(tail -c 300 "$tmp/screen")" \
	[ "$(info '.verdict, .events_by_name.vmalloc_enter' | tr '\n' ' ')" = "ok 1 " ]
claim "its prompt sleeps" "$(cat "$tmp/slept") hundredths of 3 s" [ "$(cat "$tmp/slept")" -lt 150 ]
guest=$("$B/pagescope" info "$out/capture.bin" | sed -n 's/.*(\([0-9]*\)[.0-9]* s of guest.*/\1/p')
claim "and its time does not race" "$guest s of guest time" [ "${guest:-999}" -lt 200 ]
rm -rf "$out"
short_keys 'no trace' | TRANSPORT=off type_in shell
status=$?
claim "one without a trace ends well, and says that it has none" \
	"status $status; $(tail -c 300 "$tmp/screen")" \
	eval "[ $status = 0 ] && grep -aq 'TRANSPORT=off: .*no report' '$tmp/screen'"
claim "and leaves nothing" "$(ls -A "$tmp")" [ ! -e "$out" ]

run_without_terminal() {
	scripts/run.sh shell </dev/null >"$tmp/said" 2>&1
}
run_without_terminal
claim "without a terminal it says so" "$? $(said)" grep -q 'make shell needs a terminal' "$tmp/said"

# ---- make debug ----

export SCENARIO=tour
debug_keys() {
	wait_for 'bochs:1>'
	echo 'lb "vmalloc"'
	echo c
	wait_for '\(vmalloc[+]0'
	echo 'info device "pagescope"'
	wait_for 'packets taken'
	echo q
}
debug_keys | type_in debug
claim "the debugger knows the kernel's functions" "$(tail -c 300 "$tmp/screen")" \
	grep -aq '(vmalloc+0)' "$tmp/screen"
claim "it names the function in the line of a breakpoint" "$(grep -a Breakpoint "$tmp/screen")" \
	grep -aqE 'Breakpoint 1, 0xc[0-9a-f]{7} in vmalloc[+]0' "$tmp/screen"
claim "its log does not push the help away" "$(head -n 20 "$tmp/screen")" \
	[ "$(grep -aA8 'The Bochs debugger:' "$tmp/screen" | grep -ac '^0*i\[')" = 0 ]
claim "and the plugin" "$(tail -c 300 "$tmp/screen")" grep -aq 'packets taken *[1-9]' "$tmp/screen"
out_file=$tmp/out/debug.bin
claim "what was traced till then is kept" "$("$B/pagescope" info "$out_file" 2>&1 | tail -n 2)" \
	[ "$("$B/pagescope" info --json "$out_file" 2>/dev/null | jq .lost)" = 0 ]
# ---- make at ----

unset SCENARIO RAM EMU TRANSPORT HIGHMEM QUIRKS SEED CMDLINE OUT
at_keys() {
	wait_for 'rdtsc'
	echo q
}
run "$tmp/again" RAM=16M
for kind in buddy_split pte_clear; do
	# shellcheck disable=SC2046 # some numbers
	set -- $("$B/pagescope" export --format=events -e $kind "$out/capture.bin" 2>/dev/null |
		sed -n '20s/{"i":\([0-9]*\),"t":\([0-9]*\),.*/\1 \2/p')
	export OUT="$out" EVENT="$1"
	at_keys | type_in at
	claim "make at stops at the instant of a $kind" "$(tail -c 300 "$tmp/screen")" \
		grep -aq "Next at t=$2" "$tmp/screen"
	claim "where its time stamp is read ($kind)" "$(tail -c 300 "$tmp/screen")" \
		grep -aqE '0010:00000000c01.* rdtsc' "$tmp/screen"
done
unset OUT EVENT
# The same by the words the viewer shows for an event: its command, and at the
# prompt its lines, but `sba` and the `c` that the command has done already.
event=$("$B/pagescope" export --format=events -e pte_set "$out/capture.bin" 2>/dev/null |
	sed -n '100s/{"i":\([0-9]*\),.*/\1/p')
node tests/scripts/stop-here.mjs "$out" "$event" >"$tmp/shown" 2>&1
viewer_keys() {
	wait_for 'rdtsc'
	sed -n 's/^type //p' "$tmp/shown" | grep -v '^\(sba .*\|c\)$'
	wait_for 'STACK.*'
	echo q
}
viewer_keys | type_in "$(sed -n 's/^make //p' "$tmp/shown")"
tick=$(sed -n 's/^type sba //p' "$tmp/shown") expected=$(sed -n 's/^expect //p' "$tmp/shown")
claim "the viewer's command line stops at the event's tick" \
	"$(tail -c 300 "$tmp/screen"; head -n 1 "$tmp/shown")" \
	grep -aq "Next at t=$tick" "$tmp/screen"
claim "its lines show what it says: $expected" "$(tail -c 300 "$tmp/screen")" \
	eval '[ -n "$expected" ] && tr -d "\r" <"$tmp/screen" | grep -aqxF "$expected"'

json='["kernel", "bochsrc", "plugin"] as $names | input | .replay.files | [.[$names[]]] | join(" ")'
hashes=$(sha256sum "$B/kernel.elf" bochsrc "$B/libbx_pagescope.so" | cut -d' ' -f1 | tr '\n' ' ')
told=$(zcat "$out/trace.jsonl.gz" | head -n 1 | jq -nr "$json")
claim "the trace says which kernel, bochsrc and plugin it is of" "$told, not $hashes" \
	[ "$told " = "$hashes" ]
OUT=$out EVENT=99999999 scripts/run.sh at </dev/null >"$tmp/said" 2>&1
claim "an event that is not there" "$(said)" grep -q 'has no event 99,999,999' "$tmp/said"
OUT=$tmp/none EVENT=1 scripts/run.sh at </dev/null >"$tmp/said" 2>&1
claim "a run that is not there" "$(said)" grep -q 'make run first' "$tmp/said"
done_testing

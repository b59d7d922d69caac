#!/bin/bash
# SPDX-License-Identifier: MIT
# What a run leaves in OUT is whole and of that run alone, however the run ends, and
# nothing that is not a run's is ever replaced.
. tests/lib/boot.sh
set -m	# a run in the background is a process group of its own, which takes Ctrl-C
scenario() { cat >"$tmp/$1.scn"; }
scenario a <<<$'mark "run A"\np = alloc 3\nfree p'
scenario b <<<$'mark "run B"\nv = vmalloc 64K\nvfree v'
scenario bad <<<$'p = alloc 3\nexpect p.live == 4'
scenario long <<<$'repeat 1000000 { p = alloc 2\nfree p }'

# go MODE OUT VARIABLE=VALUE...: as run(), in another mode; Ctrl-C ends it even if this test
# was started in the background, where shells ignore it
go() {
	mode=$1 out=$2
	shift 2
	env --default-signal=INT RAM=16M HIGHMEM= QUIRKS= SEED= CMDLINE= \
		TIMEOUT="$HANG_AFTER" "$@" OUT="$out" \
		scripts/run.sh "$mode" </dev/null >"$tmp/said" 2>&1
}
files() { (cd "$1" && find . -type f | sort | xargs sha256sum); }
mark_of() { "$B/pagescope" export -q --format=events -e mark "$1/capture.bin" | head -n 1; }
nothing_left() { [ -z "$(find "$tmp" -name '.run.*' -o -name '.old.*')" ]; }

# ---- one run's ----

for way in "run EMU=qemu" "sim EMU=bochs" "run TRANSPORT=off"; do
	go run "$tmp/one" SCENARIO="$tmp/a.scn"
	# shellcheck disable=SC2086 # a mode and a variable
	set -- $way
	go "$1" "$tmp/one" SCENARIO="$tmp/b.scn" "$2"
	claim "$way leaves nothing of the run before" "$(ls "$tmp/one")" \
		[ ! -e "$tmp/one/machine" ]
	case $(mark_of "$tmp/one" 2>&1) in
	*"run A"*) not_ok "$way: the capture is its own" "run A's" ;;
	*) ok "$way: the capture is its own" ;;
	esac
	go at "$tmp/one" EVENT=100
	claim "make at refuses what $way left" "$(said)" \
		grep -q "$tmp/one holds no traced run in Bochs" "$tmp/said"
done

# ---- a Bochs that the plugin does not know ----

LC_ALL=C sed 's/\(snapshot on [A-Z][a-z]*\) .[0-9], 20../\1  2, 2031/' "$(command -v bochs-bin)" \
	>"$tmp/bochs-bin" && chmod +x "$tmp/bochs-bin"
BOCHS=$tmp/bochs-bin go run "$tmp/aside" SCENARIO="$tmp/a.scn"
claim "another Bochs: why the plugin was not used is said" "$(said)" \
	grep -q 'the plugin was not used: this is not Bochs' "$tmp/said"
claim "another Bochs: the way that was used is said" "$(said)" \
	grep -q ' s  .*in bochs, 16 MiB, trace by e9$' "$tmp/said"
claim "another Bochs: info says it too" "$(grep '^run' "$tmp/aside/info.txt")" \
	grep -q '^run .*, trace by port 0xE9 (trace=doorbell' "$tmp/aside/info.txt"
go at "$tmp/aside" EVENT=100
claim "another Bochs: make at refuses what fills a terminal" "$(said)" \
	grep -q 'left by port 0xE9' "$tmp/said"

# ---- whatever its verdict ----

go run "$tmp/bad" SCENARIO="$tmp/bad.scn"
claim "a failed claim: status 1" "$?" [ $? = 1 ]
claim "a failed claim: the report is there" "$(said)" [ -s "$tmp/bad/report.html" ]
claim "a failed claim: its place and text are said" "$(said)" \
	grep -q '^bad.scn:2.*p.live == 4' "$tmp/said"
go run "$tmp/bad" SCENARIO="$tmp/bad.scn" TRANSPORT=off
claim "a failed claim without a trace: status 1" "$?" [ $? = 1 ]
# a busy host needs longer until there is a trace
for limit in 4 16 64 256; do
	go run "$tmp/slow" SCENARIO="$tmp/long.scn" TIMEOUT="$limit"
	status=$?
	[ ! -s "$tmp/slow/report.html" ] || break
done
claim "a kernel that does not end: status 1" "$status" [ "$status" = 1 ]
claim "a kernel that does not end: its trace is there" "$(said)" [ -s "$tmp/slow/report.html" ]
claim "a kernel that does not end: it is said" "$(said)" \
	grep -q "did not finish within $limit s" "$tmp/said"

# made TEST...: find finds such a file
made() { [ -n "$(find "$tmp" "$@")" ]; }

# interrupted OUT VARIABLE=VALUE...: Ctrl-C once the machine runs; sets status
interrupted() {
	out=$1
	go run "$@" &
	until_true made -path '*/.run.*/capture.bin' -size +8k
	kill -INT -- -$!
	wait $!
	status=$?
}
for emu in bochs qemu; do
	interrupted "$tmp/$emu" SCENARIO="$tmp/long.scn" EMU=$emu
	claim "Ctrl-C in $emu: status 130" "$status" [ $status = 130 ]
	claim "Ctrl-C in $emu: the trace up to then is there" "$(ls -a "$tmp/$emu" 2>&1)" \
		[ -s "$tmp/$emu/report.html" ]
done
# While the outputs are made: once the first of them is there.
scenario many <<<$'repeat 60000 { p = alloc 2\nfree p }'
go sim "$tmp/export" SCENARIO="$tmp/many.scn" EMU=bochs &
until_true made -path '*/.run.*/trace'
kill -INT -- -$!
wait $!
status=$?
claim "Ctrl-C in the export: status 130" "$status" [ $status = 130 ]
claim "Ctrl-C in the export: the capture is there" "$(ls -a "$tmp/export" 2>&1)" \
	[ "$("$B/pagescope" info --json "$tmp/export/capture.bin" 2>/dev/null |
		jq -r .verdict)" = ok ]
claim "Ctrl-C in the export: what was not made is not" "$(ls -a "$tmp/export" 2>&1)" \
	[ ! -e "$tmp/export/report.html" ]
claim "Ctrl-C in the export: it is said" "$(said)" \
	grep -q "interrupted; $tmp/export has the capture" "$tmp/said"
claim "nothing else is left" "$(ls -A "$tmp")" nothing_left

# ---- the environment's own variables ----

for script in run watch; do
	mkdir "$tmp/precious"
	work=$tmp/precious machine=ended SCENARIO=nosuch scripts/$script.sh run >"$tmp/said" 2>&1
	claim "scripts/$script.sh: status 2 for a wrong variable" "$?" [ $? = 2 ]
	claim "scripts/$script.sh removes no directory called \$work by the caller" "it is gone" \
		rmdir "$tmp/precious"
done

# ---- when the tools fail ----

go run "$tmp/one" SCENARIO="$tmp/a.scn"
files "$tmp/one" >"$tmp/before"
mkdir "$tmp/bin"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$tmp/bin/bochs"
chmod +x "$tmp/bin/bochs"
go run "$tmp/one" SCENARIO="$tmp/b.scn" BOCHS="$tmp/bin/bochs"
claim "Bochs crashes: status 1" "$?" [ $? = 1 ]
claim "Bochs crashes: OUT stays" "it changed" [ "$(files "$tmp/one")" = "$(cat "$tmp/before")" ]
claim "Bochs crashes: the rest is in OUT.failed" "$(said)" [ -f "$tmp/one.failed/boot.iso" ]
go run "$tmp/one" SCENARIO="$tmp/b.scn"
claim "the next good run clears OUT.failed" "$(said)" [ ! -e "$tmp/one.failed" ]

# ---- two at once ----

go run "$tmp/both" SCENARIO="$tmp/a.scn" RAM=16M &
go run "$tmp/both" SCENARIO="$tmp/b.scn" RAM=32M &
wait
"$B/pagescope" info "$tmp/both/capture.bin" >"$tmp/info" 2>&1
claim "two runs into one OUT: one wins whole" "$(diff "$tmp/info" "$tmp/both/info.txt")" \
	same "$tmp/info" "$tmp/both/info.txt"
winner=$(sed -n 's/^run .*scenario=\([ab].scn\).*/\1/p' "$tmp/info")
claim "and the files are all of that one" "$(ls -A "$tmp/both")" \
	grep -q "${winner:-no scenario}" "$tmp/both/console.log"
claim "nothing else is left of the other" "$(ls -A "$tmp")" nothing_left

watched() { OUT=$tmp/both KERNEL=$B/kernel/boot.elf RAM=$1 PASSES=1 scripts/watch.sh >"$2" 2>&1; }
watched 16M "$tmp/said" &
watched 32M "$tmp/said2" &
wait
"$B/pagescope" info "$tmp/both/capture.bin" >"$tmp/info" 2>&1
claim "make watch twice into one OUT: one wins whole" "$(diff "$tmp/info" "$tmp/both/info.txt")" \
	same "$tmp/info" "$tmp/both/info.txt"
claim "each of them judges its own" "$(cat "$tmp/said" "$tmp/said2")" \
	[ "$(grep -hc 'i386, 16 MiB' "$tmp/said") $(grep -hc 'i386, 32 MiB' "$tmp/said2")" = "1 1" ]
claim "nothing else is left of the other watch" "$(ls -A "$tmp")" nothing_left

# A run takes OUT while make at reads it: as publish() does, with the lock held.
go run "$tmp/new" SCENARIO="$tmp/b.scn" RAM=32M
go run "$tmp/both" SCENARIO="$tmp/a.scn" RAM=16M
exec 9<"$tmp"
flock 9
(exec 9<&-; go at "$tmp/both" EVENT=100) &
sleep 2
rm -rf "$tmp/both"
mv "$tmp/new" "$tmp/both"
exec 9<&-
wait
tick=$("$B/pagescope" export -q --format=events "$tmp/both/capture.bin" | jq 'select(.i == 100).t')
claim "make at reads one run, whichever has OUT" "$(said)" \
	grep -q "^To tick $tick of $tmp/both" "$tmp/said"

# ---- names ----

name_of() {
	env RUNS="$RUNS" RAM=16M OUT= SCENARIO="$1" scripts/run.sh sim >"$tmp/said" 2>&1
	tail -n 1 "$tmp/said"
}
for pair in "tour tour" "lessons/page lessons-page" "scenarios/lessons/page.scn lessons-page" \
	"$tmp/a.scn a"; do
	claim "OUT of SCENARIO=${pair% *}" "$(said)" \
		[ "$(name_of "${pair% *}")" = "$RUNS/${pair#* }/report.html" ]
	claim "last leads there" "$(readlink "$RUNS/last")" \
		[ "$(readlink "$RUNS/last")" = "${pair#* }" ]
done
go run "$tmp/one" SCENARIO="$tmp/a.scn"
claim "last leads to a run elsewhere, too" "$(readlink "$RUNS/last")" \
	[ "$(readlink -f "$RUNS/last")" = "$(readlink -f "$tmp/one")" ]

mkdir "$tmp/notes"
echo mine >"$tmp/notes/notes.txt"
go run "$tmp/notes" SCENARIO="$tmp/a.scn"
claim "a directory with something else: status 2" "$?" [ $? = 2 ]
claim "a directory with something else: it is named" "$(said)" grep -q 'holds notes.txt' "$tmp/said"
claim "a directory with something else stays" "$(ls "$tmp/notes")" \
	[ "$(ls "$tmp/notes")" = notes.txt ]
go run "$tmp/notes/notes.txt" SCENARIO="$tmp/a.scn"
claim "a file as OUT is refused" "$(said)" grep -q 'is a file' "$tmp/said"

# ---- the command that the report shows ----

again=$(zcat "$tmp/one/trace.jsonl.gz" | head -n 1 | jq -r .replay.rerun)
claim "the report's command says which run" "$again" \
	[ "$again" = "OUT=$tmp/one RUN=$(sha256sum <"$tmp/one/capture.bin" | cut -c 1-12)" ]
go run "$tmp/one" SCENARIO="$tmp/b.scn"
go at "$tmp/one" TICK=5 RUN="${again##*RUN=}"
claim "another run in its place is told" "$(said)" grep -q 'holds another run' "$tmp/said"
for wrong in TICK=-5 TICK=5K EVENT=1,2 EVENT=; do
	go at "$tmp/one" "$wrong"
	status=$?
	claim "make at $wrong: status 2" "$status: $(said)" [ $status = 2 ]
done
go at "$tmp/one" EVENT=99,999,999
claim "an event that is not there" "$(said)" \
	grep -q 'has no event 99,999,999; its last is ' "$tmp/said"
last=$("$B/pagescope" info --json "$tmp/one/capture.bin" | jq .t1)
go at "$tmp/one" TICK=99,999,999,999
claim "make at: a tick past the end is the end, and said" "$(said)" \
	grep -q "tick 99,999,999,999 is past the end.*: this is the end" "$tmp/said"
claim "make at goes there" "$(said)" grep -q "^To tick $last of $tmp/one" "$tmp/said"
go at "$tmp/one" TICK=$((last - 1))
claim "make at: of a tick between events the one before is said" "$(said)" \
	grep -q "^pagescope: state after event [0-9,]*, tick" "$tmp/said"
claim "make at goes to the tick between" "$(said)" \
	grep -q "^To tick $((last - 1)) of $tmp/one" "$tmp/said"
done_testing

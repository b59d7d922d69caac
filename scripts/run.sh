#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh run|shell|debug|at|sim|deps - boots the kernel, or the simulator, and makes the report.
#
# `make run` and the like end here, with the variables of `make help` in the
# environment, and these: B (the build directory), ALLOC_NAME (the allocator of ALLOC=),
# MAKE_FIRST (what else to build), RAM_FROM (a file that says how much, once built),
# RUNS (where runs go that have no OUT of their own).
# Any run that left a trace is published, whatever its verdict; see publish.sh.
#
# Exit status: 0; 1 the run failed, or its verdict is bad (but that claims of a typed session
# failed); 2 a wrong variable;
# 128 and its number if a signal ended it.

B=${B:-build}
: "${SCENARIO=tour}" "${RAM=64M}" "${EMU=bochs}" "${RUNS=$B/run}"
mode=${1:-run}
exec 4>&2
here=$(dirname "$0")
# the caller's environment may have any of these: its `work` must not be removed
me=run work='' ram='' machine='' ended_by='' too_long='' step_text='' counter='' said=''
trap 'rm -rf "$work"' EXIT
trap 'on_signal 130' INT
trap 'on_signal 143' TERM
trap 'on_signal 129' HUP

# shellcheck source=numbers.sh
. "$here/numbers.sh"
# shellcheck source=filekind.sh
. "$here/filekind.sh"
# shellcheck source=publish.sh
. "$here/publish.sh"
# shellcheck source=machine.sh
. "$here/machine.sh"

show() {
	[ -z "$V" ] || echo "+ $*" >&4	# stderr, also where a machine's is kept
}

now_ms() {
	date +%s%3N
}

# step TEXT: says how long the step before took, and begins the next; on a terminal
# the seconds of the one that runs are counted.
step() {
	step_end
	step_text=$1
	step_start=$(now_ms)
	[ -t 1 ] || return 0
	printf '%s...\r' "$step_text"
	count_seconds &
	counter=$!
}

# Ends by itself if this script is gone.
count_seconds() {
	seconds=0
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		seconds=$((seconds + 1))
		[ $seconds -lt 2 ] || printf '%5d s    %s...\r' $seconds "$step_text"
	done
}

step_end() {
	[ -n "$step_text" ] || return 0
	[ -z "$counter" ] || kill "$counter" 2>/dev/null
	counter=
	step_ms=$(($(now_ms) - step_start))
	printf '%5d.%01d s  %s\n' $((step_ms / 1000)) $((step_ms % 1000 / 100)) "$step_text"
	step_text=
}

# ---- the variables ----

check_ram() {
	bytes=$(size "$RAM") || wrong "RAM=$RAM is no size; write for example RAM=64M or RAM=1G"
	if [ "$bytes" -lt 8388608 ] || [ "$bytes" -gt 4294967296 ]; then
		wrong "RAM=$RAM is out of range;" \
			"8M to 4G can be booted (build/mmsim takes any size)"
	fi
	[ $((bytes % 1048576)) -eq 0 ] || wrong "RAM=$RAM: whole MiB are wanted, such as 64M"
	ram=$((bytes / 1048576))
}

check_seed() {
	{ value=$(number "$1") && [ "$value" -le 4294967295 ]; } ||
		wrong "$2: a number from 0 to 4294967295 is wanted"
}

check_highmem() {
	case $1 in
	on | off) ;;
	*) { value=$(size "$1") && [ "$value" -gt 0 ]; } ||
		wrong "$2: on, off or a size such as 64M is wanted"
		check_highmem_fits "$1" "$2" ;;
	esac
}

# The kernel ignores a size that leaves too little low memory.  A capture's machine has a size
# that is not known yet.
check_highmem_fits() {
	[ -n "$ram" ] || return 0
	low=64 room=$(((ram - 64) * 1048576 - 1))
	[ "$ram" -le 896 ] || low=896 room=$(((ram - 896) * 1048576))
	[ "$value" -le $room ] ||
		wrong "$2: $1 of ${ram}M cannot be high memory: ${low}M must stay low memory," \
			"and the firmware keeps a little"
}

check_quirks() {
	[ "$1" = 2.4.22 ] || wrong "$2: 2.4.22 is the only set of quirks"
}

# mem=SIZE, mem=SIZE@START, mem=nopentium, mem=exactmap
check_mem() {
	case $1 in
	nopentium | exactmap) ;;
	*@*) { value=$(size "${1%@*}") && [ "$value" -gt 0 ] && size "${1#*@}" >/dev/null; } ||
		wrong "$2: SIZE@START is wanted, such as 31M@1M" ;;
	*) { value=$(size "$1") && [ "$value" -ge 4194304 ]; } ||
		wrong "$2: a size from 4M, nopentium, exactmap or SIZE@START is wanted" ;;
	esac
}

# Up to three numbers with commas between.
check_memfrac() {
	rest=$1,
	for zone in DMA Normal HighMem; do
		{ value=$(number "${rest%%,*}") && [ "$value" -gt 0 ] &&
			[ "$value" -le 4294967295 ]; } ||
			wrong "$2: numbers as in 128,128,128 are wanted; $zone has \"${rest%%,*}\""
		rest=${rest#*,}
		[ -n "$rest" ] || return 0
	done
	wrong "$2: there are three zones"
}

one_of() {
	value=$1 what=$2
	shift 2
	case " $* " in
	*" $value "*) ;;
	*) wrong "$what: one of $* is wanted$("$here/nearest.sh" "$value" "$@")" ;;
	esac
}

# One word for the kernel: as kernel/i386/options.c takes it.
check_word() {
	value=${1#*=}
	case $1 in
	mem=*) check_mem "$value" "CMDLINE: $1" ;;
	memfrac=*) check_memfrac "$value" "CMDLINE: $1" ;;
	highmem=*) check_highmem "$value" "CMDLINE: $1" ;;
	quirks=*) check_quirks "$value" "CMDLINE: $1" ;;
	seed=*) check_seed "$value" "CMDLINE: $1" ;;
	trace=*) one_of "$value" "CMDLINE: $1" auto doorbell e9 debugcon off ;;
	trace_boot=*) one_of "$value" "CMDLINE: $1" auto full range ;;
	shell | alloc=* | scenario=?*) ;;
	*) wrong "CMDLINE: $1 is no option of the kernel$("$here/nearest.sh" "${1%%=*}" mem \
		memfrac highmem quirks seed trace trace_boot shell scenario)" ;;
	esac
}

check_values() {
	case $WINDOW in
	"" | 1) ;;
	*) wrong "WINDOW=$WINDOW: write WINDOW=1 for a window" ;;
	esac
	[ -z "$MAKE_FIRST" ] || [ -e "$LINUX" ] ||
		wrong "LINUX=$LINUX: there is no such capture of Linux; docs/real-workloads.md"
	[ -z "$SEED" ] || check_seed "$SEED" "SEED=$SEED"
	[ -z "$HIGHMEM" ] || check_highmem "$HIGHMEM" "HIGHMEM=$HIGHMEM"
	[ -z "$QUIRKS" ] || check_quirks "$QUIRKS" "QUIRKS=$QUIRKS"
	set -f
	for word in $CMDLINE; do
		check_word "$word"
	done
	set +f
}

# A name among scenarios, or any file; the shell can do without.
find_scenario() {
	scenario=
	[ "$mode" != shell ] || [ -n "$SCENARIO" ] || return 0
	case $SCENARIO in
	/* | ./* | ../* | *.scn) scenario=$SCENARIO ;;
	*) scenario=scenarios/$SCENARIO.scn	# lessons/page, too
		[ -f "$scenario" ] || [ ! -f "$SCENARIO" ] || scenario=$SCENARIO ;;
	esac
	if [ ! -f "$scenario" ] || [ ! -r "$scenario" ]; then
		# shellcheck disable=SC2046 # names without blanks
		tell "SCENARIO=$SCENARIO: there is no readable file $scenario$(
			"$here/nearest.sh" "${SCENARIO%.scn}" $(known_scenarios))"
		tell "give the path of a .scn file, or one of: $(known_scenarios)"
		exit 2
	fi
	kind=$(file_kind "$scenario")
	[ -z "$kind" ] || wrong "SCENARIO=$SCENARIO: $scenario is no scenario: it is $kind"
	[ "$(tr -d '\0' <"$scenario" | wc -c)" -eq "$(wc -c <"$scenario")" ] ||
		wrong "SCENARIO=$SCENARIO: $scenario holds NUL bytes; a scenario is text"
	scenario_name=$(basename "$scenario")
	case $scenario_name in	# the kernel takes 31 plain characters
	*[!A-Za-z0-9._+-]* | ????????????????????????????????*) scenario_name=scenario.scn ;;
	esac
}

# The name of the run: lessons/walk gives lessons-walk, any other path its last part.
run_name() {
	name=${scenario#"$PWD"/}
	case $name in
	"") name=$mode ;;
	scenarios/*) name=$(echo "${name#scenarios/}" | tr / -) ;;
	*) name=${name##*/} ;;
	esac
	name=$(printf %s "${name%.scn}" | tr -c 'A-Za-z0-9._+-' _)
	case $name in
	last | "" | .*) name=run-$name ;;
	esac
	# what a debugger leaves is no run
	[ "$mode" != debug ] || name=$name-debug
	printf %s "$name"
}

known_scenarios() {
	for file in scenarios/*.scn scenarios/*/*.scn; do
		[ ! -f "$file" ] || printf '%s ' \
			"$(echo "$file" | sed 's|^scenarios/||; s|\.scn$||')"
	done
}

check_emulator() {
	case $EMU in
	bochs | qemu) ;;
	*) wrong "EMU=$EMU is unknown; use EMU=bochs or EMU=qemu$(
		"$here/nearest.sh" "$EMU" bochs qemu)" ;;
	esac
}

# QEMU has no plugin; port 0xE9 is its debugcon.
check_transport() {
	[ "$EMU" = bochs ] || [ "$mode" = run ] ||
		wrong "make $mode needs Bochs; leave out EMU=$EMU"
	case $EMU:${TRANSPORT=} in
	bochs:) TRANSPORT=doorbell ;;
	bochs:doorbell | bochs:e9 | *:off) ;;
	qemu: | qemu:e9 | qemu:debugcon) TRANSPORT=debugcon ;;
	qemu:doorbell) wrong "QEMU has no plugin; leave out TRANSPORT=doorbell" ;;
	*) wrong "TRANSPORT=$TRANSPORT is unknown; use TRANSPORT=doorbell or TRANSPORT=e9$(
		"$here/nearest.sh" "$TRANSPORT" doorbell e9 off)" ;;
	esac
}

# The kernel judges the values itself.
command_line() {
	cmdline="trace=$TRANSPORT"
	[ -z "$scenario" ] || cmdline="$cmdline scenario=$scenario_name"
	[ -z "$HIGHMEM" ] || cmdline="$cmdline highmem=$HIGHMEM"
	[ -z "$QUIRKS" ] || cmdline="$cmdline quirks=$QUIRKS"
	[ -z "$SEED" ] || cmdline="$cmdline seed=$SEED"
	[ -z "$ALLOC_NAME" ] || cmdline="$cmdline alloc=$ALLOC_NAME"
	[ "$mode" != shell ] || cmdline="$cmdline shell"
	[ -z "$CMDLINE" ] || cmdline="$cmdline $CMDLINE"
	# the kernel reads so much, and its own path before it
	[ ${#cmdline} -le 480 ] ||
		wrong "CMDLINE: the kernel's command line has ${#cmdline} bytes;" \
			"at most 480 are read"
}

# ---- what it takes ----

# install GROUP...
install() {
	step "what is needed is installed"
	"$here/deps.sh" "$@" || exit 1
}

# build TARGET...: quiet, unless something goes wrong.
build() {
	step "built"
	log=$(mktemp) || fail "no room for temporary files in ${TMPDIR:-/tmp}"
	trap 'rm -f "$log"' EXIT
	jobs=-j$(nproc 2>/dev/null || echo 1)
	if [ -n "$V" ]; then
		make "$jobs" B="$B" "$@"
	else
		make --no-print-directory "$jobs" B="$B" "$@" >"$log" 2>&1
	fi
	status=$?
	[ $status -eq 0 ] || tail -n 30 "$log" >&2
	rm -f "$log"
	trap 'rm -rf "$work"' EXIT
	[ $status -eq 0 ] || fail "the build failed; make V=1 shows its commands"
}

# The machine that a capture was recorded on, if no other is asked for.
capture_ram() {
	[ -n "$RAM_FROM" ] || return 0
	RAM=$(sed -n 's/^replay file .* for \([0-9]*\) MiB$/\1M/p' "$RAM_FROM")
	check_ram
	check_values
}

# Ctrl-C ends the machine, and its trace up to then is published; so is the capture if it
# comes later.  Before the machine runs nothing is.
on_signal() {
	ended_by=$1
	case $machine in
	runs) machine=ended ;;
	ended) publish_early "$ended_by" ;;
	*) exit "$ended_by" ;;
	esac
}

# ---- what it leaves ----

# What it says is kept in a variable: the disk may be full.
pagescope() {
	show "$B/pagescope $*"
	said=$({ "$B/pagescope" "$@" >&3; } 2>&1) 3>&1 || give_up "$(echo "$said" | tail -n 1)"
}

export_all() {
	symbols=$B/kernel.elf
	[ "$mode" != sim ] || symbols=$B/mmsim	# its call sites are the host's
	capture=$work/capture.bin
	pagescope export --format=ctf -o "$work/trace" "$capture"
	set -- --symbols "$symbols"
	[ ! -f "$work/machine" ] || set -- "$@" --rerun "OUT=$OUT RUN=$(run_hash "$capture")"
	pagescope export "$@" -o "$work/trace.jsonl.gz" "$capture"
	pagescope export "$@" --format=html --viewer "$B/viewer.html" -o "$work/report.html" \
		"$capture"
	pagescope info "$capture" >"$work/info.txt"
	! grep -q 'died of a triple fault' "$work/info.txt" ||
		pagescope why -q --symbols "$symbols" "$capture" >"$work/why.txt"
}

# What the kernel did not understand, and the steps that failed.
show_failures() {
	[ -f "$work/console.log" ] || return 0	# whoever types has seen them
	tr -d '\r' <"$work/console.log" |
		grep -aE '^boot option |^[^ ]*:[0-9]+(:[0-9]+)?: |ignoring (it|highmem)' >&2
}

# Exports, publishes, and tells.
report() {
	step "trace exported, report made"
	export_all
	step_end
	show_failures
	told=$(cat "$work/info.txt" "$work/why.txt" 2>/dev/null)
	drop_scraps
	publish
	point_last
	printf '\n%s\n\n%s\n' "$told" "$OUT/report.html"
	finish "$(printf '%s' "$told" | sed -n 's/^verdict  *//p')"
}

# What only the run itself needed.
drop_scraps() {
	rm -rf "$work/files" "$work"/*.err "$work/bochs.out" "$work/bochs.rc"
}

# finish VERDICT: the exit status.
finish() {
	[ -z "$ended_by" ] || {
		tell "interrupted; the trace up to then is in $OUT"
		exit "$ended_by"
	}
	[ -z "$too_long" ] || fail "$too_long"
	case $mode:$1 in
	*:ok*) ;;
	# a wrong guess at the prompt is no fault of the session
	shell:failed*) tell "the verdict is not ok: $1" ;;
	*) fail "the verdict is not ok: ${1:-none was reached}" ;;
	esac
}

# ---- the commands ----

do_run() {
	# shellcheck disable=SC2046 # none or one word
	install run $([ "$EMU" != qemu ] || echo qemu)
	# shellcheck disable=SC2086 # a target and its variables
	build kernel plugin exporter viewer $MAKE_FIRST
	capture_ram
	begin_work
	step "${scenario:-no scenario} in $EMU, $ram MiB, trace by $TRANSPORT"
	collect_files
	[ "$EMU" = qemu ] || make_iso
	boot
	save_machine
	if [ "$TRANSPORT" = off ]; then
		step_end
		cat "$work/console.log"
		verdict=$(sed -n 's/^Run finished: 0 failed/ok/p; s/^Run finished: //p' \
			"$work/console.log")
		drop_scraps
		publish
		point_last
		finish "$verdict"
		return
	fi
	report
}

# WINDOW=1: Bochs shows its screen in a window.
window() {
	[ -n "$WINDOW" ] || return 0
	[ -n "$DISPLAY" ] || wrong "WINDOW=1 needs a display; DISPLAY is not set"
	echo window
}

do_debug() {
	groups=$(window) || exit
	# shellcheck disable=SC2086 # several words
	install run $groups
	# shellcheck disable=SC2086 # a target and its variables
	build kernel plugin $MAKE_FIRST
	capture_ram
	step_end
	# shellcheck disable=SC2086
	breaks=$("$here/breaks.sh" "$B/kernel.elf" "$B/kernel/kernel.sym" $BREAK) || exit 2
	begin_work
	collect_files
	make_iso
	IFS="
"
	# shellcheck disable=SC2086
	set -- $breaks
	unset IFS
	bochs_debug "$B/kernel/kernel.sym" "$@"
	[ ! -s "$work/capture.bin" ] || {
		mv "$work/capture.bin" "$work/debug.bin"
		rm -f "$work/boot.iso"
		drop_scraps
		publish
		echo "What was traced till then is in $OUT/debug.bin"
	}
}

do_shell() {
	{ [ -t 0 ] && [ -t 1 ]; } || fail "make shell needs a terminal"
	groups=$(window) || exit
	# shellcheck disable=SC2086 # several words
	install run $groups
	# shellcheck disable=SC2086 # a target and its variables
	build kernel plugin exporter viewer $MAKE_FIRST
	capture_ram
	step_end
	begin_work
	collect_files
	make_iso
	machine=runs
	bochs_shell
	machine=ended
	if [ "$TRANSPORT" = off ]; then
		echo "TRANSPORT=off: the session has no trace, and so no report"
		return
	fi
	[ -s "$work/capture.bin" ] || give_up "the session left no trace: $(emulator_said)"
	report
}

# What make at needs to boot the same machine again.
save_machine() {
	{ [ "$EMU" = bochs ] && [ "$TRANSPORT" != off ]; } || return 0
	{ cp "$B/kernel/kernel.sym" "$work/kernel.sym" &&
		echo "ram=$ram transport=$TRANSPORT" >"$work/machine"; } ||
		give_up "no room in $OUT"
}

# Sets $by and $number: what is asked for, as an option of pagescope.
check_moment() {
	asked="make at needs EVENT=NUMBER, as the viewer shows it, or TICK=NUMBER"
	# shellcheck disable=SC2153 # the variable of make
	case ${TICK:+tick}${EVENT:+event} in
	tickevent) wrong "give EVENT= or TICK=, not both" ;;
	tick) by=--at
		number=$(counted "$TICK") || wrong "TICK=$TICK is no number; $asked" ;;
	event) by=--at-event
		number=$(counted "$EVENT") || wrong "EVENT=$EVENT is no number; $asked" ;;
	*) wrong "$asked" ;;
	esac
}

# Sets $tick: where that is in the run that OUT holds.  pagescope says, in the words that it
# has for any moment, what is there; past the end, that it is the end.
find_tick() {
	told=$("$B/pagescope" show buddyinfo --json "$by" "$number" "$OUT/capture.bin") || exit
	tick=$(echo "$told" | sed 's/^{"i":[0-9]*,"t":\([0-9]*\),.*/\1/')
	end=$("$B/pagescope" info --json "$OUT/capture.bin" | sed 's/.*"t1":\([0-9]*\),.*/\1/')
	[ "$by" = --at-event ] || [ "$number" -gt "$end" ] || tick=$number
}

# What `make at` is about: a run in Bochs whose ticks are known, and the one that is meant.
check_again() {
	for file in machine boot.iso kernel.sym capture.bin; do
		[ -f "$OUT/$file" ] || fail "$OUT holds no traced run in Bochs; make run first"
	done
	ram=$(sed 's/ram=\([0-9]*\) .*/\1/' "$OUT/machine")
	TRANSPORT=$(sed 's/.*transport=//' "$OUT/machine")
	[ "$TRANSPORT" != e9 ] ||
		fail "the trace of $OUT left by port 0xE9, which would fill this terminal;" \
			"make run without TRANSPORT=e9"
	now=$(run_hash "$OUT/capture.bin")
	[ -z "$RUN" ] || [ "$RUN" = "$now" ] ||
		fail "$OUT holds another run by now ($now, and RUN=$RUN is asked for);" \
			"make the run again that the report is of"
}

# A run once more, up to the very instruction of one of its events: the same image on the
# same machine has the same ticks.
do_at() {
	check_moment
	if [ -z "$OUT" ]; then
		[ -e "$RUNS/last" ] ||
			fail "$RUNS/last leads to no run; make run first, or give OUT="
		OUT=$(realpath --relative-base=. "$RUNS/last")
	fi
	check_again
	build plugin exporter
	step_end
	work=$(mktemp -d) || fail "no room for temporary files in ${TMPDIR:-/tmp}"
	# another run may take the place of this one: what is read till then is of one run
	exec 9<"$(dirname "$(realpath -m "$OUT")")" && flock -s 9 2>/dev/null
	check_again
	find_tick
	cp "$OUT/boot.iso" "$OUT/kernel.sym" "$work/" || fail "no room in ${TMPDIR:-/tmp}"
	exec 9<&-
	echo "To tick $tick of $OUT; its time stamp is read by the instruction Bochs stops at."
	bochs_debug "$work/kernel.sym" "sba $tick" c
}

# The same without an emulator, in a moment.
do_sim() {
	[ -n "$scenario" ] || wrong "make sim needs a scenario"
	# shellcheck disable=SC2086 # a target and its variables
	build mmsim exporter viewer $MAKE_FIRST
	capture_ram
	begin_work
	collect_files
	step "$scenario in the simulator, $ram MiB"
	set -- --ram "${ram}M" --scenario "$work/files/$scenario_name" -o "$work/capture.bin"
	[ -z "$HIGHMEM" ] || set -- "$@" --highmem="$HIGHMEM"
	[ -z "$QUIRKS" ] || set -- "$@" --quirks "$QUIRKS"
	[ -z "$SEED" ] || set -- "$@" --seed "$SEED"
	show "$B/mmsim $*"
	machine=runs
	"$B/mmsim" "$@" 2>"$work/console.log"
	status=$?
	machine=ended
	[ $status -le 128 ] || [ -n "$ended_by" ] ||
		give_up "the simulator died of signal $((status - 128))"
	[ -s "$work/capture.bin" ] || give_up "$(tail -n 3 "$work/console.log")"
	report
}

case $mode in
run | debug | shell | sim) ;;
at)	do_at
	exit ;;
deps)	check_emulator
	# shellcheck disable=SC2046 # none or one word
	exec "$here/deps.sh" run $([ "$EMU" != qemu ] || echo qemu) ;;
*) wrong "usage: run.sh run|shell|debug|at|sim|deps" ;;
esac
[ -n "$RAM_FROM" ] || check_ram
check_timeout
find_scenario
check_emulator
check_transport
check_values
: "${OUT:=$RUNS/$(run_name)}"
check_out
command_line
"do_$mode"

#!/bin/sh
# run.sh run|debug|shell - boots the kernel and makes the report.
#
# `make run`, `make debug` and `make shell` end here, with the variables of the
# Makefile in the environment: B (build directory), SCENARIO, RAM, EMU, TRANSPORT,
# HIGHMEM, QUIRKS, SEED, OUT, CMDLINE, and V=1 for the commands.  All is made in
# a directory of its own and moved to OUT at the end: a run that fails leaves
# what was there before, and its own remains in OUT/failed.
#
# Exit status: 0; 1 the run failed, or its verdict is bad; 2 a wrong variable.

B=${B:-build}
mode=${1:-run}
here=$(dirname "$0")
# Long enough for a million events, short enough to notice a kernel that hangs.
limit=${TIMEOUT:-900}

fail() {
	echo "run: $*" >&2
	exit 1
}

wrong() {
	echo "run: $*" >&2
	exit 2
}

show() {
	[ -z "$V" ] || echo "+ $*" >&2
}

now_ms() {
	date +%s%3N
}

# step TEXT: says how long the step before took, and begins the next.
step() {
	step_end
	step_text=$1
	step_start=$(now_ms)
	[ ! -t 1 ] || printf '%s...\r' "$step_text"
}

step_end() {
	[ -n "$step_text" ] || return 0
	step_ms=$(($(now_ms) - step_start))
	printf '%5d.%01d s  %s\n' $((step_ms / 1000)) $((step_ms % 1000 / 100)) "$step_text"
	step_text=
}

# ---- the variables ----

# Sizes as a person writes them, in MiB: 64, 64M, 1G.
mebibytes() {
	case $1 in
	*[!0-9]*[0-9]* | *[!0-9MmGg]* | "" | [!0-9]* | *[MmGg]?*) return 1 ;;
	*[Gg]) echo $((${1%?} * 1024)) ;;
	*[Mm]) echo $((${1%?})) ;;
	*) echo "$(($1))" ;;
	esac
}

check_ram() {
	ram=$(mebibytes "$RAM") ||
		wrong "RAM=$RAM is no size; write for example RAM=64M or RAM=1G"
	[ "$ram" -ge 8 ] && [ "$ram" -le 4096 ] ||
		wrong "RAM=$RAM is out of range; 8M to 4G can be booted (build/mmsim takes any size)"
}

# A name among kernel/scenarios, or any file.
find_scenario() {
	scenario=
	[ -n "$SCENARIO" ] || [ "$mode" != shell ] || return 0
	case $SCENARIO in
	*/* | *.scn) scenario=$SCENARIO ;;
	*) scenario=kernel/scenarios/$SCENARIO.scn ;;
	esac
	[ -f "$scenario" ] && [ -r "$scenario" ] && return
	echo "run: SCENARIO=$SCENARIO: there is no readable file $scenario" >&2
	echo "run: give the path of a .scn file, or one of:" \
		$(cd kernel/scenarios 2>/dev/null && ls -- *.scn | sed 's/\.scn$//') >&2
	exit 2
}

check_emulator() {
	case $EMU in
	bochs) ;;
	qemu)
		[ "$mode" = run ] || wrong "make $mode needs Bochs; leave out EMU=$EMU"
		TRANSPORT=debugcon ;;	# QEMU has no plugin; port 0xE9 is its debugcon
	*) wrong "EMU=$EMU is unknown; use EMU=bochs or EMU=qemu" ;;
	esac
	case $TRANSPORT in
	doorbell | e9 | debugcon | off) ;;
	*) wrong "TRANSPORT=$TRANSPORT is unknown; use TRANSPORT=doorbell or TRANSPORT=e9" ;;
	esac
}

# The kernel checks the values; here only what would break the line.
command_line() {
	cmdline="trace=$TRANSPORT"
	[ -z "$scenario" ] || cmdline="$cmdline scenario=$(basename "$scenario")"
	[ -z "$HIGHMEM" ] || cmdline="$cmdline highmem=$HIGHMEM"
	[ -z "$QUIRKS" ] || cmdline="$cmdline quirks=$QUIRKS"
	[ -z "$SEED" ] || cmdline="$cmdline seed=$SEED"
	[ "$mode" != shell ] || cmdline="$cmdline shell"
	[ -z "$CMDLINE" ] || cmdline="$cmdline $CMDLINE"
}

# Runs make for the targets; quiet unless something goes wrong.
build() {
	step "built"
	log=$(mktemp) || fail "no room for temporary files in ${TMPDIR:-/tmp}"
	case $MAKEFLAGS in
	*jobserver*) jobs= ;;
	*) jobs=-j$(nproc 2>/dev/null || echo 1) ;;
	esac
	if [ -n "$V" ]; then
		${MAKE:-make} $jobs "$@"
	else
		${MAKE:-make} --no-print-directory $jobs "$@" >"$log" 2>&1
	fi
	status=$?
	[ $status -eq 0 ] || tail -n 30 "$log" >&2
	rm -f "$log"
	[ $status -eq 0 ] || fail "the build failed; make V=1 shows its commands"
}

check_files() {
	for file in "$B/kernel/boot.elf" "$B/kernel/grub.img" "$B/pagescope" "$B/viewer.html"; do
		[ -e "$file" ] || fail "$file is missing; run make"
	done
	[ "$TRANSPORT" != doorbell ] || [ -e "$B/libbx_pagescope.so" ] ||
		fail "$B/libbx_pagescope.so is missing; run make plugin, or use TRANSPORT=e9"
}

# ---- the machine ----

# Files beside the scenario that it asks for by name: modules and recordings.
scenario_files() {
	[ -n "$scenario" ] || return 0
	echo "$scenario"
	sed -n 's/#.*//; s/^.*\(insmod\|replay\)  *\([A-Za-z0-9._+-]*\).*/\2/p' "$scenario" |
	sort -u | while read -r name; do
		for file in "$(dirname "$scenario")/$name" "$B/modules/$name" "$B/modules/$name.ko"; do
			[ ! -f "$file" ] || { echo "$file"; break; }
		done
	done
}

make_iso() {
	IFS='
'
	set -f
	set -- $(scenario_files)	# one word a line: paths may hold blanks
	set +f
	unset IFS
	show "$here/mkiso.sh $work/boot.iso ... '$cmdline' $*"
	"$here/mkiso.sh" "$work/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" "$cmdline" "$@"
}

hashes() {
	for file in kernel=$B/kernel.elf bochsrc=bochsrc plugin=$B/libbx_pagescope.so; do
		printf '%s=%s ' "${file%%=*}" "$(sha256sum "${file#*=}" | cut -d' ' -f1)"
	done
}

# What differs from bochsrc; Bochs takes options as arguments of their own.
bochs_options() {
	# host memory is allocated page by page as the guest touches it, up to 1 GiB
	host=$ram
	[ "$host" -le 1024 ] || host=1024
	set -- "memory: guest=$ram, host=$host" \
		"ata0-master: type=cdrom, path=$work/boot.iso, status=inserted" \
		"com1: enabled=1, mode=file, dev=$work/console.log" \
		"log: $work/bochs.log" "$@"
	if [ "$TRANSPORT" = doorbell ]; then
		set -- "plugin_ctrl: pagescope=1" "$@"
		PAGESCOPE_CAPTURE=$work/capture.bin PAGESCOPE_FILES=$(hashes)
		LTDL_LIBRARY_PATH=$PWD/$B:$(bochs_plugins)
		export PAGESCOPE_CAPTURE PAGESCOPE_FILES LTDL_LIBRARY_PATH
	fi
	show "bochs -q -f bochsrc -rc $work/bochs.rc $(printf "'%s' " "$@")"
	bochs_run "$@"
}

bochs_plugins() {
	for dir in /usr/lib/*/bochs/plugins /usr/lib/bochs/plugins /usr/local/lib/bochs/plugins; do
		[ ! -d "$dir" ] || { echo "$dir"; return; }
	done
}

# Bochs ends by what it calls a panic, so its status says little: 74 is the
# plugin's, which could not write the capture; 124 and 137 are timeout's.
bochs_run() {
	case $mode in
	run)
		echo c >"$work/bochs.rc"
		# nobody is there to go on after a `break`
		timeout --foreground -k 5 "$limit" bochs -q -f bochsrc -rc "$work/bochs.rc" \
			"magic_break: enabled=0" "$@" </dev/null \
			>"$work/bochs.out" 2>"$work/bochs.err"
		status=$?
		[ "$TRANSPORT" != e9 ] || mv "$work/bochs.out" "$work/capture.bin" ;;
	debug)
		: >"$work/bochs.rc"
		bochs -q -f bochsrc -rc "$work/bochs.rc" "debug_symbols: file=$B/kernel/kernel.sym" \
			"$(display)" "$@"
		status=$? ;;
	shell)
		echo c >"$work/bochs.rc"
		bochs -q -f bochsrc -rc "$work/bochs.rc" "$@" "com1: enabled=1, mode=term, dev=$(tty)" \
			</dev/null >"$work/bochs.out" 2>"$work/bochs.err"
		status=$? ;;
	esac
}

# -icount: one instruction is one tick of 2^4 ns, so that the clock follows the
# instructions here too and two runs are the same.
qemu_run() {
	set -- qemu-system-i386 -machine pc -cpu qemu32 -m "${ram}M" -icount shift=4,sleep=off \
		-rtc base=2001-09-09,clock=vm -net none -no-reboot -no-user-config \
		-display none -monitor none -serial "file:$work/console.log" \
		-debugcon "file:$work/capture.bin" -device isa-debug-exit,iobase=0xf4,iosize=4 \
		-drive "file=$work/boot.iso,media=cdrom,format=raw,readonly=on" -boot d
	show "$@"
	timeout --foreground -k 5 "$limit" "$@" </dev/null >"$work/bochs.log" 2>&1
	status=$?
}

boot() {
	if [ "$EMU" = qemu ]; then
		qemu_run
	else
		bochs_options
	fi
	case $status in
	124 | 137) give_up "the kernel did not finish within $limit s (TIMEOUT=seconds gives it longer)" ;;
	74) give_up "$(grep -h pagescope: "$work/bochs.err" | tail -n 1)" ;;
	127) give_up "$EMU is not installed; run make deps EMU=$EMU" ;;
	esac
	[ -s "$work/console.log" ] ||
		give_up "the kernel printed nothing: $(grep -hE 'PANIC|panic|rror' "$work/bochs.err" "$work/bochs.log" 2>/dev/null | tail -n 1)"
	[ "$TRANSPORT" = off ] || [ -s "$work/capture.bin" ] ||
		give_up "the run wrote no trace; its console ended with: $(tail -n 1 "$work/console.log" | tr -d '\r')"
}

# ---- what a run leaves ----

begin_work() {
	mkdir -p "$OUT" 2>/dev/null || fail "OUT=$OUT: no such directory can be made"
	work=$(mktemp -d "$OUT/.new.XXXXXX" 2>/dev/null) || fail "OUT=$OUT: cannot be written to"
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

give_up() {
	step_end
	rm -rf "$OUT/failed"
	mv "$work" "$OUT/failed" 2>/dev/null && echo "run: what there is of this run is in $OUT/failed" >&2
	fail "$*"
}

pagescope() {
	show "$B/pagescope $*"
	"$B/pagescope" "$@" 2>>"$work/export.err" || {
		[ $? -eq 3 ] || give_up "pagescope $1: $(tail -n 1 "$work/export.err")"
	}
}

export_all() {
	capture=$work/capture.bin
	pagescope export --format=ctf -o "$work/trace" "$capture"
	pagescope export --symbols "$B/kernel.elf" -o "$work/trace.jsonl.gz" "$capture"
	pagescope export --format=html --symbols "$B/kernel.elf" --viewer "$B/viewer.html" \
		-o "$work/report.html" "$capture"
	pagescope info "$capture" >"$work/info.txt"
}

# Replaces the outputs of the run before, one rename each.
publish() {
	for old in "$OUT"/trace.[0-9]*.jsonl.gz "$OUT"/report.[0-9]*.html; do
		rm -f "$old"		# of further sessions in a capture before
	done
	rm -f "$work/export.err" "$work/bochs.out" "$work/bochs.err" "$work/bochs.rc"
	for new in "$work"/*; do
		name=${new##*/}
		rm -rf "${OUT:?}/$name" && mv "$new" "$OUT/$name" || fail "$OUT/$name cannot be replaced"
	done
	rm -rf "$OUT/failed"
}

do_run() {
	step "what is needed is installed"
	"$here/deps.sh" run $([ "$EMU" != qemu ] || echo qemu) || exit 1
	build kernel plugin exporter viewer
	check_files
	begin_work
	step "boot image"
	make_iso || give_up "no boot image"
	step "${scenario:-no scenario} in $EMU, $ram MiB, trace by $TRANSPORT"
	boot
	if [ "$TRANSPORT" = off ]; then
		step_end
		publish
		cat "$OUT/console.log"
		exit 0
	fi
	step "trace exported, report made"
	export_all
	step_end
	publish
	echo
	cat "$OUT/info.txt"
	echo
	echo "$OUT/report.html"
	grep -q '^verdict  *ok' "$OUT/info.txt" || {
		echo "run: the verdict is not ok" >&2
		exit 1
	}
}

do_debug() {
	"$here/deps.sh" run || exit 1
	build kernel plugin
	step_end
	begin_work
	make_iso || fail "no boot image"
	bochs_options
	[ ! -s "$work/capture.bin" ] || mv "$work/capture.bin" "$OUT/debug.bin"
}

check_ram
find_scenario
check_emulator
command_line
case $mode in
run | debug | shell) do_$mode ;;
*) wrong "usage: run.sh run|debug|shell" ;;
esac

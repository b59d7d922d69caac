# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# trace.sh - for tests that boot something: sourced with B set or not.
B=${B:-build}
. tests/lib/claims.sh
same() { [ "$1" = "$2" ]; }

tmp=$(mktemp -d) || exit 1
running=
trap '[ -z "$running" ] || kill -9 "$running" 2>/dev/null; rm -rf "$tmp"' EXIT

# prepare DIR KERNEL CMDLINE: makes DIR/boot.iso
prepare() {
	mkdir -p "$1"
	scripts/mkiso.sh "$1/boot.iso" "$B/kernel/grub.img" "$2" "$3"
}

# bochs_in DIR [OPTION...]: boots DIR/boot.iso with the plugin; the debugger gets
# the lines of DIR/rc, by default "c".  Capture in DIR/capture.bin.
bochs_in() {
	dir=$1
	shift
	[ -f "$dir/rc" ] || echo c >"$dir/rc"
	PAGESCOPE_CAPTURE=${CAPTURE-$dir/capture.bin} \
		PAGESCOPE_FILES="kernel=11 bochsrc=22 plugin=33" \
	B="$B" BOCHS="${BOCHS-}" exec ${limited-} scripts/bochs.sh -rc "$dir/rc" \
	"plugin_ctrl: pagescope=1" \
		"ata0-master: type=cdrom, path=$dir/boot.iso, status=inserted" \
		"com1: enabled=1, mode=file, dev=$dir/console.log" "log: $dir/bochs.log" \
		"magic_break: enabled=0" "$@" </dev/null >"$dir/out" 2>"$dir/err"
}

# run DIR [OPTION...]: to its end, at most LIMIT seconds; the exit status is in $status.
run() {
	( limited="timeout -k 5 ${LIMIT:-$HANG_AFTER}" && bochs_in "$@" )
	status=$?
}

# start DIR [OPTION...]: in the background, as $running.
start() {
	( bochs_in "$@" ) &
	running=$!
}

# stop SIGNAL: ends $running; its exit status is in $status.
stop() {
	kill -"$1" "$running"
	wait "$running" 2>/dev/null
	# shellcheck disable=SC2034 # for the test
	status=$?
	running=
}

# count CAPTURE EVENT
count() { "$B/capture_dump" "$1" 2>/dev/null |
	awk -v e="$2" '$2 == e { n++ } END { print n + 0 }'; }
# Whole packets from end to end, whatever dump says else.
intact() { "$B/capture_dump" "$1" >/dev/null 2>"$tmp/dump.err"; }

# scenario DIR FILE [COMMANDLINE]: boots the kernel with it.
scenario() {
	mkdir -p "$1"
	scripts/mkiso.sh "$1/boot.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
		"scenario=$(basename "$2") trace=${TRANSPORT:-doorbell} ${3:-}" "$2"
	run "$1"
}

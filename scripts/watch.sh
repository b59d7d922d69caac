#!/bin/sh
# SPDX-License-Identifier: MIT
# watch.sh - boots a guest that knows nothing of pagescope, and shows its page tables.
#
# `make watch` ends here, with its variables in the environment: one of DISK, ISO, FLOPPY,
# KERNEL and BOCHSRC, and RAM, UNTIL, SYMBOLS, DISK2, INITRD, APPEND, CHECK, PASSES, OUT,
# TIMEOUT.
# No image is ever written: disks are opened volatile, what the guest writes to them lies in
# a file of the run, and the floppy is a copy.
#
# Exit status: 0, also if the guest died; 1 it could not be watched; 2 a wrong variable.

B=${B:-build}
: "${RUNS=$B/run}"
here=$(dirname "$0")
me=watch work='' to=''	# not those of the caller's environment
trap 'rm -rf "$work"' EXIT

# shellcheck source=numbers.sh
. "$here/numbers.sh"
# shellcheck source=filekind.sh
. "$here/filekind.sh"
# shellcheck source=publish.sh
. "$here/publish.sh"

step_end() { :; } # publish.sh ends a step of run.sh, which counts seconds

# ---- the variables ----

# file NAME: the value of the variable is a file that can be read.
file() {
	eval "value=\$$1"
	[ -z "$value" ] || { [ -f "$value" ] && [ -r "$value" ]; } ||
		wrong "$1=$value: there is no such file that can be read"
	case $value in
	*[\",]*) wrong "$1=$value: Bochs takes no path with a comma or a quote; use another name" ;;
	esac
	kind=${value:+$(file_kind "$value")}
	case $1:$kind in
	KERNEL:*ELF* | SYMBOLS:*ELF* | INITRD:packed*) ;;
	SYMBOLS:) [ -z "$value" ] || wrong "SYMBOLS=$value is no ELF file; a kernel with its" \
		"debug information is wanted" ;;
	*:) ;;
	*) wrong "$1=$value is $kind" ;;
	esac
}

# only_with NAME OTHER...: NAME makes sense only beside one of the others.
only_with() {
	eval "value=\$$1"
	[ -n "$value" ] || return 0
	name=$1
	shift
	for other in "$@"; do
		eval "[ -z \"\$$other\" ]" || return 0
	done
	wrong "$name=$value needs $(echo "$*" | sed 's/ / or /g')"
}

check_guest() {
	given=
	for name in DISK ISO FLOPPY KERNEL BOCHSRC; do
		eval "[ -z \"\$$name\" ]" || given="$given $name"
	done
	case $given in
	"") wrong "name the guest: DISK=, ISO=, FLOPPY=, KERNEL= or BOCHSRC=FILE; docs/watch.md" ;;
	" "*" "*) wrong "$(echo "$given" | sed 's/^ //; s/ / and /g') contradict each other;" \
		"give one" ;;
	esac
	guest=${given# }
	for name in DISK DISK2 ISO FLOPPY KERNEL INITRD BOCHSRC SYMBOLS; do
		file "$name"
	done
	only_with DISK2 DISK
	only_with INITRD KERNEL
	only_with APPEND KERNEL
	[ -z "$BOCHSRC" ] || [ -z "$RAM" ] ||
		wrong "RAM=$RAM: BOCHSRC=$BOCHSRC says how much memory there is"
}

check_numbers() {
	bytes=$(size "${RAM:-64M}") || wrong "RAM=$RAM is no size; write for example RAM=64M"
	ram=$((bytes / 1048576))
	{ [ $((bytes % 1048576)) -eq 0 ] && [ $ram -ge 4 ] && [ $ram -le 2048 ]; } ||
		wrong "RAM=$RAM is out of range; whole MiB from 4M to 2G can be watched"
	until=
	[ -z "$UNTIL" ] || { until=$(counted "$UNTIL") && [ "$until" -gt 0 ]; } ||
		wrong "UNTIL=$UNTIL is no tick"
	[ -z "$TIMEOUT" ] || check_timeout
	case $CHECK in
	"" | 1) ;;
	*) wrong "CHECK=$CHECK: write CHECK=1 to hold the tables against RAM each million ticks" ;;
	esac
	case $PASSES in
	"" | 1 | 2) ;;
	*) wrong "PASSES=$PASSES: 1 or 2 is wanted" ;;
	esac
}

# ---- a kernel without an image ----

# What GRUB makes of it: "linux", "multiboot", or nothing.
kind_of_kernel() {
	if [ "$(dd if="$KERNEL" bs=1 skip=514 count=4 2>/dev/null)" = HdrS ]; then
		echo linux
	elif head -c 8192 "$KERNEL" | od -An -v -tx4 -w4 | grep -q 1badb002; then
		echo multiboot
	fi
}

# The words of APPEND each in GRUB's quotes.
quoted() {
	printf %s "$APPEND" | sed "s/'/'\\\\''/g; s/  */' '/g; s/^/'/; s/\$/'/"
}

make_iso() {
	kind=$(kind_of_kernel)
	initrd=module
	[ "$kind" = multiboot ] || initrd=initrd
	[ -n "$kind" ] || fail "KERNEL=$KERNEL is neither a Linux bzImage nor a Multiboot ELF"
	mkdir -p "$work/tree/boot/grub" || give_up "no room in $OUT"
	grub-mkimage -O i386-pc-eltorito -p '(cd)/boot/grub' -o "$work/tree/boot/grub/core.img" \
		biosdisk iso9660 multiboot linux normal boot || give_up "grub-mkimage failed"
	cp "$KERNEL" "$work/tree/boot/kernel" || give_up "no room in $OUT"
	{
		echo "set timeout=0"
		echo "$kind /boot/kernel $(quoted)"
		[ -z "$INITRD" ] || echo "$initrd /boot/initrd $(basename "$INITRD")"
		echo boot
	} >"$work/tree/boot/grub/grub.cfg"
	[ "$initrd" = module ] || sed -i 's|^\(initrd /boot/initrd\).*|\1|' \
		"$work/tree/boot/grub/grub.cfg"
	[ -z "$INITRD" ] || cp "$INITRD" "$work/tree/boot/initrd" || give_up "no room in $OUT"
	xorriso -as mkisofs -quiet -R -o "$work/boot.iso" -b boot/grub/core.img -no-emul-boot \
		-boot-load-size 4 -boot-info-table "$work/tree" 2>"$work/iso.err" ||
		give_up "$(tail -n 1 "$work/iso.err")"
	rm -rf "$work/tree" "$work/iso.err"
	[ -n "$SYMBOLS" ] || [ "$kind" != multiboot ] || SYMBOLS=$KERNEL
}

# ---- the machine ----

hashes() {
	for name in DISK DISK2 ISO FLOPPY KERNEL INITRD BOCHSRC; do
		eval "value=\$$name"
		[ -z "$value" ] || printf '%s=%s ' "$(echo "$name" | tr '[:upper:]' '[:lower:]')" \
			"$(sha256sum <"$value" | cut -d' ' -f1)"
	done
	printf 'plugin=%s' "$(sha256sum <"$B/libbx_pagescope.so" | cut -d' ' -f1)"
}

disk() {
	echo "type=disk, path=$1, mode=volatile, journal=$work/journal.$2"
}

boot() {
	set -- "plugin_ctrl: pagescope=1" "log: $work/bochs.log" "magic_break: enabled=0" \
		"port_e9_hack: enabled=0" "cpu: reset_on_triple_fault=0" "panic: action=fatal" \
		'display_library: rfb, options="timeout=0"'
	[ -n "$BOCHSRC" ] || set -- "$@" "memory: guest=$ram, host=$ram" \
		"com1: enabled=1, mode=file, dev=$work/console.log"
	# shellcheck disable=SC2153 # the variables of make
	case $guest in
	DISK) set -- "$@" "boot: disk" "ata0-master: $(disk "$DISK" 1)"
		[ -z "$DISK2" ] || set -- "$@" "ata0-slave: $(disk "$DISK2" 2)" ;;
	ISO | KERNEL) set -- "$@" "boot: cdrom" \
		"ata0-master: type=cdrom, path=${ISO:-$work/boot.iso}, status=inserted" ;;
	FLOPPY) cat "$FLOPPY" >"$work/floppy" || give_up "no room in $OUT"
		set -- "$@" "boot: floppy" "ata0-master: type=none" \
			"floppya: 1_44=$work/floppy, status=inserted" ;;
	esac
	echo c >"$work/bochs.rc"
	PAGESCOPE_UNTIL=$until PAGESCOPE_CAPTURE=$work/capture.bin PAGESCOPE_LOG=$work/bochs.log
	PAGESCOPE_FILES=$(hashes) PAGESCOPE_WATCH=${CHECK:+check}
	: "${PAGESCOPE_WATCH:=1}"
	export PAGESCOPE_UNTIL PAGESCOPE_CAPTURE PAGESCOPE_LOG PAGESCOPE_FILES PAGESCOPE_WATCH
	interrupted=
	trap 'interrupted=1' INT TERM HUP
	# shellcheck disable=SC2086 # two words or none
	${TIMEOUT:+timeout --foreground -k 5 "$TIMEOUT"} "$here/bochs.sh" -rc "$work/bochs.rc" \
		"$@" </dev/null >"$work/bochs.out" 2>"$work/bochs.err"
	status=$?
	trap 'publish_early 130' INT
	trap 'publish_early 143' TERM
	trap 'publish_early 129' HUP
	[ $status -ne 74 ] || give_up "$(grep -h '^pagescope: ' "$work/bochs.err" | tail -n 1)"
	[ $status -ne 127 ] || give_up "Bochs is not installed; run make deps"
	[ -s "$work/capture.bin" ] || give_up "$(why_nothing)"
}

# ---- the same boot once more ----

# The first boot found which frames are tables; in the second one their stores are seen
# from the first instruction on.  It is done if asked for, or if the guest died of an entry
# that stood there before its directory was loaded.
wants_second() {
	[ "$PASSES" != 1 ] && [ -z "$interrupted" ] || return 1
	[ "$PASSES" != 2 ] || return 0
	case $("$B/pagescope" why -q --json "$work/capture.bin") in
	*'"lacks_history":true'*) ;;
	*) false ;;
	esac
}

# How the guest ended, without the number of the event.
ending() {
	"$B/pagescope" export -q --format=events -e guest_end "$work/capture.bin" |
		sed 's/"i":[0-9]*,//'
}

boot_again() {
	first_end=$(ending)
	"$B/pagescope" export -q --format=events -e table_seen "$work/capture.bin" |
		sed -n 's/.*"table":\([0-9]*\).*/\1/p' | sort -un >"$work/frames" ||
		give_up "no room in $OUT"
	mv "$work/capture.bin" "$work/first" || give_up "no room in $OUT"
	until=$(echo "$first_end" | sed -n 's/.*"t":\([0-9]*\).*/\1/p')
	echo "booting it again, to see who fills its $(wc -l <"$work/frames") tables before" \
		"they are used"
	PAGESCOPE_FRAMES=$work/frames
	export PAGESCOPE_FRAMES
	TIMEOUT=''
	boot
	[ "$(ending)" = "$first_end" ] || {
		tell "the second boot ended in another way; the first is reported"
		mv "$work/first" "$work/capture.bin"
	}
	rm -f "$work/first" "$work/frames"
}

# What the plugin or Bochs said when nothing was watched.
why_nothing() {
	grep -h '^pagescope: ' "$work/bochs.err" | grep . ||
		grep -ahiE 'panic|error|no such|denied' "$work/bochs.log" | tail -n 1 | grep . ||
		echo "the guest was not watched; $work/bochs.err says why"
}

# ---- what it leaves ----

# What only the run itself needed.
drop_scraps() {
	rm -rf "$work"/journal.* "$work/floppy" "$work"/*.err "$work/bochs.out" "$work/bochs.rc"
}

# A wrong capture is our own fault; a full disk is not: what the tool says is told.
pagescope() {
	said=$("$B/pagescope" "$@" 2>&1 >"${to:-/dev/null}") ||
		give_up "$(echo "$said" | tail -n 1)"
}

report() {
	capture=$work/capture.bin
	set -- ${SYMBOLS:+--symbols "$SYMBOLS"}
	pagescope export "$@" -o "$work/trace.jsonl.gz" "$capture"
	pagescope export "$@" --format=html --viewer "$B/viewer.html" -o "$work/report.html" \
		"$capture"
	to=$work/info.txt pagescope info "$capture"
	to=$work/why.txt pagescope why -q "$@" "$capture"
	told=$(cat "$work/info.txt" "$work/why.txt")
	drop_scraps
	publish
	point_last
	printf '%s\n\n%s\n' "$told" "$OUT/report.html"
}

check_guest
check_numbers
eval "image=\$$guest"
: "${OUT:=$RUNS/watch-$(basename "$image" | tr -c 'A-Za-z0-9._+\n-' _)}"
check_out
"$here/deps.sh" run || exit 1
make --no-print-directory -j"$(nproc 2>/dev/null || echo 1)" B="$B" plugin exporter viewer \
	>/dev/null || fail "the build failed; make V=1 shows its commands"
begin_work
[ "$guest" != KERNEL ] || make_iso
echo "watching $guest=$image${until:+ until tick $until}; Ctrl-C ends it with a report"
boot
! wants_second || boot_again
[ -z "$interrupted" ] || tell "interrupted; the report is of what was seen till then"
report

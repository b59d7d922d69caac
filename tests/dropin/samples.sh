#!/bin/sh
# SPDX-License-Identifier: MIT
# samples.sh - the smallest kernel and the classroom kernel, that with and without its recursive
# slot, in Bochs and in QEMU: nothing is found in them, and each planted mistake is found first,
# by both replays.
. tests/lib/trace.sh

# in_bochs NAME KERNEL [OPTIONS], in_qemu the same: the capture is $tmp/NAME.bin
in_bochs() {
	prepare "$tmp/$1" "$B/$2.elf" "${3-}"
	run "$tmp/$1"
	cp "$tmp/$1/capture.bin" "$tmp/$1.bin" 2>/dev/null
}
in_qemu() {
	timeout "$HANG_AFTER" qemu-system-i386 -kernel "$B/$2.elf" -append "${3-}" -m 16 \
		-display none -no-reboot -net none -debugcon "file:$tmp/$1.bin" \
		</dev/null >"$tmp/qemu.log" 2>&1
}

for kernel in smallest classroom recursive; do
	in_bochs $kernel-bochs $kernel
	in_qemu $kernel-qemu $kernel
done
in_bochs stray classroom bug=stray	# the plugin finds it
for mistake in free map slot fork exit dead flush dirty image; do
	in_qemu $mistake classroom bug=$mistake
done

# One start of both replays for all captures; what each finds first is in $tmp/found.
node tests/viewer/replays.test.mjs "$tmp"/*.bin >"$tmp/found" 2>&1
first_of() { grep -A 1 -F "/$1.bin: both replays find the same" "$tmp/found" |
	sed -n 's/^# first: //p'; }
finds() {
	claim "$1: both replays find $2 first" \
		"$(grep -F "/$1.bin:" "$tmp/found" | cut -c 1-300)" same "$(first_of "$1")" "$2"
}
info() { "$B/pagescope" info "$@" 2>&1; }

for boot in smallest-bochs classroom-bochs recursive-bochs smallest-qemu classroom-qemu \
	recursive-qemu; do
	finds $boot nothing
	claim "$boot: the run ends well" "$(info "$tmp/$boot.bin" | tail -n 1)" \
		same "$(info --json "$tmp/$boot.bin" | jq -r .verdict)" ok
done
for boot in smallest-bochs classroom-bochs recursive-bochs; do
	answers=$("$B/pagescope" check "$tmp/$boot.bin" |
		sed -n 's/.*compared, \([0-9]*\) answers.*/\1/p')
	claim "$boot: the MMU agrees" "$answers answers" [ "${answers:-0}" -gt 20 ]
done
for mistake in free:double-free map:free-mapped slot:pte-address fork:free-mapped \
	exit:free-table dead:directory-unknown flush:reuse-before-flush dirty:pte-old \
	stray:pte-unexplained image:free-reserved; do
	finds "${mistake%:*}" "${mistake#*:}"
done
[ "$fails" -eq 0 ]

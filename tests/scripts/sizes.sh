#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots at every size of RAM, by both transports and in both emulators: the tour
# holds, the trace is whole, and the layout is 2.4.22's.
. tests/lib/boot.sh
. tests/lib/babeltrace.sh

# RAM, emulator, transport, highmem; then VMALLOC_START and _END, frames of RAM,
# pages_min of Normal, or of DMA if there is no Normal
table() {
	cat <<'END'
8M   bochs doorbell -   0xc1000000 0xffffc000 2032   20
16M  bochs e9       -   0xc1800000 0xffffc000 4080   31
32M  bochs doorbell on  0xc2800000 0xfdffe000 8176   31
32M  qemu  debugcon -   0xc2800000 0xffffc000 8160   31
64M  bochs doorbell -   0xc4800000 0xffffc000 16368  95
64M  bochs e9       -   0xc4800000 0xffffc000 16368  95
128M bochs doorbell -   0xc8800000 0xffffc000 32752  223
129M bochs doorbell -   0xc9000000 0xffffc000 33008  225
256M bochs doorbell -   0xd0800000 0xffffc000 65520  255
512M bochs e9       -   0xe0800000 0xffffc000 131056 255
512M qemu  debugcon -   0xe0800000 0xffffc000 131040 255
768M bochs doorbell -   0xf0800000 0xffffc000 196592 255
896M bochs doorbell -   0xf8800000 0xffffc000 229360 255
1G   bochs doorbell off 0xf8800000 0xffffc000 229376 255
1G   bochs doorbell -   0xf8800000 0xfdffe000 262128 255
2G   bochs doorbell -   0xf8800000 0xfdffe000 524272 255
3G   bochs doorbell -   0xf8800000 0xfdffe000 786416 255
4G   bochs doorbell -   0xf8800000 0xfdffe000 786416 255
END
}

table >"$tmp/table"
while read -r ram emu transport highmem start end frames low; do
	what="$ram in $emu by $transport, highmem $highmem"
	[ "$highmem" != - ] || highmem=
	run "$tmp/out" TIMEOUT=600 RAM="$ram" EMU="$emu" TRANSPORT="$transport" \
		HIGHMEM="$highmem" || {
		not_ok "boots: $what" "$(said)"
		continue
	}
	claim "boots: $what" "$(console_tail)" console_has '^Run finished: 0 failed'
	got="$(info '.layout.vmalloc_start, .layout.vmalloc_end' | tr '\n' ' ')"
	claim "vmalloc region: $what" "$got" [ "$got" = "$start $end " ]
	got="$(info '[.machine.frames, (.zones[:2] | last | .min)] | join(" ")')"
	claim "frames and pages_min: $what" "$got" [ "$got" = "$frames $low" ]
	claim "nothing lost: $what" "$(info '.lost, .bad_packets')" \
		[ "$(info .lost+.bad_packets)" = 0 ]
	claim_checked "no violation: $what"
	theirs=$(counted "$out/trace")
	claim "babeltrace2 counts as many events: $what" \
		"$theirs, not $(info .events); $(head -n 1 "$tmp/bt2.err")" \
		[ "$theirs" = "$(info .events)" ]
done <"$tmp/table"
done_testing

#!/bin/sh
# SPDX-License-Identifier: MIT
# How a run can go and end: the same to the byte twice, side by side with
# another, by panic, triple fault and double fault; faults that are survived;
# files given to the kernel; options it does not take; GRUB in QEMU.
. tests/lib/boot.sh

verdict_is() { [ "$(info .verdict)" = "$1" ]; }

# scenario NAME: from stdin
scenario() { cat >"$tmp/$1.scn"; }

# ---- twice, and side by side ----

for machine in "bochs doorbell" "bochs e9" "qemu debugcon"; do
	# shellcheck disable=SC2086 # two words
	set -- $machine
	run "$tmp/one" EMU="$1" TRANSPORT="$2"
	run "$tmp/two" EMU="$1" TRANSPORT="$2"
	claim "two runs in $1 by $2 are the same" "captures differ" \
		cmp -s "$tmp/one/capture.bin" "$tmp/two/capture.bin"
done

( run "$tmp/left" RAM=8M; echo $? >"$tmp/left.status" ) &
run "$tmp/right" RAM=16M
right=$?
wait
claim "two runs side by side" "$right and $(cat "$tmp/left.status")" \
	[ "$right$(cat "$tmp/left.status")" = 00 ]
out=$tmp/left
left=$(info .machine.frames)
out=$tmp/right
claim "each with its own machine" "$left $(info .machine.frames)" \
	[ "$left $(info .machine.frames)" = "2032 4080" ]

# ---- ends ----

scenario panic <<'END'
p = alloc 3
panic "on purpose"
END
scenario reset <<'END'
p = alloc 3
reset
END
for machine in "bochs doorbell" "bochs e9" "qemu debugcon"; do
	# shellcheck disable=SC2086 # two words
	set -- $machine
	run "$tmp/out" EMU="$1" TRANSPORT="$2" SCENARIO="$tmp/panic.scn"
	claim "a panic in $1 by $2 is a bad run" "status $?" [ $? -eq 1 ]
	claim "its console says so ($1, $2)" "$(console_tail)" \
		console_has '^Kernel panic: .*on purpose'
	claim "its trace is whole ($1, $2)" "$(info '.verdict, .lost')" \
		[ "$(info '[.verdict, .lost, .events_by_name.panic] | join(" ")')" = "panic 0 1" ]
	run "$tmp/out" EMU="$1" TRANSPORT="$2" SCENARIO="$tmp/reset.scn"
	claim "a triple fault in $1 by $2 is a bad run" "status $?" [ $? -eq 1 ]
	verdict=unfinished
	[ "$2" != doorbell ] || verdict=failed # the plugin tells how the processor stood
	claim "it ends the run and the trace opens ($1, $2)" "$(info .verdict)" \
		verdict_is "$verdict"
	[ "$2" != doorbell ] || claim "the run says where it died ($1, $2)" "$(cat "$tmp/said")" \
		grep -q '^died .*machine_reset' "$tmp/said"
done

# The stack pointer is broken under the kernel, with the debugger's help.
run "$tmp/out" TRANSPORT=e9
cat >"$tmp/rc" <<END
lb 0x$(awk '$2 == "scn_main" { print $1 }' "$B/kernel/kernel.sym")
c
set esp = 0x10
c
END
timeout 60 scripts/bochs.sh -rc "$tmp/rc" "log: $tmp/bochs.log" \
	"ata0-master: type=cdrom, path=$tmp/out/boot.iso, status=inserted" \
	"com1: enabled=1, mode=file, dev=$tmp/console" </dev/null >"$tmp/capture" 2>/dev/null
claim "a double fault is reported" "$(tail -n 2 "$tmp/console")" \
	grep -q '^Kernel panic: double fault' "$tmp/console"
claim "and its trace says panic" "$("$B/pagescope" info "$tmp/capture" 2>&1 | tail -n 1)" \
	grep -q panic <<END
$("$B/pagescope" info "$tmp/capture" 2>/dev/null | grep '^verdict')
END

# ---- faults that are survived ----

scenario faults <<'END'
v = vmalloc 16K
touch v.guard
expect fault
touch v user
expect fault
touch 0x08048000 write user
expect fault
poke v, 0x12345678
x = peek v
expect x == 0x12345678
vfree v
END
for machine in "bochs doorbell" "qemu debugcon"; do
	# shellcheck disable=SC2086 # two words
	set -- $machine
	run "$tmp/out" EMU="$1" TRANSPORT="$2" SCENARIO="$tmp/faults.scn"
	claim "bad accesses are survived in $1" "$(said)" verdict_is ok
	claim "the oops is on the console in $1" "$(console_tail)" \
		console_has '^Unable to handle kernel paging request at virtual address'
	claim "and in the trace, with the two of user mode, in $1" \
		"$(info '.events_by_name | .oops, .page_fault_user')" \
		[ "$(info '.events_by_name | "\(.oops) \(.page_fault_user)"')" = "3 2" ]
done

# ---- files ----

scenario files <<'END'
h = insmod "hello.ko"
rmmod h
END
for emu in bochs qemu; do
	run "$tmp/out" EMU=$emu SCENARIO="$tmp/files.scn"
	claim "a module is loaded from a file in $emu" "$(said)" verdict_is ok
done

# Too large for the image's own memory: it keeps frames at the top of the DMA zone.
head -c 700000 /dev/zero >"$tmp/large.rec"
scenario large <<'END'
replay "large.rec"
END
for ram in 8M 64M; do
	run "$tmp/out" RAM=$ram SCENARIO="$tmp/large.scn"
	claim "a large file reaches the kernel with $ram" "$(console_tail)" \
		console_has 'large.rec: not a recorded workload'
	kept=$("$B/pagescope" export -q --format=events -e reserve_bootmem "$out/capture.bin" |
		jq -r 'select(.owner == 9) | "\(.start_pfn + .nr_pages) \(.nr_pages)"')
	[ $ram = 8M ] && end=2032 || end=4096
	claim "it keeps its frames from the allocator with $ram" "$kept" [ "$kept" = "$end 171" ]
done

# ---- options ----

odd="mem=tiny memfrac=1,,2 mem=1M@here trace_boot=some nonsense=1 scenarios trace=pigeon"
# make run refuses them, so the kernel gets them from an image made here
run "$tmp/out"
scripts/mkiso.sh "$tmp/odd.iso" "$B/kernel/grub.img" "$B/kernel/boot.elf" \
	"trace=doorbell scenario=tour.scn highmem=maybe quirks=2.6 seed=abc $odd" \
	scenarios/tour.scn
echo c >"$tmp/rc"
PAGESCOPE_CAPTURE=$out/capture.bin timeout 100 scripts/bochs.sh -rc "$tmp/rc" \
	"plugin_ctrl: pagescope=1" "log: $tmp/bochs.log" \
	"ata0-master: type=cdrom, path=$tmp/odd.iso, status=inserted" \
	"com1: enabled=1, mode=file, dev=$out/console.log" </dev/null >/dev/null 2>&1
claim "options that are not understood do not stop the run" "$(said)" verdict_is ok
for option in highmem=maybe quirks=2.6 seed=abc $odd; do
	claim "the console names $option" "missing" console_has "^boot option $option: "
done
claim "the trace has all of them" "$(info .events_by_name.boot_option)" \
	[ "$(info .events_by_name.boot_option)" = 10 ]
run "$tmp/out" CMDLINE="mem=16M" RAM=64M
claim "mem=16M hides the rest" "$(info .machine.frames)" [ "$(info .machine.frames)" = 4096 ]
run "$tmp/out" CMDLINE="mem=exactmap mem=636K@0 mem=31M@1M memfrac=64,0x20" RAM=64M
claim "a map of one's own, and other watermarks" \
	"$(info '[.machine.frames, (.zones[:2] | map(.min))] | @text')" \
	[ "$(info '[.machine.frames, (.zones[:2] | map(.min))] | @text')" = '[8192,[64,128]]' ]
# Ranges told twice, that overlap; and addresses with odd bits.
scenario odd <<'END'
r = ioremap 0xB8001, 1
expect r == page_offset + 0xB8001
w = ioremap 0xe0000001, 64 nocache
w += ioremap 0xFEC00FFF, 1
expect phys(w[0]) == 0xe0000001 && phys(w[1]) == 0xFEC00FFF
iounmap w
expect w.live == 0 && areas == 0
END
map="mem=exactmap mem=636K@0 mem=31M@1M mem=31M@1M mem=16M@8M"
run "$tmp/out" EMU=qemu RAM=32M SCENARIO="$tmp/odd.scn" CMDLINE="$map"
claim "odd addresses of devices, in QEMU" "$(said)" verdict_is ok
claim "the RAM of ranges told twice" "$(info .machine.ram_bytes)" \
	[ "$(info .machine.ram_bytes)" = $(((636 + 31 * 1024) * 1024)) ]
run "$tmp/out" SCENARIO="$tmp/faults.scn" CMDLINE="mem=nopentium"
claim "mem=nopentium: no 4 MiB pages" "$(info .verdict) $(info .machine.flags)" \
	[ "$(info '[.verdict, (.machine.flags | index("pse"))] | @text')" = '["ok",null]' ]
claim_checked "its tables are as traced"
run "$tmp/out" SCENARIO="$tmp/faults.scn" CMDLINE="trace_boot=range"
claim "trace_boot=range: few events" "$(info .events)" [ "$(info .events)" -lt 2000 ]
claim_checked "and they replay all the same"
run "$tmp/out" TRANSPORT=off
claim "trace=off runs and leaves no trace" "$(said)" grep -q '^Run finished: 0 failed' "$tmp/said"

# ---- GRUB in QEMU ----

run "$tmp/out" TRANSPORT=e9
timeout "$HANG_AFTER" qemu-system-i386 -m 32M -cdrom "$tmp/out/boot.iso" -display none \
	-no-reboot -net none -serial "file:$tmp/console" -debugcon "file:$tmp/capture" \
	-device isa-debug-exit,iobase=0xf4,iosize=4 </dev/null >/dev/null 2>&1
status=$?
claim "the image boots in QEMU too, by GRUB" "$(tail -n 1 "$tmp/console")" \
	grep -q '^Run finished: 0 failed' "$tmp/console"
claim "QEMU's exit status tells a good run" "$status, not 1" [ $status = 1 ]
done_testing

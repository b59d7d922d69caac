#!/bin/sh
# SPDX-License-Identifier: MIT
# trace.sh - what tracing costs, on the real kernel in Bochs.
#
# Cost: ticks a scenario takes with tracing less ticks without, by the kernel's
# own clock, divided by the kernel's events recorded meanwhile; and ticks without
# less those of the same kernel with trace points compiled out, divided by the same
# events.  A tick is an instruction.  Throughput: 4 KiB packets sent by a kernel
# that does nothing else, wall time less that of the same kernel sending none.
#
# Exit status 1 if a limit is missed: 32 instructions an event by doorbell, 6 when
# nothing is traced, and 50 times the bytes a second of port 0xE9.
. tests/lib/trace.sh
bad=0

ms() { date +%s%3N; }
# ratio A B DIGITS: A/B
ratio() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { printf "%." d "f", (b ? a / b : 0) }'; }
# limit TEXT: says that a limit is missed
limit() { echo "missed: $1" >&2; bad=1; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }

# boot_scn SCENARIO TRANSPORT [KERNEL]: runs it; $ticks, $wall (ms); the capture in $dir
boot_scn() {
	dir=$tmp/$1-$2
	mkdir -p "$dir"
	scripts/mkiso.sh "$dir/boot.iso" "$B/kernel/grub.img" "${3:-$B/kernel/boot.elf}" \
		"scenario=$1.scn trace=$2" "tests/bench/$1.scn" || exit 1
	begin=$(ms)
	run "$dir"
	wall=$(($(ms) - begin))
	ticks=$(sed -n 's/^Run finished: 0 failed, \([0-9]*\) ticks.*/\1/p' "$dir/console.log")
	[ -n "$ticks" ] || { echo "bench: $1 with trace=$2 did not finish well" >&2; exit 1; }
}

# Of the kernel's stream: $bytes, $packets, $events.
measure_capture() {
	# shellcheck disable=SC2046 # four numbers
	set -- $("$B/capture_dump" "$1" packets | awk '
		$3 == 0 { bytes += $7; packets++ } END { print bytes, packets }') \
		$("$B/capture_dump" "$1" | awk '
		$2 !~ /^(mmu_|audit_|run_files|blackbox)/ { n++ }
		$2 == "mmu_probe" { p++ }
		END { print n, p + 0 }')
	bytes=$1 packets=$2 events=$3 probes=$4
}

# The kernel without trace points.
bare=$B/untraced/kernel/boot.elf
make -s B="$B/untraced" WARN=-DPS_TRACE=0 "$bare" >"$tmp/build.log" 2>&1 || {
	echo "bench: no kernel with -DPS_TRACE=0: $(grep -m1 error "$tmp/build.log")" >&2
	exit 1
}

boot_scn empty doorbell
measure_capture "$dir/capture.bin"
boot_events=$events

echo "cost in guest instructions (date: $(date +%F), Bochs 2.7, doorbell)"
echo
echo "| scenario | events | probes | ticks compiled out | ticks off | per event | ticks with" \
	"| per event |"
echo "|---|---|---|---|---|---|---|---|"
for scenario in alloc vmalloc; do
	boot_scn $scenario off "$bare"
	out=$ticks
	boot_scn $scenario off
	without=$ticks
	boot_scn $scenario doorbell
	measure_capture "$dir/capture.bin"
	events=$((events - boot_events))
	cost=$(ratio $((ticks - without)) $events 1)
	off=$(ratio $((without - out)) $events 2)
	echo "| $scenario | $events | $probes | $out | $without | $off | $ticks | $cost |"
	at_least 6 "$off" || limit "$scenario: $off instructions an event that is off, 6 allowed"
	at_least "$off" 0.01 ||
		limit "$scenario: the kernel without trace points takes as many ticks"
	at_least 32 "$cost" || limit "$scenario: $cost instructions an event, 32 allowed"
done

# send WAY PACKETS: wall time of it in ms, in $wall
send() {
	prepare "$tmp/send" "$B/throughput.elf" "way=$1 n=$2"
	begin=$(ms)
	run "$tmp/send"
	wall=$(($(ms) - begin))
}

send doorbell 0
idle=$wall
doorbell_packets=100000 e9_packets=400
send doorbell $doorbell_packets
doorbell_ms=$((wall - idle))
doorbell_bytes=$(stat -c %s "$tmp/send/capture.bin")
send e9 $e9_packets
e9_ms=$((wall - idle))
# shellcheck disable=SC2017 # whole bytes a packet
e9_bytes=$((doorbell_bytes / doorbell_packets * e9_packets))
doorbell_rate=$(ratio "$doorbell_bytes" $((doorbell_ms * 1000)) 1)
e9_rate=$(ratio $e9_bytes $((e9_ms * 1000)) 2)
factor=$(ratio "$doorbell_rate" "$e9_rate" 0)
echo
echo "| way out | bytes | seconds | MB/s |"
echo "|---|---|---|---|"
echo "| doorbell, checked, with checksum, written | $doorbell_bytes" \
	"| $(ratio $doorbell_ms 1000 2) | $doorbell_rate |"
echo "| port 0xE9, to a file | $e9_bytes | $(ratio $e9_ms 1000 2) | $e9_rate |"
echo
echo "The doorbell is $factor times as fast."
at_least "$factor" 50 || limit "the doorbell is only $factor times as fast as port 0xE9"

boot_scn million doorbell
measure_capture "$dir/capture.bin"
echo
echo "$events events from power-on to closed file: $(ratio $wall 1000 1) s," \
	"$(ratio "$bytes" "$events" 1) bytes an event, $packets packets."
[ "$events" -ge 1000000 ] || limit "the scenario has only $events events"
exit $bad

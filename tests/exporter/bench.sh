#!/bin/sh
# SPDX-License-Identifier: MIT
# bench.sh - the exporter beside babeltrace2's counting sink, on the same events
# in the same run.  CPU seconds (user + system), the best of three, because they
# vary less than wall time on a shared machine; peak resident memory.
#
# Exit status 1 if a limit is missed: decoding 8 times as fast as babeltrace2
# counts, export twice, check once; memory flat from 1 M to 10 M events; `show` at
# a tick of 10 M events under 100 ms of wall time with its index (the best of five
# ticks: the machine is shared).  COUNTS="1000000 10000000 100000000" adds 100 M.
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/babeltrace.sh
missed=0
[ -x /usr/bin/time ] || { echo "bench: needs GNU time: apt-get install time" >&2; exit 1; }

# cpu COMMAND...: sets $cpu and $rss (KiB), the best of three
cpu() {
	cpu= rss=
	for n in 1 2 3; do
		/usr/bin/time -f '%U %S %M' -o "$tmp/time" "$@" >/dev/null 2>&1
		set_best $(tail -n 1 "$tmp/time")
	done
}
set_best() {
	cpu=$(awk -v u="$1" -v s="$2" -v old="$cpu" 'BEGIN { c = u + s; print (old == "" || c < old) ? c : old }')
	rss=$3
}
row() { printf '%-34s %8s s  %7s M events/s  %6s MiB' "$1" "$cpu" \
	"$(awk -v n="$events" -v c="$cpu" 'BEGIN { printf "%.1f", n / (c ? c : .01) / 1e6 }')" $((rss / 1024)); }
# factor WANTED NAME: how many times faster than babeltrace2, and whether that will do
factor() {
	awk -v a="$base" -v b="$cpu" -v want="$1" 'BEGIN {
		x = a / (b ? b : .01); printf "  %.1fx babeltrace2 (at least %s)\n", x, want; exit x < want }' ||
		{ echo "bench: missed: $2" >&2; missed=1; }
}

# wall NAME TICKS COMMAND...: milliseconds at the end of COMMAND --at TICK, the best
wall() {
	name=$1 best=
	for at in $2; do
		from=$(date +%s%N)
		"$B/pagescope" $3 -q --at "$at" "$tmp/c.bin" >/dev/null
		ms=$((($(date +%s%N) - from) / 1000000))
		[ -n "$best" ] && [ "$ms" -ge "$best" ] || best=$ms
	done
	printf '%-34s %8s ms of wall time\n' "$name" "$best"
}

for count in ${COUNTS:-1000000 10000000}; do
	"$B/mmsim" --events $count -o "$tmp/c.bin" >/dev/null 2>&1 || exit 1
	"$B/pagescope" clean -q -o "$tmp/t" "$tmp/c.bin" || exit 1
	events=$("$B/pagescope" info --json "$tmp/c.bin" | jq .events)
	echo "$events events, $(wc -c <"$tmp/c.bin") bytes"
	cpu $COUNTER "$tmp/t"
	base=$cpu
	row "babeltrace2, counting"; echo
	cpu "$B/pagescope" info "$tmp/c.bin"; row "info: decode and verify"; factor 8 decoding
	cpu "$B/pagescope" export -o "$tmp/c.jsonl" "$tmp/c.bin"; row "export to JSON lines"; factor 2 export
	eval "rss_$count=$rss"
	cpu "$B/pagescope" export -o "$tmp/c.jsonl.gz" "$tmp/c.bin"; row "export, compressed"; echo
	cpu "$B/pagescope" check "$tmp/c.bin"; row "check: full replay"; factor 1 check
	eval "check_$count=$rss"
	cpu "$B/pagescope" show buddyinfo --at 500000 "$tmp/c.bin"; row "show at tick 500,000"; echo
	ticks=$(seq $((count / 10 + 12345)) $((count / 5 + 777)) "$count" | head -n 5)
	wall "show, with its index" "$ticks" "show buddyinfo"
	[ "$count" -ne 10000000 ] || [ "$best" -lt 100 ] || { echo "bench: missed: show in 100 ms" >&2; missed=1; }
	wall "translate, with the index" "$ticks" "translate 0xc4837000"
	rm -f "$tmp/c.bin.psindex"
done
# a model of a 64 MiB machine is 2 MiB
flat() {
	[ -n "$2" ] && [ -n "$3" ] || return
	grown=$((($3 - $2) / 1024))
	echo "$1's memory grows by $grown MiB from 1 M to 10 M events (at most 8), to $(($3 / 1024)) MiB (at most 64)"
	[ $grown -le 8 ] && [ $(($3 / 1024)) -le 64 ] || { echo "bench: missed: memory of $1" >&2; missed=1; }
}
flat export "$rss_1000000" "$rss_10000000"
flat check "$check_1000000" "$check_10000000"
exit $missed

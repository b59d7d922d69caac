#!/bin/sh
# SPDX-License-Identifier: MIT
# bench.sh - the exporter beside babeltrace2's counting sink, on the same events
# in the same run.  CPU seconds (user + system), the best of three, because they
# vary less than wall time on a shared machine; peak resident memory.
#
# Exit status 1 if a limit is missed: decoding 8 times as fast as babeltrace2
# counts, export twice, check once; `show` and `translate` at the end of the trace,
# the longest replay there is, at most 1.2 times what check takes; memory flat from
# 1 M to 10 M events.  COUNTS="1000000 10000000 100000000" adds 100 M.
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/babeltrace.sh
missed=0
[ -x /usr/bin/time ] || { echo "bench: needs GNU time: apt-get install time" >&2; exit 1; }

# cpu COMMAND...: sets $cpu and $rss (KiB), the best of three
cpu() {
	cpu='' rss=''
	for _ in 1 2 3; do
		/usr/bin/time -f '%U %S %M' -o "$tmp/time" "$@" >/dev/null 2>&1
		# shellcheck disable=SC2046 # three numbers
		set_best $(tail -n 1 "$tmp/time")
	done
}
set_best() {
	cpu=$(awk -v u="$1" -v s="$2" -v old="$cpu" \
		'BEGIN { c = u + s; print (old == "" || c < old) ? c : old }')
	rss=$3
}
row() { printf '%-34s %8s s  %7s M events/s  %6s MiB' "$1" "$cpu" \
	"$(awk -v n="$events" -v c="$cpu" 'BEGIN { printf "%.1f", n / (c ? c : .01) / 1e6 }')" \
	$((rss / 1024)); }
# factor WANTED NAME: how many times faster than babeltrace2, and whether that will do
factor() {
	awk -v a="$base" -v b="$cpu" -v want="$1" 'BEGIN {
		x = a / (b ? b : .01)
		printf "  %.1fx babeltrace2 (at least %s)\n", x, want
		exit x < want }' ||
		{ echo "bench: missed: $2" >&2; missed=1; }
}

# beside_check NAME: its time is at most 1.2 times that of check
beside_check() {
	awk -v a="$cpu" -v b="$check" 'BEGIN {
		x = a / (b ? b : .01)
		printf "  %.2f of check (at most 1.20)\n", x
		exit x > 1.2 }' ||
		{ echo "bench: missed: $1" >&2; missed=1; }
}

for count in ${COUNTS:-1000000 10000000}; do
	"$B/mmsim" --events "$count" -o "$tmp/c.bin" >/dev/null 2>&1 || exit 1
	"$B/pagescope" salvage -q -o "$tmp/t" "$tmp/c.bin" || exit 1
	events=$("$B/pagescope" info --json "$tmp/c.bin" | jq .events)
	echo "$events events, $(wc -c <"$tmp/c.bin") bytes"
	# shellcheck disable=SC2086 # a command of several words
	cpu $COUNTER "$tmp/t"
	base=$cpu
	row "babeltrace2, counting"; echo
	cpu "$B/pagescope" info "$tmp/c.bin"; row "info: decode and verify"; factor 8 decoding
	cpu "$B/pagescope" export -o "$tmp/c.jsonl" "$tmp/c.bin"; row "export to JSON lines"
		factor 2 export
	eval "rss_$count=$rss"
	cpu "$B/pagescope" export -o "$tmp/c.jsonl.gz" "$tmp/c.bin"; row "export, compressed"; echo
	cpu "$B/pagescope" check "$tmp/c.bin"; row "check: full replay"; factor 1 check
	eval "check_$count=$rss"
	check=$cpu
	cpu "$B/pagescope" show buddyinfo "$tmp/c.bin"; row "show, at the end"; beside_check show
	eval "show_$count=$rss"
	cpu "$B/pagescope" translate 0xc4837000 "$tmp/c.bin"; row "translate, at the end"
		beside_check translate
	eval "translate_$count=$rss"
done
# a model of a 64 MiB machine is 2 MiB
flat() {
	[ -n "$2" ] && [ -n "$3" ] || return
	grown=$((($3 - $2) / 1024))
	echo "$1's memory grows by $grown MiB from 1 M to 10 M events (at most 8)," \
		"to $(($3 / 1024)) MiB (at most 64)"
	{ [ $grown -le 8 ] && [ $(($3 / 1024)) -le 64 ]; } || {
		echo "bench: missed: memory of $1" >&2
		missed=1
	}
}
# shellcheck disable=SC2154 # the evals set these
{
flat export "$rss_1000000" "$rss_10000000"
flat check "$check_1000000" "$check_10000000"
flat show "$show_1000000" "$show_10000000"
flat translate "$translate_1000000" "$translate_10000000"
}
exit $missed

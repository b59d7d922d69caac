#!/bin/sh
# SPDX-License-Identifier: MIT
# salvage.sh - the promises about damaged input: every intact packet comes out
# whatever surrounds it, none is invented, all loss is told, and what `salvage`
# writes opens in babeltrace2 with as many events.
cd "$(dirname "$0")" || exit 1
B=${B:-../../build}
PS=$B/pagescope-san MK=$B/mkcapture
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. ../lib/babeltrace.sh
. ../lib/claims.sh

ok() { echo "ok salvage: $1"; }
bad() { echo "not ok salvage: $1: $2"; }
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "'$2', not '$3'"; fi; }

events() { "$PS" info -q --json "$1" | jq "${2:-.events}"; }

# As many events in babeltrace2 as here, and its status 0.
opens() {
	rm -rf "$tmp/t"
	"$PS" salvage -q -o "$tmp/t" "$2" || { bad "$1" "salvage fails"; return; }
	ours=$("$PS" info -q --json "$2" |
		jq 'if .sessions then [.sessions[].events] | add else .events end')
	dirs=$tmp/t
	[ -f "$tmp/t/metadata" ] || dirs=$(echo "$tmp"/t/*)
	# shellcheck disable=SC2086 # several directories
	theirs=$(counted $dirs) || { bad "$1" "$(head -n 1 "$tmp/bt2.err")"; return; }
	same "$1: babeltrace2 counts the same" "$theirs" "$ours"
	if ! "$PS" info -q --json "$2" |
		jq -e '.bytes_in == .bytes_good + .bytes_skipped' >/dev/null; then
		bad "$1" "bytes do not add up"
	fi
}

{ cat machine.txt; echo 'fill 800'; echo 'trace_end msg="done"'; } | "$MK" >"$tmp/good"
size=$(wc -c <"$tmp/good")
packets=$((size / 4096))
all=$(events "$tmp/good")
opens "an intact capture" "$tmp/good"

# text between packets, some of it with the magic in it
: >"$tmp/noisy"
i=0
while [ $i -lt $packets ]; do
	printf 'kernel: line %d \301\037\374\301 of text\n' $i
	dd if="$tmp/good" bs=4096 skip=$i count=1 2>/dev/null
	i=$((i + 1))
done >"$tmp/noisy"
same "text between packets loses nothing" "$(events "$tmp/noisy")" "$all"
opens "text between packets" "$tmp/noisy"

# text inside a packet: that one is lost, and only that one
for at in 1 47 48 49 4095 4097 9000 20000; do
	{ head -c $at "$tmp/good"; printf 'oops\n'; tail -c +$((at + 1)) "$tmp/good"; } >"$tmp/c"
	lost=$(events "$tmp/c" '.lost_packets + (if .truncated then 1 else 0 end)')
	[ $((at % 4096)) -eq 0 ] || [ "$lost" -ge 0 ] || bad "text at byte $at" "$lost packets lost"
	same "text inside a packet at byte $at costs one packet" \
		"$(events "$tmp/c" .packets)" $((packets - 1))
done
opens "text inside a packet" "$tmp/c"

# packets dropped, duplicated, swapped
packet() { dd if="$tmp/good" bs=4096 skip="$1" count="${2:-1}" 2>/dev/null; }
{ packet 0 2; packet 3 $packets; } >"$tmp/c"
same "a missing packet is counted" "$(events "$tmp/c" .lost_packets)" 1
same "a missing packet ends in the verdict lost" "$(events "$tmp/c" .verdict)" '"lost"'
opens "a missing packet" "$tmp/c"
gaps() { "$PS" export -q -o - "$@" | jq -c 'select(.rec == "gap") | [.i, .lost]'; }
packet 0 2 >"$tmp/first"
same "the export tells before which event it is missing" "$(gaps "$tmp/c")" \
	"[$(events "$tmp/first"),1]"
same "an intact capture has no gap" "$(gaps "$tmp/good")" ""
{ packet 0 3; packet 2; packet 2; packet 3 $packets; } >"$tmp/c"
same "repeated packets count once" \
	"$(events "$tmp/c" '[.events, .duplicates, .lost]' | tr -d ' \n')" \
	"[$all,2,0]"
opens "repeated packets" "$tmp/c"
{ packet 0 2; packet 3; packet 2; packet 4 $packets; } >"$tmp/c"
same "swapped packets are put in order" "$(events "$tmp/c" '[.events, .lost]' | tr -d ' \n')" \
	"[$all,0]"
opens "swapped packets" "$tmp/c"
{ packet 4 $packets; packet 0 4; } >"$tmp/c"
opens "the end before the beginning" "$tmp/c"

# the machine starts again: a session of its own
{ cat machine.txt; echo 'fill 200'; } | "$MK" >"$tmp/second"
cat "$tmp/good" "$tmp/second" >"$tmp/c"
same "a reboot inside a capture makes two sessions" "$(events "$tmp/c" '.sessions | length')" 2
opens "a reboot inside a capture" "$tmp/c"
{ packet 0 3; cat "$tmp/second"; } >"$tmp/c"
opens "a capture cut by a reboot" "$tmp/c"
cat "$tmp/good" "$tmp/good" >"$tmp/c"
same "the same capture twice is one session" \
	"$(events "$tmp/c" '[.events, has("sessions")]' | tr -d ' \n')" \
	"[$all,false]"
"$PS" export -q -o "$tmp/x.jsonl" "$tmp/c" && cat "$tmp/good" "$tmp/second" >"$tmp/c" &&
	"$PS" export -q -o "$tmp/x.jsonl" "$tmp/c"
same "each session is exported" "$(cat "$tmp/x.jsonl" "$tmp/x.2.jsonl" | grep -c '"rec":"end"')" 2

# every truncation, every flipped bit, mixtures: a program of its own does those
# quickly; babeltrace2 opens what `salvage` makes of each
head -c 20480 "$tmp/good" >"$tmp/short"
mkdir "$tmp/v"
"$B/salvage" "$tmp/short" "$tmp/v" >"$tmp/out" || bad "damage" "the program failed"
grep -v '^#' "$tmp/out"
for count in "$tmp"/v/*.count; do
	d=${count%.count}
	if [ -f "$d/metadata" ]; then set -- "$d"; else set -- "$d"/*; fi
	n=$(counted "$@") && [ "$n" = "$(cat "$count")" ] && [ ! -s "$tmp/bt2.err" ] ||
		echo "$d: ${n:-no} events, not $(cat "$count"); $(head -n 1 "$tmp/bt2.err")"
done >"$tmp/wrong"
same "babeltrace2 opens and counts what salvage makes of $(sed -n 's/^# //p' "$tmp/out")" \
	"$(head -n 1 "$tmp/wrong")" ""

# what is no capture at all
refused() {
	"$PS" info "$2" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	if [ $rc -ne 1 ]; then bad "$1" "exit status $rc"
	elif [ -s "$tmp/out" ]; then bad "$1" "prints data"
	elif ! grep -q "$3" "$tmp/err"; then bad "$1" "says: $(cat "$tmp/err")"
	else ok "$1 is refused, and why is said"; fi
}
: >"$tmp/empty"
refused "an empty file" "$tmp/empty" "is empty"
refused "a directory" "$tmp" "is a directory"
refused "/dev/zero" /dev/zero "is a device"
refused "a missing file" "$tmp/none" "No such file"
refused "a text file" machine.txt "no intact packet"
truncate -s 3G "$tmp/sparse"
timeout "$HANG_AFTER" "$B/pagescope" info "$tmp/sparse" >"$tmp/out" 2>"$tmp/err"
same "3 GiB of nothing end in status 1" $? 1
{ head -c 8192 "$tmp/good"; } >"$tmp/sparse2"
truncate -s 1G "$tmp/sparse2"
printf x >>"$tmp/sparse2"
same "packets before 1 GiB of nothing come out" \
	"$("$B/pagescope" info -q --json "$tmp/sparse2" | jq .packets)" 2

# a capture of another event table
{ cat machine.txt; } | MKCAPTURE_SCHEMA=0x12345678 "$MK" >"$tmp/foreign"
"$PS" info "$tmp/foreign" >/dev/null 2>"$tmp/err"
rc=$?
ours=$("$PS" --version | sed 's/.*\(0x[0-9a-f]*\).*/\1/')
if [ $rc -eq 1 ] && grep -q 0x12345678 "$tmp/err" && grep -q "$ours" "$tmp/err"; then
	ok "another event table is refused, naming both"
else
	bad "another event table" "status $rc: $(cat "$tmp/err")"
fi

# a tracer that ran out of room says so
{ cat machine.txt; echo 'fill 200
discard 7
fill 200'; } | "$MK" >"$tmp/c"
same "declared losses are counted" "$(events "$tmp/c" .lost_events)" 7
same "and stand in the export" \
	"$("$PS" export -q -o - "$tmp/c" | jq -c 'select(.rec == "gap") | .lost')" 7
"$PS" info --strict -q "$tmp/c" >/dev/null
same "and fail under --strict" $? 3
"$PS" info -q "$tmp/c" >/dev/null
same "and only there" $? 0

#!/bin/bash
# SPDX-License-Identifier: MIT
# workloads.sh - recorded workloads that are cut, damaged or of another kind, and numbers in
# them that are none, are refused with the place; nothing of them is taken for another.
B=${B:-build}
sim=${SIM:-$B/mmsim-san}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# ---- --workload ----

# refused NAME PATTERN: the workload $tmp/w
refused() {
	"$sim" --workload "$tmp/w" >"$tmp/out" 2>&1
	status=$?
	claim "--workload: $1" "status $status: $(head -c 300 "$tmp/out")" \
		eval "[ $status = 1 ] && grep -q 'w: $2' '$tmp/out' && ! grep -q hash '$tmp/out'"
}
# word NUMBER...: 32 bits each
word() { for n in "$@"; do
	printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' \
		$((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255)))"
done; }
# workload OPERATION...: 64 frames, 4 slots
workload() { printf PAW1; word 64 4 0 $# 9 "$@"; }
free=$((1 << 31))
order() { echo $(($1 << 27)); }

workload "$(order 1)" $((free + $(order 1))) >"$tmp/w"
"$sim" --workload "$tmp/w" >"$tmp/out" 2>&1
claim "--workload: a whole one is played" "$(cat "$tmp/out")" \
	grep -q 'allocs 1 failed 0 skipped 0' "$tmp/out"
gzip -c "$tmp/w" >"$tmp/w.gz"
"$sim" --workload "$tmp/w.gz" >"$tmp/out" 2>&1
claim "--workload: packed, too" "$(cat "$tmp/out")" grep -q 'allocs 1 failed 0' "$tmp/out"
head -c $(($(stat -c %s "$tmp/w.gz") - 6)) "$tmp/w.gz" >"$tmp/w"
refused "packed and cut" 'cut or damaged\|shorter than'
workload 0 1 2 | head -c 34 >"$tmp/w"
refused "cut in an operation" 'shorter than its header says'
workload 0 1 2 | head -c 20 >"$tmp/w"
refused "cut in its header" 'cut inside its header'
: >"$tmp/w"
refused "empty" 'not a workload'
{ workload 0; word 0; } >"$tmp/w"
refused "more than its header says" 'longer than its header says'
workload 4 >"$tmp/w"
refused "a slot there is not" 'an operation names a slot'
workload "$(order 0)" $((free + $(order 9))) >"$tmp/w"
refused "a block given back in another order" 'operation 1: .*another order'
workload 0 0 >"$tmp/w"
refused "a slot used twice" 'operation 1: .*holds a block already'
"$B/mmsim" --linux tests/data/linux-6.1-m64-short --write-replay "$tmp/w" --ram 64M >/dev/null 2>&1
refused "the replay statement's form" 'for the replay statement'
"$B/mmsim" --events 10 -o "$tmp/w" >/dev/null 2>&1
refused "a capture" 'is a capture: pagescope reads it'

# ---- --transcript ----

# transcript ID ORDER MASK: of one request
zone='zone DMA start 0 size 2032 min 20 low 40 high 60\n'
zone="${zone}reserved 0-23 159-639 641-641\\nbootmap 640-640\\n"
transcript() {
	# shellcheck disable=SC2059 # a text with \n in it
	printf "$zone# BEGIN\na $1 $2 $3\n# END\n" | "$sim" --transcript - 2>&1
}
long=$(printf '%040d' 1)
claim "--transcript: a number with 39 zeros before it" "$(transcript "$long" 0 1d0)" \
	grep -qE "^a 1 0 1d0 [0-9]+$" <<<"$(transcript "$long" 0 1d0)"
for wrong in '+1 0 1d0' '1 -0 1d0' '1 0 +1d0' '4294967297 0 1d0' '1 0 1000001d0'; do
	# shellcheck disable=SC2086 # three words
	claim "--transcript: refused: a $wrong" "$(transcript $wrong | tail -n 1)" \
		grep -q '^mmsim: .*: expected' <<<"$(transcript $wrong)"
done

# ---- replay ----

"$B/mmsim" --linux tests/data/linux-6.1-m64-short --write-replay "$tmp/l.psr" --ram 64M \
	>/dev/null 2>&1
echo 'replay "l.psr"' >"$tmp/l.scn"
echo >>"$tmp/l.psr"
"$sim" --scenario "$tmp/l.scn" >"$tmp/out" 2>&1
claim "replay: more than its header says" "$(tail -n 2 "$tmp/out")" \
	grep -q '^l.scn:1:1: l.psr: operation .*: bytes follow the last operation' "$tmp/out"

# ---- --linux ----

# capture EVENTS: a capture of these lines
capture() {
	rm -rf "$tmp/c"
	mkdir "$tmp/c"
	printf '%b' "$1" >"$tmp/c/events.txt"
}
# linux STATUS NAME PATTERN: the capture $tmp/c
linux() {
	"$sim" --linux "$tmp/c" --ram 64M >"$tmp/out" 2>&1
	status=$?
	claim "--linux: $2" "status $status: $(tail -n 2 "$tmp/out")" \
		eval "[ $status = $1 ] && grep -q '$3' '$tmp/out'"
}
whole='5 alloc 2000 0 - init\n9 free 2000 0 - init\n'
capture "$whole"
linux 0 "a small capture" '^recorded     1 allocations, 1 frees'
capture "\357\273\277${whole}"
linux 0 "with a byte order mark" '^recorded     1 allocations, 1 frees'
capture "${whole//\\n/\\r\\n}"
linux 0 "with CR LF" '^recorded     1 allocations, 1 frees'
capture '0005 alloc 0x2000 00 - init\n0x9 free 2000 0 - init\n'
linux 0 "numbers by the rule for all" '^recorded     1 allocations, 1 frees'
capture "${whole}10 alloc \00003000 0 - init\n"
linux 1 "a NUL byte" 'events.txt:3: a NUL byte'
for wrong in '+5 alloc 2000 0 -' '-5 alloc 2000 0 -' '5K alloc 2000 0 -' '5 alloc +2000 0 -' \
	'5 alloc -1 0 -' '5 alloc 2000 +0 -' '5 alloc 100000000000002000 0 -' \
	'18446744073709551621 alloc 2000 0 -' '5 alloc 2000 4294967296 -' '5 alloc 2000 0 -1' \
	'5 alloc 2000' '5 vmalloc c4800000 +4096 x vmalloc' '5 alloc 100000 0 -'; do
	capture "$wrong init\n"
	linux 1 "refused: $wrong" 'events.txt:1: .*: '
done
capture "$whole"
gzip "$tmp/c/events.txt"
head -c 40 "$tmp/c/events.txt.gz" >"$tmp/c/cut" && mv "$tmp/c/cut" "$tmp/c/events.txt.gz"
linux 1 "packed and cut" 'events.txt.gz: cut or damaged'
capture "$whole"
printf '{"phases": [[1, "x", 2' >"$tmp/c/stats.json"
linux 1 "its statistics cut" 'stats.json: cut or damaged'
for file in initmap:'+0 16384 free' initmap:'0 -1 free' vmpages:'c4800000 +1 1 2000' \
	vmpages:'c4800000 1 2 2000'; do
	capture "$whole"
	echo "${file#*:}" >"$tmp/c/${file%%:*}.txt"
	linux 1 "${file%%:*}: ${file#*:}" "${file%%:*}.txt:1: "
done
capture "#phase 3 begun\n$whole"
stats() {
	echo "{ \"phases\": [[ 3, \"begun\", $1, 0, 0, 0 ]] }" >"$tmp/c/stats.json"
	"$sim" --linux "$tmp/c" --ram 64M 2>&1 | grep stats
}
claim "--linux: its statistics are read" "$(stats 0)" grep -q 'of 1 phases' <<<"$(stats 0)"
claim "--linux: a count that wraps is none" "$(stats 4294967296)" \
	eval '! grep -q "of 1 phases" <<<"$(stats 4294967296)"'
[ "$fails" -eq 0 ]

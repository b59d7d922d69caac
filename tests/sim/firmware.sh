#!/bin/bash
# SPDX-License-Identifier: MIT
# firmware.sh - maps of the firmware: how they are read from a file, and what of them is RAM.
B=${B:-build}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
echo 'p = alloc 0' >"$tmp/x.scn"
low='0 0x9fc00 1' rest='0x100000 0x1f00000 1'

# ram NAME BYTES: of the map on stdin
ram() {
	cat >"$tmp/map"
	rm -f "$tmp/c.bin"
	"$B/mmsim" --e820 "$tmp/map" --scenario "$tmp/x.scn" -o "$tmp/c.bin" >"$tmp/out" 2>&1
	got=$("$B/pagescope" info --json "$tmp/c.bin" 2>&1 | jq .machine.ram_bytes)
	claim "RAM of $1" "$got; $(tail -n 1 "$tmp/out")" [ "$got" = "$2" ]
}
# refused NAME MESSAGE: the map on stdin
refused() {
	cat >"$tmp/map"
	"$B/mmsim" --e820 "$tmp/map" --scenario "$tmp/x.scn" >"$tmp/out" 2>&1
	status=$?
	claim "refused: $1" "status $status: $(cat "$tmp/out")" \
		[ "$status $(grep -c "^mmsim: $tmp/map:$2" "$tmp/out")" = "1 1" ]
}
good=33160192
printf '%s\n' "$low" "$rest" | ram "a plain map" $good
printf '%s\n' "$low" "$low" "$rest" "$rest" | ram "entries told twice" $good
printf '%s\n' "$low" "$rest" '0x800000 0x200000 2' '0x900000 0x600000 1' '0x700000 0x180000 3' |
	ram "entries that overlap" 30014464
printf '%s\n' "$low" "$rest" '0x3000000 0x7fffffffffffffff 1' |
	ram "an entry of eight exbibytes, as far as the CPU counts" 4503599610199040
printf '%s\n' "$low" "$rest" '0xffffffffffff0000 0x20000 1' | ram "an entry that wraps" $good
"$B/mmsim" --verbose --e820 "$tmp/map" --events 1 >"$tmp/out" 2>&1
claim "an entry that wraps is reported" "$(head -n 3 "$tmp/out")" \
	grep -q '^BIOS memory map: the entry at 0xffffffffffff0000 ends beyond 64 bits' "$tmp/out"
printf '%s\n' "$low" "$rest" '0xfffffffffffff800 0x400 1' |
	ram "an entry in the last page of 64 bits" $good
for entry in '0 0x1f000f00000 7' '0xfffffffffffff000 0x2001000 1' '0x100000 0 1'; do
	echo "$entry" >"$tmp/map"
	"$B/mmsim" --e820 "$tmp/map" --events 1 >"$tmp/out" 2>&1
	claim "nothing but \"$entry\" is no machine" "$? $(tail -n 1 "$tmp/out")" \
		grep -q '^mmsim: this machine cannot be used' "$tmp/out"
done
printf '%s\n' "$low" "$rest" '0x1000000 0 1' '0x1000000 0 2' | ram "empty entries" $good
printf '%s\n' "$rest" "$low" | ram "a map in any order" $good
printf '\xef\xbb\xbf%s\r\n# words\r\n\r\n%s # the rest\r\n' "$low" "$rest" |
	ram "a map from another editor" $good
printf '%s\n%s' "$low" "$rest" | ram "no newline at the end" $good
printf '%s\n%*s\n' "$low" 500 "$rest" | ram "a long line" $good
printf '%s\n' "$low" "$rest" | gzip >"$tmp/packed"
ram "a packed map" $good <"$tmp/packed"

printf '%s\n0x100000 0x1f00000\n' "$low" | refused "a line without a type" '2: expected'
printf '%s\n0x100000 -1 1\n' "$low" | refused "a sign" '2: expected'
printf '%s\n0x100000 0x10000000000000000 1\n' "$low" | refused "65 bits" '2: expected'
printf '%s\n0x100000 0x1f00000 1 x\n' "$low" | refused "one word more" '2: expected'
printf '%s\n0x100000 0x1f00000 4294967297\n' "$low" | refused "a type that wraps" '2: expected'
printf '%s\n0x100000\0 0x1f00000 1\n' "$low" | refused "a NUL byte" '2: a NUL byte'
printf '# nothing\n' | refused "no entries" '1: no entries'
printf '' | refused "an empty file" '0: no entries'
[ "$fails" -eq 0 ]

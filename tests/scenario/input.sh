#!/bin/bash
# SPDX-License-Identifier: MIT
# input.sh - text that is cut, too long or saved by an odd editor is taken whole or refused,
# never run in part; and names keep any address.
sim=${SIM:-build/mmsim-san}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# file STATUS PATTERN NAME: a scenario from stdin
file() {
	cat >"$tmp/x.scn"
	"$sim" --scenario "$tmp/x.scn" >"$tmp/out" 2>&1
	status=$?
	claim "file: $3" "status $status: $(tail -n 2 "$tmp/out")" \
		eval "[ $status = '$1' ] && grep -aq '$2' '$tmp/out'"
}
# shell STATUS PATTERN NAME: lines typed, from stdin
shell() {
	timeout "$HANG_AFTER" "$sim" --shell >"$tmp/out" 2>&1
	status=$?
	claim "shell: $3" "status $status: $(tail -n 2 "$tmp/out" | cut -c 1-200)" \
		eval "[ $status = '$1' ] && grep -aq '$2' '$tmp/out'"
}
long() { printf '%*s' "$1" '' | tr ' ' "$2"; }
mark=$'\xef\xbb\xbf'

printf '%sp = alloc 3\nexpect p.pages == 8\n' "$mark" |
	file 0 '1 claim checked, 0 failed' "a byte order mark is skipped"
printf '%sp = alok 3\n' "$mark" | file 1 '^x.scn:1:5: ' "and counts for no column"
printf 'p = alloc 3%s\n' "$mark" | file 1 '^x.scn:1:12: ' "anywhere else it is refused"
printf 'p = alloc 3\r\nexpect p.pages == 8\r\n' | file 0 '1 claim checked, 0 failed' "CR LF"
printf 'p = alloc 3\nexpect p.pages == 8' |
	file 0 '1 claim checked, 0 failed' "no newline at the end"
printf 'p = alloc 3\n\0free p\n' | file 1 '^x.scn:2:1: ' "a NUL byte"
printf 'repeat 2 {\np += alloc 0\n' | file 1 'found the end of the file' "an unclosed block"
printf 'mark "half' | file 1 'expected a closing' "an unclosed string"
printf 'p = alloc' | file 0 '1 step' "a statement that is whole"
printf 'v = vmalloc' | file 1 'one more value\|a value' "a statement that is cut"
printf '\xff\xfep\0=\0' | file 1 '^x.scn:1:1: ' "UTF-16"
printf 'x = %s1\nexpect x == 1\n' "$(long 5000 0)" |
	file 0 '1 claim checked, 0 failed' "a line of 5000 bytes"

printf 'x = %s12345678\nexpect x == 12345678\n' "$(long 238 0)" |
	shell 0 '1 claim checked, 0 failed' "a line of 250 bytes"
printf 'x = %s12345678\n1 + 1\n' "$(long 1100 0)" |
	shell 1 'longer than 1023 bytes: not run' "a line of 1100 bytes is not run"
claim "shell: not even its beginning" "$(grep -a '^x' "$tmp/out")" \
	eval '! grep -aq "^x = " "$tmp/out"'
claim "shell: the next line is" "$(tail -n 2 "$tmp/out")" grep -aq '^2 (0x2)' "$tmp/out"
printf 'x = 1\0002\n' | shell 1 'NUL byte: not run' "a NUL byte"
printf '%sx = 3\nexpect x == 3\n' "$mark" | shell 0 '1 claim checked, 0 failed' "a byte order mark"
printf 'x = 3\r\nexpect x == 3\r\n' | shell 0 '1 claim checked, 0 failed' "CR LF"
printf 'x = 3\nexpect x == 4' | shell 1 '1 failed' "no newline at the end"
printf 'repeat 2 {\np += alloc 0\n' | shell 1 'ended inside a block: not run' "an unclosed block"
{
	echo 'repeat 1 {'
	for _ in $(seq 40); do echo "print \"$(long 250 x)\""; done
	echo '}'
	echo 'print "after"'
} |
	shell 1 'longer than the shell holds' "a block too long"
claim "shell: nothing of it is run" "$(tail -n 1 "$tmp/out")" eval '! grep -aq "^after" "$tmp/out"'

# ---- an item is a value and a state ----

file 0 '10 claims checked, 0 failed' "ioremap of any address" <<'SCN'
r = ioremap 0xe0000001, 64 nocache
expect phys(r) == 0xe0000001
expect r % 4K == 1
iounmap r
expect r.live == 0
expect areas == 0
v = ioremap 0xB8001, 1
expect v == page_offset + 0xB8001
w = ioremap 0xFEC00FFF, 1
w += ioremap 0xe0002002, 64
w += ioremap 0xe0003003, 4K
expect phys(w[0]) == 0xFEC00FFF
expect phys(w[2]) == 0xe0003003
iounmap w[1]
expect w.live == 2
iounmap w
expect w.live == 0
expect areas == 0
SCN
file 1 'given back already' "what is given back cannot be again" <<'SCN'
w = ioremap 0xe0000fff, 1
iounmap w
iounmap w[0]
SCN
[ "$fails" -eq 0 ]

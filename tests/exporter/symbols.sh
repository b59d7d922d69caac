#!/bin/sh
# symbols.sh - function, file and line of call sites all over the kernel are
# those of addr2line -i; another kernel's build id is refused.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
elf=$B/kernel.elf

ok() { echo "ok symbols: $1"; }
bad() { echo "not ok symbols: $1: $2"; }

id=$(readelf -n "$elf" | awk '/Build ID/ { print $3 }')
# the address after each 20th call instruction is a call site
objdump -d "$elf" | awk '/^[0-9a-f]+:|^c[0-9a-f]+:/ { split($1, a, ":"); if (was) { if (n++ % 20 == 0) print "0x" a[1]; was = 0 } }
	$0 ~ /\tcall / { was = 1 }' >"$tmp/sites"
[ "$(wc -l <"$tmp/sites")" -gt 40 ] || bad "call sites" "only $(wc -l <"$tmp/sites")"

capture() {
	sed "s/build_id=\"\"/build_id=\"$1\"/" tests/exporter/machine.txt
	sed 's/.*/mm_page_alloc pfn=0xffffffff order=9 gfp_flags=0x1f0 call_site=&/' "$tmp/sites"
}
capture "$id" | "$B/mkcapture" >"$tmp/c"
"$B/pagescope" export -q --symbols "$elf" "$tmp/c" | jq -r 'select(.rec == "sites") | . as $s |
	range($s.addr | length) | "\($s.addr[.]) \($s.func[.]) \($s.file[.]):\($s.line[.])"' | sort -u >"$tmp/ours"
while read -r site; do
	addr=$((site))
	addr2line -f -i -e "$elf" "$(printf '0x%x' $((addr - 1)))" | head -n 2 | tr '\n' ' ' |
		sed -e "s|^|$addr |" -e 's| (discriminator.*||' -e "s|$PWD/||" -e 's| *$||' -e 's| \./| |'
	echo
done <"$tmp/sites" | sort -u >"$tmp/theirs"
# assembly has no lines, and the two may name another label there
grep -v ":[?0]*$" "$tmp/theirs" >"$tmp/known"
mv "$tmp/known" "$tmp/theirs"
grep -v ":0$" "$tmp/ours" >"$tmp/known"
mv "$tmp/known" "$tmp/ours"
[ "$(wc -l <"$tmp/theirs")" -gt 30 ] || bad "call sites with lines" "only $(wc -l <"$tmp/theirs")"
if cmp -s "$tmp/ours" "$tmp/theirs"; then ok "$(wc -l <"$tmp/ours") call sites as addr2line names them"
else bad "call sites as addr2line names them" "$(diff "$tmp/ours" "$tmp/theirs" | head -n 4 | tr '\n' ' ')"; fi

capture 00112233445566778899aabbccddeeff00112233 | "$B/mkcapture" >"$tmp/c"
"$B/pagescope" export --symbols "$elf" "$tmp/c" 2>"$tmp/err" | jq -r 'select(.rec == "sites") | .func[]' | sort -u >"$tmp/ours"
if [ "$(cat "$tmp/ours")" = "" ] && grep -q "$id" "$tmp/err" && grep -q 00112233445566778899 "$tmp/err"; then
	ok "another build id leaves addresses raw, naming both"
else
	bad "another build id" "$(head -n 2 "$tmp/ours") $(cat "$tmp/err")"
fi

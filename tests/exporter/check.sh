#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh - every fault of planted.txt is found, by its name, first; correct
# traces have none; exit statuses tell the difference.
cd "$(dirname "$0")" || exit 1
B=${B:-../../build}
PS=$B/pagescope-san MK=$B/mkcapture
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

ok() { echo "ok check: $1"; }
bad() { echo "not ok check: $1: $2"; }

# expand < lines > capture
expand() {
	sed -e '/^@vmalloc/{r vmalloc.txt
d}' -e '/^@vfree/{r vfree.txt
d}'
}

# rule number file-with-lines
try() {
	name="$1 ($2)" machine=machine.txt want=3
	grep -q '^two-zones' "$3" && machine=machine2.txt
	grep -v '^two-zones' "$3" | expand | cat "$machine" - | "$MK" >"$tmp/c" || {
		bad "$name" "mkcapture failed"; return; }
	"$PS" check -q --json "$tmp/c" >"$tmp/json" 2>"$tmp/err"
	rc=$?
	severity=$(jq -r --arg r "$1" 'first(.findings[] | select(.rule == $r) | .severity)' \
		"$tmp/json")
	[ "$severity" = violation ] || want=0
	first=$(jq -r 'if .first then .first.rule else .findings[0].rule end' "$tmp/json")
	if [ -z "$severity" ]; then
		bad "$name" \
			"not found; found: $(jq -c .by_rule "$tmp/json") $(head -n 3 "$tmp/err")"
	elif [ "$rc" -ne "$want" ]; then
		bad "$name" "exit status $rc, not $want"
	elif [ "$first" != "$1" ]; then
		bad "$name" "first is $first"
	elif ! "$PS" check -q "$tmp/c" | grep -q "$1 .*event [0-9,]*, tick [0-9,]*:"; then
		bad "$name" "the text names no event and tick"
	else
		ok "$name"
	fi
}

awk -v dir="$tmp" '/^#/ { next } /^== / { n++; file = sprintf("%s/p%03d", dir, n)
	print $2 > (file ".rule"); next } n { print > file }' planted.txt
for rule in "$tmp"/p*.rule; do
	n=${rule%.rule}
	try "$(cat "$rule")" "${n##*/p}" "$n"
done

# every rule that can be planted is
# shellcheck disable=SC2013 # one word a line
for rule in $(sed -n 's/.*RULE([A-Z_]*, "\([a-z-]*\)".*/\1/p' ../../exporter/model/rules.h); do
	grep -qx "== $rule" planted.txt || bad "rule $rule" "has no planted fault"
done

# a machine that does nothing wrong
printf '@vmalloc\n@vfree\n@vmalloc\n@vfree\ntrace_end msg="done"\n' >"$tmp/fine"
sed -i '0,/@vfree/!{s/@vmalloc/@again/}' "$tmp/fine"
sed '/^mm_page_alloc pfn=1 /d; /^pde_set/d' vmalloc.txt >"$tmp/again"
sed -e "/^@again/{r $tmp/again
d}" "$tmp/fine" | expand | cat machine.txt - | "$MK" >"$tmp/c"
if "$PS" check "$tmp/c" >"$tmp/out" 2>&1 &&
	grep -q '^found  *0 violations, 0 hazards' "$tmp/out"; then
	ok "vmalloc and vfree, twice, are in order"
else
	bad "vmalloc and vfree, twice" "$(cat "$tmp/out")"
fi

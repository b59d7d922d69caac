#!/bin/sh
# SPDX-License-Identifier: MIT
# scenarios.sh - every scenario that is shipped leaves a trace in which `check`
# finds no broken rule, whatever the scenario's own verdict.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/babeltrace.sh
. tests/lib/claims.sh

# what the run itself judged is not the memory manager's fault
broken='[if type == "array" then .[] else . end | .findings[] |
	select(.severity == "violation") | .rule |
	select(IN("expectation", "run-failed", "panic") | not)] | unique | join(" ")'

for file in scenarios/*.scn scenarios/*/*.scn; do
	name=${file#scenarios/}
	timeout "$HANG_AFTER" "$B/mmsim" --scenario "$file" -o "$tmp/c" >/dev/null 2>&1
	"$B/pagescope" check -q --json "$tmp/c" >"$tmp/json" 2>"$tmp/err"
	found=$(jq -r "$broken" "$tmp/json" 2>&1)
	if [ -s "$tmp/json" ] && [ -z "$found" ]; then echo "ok scenarios: $name keeps the rules"
	else echo "not ok scenarios: $name keeps the rules: $found $(head -n 1 "$tmp/err")"; fi
	rm -rf "$tmp/ctf"
	"$B/pagescope" export -q --format=ctf -o "$tmp/ctf" "$tmp/c" 2>"$tmp/err"
	theirs=$(counted "$tmp/ctf")
	events=$("$B/pagescope" info --json "$tmp/c" | jq .events)
	if [ "$theirs" = "$events" ]; then
		echo "ok scenarios: $name, babeltrace2 reads as many events"
	else
		echo "not ok scenarios: $name, babeltrace2 reads as many events:" \
			"$theirs of $events $(cat "$tmp/err" "$tmp/bt2.err" | head -n 1)"
	fi
done

# the lesson of the forgotten flush shows what it is about
"$B/mmsim" --scenario scenarios/lessons/flush.scn -o "$tmp/c" >/dev/null 2>&1
hazards=$("$B/pagescope" check -q --json "$tmp/c" |
	jq -r '[.findings[] | select(.severity == "hazard") | .rule] | join(" ")')
if [ "$hazards" = "table-poked reuse-before-flush" ]; then
	echo "ok scenarios: the forgotten flush is a hazard"
else echo "not ok scenarios: the forgotten flush is a hazard: found '$hazards'"; fi

# what 2.4.22 lets pass in silence is named, and the snapshots agree all the same
cat >"$tmp/misuse.scn" <<'S'
p = alloc 0 count=2
free p[0]
free p[0] misuse
c = alloc 3
free c[0] order=0 misuse
d = alloc 0
free d[0] order=1 misuse
S
"$B/mmsim" --quirks 2.4.22 --scenario "$tmp/misuse.scn" -o "$tmp/c" >/dev/null 2>&1
rules=$("$B/pagescope" check -q --json "$tmp/c" |
	jq -c '[.findings[] | select(.severity == "violation") | .rule]')
if [ "$rules" = '["wrong-order","wrong-order"]' ]; then
	echo "ok scenarios: with quirks, frees with the wrong order are found"
else echo "not ok scenarios: with quirks, frees with the wrong order are found: $rules"; fi

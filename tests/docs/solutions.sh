#!/bin/bash
# SPDX-License-Identifier: MIT
# solutions.sh - docs/solutions/mark.sh finds every solution right, and wrong answers wrong; the
# captures are those of the simulator.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# hand_in STUDENT EXERCISE SCENARIO: with the capture of its run
hand_in() {
	mkdir -p "$tmp/in/$1"
	echo "$3" >"$tmp/in/$1/$2.scn"
	build/mmsim --ram 64M --scenario "$tmp/in/$1/$2.scn" -o "$tmp/in/$1/$2.bin" \
		>"$tmp/said" 2>&1
}

numbers=$(basename -s .scn docs/solutions/*.scn)
for n in $numbers; do
	hand_in right "$n" "$(cat "docs/solutions/$n.scn")"
done
marked=$(docs/solutions/mark.sh "$tmp/in" 2>&1)
status=$?
claim "all solutions: status 0" "$status" [ $status -eq 0 ]
claim "each solution is right" "$marked" \
	[ "$marked" = "$(for n in $numbers; do printf 'right\t%s\tok\tok\n' "$n"; done)" ]

hand_in wrong 1 'p = alloc 0 count=100
big = alloc 2'
hand_in wrong 2 'v = vmalloc 8K
w = vmalloc 8K
vfree v'
hand_in wrong 3 'most = 100'
hand_in wrong 4 'made = 1
kept = 0'
hand_in wrong 5 'lost = 0'
hand_in other 2 "$(cat docs/solutions/2.scn)"
cp "$tmp/in/right/1.bin" "$tmp/in/other/2.bin"
cp "$tmp/in/other/2.scn" "$tmp/in/other/4.scn"
marked=$(docs/solutions/mark.sh "$tmp/in" 2>&1)
status=$?
claim "wrong answers among them: status 1" "$status" [ $status -eq 1 ]
claim "five wrong answers are wrong" "$marked" \
	[ "$(echo "$marked" | grep -c $'^wrong\t.*\tmarked.scn:.*FAILED.*\tok$')" -eq 5 ]
claim "a capture of another run is told" "$marked" \
	grep -q $'^other\t2\tok\tanother run$' <<<"$marked"
claim "a capture that is not there is told" "$marked" \
	grep -q $'^other\t4\t.*\tmissing$' <<<"$marked"
[ "$fails" -eq 0 ]

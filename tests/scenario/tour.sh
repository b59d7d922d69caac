#!/bin/sh
# SPDX-License-Identifier: MIT
# tour.sh - the shipped scenarios end as they should at many sizes of RAM, and
# their traces hold against the rules.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# run NAME WANTED-STATUS RAM [OPTION...]
run() {
	name=$1 want=$2 ram=$3
	shift 3
	build/mmsim --ram "$ram" "$@" --scenario "scenarios/$name.scn" -o "$tmp/capture" \
		>"$tmp/out" 2>&1
	status=$?
	if [ $status -ne "$want" ]; then
		echo "not ok $name at $ram $*: status $status, not $want:" \
			"$(grep FAILED "$tmp/out" | head -n 1)"
		return
	fi
	case $want in
	1)	# it ends badly, but whole
		lost=$(build/pagescope info --json "$tmp/capture" | jq .lost)
		[ "$lost" = 0 ] && echo "ok $name at $ram $*" ||
			echo "not ok $name at $ram $*: lost $lost"
		return ;;
	esac
	build/pagescope check "$tmp/capture" >"$tmp/out" 2>&1
	status=$?
	[ $status -eq 0 ] && echo "ok $name at $ram $*" ||
		echo "not ok $name at $ram $*: check says $(grep -m 1 violation "$tmp/out")"
}

for ram in 8M 12M 16M 17M 24M 32M 33M 64M 127M 128M 256M 512M 768M 896M 1G; do
	run tour 0 $ram
done
run tour 0 64M --nopentium
run tour 0 64M --quirks 2.4.22
run tour 0 128M --highmem=63M
run tour 0 2G --highmem=on
for name in selftest oops fragment; do
	for ram in 8M 32M 128M 896M; do
		run $name 0 $ram
	done
done
run panic 1 64M
run reset 1 64M

# The same run twice is the same trace.
build/mmsim --scenario scenarios/selftest.scn -o "$tmp/a" 2>/dev/null
build/mmsim --scenario scenarios/selftest.scn -o "$tmp/b" 2>/dev/null
cmp -s "$tmp/a" "$tmp/b" && echo "ok a scenario is repeatable" ||
	echo "not ok a scenario is repeatable: two captures differ"

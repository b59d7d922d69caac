#!/bin/sh
# SPDX-License-Identifier: MIT
# errors.sh - what is wrong is said with file, line, column and what was
# expected; nothing is run, the status is 1, and the trace's last event says so.
# errors.txt holds the cases: "== MESSAGE", then the scenario.
cd "$(dirname "$0")/../.." || exit 1
sim=${SIM:-build/mmsim-san}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

awk -v dir="$tmp" '
	/^== / { n++; base = sprintf("%s/%03d", dir, n); print substr($0, 4) >(base ".want")
		 close(base ".want"); next }
	base   { print >(base ".text") }' tests/scenario/errors.txt

for want in "$tmp"/*.want; do
	base=${want%.want}
	message=$(cat "$want")
	cp "$base.text" "$tmp/x.scn"
	$sim --scenario "$tmp/x.scn" -o "$tmp/capture" >"$tmp/out" 2>&1
	status=$?
	if [ $status -ne 1 ]; then
		echo "not ok $message: status $status, not 1"
	elif ! grep -qFx "$message" "$tmp/out"; then
		echo "not ok $message: got $(grep 'x.scn:' "$tmp/out" | head -n 1)"
	elif ! grep -aqF "$message" "$tmp/capture"; then
		echo "not ok $message: not in the trace"
	else
		echo "ok $message"
	fi
done

#!/bin/sh
# SPDX-License-Identifier: MIT
# lessons.sh - the lessons' own questions in the viewer: each has its answer, and the
# Lesson tab asks them.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
for file in scenarios/lessons/*.scn; do
	name=$(basename "$file" .scn)
	build/mmsim --ram 16M --scenario "$file" -o "$tmp/capture" >/dev/null 2>&1
	build/pagescope export -o "$tmp/$name.jsonl.gz" "$tmp/capture" 2>/dev/null
done
export LESSONS="$tmp"
tests/viewer/page.sh lessons.mjs

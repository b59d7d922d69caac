#!/bin/sh
# SPDX-License-Identifier: MIT
# walks.sh - what README.md and docs/primer.md tell a reader to press shows what they say.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export TOUR="$tmp/tour.jsonl.gz"
build/mmsim --scenario scenarios/tour.scn -o "$tmp/capture" >/dev/null 2>&1 &&
	build/pagescope export -q -o "$TOUR" "$tmp/capture" ||
	echo "not ok a trace of the tour: the simulator or the exporter failed"
tests/viewer/page.sh ../docs/walks.mjs

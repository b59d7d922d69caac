#!/bin/sh
# SPDX-License-Identifier: MIT
# claim-pictures.sh [DIR] - a picture of the viewer for each claim of docs/claims.md,
# from its experiment in the simulator; part of `make screenshots`.
set -eu
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for file in scenarios/claims/*.scn; do
	name=$(basename "$file" .scn)
	ram=64M
	[ "$name" != start ] || ram=896M	# where the region is smallest
	build/mmsim --ram $ram --scenario "$file" -o "$tmp/capture" >/dev/null 2>&1
	build/pagescope export --symbols build/mmsim -o "$tmp/$name.jsonl.gz" "$tmp/capture" \
		2>/dev/null
done
PICTURES=$(realpath "${1:-docs/img}")
export CLAIMS="$tmp" PICTURES
tests/viewer/page.sh ../docs/claim-pictures.mjs

#!/bin/sh
# SPDX-License-Identifier: MIT
# site.sh - make site: the links of its pages; with SLOW=1 (make soak) its reports, too.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
[ -n "$SLOW" ] || export REPORTS=none
if scripts/site/make-site.sh "$tmp/site" >"$tmp/said" 2>&1; then
	echo "ok the site is made"
else
	echo "not ok the site is made: $(tail -n 3 "$tmp/said" | tr '\n' ' ')"
fi
node tests/docs/site.mjs "$tmp/site"

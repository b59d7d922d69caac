#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh - the form of the viewer and of its tests (prettier), and its types (tsc, strict).
# A file that has no types yet says "@ts-nocheck"; how many do is printed.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/claims.sh
tests/viewer/page.sh -e 0 || exit 1	# the test tools, once
bin=tests/viewer/node_modules/.bin
[ -d viewer/node_modules/pako ] || (cd viewer && npm ci --silent --no-audit --no-fund)
unformed=$($bin/prettier --list-different viewer tests/viewer 2>&1)
claim "viewer: formatted with prettier" \
	"$(echo "$unformed" | tr '\n' ' '): run $bin/prettier --write viewer tests/viewer" \
	[ -z "$unformed" ]
errors=$($bin/tsc -p viewer 2>&1)
claim "viewer: the types agree" "$(echo "$errors" | head -n 3)" [ -z "$errors" ]
echo "# not typed yet:" \
	"$(grep -l '^// @ts-nocheck' -r viewer/load viewer/model viewer/ui | wc -l) files of" \
	"$(find viewer/load viewer/model viewer/ui -name '*.js' | wc -l)"
[ "$fails" -eq 0 ]

#!/bin/sh
# SPDX-License-Identifier: MIT
# page.sh [SCRIPT [ARGUMENT...]] - the browser tests of the viewer, or another script beside them;
# installs their pinned tools when needed.
set -eu
cd "$(dirname "$0")"
exec 3<package-lock.json
flock 3		# two tests may begin at a time
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --silent --no-audit --no-fund || {
		echo "not ok viewer test tools: npm ci failed in tests/viewer" \
			"(network to the npm registry?)"
		exit 1
	}
	cp package-lock.json node_modules/.installed
fi
exec 3<&-
script=${1:-page.test.mjs}
[ $# -eq 0 ] || shift
exec node "$script" "$@"

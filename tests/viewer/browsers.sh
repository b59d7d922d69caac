#!/bin/sh
# SPDX-License-Identifier: MIT
# browsers.sh - page.sh and features.sh in Chromium, and beside them the same in Firefox:
# most of their time they wait.
cd "$(dirname "$0")" || exit 1
./page.sh -e 0 || exit 1	# the test tools, once
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
(./page-firefox.sh && ./features-firefox.sh) >"$log" 2>&1 &
./page.sh && ./features.sh
status=$?
wait $! || status=1
cat "$log"
exit $status

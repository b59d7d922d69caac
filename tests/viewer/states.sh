#!/bin/sh
# SPDX-License-Identifier: MIT
# states.sh - broken, cut and too big traces, with SLOW=1 in both browsers; page.sh installs the
# test tools.
[ -n "${SLOW:-}" ] || export BROWSER="${BROWSER:-chromium}"
exec "$(dirname "$0")/page.sh" states.test.mjs

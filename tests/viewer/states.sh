#!/bin/sh
# SPDX-License-Identifier: MIT
# states.sh - broken, cut and too big traces in both browsers; page.sh installs the test tools.
exec "$(dirname "$0")/page.sh" states.test.mjs

#!/bin/sh
# SPDX-License-Identifier: MIT
# foreign.sh - a kernel that is not Linux's kind in both browsers; page.sh installs the test tools.
exec "$(dirname "$0")/page.sh" foreign.test.mjs

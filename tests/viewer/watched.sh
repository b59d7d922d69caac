#!/bin/sh
# SPDX-License-Identifier: MIT
# watched.sh - a guest that is watched, in both browsers; page.sh installs the test tools.
exec "$(dirname "$0")/page.sh" watched.test.mjs

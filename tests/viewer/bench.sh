#!/bin/sh
# SPDX-License-Identifier: MIT
# bench.sh - the figures of the viewer; page.sh installs the test tools.
exec "$(dirname "$0")/page.sh" bench.mjs

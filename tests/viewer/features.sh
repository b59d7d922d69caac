#!/bin/sh
# SPDX-License-Identifier: MIT
# features.sh - the tests of what the page offers beside the views.
exec "$(dirname "$0")/page.sh" features.test.mjs "$@"

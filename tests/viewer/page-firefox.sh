#!/bin/sh
# SPDX-License-Identifier: MIT
# page-firefox.sh - the built viewer, in Firefox: the claims of page.test.mjs; page.sh installs
# the test tools.
BROWSER=firefox exec "$(dirname "$0")/page.sh" page.test.mjs "$@"

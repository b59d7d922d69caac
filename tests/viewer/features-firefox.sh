#!/bin/sh
# SPDX-License-Identifier: MIT
# features-firefox.sh - what the page offers beside the views, in Firefox: the claims of
# features.test.mjs; page.sh installs the test tools.
BROWSER=firefox exec "$(dirname "$0")/page.sh" features.test.mjs "$@"

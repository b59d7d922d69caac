#!/bin/sh
# SPDX-License-Identifier: MIT
# truth.sh - the viewer's model and page against pagescope's answers; page.sh installs the
# test tools.
exec "$(dirname "$0")/page.sh" truth.test.mjs

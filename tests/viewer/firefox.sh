#!/bin/sh
# firefox.sh - the viewer in Firefox; page.sh installs the test tools.
exec "$(dirname "$0")/page.sh" firefox.test.mjs

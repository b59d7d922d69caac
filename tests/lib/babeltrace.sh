# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # the test that reads it sets tmp
# babeltrace.sh - sourced by tests that let babeltrace2 count; $tmp is a directory of theirs.

# The sink that counts, without a line for every so many events.
COUNTER="babeltrace2 -c sink.utils.counter --params=step=+0"

# counted TRACE...: the events in all of them; fails where babeltrace2 does.  What it
# has to say is in $tmp/bt2.err, how often it told of discarded ones in $tmp/discarded.
counted() {
	: >"$tmp/bt2" 2>"$tmp/bt2.err"
	for trace; do
		$COUNTER "$trace" >>"$tmp/bt2" 2>>"$tmp/bt2.err" || return 1
	done
	awk '/ Discarded / { n += $1 } END { print n + 0 }' "$tmp/bt2" >"$tmp/discarded"
	awk '/ Event message/ { n += $1 } END { print n + 0 }' "$tmp/bt2"
}

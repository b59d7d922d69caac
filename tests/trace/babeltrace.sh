#!/bin/sh
# SPDX-License-Identifier: MIT
# babeltrace2, which knows nothing of us but CTF, reads the same events with the
# same values: a hundred thousand of the simulator, and the tour in Bochs with
# the plugin's stream.
. tests/lib/trace.sh
if ! command -v babeltrace2 >/dev/null; then
	echo "babeltrace2 is not installed"
	exit 1
fi

agree() {
	"$B/capture_dump" "$1" >"$tmp/dump" &&
	"$B/pagescope" export --format=ctf -o "$tmp/ctf" "$1" 2>"$tmp/why" &&
	babeltrace2 --clock-cycles --no-delta "$tmp/ctf" >"$tmp/bt2" 2>"$tmp/why" || return 1
	[ ! -s "$tmp/why" ] || return 1
	node tests/trace/babeltrace.mjs "$tmp/dump" "$tmp/bt2" >"$tmp/why"
	status=$?
	rm -rf "$tmp/ctf"
	return $status
}

"$B/mmsim" --events 100000 -o "$tmp/sim.bin"
agree "$tmp/sim.bin"
claim "100,000 events of the simulator: $(tail -n 1 "$tmp/why" | cut -c1-200)" "$(cat "$tmp/why")" \
	same $? 0
scenario "$tmp/a" scenarios/tour.scn
agree "$tmp/a/capture.bin"
claim "the tour in Bochs, both streams: $(tail -n 1 "$tmp/why" | cut -c1-200)" "$(cat "$tmp/why")" \
	same $? 0
"$B/trace_roundtrip" "$tmp/all.bin"
agree "$tmp/all.bin"
claim "every event there is, with random values: $(tail -n 1 "$tmp/why" |
	cut -c1-200)" "$(cat "$tmp/why")" same $? 0
[ "$fails" -eq 0 ]

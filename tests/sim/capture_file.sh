#!/bin/sh
# SPDX-License-Identifier: MIT
# The simulator's capture file: complete, or an error that is said.
. tests/lib/trace.sh

"$B/mmsim" --events 200000 -o "$tmp/a.bin"
claim "a capture of whole packets" "$(cat "$tmp/dump.err" 2>/dev/null)" intact "$tmp/a.bin"
"$B/mmsim" --events 200000 -o "$tmp/b.bin"
claim "the same run, the same file" "they differ" cmp -s "$tmp/a.bin" "$tmp/b.bin"
"$B/mmsim" --events 200000 -o - >"$tmp/c.bin"
claim "standard output takes the same bytes" "they differ" cmp -s "$tmp/a.bin" "$tmp/c.bin"
"$B/mmsim" --events 200000 -o /dev/full 2>"$tmp/err"
status=$?
said=$(grep -c '/dev/full: No space left on device' "$tmp/err")
claim "a full disk: status 1 and one message" "status $status: $(cat "$tmp/err")" \
	same "$status $said $(wc -l <"$tmp/err")" "1 1 1"
"$B/mmsim" --events 10 -o "$tmp/none/x" 2>"$tmp/err"
status=$?
claim "a file that cannot be made: status 1 and one message" "status $status: $(cat "$tmp/err")" \
	same "$status $(grep -c 'No such file' "$tmp/err") $(wc -l <"$tmp/err")" "1 1 1"
(
	trap '' PIPE
	"$B/mmsim" --events 2000000 -o - 2>"$tmp/err"
	echo $? >"$tmp/status"
) | head -c 100000 >/dev/null
claim "a reader that goes away: status 1 and one message" \
	"status $(cat "$tmp/status"): $(cat "$tmp/err")" \
	same "$(cat "$tmp/status") $(wc -l <"$tmp/err")" "1 1"
[ "$fails" -eq 0 ]

#!/bin/sh
# SPDX-License-Identifier: MIT
# The same capture each time, whatever else the machine does: the tour RUNS times
# in Bochs, beside two busy loops for each processor.
. tests/lib/trace.sh
RUNS=${RUNS:-20}
busy=
# shellcheck disable=SC2034 # only counts
for i in $(seq $(($(nproc) * 2))); do
	sh -c 'while :; do :; done' &
	busy="$busy $!"
done
trap 'kill $busy 2>/dev/null; rm -rf "$tmp"' EXIT

scenario "$tmp/a" scenarios/tour.scn
cp "$tmp/a/capture.bin" "$tmp/first"
equal=0
# shellcheck disable=SC2034 # only counts
for i in $(seq "$RUNS"); do
	run "$tmp/a"
	cmp -s "$tmp/first" "$tmp/a/capture.bin" && equal=$((equal + 1))
done
claim "$equal of $RUNS further runs under load give the same $(stat -c %s "$tmp/first") bytes" \
	"$equal of $RUNS" [ "$equal" = "$RUNS" ]
claim "and it is a whole run" "$(tail -n 1 "$tmp/a/console.log")" \
	grep -q '^Run finished: 0 failed' "$tmp/a/console.log"
[ "$fails" -eq 0 ]

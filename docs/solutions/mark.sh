#!/bin/sh
# SPDX-License-Identifier: MIT
# mark.sh FOLDER - marks what was handed in: FOLDER/STUDENT/N.scn, the scenario of exercise N, and
# FOLDER/STUDENT/N.bin, the capture.bin of its run on 64 MiB.  Run it in the top directory.
#
# Prints a line for each exercise: student, exercise, scenario, capture, separated by tabs.
#   scenario  ok, or what failed first when the teacher's claims (N.claims) ran after it
#   capture   ok; "another run" if the scenario does not do what the capture shows; "broken" if
#             `pagescope check` finds a violation; "missing"
# The status is 1 if anything is not ok.
here=$(dirname "$0")
folder=${1:?usage: mark.sh FOLDER}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# simulate SCENARIO CAPTURE
simulate() { build/mmsim --ram 64M --scenario "$1" -o "$2" >"$tmp/said" 2>&1; }

mark_scenario() { # STUDENT'S CLAIMS
	{ cat "$1" && echo && cat "$2"; } >"$tmp/marked.scn"
	if simulate "$tmp/marked.scn" "$tmp/marked.bin"; then
		echo ok
	else
		grep -a -m 1 '^marked.scn:[0-9]' "$tmp/said" || tail -n 1 "$tmp/said"
	fi
}

mark_capture() { # STUDENT'S CAPTURE
	[ -f "$2" ] || { echo missing; return; }
	build/pagescope check -q "$2" >"$tmp/check" 2>&1 || { echo broken; return; }
	simulate "$1" "$tmp/again.bin"
	if build/pagescope diff "$tmp/again.bin" "$2" >"$tmp/diff" 2>&1; then
		echo ok
	else
		echo "another run"
	fi
}

status=0
for scenario in "$folder"/*/*.scn; do
	[ -f "$scenario" ] || { echo "mark.sh: $folder has no STUDENT/N.scn" >&2; exit 1; }
	number=$(basename "$scenario" .scn)
	claims=$here/$number.claims
	[ -f "$claims" ] || { echo "mark.sh: $scenario: there is no exercise $number" >&2; exit 1; }
	first=$(mark_scenario "$scenario" "$claims")
	second=$(mark_capture "$scenario" "${scenario%.scn}.bin")
	[ "$first $second" = "ok ok" ] || status=1
	printf '%s\t%s\t%s\t%s\n' "$(basename "$(dirname "$scenario")")" "$number" \
		"$first" "$second"
done
exit $status

#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh TEST... [-- TEST...] - runs test programs and adds up what they claim; those after
# "--" run at the same time as those before it.
#
# A test program prints one line per claim, "ok NAME" or "not ok NAME: why";
# anything else it prints is shown only if the program fails.  A program that
# claims nothing, or exits non-zero without a "not ok", counts as one failure:
# silence is not success.  TEST_ONLY=PATTERN runs the programs whose name
# matches.  The last line is "N passed, N failed"; exit status 1 on any failure.
logs=$(mktemp -d) || exit 1
trap 'rm -rf "$logs"' EXIT

# stream NAME TEST... - runs them one after the other; what they claimed is added to NAME.sums
stream() {
	log=$logs/$1 sums=$logs/$1.sums
	shift
	: >"$sums"
	for t in "$@"; do
		case "$t" in *${TEST_ONLY:-}*) ;; *) continue ;; esac
		start=$(date +%s)
		"$t" >"$log" 2>&1 </dev/null
		rc=$?
		ok=$(grep -c '^ok ' "$log")
		bad=$(grep -c '^not ok ' "$log")
		if [ "$bad" -eq 0 ] && { [ "$rc" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
			bad=1
			echo "not ok $t: exit status $rc after $ok claims" >>"$log"
		fi
		echo "$ok $bad" >>"$sums"
		if [ "$bad" -gt 0 ]; then
			echo "FAIL $t"
			# what failed may be far above the end
			{ grep '^not ok ' "$log" | head -n 20; echo ...; tail -n 40 "$log"; } |
				sed 's/^/    /'
		else
			echo "pass $t ($ok, $(($(date +%s) - start)) s)"
		fi
	done
}

first=
while [ $# -gt 0 ] && [ "$1" != -- ]; do first="$first $1" && shift; done
[ $# -eq 0 ] || shift
stream beside "$@" >"$logs/shown" &
# shellcheck disable=SC2086 # the names of tests hold no blanks
stream main $first
wait
cat "$logs/shown"
awk '
	{ passed += $1; failed += $2 }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 || !passed }
' "$logs"/*.sums

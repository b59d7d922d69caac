#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh TEST... - runs test programs, JOBS at a time (2), and adds up what they claim.
#
# A test program prints one line per claim, "ok NAME" or "not ok NAME: why";
# anything else it prints is shown only if the program fails.  A program that
# claims nothing, or exits non-zero without a "not ok", counts as one failure:
# silence is not success.  TEST_ONLY=PATTERN runs the programs whose name
# matches; one that matches none is a slip, status 2.
# The last line is "N passed, N failed"; exit status 1 on any failure.

# one TEST - runs it; its log and its sums are left in $logs, under its name
one() {
	name=$(echo "$1" | tr / _)
	log=$logs/$name
	start=$(date +%s)
	"$1" >"$log" 2>&1 </dev/null
	rc=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	if [ "$bad" -eq 0 ] && { [ "$rc" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
		bad=1
		echo "not ok $1: exit status $rc after $ok claims" >>"$log"
	fi
	echo "$ok $bad" >"$logs/$name.sums"
	if [ "$bad" -gt 0 ]; then
		# what failed may be far above the end; written at once, as another test runs
		{
			echo "FAIL $1"
			{ grep '^not ok ' "$log" | head -n 20; echo ...; tail -n 40 "$log"; } |
				sed 's/^/    /'
		} >"$log.shown"
		cat "$log.shown"
	else
		echo "pass $1 ($ok, $(($(date +%s) - start)) s)"
	fi
}

if [ -n "${RUN_SH_LOGS:-}" ]; then
	logs=$RUN_SH_LOGS
	unset RUN_SH_LOGS	# a test may call run.sh
	one "$1"
	exit 0
fi

case $* in
*${TEST_ONLY:-}*) ;;
*) echo "run.sh: TEST_ONLY=$TEST_ONLY: no test here has that in its name" >&2
	exit 2 ;;
esac
RUN_SH_LOGS=$(mktemp -d) || exit 1
export RUN_SH_LOGS
trap 'rm -rf "$RUN_SH_LOGS"' EXIT
for t in "$@"; do
	case $t in *${TEST_ONLY:-}*) printf '%s\0' "$t" ;; esac
done | xargs -0 -r -n 1 -P "${JOBS:-2}" "$0"
awk '
	{ passed += $1; failed += $2 }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 || !passed }
' "$RUN_SH_LOGS"/*.sums /dev/null

#!/bin/sh
# run.sh TEST... - runs test programs and adds up what they claim.
#
# A test program prints one line per claim, "ok NAME" or "not ok NAME: why";
# anything else it prints is shown only if the program fails.  A program that
# claims nothing, or exits non-zero without a "not ok", counts as one failure:
# silence is not success.  TEST_ONLY=PATTERN runs the programs whose name
# matches.  The last line is "N passed, N failed"; exit status 1 on any failure.
passed=0 failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
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
	passed=$((passed + ok)) failed=$((failed + bad))
	if [ "$bad" -gt 0 ]; then
		echo "FAIL $t"
		sed 's/^/    /' "$log" | tail -n 60
	else
		echo "pass $t ($ok, $(($(date +%s) - start)) s)"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

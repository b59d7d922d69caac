# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# boot.sh - for the tests that use scripts/run.sh as `make run` does.
export B="${B:-build}"
tmp=$(mktemp -d) || exit 1
export RUNS="$tmp/runs"	# the last run stays the user's
trap 'rm -rf "$tmp"' EXIT
. tests/lib/claims.sh

# again OUT VARIABLE=VALUE...: a run as from `make run`; what it says is in $tmp/said
again() {
	out=$1
	shift
	env SCENARIO=tour RAM=32M EMU=bochs TRANSPORT= HIGHMEM= QUIRKS= SEED= CMDLINE= \
		TIMEOUT="$HANG_AFTER" "$@" OUT="$out" scripts/run.sh run >"$tmp/said" 2>&1
}

# run OUT VARIABLE=VALUE...: the same, but nothing of an earlier run is left, or a run that fails
# would be judged by that one's capture.
run() {
	rm -rf "$1"
	again "$@"
}

said() { tr '\n' ' ' <"$tmp/said" | tail -c 300; }

# same FILE FILE
same() { cmp -s "$1" "$2"; }

console_has() { tr -d '\r' <"$out/console.log" | grep -q -- "$1"; }
console_tail() { tr -d '\r' <"$out/console.log" | tail -n 3 | tr '\n' ' '; }

# info FILTER: of the last run; or what that said, if it left no capture
info() {
	if [ -f "$out/capture.bin" ]; then
		"$B/pagescope" info --json "$out/capture.bin" 2>/dev/null | jq -r "$1"
	else
		said
	fi
}

# claim_checked NAME: the trace of the last run obeys every rule
claim_checked() {
	if "$B/pagescope" check "$out/capture.bin" >"$tmp/check" 2>&1; then
		ok "$1"
	else
		not_ok "$1" "$(grep -m 1 violation "$tmp/check")"
	fi
}

done_testing() { [ "$fails" -eq 0 ]; }

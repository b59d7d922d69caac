# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# claims.sh - what the libraries of shell tests share: claims, as tests/lib/run.sh counts them.
fails=0
# Seconds that no busy host needs: what has not ended by then hangs.
export HANG_AFTER=300

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; fails=$((fails + 1)); }

# claim NAME WHY COMMAND...: holds if the command succeeds
claim() {
	name=$1 why=$2
	shift 2
	if "$@"; then ok "$name"; else not_ok "$name" "$why"; fi
}

# until_true COMMAND...: polls; fails after HANG_AFTER seconds
until_true() {
	tries=$((HANG_AFTER * 20))
	while [ $tries -gt 0 ] && ! "$@"; do
		sleep 0.05
		tries=$((tries - 1))
	done
	[ $tries -gt 0 ]
}

#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh [SECONDS]: fuzz.c with one seed after the other, beginning with the time.
cd "$(dirname "$0")/../.." || exit 1
end=$(($(date +%s) + ${1:-60}))
seed=${SEED:-$(date +%s)}
while [ "$(date +%s)" -lt $end ]; do
	build/tests/scenario/fuzz 20000 "$seed" || exit 1
	seed=$((seed + 1))
done

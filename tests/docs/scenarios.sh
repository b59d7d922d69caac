#!/bin/sh
# SPDX-License-Identifier: MIT
# scenarios.sh - every example of docs/scenarios.md runs as the text says, in the
# sanitized simulator.  A block ```scn must end well; ```scn fails=1 must not,
# but with its trace closed; needs=tiny.psr gets that file beside it.
cd "$(dirname "$0")/../.." || exit 1
sim=${SIM:-build/mmsim-san}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

awk -v dir="$tmp" '
	/^```scn/ { n++; file = sprintf("%s/%03d.scn", dir, n); print FNR, $0 >(file ".head")
		    close(file ".head"); printf "" >file; next }
	/^```/    { if (file) close(file); file = ""; next }
	file      { print >file }' docs/scenarios.md

# two blocks of order 1, a vmalloc, a phase, all given back
{
	printf 'PSR1\003\000\000\000\007\000\000\000\020\000\020\001\002\002\200\100'
	printf '\003\005phase\001\000\022\002\001\001'
} >"$tmp/tiny.psr"

for file in "$tmp"/*.scn; do
	read -r line head <"$file.head"
	name="example at docs/scenarios.md:$line"
	$sim --scenario "$file" -o "$tmp/capture" >"$tmp/out" 2>&1
	status=$?
	want=0
	case $head in *fails=1*) want=1 ;; esac
	if [ $status -ne $want ]; then
		echo "not ok $name: status $status, not $want: $(tail -n 3 "$tmp/out" |
			tr '\n' ' ')"
	else
		echo "ok $name"
	fi
done
# A statement without an example would be documented by nobody.
# shellcheck disable=SC2013 # one word a line
for word in \
	$(sed -n 's/^\t\[OP_[A-Z_0-9]*\] = { "\([a-z_0-9]*\)".*/\1/p' kernel/scenario/words.c); do
	cat "$tmp"/*.scn | grep -qE "(^|[ =;{\t])$word( |$|;)" &&
		echo "ok an example of $word" || echo "not ok an example of $word: none"
done
# shellcheck disable=SC2013 # one word a line
for word in \
	$(sed -n 's/^\t{ "\([a-z_0-9]*\)", [0-9], [0-9],.*/\1/p' kernel/scenario/functions.c); do
	cat "$tmp"/*.scn | grep -q "\<$word\>" &&
		echo "ok an example of $word" || echo "not ok an example of $word: none"
done

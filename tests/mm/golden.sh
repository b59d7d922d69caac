#!/bin/sh
# SPDX-License-Identifier: MIT
# golden.sh - every decision Linux 2.4.22 made is made again: the transcripts of
# tests/golden/linux-2.4.22 line for line, those of a model for machines of other sizes
# (tests/mm/transcripts), the hashes of tests/golden/placement,
# by the 64-bit and the 32-bit simulator of $B.
# shellcheck disable=SC2086 # a simulator may be two words, and so may what it is to do
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
golden=tests/golden
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/i386.sh
i386=$(i386 2>&1) || { echo "not ok the 32-bit simulator: $i386"; exit 1; }
mmsim32="$i386 $B/mmsim32"	# perhaps two words: it is not quoted where it is run

# The results are taken out of the input, so that they cannot be copied.
forget='s/^(a [0-9]+ [0-9]+ [0-9a-f]+) .*/\1 ?/; s/^(v [0-9]+ [0-9]+) .*/\1 ?/
	s/^([Ss] [A-Za-z]+) .*/\1 ?/; s/^# invariant.*/# invariant ?/
	s/^(totalram|mem_map)=.*/\1=?/; s/^(fixmap) .*/\1 ?/'

transcript() {	# SIMULATOR FILE
	zcat "$2" >"$tmp/want"
	sed -E "$forget" "$tmp/want" >"$tmp/asked"
	if $1 --transcript "$tmp/asked" >"$tmp/got" 2>"$tmp/err" &&
	   [ ! -s "$tmp/err" ] && cmp -s "$tmp/want" "$tmp/got"; then
		echo "ok transcript $(basename "$2" .txt.gz) by ${1##*/}"
	else
		echo "not ok transcript $2 by $1: $(diff "$tmp/want" "$tmp/got" |
			sed -n 2p)$(head -n 1 "$tmp/err")"
	fi
}

placed() {	# WANTED COMMAND...: what replay.c's check prints, from "hash" on
	wanted=$1
	shift
	got=$("$@" 2>&1 | sed 's/.*hash/hash/; s/ skipped.*//')
	[ "$got" = "$wanted" ] && return
	echo "not ok placement by $*: $got, expected $wanted"
	bad=1
}

for sim in $B/mmsim "$mmsim32"; do
	for file in "$golden"/linux-2.4.22/*.gz tests/mm/transcripts/*.gz; do
		transcript "$sim" "$file"
	done
done
zcat $golden/linux-2.4.22/vmalloc_32M.txt.gz | $B/mmsim --transcript - >"$tmp/got" &&
	zcat $golden/linux-2.4.22/vmalloc_32M.txt.gz | cmp -s - "$tmp/got" &&
	echo "ok a transcript is read from standard input" ||
	echo "not ok a transcript is read from standard input: it differs"
for what in "--transcript $golden/linux-2.4.22/vmalloc_32M.txt.gz" \
	"--workload -" "--va tail 100"; do
	said=$($B/mmsim $what -o "$tmp/none" 2>&1 </dev/null)
	status=$?
	if [ "$status" = 2 ] && [ ! -e "$tmp/none" ] && echo "$said" | head -n 1 |
		grep -q 'leave out -o'; then
		echo "ok ${what%% *} with -o says that it writes no trace"
	else
		echo "not ok ${what%% *} with -o says that it writes no trace: status $status," \
			"$(echo "$said" | head -n 1)"
	fi
done

while read -r kind seed sha hash allocs failed; do
	case $kind in
	'#'* | '') continue ;;
	va)	# pattern nlive hash
		bad=
		for sim in $B/mmsim "$mmsim32"; do
			placed "hash $hash" $sim --va "$seed" "$sha"
		done
		[ "$bad" ] || echo "ok placement of areas, $seed $sha"
		continue ;;
	esac
	bad=
	build/mkworkload "$kind" "$seed" "$tmp/w" || exit 1
	case $(sha256sum "$tmp/w") in
	"$sha"*) ;;
	*) echo "not ok placement $kind $seed: mkworkload made another workload"; continue ;;
	esac
	for sim in $B/mmsim "$mmsim32"; do
		placed "hash $hash allocs $allocs failed $failed" $sim --workload "$tmp/w"
	done
	[ "$bad" ] || echo "ok placement of pages, $kind seed $seed"
done <$golden/placement/placement.txt

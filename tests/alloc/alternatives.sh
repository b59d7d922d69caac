#!/bin/bash
# SPDX-License-Identifier: MIT
# alternatives.sh [table] - the allocators in kernel/alloc beside the reference.
#
# Without an argument a test: each builds apart, sound, and its traces obey every
# rule.  `table` (make alternatives) prints the figures of docs/alternatives.md;
# instructions are those of the i386 build, without tracing (tests/bench/count.sh).
B=${B:-build}
. "$(dirname "$0")/../lib/boot.sh"
capture=${LINUX:-tests/data/linux-6.1-m64-short}
names="reference $(basename -s .c kernel/alloc/*.c | tr '\n' ' ')"

build() { # NAME TARGET...
	alloc=
	dir=$B/alloc-$1
	[ "$1" = reference ] && dir=$B || alloc=ALLOC=kernel/alloc/$1.c
	shift
	# shellcheck disable=SC2086 # none or one variable
	make --no-print-directory -j2 $alloc B="$dir" "${@/#/$dir/}" >"$tmp/build" 2>&1
}
replaces() { sed -n 's,.*Replaces \(mm/[a-z]*\.h\)\..*,\1,p' "kernel/alloc/$1.c" | head -n 1; }

# ---- the table ----

# Instructions per call of function $1 in the run that follows, calls inside included.
per_call() { count "$1" - "${@:2}" | awk '{ printf "%.0f", $1 / $2 }'; }
number() { sed -n "s/.*$1 *\([0-9][0-9]*\).*/\1/p" "$2" | head -n 1; }

place_row() {
	for n in 10 100 1000; do
		printf ' %s |' "$(per_call get_vm_area "$dir/mmsim32" --va mixed $n)"
	done
	"$dir/mmsim" --scenario scenarios/places.scn --ram 896M --highmem=off >"$tmp/out" 2>&1
	for what in 'refused of 3000:' 'KiB of the largest hole:' 'areas of 2 MiB:' \
		'page tables:'; do
		printf ' %s |' "$(number "$what" "$tmp/out")"
	done
	"$dir/mmsim" --linux "$capture" >"$tmp/out" 2>/dev/null
	printf ' %s | %s |\n' "$(number 'reached over' "$tmp/out")" \
		"$(number 'at the start,' "$tmp/out")"
}

buddy_row() {
	for kind in kern pingpong; do
		"$B/mkworkload" $kind 1 "$tmp/wl"
		printf ' %s |' "$(per_call rmqueue "$dir/mmsim32" --workload "$tmp/wl")"
	done
	"$dir/mmsim" --linux "$capture" -o "$tmp/cap" >"$tmp/out" 2>/dev/null
	for n in 3 9; do
		printf ' %s |' "$(sed -n "s/^mean .*for order $n \([0-9]*\) .*/\1/p" "$tmp/out")"
	done
	"$dir/mmsim" --scenario "$tmp/runs.scn" >"$tmp/out" 2>&1
	printf ' %s | %s |\n' "$(number 'ascending neighbours:' "$tmp/out")" \
		"$(number 'runs:' "$tmp/out")"
}

table() {
	. tests/bench/count.sh
	count_setup || exit 1
	count_how
	echo
	cat >"$tmp/runs.scn" <<-'EOF'
		p = alloc 0 count=1000
		up = 0
		repeat 999 as i {
			if p[i + 1].pfn == p[i].pfn + 1 { up = up + 1 }
		}
		print "ascending neighbours:", up
		print "runs:", runs(p)
		free p
	EOF
	for header in mm/place.h mm/buddy.h; do
		if [ $header = mm/place.h ]; then
			echo '| get_vm_area | instructions, 10 areas | 100 | 1000' \
				'| refused of 3000 | largest hole, KiB | 2 MiB areas then' \
				'| page tables | Linux: KiB reached over | Linux: tables |'
			echo '|---|---|---|---|---|---|---|---|---|---|'
		else
			echo
			echo '| buddy | rmqueue, kern | rmqueue, pingpong' \
				'| Linux: unusable for order 3 | for order 9' \
				'| ascending neighbours of 1000 pages | runs |'
			echo '|---|---|---|---|---|---|---|'
		fi
		for name in $names; do
			[ "$name" = reference ] || [ "$(replaces "$name")" = $header ] || continue
			build "$name" mmsim mmsim32 || { cat "$tmp/build" >&2; exit 1; }
			printf '| %s |' "$name"
			if [ $header = mm/place.h ]; then place_row; else buddy_row; fi
		done
	done
}

# ---- the test ----

sound() {
	"$dir/mmsim" --linux "$capture" -o "$tmp/cap" >"$tmp/out" 2>&1
	claim "$1: a real Linux finds all it wants" \
		"$(grep -E 'failures|teardown' "$tmp/out" | tr '\n' ' ')" \
		grep -q '^failures     0;.*' "$tmp/out"
	claim "$1: nothing is broken after it" "$(grep teardown "$tmp/out")" \
		grep -q ' 0 violations' "$tmp/out"
	"$B/pagescope" check "$tmp/cap" >"$tmp/check" 2>&1
	status=$?
	claim "$1: its trace obeys every rule" "$(grep -m 1 first "$tmp/check")" [ $status -eq 0 ]
	"$dir/mmsim" --scenario scenarios/selftest.scn >"$tmp/out" 2>&1
	status=$?
	claim "$1: the self-test" "$(tail -n 1 "$tmp/out")" [ $status -eq 0 ]
}

# The index of holes claims the addresses of 2.4.22, and its arrays must agree with vmlist
# whatever is done.
same_addresses() {
	claim "holes: its tests are built" "$(tail -n 3 "$tmp/build")" \
		build holes mmsim32 tests/mm/random_vmalloc tests/mm/holes_index
	B=$dir tests/mm/golden.sh >"$tmp/out" 2>&1
	claim "holes: the goldens of 2.4.22 ($(grep -c '^ok' "$tmp/out"))" \
		"$(grep -m 1 -v '^ok' "$tmp/out")" \
		eval 'grep -q "^ok placement of areas" "$tmp/out" && ! grep -q -v "^ok" "$tmp/out"'
	"$dir/tests/mm/holes_index" >"$tmp/out" 2>&1
	claim "holes: an index that disagrees with vmlist is noticed" "$(tail -n 1 "$tmp/out")" \
		[ "$(cat "$tmp/out")" = "ok damaged_index" ]
	"$dir/tests/mm/random_vmalloc" >"$tmp/out" 2>&1
	status=$?
	claim "holes: random areas against a model, and its index against vmlist" \
		"$(grep -m 1 -v '^ok' "$tmp/out")" \
		eval '[ $status -eq 0 ] && grep -q "^ok" "$tmp/out" &&
			! grep -q "^not ok" "$tmp/out"'
}

test_all() {
	before=$(sha256sum "$B/mmsim")
	for name in $names; do
		[ "$name" != reference ] || continue
		claim "$name is built" "$(tail -n 3 "$tmp/build" 2>/dev/null)" build "$name" mmsim
		sound "$name"
		[ "$name" != holes ] || same_addresses
	done
	claim "the reference is left alone" "build/mmsim changed" \
		[ "$before" = "$(sha256sum "$B/mmsim")" ]
	echo 'int x;' >"$tmp/none.c"
	make -s ALLOC="$tmp/none.c" kernel >"$tmp/out" 2>&1
	claim "a file that does not say what it replaces" "$(cat "$tmp/out")" \
		grep -q 'its first comment is to say' "$tmp/out"
	make -s ALLOC="$tmp/nowhere.c" kernel >"$tmp/out" 2>&1
	claim "a file that is not there" "$(cat "$tmp/out")" \
		grep -q 'nowhere.c: there is no such file' "$tmp/out"
	printf '%s\n' '/* Replaces mm/place.h. */' '#define OWN_PLACE' \
		'#include_next "mm/place.h"' \
		'int broken(;' >"$tmp/broken.c"
	make -s ALLOC="$tmp/broken.c" B="$tmp/b" "$tmp/b/host/kernel/mm/vmalloc.o" >"$tmp/out" 2>&1
	claim "an error names one's own file and line" "$(grep -m 2 error "$tmp/out")" \
		grep -q 'broken.c:4:.*error' "$tmp/out"
	done_testing
}

if [ "$1" = table ]; then table; else test_all; fi

#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh - every line of kernel/mm and kernel/clients is run by the tests on
# the host, or stands in coverage.except with the reason.
#
# One claim a file.  CC and FLAGS come from the Makefile (make coverage, make soak).
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
library=$PWD/$B/simcov/sim.a

${MAKE:-make} -s B="$B" "$B/simcov/sim.a" || exit 1
find "$B/simcov" -name '*.gcda' -delete

# program SOURCE [ARGUMENT...]
program() {
	source=$1
	shift
	case $source in
	*mmsim.c) also= ;;
	*) also="tests/mm/bed.c tests/mm/expected.c" ;;
	esac
	# shellcheck disable=SC2086 # each of several words
	$CC $FLAGS -O0 -w --coverage -Itests/mm -no-pie -o "$tmp/run" "$source" $also \
		"$library" || exit 1
	[ $# -eq 0 ] || tell "$@"
}

# tell ARGUMENT...: runs it; a failing test is another test's business.
tell() {
	timeout 300 "$tmp/run" "$@" >"$tmp/out" 2>&1 </dev/null ||
		echo "# exit status $?: $(tail -n 1 "$tmp/out")"
}

for name in fidelity machine pages slab highmem metrics users; do
	program "tests/mm/${name}_test.c" "$B/modules"
done
for name in tests/mm/*.c; do
	case $name in
	*/bed.c | */expected.c | */holes_index.c) ;;
	*/story.c)
		program "$name"
		for story in "basic 32" "basic 128" "drain 32" "drain 128" "wrap 512"; do
			# shellcheck disable=SC2086 # two words
			tell $story
		done ;;
	*/random_*) program "$name" 4 100000 ;;
	*) program "$name" -- ;;
	esac
done
program sim/mmsim.c
for file in tests/golden/linux-2.4.22/*.gz; do
	zcat "$file" >"$tmp/transcript"
	tell --transcript "$tmp/transcript"
done
for file in scenarios/tour.scn tests/mm/pokes.scn; do
	tell --ram 64M --scenario "$file" -o "$tmp/capture"
done
tell --ram 64M --scenario tests/mm/pokes.scn

# Lines never run, as "FILE<tab>TEXT", without the exceptions.
missed() {
	case $1 in	# a header counts where it is included
	*/buddy.h) object=kernel/mm/page_alloc.o ;;
	*/place.h) object=kernel/mm/vmalloc.o ;;
	*) object=${1%.c}.o ;;
	esac
	gcov -t -o "$B/simcov/$(dirname "$object")" "$B/simcov/$object" >"$tmp/gcov" 2>/dev/null
	awk -F: -v file="$1" '
		$3 == "Source" { mine = $4 == file; found += mine }
		mine && $1 ~ /#####/ { sub(/^[^:]*:[^:]*:/, ""); print }
		END { if (!found) print "gcov has no figures for it" }' "$tmp/gcov" |
	sed 's/^[ \t]*//; s/[ \t]*$//' >"$tmp/missed"
	awk -F'\t' -v file="$(basename "$1")" '
		FILENAME ~ /except$/ { if ($1 == file) known[$2]; next }
		!($0 in known)' tests/mm/coverage.except "$tmp/missed"
}

bad=0
for file in kernel/mm/*.c kernel/mm/buddy.h kernel/mm/place.h kernel/clients/*.c; do
	missed "$file" >"$tmp/left"
	if [ -s "$tmp/left" ]; then
		echo "not ok coverage of $file: $(wc -l <"$tmp/left") lines, the first:" \
			"$(head -n 1 "$tmp/left")"
		[ -z "$V" ] || cat "$tmp/left"
		bad=1
	else
		echo "ok coverage of $file"
	fi
done
exit $bad

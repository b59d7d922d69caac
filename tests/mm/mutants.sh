#!/bin/sh
# SPDX-License-Identifier: MIT
# mutants.sh [NUMBER [SEED]] - do the tests notice a wrong memory manager?
#
# Makes NUMBER small mistakes in kernel/mm, chosen by SEED, one at a time and
# evenly over the files; builds each into the simulator and runs the tests until
# one fails.  A mutant they all hold on is tried again with the sanitizers that
# make test builds them with, and has survived if they still hold.  Those that cannot matter
# are in mutants.equal (the file, the changed line, why, with tabs between) and are not counted.
# Prints a claim for each file, the survivors, and the share killed; at least 95
# of 100 are wanted.  CC, FLAGS, SANITIZE and SOURCES come from the Makefile (make mutants,
# make soak); FILES="kernel/mm/slab.c ..." limits it to those, and those parts of one
# run, NUMBER in proportion, try the same mutants as the whole.
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
number=${1:-104} seed=${2:-1}
here=tests/mm
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# ---- what is tried on each mutant: quick ones first ----

programs="tests/mm/metrics_test tests/mm/fidelity_test tests/mm/machine_test tests/mm/pages_test
	tests/mm/highmem_test tests/mm/slab_test tests/mm/users_test
	tests/mm/random_buddy tests/mm/random_vmalloc tests/mm/edge tests/mm/layout"
stories="basic_32 drain_32 wrap_512"

arguments() {
	case $1 in
	users_test) echo "$tmp/modules" ;;
	random_buddy) echo "8 400000" ;;
	random_vmalloc) echo "8 40000" ;;
	esac
}

# A kit is the library and all tests, built alike: kit NAME FLAGS makes it the one
# that is compiled for and run from here on.
kit() {
	kit=$tmp/$1 kit_flags=$2
	mkdir -p "$kit/lib"
}

# shellcheck disable=SC2086 # each of several words
compile() { $CC $FLAGS $kit_flags $3 -O1 -w -I"$here" -Itests/mm -c "$1" -o "$2"; }

# All is compiled here and from a copy, so that nobody changes it under our feet.
copy_sources() {
	mkdir -p "$tmp/src/tests"
	cp -r kernel include sim "$tmp/src/"
	cp -r tests/lib tests/mm tests/golden "$tmp/src/tests/"
	cp -r "$B/modules" "$tmp/modules"
	cp "$B/pagescope" "$tmp/pagescope"
	for file in tests/golden/linux-2.4.22/*.txt.gz; do
		zcat "$file" >"$tmp/$(basename "$file" .gz)"
	done
	cd "$tmp/src" || exit 1
}

build_library() {
	for source in $SOURCES; do
		case $source in
		kernel/modules/*) twin=-DMODULE_TWIN=$(basename "$source" .c) ;;
		*) twin= ;;
		esac
		compile "$source" "$kit/lib/$(echo "$source" | tr / _).o" "$twin" || exit 1
	done
	ar rcs "$kit/sim.a" "$kit"/lib/*.o
}

# add SOURCE: its main becomes one of many in one program, and nothing else of it is seen.
add() {
	name=$(basename "$1" .c)
	compile "$1" "$kit/alone.o" &&
	objcopy --redefine-sym "main=main_of_$name" "$kit/alone.o" "$kit/renamed.o" &&
	objcopy --keep-global-symbol "main_of_$name" "$kit/renamed.o" "$kit/main_$name.o" || exit 1
	echo "	X($name)" >>"$kit/mains"
}

# All tests in one program, run as `run NAME ARGUMENTS`: one mutant, one link.
build_tests() {
	compile tests/mm/bed.c "$kit/bed.o" && compile tests/mm/expected.c "$kit/model.o" || exit 1
	for program in $programs tests/mm/story sim/mmsim; do
		add "$program.c"
	done
	cat >"$kit/mains.c" <<-END
		#include <string.h>
		#define MAINS $(sed 's/$/ \\/' "$kit/mains")

		#define X(name) int main_of_##name(int argc, char **argv);
		MAINS
		#undef X
		int main(int argc, char **argv)
		{
		#define X(name) if (!strcmp(argv[1], #name)) \\
			return main_of_##name(argc - 1, argv + 1);
			MAINS
			return 2;
		}
	END
	compile "$kit/mains.c" "$kit/mains.o" || exit 1
}

# link OBJECT...: all tests with these objects and the library, as $kit/run
link() {
	# shellcheck disable=SC2086 # several words
	(cd "$kit" && $CC $kit_flags -no-pie -o run mains.o main_*.o bed.o model.o "$@" sim.a) ||
		exit 1
}

# Nothing may be noticed where nothing is wrong.
hold() {
	noticed none &&
		{ echo "not ok the tests hold without a mistake$1: $(grep '^not ok' "$tmp/out")"
			exit 1; }
	echo "ok the tests hold without a mistake$1"
}

# The programs, those most likely to notice a mistake in file $1 first.
in_order() {
	case $1 in
	*/slab.c) first=slab_test ;;
	*/highmem.c) first=highmem_test ;;
	*/metrics.c | */show.c) first=metrics_test ;;
	*/check.c | */report.c) first=pages_test ;;
	*/bootmem.c) first=fidelity_test ;;
	*/page_alloc.c | */buddy.h) first=random_buddy ;;
	*/vmalloc.c | */place.h) first=random_vmalloc ;;
	*/ioremap.c) first=edge ;;
	*) first=machine_test ;;
	esac
	for program in $programs; do
		[ "${program##*/}" != $first ] || echo $first
	done
	for program in $programs; do
		[ "${program##*/}" = $first ] || echo "${program##*/}"
	done
}

# Seconds of CPU, not of the clock: a machine that is busy kills no mutant.
# shellcheck disable=SC3045 # not in POSIX; dash and bash have it
limited() { (ulimit -t ${kit_flags:+1}30 && exec "$@"); }

# noticed FILE [OBJECT]: true if a test fails with the mutant's object
noticed() {
	order=$(in_order "$1")
	shift
	link "$@"
	for name in $order; do
		# shellcheck disable=SC2046 # none or one word
		limited "$kit/run" "$name" $(arguments "$name") >"$tmp/out" 2>&1 </dev/null ||
			return 0
		! grep -q '^not ok' "$tmp/out" || return 0
	done
	for story in $stories; do
		limited "$kit/run" story "${story%_*}" "${story#*_}" 2>&1 |
			cmp -s - "$tmp/$story.story" || return 0
	done
	for want in "$tmp"/*.txt; do
		limited "$kit/run" mmsim --transcript "$want" 2>&1 | cmp -s - "$want" || return 0
	done
	for scenario in lazy highmem users pokes; do	# the trace must explain every snapshot
		(cd "$tmp/modules" && limited "$kit/run" mmsim --ram 1G -o "$tmp/capture" \
			--scenario "$tmp/src/tests/mm/$scenario.scn" >"$tmp/out" \
			2>&1 </dev/null) || return 0
		limited "$tmp/pagescope" check "$tmp/capture" >"$tmp/out" 2>&1 || return 0
	done
	return 1
}

# ---- mutants ----

# Candidates of a file in an order decided by the seed.
candidates() {
	awk -f "$here/mutate.awk" "$1" | awk -v seed="$seed$1" '
		function hash(s,   i, h) {
			h = 5381
			for (i = 1; i <= length(s); i++)
				h = (h * 33 + index(letters, substr(s, i, 1))) % 1000003
			return h
		}
		BEGIN { for (i = 32; i < 127; i++) letters = letters sprintf("%c", i) }
		{ print hash(seed $0) "\t" $0 }' | sort -n | cut -f2-
}

is_equal() {	# FILE OLD NEW; a statement left out is listed as "OLD -> ;"
	key=$3
	[ "$3" != ";" ] || key="$2 -> ;"
	key=$(printf %s "$key" | tr -s ' \t' ' ' | sed 's/^ //')
	awk -F'\t' -v file="$1" -v key="$key" '$1 == file && $2 == key { found = 1 }
		END { exit !found }' "$here/mutants.equal"
}

# try FILE LINE NEW: 0 killed, 1 survived, 2 does not compile
try() {
	awk -v line="$2" -v new="$3" 'NR == line { print new; next } { print }' "$1" \
		>"$tmp/$(basename "$1")"
	unit=$tmp/$(basename "$1")
	case $1 in		# a header goes into the file that includes it
	*/buddy.h) unit=page_alloc.c ;;
	*/place.h) unit=vmalloc.c ;;
	esac
	case $1 in
	*.h)	sed "s|\"mm/$(basename "$1")\"|\"$tmp/$(basename "$1")\"|" "kernel/mm/$unit" \
			>"$tmp/$unit"
		unit=$tmp/$unit ;;
	esac
	# A trap at undefined behaviour kills most of what the sanitizers would.
	compile "$unit" "$kit/mutant.o" \
		"-fsanitize=undefined -fsanitize-undefined-trap-on-error" 2>/dev/null || return 2
	noticed "$1" mutant.o && return 0
	kit sanitized "$SANITIZE"
	[ -e "$kit/sim.a" ] || { build_library && build_tests && hold ", sanitized"; }
	compile "$unit" "$kit/mutant.o" && noticed "$1" mutant.o
	status=$?
	kit plain
	return $status
}

mutate_file() {
	file=$1 wanted=$2 killed=0 tried=0
	: >"$tmp/survivors"
	candidates "$file" >"$tmp/candidates"
	while [ $tried -lt "$wanted" ] && IFS="$tab" read -r line old new; do
		is_equal "$(basename "$file")" "$old" "$new" && continue
		try "$file" "$line" "$new"
		case $? in
		0) killed=$((killed + 1)) tried=$((tried + 1)) ;;
		1) tried=$((tried + 1))
		   printf '%s:%s: %s  ->  %s\n' "$file" "$line" "$old" "$new" | tr -s '\t' ' ' |
			tee -a "$all/survivors" ;;
		esac
	done <"$tmp/candidates"
	echo "$file: $killed of $tried killed"
	all_killed=$((all_killed + killed)) all_tried=$((all_tried + tried))
}

tab=$(printf '\t') all=$tmp all_killed=0 all_tried=0
copy_sources
kit plain
build_library
build_tests
link
for story in $stories; do	# what story.sh has compared with 2.4.22
	"$kit/run" story "${story%_*}" "${story#*_}" >"$tmp/$story.story"
done
hold
files=${FILES:-kernel/mm/*.c kernel/mm/buddy.h kernel/mm/place.h}
# shellcheck disable=SC2086 # several names
set -- $files
each=$(((number + $# - 1) / $#))
for file in "$@"; do
	mutate_file "$file" "$each"
done
share=$((all_killed * 1000 / (all_tried + !all_tried)))
result="$all_killed of $all_tried mutants killed, $((share / 10)).$((share % 10)) % (seed $seed)"
if [ $share -ge 950 ]; then
	echo "ok $result"
else
	echo "not ok $result"
	exit 1
fi

#!/bin/sh
# SPDX-License-Identifier: MIT
# mm.sh - instructions an operation takes, counted on i386 builds (count.sh), beside
# the figures of Linux 2.4.22 that callgrind counted (README.md), and beside the index
# of holes, kernel/alloc/holes.c.  A goal is what 2.4.22 itself takes.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/bench/count.sh
count_setup || exit 1
failed=0

# per FUNCTION INSIDE PROGRAM ARGS...: the mean, one decimal
per() { count "$@" | awk '{ printf "%.1f\n", $1 / $2; n++ } END { if (n != 1) print "none" }'; }

mean() { echo "$1 $2" | awk '{ printf "%.1f", ($1 + $2) / 2 }'; }

# goal FIGURE LIMIT: says so if the figure is missing or larger
goal() {
	awk -v got="$1" -v limit="$2" \
		'BEGIN { if (!(got + 0 > 0 && got + 0 <= limit)) print " (goal " limit ")" }'
}

# judge ROW: prints it; a goal named in it was missed
judge() {
	echo "$1"
	case $1 in *"(goal"*) failed=1 ;; esac
}

# The same programs for amd64, where both can count: do they say the same?
agree() {	# FUNCTION PROGRAM ARGS...
	inside=measured
	[ "$2" != build/host/vm ] || inside=$1
	function=$1
	shift
	# shellcheck disable=SC2086 # none or one option
	by_callgrind=$(count_with_callgrind "$function" $inside "$@")
	# shellcheck disable=SC2086 # none or one option
	by_qemu=$(qemu="qemu-x86_64" && count_with_qemu "$function" $inside "$@")
	if [ -n "$by_qemu" ] && [ "$by_qemu" = "$by_callgrind" ]
	then agreed="$agreed $function ${by_qemu% *},"
	else echo "callgrind and QEMU differ about $function for amd64: $by_callgrind, $by_qemu"
		failed=1
	fi
}

count_how
if [ "$count_by" = qemu ]; then
	agreed=
	build/mkworkload mix_uni 1 "$tmp/w" || exit 1
	agree pa_alloc build/host/pa count "$tmp/w"
	agree pa_free build/host/pa count "$tmp/w"
	agree va_alloc build/host/va-stub count swap 1000
	agree bench_vmalloc build/host/vm 64
	agree bench_vfree build/host/vm 64
	echo "On amd64, where callgrind can run, both count the same:${agreed%,}."
fi
echo
echo "Pages: alloc / free, mean; 1 M operations, 16,384 pages, interrupts left out"
echo
echo "| workload | 2.4.22 as shipped | ours, checks on | 2.4.22 checks off | ours, checks out |"
echo "|---|---|---|---|---|"
while read -r kind shipped off goal_on goal_out; do
	build/mkworkload "$kind" 1 "$tmp/w" || exit 1
	row="| $kind | $shipped"
	for build in on out; do
		a=$(per pa_alloc measured build/bench-$build/pa count "$tmp/w")
		f=$(per pa_free measured build/bench-$build/pa count "$tmp/w")
		m=$(mean "$a" "$f")
		if [ $build = on ]
		then row="$row | $a / $f = $m$(goal "$m" "$goal_on") | $off"
		else row="$row | $a / $f = $m$(goal "$m" "$goal_out")"
		fi
	done
	judge "$row |"
done <<'ROWS'
hot0 106/100 53/63 103 58
pingpong 483/671 310/274 577 292
kern 106/100 53/63 103 58
mix_geo 108/104 55/64 106 59.5
mix_uni 121/123 64/72 122 68
fill_fifo 148/165 82/87 156.5 84.5
fill_rand 148/165 82/87 156.5 84.5
tight 107/101 54/64 104 59
ROWS

echo
echo "Addresses: get_vm_area / vfree of an area that maps nothing; descriptors from a stub.
The vfree of 2.4.22 is its search and unlinking only."
echo
echo "| pattern, areas | 2.4.22 | ours | kernel/alloc/holes.c |"
echo "|---|---|---|---|"
make -s ALLOC=kernel/alloc/holes.c build/alloc-holes/bench-out/va-stub >"$tmp/build" 2>&1 ||
	{ cat "$tmp/build" >&2; exit 1; }
while read -r pattern n theirs ours holes; do
	row="| $pattern $n | $theirs"
	for dir in build build/alloc-holes; do
		a=$(per va_alloc measured $dir/bench-out/va-stub count "$pattern" "$n")
		f=$(per va_free measured $dir/bench-out/va-stub count "$pattern" "$n")
		[ $dir = build ] && limit=$ours || limit=$holes
		row="$row | $a / $f"
		[ "$limit" -eq 0 ] || row="$row$(goal "$a" "$limit")"
	done
	judge "$row |"
done <<'ROWS'
swap 1 44/25 0 0
swap 10 142/61 142 0
swap 100 1000/422 1000 500
swap 1000 9472/3989 9472 500
swap 10000 95818/40345 95818 500
mixed 10 148/61 148 0
mixed 10000 89115/40592 89115 500
tail 10 219/97 219 0
tail 10000 190029/80017 190029 500
front 10000 57/25 0 500
ROWS

echo
echo "Whole vmalloc / vfree, page tables present, TLB flush left out, checks out and on"
echo
echo "| pages | 2.4.22 a page | ours a page, checks out | checks on |"
echo "|---|---|---|---|"
while read -r pages theirs; do
	row="| $pages | $theirs"
	for build in out on; do
		for function in vmalloc vfree; do
			got=$(per bench_$function bench_$function build/bench-$build/vm "$pages" |
				awk -v n="$pages" '$1 > 0 { printf "%.1f", $1 / n }')
			[ $function = vmalloc ] && row="$row | $got" limit=${theirs%/*} ||
				row="$row / $got" limit=${theirs#*/}
			row="$row$(goal "$got" "$limit")"
		done
	done
	judge "$row |"
done <<'ROWS'
1 656/792
4 298/309
16 224/212
64 210/194
256 207/191
1024 207/191
ROWS
echo
[ $failed = 0 ] && echo "every goal is met" || echo "some goals are missed"
exit $failed

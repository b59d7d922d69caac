#!/bin/sh
# SPDX-License-Identifier: MIT
# verdict.sh - a step that nobody said would fail, fails the run; the run goes on.
cd "$(dirname "$0")/../.." || exit 1
sim=${SIM:-build/mmsim-san}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# verdict NAME FAILED TEXT: so many failures, and the last statement was reached
verdict() {
	# shellcheck disable=SC2059 # a text with \n in it
	printf "$3\nprint \"reached\"\n" >"$tmp/x.scn"
	$sim --scenario "$tmp/x.scn" -o "$tmp/capture" >"$tmp/out" 2>&1
	status=$?
	got=$(sed -n 's/.*checked, \([0-9]*\) failed$/\1/p' "$tmp/out")
	shown=$(grep -c 'FAILED' "$tmp/out")
	if [ $status -ne $(($2 > 0)) ] || [ "$got" != "$2" ] || [ "$shown" -ne "$2" ]; then
		echo "not ok $1: status $status, $got failed, $shown shown; $2 wanted"
	elif ! grep -qx reached "$tmp/out"; then
		echo "not ok $1: the run did not go on"
	else
		echo "ok $1"
	fi
}

# pages SEED STATEMENT: the frames that it got on a machine with this seed
pages() {
	echo "$2" >"$tmp/x.scn"
	$sim --seed "$1" --scenario "$tmp/x.scn" -o "$tmp/capture" >"$tmp/out" 2>&1
	build/pagescope export -q --format=events -e mm_page_alloc "$tmp/capture" |
		sed 's/.*"event"//' | md5sum
}
if [ "$(pages 7 'random 500')" = "$(pages 8 'random 500')" ]; then
	echo "not ok the machine's seed is that of random statements: two seeds did the same"
elif [ "$(pages 7 'random 500')" != "$(pages 8 'random 500 seed=7')" ]; then
	echo "not ok the machine's seed is that of random statements: seed=7 did other things"
else
	echo "ok the machine's seed is that of random statements"
fi

printf 'print "pages:", 3 + 4\nprint "said"\n' >"$tmp/x.scn"
$sim --scenario "$tmp/x.scn" -o "$tmp/capture" >"$tmp/out" 2>&1
notes=$(build/pagescope export -q --format=events -e mark "$tmp/capture" |
	sed 's/.*"level":3,"msg":"\([^"]*\)".*/\1/' | tr '\n' ';')
[ "$notes" = "pages: 7;said;" ] && echo "ok what print says is in the trace" ||
	echo "not ok what print says is in the trace: $notes"

verdict "a claim that holds" 0 'expect 2 > 1'
verdict "a claim that does not" 1 'expect 1 > 2'
verdict "two claims that do not" 2 'expect 1 > 2\nexpect 0'
verdict "an unexpected fault" 1 'touch 0'
verdict "an expected fault" 0 'touch 0\nexpect fault'
verdict "a fault expected after a look" 0 'touch 0\nshow names\nexpect 1\nexpect fault'
verdict "a fault expected too late" 2 'touch 0\nx = 1\ntouch page_offset\nexpect fault'
verdict "a fault that does not come" 1 'touch page_offset\nexpect fault'
verdict "a fault as the last step of a block" 1 'repeat 1 { touch 0 }'
verdict "a fault each time round" 3 'repeat 3 { touch 0 }'
verdict "an unexpected failure" 1 'p = alloc 10'
verdict "an expected failure" 0 'p = alloc 10\nexpect failed'
verdict "a failure that may be" 0 'p = alloc 10 try'
verdict "a failure that does not come" 1 'p = alloc 0\nexpect failed'
verdict "count=max ends with a failure that is none" 0 'p = alloc 9 count=max\nexpect failed'
verdict "unexpected misuse" 1 'p = alloc 0\nfree p\nfree p[0] misuse'
verdict "expected misuse" 0 'p = alloc 0\nfree p\nfree p[0] misuse\nexpect reported'
verdict "an address space that is in use and dropped" 0 \
	'a = mm create\nmm switch a\nmm drop a\nexpect violations == 0'
verdict "all but every fourth" 0 \
	'p = alloc 0 count=64\nfree p except=4\nexpect p.live >= 12 && p.live <= 20'
verdict "every fourth but one" 0 \
	'p = alloc 0 count=64\nfree p every=4 offset=3\nexpect p.live >= 44 && p.live <= 52'
verdict "odd and even are all" 0 \
	'p = alloc 0 count=64\nfree p odd\nexpect p.live >= 24 && p.live <= 40
free p even\nexpect p.live == 0'
verdict "a name that stands for something else" 0 \
	'p = alloc 0\nfree p\np = vmalloc 4K\nvfree p\np = 7\nexpect p == 7'

# Sets grow, move and are pushed together.
printf '%s\n' "before = free(all)" "a = alloc 0 count=50000" "b = alloc 0 count=50000" "free a" \
	"a = 0" \
	"c = alloc 0 count=60000" "b += alloc 0 count=2000" "c += alloc 0 count=500" \
	"expect b.live == 52000" \
	"free b" "free c" "expect free(all) == before" "b = 0" "c = 0" "d = alloc 0 count=114688" \
	"free d" >"$tmp/x.scn"
$sim --ram 512M --scenario "$tmp/x.scn" >"$tmp/out" 2>&1 &&
	echo "ok as many items as there is room for" ||
	echo "not ok as many items as there is room for: $(tail -n 2 "$tmp/out")"
echo "d = alloc 0 count=max" >"$tmp/x.scn"
$sim --ram 512M --scenario "$tmp/x.scn" >"$tmp/out" 2>&1
grep -q "x.scn:1:1: no room to remember more than 114688 items" "$tmp/out" &&
	echo "ok one item too many" ||
	echo "not ok one item too many: $(tail -n 2 "$tmp/out")"

# What was found is in the trace.
printf 'n = 3\nexpect n * 2 == 7\n' >"$tmp/x.scn"
$sim --scenario "$tmp/x.scn" -o "$tmp/capture" >/dev/null 2>&1
grep -aq 'n is 3' "$tmp/capture" && echo "ok what was found is in the trace" ||
	echo "not ok what was found is in the trace"
# One of a single line without its newline, one without a statement, and an empty file.
printf 'expect 1' >"$tmp/x.scn"
$sim --scenario "$tmp/x.scn" >/dev/null 2>&1 && echo "ok 'expect 1' is a scenario" ||
	echo "not ok 'expect 1' is a scenario"
printf '# only this' >"$tmp/x.scn"
$sim --scenario "$tmp/x.scn" -o "$tmp/capture" >"$tmp/out" 2>&1 &&
	grep -q '^x.scn: nothing was run: no statement was given$' "$tmp/out" &&
	build/pagescope info "$tmp/capture" | grep -q '^verdict .*nothing was run' &&
	echo "ok that nothing was run is said" ||
	echo "not ok that nothing was run is said: $(tail -n 1 "$tmp/out")"
: >"$tmp/x.scn"
$sim --scenario "$tmp/x.scn" >"$tmp/out" 2>&1
[ $? -eq 1 ] && grep -q 'x.scn: is empty; a scenario is wanted' "$tmp/out" &&
	echo "ok an empty file is no scenario" ||
	echo "not ok an empty file is no scenario: $(tail -n 1 "$tmp/out")"
$sim --scenario "$tmp/none.scn" >"$tmp/out" 2>&1
[ $? -eq 1 ] && grep -q 'none.scn: No such file' "$tmp/out" &&
	echo "ok a file that is not there" ||
	echo "not ok a file that is not there: $(cat "$tmp/out")"

# A recorded workload that lies.
lie() {	# NAME BYTES MESSAGE
	# shellcheck disable=SC2059 # bytes, written as \000
	printf "$2" >"$tmp/lie.psr"
	echo 'replay "lie.psr"' >"$tmp/x.scn"
	$sim --scenario "$tmp/x.scn" >"$tmp/out" 2>&1
	status=$?
	[ $status -eq 1 ] && grep -q "$3" "$tmp/out" && echo "ok $1" ||
		echo "not ok $1: status $status: $(tail -n 2 "$tmp/out" | tr '\n' '/')"
}
lie "a workload of nothing" '' 'not a recorded workload'
lie "a workload that is none" 'hello, this is text' 'not a recorded workload'
lie "a workload that ends early" 'PSR1\003\000\000\000\007\000\000\000\020' \
	'lie.psr: operation 0 of 7'
lie "a slot out of range" 'PSR1\003\000\000\000\007\000\000\000\020\011' 'slot out of range'
lie "a free of nothing" 'PSR1\003\000\000\000\007\000\000\000\001\000' 'slot is empty'
lie "more slots than there is room" 'PSR1\377\377\377\177\007\000\000\000' 'no memory for its slots'
lie "more slots than RAM" 'PSR1\377\377\377\000\007\000\000\000' 'no memory for its slots'

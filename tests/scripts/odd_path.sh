#!/bin/sh
# SPDX-License-Identifier: MIT
# The tree is built and runs in a directory of nearly any name: this one has what shells,
# compilers and lists of paths take for something else.  (Make itself reads $, # and %.)
. tests/lib/boot.sh
tree="$tmp/a b'(c);&:é\"[x]"
mkdir "$tree" || exit 1
tar --exclude=./.git --exclude='./tests/*/node_modules' --exclude="./$B" -cf - . |
	tar -C "$tree" -xf - || exit 1
cd "$tree" || exit 1
unset B

# works NAME COMMAND...: it ends well
works() {
	name=$1
	shift
	if "$@" </dev/null >"$tmp/said" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$(tail -n 3 "$tmp/said" | tr '\n' ' ')"
	fi
}

works "everything is built" make -j2 all
works "the kernel boots in Bochs with the plugin" make run RAM=16M SCENARIO=selftest OUT=build/odd
works "and writes its trace through it" grep -q '^run .*trace by doorbell' build/odd/info.txt
works "make at goes to one of its events" make at OUT=build/odd EVENT=100
cp "$tmp/said" "$tmp/at"
works "and stops there" grep -q 'Caught time breakpoint' "$tmp/at"
works "make debug stops at a function" make debug RAM=16M SCENARIO=selftest BREAK=vmalloc \
	OUT=build/debug
works "another guest is watched" make watch KERNEL=build/kernel/boot.elf RAM=16M PASSES=1 \
	OUT=build/watch
works "and its report is there" [ -s build/watch/report.html ]
works "the kernel boots in QEMU" make run EMU=qemu RAM=16M SCENARIO=selftest OUT=build/qemu
works "the simulator runs a scenario by its path" make sim SCENARIO="$PWD/scenarios/selftest.scn"
done_testing

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
	if "$@" >"$tmp/log" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$(tail -n 3 "$tmp/log" | tr '\n' ' ')"
	fi
}

works "everything is built" make -j2 all
works "the kernel boots in Bochs with the plugin" make run RAM=16M SCENARIO=selftest OUT=build/odd
works "and writes its trace through it" grep -q '^run .*trace by doorbell' build/odd/info.txt
works "the kernel boots in QEMU" make run EMU=qemu RAM=16M SCENARIO=selftest OUT=build/qemu
works "the simulator runs a scenario by its path" make sim SCENARIO="$PWD/scenarios/selftest.scn"
done_testing

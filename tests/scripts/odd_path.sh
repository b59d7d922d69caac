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

last() { tail -n 3 "$tmp/log" | tr '\n' ' '; }
works() { "$@" >"$tmp/log" 2>&1; }

works make -j2 all
claim "everything is built" "$(last)" same "$?" 0
works make run RAM=16M SCENARIO=selftest OUT=build/odd
claim "the kernel boots in Bochs with the plugin" "$(last)" same "$?" 0
claim "and its trace is whole" "$(last)" grep -q '^verdict *ok' build/odd/info.txt
works make run EMU=qemu RAM=16M SCENARIO=selftest OUT=build/qemu
claim "and in QEMU" "$(last)" same "$?" 0
works make sim SCENARIO="$PWD/scenarios/selftest.scn"
claim "the simulator runs a scenario by its path" "$(last)" same "$?" 0
done_testing

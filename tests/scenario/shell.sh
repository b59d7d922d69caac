#!/bin/sh
# SPDX-License-Identifier: MIT
# shell.sh - the shell in the simulator: keys in, statements in the trace out.
cd "$(dirname "$0")/../.." || exit 1
sim=${SIM:-build/mmsim-san}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# typed NAME KEYS PATTERN: what was typed makes this appear on the console
typed() {
	# shellcheck disable=SC2059 # a text with \n in it
	printf "$2" | $sim --shell -o "$tmp/capture" >"$tmp/out" 2>&1
	status=$?
	[ $status -eq 0 ] || { echo "not ok $1: status $status"; return; }
	grep -q "$3" "$tmp/out" && echo "ok $1" ||
		echo "not ok $1: no \"$3\" but $(tail -n 3 "$tmp/out" | tr '\n' '/')"
}

# traced NAME KEYS STATEMENT: what was typed is this statement in the trace
traced() {
	typed "$1" "$2" "pagescope shell"
	grep -aqF "$3" "$tmp/capture" && echo "ok $1: in the trace" ||
		echo "not ok $1: \"$3\" is not in the trace"
}

typed "an expression shows its value" 'max(2, 3) * 7\n' '^21 (0x15)'
typed "a function that is a statement too" 'free(all) - free(all)\n' '^0 (0x0)'
typed "a result is shown" 'v = vmalloc 64K\n' '^v: 1, the last at 0xc4800000'
typed "a name lives on" 'n = 5\nn + 1\n' '^6 (0x6)'
typed "an error names line and column" 'n = foo\n' '^shell:1:5: expected a value'
typed "an error does not end the shell" 'n = foo\n3 + 4\n' '^7 (0x7)'
typed "an unexpected fault is only said" 'touch 0\n' '^access to 0x00000000 faulted'
typed "a block runs when it is closed" 'repeat 2 {\np += alloc 0\n}\np.len\n' '^2 (0x2)'
typed "show works" 'show buddyinfo\n' 'Normal'
typed "help of a statement" 'help vmalloc\n' 'v = vmalloc SIZE'
typed "help of a function" 'help unusable\n' 'per mille'
typed "help of a word there is not" 'help me\n' 'no word "me"'
typed "exit ends it" 'exit\nn = 1\n' 'shell: 0 steps'
traced "backspace" 'n = 12\b3\n' 'n = 13'
traced "arrow left, insert" 'n = 13\033[D2\n' 'n = 123'
traced "home and end" 'x = 1\001y\00577\n' 'yx = 177'
traced "kill to the end" 'n = 4 + 5\033[D\033[D\033[D\033[D\013\n' 'n = 4'
traced "delete a word" 'n = 4 + 5\0270\n' 'n = 4 + 0'
traced "history" 'aa = 1\nbb = 2\n\033[A\033[A\b7\n' 'aa = 7'
traced "history and back" 'aa = 1\ncc = \033[A\033[B9\n' 'cc = 9'
traced "a word is completed" 'v = vmalloc 4K\ntou\tv.gu\t\n' 'touch v.guard'
traced "common beginning, then a choice" 'v = vmal\t\t_32 4K\n' 'v = vmalloc_32 4K'
traced "a terminal's delete key" 'n = 45\033[D\033[D\033[3~\n' 'n = 5'
traced "Ctrl-C forgets the line" 'n = 45\003m = 6\n' 'm = 6'
grep -aqF 'n = 45' "$tmp/capture" && echo "not ok a forgotten line is not run" ||
	echo "ok a forgotten line is not run"

typed "Ctrl-C forgets a block" 'repeat 2 {\np += alloc 0\n\003\n3 + 4\n' '^7 (0x7)'
# A claim that fails is the verdict's business even here.
printf 'expect 1 == 2\n' | $sim --shell -o "$tmp/capture" >/dev/null 2>&1
[ $? -eq 1 ] && echo "ok a failed claim gives status 1" ||
	echo "not ok a failed claim gives status 1"
# Noise does not crash it.
for seed in 1 2 3 4 5 6; do
	head -c 3000 /dev/urandom >"$tmp/noise"
	$sim --shell <"$tmp/noise" >"$tmp/out" 2>&1
	case $? in
	0 | 1) echo "ok noise $seed" ;;
	*) cp "$tmp/noise" shell-failed.bin; echo "not ok noise $seed: see shell-failed.bin" ;;
	esac
done

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
typed "help tells of quit" 'help\n' '^  exit, quit  *end the run'
typed "help of quit" 'help quit\n' 'end the run'
typed "exit ends it" 'exit\nn = 1\n' 'shell: nothing was run: no statement was given'
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

# ---- completion: what fits where the cursor is ----

# offered NAME LINE WORDS: Tab at the end of the line lists these words and no more
setup='p = alloc 1\nv = vmalloc 4K count=2\nold = vmalloc 4K\nvfree old\n'
setup="${setup}k = kmalloc 8\nn = 7\na = mm create\n"
offered() {
	# shellcheck disable=SC2059 # a text with \n in it
	printf "$setup$2\t\t\025exit\n" | $sim --shell >"$tmp/out" 2>&1
	# the line after the last one that is typed, if the words are listed
	list=$(tr -d '\b' <"$tmp/out" | awk '/^mm> /{ at = NR } { l[NR] = $0 }
		END { for (i = NR; i; i--) if (l[i] ~ /^mm> .*exit/) break; print l[i - 1] }')
	list=$(echo "$list" | tr -s ' ' | sed 's/^ //; s/ $//')
	[ "$list" = "$3" ] && echo "ok Tab offers $1" ||
		echo "not ok Tab offers $1: \"$list\" and not \"$3\""
}
offered "vmalloc's options by kind" 'v = vmalloc 4K ' "count= gfp= try"
offered "what is not there yet" 'v = vmalloc 4K count=3 ' "gfp= try"
offered "free's options" 'free p ' "order= odd even every= reverse misuse except= offset="
offered "show's tables" 'show ' "buddyinfo vmallocinfo layout pagetables zoneinfo slabinfo \
extfrag free names meminfo modules swaps"
offered "words of masks" 'p = alloc gfp=' "KERNEL ATOMIC DMA USER HIGHUSER HIGHMEM WAIT VMALLOC"
offered "fields" 'v.' "addr pfn order pages bytes end guard len live"
offered "address spaces" 'mm switch ' "kernel a"
offered "the shell's own words where a line begins" 'e' "exit expect"
offered "how repeat goes on" 'repeat 3 ' "as until"
offered "sets to functions of sets" 'expect runs(' "p v old k"
completes() {
	# shellcheck disable=SC2059 # a text with \n in it
	printf "$setup$2\t\n" | $sim --shell -o "$tmp/capture" >"$tmp/out" 2>&1
	grep -aqF "$3" "$tmp/capture" && echo "ok Tab: $1" ||
		echo "not ok Tab: $1: no \"$3\" but $(tail -n 2 "$tmp/out")"
}
completes "vfree takes areas, live ones" 'vfree ' 'vfree v'
completes "free takes pages" 'free ' 'free p'
completes "free in a list of statements" 'n = 1; free ' 'free p'
completes "kfree takes objects" 'kfree ' 'kfree k'
completes "mm drop takes address spaces of one's own" 'mm drop ' 'mm drop a'
completes "the shell's own words only there" 'n = 3; ex\t1 == 1 #' 'expect 1 == 1'
completes "an option with a value brings its =" 'vfree v ever\t2 #' 'vfree v every=2'
completes "a function its parenthesis" 'm = order_\t5000) #' 'm = order_of(5000)'
completes "a result may be bound" 'q = kmal\t 8 #' 'q = kmalloc 8'
typed "nothing in a string" "${setup}print \"vmal\t\"\n" '^vmal$'

# ---- what was given back, and what leaks ----

typed "a name says what became of it" 'v = vmalloc 4K\nvfree v\nv\n' \
	'^0xc4800000; given back at shell:2'
typed "fields too" 'v = vmalloc 4K\nvfree v\nv.guard\n' '^0xc4801000; given back at shell:2'
typed "what is live does not" 'v = vmalloc 4K\nv\n' '^0xc4800000$'
typed "show names too" 'help\np = alloc 0\nfree p\nshow names\n' \
	'^p .*0 of 1 live.*, given back at shell:3'
typed "an address space" 'a = mm create\nmm drop a\nb = mm create\na\n' \
	'^0 (0x0); given back at shell:2'
typed "a block's lines count" 'repeat 1 {\nv = vmalloc 4K\n}\nvfree v\nv\n' 'at shell:4'
typed "again is nothing" 'p = alloc 0\nfree p\nfree p\n' \
	'^nothing done: p given back at shell:2'
typed "an error says where" 'p = alloc 0\nfree p\nfree p[0]\n' \
	'shell:3:6: p.0. has been given back already at shell:2; to do it'
typed "a name bound anew leaks" 'v = vmalloc 12K\nv = vmalloc 8K\n' \
	'^shell:2: warning: v still held 1 area, which leaks now'
typed "by a number, too" 'p = alloc 0 count=3\np = 5\n' 'warning: p still held 3 blocks'
typed "by an address space" 'a = mm create\na = mm create\n' 'held 1 address space, which'
for line in 'v = 0' 'vfree v; v = vmalloc 4K' 'v += vmalloc 4K'; do
	printf 'v = vmalloc 4K\n%s\n' "$line" | $sim --shell >"$tmp/out" 2>&1
	grep -q warning "$tmp/out" && echo "not ok no warning of $line" ||
		echo "ok no warning of $line"
done
printf 'repeat 5 {\np = alloc 0\n}\n' >"$tmp/leak.scn"
$sim --scenario "$tmp/leak.scn" >"$tmp/out" 2>&1
warnings=$(grep -c '^leak.scn:2: warning: p still held 1 block' "$tmp/out")
[ "$warnings" = 1 ] && echo "ok a scenario is warned, once a line" ||
	echo "not ok a scenario is warned, once a line: $warnings times"

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

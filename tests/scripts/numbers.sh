#!/bin/bash
# SPDX-License-Identifier: MIT
# Numbers are read by one rule everywhere: the table of tests/lib/numbers.txt against the
# scripts, pagescope, the simulator, its files and the language of scenarios.
B=${B:-build}
. tests/lib/claims.sh
. scripts/numbers.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
"$B/mmsim" --events 20000 -o "$tmp/c.bin"
last=$(("$("$B/pagescope" info --json "$tmp/c.bin" | jq .events)" - 1))

# Each reader prints the value, or "-" for what it refuses.
shell_number() { v=$(number "$1") && [ "$v" -le 4294967295 ] && echo "$v" || echo -; }
shell_size() { size "$1" || echo -; }
shell_count() { counted "$1" || echo -; }

# the seed of the machine
mmsim_number() {
	"$B/mmsim" --seed "$1" --events 1 -o "$tmp/seed.bin" 2>/dev/null || { echo -; return; }
	"$B/pagescope" info --json "$tmp/seed.bin" | jq .machine.seed
}
# of a machine of that size, whose firmware keeps the last 64 KiB
mmsim_size() {
	"$B/mmsim" --ram "$1" --events 1 -o "$tmp/ram.bin" 2>/dev/null || { echo -; return; }
	echo $(($("$B/pagescope" info --json "$tmp/ram.bin" | jq .machine.frames) * 4096 + 65536))
}
# a 32-bit number: the type of an entry that is not RAM; a size is a number there
e820_number() {
	printf '0 0x4000000 1\n0x8000000 0x1000 %s\n' "$1" >"$tmp/map"
	"$B/mmsim" --e820 "$tmp/map" --events 1 -o "$tmp/map.bin" 2>/dev/null || { echo -; return; }
	"$B/pagescope" export -q -f events -e e820_entry "$tmp/map.bin" |
		jq 'select(.base == 134217728).type' | head -n 1
}
# the language has signs, blanks and units of its own, and numbers of 40 bits
language_size() {
	printf 'print "is", %s\n' "$1" >"$tmp/n.scn"
	"$B/mmsim" --scenario "$tmp/n.scn" 2>&1 |
		sed -n 's/^is \([0-9]*\).*/\1/p' | grep . || echo -
}
pagescope_count() {
	# the first event from that number on is found by its tick, which equals one
	said=$("$B/pagescope" show buddyinfo --at-event "$1" "$tmp/c.bin" 2>&1 >/dev/null)
	case $said in
	*"state after event "*)
		sed -n 's/.*state after event \([0-9,]*\),.*/\1/p' <<<"$said" | tr -d , ;;
	*"has no event"*)
		sed -n 's/.*has no event \([0-9,]*\);.*/\1/p' <<<"$said" | tr -d , ;;
	*) echo - ;;
	esac
}

while read -r kind rest; do
	case $kind in "#"* | "") continue ;; esac
	text=${rest#\'} text=${text%\'*} value=${rest##* }
	for reader in shell mmsim e820 language pagescope; do
		command -v "${reader}_$kind" >/dev/null || continue
		case $reader$text in
		e820*" "* | e820) continue ;;			# blanks part the words of a line
		language[+-]* | language*[\ .,]*) continue ;;	# operators there
		esac
		got=$("${reader}_$kind" "$text")
		claim "$reader: $kind '$text' is $value" "$got" [ "$got" = "$value" ]
	done
done <tests/lib/numbers.txt

# ---- the kernel's own reader: words of the command line, some in each boot ----

# boot_words: words from stdin, one a line, on a machine of 16 MiB; those refused to $tmp/refused
boot_words() {
	: >"$tmp/refused"
	xargs -n 12 <<<"$(cat)" | while read -r line; do
		timeout "$HANG_AFTER" qemu-system-i386 -machine pc -m 16M \
			-icount shift=4,sleep=off -no-user-config -nodefaults -no-reboot \
			-display none -serial "file:$tmp/console" -debugcon "file:$tmp/boot.bin" \
			-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$B/kernel/boot.elf" \
			-append "trace=debugcon $line" </dev/null >/dev/null 2>&1
		tr -d '\r' <"$tmp/console" |
			sed -n 's/^boot option \([^ ]*\): .*/\1/p' >>"$tmp/refused"
	done
}
for kind in number:seed size:highmem size:mem; do
	option=${kind#*:}
	# of the table, what is one word and, for sizes, above 0
	sed -n "s/^${kind%:*} '\([^ ']*\)' \(.*\)/\1 \2/p" tests/lib/numbers.txt >"$tmp/rows"
	sed "s/ .*//; s/^/$option=/" "$tmp/rows" | boot_words
	while read -r text value; do
		[ "$value" = - ] && wanted=1 || wanted=0
		claim "boot: $option=$text is $value" "$(cat "$tmp/refused")" \
			[ "$(grep -cxF "$option=$text" "$tmp/refused")" = "$wanted" ]
	done <"$tmp/rows"
done
printf 'highmem=%0200d\n' 1 1 1 | boot_words
claim "boot: a command line that is too long is not cut in silence" "$(tail -n 4 "$tmp/console")" \
	grep -q '^boot option highmem=0*: the command line is too long and is cut' "$tmp/console"
boot_words <<<"seed=0x1f"
claim "boot: a seed of 0x1f is 31" "$("$B/pagescope" info "$tmp/boot.bin" | head -n 3)" \
	[ "$("$B/pagescope" info --json "$tmp/boot.bin" | jq .machine.seed)" = 31 ]

# ---- where one can stand ----

said() { "$B/pagescope" "$@" "$tmp/c.bin" 2>&1 >/dev/null | cat; }
past=99,999,999
for command in "show buddyinfo" "translate 0xc0000000"; do
	# shellcheck disable=SC2086 # a command and its word
	{
		said $command --at-event $past >"$tmp/said"
		claim "$command: an event past the end is refused" "$(cat "$tmp/said")" \
			grep -q "has no event $past; its last is " "$tmp/said"
		"$B/pagescope" $command --at-event "$last" "$tmp/c.bin" >/dev/null 2>&1
		claim "$command: the last event is not" "status $?" [ $? = 0 ]
		said $command --at $past >"$tmp/said"
		claim "$command: a tick past the end is the end, and said" "$(cat "$tmp/said")" \
			grep -q "tick $past is past the end" "$tmp/said"
	}
done
for range in "--from $past" "--to $past"; do
	# shellcheck disable=SC2086 # an option and its value
	said export -f events $range >"$tmp/said"
	claim "export $range: past the end is the end, and said" "$(cat "$tmp/said")" \
		grep -q "tick $past is past the end.*: this is the end" "$tmp/said"
done
for range in "--from $past" "--to 0" "--from 3 --to 4 -e mark"; do
	# shellcheck disable=SC2086 # options and their values
	said export -f events $range >"$tmp/said"
	claim "export $range: that there is no event in it is said" "$(cat "$tmp/said")" \
		grep -q "has no event of those ticks: none is written" "$tmp/said"
done
said export -f events --from 3 --to 9 >"$tmp/said"
claim "export of a part that is there: no word" "$(cat "$tmp/said")" [ ! -s "$tmp/said" ]
cat "$tmp/seed.bin" "$tmp/c.bin" >"$tmp/two.bin"
"$B/pagescope" diff --session 2 "$tmp/two.bin" "$tmp/c.bin" >/dev/null 2>"$tmp/said"
status=$?
claim "diff: a session that one of the two has not is refused" "$status $(cat "$tmp/said")" \
	[ "$status $(grep -c "session 2: $tmp/c.bin has 1" "$tmp/said")" = "2 1" ]
for wrong in "--session 0" "--max 0" "--max 4294967296" "--pgd 0x100000000" \
	"--at 5K" "--from -1"; do
	case $wrong in
	--max*) command="check" ;;
	--from*) command="export" ;;
	*) command="show layout" ;;
	esac
	# shellcheck disable=SC2086 # an option and its value
	"$B/pagescope" $command $wrong "$tmp/c.bin" >/dev/null 2>"$tmp/err"
	status=$?
	claim "$command $wrong: status 2 and the range" "$status $(cat "$tmp/err")" \
		[ "$status $(grep -c 'not a number' "$tmp/err")" = "2 1" ]
done
tick=$("$B/pagescope" translate 0xc0000000 --at-event 1,234 "$tmp/c.bin" |
	sed -n 's/^moment .*tick \([0-9,]*\)$/\1/p')
claim "a tick as printed is one to ask for" "$tick" \
	grep -q "state after event 1,234, tick $tick" <<<"$(said show buddyinfo --at "$tick")"
[ "$fails" -eq 0 ]

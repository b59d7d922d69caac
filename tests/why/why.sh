#!/bin/sh
# SPDX-License-Identifier: MIT
# Guests that die of one mistake each: `pagescope why` names what failed, and the cause.
. tests/lib/trace.sh
export PAGESCOPE_WATCH=1

# holds ...: jq finds it true
holds() { jq -e "$@" >/dev/null; }

# boot GUEST: what `why` says of it is in $tmp/said
boot() {
	prepare "$tmp/$1" "$B/why/$1.elf" ""
	PAGESCOPE_UNTIL=65000000 PAGESCOPE_LOG=$tmp/$1/bochs.log \
		run "$tmp/$1" "port_e9_hack: enabled=0"
	why "$1" --symbols "$B/why/$1.elf"
}
why() {
	guest=$1
	shift
	"$B/pagescope" why -q "$@" "$tmp/$guest/capture.bin" >"$tmp/said" 2>"$tmp/err"
}
# says WORDS: one line of it has them
says() { grep -qE -- "$1" "$tmp/said"; }

first_says() { head -n 1 "$tmp/said" | grep -qE -- "$1"; }

# ended GUEST FIRST_LINE CAUSE: also of a guest whose symbols are stripped
ended() {
	boot "$1"
	claim "$1: what failed" "$(head -n 1 "$tmp/said")$(cat "$tmp/err")" \
		first_says "^$2"
	claim "$1: the cause" "$(grep '^likely' "$tmp/said")" says "^likely    $3"
	claim "$1: at most twelve lines" "$(wc -l <"$tmp/said")" \
		eval '[ "$(wc -l <"$tmp/said")" -le 12 ] && [ -s "$tmp/said" ]'
	cp "$tmp/said" "$tmp/named"
	i686-linux-gnu-objcopy --strip-all "$B/why/$1.elf" "$tmp/stripped.elf"
	why "$1" --symbols "$tmp/stripped.elf"
	unnamed "$tmp/named" >"$tmp/one"
	unnamed "$tmp/said" >"$tmp/two"
	claim "$1: stripped, the same but for names" "$(diff "$tmp/named" "$tmp/said")" \
		eval 'cmp -s "$tmp/one" "$tmp/two" && ! says "guest"'
}
# Without the names of functions, which stand behind addresses or in place of them.
unnamed() {
	sed -E 's/(0x[0-9a-f]{8}) \([a-z]+\)/\1/g; s/ by (0x[0-9a-f]{8}|[a-z]+)/ by X/' "$1"
}
died() { ended "$1" "died      $2" "$3"; }

died here 'fetching .*: it is not mapped' 'paging was just switched on.* where it runs'
died slot 'fetching .*0xc0101.*: it is not mapped' \
	'the first jump .* slot 768, .*; slot 767 is filled'
died cr3-linear '.*where no RAM is' 'CR3 holds a linear address; .* 0x00200000'
died unaligned 'fetching .*: it is not mapped' 'the directory is not aligned'
died table-linear 'fetching .*where no RAM is' "the PDE holds a table's linear address.* 0x00201000"
died table-later 'fetching .*where no RAM is' \
	"the PDE holds a table's linear address.* 0x00201000"
died no-present 'fetching .*: it is not mapped' 'the PDE leads to a table .* lacks the present bit'
died no-user 'fetching .*: the tables forbid it' 'the PDE lacks the user bit'
died no-write 'writing data at 0x00300000.*: the tables forbid it' 'the PDE lacks the write bit'
died stride-8 'fetching .*: it is not mapped' 'the entries of the table are 8 bytes apart'
died stride-5 'fetching .*: it is not mapped' 'the entries of the table are 5 bytes apart'
died beyond 'pushing at 0x004ffffc.*: it is not mapped' 'what is mapped ends at 0x00400000'
died no-half 'fetching the instruction at 0xc0101' 'the directory 0x00203000 was just loaded'
died no-idt 'reading data at 0x40000000' 'not known'
claim "no-idt: the chain" "$(grep '^chain' "$tmp/said")" says '^chain     the IDT has no gate'
died empty 'fetching .*: it is not mapped' 'the directory 0x00203000 .* maps nothing at all'
died null 'reading data at 0x00000010' 'a null pointer .* 0x10 bytes .* was 0x000000[026]3 until'
died far 'reading data at 0x40123000.*: it is not mapped' 'not known'
died no-pse 'fetching .*: it is not mapped' 'the PDE is meant to map 4 MiB, but CR4.PSE is off'
died overwritten 'reading data at 0x00300000' 'the entry was 0x003000[026]3 until the store above'
claim "overwritten: who stored it" "$(cat "$tmp/named")" \
	grep -q 'PTE 0x12345678 .*; stored at event .* by guest$' "$tmp/named"
died recursive 'reading data at 0xfffff000' 'the directory maps itself in slot 1022'

# ---- the fault is a usual one, but nothing can handle it ----
died gate-overwritten 'reading data at 0x40000000' 'the IDT was overwritten at tick [0-9]* by guest'
died no-handler '.* at 0x40000000, in .*1011' 'the gate of vector 14 holds 0xc0101'
died storm 'accessing memory at 0x40000000, .*: it is not mapped' 'the gate of vector 14 holds 0xc0'
claim "storm: the chain is that of the first fault" "$(grep '^chain' "$tmp/said")" \
	says '^chain     the handler of vector 14 at 0xc0101.* is not mapped either'
died tss-none 'reading data at 0x40000000, .*user' 'a fault in user mode needs a TSS'
claim "tss-none: the chain" "$(grep '^chain' "$tmp/named")" \
	grep -q '^chain     no TSS was ever loaded' "$tmp/named"
died tss-ss0 'reading data at 0x40000000, .*user' 'a fault in user mode needs a TSS'
claim "tss-ss0: the chain" "$(grep '^chain' "$tmp/named")" \
	grep -q '^chain     the TSS at 0x00205000 has SS0 = 0x0' "$tmp/named"
died tss-esp0 'reading data at 0x40000000, .*user' 'a fault in user mode needs a TSS'
claim "tss-esp0: the chain" "$(grep '^chain' "$tmp/named")" \
	grep -q "^chain     the kernel's stack of the TSS, ESP0 = 0x00500000," "$tmp/named"

died nested 'of an undefined instruction' 'the stack was used up: vector 6 came [0-9]* times'

# ---- what is handled, and ends all the same ----
ended halted 'halted    at 0x.*panic' 'not known'
claim "halted: after which fault" "$(cat "$tmp/named")" \
	grep -q '^after     .* at 0x40000000' "$tmp/named"
ended spins 'ended     it did not die: it was at 0x.*panic.*, interrupts off' 'not known'
claim "spins: after which fault" "$(cat "$tmp/named")" \
	grep -q '^after     .* at 0x40000000' "$tmp/named"
ended stuck 'stuck     .* at 0x40000000.* times since tick' 'the handler of vector 14 returns'

# ---- the same for programs, and as a record of the export ----
why no-present --symbols "$B/why/no-present.elf" --json
claim "JSON names the entry and what is wrong with it" "$(cat "$tmp/said")" holds '
	.how == "died" and .cause == "pde-not-present" and .fails == "pde" and .lacks_history and
	.walk[0].entry_pa == "0x00200000" and .walk[0].entry == "0x00201002"' "$tmp/said"
"$B/pagescope" export -q --symbols "$B/why/no-present.elf" "$tmp/no-present/capture.bin" |
	grep '^{"rec":"ended"' >"$tmp/record"
claim "the export holds the same" "$(cat "$tmp/record")" eval '
	[ "$(jq -S "del(.rec)" "$tmp/record")" = "$(jq -S . "$tmp/said")" ]'


# One with a walk and with exceptions.
"$B/pagescope" export -q "$tmp/gate-overwritten/capture.bin" >"$tmp/ended.jsonl"
grep '^{"rec":"ended"' "$tmp/ended.jsonl" >"$tmp/record"
"$B/pagescope" metadata --format=schema >"$tmp/schema.json"
claim "the schema describes each field of the record and of what it is made of" \
	"$(cat "$tmp/record")" holds -n --slurpfile s "$tmp/schema.json" \
	--slurpfile r "$tmp/record" '
	def described($name; $value): $s[0]["$defs"][$name] |
		(.properties | keys) == ($value | keys) and (.required | sort) == ($value | keys);
	$r[0] | described("ended"; .) and described("walk_entry"; .walk[0]) and
		described("exception"; .exceptions[0])'
node tests/exporter/schema.mjs "$tmp/ended.jsonl" >"$tmp/schema.out" 2>&1
claim "it fits the schema" "$(head -n 3 "$tmp/schema.out")" \
	grep -q '^ok schema: ended.jsonl' "$tmp/schema.out"

# ---- make watch boots it again to learn who built its tables ----
env DISK= DISK2= ISO= FLOPPY= INITRD= APPEND= BOCHSRC= RAM= UNTIL= SYMBOLS= CHECK= TIMEOUT= \
	PASSES= RUNS="$tmp/runs" KERNEL="$B/why/no-present.elf" OUT="$tmp/twice" \
	scripts/watch.sh >"$tmp/said" 2>&1
claim "a second boot tells who stored the first directory" "$(tail -n 9 "$tmp/said")" \
	says '^walk .*PDE 0x00201002 .*; stored at event .*, tick [0-9]*, by guest$'

# ---- what did not die, and what cannot be told ----
prepare "$tmp/lives" "$B/kernel/boot.elf" "trace=off"
PAGESCOPE_LOG=$tmp/lives/bochs.log run "$tmp/lives" "port_e9_hack: enabled=0"
why lives
claim "a guest that lives is said to" "$(cat "$tmp/said")" says '^ended     it did not die'
prepare "$tmp/traced" "$B/dropin.elf" "pages=10 end=off"
PAGESCOPE_WATCH='' run "$tmp/traced"
why traced
claim "a capture without the processor's state is refused" "status $?" \
	grep -q 'does not tell how the processor stood' "$tmp/err"
[ "$fails" -eq 0 ]

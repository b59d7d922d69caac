#!/bin/bash
# SPDX-License-Identifier: MIT
# import.sh - memory dumps as captures. Dumps of the pagescope kernel in QEMU hold what its
# trace tells of the same moment; small cores that mkcore.mjs makes have what it does not:
# recursive slots, several processors, tables outside RAM, and all that is refused.
B=${B:-build}
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null; rm -rf "$tmp"' EXIT
P=${PAGESCOPE:-$PWD/$B/pagescope} boot=$PWD/$B/kernel/boot.elf mkcore=$PWD/tests/exporter/mkcore.mjs
viewer=$PWD/$B/viewer.html
cd "$tmp" || exit 1

# ---- dumps of a machine whose trace is known ----

# ended CAPTURE: the kernel has told that its run is complete
ended() { "$P" info "$1" 2>/dev/null | grep -q '^verdict *ok'; }

# dump NAME < scenario: boots the kernel with it, and dumps its memory when it has turned
# itself off: NAME.core, NAME.bin (the trace), NAME.regs (what QEMU says of its registers)
dump() {
	cat >"$1.scn"
	rm -f monitor && mkfifo monitor
	qemu-system-i386 -machine pc -cpu qemu32 -m 32M -icount shift=4,sleep=off \
		-no-user-config -nodefaults -no-reboot -no-shutdown -vga std -display none \
		-serial "file:$1.console" -debugcon "file:$1.bin" -monitor stdio \
		-kernel "$boot" -append "trace=debugcon scenario=$1.scn" -initrd "$1.scn $1.scn" \
		<monitor >"$1.regs" 2>&1 &
	qemu=$!
	exec 5>monitor
	for _ in $(seq 600); do
		ended "$1.bin" && break
		sleep 0.2
	done
	printf 'info registers\ndump-guest-memory %s.core\nquit\n' "$1" >&5
	wait "$qemu"
	qemu=
	exec 5>&-
}

# pages CAPTURE [--at N]: its page tables, as runs
pages() { "$P" show -q pagetables "$@"; }
# addresses all over, in the linear map, in vmalloc's region, of the user's pages
addresses() {
	seq 0 268435456 4294967295
	seq $((0xc0000123)) 5000000 $((0xc1ffffff))
	seq $((0xc2800000)) 40960 $((0xc2860000))
	seq $((0x8047000)) 12288 $((0x8054000))
	echo $((0xfffff000))
}

# places CAPTURE [--at N]: where they lead, but for the bits that the CPU sets by itself
places() {
	for addr in $(addresses); do
		"$P" translate -q --json "$addr" "$@"
	done | node -e '
		const text = require("fs").readFileSync(0, "utf8").trim().replace(/}\s*{/g, "},{");
		const plain = (entry) => (parseInt(entry, 16) & ~0x60) >>> 0;
		for (const j of JSON.parse(`[${text}]`))
			console.log(j.address, j.directory, j.mapped, j.physical, plain(j.pde),
				plain(j.pte));'
}

dump one <<'SCN'
v = vmalloc 64K count=3
m = mm create
mm map m, 0x08048000 count=10
mm switch m
SCN
dump two <<'SCN'
v = vmalloc 64K count=3
vfree v odd
w = vmalloc 300K
a = alloc 2
SCN
for run in one two; do
	claim "$run: the run was complete, and was dumped" "$(tail -n 2 $run.regs $run.console)" \
		eval "ended $run.bin && [ -s $run.core ]"
	"$P" import $run.core -o $run.cap 2>err
	claim "$run: is imported" "$(cat err)" [ -s $run.cap ]
	cr() { sed -n "s/.*$1=\([0-9a-f]*\).*/0x\1/p" $run.regs; }
	claim "$run: CR0, CR3 and CR4 are those of QEMU's monitor" "$(grep CR0 $run.regs)" \
		[ "$(printf '%d,' "$(cr CR0)" "$(cr CR4)" "$(cr CR3)")" = \
		"$("$P" export -q -f events $run.cap | jq -r '.cr0, .cr4, .cr3 | values' |
			tr '\n' ',')" ]
	pages $run.bin >trace.pages
	pages $run.cap >core.pages
	claim "$run: the core's pages are the trace's" \
		"$(diff trace.pages core.pages | head -n 3)" \
		eval '[ -s core.pages ] && cmp -s trace.pages core.pages'
	places $run.bin >trace.places
	places $run.cap >core.places
	claim "$run: addresses lead where the trace says" \
		"$(diff trace.places core.places | head -n 3)" \
		eval '[ "$(grep -c true core.places)" -gt 12 ] && cmp -s trace.places core.places'
	mv core.pages $run.pages
	mv core.places $run.places
done

# both as two instants of one machine
"$P" import one.core two.core -o both.cap 2>err
for at in 1 2; do
	run=$([ $at = 1 ] && echo one || echo two)
	pages both.cap --at $at >both.pages
	claim "two cores: instant $at has the pages of core $run" \
		"$(cat err; diff "$run.pages" both.pages | head -n 3)" \
		cmp -s "$run.pages" both.pages
done
places both.cap >both.places
claim "two cores: at the end addresses lead where the second core says" \
	"$(diff two.places both.places | head -n 3)" cmp -s two.places both.places
claim "two cores: what changed between is told as stores" "$("$P" info both.cap)" \
	eval '"$P" info --json both.cap | jq -e ".events_by_name.table_store > 10" >/dev/null'
claim "two cores: check finds nothing" "$("$P" check both.cap)" \
	eval '"$P" check -q both.cap >/dev/null'

# ---- small cores ----

# core NAME < script
core() { "$mkcore" >"$1.core"; }
# imports NAME [CORE...]: and the text of show pagetables, its spaces made one, is on stdin
imports() {
	want=$(cat)
	"$P" import "${@:2}" -o "$1.cap" 2>err
	got=$(pages "$1.cap" 2>&1 | sed 's/  */ /g; s/ $//')
	claim "$1" "$(cat err) $(diff <(echo "$want") <(echo "$got") | tail -n +2 | head -n 4)" \
		[ "$got" = "$want" ]
}
# 8 MiB of RAM, the display's memory, a ROM
ram='load 0 0xa0000
load 0xc0000 0x740000
load 0xfd000000 0x100000
load 0xfffc0000 0x40000'
cpu='cpu 0x80000001 0x1000 0'
map='set 0x1000 0x2003
set 0x2000 3 256 4096'

for class in 32 64; do
	printf '%s\n' "class $class" "$ram" "$cpu" "$map" | core plain$class
	imports "a core of class ELF$class" plain$class.core <<-'END'
	0x00000000-0x00100000 1M RW pte
	END
done
cp "a core of class ELF32.cap" plain.cap
claim "RAM is told from ROM and display" "$("$P" info plain.cap)" \
	grep -q '8 MiB of RAM: 2,048 frames' <("$P" info plain.cap)
{ echo class 64; echo wide; printf '%s\n' "$ram" "$cpu" "$map"; } | core wide
imports "the number of segments in a section header" wide.core <<'END'
0x00000000-0x00100000 1M RW pte
END
printf '%s\n' "class 64" "$ram" 'load 0x100000000 0x1000' "$cpu" "$map" | core high
imports "RAM above 4 GiB" high.core <<'END'
0x00000000-0x00100000 1M RW pte
END
printf '%s\n' "$ram" "$cpu" "$map" 'set 0x1800 0x400083' | core nopse
imports "without PSE bit 7 of a slot means nothing" nopse.core <<'END'
0x00000000-0x00100000 1M RW pte
END
printf '%s\n' "$ram" 'cpu 0x80000001 0x1000 0x10' "$map" 'set 0x1800 0x400083' | core pse
imports "with PSE it is a page of 4 MiB" pse.core <<'END'
0x00000000-0x00100000 1M RW pte
0x80000000-0x80400000 4M RW PSE pde
END
imports "PSE turned on between two cores" nopse.core pse.core <<'END'
0x00000000-0x00100000 1M RW pte
0x80000000-0x80400000 4M RW PSE pde
END
imports "PSE turned off between two cores" pse.core nopse.core <<'END'
0x00000000-0x00100000 1M RW pte
END
printf '%s\n' "$ram" "$cpu" "$map" 'set 0x1ffc 0x1003' | core recursive
imports "a recursive slot" recursive.core <<'END'
0x00000000-0x00100000 1M RW pte
0xffc00000-0xffc01000 4K RW pte
0xfffff000-0x00000000 4K RW pte
END
claim "it is named" "$("$P" translate 0xfffff000 "a recursive slot.cap" 2>&1)" \
	grep -q 'the page tables (recursive slot)' \
	<("$P" translate -q 0xfffff000 "a recursive slot.cap")
# the directory of another process, which slot 1022 leads to
printf '%s\n' "$ram" "$cpu" "$map" 'set 0x1ffc 0x1003' 'set 0x1ff8 0x5003' 'set 0x5000 0x2003' \
	'set 0x5004 0x6003' 'set 0x5ffc 0x5003' 'set 0x6000 0x7007' | core other
"$P" import other.core -o other.cap
claim "a directory behind a slot is one, too" "$(pages other.cap --pgd 0x5000 2>&1)" \
	grep -q '0x00400000-0x00401000 *4K *USR *RW' <(pages other.cap --pgd 0x5000)
# a table of a linear map has an entry that leads to itself, which makes no directory of it
printf '%s\n' "$ram" 'cpu 0x80000001 0x3ff000 0' 'set 0x3ff000 0x2003' 'set 0x3ffffc 0x3fe003' \
	'set 0x2000 3 1024 4096' 'set 0x3fe000 3 1024 4096' | core linear
imports "a table that maps itself" linear.core <<'END'
0x00000000-0x00400000 4M RW pte
0xffc00000-0x00000000 4M RW pte
END
printf '%s\n' "$ram" "$cpu" "$map" 'set 0x1004 0xfd000003' 'set 0x1008 0xb0003' | core outside
imports "tables outside RAM" outside.core <<'END'
0x00000000-0x00100000 1M RW pte
END
claim "they are warned of" "$(cat err)" grep -q '2 slots lead to page tables outside RAM' err
claim "and what they hold is not made up" "$("$P" translate -q 0x400000 "tables outside RAM.cap")" \
	grep -q '^physical *unknown' <("$P" translate -q 0x400000 "tables outside RAM.cap")
printf '%s\n' "$ram" "$cpu" 'cpu 0x80000001 0x3000 0' 'cpu 0x10 0 0' "$map" 'set 0x3004 0x2003' |
	core smp
imports "several processors: the first one's pages" smp.core <<'END'
0x00000000-0x00100000 1M RW pte
END
cp "several processors: the first one's pages.cap" smp.cap
claim "and the second one's" "$(pages smp.cap --pgd 0x3000 2>&1)" \
	grep -q '^0x00400000-0x00500000' <(pages smp.cap --pgd 0x3000)

# ---- what changes from one core to the next ----

# two tables change places: no reader may lose one
printf '%s\n' "$ram" "$cpu" 'set 0x1000 0x2003 2 0x1000' 'set 0x2000 0x10003' 'set 0x3000 0x20007' |
	core before
printf '%s\n' "$ram" "$cpu" 'set 0x1000 0x3003' 'set 0x1004 0x2003' 'set 0x2000 0x10003' \
	'set 0x3000 0x20007' | core after
imports "tables that change places" before.core after.core <<'END'
0x00000000-0x00001000 4K USR RW pte
0x00400000-0x00401000 4K RW pte
END
for addr in 0 0x400000; do
	"$P" import -q after.core -o alone.cap
	"$P" translate -q $addr "tables that change places.cap" >led
	claim "and lead to the right frames: $addr" "$(cat led)" [ "$(grep ^physical led)" = \
		"$("$P" translate -q $addr alone.cap | grep ^physical)" ]
done
# the directory of a process that is gone becomes a table of the next one, in all orders
printf '%s\n' "$ram" 'cpu 0x80000001 0x5000 0' 'set 0x5000 0x1003' 'set 0x1000 0x2003 8 0x1000' |
	core reused
imports "a directory that becomes a table" plain32.core reused.core <<'END'
0x00000000-0x00008000 32K RW pte
END
imports "and a directory again" plain32.core reused.core plain32.core <<'END'
0x00000000-0x00100000 1M RW pte
END
imports "a directory with a recursive slot that is gone" recursive.core reused.core <<'END'
0x00000000-0x00008000 32K RW pte
END
imports "and comes back" recursive.core reused.core recursive.core <<'END'
0x00000000-0x00100000 1M RW pte
0xffc00000-0xffc01000 4K RW pte
0xfffff000-0x00000000 4K RW pte
END
imports "nothing changes" plain32.core plain32.core plain32.core <<'END'
0x00000000-0x00100000 1M RW pte
END
for capture in *.cap; do
	claim "check finds nothing: $capture" "$("$P" check "$capture" 2>&1 | tail -n 3)" \
		eval '"$P" check -q "$capture" >/dev/null'
done

# ---- other readers ----

for form in jsonl events perfetto html; do
	[ $form != html ] || set -- --viewer "$viewer"
	"$P" export -q -f $form "$@" -o out.$form both.cap 2>err
	status=$?
	claim "export -f $form" "$(cat err)" eval '[ $status = 0 ] && [ -s "out.$form" ]'
done
claim "to standard output: the same bytes" "" \
	eval '"$P" import one.core two.core | cmp -s - both.cap'
"$P" import - <plain32.core >stdin.cap
claim "a core on standard input" "$(pages stdin.cap 2>&1)" \
	[ "$(pages stdin.cap)" = "$(pages plain.cap)" ]
gzip -k plain32.core
claim "a packed core" "" eval '"$P" import plain32.core.gz >out && [ -s out ]'

# ---- what is refused ----

# refused NAME STATUS WORDS ARGUMENT...: with a message, and nothing is written
refused() {
	rm -f out.cap
	"$P" import -o out.cap "${@:4}" >said 2>err
	status=$?
	claim "refused: $1" "status $status: $(cat err)" \
		[ "$status $(grep -c -- "^pagescope: .*$3" err) $(ls out.cap .pagescope* 2>&-)" = \
		"$2 1 " ]
}
while IFS='|' read -r name words script; do
	printf '%s\n' "$ram" "$map" | cat - <(tr ';' '\n' <<<"$script") | core bad
	refused "$name" 1 "$words" bad.core
done <<'TABLE'
paging off|bad.core: paging is off (CR0 0x1)|cpu 1 0x1000 0
PAE|bad.core: PAE is on (CR4 0x20), so page-table entries have 8 bytes|cpu 0x80000001 0x1000 0x20
long mode|bad.core: is of a guest in long mode|class 64;machine 62;cpu 0x80000001 0x1000 0x20
PAE on another processor|bad.core: PAE is on|cpu 0x80000001 0x1000 0;cpu 0x80000001 0x1000 0x20
CR3 outside RAM|no segment has the page directory at 0xfd000000|cpu 0x80000001 0xfd000000 0
CR3 in the hole below 1 MiB|no segment has the page directory at 0x000b0000|cpu 0x80000001 0xb0000 0
no note|has no note of QEMU's|
another note|has no note of QEMU's|name CORE;cpu 0x80000001 0x1000 0
another version of the note|note is of version 2 and 440 bytes|note 2 440;cpu 0x80000001 0x1000 0
a short note|note is of version 1 and 400 bytes|note 1 400;cpu 0x80000001 0x1000 0
another processor|the core of another processor (ELF machine 40)|machine 40;cpu 0x80000001 0x1000 0
no core|is a program or kernel (ELF), not a core|type 2;cpu 0x80000001 0x1000 0
dumped with -p|holds mapped memory only|vaddr 0 0xc0000000;cpu 0x80000001 0x1000 0
cut in the headers|is cut off|cpu 0x80000001 0x1000 0;cut 100
cut in the first bytes|is cut off|cpu 0x80000001 0x1000 0;cut 20
cut in the notes|is cut off|cpu 0x80000001 0x1000 0;cut 500
cut in the memory|is cut off|cpu 0x80000001 0x1000 0;cut 2000000
one byte short|is cut off|cpu 0x80000001 0x1000 0;cut 9568967
TABLE
printf '%s\n' 'load 0xc0000 0x100000' "$cpu" | core nolow
refused "no memory at 0" 1 "has no memory at physical address 0" nolow.core
printf '%s\n' 'load 0 0x800000' 'load 0x800000 0x800000' "$cpu" "$map" | core larger
refused "cores of different machines" 1 "they are not of one machine" plain32.core larger.core
: >empty
refused "an empty file" 1 "empty: is empty" empty
echo text >text
refused "a text" 1 "text: is not an ELF core" text
refused "a capture" 1 "is a capture already" plain.cap
printf 'KDUMP   and so on' >kdump
refused "a compressed dump" 1 "is a compressed dump (kdump), not an ELF core; dump without -z" kdump
refused "a program" 1 "is a program or kernel" "$P"
refused "a file that is not there" 1 "nowhere: cannot be opened" nowhere
refused "a directory" 1 "is a directory" .
refused "a good core and a bad one" 1 "text: is not an ELF core" plain32.core text
refused "no core" 2 "needs a core"
before=$(sha256sum <plain32.core)
ln -s plain32.core link
"$P" import -o link plain32.core 2>err
status=$?
claim "an output never replaces an input" "$(cat err)" \
	[ "$status $before" = "2 $(sha256sum <plain32.core)" ]
truncate -s 5G sparse
claim "a file of gigabytes that is no core is refused" "$("$P" import sparse 2>&1)" \
	grep -q 'sparse: is not an ELF core' <("$P" import sparse 2>&1)
[ "$fails" -eq 0 ]
